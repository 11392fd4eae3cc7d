//! The profile `pubsub`: there are no streams to look at, only who listens.

use super::finding::{note, some};
use super::seen::seen;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, Finding};
use crate::text::display_safe;

const CHECK: &str = "channels";
const DOING: &str = "looking for listeners";

/// Asks how many patterns are listened to.
pub(super) async fn examine(asker: &mut Asker, pattern: &str) -> Result<Finding, BusError> {
    let reply = asker.ask(&Question::patterns(), DOING).await?;
    Ok(match seen(asker, reply, "PUBSUB NUMPAT", DOING)? {
        Ok(patterns) => judge(pattern, codec::number(&patterns).unwrap_or(0)),
        Err(refusal) => refusal.finding(CHECK),
    })
}

fn judge(pattern: &str, patterns: u64) -> Finding {
    note(
        CHECK,
        format!(
            "listening to '{}': live only, nothing can be read again; the server has {}",
            display_safe(pattern),
            some(patterns, "listened-to pattern")
        ),
        Some("events that must not be missed belong into streams: profile native with fanout = true"),
    )
}
