//! Errors of handlers: the page that lies over a view, from the groups down to one failed event.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{App, TableState};
use crate::event::EventId;
use crate::filter::Filter;
use crate::monitor::{ErrorGroup, ErrorGroups, FailureQuery, GroupId, Monitor, Scope};
use crate::tui::pretty::Memo;

/// So many occurrences of a group are listed.
const LISTED: usize = 1_000;

/// What a person has seen of errors, and the page that is open.
#[derive(Debug, Default)]
pub struct ErrorsState {
    /// The page over the view.
    pub page: Option<Box<ErrorsPage>>,
    /// Groups that began with a failed attempt of this number or a later one came since a person looked.
    looked: u64,
    /// Of those, the groups that were looked at since.
    opened: BTreeSet<GroupId>,
    /// The event of the page, laid out: drawing fills it, nothing reads a state from it.
    pub laid_out: Box<Memo>,
}

/// Error groups, one of them, or one event that failed: the innermost that is open covers the body.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorsPage {
    /// The groups of this handler alone.
    pub handler: Option<String>,
    /// Whether the list of groups is what was opened first: Esc leads back to it.
    pub has_list: bool,
    /// The groups.
    pub groups: ErrorGroups,
    /// Their list.
    pub table: TableState,
    /// The group that is open.
    pub group: Option<OpenGroup>,
    /// The event that is open.
    pub event: Option<OpenEvent>,
}

/// A group and its occurrences.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenGroup {
    /// The group as it was last counted.
    pub about: ErrorGroup,
    /// Its failed attempts by number, the newest first.
    pub list: Vec<u64>,
    /// The list.
    pub table: TableState,
}

/// An event and the failed attempts at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEvent {
    /// Which; `None` where its id could not be read.
    pub id: Option<EventId>,
    /// The failed attempts at it by number, the newest first.
    pub attempts: Vec<u64>,
    /// The entry, if it is retained.
    pub entry: Option<u64>,
    /// The first line on the screen.
    pub top: usize,
}

impl ErrorsState {
    /// A person has looked at the groups that there are.
    pub fn look(&mut self, monitor: &Monitor) {
        self.looked = monitor.failures().end_seq();
        self.opened.clear();
    }

    /// A person has looked at a list of these groups, which are not all.
    pub fn look_at_all<'a>(&mut self, groups: impl IntoIterator<Item = &'a ErrorGroup>) {
        self.opened.extend(groups.into_iter().map(|group| group.id));
    }

    /// A person has opened a group.
    pub fn look_at(&mut self, group: GroupId) {
        self.opened.insert(group);
    }

    /// Whether a group has appeared since a person looked.
    pub fn is_new(&self, group: &ErrorGroup) -> bool {
        group.first_seq >= self.looked && !self.opened.contains(&group.id)
    }
}

impl ErrorsPage {
    /// The list of groups.
    pub fn list(handler: Option<String>) -> Self {
        Self {
            handler,
            has_list: true,
            groups: ErrorGroups::default(),
            table: TableState::default(),
            group: None,
            event: None,
        }
    }

    /// One group.
    pub fn group(about: ErrorGroup) -> Self {
        let group = OpenGroup { about, list: Vec::new(), table: TableState::default() };
        Self { has_list: false, group: Some(group), ..Self::list(None) }
    }

    /// One event.
    pub fn event(event: OpenEvent) -> Self {
        Self { has_list: false, event: Some(event), ..Self::list(None) }
    }

    /// Counts anew. What is under a cursor stays under it.
    pub fn renew(&mut self, monitor: &Monitor, (scope, filter): (&Scope, &Filter), now: DateTime<Utc>) {
        let query = FailureQuery { scope, filter, handler: self.handler.as_deref() };
        let groups = monitor.error_groups(&query, now);
        self.table.follow(&self.groups.groups, &groups.groups, |a, b| a.id == b.id);
        self.groups = groups;
        if let Some(group) = &mut self.group {
            if let Some(about) = self.groups.groups.iter().find(|about| about.id == group.about.id) {
                group.about = about.clone();
            } else {
                // Nothing of it fits filter and tenant any more.
                (group.about.count, group.about.kept) = (0, 0);
            }
            let list = monitor.error_occurrences(group.about.id, &query, LISTED, now);
            group.table.follow(&group.list, &list, |a, b| a == b);
            group.list = list;
        }
        if let Some(event) = &mut self.event {
            event.renew(monitor);
        }
    }
}

impl OpenEvent {
    /// An event with failed attempts. Of one without an id only the attempt `seq` is known.
    pub fn of(id: Option<EventId>, seq: Option<u64>, monitor: &Monitor) -> Self {
        let ring = monitor.ring();
        let rows = ring.rows(ring.first_seq()..ring.end_seq()).rev();
        let entry = id.and_then(|id| rows.into_iter().find(|row| row.event_id() == Some(id)));
        let mut event =
            Self { id, attempts: seq.into_iter().collect(), entry: entry.map(|row| row.seq()), top: 0 };
        event.renew(monitor);
        event
    }

    fn renew(&mut self, monitor: &Monitor) {
        if let Some(id) = self.id {
            let attempts = monitor.failures().occurrences_of(id);
            self.attempts = attempts.iter().rev().map(|occurrence| occurrence.seq).collect();
        }
    }
}

impl App {
    /// Whether there is something in the errors whose failed events can be looked for.
    pub(super) fn has_its_failed(&self) -> bool {
        self.errors.page.as_ref().is_some_and(|page| match &page.event {
            Some(event) => event.id.is_some(),
            None => page.group.is_some() || !page.groups.groups.is_empty(),
        })
    }

    pub(super) fn why_no_its_failed(&self) -> &'static str {
        match &self.errors.page {
            None => "no errors are open: E opens them",
            Some(page) if page.event.is_some() => "this event has no id: no filter finds it",
            Some(_) => "there are no rows here",
        }
    }
}
