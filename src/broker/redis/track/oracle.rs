//! A track against an oracle that knows every entry: each is read once, or counted in one gap, whatever comes and is
//! trimmed before, between and behind the reads.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::tests::place;
use super::*;

/// What befalls a stream or its reader.
#[derive(Debug, Clone)]
enum Step {
    Append(u64),
    /// All but the newest so many go.
    Trim(u64),
    /// A read of at most so many, as the reader does it; the stream changes between the read and the look behind it.
    Read(usize, Box<[Step; 2]>),
    /// The look that comes now and then.
    Tick,
    /// Another connection: all is judged, and the next read looks closely.
    Reconnect,
}

fn change() -> impl Strategy<Value = Step> {
    prop_oneof![(0..12_u64).prop_map(Step::Append), (0..20_u64).prop_map(Step::Trim)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => change(),
        3 => (1..12_usize, change(), change()).prop_map(|(count, a, b)| Step::Read(count, Box::new([a, b]))),
        1 => Just(Step::Tick),
        1 => Just(Step::Reconnect),
    ]
}

/// A stream whose entries are 1-0, 2-0 and so on, and its reader.
struct Bench {
    added: u64,
    /// How many of the first are removed.
    removed: u64,
    track: Track,
    in_history: bool,
    read: BTreeSet<u64>,
    counted: u64,
    /// Entries that were not read before they were removed, since the watch began.
    missed: BTreeSet<u64>,
}

impl Bench {
    fn facts(&self) -> StreamFacts {
        StreamFacts {
            length: self.added - self.removed,
            last_generated: EntryId::new(self.added, 0),
            first: (self.removed < self.added).then(|| EntryId::new(self.removed + 1, 0)),
            added: Some(self.added),
            max_deleted: Some(EntryId::ZERO),
        }
    }

    /// A watch that begins at the newest so many entries, at the first one, or with a stream that is found empty.
    fn begin(added: u64, removed: u64, last: Option<u64>) -> Self {
        let track = Track::new(place(), EntryId::ZERO, EntryId::ZERO);
        let removed = removed.min(added);
        let mut bench = Self {
            added,
            removed,
            track,
            in_history: true,
            read: BTreeSet::new(),
            counted: 0,
            missed: BTreeSet::new(),
        };
        bench.track.begin(&bench.facts());
        if let Some(last) = last {
            let last = last.min(added - removed);
            bench.track.rewound(EntryId::new(added - last, 0), last);
        }
        bench
    }

    fn change(&mut self, step: &Step) {
        match step {
            Step::Append(count) => self.added += count,
            Step::Trim(length) => {
                let removed = self.added.saturating_sub(*length).max(self.removed);
                let gone = self.removed + 1..=removed;
                let begun = self.track.cursor.ms;
                self.missed.extend(gone.filter(|id| *id > begun && !self.read.contains(id)));
                self.removed = removed;
            }
            _ => {}
        }
    }

    fn count(&mut self, gap: Option<Gap>) {
        self.counted += gap.and_then(|gap| gap.lost).unwrap_or(0);
        assert!(self.counted <= self.missed.len() as u64, "more is counted than was missed");
    }

    fn read(&mut self, count: usize, between: &[Step]) {
        if self.in_history && self.track.at_end_of_history() {
            self.in_history = false;
            self.track.behind = true;
        }
        let track = &self.track;
        let end = if self.in_history { track.until.ms } else { self.added };
        let page: Vec<_> = (self.removed.max(track.cursor.ms) + 1..=end)
            .take(count)
            .map(|ms| RawEntry { id: EntryId::new(ms, 0), fields: Some(vec![]) })
            .collect();
        for entry in &page {
            assert!(self.read.insert(entry.id.ms), "{:?} is read twice", entry.id);
        }
        let looks = self.in_history || self.track.behind;
        // The server has answered: what befalls the stream now befalls it behind the read.
        let cursor = self.track.cursor;
        self.track.cursor = page.last().map_or(cursor, |last| last.id);
        for step in between {
            self.change(step);
        }
        self.track.cursor = cursor;
        let facts = looks.then(|| self.facts());
        let gap = self.track.advance(&page, facts.as_ref());
        self.count(gap);
        if self.in_history {
            if page.len() < count {
                self.track.cursor = self.track.cursor.max(self.track.until);
            }
        } else {
            self.track.behind = page.len() >= count;
        }
    }

    fn tick(&mut self) {
        if !self.in_history {
            assert!(!self.track.lost_data(Some(&self.facts())));
            let gap = self.track.compare(&self.facts());
            self.count(gap);
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Read(count, between) => self.read(*count, &between[..]),
            Step::Tick => self.tick(),
            Step::Reconnect => {
                assert!(!self.track.lost_data(Some(&self.facts())), "nothing is lost");
                self.track.behind |= !self.in_history;
            }
            change => self.change(change),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn each_entry_is_read_once_or_counted_once(
        added in 0..40_u64,
        removed in 0..40_u64,
        last in proptest::option::of(0..40_u64),
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let mut bench = Bench::begin(added, removed, last);
        let first = bench.track.cursor.ms.max(bench.removed) + 1;
        for step in &steps {
            bench.take(step);
        }
        // All is read, and looked at.
        while bench.in_history || bench.track.cursor.ms < bench.added {
            bench.read(10, &[]);
            bench.tick();
        }
        bench.tick();
        prop_assert_eq!(bench.counted, bench.missed.len() as u64);
        let all = (first..=bench.added).all(|id| bench.read.contains(&id) != bench.missed.contains(&id));
        prop_assert!(all, "an entry is neither read nor missed, or both");
    }
}
