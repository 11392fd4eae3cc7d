//! How much is asked for at a time: as much as makes reading quick, as little as keeps memory small when events are
//! large.

/// What one answer may hold, roughly.
const TARGET_BYTES: usize = 4 << 20;
/// What it may hold when every stream has as much as was asked for.
const MOST_BYTES: usize = 16 << 20;
/// The most entries of one stream in one answer.
const MOST: usize = 500;
/// The most streams that one pipeline asks.
const STREAMS: usize = 20;
/// The fewest, where a stream has them.
const FEWEST: usize = 1;
/// The most before anything is known of the entries' sizes, from one stream and from all together, and of how many streams: each
/// entry may have megabytes.
const FIRST: usize = 4;
const FIRST_OF_ALL: usize = 8;
const FIRST_STREAMS: usize = 4;

/// Learns the size of entries, and answers how many to ask for.
#[derive(Debug)]
pub(super) struct Pace {
    /// What one answer may hold, roughly, in bytes.
    target: usize,
    /// A mean that follows what comes, in bytes; 0 before anything came.
    mean: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self::within(TARGET_BYTES)
    }
}

impl Pace {
    /// An answer may hold about so many bytes.
    pub(super) fn within(target: usize) -> Self {
        Self { target, mean: 0 }
    }

    /// How many streams to ask at once, and how many entries of each, when `streams` are to be asked.
    pub(super) fn at_once(&self, streams: usize) -> (usize, usize) {
        let together = (self.target / self.mean.max(1)).clamp(1, STREAMS).min(streams.max(1));
        (together, self.count(together))
    }

    /// How many entries to ask for of each stream, when so many streams may answer in full.
    pub(super) fn count(&self, streams: usize) -> usize {
        if self.mean == 0 {
            return (FIRST_OF_ALL / streams.max(1)).clamp(FEWEST, FIRST);
        }
        (self.target / self.mean / streams.max(1)).clamp(FEWEST, MOST)
    }

    /// How many entries to ask for when about `at_most` are wanted, `likely` streams will have some and `all` of them may:
    /// a fair part of the room for each, never more than fits, and at least one.
    pub(super) fn share(&self, at_most: usize, likely: usize, all: usize) -> usize {
        let fits = self.count(likely).min(MOST_BYTES / self.mean.max(1) / all.max(1));
        (at_most / likely.max(1)).min(fits).max(FEWEST)
    }

    /// How many entries to ask for of each of so many streams where hardly any has some, and all of them may.
    pub(super) fn kept(&self, streams: usize) -> usize {
        if self.mean == 0 { self.count(streams) } else { self.count(1).min(self.each(MOST_BYTES, streams)) }
    }

    /// How many entries of each of so many streams, that all are kept at once, fit into so many bytes.
    pub(super) fn each(&self, bytes: usize, streams: usize) -> usize {
        (bytes / self.mean.max(1) / streams.max(1)).max(FEWEST)
    }

    /// How many streams may answer with so many entries each, all at once.
    pub(super) fn fits(&self, count: usize) -> usize {
        (MOST_BYTES / (self.mean * count).max(1)).max(1)
    }

    /// How many streams to ask at once, of `most` at most that are to be asked one part after the other.
    pub(super) fn together(&self, most: usize) -> usize {
        if self.mean == 0 { FIRST_STREAMS } else { self.fits(self.count(most)).min(most) }
    }

    /// Takes note of what came.
    pub(super) fn learn(&mut self, entries: usize, bytes: usize) {
        if entries == 0 {
            return;
        }
        let came = (bytes / entries).max(1);
        // Larger ones count at once, smaller ones by and by: a wrong guess costs memory one way, time the other.
        self.mean = if came > self.mean { came } else { (self.mean * 7 + came) / 8 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_entries_come_in_hundreds_and_large_ones_a_few_at_a_time() {
        let mut pace = Pace::default();
        assert_eq!((pace.count(1), pace.count(50), pace.count(300)), (FIRST, 1, 1), "they may be large");
        assert_eq!((pace.count(4), pace.together(50)), (2, FIRST_STREAMS));
        pace.learn(10, 3_200);
        assert_eq!(pace.together(50), 50);
        assert_eq!((pace.count(1), pace.count(10), pace.count(300)), (MOST, MOST, 43));
        pace.learn(10, 10 << 20);
        assert_eq!((pace.count(1), pace.count(300)), (4, FEWEST));
        assert_eq!((pace.fits(1), pace.fits(4), pace.fits(500), pace.together(50)), (16, 4, 1, 16));
        for _ in 0..100 {
            pace.learn(1, 320);
        }
        assert_eq!(pace.count(1), MOST, "it recovers");
        let mut small = Pace::within(1 << 20);
        assert_eq!(small.at_once(300), (STREAMS, 1), "nothing is known");
        small.learn(1, 320);
        assert_eq!((small.at_once(300), small.at_once(1)), ((STREAMS, 163), (1, MOST)));
        small.learn(1, 1 << 20);
        assert_eq!(small.at_once(300), (1, 1), "a stream at a time, when each answers with that much");
    }

    #[test]
    fn where_thousands_are_kept_each_has_a_part_of_the_room() {
        let mut pace = Pace::default();
        pace.learn(1, 320);
        assert_eq!((pace.each(16 << 20, 10_000), pace.each(16 << 20, 300)), (5, 174));
        pace.learn(1, 5 << 20);
        assert_eq!(pace.each(16 << 20, 300), FEWEST);
    }

    #[test]
    fn a_share_fits_into_the_room_and_into_memory() {
        let mut pace = Pace::default();
        assert_eq!(pace.share(1_000, 4, 300), FIRST_OF_ALL / 4, "they may be large");
        pace.learn(10, 3_200);
        assert_eq!((pace.share(1_000, 4, 20), pace.share(30, 4, 20), pace.share(2, 4, 20)), (250, 7, 1));
        assert_eq!(pace.share(1_000, 1, 2_000), 26, "should all of them have so much");
        pace.learn(1, 1 << 20);
        assert_eq!((pace.share(1_000, 1, 2), pace.share(1_000, 4, 300)), (4, 1));
    }
}
