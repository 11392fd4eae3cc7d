//! The dead letters that came since something is followed: only whose they are, and of which entry.

use std::sync::Arc;

use super::following::OfType;
use super::pages::Pages;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::profile::Layout;
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
    let mut pages = Pages::on(Layout::dead_letters(stream), of_type.letters_after);
    while let Some(page) = pages.next(asker, DOING).await? {
        for entry in &page {
            of_type.letters_after = entry.id;
            let fields = entry.fields.as_deref().unwrap_or_default();
            let source = text(fields, "sourceMessageId").and_then(|id| id.parse().ok());
            let Some(source) = source else { continue };
            let handler = text(fields, "handler").filter(|name| name.len() <= 128).unwrap_or_default();
            of_type.letters.insert((names.share(handler.into()), source));
        }
    }
    Ok(())
}
