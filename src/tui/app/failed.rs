//! What the Failed view shows, and where a person is in it.

mod place;

use std::collections::HashSet;
use std::sync::Arc;

pub use place::FailedPlace;

use super::{JournalPage, Purpose, Reading, Surroundings, TableState};
use crate::bus::{BusError, Counted, FailedAt, FailedEvent, FailedPage, FailedWhole};
use crate::monitor::{FailedAsk, FailedGroup, FailedList, FailedRow, FailedSift, FailedSort, GroupKey};
use crate::tui::action::Action;
use crate::tui::pretty::Memo;

/// The state of the Failed view. While it is looked at, the failed events are read, page by page; while it is not, they
/// are counted now and then.
#[derive(Debug, Default)]
pub struct FailedState {
    /// The failed events that are known.
    pub list: FailedList,
    /// What of them is shown.
    pub sift: FailedSift,
    /// In which order.
    pub sort: FailedSort,
    /// Whether groups are shown, and not each event.
    pub is_grouped: bool,
    /// Whether also what nobody has to act on is shown: running, retried, discarded.
    pub all: bool,
    /// The table: of groups, or of events.
    pub table: TableState,
    /// The group that is open.
    pub group: Option<OpenFailed>,
    /// The event that is open.
    pub detail: Option<FailedDetail>,
    /// The journal, while it is open over the view.
    pub journal: Option<Box<JournalPage>>,
    /// Events that are marked.
    pub marks: HashSet<FailedAt>,
    /// Where a range of marks begins.
    pub range_from: Option<FailedAt>,
    /// What is being written into a file.
    pub exporting: Option<Box<ExportingFailed>>,
    /// Reading and counting.
    pub reading: Reading,
    /// What was discarded since the dashboard was started, the last last: where it lies now.
    pub discarded: Vec<Vec<FailedAt>>,
    /// Of those, what is being put back: until that is known to be done, it can be asked for again.
    pub restoring: Vec<FailedAt>,
    /// Whether the cursor was put on the first row since the table was opened: one that was let go of stays away.
    pub is_entered: bool,
    /// What is under the cursor, to find it again in a new order.
    under: Option<Under>,
    /// The event that is open, laid out: drawing fills it, nothing reads a state from it.
    pub laid_out: Box<Memo>,
}

/// Failed events that are on their way into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportingFailed {
    /// The file, as a person named it.
    pub file: String,
    /// Whether a file that is there already is replaced.
    pub replaces: bool,
    /// How many it is about.
    pub total: u64,
    /// How many are written.
    pub written: u64,
    /// Whether it is to be ended: what comes of that is told when it is known.
    pub ends: bool,
}

/// A group that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenFailed {
    /// What its events have in common.
    pub key: GroupKey,
    /// The table of its events.
    pub table: TableState,
}

/// An event that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedDetail {
    /// As the list has it.
    pub event: Arc<FailedEvent>,
    /// All that is known of it: nothing while that is asked, `Ok(None)` when it does not lie there any more.
    pub whole: Option<Result<Option<Box<FailedWhole>>, BusError>>,
    /// What happened around it.
    pub around: Surroundings,
    /// The first line on the screen.
    pub top: usize,
}

impl FailedDetail {
    /// Whether it is known not to lie there any more: nothing can be done to it.
    pub fn is_gone(&self) -> bool {
        matches!(self.whole, Some(Ok(None)))
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Under {
    Event(FailedAt),
    Group(GroupKey),
}

impl FailedState {
    /// Forgets what was known; how it is looked at stays, and so does what is being written into a file.
    pub fn forget(&mut self) {
        let (reading, exporting) = (self.reading.anew(), self.exporting.take());
        let (sort, is_grouped, all) = (self.sort, self.is_grouped, self.all);
        *self = Self { sort, is_grouped, all, exporting, reading, ..Self::default() };
    }

    /// Whether groups are on the screen, and not events.
    pub fn shows_groups(&self) -> bool {
        self.is_grouped && self.group.is_none()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match &self.group {
            Some(open) => self.sift.group(&open.key).map_or(0, |group| group.rows.len()),
            None if self.is_grouped => self.sift.groups().len(),
            None => self.sift.rows().len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The event in row `at`, where events are shown.
    pub fn event_in(&self, at: usize) -> Option<&Arc<FailedEvent>> {
        self.row_in(at).map(|row| &row.event)
    }

    /// As [`FailedState::event_in`], with what is known of its JSON.
    pub fn row_in(&self, at: usize) -> Option<&FailedRow> {
        let row = match &self.group {
            Some(open) => *self.sift.group(&open.key)?.rows.get(at)? as usize,
            None if self.is_grouped => return None,
            None => at,
        };
        self.sift.rows().get(row)
    }

    /// The handler whose failures all of these are, where that is one.
    pub fn only_handler(&self) -> Option<&str> {
        // More than these are not looked through for every frame.
        const MOST: usize = 1_000;
        let groups = self.sift.groups();
        let handler = groups.first()?.key.handler.as_deref()?;
        let is_its = |group: &FailedGroup| group.key.handler.as_deref() == Some(handler);
        (groups.len() <= MOST && groups.iter().all(is_its)).then_some(handler)
    }

    /// The group in row `at`, where groups are shown.
    pub fn group_in(&self, at: usize) -> Option<&FailedGroup> {
        if self.shows_groups() { self.sift.groups().get(at) } else { None }
    }

    /// The table that has the keys.
    pub fn open_table(&self) -> TableState {
        self.group.as_ref().map_or(self.table, |open| open.table)
    }

    /// As [`FailedState::open_table`], to change it.
    pub fn open_table_mut(&mut self) -> &mut TableState {
        match &mut self.group {
            Some(open) => &mut open.table,
            None => &mut self.table,
        }
    }

    /// The events under the cursor: one, or all of a group; the one that is open, if one is.
    pub fn under_cursor(&self) -> Vec<Arc<FailedEvent>> {
        if let Some(detail) = &self.detail {
            return vec![Arc::clone(&detail.event)];
        }
        let Some(at) = self.open_table().cursor else { return Vec::new() };
        match (self.event_in(at), self.group_in(at)) {
            (Some(event), _) => vec![Arc::clone(event)],
            (None, Some(group)) => self.events_of(group),
            (None, None) => Vec::new(),
        }
    }

    /// The events of a group.
    pub fn events_of(&self, group: &FailedGroup) -> Vec<Arc<FailedEvent>> {
        let rows = group.rows.iter().filter_map(|row| self.sift.rows().get(*row as usize));
        rows.map(|row| Arc::clone(&row.event)).collect()
    }

    /// Every event that is shown: all, or those of the group that is open.
    pub fn shown(&self) -> Vec<Arc<FailedEvent>> {
        match &self.group {
            Some(open) => self.sift.group(&open.key).map(|group| self.events_of(group)).unwrap_or_default(),
            None => self.sift.rows().iter().map(|row| Arc::clone(&row.event)).collect(),
        }
    }

    /// What an action is about: what is marked, else what is under the cursor; and how many that are marked do not pass
    /// filter and tenant, and are left out.
    pub fn selected(&self) -> (Vec<Arc<FailedEvent>>, usize) {
        if self.marks.is_empty() || self.detail.is_some() {
            return (self.under_cursor(), 0);
        }
        let rows = self.sift.rows().iter().filter(|row| self.marks.contains(&row.event.at));
        let events: Vec<_> = rows.map(|row| Arc::clone(&row.event)).collect();
        let hidden = self.marks.len() - events.len();
        (events, hidden)
    }

    /// Whether anything is selected: as [`FailedState::selected`], without walking over it.
    pub fn has_selection(&self) -> bool {
        self.detail.is_some()
            || !self.marks.is_empty()
            || self.open_table().cursor.is_some_and(|at| at < self.len())
    }

    /// Whether there is a row that can be marked.
    pub fn can_mark(&self) -> bool {
        self.detail.is_none() && self.open_table().cursor.is_some()
    }

    /// Whether `action` is for what is selected. Of several, those that it is not for are left out later.
    pub fn allows(&self, action: Action) -> Result<(), &'static str> {
        if !self.has_selection() {
            return Err("nothing is marked or under the cursor: j and k move it");
        }
        if self.detail.as_ref().is_some_and(FailedDetail::is_gone) {
            return Err("it does not lie there any more: Esc goes to the list, which says where it is now");
        }
        let one = match &self.detail {
            Some(detail) => Some(&detail.event),
            None if self.marks.is_empty() || action == Action::EditRetry => {
                self.open_table().cursor.and_then(|at| self.event_in(at))
            }
            None => None,
        };
        match (one, action) {
            (Some(event), _) if what_helps(event).contains(&action) => Ok(()),
            (None, Action::EditRetry) => Err("one event is edited at a time: put the cursor on one"),
            (None, _) => Ok(()),
            (Some(_), Action::Release) => Err("only what is pending can be released"),
            (Some(_), Action::EditRetry) => Err("only a dead letter can be edited"),
            (Some(event), _) => Err(match event.at {
                FailedAt::Pending { .. } => {
                    "it is pending: L releases it, it is neither retried nor discarded"
                }
                FailedAt::Due { .. } => "its retry is due: the next consumer of its group gets it",
                FailedAt::Invalid { .. } => {
                    "it is no event in a stream of Alga's own: nothing is taken out of there; Ctrl-s exports it"
                }
                FailedAt::Discarded { .. } => "it is discarded: `tidings failed` puts it back",
                _ => "it was retried: what became of it is a failed event of its own",
            }),
        }
    }

    /// The rows between where a range of marks began and the cursor.
    pub fn range(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let from = self.range_from.as_ref()?;
        let cursor = self.open_table().cursor?;
        let from = (0..self.len()).find(|at| self.event_in(*at).is_some_and(|event| event.at == *from))?;
        Some(from.min(cursor)..=from.max(cursor))
    }

    /// Asks for what the filter, the tenant and the order are now.
    pub fn ask(&mut self, ask: FailedAsk) {
        self.sift.set(ask);
    }

    /// Remembers what is under the cursor.
    pub fn note_cursor(&mut self) {
        let at = self.open_table().cursor;
        self.under = at.and_then(|at| match (self.event_in(at), self.group_in(at)) {
            (Some(event), _) => Some(Under::Event(event.at.clone())),
            (None, Some(group)) => Some(Under::Group(group.key.clone())),
            (None, None) => None,
        });
    }

    /// After rows changed: the cursor goes where what was under it stands now.
    pub fn hold_cursor(&mut self) {
        let found = match &self.under {
            Some(Under::Event(at)) => {
                (0..self.len()).find(|row| self.event_in(*row).is_some_and(|event| event.at == *at))
            }
            Some(Under::Group(key)) => {
                (0..self.len()).find(|row| self.group_in(*row).is_some_and(|group| group.key == *key))
            }
            None => return,
        };
        if let Some(found) = found {
            self.open_table_mut().cursor = Some(found);
        }
    }

    /// Puts the cursor on the first row of a table that has just been opened. While the first reading goes on it stays
    /// on the first row; from then on it goes along with what is under it.
    pub fn enter(&mut self) {
        if !self.is_entered && !self.is_empty() {
            self.is_entered = true;
            let table = self.open_table_mut();
            table.cursor = table.cursor.or(Some(0));
        }
        if self.under.is_none() && self.list.is_complete() {
            self.note_cursor();
        }
    }

    /// Takes a page of the list that is being read.
    pub fn take(&mut self, page: FailedPage) {
        self.list.take(page);
        self.list.remove(&self.reading.removed);
    }

    /// These lie there no more: they are on the screen no more, either.
    pub fn remove(&mut self, gone: &[FailedAt]) {
        if gone.is_empty() {
            return;
        }
        self.list.remove(gone);
        if self.reading.is_reading() {
            self.reading.removed.extend_from_slice(gone);
        }
        let is_counted =
            |at: &&FailedAt| !matches!(at, FailedAt::Discarded { .. } | FailedAt::Retried { .. });
        self.reading.take_away(gone.iter().filter(is_counted).count() as u64);
        for at in gone {
            self.marks.remove(at);
        }
        self.sift.hurry();
    }

    /// How many a person may have to act on: by the list where it was read, else as they were counted.
    pub fn count(&self, is_locked: bool) -> Option<Counted> {
        if self.reading.answered.is_some_and(|(purpose, ..)| purpose == Purpose::Count) {
            return self.reading.counted;
        }
        if self.list.is_complete() || !self.list.is_empty() {
            return Some(self.list.failed(is_locked));
        }
        self.reading.counted
    }
}

/// Whether it can be retried, and put aside.
pub fn can_be_retried(event: &FailedEvent) -> bool {
    matches!(event.at, FailedAt::DeadLetter { .. } | FailedAt::Waiting { .. })
}

/// Whether it can be offered to consumers again.
pub fn can_be_released(event: &FailedEvent) -> bool {
    matches!(event.at, FailedAt::Pending { .. })
}

/// What can be done about it.
pub fn what_helps(event: &FailedEvent) -> &'static [Action] {
    match event.at {
        FailedAt::DeadLetter { .. } => &[Action::Retry, Action::EditRetry, Action::Discard],
        FailedAt::Waiting { .. } => &[Action::Retry, Action::Discard],
        FailedAt::Pending { .. } => &[Action::Release],
        FailedAt::Due { .. }
        | FailedAt::Discarded { .. }
        | FailedAt::Retried { .. }
        | FailedAt::Invalid { .. } => &[],
    }
}
