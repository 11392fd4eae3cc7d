//! The journal.

use super::pages::Pages;
use super::records;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec::RawEntry;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, JournalEntry};

const DOING: &str = "reading the journal";

/// The newest `at_most` lines, newest first. What is no line of it is left out.
pub(super) async fn read(
    asker: &mut Asker,
    layout: &Layout,
    at_most: usize,
) -> Result<Vec<JournalEntry>, BusError> {
    let mut pages = Pages::back(layout.journal());
    let mut lines = Vec::new();
    let length = asker.ask(&Question::length(&layout.journal()), DOING).await?;
    if let Err(error) = length
        && error.code() == "WRONGTYPE"
    {
        // Else what is there would be called an empty journal, and nobody would look why nothing is written down.
        return Err(asker.refused(error, &format!("{DOING} '{}'", layout.journal())));
    }
    while lines.len() < at_most
        && let Some(page) = pages.next(asker, DOING).await?
    {
        let line = |entry: &RawEntry| records::journal_entry(entry.id, entry.fields.as_deref()?);
        lines.extend(page.iter().filter_map(line));
    }
    lines.truncate(at_most);
    Ok(lines)
}
