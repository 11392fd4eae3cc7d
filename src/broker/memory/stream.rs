//! One stream: a bounded queue of entries, numbered so that losses can be counted exactly.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Place;
use crate::bus::Raw;
use crate::event::{EntryId, Field};

/// Entries are numbered from 0 in the order they were appended; a number is never used again, so what lies between
/// a reader's next number and the oldest one kept is what it lost.
#[derive(Debug)]
pub(super) struct Stream {
    /// Tells a stream from an earlier one with the same key, which was lost with its data.
    pub(super) birth: u64,
    pub(super) place: Place,
    entries: VecDeque<Arc<Stored>>,
    trimmed: u64,
    last: EntryId,
}

/// An entry as it lies.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) id: EntryId,
    pub(super) fields: Vec<Field>,
}

/// An entry that was read: where it lay, and its number there.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) number: u64,
    pub(super) stored: Arc<Stored>,
}

impl Found {
    /// The entry as an intake takes it.
    pub(super) fn raw(&self) -> Raw {
        Raw {
            stream: self.place.stream().clone(),
            id: self.stored.id,
            replayable: true,
            channel: self.place.channel().cloned(),
            event_type: Some(self.place.event_type().clone()),
            fields: self.stored.fields.clone(),
        }
    }
}

impl Stream {
    pub(super) fn new(birth: u64, place: Place) -> Self {
        Self { birth, place, entries: VecDeque::new(), trimmed: 0, last: EntryId::ZERO }
    }

    /// Appends at `ms`, or just after the last entry where that is later, and trims to `limit`.
    pub(super) fn append(&mut self, ms: u64, fields: Vec<Field>, limit: usize) -> EntryId {
        self.last = EntryId::new(ms, 0).max(self.last.next());
        self.entries.push_back(Arc::new(Stored { id: self.last, fields }));
        self.trim(limit);
        self.last
    }

    /// Removes the oldest entries until `keep` are left; answers how many went.
    pub(super) fn trim(&mut self, keep: usize) -> u64 {
        let gone = self.entries.len().saturating_sub(keep);
        self.entries.drain(..gone);
        self.trimmed += gone as u64;
        gone as u64
    }

    /// Whether it holds that entry.
    pub(super) fn has(&self, id: EntryId) -> bool {
        self.entries.binary_search_by_key(&id, |stored| stored.id).is_ok()
    }

    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// How many entries were trimmed: also the number of the oldest one kept.
    pub(super) fn trimmed(&self) -> u64 {
        self.trimmed
    }

    /// The number that the next entry will have.
    pub(super) fn end(&self) -> u64 {
        self.trimmed + self.len()
    }

    /// The entry with this number, unless it was trimmed or does not exist yet.
    pub(super) fn get(&self, number: u64) -> Option<&Arc<Stored>> {
        let at = usize::try_from(number.checked_sub(self.trimmed)?).ok()?;
        self.entries.get(at)
    }

    /// The number of the first entry at or after `id`.
    pub(super) fn number_from(&self, id: EntryId) -> u64 {
        self.trimmed + self.entries.partition_point(|stored| stored.id < id) as u64
    }

    pub(super) fn first_id(&self) -> Option<EntryId> {
        self.entries.front().map(|stored| stored.id)
    }

    pub(super) fn last_id(&self) -> Option<EntryId> {
        self.entries.back().map(|stored| stored.id)
    }

    /// The lowest id that an entry not trimmed yet can have.
    pub(super) fn floor(&self) -> EntryId {
        self.first_id().unwrap_or_else(|| self.last.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventType;

    fn stream() -> Stream {
        Stream::new(0, Place::new(EventType::new("A").unwrap(), None).unwrap())
    }

    #[test]
    fn ids_only_grow_even_when_the_clock_goes_back() {
        let mut stream = stream();
        let ids: Vec<_> =
            [0, 5, 5, 3, 9].into_iter().map(|ms| stream.append(ms, vec![], 10).to_string()).collect();
        assert_eq!(ids, ["0-1", "5-0", "5-1", "5-2", "9-0"]);
    }

    #[test]
    fn numbers_survive_trimming() {
        let mut stream = stream();
        for ms in 1..=10 {
            stream.append(ms, vec![], 4);
        }
        assert_eq!((stream.len(), stream.trimmed(), stream.end()), (4, 6, 10));
        assert!(stream.get(5).is_none() && stream.get(10).is_none());
        assert_eq!(stream.get(6).unwrap().id, EntryId::new(7, 0));
        assert_eq!(stream.number_from(EntryId::new(8, 0)), 7);
        assert_eq!(stream.trim(0), 4);
        assert_eq!((stream.floor(), stream.end()), (EntryId::new(10, 1), 10));
    }
}
