//! The dead letters that came since something is followed: only whose they are, and of which entry.

use std::sync::Arc;

use super::following::OfType;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::told::text;
use crate::bus::BusError;
use crate::event::{Interner, StreamKey};

const DOING: &str = "looking for retried events among the dead letters";

/// Reads what came since the last time.
pub(super) async fn read(
    asker: &mut Asker,
    stream: &StreamKey,
    of_type: &mut OfType,
    names: &mut Interner<Arc<str>>,
) -> Result<(), BusError> {
    let key = Layout::dead_letters(stream);
    let mut pace = Pace::within(super::pager::BYTES);
    loop {
        let count = pace.count(1);
        let reply = asker.ask(&Question::range_after(&key, of_type.letters_after, count), DOING).await?;
        let Some(reply) = asker.answered(reply, DOING)? else { return Ok(()) };
        let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        pace.learn(entries.len(), entries.iter().map(RawEntry::size).sum());
        for entry in &entries {
            of_type.letters_after = entry.id;
            let fields = entry.fields.as_deref().unwrap_or_default();
            let source = text(fields, "sourceMessageId").and_then(|id| id.parse().ok());
            let Some(source) = source else { continue };
            let handler = text(fields, "handler").filter(|name| name.len() <= 128).unwrap_or_default();
            of_type.letters.insert((names.share(handler.into()), source));
        }
        if entries.len() < count {
            return Ok(());
        }
    }
}
