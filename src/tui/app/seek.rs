//! Looking through the past for the next hit: page after page, of which nothing is kept.

use super::App;
use crate::bus::{ArchivePage, ArchiveQuery, Direction};
use crate::event::{Entry, EntryId, StreamKey};
use crate::filter::Filter;
use crate::monitor::{Past, Retained, Row, Scope};

/// So many entries are asked for at a time,
const PAGE: usize = 2_000;
/// and so many are looked at for one press of a key.
const LOOKED_AT: u64 = 100_000;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// What passes the filter, while the list shows the rest as well.
    Match,
    /// An event that failed or is invalid, of those that pass the filter.
    Failure,
}

impl Hit {
    /// In a word or some.
    pub fn words(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Failure => "failed or invalid event",
        }
    }
}

/// A search, on its way or at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Seek {
    /// Which way it goes.
    pub direction: Direction,
    /// What it looks for.
    pub hit: Hit,
    /// How far it came: from there it is asked on.
    pub reached: EntryId,
    /// How many were looked at.
    pub looked_at: u64,
    /// How many of them since the key was pressed.
    since: u64,
    /// Whether it rests: its bound was reached, or it could not be read on. The same key looks on.
    pub is_resting: bool,
    /// Whether a page was looked through.
    is_begun: bool,
    /// An entry here, which the list holds: it is none that is looked for.
    held_at: EntryId,
    /// By which filter and scope.
    by: (Filter, Scope),
    /// The entry that was under the cursor: from another one the search begins anew.
    cursor: Option<u64>,
}

impl Seek {
    /// From a place on; what the list of `app` holds there is not looked for.
    pub fn new(app: &App, (direction, hit): (Direction, Hit), from: EntryId) -> Self {
        let lens = &app.events.lens;
        Self {
            direction,
            hit,
            reached: from,
            looked_at: 0,
            since: 0,
            is_resting: false,
            is_begun: false,
            held_at: from,
            by: (lens.filter().clone(), lens.scope().clone()),
            cursor: app.events.cursor,
        }
    }

    /// Whether it looks for the same, from the same place.
    pub fn is_same(&self, app: &App, (direction, hit): (Direction, Hit)) -> bool {
        (self.direction, self.hit, self.cursor) == (direction, hit, app.events.cursor) && self.is_by(app)
    }

    /// Whether it goes by the filter and the scope that apply.
    pub fn is_by(&self, app: &App) -> bool {
        let lens = &app.events.lens;
        self.by.0 == *lens.filter() && self.by.1 == *lens.scope()
    }

    /// Looks on.
    pub fn look_on(&mut self) {
        (self.since, self.is_resting) = (0, false);
    }

    /// The next question.
    pub fn query(&self, app: &App) -> ArchiveQuery {
        // Entries of other streams with the id of the last one that is held are looked at, too.
        let from = match self.direction {
            Direction::Older if !self.is_begun => self.reached.next(),
            _ => self.reached,
        };
        ArchiveQuery::new(from, self.direction, PAGE, app.watch.channels.clone())
    }

    /// Looks through a page: the hit that comes first on its way.
    pub fn take(
        &mut self,
        query: &ArchiveQuery,
        page: ArchivePage,
        app: &App,
    ) -> Option<(StreamKey, EntryId)> {
        let over = Retained::from(&app.monitor);
        let ring = app.over().ring;
        let is_held = |entry: &Entry| {
            let is_it = |row: Row<'_>| row.id() == entry.id && row.stream() == Some(&entry.stream);
            entry.id == self.held_at && ring.rows(ring.first_seq()..ring.end_seq()).any(is_it)
        };
        let is_stuck = page.is_stuck(query);
        let mut entries = page.entries;
        entries.retain(|entry| !is_held(entry));
        let looked_at = entries.len() as u64 + page.other_tenants + page.unattributed;
        self.looked_at += looked_at;
        self.since += looked_at;
        (self.reached, self.is_begun) = (page.reached, true);
        self.is_resting = self.since >= LOOKED_AT || is_stuck;
        let mut hits = Past::matching(entries, &app.events.lens, over, app.clock.now);
        hits.retain(|entry| {
            self.hit == Hit::Match
                || entry.fault().is_some()
                || !app.monitor.failures().of_event(entry.event_id).is_empty()
        });
        let hit = match self.direction {
            Direction::Older => hits.pop(),
            Direction::Newer => hits.into_iter().next(),
        };
        hit.map(|entry| (entry.stream, entry.id))
    }
}
