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
    /// The most entries that the stream is known to have got; `None` where nobody can tell.
    added: Option<u64>,
    /// The oldest entry that the stream was last seen to hold.
    oldest: Option<EntryId>,
    /// The last read was full: there may be more, and trimming may be about to outrun us.
    pub(super) behind: bool,
    /// Something was read since the stream was last looked at.
    pub(super) touched: bool,
    /// Whether it can be read.
    pub(super) state: State,
    /// It was found while watching, and has not been looked at yet.
    new: bool,
}

/// Whether a stream can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Readable,
    /// The key is gone.
    Gone,
    /// The user may not read it.
    Refused,
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
            added: None,
            oldest: None,
            behind: false,
            touched: false,
            state: State::Readable,
            new: false,
        }
    }

    /// A stream that was made while watching: nothing of it has been read, not even what is trimmed already.
    pub(super) fn found_new(place: Arc<Place>, cursor: EntryId, floor: EntryId) -> Self {
        Self { position: Some(0), behind: true, new: true, ..Self::new(place, cursor, floor) }
    }

    /// Whether there is something that may be read.
    pub(super) fn readable(&self) -> bool {
        self.state == State::Readable
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
        self.position = self.added.and_then(|added| added.checked_sub(after));
    }

    /// Whether all history that can be read has been read.
    pub(super) fn at_end_of_history(&self) -> bool {
        !self.readable() || self.cursor >= self.until
    }

    fn learn(&mut self, facts: &StreamFacts) {
        self.known = self.known.max(facts.last_generated);
        self.added = self.added.max(facts.added);
        self.oldest = facts.first;
    }

    /// Judges whether the stream lost its data: it is gone, or it has given out fewer or lower ids than we have seen.
    /// Then the cursor goes to where what it holds now has not been read.
    pub(super) fn lost_data(&mut self, facts: Option<&StreamFacts>) -> bool {
        let state = if facts.is_some() { State::Readable } else { State::Gone };
        let was_gone = std::mem::replace(&mut self.state, state) == State::Gone;
        if std::mem::take(&mut self.new)
            && let Some(facts) = facts
        {
            self.meet(facts);
            return false;
        }
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
        } else if facts.added.is_some_and(|added| Some(added) < self.added) {
            // Another stream under the same key, and ids go on from where they were: none of it has been read.
            self.begin_anew(self.cursor, None);
        } else {
            return false;
        }
        self.until = facts.last_generated;
        self.learn(facts);
        true
    }

    /// Looks for the first time at a stream that was found while watching. One that was renamed, copied or restored
    /// holds entries from before the cursor, which nobody asked for: they are no hole, and what was trimmed among
    /// them cannot be told from what was trimmed behind them.
    fn meet(&mut self, facts: &StreamFacts) {
        if facts.first.unwrap_or(facts.last_generated) <= self.cursor {
            self.position = None;
        }
        self.learn(facts);
    }

    fn begin_anew(&mut self, cursor: EntryId, position: Option<u64>) {
        let (place, floor) = (Arc::clone(&self.place), self.floor);
        *self = Self { position, state: self.state, behind: true, ..Self::new(place, cursor, floor) };
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
mod oracle;
#[cfg(test)]
mod tests;
