//! The journal as a page over the Failed view: what operators did on this bus.

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, TableState, View};
use crate::bus::{BusError, JournalEntry};

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
                let of_plan = |lines: &[JournalEntry], id: &str| -> Vec<_> {
                    lines.iter().filter(|line| line.plan.as_deref() == Some(id)).map(|line| line.id).collect()
                };
                if let Some(plan) = &mut self.plan {
                    let (old, new) = (of_plan(&self.lines, &plan.id), of_plan(&lines, &plan.id));
                    plan.table.follow(&old, &new, |a, b| a == b);
                }
                self.table.follow(&self.lines, &lines, |a, b| a.id == b.id);
                self.lines = lines;
                self.table.cursor = self.table.cursor.or(Some(0));
                (self.as_of, self.error) = (Some(now), None);
            }
            Err(why) => self.error = Some(why),
        }
    }

    /// The lines that are shown: all, or those of the plan.
    pub fn rows(&self) -> impl Iterator<Item = &JournalEntry> {
        let plan = self.plan();
        self.lines.iter().filter(move |line| plan.is_none() || line.plan.as_deref() == plan)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.plan {
            Some(_) => self.rows().count(),
            None => self.lines.len(),
        }
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
        let under = self.under_cursor().map(|line| line.id);
        self.plan = Some(PlanLines { id, table: TableState::default() });
        let cursor = self.rows().position(|line| Some(line.id) == under);
        self.table_mut().cursor = cursor;
    }

    /// Shows all lines again. Whether it was narrowed.
    pub fn close_plan(&mut self) -> bool {
        self.plan.take().is_some()
    }
}

impl App {
    /// The journal, where it is what a person looks at.
    pub fn journal(&self) -> Option<&JournalPage> {
        self.failed.journal.as_deref().filter(|_| self.view == View::Failed && self.errors.page.is_none())
    }
}
