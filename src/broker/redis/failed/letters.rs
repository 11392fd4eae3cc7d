//! The dead letters that came since something is followed: only whose they are, and of which entry.

use std::sync::Arc;

use super::following::OfType;
use super::pages::read_on;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::told::text;
use crate::bus::BusError;
use crate::event::{EntryId, Field, Interner, StreamKey};

const DOING: &str = "looking for retried events among the dead letters";

/// Reads what came since the last time.
pub(super) async fn read(
    asker: &mut Asker,
    stream: &StreamKey,
    of_type: &mut OfType,
    names: &mut Interner<Arc<str>>,
) -> Result<(), BusError> {
    let OfType { letters, letters_after, .. } = of_type;
    let key = Layout::dead_letters(stream);
    read_on(asker, key, letters_after, DOING, |_, fields| {
        if let Some((handler, source)) = of_whom(fields) {
            letters.insert((names.share(handler.into()), source));
        }
    })
    .await
}

/// Whose dead letter it is (empty where nothing says so), and of which entry.
pub(super) fn of_whom(fields: &[Field]) -> Option<(&str, EntryId)> {
    let source = text(fields, "sourceMessageId")?.parse().ok()?;
    let handler = text(fields, "handler").filter(|name| name.len() <= 128).unwrap_or_default();
    Some((handler, source))
}
