//! The newest failed attempts that workers told of, for reports on handlers.

use super::asker::Asker;
use super::backwards::Backwards;
use super::codec::{self, RawEntry};
use super::failures::record;
use super::profile::Layout;
use crate::bus::{BusError, RecordedFailure, TenantLock};
use crate::event::{EntryId, Field};

const DOING: &str = "reading the newest failed attempts";
/// So many are looked at,
const LOOKED_AT: usize = 200;
/// so many at first, while nothing is known of their size,
const FIRST_PAGE: usize = 20;
/// and in about so many bytes.
const BYTES: usize = 1024 * 1024;

/// The newest failed attempts of tenants that `lock` admits, newest first. None where the bus records none, or this user
/// may not read them.
pub(super) async fn newest(
    asker: &mut Asker,
    layout: &Layout,
    lock: &TenantLock,
) -> Result<Vec<RecordedFailure>, BusError> {
    let mut told = Vec::new();
    let (mut at, mut page, mut seen, mut bytes) = (Backwards::to(EntryId::ZERO), FIRST_PAGE, 0, 0);
    while !at.has_ended() && seen < LOOKED_AT && bytes < BYTES {
        let reply = asker.ask(&at.question(&layout.failures(), page), DOING).await?;
        let Some(reply) = asker.granted(reply, DOING)? else { return Ok(told) };
        let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        let read = entries.iter().filter_map(record::read);
        told.extend(read.filter(|failure| lock.admits_attributed(failure.attempt.tenant.as_ref())));
        seen += entries.len();
        bytes += entries.iter().map(RawEntry::size).sum::<usize>();
        at.note(page, &entries);
        page = (BYTES / 4 / (bytes / seen.max(1)).max(1)).clamp(1, LOOKED_AT);
    }
    Ok(told)
}

/// The value of the last field with this name: ours stand behind what lay in the entry.
pub(super) fn text<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    let (_, value) = fields.iter().rev().find(|(known, _)| known == name.as_bytes())?;
    std::str::from_utf8(value).ok()
}

/// A chain of errors in one, what happened first; of another program's, its text.
pub(super) fn in_one(error: &str) -> String {
    match serde_json::from_str::<Vec<String>>(error) {
        Ok(chain) => chain.join(": "),
        Err(_) => error.to_owned(),
    }
}
