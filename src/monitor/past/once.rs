//! However pages and events come between each other: paging back and forth sees each event exactly once.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::bus::{Admission, Intake, Raw, TenantLock};
use crate::event::{EventType, StreamKey};
use crate::schema::Registry;

/// Some streams, their ids given as a broker gives them: by one clock, each stream for itself. Decisions come from a table.
struct Bus {
    streams: Vec<Vec<EntryId>>,
    /// How many of them were found when it was looked last, and when that was.
    found: (usize, u64),
    now: u64,
    decisions: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl Bus {
    fn decide(&mut self, of: usize) -> usize {
        self.at += 1;
        self.decisions.get(self.at % self.decisions.len()).map_or(0, |byte| usize::from(*byte) % of)
    }

    /// Some events come, most of them in the same millisecond.
    fn go_on(&mut self) {
        if self.is_over {
            self.now += 1;
            return;
        }
        if self.streams.len() < 8 && self.decide(12) == 0 {
            self.streams.push(Vec::new());
        }
        for _ in 0..self.decide(4) {
            self.now += u64::from(self.decide(5) == 0);
            let stream = self.decide(self.streams.len());
            let last = self.streams[stream].last().copied().unwrap_or(EntryId::ZERO);
            self.streams[stream].push(EntryId::new(self.now, 0).max(last.next()));
        }
    }

    /// A page, for which one stream is read after the other.
    fn page(&mut self, query: &ArchiveQuery) -> ArchivePage {
        if self.is_over || self.decide(4) == 0 {
            self.found = (self.streams.len(), self.now);
        }
        let settled = query.settled(self.found.1);
        let mut found = Vec::new();
        for stream in 0..self.found.0 {
            let fits = |id: &&EntryId| match query.direction {
                Direction::Older => **id < query.from,
                Direction::Newer => **id > query.from,
            };
            found.extend(self.streams[stream].iter().filter(fits).map(|id| (*id, stream)));
            self.go_on();
        }
        found.sort_unstable();
        let is_end = found.len() <= query.at_most;
        if query.direction == Direction::Older {
            found.reverse();
        }
        // An id is never torn apart.
        let last = found.get(query.at_most - 1).or(found.last()).map_or(query.from, |(id, _)| *id);
        found.retain(|(id, _)| match query.direction {
            Direction::Older => *id >= last,
            Direction::Newer => *id <= last,
        });
        found.sort_unstable();
        let mut intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
        let entries = found.iter().map(|(id, stream)| entry(&mut intake, *id, *stream)).collect();
        ArchivePage { entries, reached: last, is_end, settled, ..ArchivePage::default() }
    }

    fn all(&self) -> Vec<(EntryId, String)> {
        let of =
            |(at, ids): (usize, &Vec<EntryId>)| ids.iter().map(move |id| (*id, key(at))).collect::<Vec<_>>();
        let mut all: Vec<_> = self.streams.iter().enumerate().flat_map(of).collect();
        all.sort();
        all
    }
}

fn key(stream: usize) -> String {
    format!("event::T{stream}")
}

fn entry(intake: &mut Intake, id: EntryId, stream: usize) -> Entry {
    let raw = Raw {
        stream: StreamKey::new(&key(stream)).unwrap(),
        id,
        replayable: true,
        channel: None,
        event_type: EventType::new("T").ok(),
        fields: Vec::new(),
    };
    let Admission::Entry(entry) = intake.admit(raw) else { panic!() };
    entry
}

fn shown(past: &Past) -> Vec<(EntryId, String)> {
    let ring = past.ring();
    let rows = ring.rows(ring.first_seq()..ring.end_seq());
    rows.map(|row| (row.id(), row.stream().unwrap().to_string())).collect()
}

/// Reads on; what is torn is read anew, as the dashboard does it.
fn read(past: &mut Past, bus: &mut Bus, direction: Direction, at_most: usize) {
    let query = past.query(direction, at_most, ChannelScope::All);
    let page = bus.page(&query);
    let before = past.ring().end_seq();
    assert!(past.take(&query, page));
    if past.is_torn() {
        assert_eq!(past.ring().end_seq(), before, "what is held stays as it is");
        let place = past.ring().get(past.ring().first_seq()).map_or(query.from, |row| row.id());
        *past = Past::at(place);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_event_is_there_once_whatever_comes_while_it_is_read(
        streams in 1_usize..7,
        begins in 0_u64..40,
        decisions in prop::collection::vec(any::<u8>(), 40..400),
    ) {
        let mut bus = Bus { streams: vec![Vec::new(); streams], found: (streams, 1_000), now: 1_000, decisions, at: 0, is_over: false };
        for _ in 0..10 {
            bus.go_on();
        }
        let mut past = Past::at(EntryId::new(990 + begins, 0));
        for _ in 0..60 {
            bus.go_on();
            let direction = if bus.decide(3) == 0 { Direction::Older } else { Direction::Newer };
            let at_most = 1 + bus.decide(9);
            read(&mut past, &mut bus, direction, at_most);
            let held = shown(&past);
            prop_assert!(held.windows(2).all(|pair| pair[0] < pair[1]), "{held:?}");
        }
        bus.is_over = true;
        for direction in [Direction::Newer, Direction::Older, Direction::Newer] {
            // Once more than there is an end: what was not settled is read again.
            let mut ends = 0;
            while ends < 3 {
                bus.now += 2;
                let at_most = 1 + bus.decide(60);
                read(&mut past, &mut bus, direction, at_most);
                ends += usize::from(past.is_end(direction));
            }
            prop_assert!(past.is_end(direction));
        }
        prop_assert_eq!(shown(&past), bus.all());
    }
}
