//! How far one stream has been read, and what trimming or a loss of data did to it meanwhile.
//!
//! A server since 7.0 says how many entries a stream ever got. So each entry has a place among all of them, and what
//! was removed before it could be read can be counted to the entry, without asking before every read.

use std::sync::Arc;

use super::codec::RawEntry;
use super::facts::StreamFacts;
use super::feed::Place;
use crate::bus::Gap;
use crate::event::EntryId;

/// A stream that is read.
#[derive(Debug, Clone)]
pub(super) struct Track {
    /// Which one.
    pub(super) place: Arc<Place>,
    /// Everything up to here has been read; reading goes on with the next.
    pub(super) cursor: EntryId,
    /// Where history ends: the last id that the stream had given out when the watch began.
    pub(super) until: EntryId,
    /// Where reading begins when the stream has to be read again.
    floor: EntryId,
    /// How many entries the stream had got up to the cursor; `None` where nobody can tell.
    position: Option<u64>,
    /// Where the cursor was when its position was last known to be right.
    certain: EntryId,
    /// The greatest id that the stream is known to have given out.
    known: EntryId,
    /// The most entries that the stream is known to have got.
    added: u64,
    /// The oldest entry that the stream was last seen to hold.
    oldest: Option<EntryId>,
    /// The last read was full: there may be more, and trimming may be about to outrun us.
    pub(super) behind: bool,
    /// Something was read since the stream was last looked at.
    pub(super) touched: bool,
    /// The key is gone.
    pub(super) gone: bool,
}

/// What makes a hole.
const TRIMMED: &str = "trimmed before it was read";

impl Track {
    /// A stream to be read from behind `cursor`.
    pub(super) fn new(place: Arc<Place>, cursor: EntryId, floor: EntryId) -> Self {
        Self {
            place,
            cursor,
            until: EntryId::ZERO,
            floor,
            position: None,
            certain: cursor,
            known: EntryId::ZERO,
            added: 0,
            oldest: None,
            behind: false,
            touched: false,
            gone: false,
        }
    }

    /// A stream that was made while watching: nothing of it has been read, not even what is trimmed already.
    pub(super) fn found_new(place: Arc<Place>, cursor: EntryId, floor: EntryId) -> Self {
        Self { position: Some(0), behind: true, ..Self::new(place, cursor, floor) }
    }

    /// Takes what the stream was when the watch began: that is its history.
    pub(super) fn begin(&mut self, facts: &StreamFacts) {
        self.until = facts.last_generated;
        self.learn(facts);
        if self.cursor == EntryId::ZERO {
            // What was trimmed before anybody watched is no hole in what was watched.
            self.position = facts.removed_in_front();
        }
    }

    /// Begins behind `skipped` entries before the end of history.
    pub(super) fn rewound(&mut self, cursor: EntryId, after: u64) {
        self.cursor = cursor;
        self.certain = cursor;
        self.position = self.added.checked_sub(after).filter(|_| self.added > 0);
    }

    /// Whether all history has been read.
    pub(super) fn at_end_of_history(&self) -> bool {
        self.gone || self.cursor >= self.until
    }

    fn learn(&mut self, facts: &StreamFacts) {
        self.known = self.known.max(facts.last_generated);
        self.added = self.added.max(facts.added.unwrap_or(0));
        self.oldest = facts.first;
    }

    /// Judges whether the stream lost its data: it is gone, or it has given out fewer or lower ids than we have seen.
    /// Then the cursor goes to where what it holds now has not been read.
    pub(super) fn lost_data(&mut self, facts: Option<&StreamFacts>) -> bool {
        let was_gone = std::mem::replace(&mut self.gone, facts.is_none());
        let Some(facts) = facts else {
            let lost = !was_gone && self.known > EntryId::ZERO;
            if lost {
                // Whatever comes is new.
                self.begin_anew(self.floor, Some(0));
            }
            return lost;
        };
        if facts.last_generated < self.known {
            // With the same oldest entry it is the same stream without its newest ones, as a server killed before
            // it saved them leaves it; all that it holds has been read. Else it may be anything: read it again.
            let shortened = facts.first.is_some() && facts.first == self.oldest;
            let cursor = if shortened { self.cursor.min(facts.last_generated) } else { self.floor };
            let position = if shortened { None } else { facts.removed_in_front() };
            self.begin_anew(cursor, position);
        } else if facts.added.is_some_and(|added| added < self.added) {
            // Another stream under the same key, and ids go on from where they were: none of it has been read.
            self.begin_anew(self.cursor, None);
        } else {
            return false;
        }
        self.until = facts.last_generated;
        self.learn(facts);
        true
    }

    fn begin_anew(&mut self, cursor: EntryId, position: Option<u64>) {
        let (place, floor) = (Arc::clone(&self.place), self.floor);
        *self = Self { position, gone: self.gone, behind: true, ..Self::new(place, cursor, floor) };
    }

    /// Takes `read` as read. `facts`, asked just behind the read, tell what was trimmed before it; without them
    /// nothing is judged yet.
    pub(super) fn advance(&mut self, read: &[RawEntry], facts: Option<&StreamFacts>) -> Option<Gap> {
        let before = self.cursor;
        if let Some(last) = read.last() {
            self.cursor = last.id;
            self.known = self.known.max(last.id);
            self.touched = true;
        }
        let count = read.len() as u64;
        let seen = facts.and_then(|facts| Some((facts, facts.removed_in_front()?)));
        if let Some(facts) = facts {
            self.learn(facts);
        }
        let Some((facts, removed)) = seen else {
            self.position = self.position.map(|position| position + count);
            return match facts {
                Some(facts) if facts.added.is_none() => self.guess_gap(before, read, facts),
                _ => None,
            };
        };
        // Read, and trimmed since.
        let passed =
            read.iter().filter(|entry| facts.first.is_none_or(|first| entry.id < first)).count() as u64;
        let Some(position) = self.position else {
            if facts.first.is_some_and(|first| before < first) {
                self.position = Some(removed + count - passed);
                self.certain = self.cursor;
            }
            return None;
        };
        let accounted = position + passed;
        self.position = Some(removed.max(accounted) + count - passed);
        let lost = removed.saturating_sub(accounted);
        let gap = (lost > 0).then(|| self.place_gap(before, read, facts, lost, passed == count));
        self.certain = self.cursor;
        gap
    }

    /// Where the hole is: in front of what was read, or behind it if all that was read is trimmed by now.
    fn place_gap(
        &mut self,
        before: EntryId,
        read: &[RawEntry],
        facts: &StreamFacts,
        lost: u64,
        behind_it: bool,
    ) -> Gap {
        let first = facts.first.unwrap_or_else(|| facts.last_generated.next());
        let (after, next) = match read.first() {
            Some(entry) if !behind_it => (before, entry.id),
            _ => {
                let after = self.cursor;
                self.cursor = first.previous().unwrap_or(EntryId::ZERO).max(self.cursor);
                (after, first)
            }
        };
        Gap { stream: self.place.key.clone(), after, before: next, lost: Some(lost), why: TRIMMED }
    }

    /// On a server that does not count: when there was more to read, and even the last entry that was read is gone
    /// now, some of what lay between may be gone as well.
    fn guess_gap(&self, before: EntryId, read: &[RawEntry], facts: &StreamFacts) -> Option<Gap> {
        let first = facts.first?;
        let oldest = read.first().is_some_and(|entry| entry.id == first);
        (self.behind && before > self.floor && before < first && oldest).then(|| Gap {
            stream: self.place.key.clone(),
            after: before,
            before: first,
            lost: None,
            why: "perhaps trimmed before it was read: this server does not count",
        })
    }

    /// Compares with what the stream says of itself, now and then: entries that came and were trimmed between two
    /// reads are only seen in the count.
    pub(super) fn compare(&mut self, facts: &StreamFacts) -> Option<Gap> {
        self.touched = false;
        if facts.last_generated != self.cursor {
            // There is more to read; what is removed in front of that can be told all the same.
            return self.advance(&[], Some(facts));
        }
        self.learn(facts);
        let added = facts.added?;
        let lost = self.position.map_or(0, |position| added.saturating_sub(position));
        let after = std::mem::replace(&mut self.certain, self.cursor);
        self.position = Some(added);
        (lost > 0).then(|| Gap {
            stream: self.place.key.clone(),
            after,
            before: self.cursor,
            lost: Some(lost),
            why: "trimmed between two reads, somewhere between these entries",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventType, StreamKey};

    fn place() -> Arc<Place> {
        Arc::new(Place {
            key: StreamKey::new("event::A").unwrap(),
            event_type: EventType::new("A").ok(),
            channel: None,
        })
    }

    /// A stream that got entries 1-0 to `added`-0 and holds the newest `length`.
    fn stream(added: u64, length: u64) -> StreamFacts {
        StreamFacts {
            length,
            last_generated: EntryId::new(added, 0),
            first: (length > 0).then(|| EntryId::new(added - length + 1, 0)),
            added: Some(added),
            max_deleted: Some(EntryId::ZERO),
        }
    }

    fn read(from: u64, to: u64) -> Vec<RawEntry> {
        (from..=to).map(|ms| RawEntry { id: EntryId::new(ms, 0), fields: Some(vec![]) }).collect()
    }

    fn track(facts: &StreamFacts) -> Track {
        let mut track = Track::new(place(), EntryId::ZERO, EntryId::ZERO);
        track.begin(facts);
        track
    }

    fn shown(gap: Option<Gap>) -> Option<(u64, u64, Option<u64>)> {
        gap.map(|gap| (gap.after.ms, gap.before.ms, gap.lost))
    }

    #[test]
    fn what_was_trimmed_before_the_watch_is_no_gap() {
        let mut track = track(&stream(100, 40));
        assert_eq!(shown(track.advance(&read(61, 100), Some(&stream(100, 40)))), None);
        assert_eq!(track.position, Some(100));
    }

    #[test]
    fn a_hole_in_front_of_a_read_is_counted_to_the_entry() {
        let mut track = track(&stream(100, 100));
        assert_eq!(shown(track.advance(&read(1, 10), Some(&stream(100, 100)))), None);
        assert_eq!(shown(track.advance(&read(91, 100), Some(&stream(100, 10)))), Some((10, 91, Some(80))));
        assert_eq!(track.position, Some(100));
        assert_eq!(shown(track.compare(&stream(100, 10))), None);
    }

    #[test]
    fn what_was_read_and_trimmed_since_is_no_hole() {
        let mut track = track(&stream(100, 100));
        assert_eq!(shown(track.advance(&read(1, 50), Some(&stream(100, 60)))), None);
        assert_eq!(track.position, Some(50));
        // All of this read, and ten more behind it, are trimmed before we ask.
        assert_eq!(shown(track.advance(&read(51, 60), Some(&stream(100, 30)))), Some((60, 71, Some(10))));
        assert_eq!(
            Some(track.cursor),
            EntryId::new(71, 0).previous(),
            "reading goes on where there is something"
        );
        assert_eq!(shown(track.advance(&read(71, 100), Some(&stream(100, 30)))), None);
        assert_eq!(track.position, Some(100));
    }

    #[test]
    fn a_stream_trimmed_empty_loses_all_that_was_not_read() {
        let mut track = track(&stream(100, 100));
        track.advance(&read(1, 10), None);
        assert_eq!(shown(track.advance(&[], Some(&stream(100, 0)))), Some((10, 100, Some(90))));
        assert_eq!((track.cursor, track.position), (EntryId::new(100, 0), Some(100)));
    }

    #[test]
    fn entries_that_came_and_went_between_two_reads_are_seen_in_the_count() {
        let mut track = track(&stream(10, 10));
        track.advance(&read(1, 10), None);
        assert_eq!(shown(track.compare(&stream(10, 10))), None);
        // 11 to 15 went before the read of 16 to 20.
        track.advance(&read(16, 20), None);
        assert_eq!(shown(track.compare(&stream(20, 5))), Some((10, 20, Some(5))));
        assert_eq!(shown(track.compare(&stream(20, 5))), None, "said once");
    }

    #[test]
    fn a_deleted_entry_makes_no_false_alarm() {
        let mut track = track(&stream(10, 10));
        track.advance(&read(1, 4), None);
        let deleted = StreamFacts { length: 9, max_deleted: Some(EntryId::new(3, 0)), ..stream(10, 10) };
        assert_eq!(shown(track.advance(&read(5, 10), Some(&deleted))), None);
        assert_eq!(shown(track.compare(&deleted)), None);
    }

    #[test]
    fn lost_data_is_judged_by_ids_and_counts() {
        let other = StreamFacts { first: Some(EntryId::new(3, 0)), ..stream(90, 40) };
        let same = StreamFacts { first: Some(EntryId::new(61, 0)), ..stream(90, 30) };
        let cases = [
            (Some(stream(100, 40)), None),
            (Some(stream(120, 40)), None),
            (Some(other), Some(0)),
            (Some(same), Some(90)),
            (Some(StreamFacts { added: Some(3), ..stream(200, 3) }), Some(100)),
            (None, Some(0)),
        ];
        for (facts, cursor) in cases {
            let mut track = track(&stream(100, 40));
            track.advance(&read(61, 100), None);
            assert_eq!(track.lost_data(facts.as_ref()), cursor.is_some(), "{facts:?}");
            assert_eq!(track.cursor.ms, cursor.unwrap_or(100), "{facts:?}");
            assert!(!track.lost_data(facts.as_ref()), "said once");
        }
    }

    #[test]
    fn a_stream_without_entries_has_none_to_lose() {
        let mut track = Track::new(place(), EntryId::new(50, 0), EntryId::new(50, 0));
        track.begin(&StreamFacts::default());
        assert!(!track.lost_data(Some(&StreamFacts::default())));
        assert!(!track.lost_data(None));
    }

    #[test]
    fn an_old_server_is_taken_at_its_word() {
        let old = |facts: StreamFacts| StreamFacts { added: None, max_deleted: None, ..facts };
        let mut track = track(&old(stream(100, 100)));
        track.advance(&read(1, 10), Some(&old(stream(100, 100))));
        track.behind = true;
        assert_eq!(shown(track.advance(&read(91, 100), Some(&old(stream(100, 10))))), Some((10, 91, None)));
        track.behind = false;
        assert_eq!(shown(track.advance(&read(120, 120), Some(&old(stream(120, 1))))), None);
    }
}
