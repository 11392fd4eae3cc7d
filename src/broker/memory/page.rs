//! Reading many streams as one, in the order of their entries' ids.

use std::collections::BinaryHeap;

use super::cursor::{Cursor, Cursors, Moves};
use super::state::State;
use super::stream::{Found, Stream};
use crate::bus::Gap;
use crate::event::EntryId;

/// What one look at the bus brought.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) moves: Moves,
    /// These come before the entries.
    pub(super) gaps: Vec<Gap>,
    pub(super) found: Vec<Found>,
}

impl Cursors {
    /// Reads up to `limit` entries onward, merged over all streams.
    pub(super) fn page(&mut self, state: &State, limit: usize) -> Page {
        let moves = self.follow(state);
        let mut readers = self.readers(state);
        let gaps =
            readers.iter_mut().filter_map(|reader| reader.cursor.skip_trimmed(reader.stream)).collect();
        Page { moves, gaps, found: merge(&mut readers, limit, Way::Onward) }
    }

    /// Moves back over the newest `limit` entries before the cursors, and answers which they are.
    pub(super) fn rewind(&mut self, state: &State, limit: usize) -> Vec<Found> {
        merge(&mut self.readers(state), limit, Way::Back)
    }

    fn readers<'a>(&'a mut self, state: &'a State) -> Vec<Reader<'a>> {
        self.by_stream
            .iter_mut()
            .filter_map(|(key, cursor)| Some(Reader { cursor, stream: state.streams.get(key)? }))
            .collect()
    }
}

struct Reader<'a> {
    cursor: &'a mut Cursor,
    stream: &'a Stream,
}

#[derive(Clone, Copy)]
enum Way {
    Onward,
    Back,
}

impl Way {
    fn peek(self, reader: &Reader<'_>) -> Option<Found> {
        match self {
            Self::Onward => reader.cursor.peek(reader.stream),
            Self::Back => reader.cursor.peek_back(reader.stream),
        }
    }

    fn step(self, reader: &mut Reader<'_>, found: &Found) {
        match self {
            Self::Onward => reader.cursor.advance(found),
            Self::Back => reader.cursor.next = found.number,
        }
    }

    /// What the heap, which gives its greatest first, shall give first: the oldest onward, the newest back. Entries
    /// with one id go by the order of their streams' keys.
    fn rank(self, id: EntryId, reader: usize) -> (u64, u64, usize) {
        match self {
            Self::Onward => (!id.ms, !id.seq, !reader),
            Self::Back => (id.ms, id.seq, reader),
        }
    }
}

fn merge(readers: &mut [Reader<'_>], limit: usize, way: Way) -> Vec<Found> {
    let rank = |found: &Found, at: usize| (way.rank(found.stored.id, at), at);
    let mut heads: BinaryHeap<_> = readers
        .iter()
        .enumerate()
        .filter_map(|(at, reader)| way.peek(reader).map(|found| rank(&found, at)))
        .collect();
    let mut merged = Vec::new();
    while merged.len() < limit
        && let Some((_, at)) = heads.pop()
        && let Some(reader) = readers.get_mut(at)
        && let Some(found) = way.peek(reader)
    {
        way.step(reader, &found);
        heads.extend(way.peek(reader).map(|next| rank(&next, at)));
        merged.push(found);
    }
    merged
}
