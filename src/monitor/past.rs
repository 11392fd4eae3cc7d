//! A stretch of what was, read back a page at a time: what lies before what is retained, or at another time.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, Utc};

use super::{Lens, Limits, Retained, Ring, Scope};
use crate::bus::{ArchivePage, ArchiveQuery, ChannelScope, Direction};
use crate::event::{Entry, EntryId};
use crate::filter::Filter;

/// So many entries are held at least before those at the far end go,
const ENTRIES: usize = 4_000;
/// or so many bytes of them.
const BYTES: usize = 32 << 20;
/// The number of the first entry: so that older ones have numbers below it, however many are read.
const FIRST: u64 = 1 << 48;
/// Between the first entries of two stretches, and how many stretches there are before numbers come again.
const APART: u64 = 1 << 40;
const STRETCHES: u64 = 1 << 20;

/// Entries that lie next to each other. They keep their numbers while more are read on either side, and what is far from
/// where a person reads goes.
#[derive(Debug)]
pub struct Past {
    ring: Ring,
    /// Oldest first.
    pages: VecDeque<Page>,
    older: Side,
    newer: Side,
    withheld: u64,
    /// Up to where it was looked on the newer side: what is not settled is read again, and counted once.
    counted: EntryId,
    first: u64,
    is_torn: bool,
}

/// What came in one page.
#[derive(Debug)]
struct Page {
    entries: Vec<Entry>,
    /// Every entry between these ids, both among them, is in it.
    low: EntryId,
    high: EntryId,
}

/// One end of the stretch.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Where to ask on from.
    reached: EntryId,
    /// Whether nothing lay behind it when it was asked last.
    is_end: bool,
}

impl Past {
    /// Around `place`: nothing is read yet. What lies at the place itself is on the newer side.
    pub fn at(place: EntryId) -> Self {
        Self::nth(0, place)
    }

    /// As [`Past::at`], of several one after the other: entries of one have no numbers that those of another have.
    pub fn nth(n: u64, place: EntryId) -> Self {
        let first = FIRST + (n % STRETCHES) * APART;
        let before = place.previous().unwrap_or(EntryId::ZERO);
        Self {
            ring: ring_from(first),
            pages: VecDeque::new(),
            older: Side { reached: place, is_end: false },
            newer: Side { reached: before, is_end: false },
            withheld: 0,
            counted: before,
            first,
            is_torn: false,
        }
    }

    /// Whether a number is that of an entry that was read back, and not of one that came.
    pub fn has_number(seq: u64) -> bool {
        seq >= FIRST - APART / 2
    }

    /// Those of `entries` that `lens` would list: of a stretch in which little is looked for, the rest need not be held.
    pub fn sift(entries: Vec<Entry>, lens: &Lens, over: Retained<'_>, now: DateTime<Utc>) -> Vec<Entry> {
        let context = lens.has_context();
        pass(entries, (lens.filter(), lens.scope(), context), over, now)
    }

    /// Those of `entries` that pass filter and scope of `lens`, whatever else it lists.
    pub fn matching(entries: Vec<Entry>, lens: &Lens, over: Retained<'_>, now: DateTime<Utc>) -> Vec<Entry> {
        pass(entries, (lens.filter(), lens.scope(), false), over, now)
    }

    /// The entries, oldest first.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Asks for the next page on one side, with what is held behind the place that is settled.
    pub fn query(&self, direction: Direction, at_most: usize, channels: ChannelScope) -> ArchiveQuery {
        let from = self.side(direction).reached;
        if direction == Direction::Older {
            return ArchiveQuery::new(from, direction, at_most, channels);
        }
        let again = self.behind(from).count();
        let query = ArchiveQuery::new(from, direction, at_most + again, channels);
        ArchiveQuery { counted: self.counted, ..query }
    }

    /// Whether there was nothing more on that side when it was asked last.
    pub fn is_end(&self, direction: Direction) -> bool {
        self.side(direction).is_end
    }

    /// Whether so many bytes are held that reading on at one end drops what lies at the other.
    pub fn is_full(&self) -> bool {
        self.pages.iter().map(|page| page.size().1).sum::<usize>() >= BYTES
    }

    /// How many entries were read and may not be shown: of other tenants, in a locked run.
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Whether something came late that belongs among what is held: it is to be read anew.
    pub fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Takes the answer to [`Past::query`]. One to a question of before, which does not fit any more, is dropped: false.
    pub fn take(&mut self, query: &ArchiveQuery, page: ArchivePage) -> bool {
        if query.from != self.side(query.direction).reached {
            return false;
        }
        self.withheld += page.other_tenants + page.unattributed;
        match query.direction {
            Direction::Older => {
                let high = query.from.previous().unwrap_or(EntryId::ZERO);
                self.older = Side { reached: page.reached, is_end: page.is_end };
                self.first -= page.entries.len() as u64;
                self.pages.push_front(Page { low: page.reached, high, entries: page.entries });
                // What was not looked at yet is not to be read again: a page wholly ahead of the server's clock is all
                // unsettled.
                let low = page.reached.previous().unwrap_or(EntryId::ZERO);
                let settled = page.settled.map(|settled| settled.max(low));
                if let Some(settled) = settled.filter(|settled| *settled < self.newer.reached) {
                    // What comes late belongs below what was to be read next. Where nothing lay there, a person asks again:
                    // with an id that lies ahead, something would come between for ever.
                    self.newer.reached = settled;
                }
                self.forget(Direction::Newer);
                self.rebuild();
            }
            Direction::Newer => self.take_newer(query, page),
        }
        true
    }

    /// What lies behind the place that is settled is held already, and read once more: what came late is among it.
    fn take_newer(&mut self, query: &ArchiveQuery, mut page: ArchivePage) {
        self.counted = self.counted.max(page.reached);
        let mut held: Vec<Entry> = self.behind(query.from).cloned().collect();
        let known: HashSet<_> = held.iter().map(|entry| (entry.id, &entry.stream)).collect();
        // What was trimmed or deleted meanwhile is missing in the page, and stays.
        page.entries.retain(|entry| !known.contains(&(entry.id, &entry.stream)));
        let last = known.into_iter().max();
        if page.entries.iter().any(|entry| last.is_some_and(|last| (entry.id, &entry.stream) < last)) {
            self.is_torn = true;
            return;
        }
        for entry in &page.entries {
            self.ring.push(entry.clone());
        }
        let settled = page.settled.map_or(page.reached, |settled| page.reached.min(settled.max(query.from)));
        // Where a page has no room for more than is held, it is gone on all the same.
        let is_stuck = !page.is_end && settled == query.from && page.entries.is_empty();
        let reached = if is_stuck { page.reached } else { settled };
        held.append(&mut page.entries);
        for before in &mut self.pages {
            before.entries.truncate(before.entries.partition_point(|entry| entry.id <= query.from));
            before.high = before.high.min(query.from);
        }
        self.newer = Side { reached, is_end: page.is_end };
        self.pages.push_back(Page { low: query.from.next(), high: reached, entries: held });
        if self.forget(Direction::Older) {
            self.rebuild();
        }
    }

    /// The entries behind a place, oldest first.
    fn behind(&self, place: EntryId) -> impl Iterator<Item = &Entry> {
        let from =
            self.pages.iter().rposition(|page| page.entries.first().is_some_and(|entry| entry.id <= place));
        let entries = self.pages.iter().skip(from.unwrap_or(0)).flat_map(|page| &page.entries);
        entries.skip_while(move |entry| entry.id <= place)
    }

    fn side(&self, direction: Direction) -> Side {
        match direction {
            Direction::Older => self.older,
            Direction::Newer => self.newer,
        }
    }

    /// Forgets pages at one end, as long as there is enough without them.
    fn forget(&mut self, direction: Direction) -> bool {
        let before = self.pages.len();
        while self.pages.len() > 2 {
            let far = match direction {
                Direction::Older => self.pages.front(),
                Direction::Newer => self.pages.back(),
            };
            let far = far.map_or((0, 0), Page::size);
            let all = self.pages.iter().map(Page::size).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            let rest = (all.0 - far.0, all.1 - far.1);
            if rest.0 < ENTRIES && rest.1 < BYTES {
                break;
            }
            match direction {
                Direction::Older => {
                    self.pages.pop_front();
                    self.first += far.0 as u64;
                    let low = self.pages.front().map_or(self.older.reached, |page| page.low);
                    self.older = Side { reached: low, is_end: false };
                }
                Direction::Newer => {
                    self.pages.pop_back();
                    let high = self.pages.back().map_or(self.newer.reached, |page| page.high);
                    self.newer = Side { reached: high, is_end: false };
                }
            }
        }
        self.pages.len() < before
    }

    fn rebuild(&mut self) {
        self.ring = ring_from(self.first);
        for entry in self.pages.iter().flat_map(|page| &page.entries) {
            self.ring.push(entry.clone());
        }
    }
}

impl Page {
    /// Entries, and bytes of their texts.
    fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.entries.iter().map(Entry::size).sum())
    }
}

/// Those of `entries` that filter and scope would list.
fn pass(
    entries: Vec<Entry>,
    (filter, scope, context): (&Filter, &Scope, bool),
    over: Retained<'_>,
    now: DateTime<Utc>,
) -> Vec<Entry> {
    let mut ring = ring_from(0);
    for entry in &entries {
        ring.push(entry.clone());
    }
    let over = Retained { ring: &ring, ..over };
    let mut sieve = Lens::new(filter.clone(), scope.clone(), over);
    sieve.set_context(context, over);
    while sieve.advance(over, now, u64::MAX) {}
    let mut kept = sieve.rows().rev().peekable();
    (0..).zip(entries).filter(|(seq, _)| kept.next_if_eq(seq).is_some()).map(|(_, entry)| entry).collect()
}

/// Its pages bound it.
fn ring_from(first: u64) -> Ring {
    Ring::starting_at(first, Limits { bytes: usize::MAX, entries: usize::MAX })
}

#[cfg(test)]
mod once;
#[cfg(test)]
mod tests;
