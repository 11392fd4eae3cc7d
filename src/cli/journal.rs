//! `tidings journal`: what operators did to failed events, and why.

use clap::Args;
use serde::Serialize;

use super::args::Patience;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::failed::time;
use super::paint::Meaning;
use super::patient::patiently;
use super::table::{Cell, Column, Table};
use crate::bus::JournalEntry;
use crate::text::{count, display_safe};

/// `tidings journal`
#[derive(Debug, Clone, Args)]
pub(super) struct JournalArgs {
    /// The newest N lines
    #[arg(long, value_name = "N", default_value_t = 100)]
    last: usize,
    #[command(flatten)]
    patience: Patience,
}

/// A line of the journal in JSON.
#[derive(Debug, Serialize)]
struct JournalLine<'a> {
    id: String,
    at: String,
    who: &'a str,
    deed: &'static str,
    plan: Option<&'a str>,
    count: u64,
    reason: Option<&'a str>,
    note: Option<&'a str>,
}

const COLUMNS: [Column; 7] = [
    Column("TIME", false),
    Column("WHO", false),
    Column("DEED", false),
    Column("EVENTS", true),
    Column("PLAN", false),
    Column("REASON", false),
    Column("NOTE", false),
];

pub(super) async fn run(args: &JournalArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let session = contexts.open_chosen()?;
    let asked = patiently(args.patience, desk, || session.failed.journal(args.last)).await?;
    let Some(mut entries) = asked else { return Ok(Exit::Interrupted) };
    // As a log is read: the newest last.
    entries.reverse();
    print(&entries, desk)?;
    Ok(Exit::Ok)
}

fn print(entries: &[JournalEntry], desk: &mut Desk<'_>) -> Result<(), Stop> {
    if desk.is_json() {
        return entries.iter().try_for_each(|entry| desk.out.json(&line(entry)));
    }
    if entries.is_empty() {
        desk.notes
            .say("the journal of this bus is empty: nobody has retried, discarded or released anything");
        return Ok(());
    }
    let mut table = Table::new(&COLUMNS);
    for entry in entries {
        table.row(row(entry, desk));
    }
    table.lines(desk.paint).iter().try_for_each(|line| desk.out.line(line))
}

fn line(entry: &JournalEntry) -> JournalLine<'_> {
    JournalLine {
        id: entry.id.to_string(),
        at: time(entry.at),
        who: &entry.who,
        deed: entry.deed.word(),
        plan: entry.plan.as_deref(),
        count: entry.count,
        reason: entry.reason.as_deref(),
        note: entry.note.as_deref(),
    }
}

fn row(entry: &JournalEntry, desk: &Desk<'_>) -> Vec<Cell> {
    let safe = |text: Option<&str>| (display_safe(text.unwrap_or_default()).into_owned(), None);
    vec![
        (desk.show_time(entry.at), Some(Meaning::Quiet)),
        safe(Some(&entry.who)),
        (entry.deed.word().to_owned(), Some(Meaning::Name)),
        (count(entry.count), None),
        safe(entry.plan.as_deref()),
        safe(entry.reason.as_deref()),
        safe(entry.note.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Deed;
    use crate::cli::test_desk::TestDesk;
    use crate::event::EntryId;

    fn entry() -> JournalEntry {
        JournalEntry {
            id: EntryId::new(1_795_459_800_000, 0),
            at: "2026-11-23T19:50:00Z".parse().unwrap(),
            who: "jo\x1b@web-1".to_owned(),
            deed: Deed::PlanStarted,
            plan: Some("plan-7f3a9c12".to_owned()),
            count: 412,
            reason: Some("mail server is back".to_owned()),
            note: None,
        }
    }

    #[test]
    fn a_line_says_who_did_what_and_why() {
        let mut test = TestDesk::text();
        test.run(|desk| print(&[entry()], desk)).unwrap();
        insta::assert_snapshot!(test.out());
    }

    #[test]
    fn json_has_the_keys_of_the_page() {
        let mut test = TestDesk::json();
        test.run(|desk| print(&[entry()], desk)).unwrap();
        let (_, example) = include_str!("../../docs/json.md").split_once("```json journal\n").unwrap();
        let keys = |line: &str| {
            let line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            line.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(keys(&test.out()), keys(example.lines().next().unwrap()));
    }

    #[test]
    fn an_empty_journal_says_so() {
        let mut test = TestDesk::text();
        test.run(|desk| print(&[], desk)).unwrap();
        assert!(test.out().is_empty() && test.notes().starts_with("the journal of this bus is empty"));
    }
}
