//! A stretch of what was, read back a page at a time: what lies before what is retained, or at another time.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::{Lens, Limits, Retained, Ring};
use crate::bus::{ArchivePage, ArchiveQuery, ChannelScope, Direction};
use crate::event::{Entry, EntryId};

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
    first: u64,
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
        Self {
            ring: ring_from(first),
            pages: VecDeque::new(),
            older: Side { reached: place, is_end: false },
            newer: Side { reached: place.previous().unwrap_or(EntryId::ZERO), is_end: false },
            withheld: 0,
            first,
        }
    }

    /// Whether a number is that of an entry that was read back, and not of one that came.
    pub fn has_number(seq: u64) -> bool {
        seq >= FIRST - APART / 2
    }

    /// Those of `entries` that `lens` would list: of a stretch in which little is looked for, the rest need not be held.
    pub fn sift(entries: Vec<Entry>, lens: &Lens, over: Retained<'_>, now: DateTime<Utc>) -> Vec<Entry> {
        let mut ring = ring_from(0);
        for entry in &entries {
            ring.push(entry.clone());
        }
        let over = Retained { ring: &ring, ..over };
        let mut sieve = Lens::new(lens.filter().clone(), lens.scope().clone(), over);
        sieve.set_context(lens.has_context(), over);
        while sieve.advance(over, now, u64::MAX) {}
        let mut kept = sieve.rows().rev().peekable();
        (0..).zip(entries).filter(|(seq, _)| kept.next_if_eq(seq).is_some()).map(|(_, entry)| entry).collect()
    }

    /// The entries, oldest first.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Asks for the next page on one side.
    pub fn query(&self, direction: Direction, at_most: usize, channels: ChannelScope) -> ArchiveQuery {
        ArchiveQuery { from: self.side(direction).reached, direction, at_most, channels }
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

    /// Takes the answer to [`Past::query`]. One to a question of before, which does not fit any more, is dropped: false.
    pub fn take(&mut self, query: &ArchiveQuery, page: ArchivePage) -> bool {
        if query.from != self.side(query.direction).reached {
            return false;
        }
        self.withheld += page.other_tenants + page.unattributed;
        let side = Side { reached: page.reached, is_end: page.is_end };
        match query.direction {
            Direction::Older => {
                let high = query.from.previous().unwrap_or(EntryId::ZERO);
                self.older = side;
                self.first -= page.entries.len() as u64;
                self.pages.push_front(Page { low: page.reached, high, entries: page.entries });
                self.forget(Direction::Newer);
                self.rebuild();
            }
            Direction::Newer => {
                self.newer = side;
                for entry in &page.entries {
                    self.ring.push(entry.clone());
                }
                let low = query.from.next();
                self.pages.push_back(Page { low, high: page.reached, entries: page.entries });
                if self.forget(Direction::Older) {
                    self.rebuild();
                }
            }
        }
        true
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

/// Its pages bound it.
fn ring_from(first: u64) -> Ring {
    Ring::starting_at(first, Limits { bytes: usize::MAX, entries: usize::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{Admission, Intake, Raw, TenantLock};
    use crate::event::{EventType, StreamKey};
    use crate::filter::Filter;
    use crate::monitor::{Lens, Monitor, Retained, Scope};
    use crate::schema::Registry;
    use crate::text::count;
    use std::sync::Arc;

    /// What lies on the bus: entries at these milliseconds.
    struct Lying(Vec<u64>);

    impl Lying {
        fn page(&self, query: &ArchiveQuery) -> ArchivePage {
            let mut intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
            let fits = |ms: &&u64| match query.direction {
                Direction::Older => EntryId::new(**ms, 0) < query.from,
                Direction::Newer => EntryId::new(**ms, 0) > query.from,
            };
            let mut all: Vec<u64> = self.0.iter().filter(fits).copied().collect();
            let is_end = all.len() <= query.at_most;
            if query.direction == Direction::Older {
                all.reverse();
            }
            all.truncate(query.at_most);
            let reached = all.last().map_or(query.from, |ms| EntryId::new(*ms, 0));
            all.sort_unstable();
            let entries = all.into_iter().map(|ms| entry(&mut intake, ms)).collect();
            ArchivePage { entries, reached, is_end, ..ArchivePage::default() }
        }
    }

    fn entry(intake: &mut Intake, ms: u64) -> Entry {
        let raw = Raw {
            stream: StreamKey::new("event::A").unwrap(),
            id: EntryId::new(ms, 0),
            replayable: true,
            channel: None,
            event_type: Some(EventType::new("A").unwrap()),
            fields: Vec::new(),
        };
        let Admission::Entry(entry) = intake.admit(raw) else { panic!() };
        entry
    }

    fn read(past: &mut Past, lying: &Lying, direction: Direction, at_most: usize) {
        let query = past.query(direction, at_most, ChannelScope::All);
        assert!(past.take(&query, lying.page(&query)));
    }

    fn shown(past: &Past) -> Vec<u64> {
        let ring = past.ring();
        ring.rows(ring.first_seq()..ring.end_seq()).map(|row| row.id().ms).collect()
    }

    #[test]
    fn it_grows_on_both_sides_and_entries_keep_their_numbers() {
        let lying = Lying((1..=100).collect());
        let mut past = Past::at(EntryId::new(50, 0));
        read(&mut past, &lying, Direction::Newer, 10);
        assert_eq!(shown(&past), (50..60).collect::<Vec<_>>(), "what is at the place is newer");
        let fifty = past.ring().first_seq();
        read(&mut past, &lying, Direction::Older, 10);
        assert_eq!(shown(&past), (40..60).collect::<Vec<_>>());
        assert_eq!(past.ring().get(fifty).unwrap().id().ms, 50);
        assert!(!past.is_end(Direction::Older) && !past.is_end(Direction::Newer));
        read(&mut past, &lying, Direction::Older, 100);
        read(&mut past, &lying, Direction::Newer, 100);
        assert_eq!(shown(&past), lying.0);
        assert!(past.is_end(Direction::Older) && past.is_end(Direction::Newer));
        assert_eq!(past.ring().get(fifty).unwrap().id().ms, 50);
    }

    #[test]
    fn what_is_far_away_goes_and_is_read_again() {
        let lying = Lying((1..=20_000).collect());
        let mut past = Past::at(EntryId::MAX);
        for _ in 0..12 {
            read(&mut past, &lying, Direction::Older, 1_000);
        }
        assert_eq!(shown(&past), (8_001..=12_000).collect::<Vec<_>>(), "{}", count(past.ring().len()));
        for _ in 0..3 {
            read(&mut past, &lying, Direction::Newer, 1_000);
        }
        assert_eq!(shown(&past), (11_001..=15_000).collect::<Vec<_>>());
        read(&mut past, &lying, Direction::Older, 1_000);
        assert_eq!(shown(&past), (10_001..=14_000).collect::<Vec<_>>());
    }

    #[test]
    fn an_answer_to_a_question_of_before_is_dropped() {
        let lying = Lying((1..=100).collect());
        let mut past = Past::at(EntryId::MAX);
        let query = past.query(Direction::Older, 10, ChannelScope::All);
        let page = lying.page(&query);
        assert!(past.take(&query, page.clone()));
        assert!(!past.take(&query, page), "a double press makes no double");
        assert_eq!(shown(&past), (91..=100).collect::<Vec<_>>());
    }

    #[test]
    fn a_lens_over_it_follows_both_ends() {
        let lying = Lying((1..=20_000).collect());
        let monitor = Monitor::new(Limits::default(), crate::event::TenantLabels::default());
        let mut past = Past::at(EntryId::new(10_000, 0));
        let mut lens = Lens::new(Filter::default(), Scope::default(), over(&past, &monitor));
        for direction in [Direction::Newer; 6].into_iter().chain([Direction::Older; 8]) {
            read(&mut past, &lying, direction, 1_000);
            while lens.advance(over(&past, &monitor), chrono::DateTime::UNIX_EPOCH, 300) {}
            let ring = past.ring();
            let seen: Vec<_> = (0..lens.shown()).map(|at| lens.seq_at(at).unwrap()).collect();
            assert_eq!(seen, (ring.first_seq()..ring.end_seq()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_a_lens_would_not_list_is_sifted_out() {
        let lying = Lying((1..=9).collect());
        let monitor = Monitor::new(Limits::default(), crate::event::TenantLabels::default());
        let over = Retained::from(&monitor);
        let page = lying.page(&Past::at(EntryId::MAX).query(Direction::Older, 9, ChannelScope::All));
        for (text, ms) in [("", (1..=9).collect()), ("id:3-0 or id:7-0", vec![3, 7]), ("type:B", vec![])] {
            let lens = Lens::new(Filter::parse(text).unwrap(), Scope::default(), over);
            let kept = Past::sift(page.entries.clone(), &lens, over, chrono::DateTime::UNIX_EPOCH);
            assert_eq!(kept.iter().map(|entry| entry.id.ms).collect::<Vec<_>>(), ms, "{text}");
        }
    }

    #[test]
    fn stretches_share_no_numbers_with_each_other_nor_with_what_comes() {
        let lying = Lying((1..=100).collect());
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..3 {
            let mut past = Past::nth(n, EntryId::new(50, 0));
            read(&mut past, &lying, Direction::Older, 100);
            read(&mut past, &lying, Direction::Newer, 100);
            let ring = past.ring();
            assert!((ring.first_seq()..ring.end_seq()).all(|seq| Past::has_number(seq) && seen.insert(seq)));
        }
        assert!(!Past::has_number(1 << 40));
    }

    fn over<'a>(past: &'a Past, monitor: &'a Monitor) -> Retained<'a> {
        Retained { ring: past.ring(), ..Retained::from(monitor) }
    }
}
