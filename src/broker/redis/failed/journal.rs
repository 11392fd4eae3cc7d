//! The journal, and kept plans.

use super::records;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::backwards::Backwards;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, JournalEntry};
use crate::event::EntryId;

const DOING: &str = "reading the journal";

/// The newest `at_most` lines, newest first. What is no line of it is left out.
pub(super) async fn read(
    asker: &mut Asker,
    layout: &Layout,
    at_most: usize,
) -> Result<Vec<JournalEntry>, BusError> {
    let key = layout.journal();
    let mut at = Backwards::to(EntryId::ZERO);
    let mut pace = Pace::within(super::pager::BYTES);
    let mut lines = Vec::new();
    while !at.has_ended() && lines.len() < at_most {
        let count = pace.count(1);
        let reply = asker.ask(&at.question(&key, count), DOING).await?;
        let Some(reply) = asker.answered(reply, DOING)? else { break };
        let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        pace.learn(entries.len(), entries.iter().map(RawEntry::size).sum());
        at.note(count, &entries);
        lines.extend(
            entries.iter().filter_map(|entry| records::journal_entry(entry.id, entry.fields.as_deref()?)),
        );
    }
    lines.truncate(at_most);
    Ok(lines)
}
