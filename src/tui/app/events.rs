//! What the Events view shows, and where a person is in it.

use std::ops::RangeInclusive;

use super::{Columns, Exporting, Marks, View};
use crate::monitor::Lens;
use crate::tui::pretty::{Folds, TreeMemo};

/// A pane of the Events view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventsPane {
    /// The list of events, newest first.
    #[default]
    List,
    /// The event under the cursor.
    Detail,
}

/// The state of the Events view, and of the strip of the Flow view. Places are entries, not rows: what arrives above
/// moves nothing under a person's eyes.
#[derive(Debug)]
pub struct EventsState {
    /// Which entries are shown, in the order of arrival.
    pub lens: Lens,
    /// The entry under the cursor; `None` while following.
    pub cursor: Option<u64>,
    /// The entry in the first row; `None` while that is the newest one.
    pub top: Option<u64>,
    /// The columns of the list.
    pub columns: Columns,
    /// Entries that are marked.
    pub marks: Marks,
    /// Which pane has the focus.
    pub focus: EventsPane,
    /// Whether the detail takes the whole body.
    pub whole: bool,
    /// How a person divided the body between list and detail.
    pub split: Split,
    /// The detail.
    pub detail: DetailState,
    /// What of it is folded.
    pub folds: Folds,
    /// The event under the cursor when a filter was begun to be typed: it may come and go meanwhile.
    pub held: Option<u64>,
    /// Whether a match is to be on the screen once the filter has looked at everything.
    pub wants_hit: bool,
    /// What is being written into a file.
    pub exporting: Option<Box<Exporting>>,
    /// How many exports were begun: each has a number of its own.
    pub exports: u64,
    /// The event under the cursor, laid out: drawing fills it, nothing reads a state from it.
    pub laid_out: TreeMemo,
}

/// How a person divided the body between list and detail; `None` where nobody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// Columns of the list, beside the detail.
    pub beside: Option<u16>,
    /// Lines of the list, above the detail.
    pub below: Option<u16>,
}

/// What of the event under the cursor is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetailState {
    /// The first line on the screen.
    pub top: usize,
    /// The line under the cursor, while the detail has the keys.
    pub cursor: usize,
    /// How many columns are to the left of the screen; 0 while lines are wrapped.
    pub left: usize,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// Whether the JSON is shown as it came, and not laid out.
    pub raw: bool,
}

impl Default for DetailState {
    fn default() -> Self {
        Self { top: 0, cursor: 0, left: 0, wrap: true, raw: false }
    }
}

impl EventsState {
    /// Follows the newest entry.
    pub fn new(lens: Lens) -> Self {
        Self {
            lens,
            cursor: None,
            top: None,
            columns: Columns::default(),
            marks: Marks::default(),
            focus: EventsPane::default(),
            whole: false,
            split: Split::default(),
            detail: DetailState::default(),
            folds: Folds::default(),
            held: None,
            wants_hit: false,
            exporting: None,
            exports: 0,
            laid_out: TreeMemo::default(),
        }
    }

    /// Of another bus: how events are looked at stays.
    pub(super) fn anew(&self, lens: Lens) -> Self {
        let mut folds = self.folds.clone();
        folds.forget();
        let columns = self.columns.clone();
        let (detail, split) = (self.detail, self.split);
        Self { detail, split, folds, columns, exports: self.exports, ..Self::new(lens) }
    }

    /// Whether the newest entry is in the first row, and will be.
    pub fn is_following(&self) -> bool {
        self.cursor.is_none() && self.top.is_none() && !self.lens.is_frozen()
    }

    /// Another event is read from its beginning.
    pub fn read_anew(&mut self) {
        (self.detail.top, self.detail.cursor, self.detail.left) = (0, 0, 0);
        self.folds.forget();
    }

    /// The rows between where a range of marks begins and the cursor.
    pub fn range(&self) -> Option<RangeInclusive<usize>> {
        let (from, cursor) = (self.row_of(self.marks.range_from()?), self.cursor_row()?);
        Some(from.min(cursor)..=from.max(cursor))
    }

    /// What an action is about: what is marked, else what is under the cursor; and how many that are marked are not shown,
    /// and are left out.
    pub fn selected(&self) -> (Vec<u64>, usize) {
        if self.marks.is_empty() {
            return (self.cursor.into_iter().collect(), 0);
        }
        let shown: Vec<_> = self.marks.seqs().filter(|seq| self.lens.row_of(*seq).is_ok()).collect();
        let hidden = self.marks.len() - shown.len();
        (shown, hidden)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lens.shown()
    }

    /// Whether no entry is shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry in row `row` of the whole list, from the top.
    pub fn seq_in(&self, row: usize) -> Option<u64> {
        self.lens.in_row(row)
    }

    /// In which row of the whole list the entry `seq` is; of one that is no longer there, the nearest row.
    pub fn row_of(&self, seq: u64) -> usize {
        let (Ok(row) | Err(row)) = self.lens.row_of(seq);
        row.min(self.len().saturating_sub(1))
    }

    /// The first row on the screen: so many rows are above it.
    pub fn top_row(&self) -> usize {
        self.top.map_or(0, |seq| self.row_of(seq))
    }

    /// The row under the cursor.
    pub fn cursor_row(&self) -> Option<usize> {
        self.cursor.map(|seq| self.row_of(seq))
    }

    /// The entries of the `page` rows on the screen, newest first.
    pub fn on_screen(&self, page: usize) -> impl Iterator<Item = u64> {
        let top = self.top_row();
        (top..top.saturating_add(page)).map_while(|row| self.seq_in(row))
    }

    /// Whether the detail has the keys.
    pub fn reads_detail(&self) -> bool {
        self.cursor.is_some() && (self.whole || self.focus == EventsPane::Detail)
    }

    /// Whether the detail covers the body.
    pub fn reads_whole(&self, view: View) -> bool {
        view == View::Events && self.whole && self.cursor.is_some()
    }
}
