//! What is read back in the Events view: a stretch of the past, in place of what comes.
//!
//! A stretch is read before it is shown ([`Coming`]), so that nothing flickers; while it is shown ([`Shown`]) the list as
//! it was is put aside, and goes on taking in what comes.

use super::seek::Seek;
use super::{App, Marks};
use crate::bus::{ArchivePage, ArchiveQuery, ChannelScope, Direction};
use crate::event::{EntryId, StreamKey};
use crate::filter::Filter;
use crate::monitor::{Lens, Monitor, Past, Retained, Row, Scope};

/// So many entries are asked for at a time, and of which few are looked for, so many.
const PAGE: usize = 500;
const SIFTED_PAGE: usize = 2_000;
/// So many entries are looked at without one that is shown; then a person says whether to look on.
const LOOKED_AT: u64 = 100_000;

/// Reading back.
#[derive(Debug, Default)]
pub struct Rewind {
    /// Counts questions and stretches: what was asked before is not taken.
    pub number: u64,
    /// What is on the screen, or was before another view was opened.
    pub shown: Option<Box<Shown>>,
    /// What is to be there.
    pub coming: Option<Box<Coming>>,
    /// The question on its way: which side is read.
    pub asking: Option<Direction>,
    /// What is looked for beyond what is there.
    pub seek: Option<Box<Seek>>,
}

/// A stretch that is read, and what of it is known.
#[derive(Debug)]
pub struct Stretch {
    /// The entries.
    pub past: Past,
    /// Where a person is in it, or was last.
    pub place: EntryId,
    /// What was sifted by, once something was left out: by anything else it must be read anew.
    pub sifted: Option<(Filter, Scope, bool)>,
    /// How many were left out.
    pub left_out: u64,
    /// Why a side cannot be read on; a person tries again.
    pub error: Option<(Direction, String)>,
    older: Side,
    newer: Side,
}

/// One side of a stretch.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    /// Whether it was asked for at all.
    is_answered: bool,
    /// How many were looked at since the last one that is shown.
    looked_at: u64,
    /// Up to where.
    reached: Option<EntryId>,
}

/// A stretch on the screen.
#[derive(Debug)]
pub struct Shown {
    /// The stretch.
    pub stretch: Stretch,
    /// The list as it was before; while another view is open, that of the past.
    pub aside: Aside,
    /// Whether another view is open.
    pub is_parked: bool,
    /// How many had come when it was begun.
    pub received: u64,
    /// How many rows to go on, once there are more on that side.
    pub step: Option<(Direction, isize)>,
}

/// A list, put aside.
#[derive(Debug)]
pub struct Aside {
    /// Its entries.
    pub lens: Lens,
    /// The entry under the cursor.
    pub cursor: Option<u64>,
    /// The entry in the first row.
    pub top: Option<u64>,
    /// Marked entries.
    pub marks: Marks,
}

/// A stretch that is to be shown as soon as both of its sides are known.
#[derive(Debug)]
pub struct Coming {
    /// The stretch.
    pub stretch: Stretch,
    /// Where the cursor is to be.
    pub aim: Aim,
    /// How many rows to go on from there.
    pub step: Option<(Direction, isize)>,
}

/// Where a person wants to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// At this entry.
    Entry(StreamKey, EntryId),
    /// At the first one from here on; where there is none, at the last before.
    Place(EntryId),
}

impl Aim {
    /// The place that is read around.
    pub fn place(&self) -> EntryId {
        match self {
            Self::Entry(_, id) | Self::Place(id) => *id,
        }
    }
}

impl Stretch {
    /// Around a place: nothing is read yet.
    pub fn new(n: u64, place: EntryId) -> Self {
        Self {
            past: Past::nth(n, place),
            place,
            sifted: None,
            left_out: 0,
            error: None,
            older: Side::default(),
            newer: Side::default(),
        }
    }

    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Older => &mut self.older,
            Direction::Newer => &mut self.newer,
        }
    }

    fn side_of(&self, direction: Direction) -> Side {
        match direction {
            Direction::Older => self.older,
            Direction::Newer => self.newer,
        }
    }

    /// Whether anything is known of that side.
    pub fn is_answered(&self, direction: Direction) -> bool {
        self.side_of(direction).is_answered
    }

    /// Whether nothing lies on that side, as far as is known.
    pub fn is_end(&self, direction: Direction) -> bool {
        self.past.is_end(direction)
    }

    /// How far it was read on that side.
    pub fn edge(&self, direction: Direction) -> EntryId {
        self.past.query(direction, 0, ChannelScope::All).from
    }

    /// How many were looked at on that side since the last one that is shown, and up to where.
    pub fn looked_at(&self, direction: Direction) -> (u64, Option<EntryId>) {
        let side = self.side_of(direction);
        (side.looked_at, side.reached)
    }

    /// Whether so many were looked at in vain that a person should say whether to look on.
    pub fn is_tired(&self, direction: Direction) -> bool {
        self.side_of(direction).looked_at >= LOOKED_AT
    }

    /// Looks no further by itself.
    pub fn stop(&mut self) {
        for direction in [Direction::Older, Direction::Newer] {
            let side = self.side(direction);
            side.looked_at = side.looked_at.max(LOOKED_AT);
        }
    }

    /// Looks on, also where it was in vain, or failed.
    pub fn look_on(&mut self, direction: Direction) {
        self.side(direction).looked_at = 0;
        self.error = None;
    }

    /// The next question.
    pub fn query(&self, direction: Direction, sifts: bool, channels: ChannelScope) -> ArchiveQuery {
        self.past.query(direction, if sifts { SIFTED_PAGE } else { PAGE }, channels)
    }

    /// Takes an answer. `sift`: what is held of it.
    pub fn take(&mut self, query: &ArchiveQuery, mut page: ArchivePage, sift: &Sift<'_>) -> bool {
        // What is not settled is read again: it was counted when it was read first.
        let count =
            |page: &ArchivePage| page.entries.iter().filter(|entry| entry.id > query.counted).count() as u64;
        let read = count(&page);
        let withheld = page.other_tenants + page.unattributed;
        let is_stuck = page.is_stuck(query);
        let reached = page.reached;
        if sift.is_on {
            page.entries = Past::sift(page.entries, sift.lens, sift.over, sift.now);
        }
        let left_out = read - count(&page);
        if !self.past.take(query, page) {
            return false;
        }
        self.left_out += left_out;
        // What an earlier filter left out is still missing: by that one it is known that it must be read anew.
        if left_out > 0 && self.sifted.is_none() {
            let lens = sift.lens;
            self.sifted = Some((lens.filter().clone(), lens.scope().clone(), lens.has_context()));
        }
        let side = self.side(query.direction);
        side.is_answered = true;
        side.looked_at += if is_stuck { LOOKED_AT } else { read + withheld };
        side.reached = Some(reached);
        true
    }

    /// An entry that is shown was found on that side.
    pub fn found(&mut self, direction: Direction) {
        self.side(direction).looked_at = 0;
    }

    /// How many were read of what is held, whether they are shown or not.
    pub fn read(&self) -> u64 {
        self.past.ring().len() + self.left_out
    }
}

/// What of a page is held: all of it, or what a lens would list.
pub struct Sift<'a> {
    /// Whether anything is left out.
    pub is_on: bool,
    /// By which lens.
    pub lens: &'a Lens,
    /// What that is laid over.
    pub over: Retained<'a>,
    /// The time.
    pub now: chrono::DateTime<chrono::Utc>,
}

/// What the list of events is laid over: what came, or what is read back.
pub fn over<'a>(monitor: &'a Monitor, rewind: &'a Rewind) -> Retained<'a> {
    match rewind.shown.as_deref().filter(|shown| !shown.is_parked) {
        Some(shown) => Retained { ring: shown.stretch.past.ring(), ..Retained::from(monitor) },
        None => Retained::from(monitor),
    }
}

impl Rewind {
    /// Forgets all, and takes no answer to what was asked.
    pub fn forget(&mut self) {
        *self = Self { number: self.number + 1, ..Self::default() };
    }
}

impl App {
    /// What the list of events is laid over.
    pub fn over(&self) -> Retained<'_> {
        over(&self.monitor, &self.rewind)
    }

    /// The stretch of the past that the Events view shows.
    pub fn rewound(&self) -> Option<&Shown> {
        self.rewind.shown.as_deref().filter(|shown| !shown.is_parked)
    }

    /// Whether the Events view shows the past.
    pub fn is_rewound(&self) -> bool {
        self.rewound().is_some()
    }

    /// An entry of the list of events, whether it came or was read back, by its number.
    pub fn entry(&self, seq: u64) -> Option<Row<'_>> {
        if Past::has_number(seq) {
            return self.rewind.shown.as_ref()?.stretch.past.ring().get(seq);
        }
        self.monitor.ring().get(seq)
    }

    /// The entry that the detail shows.
    pub fn shown_entry(&self) -> Option<Row<'_>> {
        self.entry(self.events.cursor?)
    }

    /// Why nothing can be read back here, if that is known.
    pub fn why_no_past(&self) -> Option<&'static str> {
        let server = self.monitor.link().server.as_ref();
        if server.is_some_and(|server| !server.replayable) {
            return Some("Pub/Sub keeps nothing: there is only what came since Tidings listens");
        }
        (server.is_none() && self.monitor.link().last_contact.is_none())
            .then_some("there was no connection yet: nothing can be read back")
    }
}
