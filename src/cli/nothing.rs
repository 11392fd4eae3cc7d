//! What to say where nothing was found: on a bus without a single stream it is perhaps another bus than the one that was
//! meant.

use crate::bus::Session;

/// No stream is there.
pub(super) const NO_STREAMS: &str = "no type streams here; is it the right --profile, --channel, prefix and database? `tidings doctor` says what else lies here";

/// Whether there is not a single stream. What cannot be looked at says nothing of that.
pub(super) async fn has_no_streams(session: &Session) -> bool {
    let looked = session.inspector.streams().await;
    looked.is_ok_and(|looked| looked.found.is_empty() && looked.denied.is_empty())
}
