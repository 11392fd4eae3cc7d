//! The journal as a page over the Failed view: what operators did on this bus.

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, TableState, View};
use crate::bus::{BusError, JournalEntry};
use crate::tui::action::Action;

/// So many lines are read, the newest.
pub const JOURNAL_LINES: usize = 1_000;
/// How long after an answer it is read again, while it is open.
const FRESH: TimeDelta = TimeDelta::seconds(5);

/// The journal, while it is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JournalPage {
    /// What is known of it, newest first.
    lines: Vec<JournalEntry>,
    /// When it was read last.
    pub as_of: Option<DateTime<Utc>>,
    /// Why the last question was not answered.
    pub error: Option<BusError>,
    /// Whether a question is on its way.
    is_asked: bool,
    /// When the last question was answered, whatever it said.
    answered: Option<DateTime<Utc>>,
    /// The plan that it is narrowed to.
    plan: Option<PlanLines>,
    /// The words that each line that is shown has.
    words: String,
    /// The lines that are shown, by number.
    shown: Vec<usize>,
    table: TableState,
}

/// The lines of one plan.
#[derive(Debug, Clone, PartialEq)]
struct PlanLines {
    id: String,
    table: TableState,
}

impl JournalPage {
    /// Whether it is time to read it.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        !self.is_asked && self.answered.is_none_or(|at| now - at >= FRESH)
    }

    /// A question is sent.
    pub fn begin(&mut self) {
        self.is_asked = true;
    }

    /// Whether one is on its way.
    pub fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Takes an answer. What is under the cursor stays under it; without a cursor, it goes to the newest line.
    pub fn take(&mut self, answer: Result<Vec<JournalEntry>, BusError>, now: DateTime<Utc>) {
        (self.is_asked, self.answered) = (false, Some(now));
        match answer {
            Ok(lines) => {
                let ids = |page: &Self| page.rows().map(|line| line.id).collect::<Vec<_>>();
                let (all, old): (Vec<_>, _) = (self.lines.iter().map(|line| line.id).collect(), ids(self));
                self.lines = lines;
                self.renew();
                let new = ids(self);
                self.table_mut().follow(&old, &new, |a, b| a == b);
                if self.plan.is_some() {
                    // That of all lines, for when the plan is closed.
                    let now: Vec<_> = self.lines.iter().map(|line| line.id).collect();
                    self.table.follow(&all, &now, |a, b| a == b);
                }
                self.table.cursor = self.table.cursor.or(Some(0));
                (self.as_of, self.error) = (Some(now), None);
            }
            Err(why) => self.error = Some(why),
        }
    }

    /// The lines that are shown: all, or those of the plan, that have the words.
    pub fn rows(&self) -> impl Iterator<Item = &JournalEntry> {
        self.shown.iter().filter_map(|at| self.lines.get(*at))
    }

    fn renew(&mut self) {
        let words: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let plan = self.plan.as_ref().map(|plan| plan.id.as_str());
        let is_shown = |line: &JournalEntry| {
            (plan.is_none() || line.plan.as_deref() == plan) && (words.is_empty() || has(line, &words))
        };
        let lines = self.lines.iter().enumerate();
        self.shown = lines.filter(|(_, line)| is_shown(line)).map(|(at, _)| at).collect();
    }

    /// The words that the lines are narrowed to; empty where they are not.
    pub fn words(&self) -> &str {
        self.words.trim()
    }

    /// Shows only lines with all of these words in who, what, plan, reason or note. The cursor stays on its line while that
    /// is shown, and goes to the newest one where it is not.
    pub fn narrow(&mut self, words: &str) {
        words.clone_into(&mut self.words);
        self.keep_cursor(Self::renew);
    }

    /// Changes what is shown; what is under the cursor stays there, where it can.
    fn keep_cursor(&mut self, change: impl FnOnce(&mut Self)) {
        let under = self.under_cursor().map(|line| line.id);
        change(self);
        let cursor = self.rows().position(|line| Some(line.id) == under);
        let first = (!self.shown.is_empty()).then_some(0);
        self.table_mut().cursor = cursor.or(first);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// How many were read.
    pub fn read(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether older lines may lie on the bus that were not read.
    pub fn is_cut(&self) -> bool {
        self.lines.len() >= JOURNAL_LINES
    }

    /// The plan that it is narrowed to.
    pub fn plan(&self) -> Option<&str> {
        self.plan.as_ref().map(|plan| plan.id.as_str())
    }

    /// The table that is shown.
    pub fn table(&self) -> TableState {
        self.plan.as_ref().map_or(self.table, |plan| plan.table)
    }

    /// As [`JournalPage::table`], to change it.
    pub fn table_mut(&mut self) -> &mut TableState {
        match &mut self.plan {
            Some(plan) => &mut plan.table,
            None => &mut self.table,
        }
    }

    /// The line under the cursor.
    pub fn under_cursor(&self) -> Option<&JournalEntry> {
        self.rows().nth(self.table().cursor?)
    }

    /// The newest line of a plan.
    pub fn newest_of(&self, plan: &str) -> Option<&JournalEntry> {
        self.lines.iter().find(|line| line.plan.as_deref() == Some(plan))
    }

    /// The plan to open: that of the line under the cursor, unless it is open already.
    pub fn plan_to_open(&self) -> Option<&str> {
        self.under_cursor()?.plan.as_deref().filter(|_| self.plan.is_none())
    }

    /// Narrows to the plan of the line under the cursor, which stays there.
    pub fn open_plan(&mut self) {
        let Some(id) = self.plan_to_open().map(ToOwned::to_owned) else { return };
        self.keep_cursor(|page| {
            page.plan = Some(PlanLines { id, table: TableState::default() });
            page.renew();
        });
    }

    /// Shows all lines again. Whether it was narrowed.
    pub fn close_plan(&mut self) -> bool {
        let was_narrowed = self.plan.take().is_some();
        self.renew();
        was_narrowed
    }
}

/// Whether a line has all of `words`, which are in small letters.
fn has(line: &JournalEntry, words: &[String]) -> bool {
    let deed = line.deed.word();
    let said = [&line.plan, &line.reason, &line.note].map(|text| text.as_deref().unwrap_or_default());
    let text =
        [&line.who, deed, &deed.replace('-', " "), said[0], said[1], said[2]].join("\n").to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

impl App {
    /// The journal, where it is what a person looks at.
    pub fn journal(&self) -> Option<&JournalPage> {
        self.failed.journal.as_deref().filter(|_| self.view == View::Failed && self.errors.page.is_none())
    }

    /// Why `action` has no meaning in the journal, where that is open.
    pub(super) fn not_in_journal(&self, action: Action) -> Option<&'static str> {
        self.journal()?;
        match action {
            Action::TenantScope => Some(
                "the journal is that of the whole bus: what was done to events of several tenants is one line",
            ),
            Action::ChannelScope => Some("the journal is that of the whole bus, over all channels"),
            Action::Invert => Some("the journal is narrowed by words, which cannot be turned round"),
            _ => None,
        }
    }
}
