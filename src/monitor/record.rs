//! What is kept of an entry besides its text and its names, and records that lie together.

use std::ops::Range;

use uuid::Uuid;

use super::symbols::Symbol;
use super::texts::Place;
use crate::event::{Entry, EntryId, EventId, Fault, Field};
use crate::filter::Standing;

/// What is kept of an entry besides its text, the names of its key, and what only invalid ones have.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: EntryId,
    event_id: Uuid,
    pub(super) timestamp_ms: i64,
    pub(super) text: Place,
    payload_start: u32,
    payload_end: u32,
    pub(super) stream: Symbol,
    pub(super) standing: Standing,
    pub(super) replayable: bool,
    /// Whether there is a backslash in its text: without one, it is read as it is written.
    pub(super) escaped: bool,
}

/// What only invalid entries have.
#[derive(Debug)]
pub(super) struct Extra {
    pub(super) fault: Fault,
    pub(super) fields: Vec<Field>,
}

impl Record {
    /// Stands for 'no time': no calendar knows it.
    const NO_TIME: i64 = i64::MIN;
    /// What each takes in memory, besides its text: itself, and the symbol of its key.
    pub(super) const COST: usize = size_of::<Self>() + size_of::<Symbol>();

    /// That of an entry whose text, if any, lies at `text`, and its payload there.
    pub(super) fn new(
        entry: &Entry,
        standing: Standing,
        stream: Symbol,
        (text, payload, escaped): (Place, Option<&Range<usize>>, bool),
    ) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            id: entry.id,
            event_id: entry.event_id.map_or_else(Uuid::nil, EventId::uuid),
            timestamp_ms: entry.timestamp.map_or(Self::NO_TIME, |at| at.timestamp_millis()),
            text,
            payload_start: payload.map_or(u32::MAX, |range| place(range.start)),
            payload_end: payload.map_or(u32::MAX, |range| place(range.end)),
            stream,
            standing,
            replayable: entry.replayable,
            escaped,
        }
    }

    pub(super) fn event_id(&self) -> Option<EventId> {
        (!self.event_id.is_nil()).then(|| EventId::from(self.event_id))
    }

    pub(super) fn payload(&self) -> Range<usize> {
        // An absent payload is stored as the range u32::MAX..u32::MAX, which no text has.
        self.payload_start as usize..self.payload_end as usize
    }
}

impl Extra {
    /// Bytes of memory that it takes, roughly.
    pub(super) fn cost(&self) -> usize {
        let fields: usize = self.fields.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
        let reports: usize =
            self.fault.reports.iter().map(|r| r.path.len() + r.expected.len() + r.found.len() + 72).sum();
        fields + reports + size_of::<Self>()
    }
}

/// Records that lie together. All have the same room, and what is given up is filled again.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) records: Vec<Record>,
    /// The key of each, together: a pass of a filter that asks for names reads nothing else.
    pub(super) keys: Vec<Symbol>,
    /// The number of its first record.
    pub(super) base: u64,
}

impl Segment {
    /// How many records each has, but for the last.
    pub(super) const RECORDS: usize = 4_096;

    pub(super) fn new(base: u64) -> Self {
        Self { records: Vec::with_capacity(Self::RECORDS), keys: Vec::with_capacity(Self::RECORDS), base }
    }

    /// Empty again, for records from this number on.
    pub(super) fn again(mut self, base: u64) -> Self {
        self.records.clear();
        self.keys.clear();
        Self { base, ..self }
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= Self::RECORDS
    }

    pub(super) fn end(&self) -> u64 {
        self.base + self.records.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_small() {
        assert_eq!(Record::COST, 76);
    }
}
