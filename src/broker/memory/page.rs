//! Reading many streams as one, in the order of their entries' ids.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cursor::{Cursor, Cursors, Moves};
use super::state::State;
use super::stream::{Found, Stream};
use crate::bus::{Direction, Gap};

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
        Page { moves, gaps, found: next(&mut readers, limit, Direction::Newer) }
    }

    /// Moves back over the newest `limit` entries before the cursors, and answers which they are.
    pub(super) fn rewind(&mut self, state: &State, limit: usize) -> Vec<Found> {
        next(&mut self.readers(state), limit, Direction::Older)
    }

    fn readers<'a>(&'a mut self, state: &'a State) -> Vec<Reader<'a>> {
        self.by_stream
            .iter_mut()
            .filter_map(|(key, cursor)| Some(Reader { cursor, stream: state.streams.get(key)? }))
            .collect()
    }
}

/// A stream, and how far it is read.
pub(super) struct Reader<'a> {
    pub(super) cursor: &'a mut Cursor,
    pub(super) stream: &'a Stream,
}

impl Reader<'_> {
    fn peek(&self, direction: Direction) -> Option<Found> {
        match direction {
            Direction::Newer => self.cursor.peek(self.stream),
            Direction::Older => self.cursor.peek_back(self.stream),
        }
    }

    fn step(&mut self, direction: Direction, found: &Found) {
        match direction {
            Direction::Newer => self.cursor.advance(found),
            Direction::Older => self.cursor.next = found.number,
        }
    }
}

/// Offers `take` one entry after the other, merged over all streams, until it takes none any more: true when all were taken.
pub(super) fn merge(
    readers: &mut [Reader<'_>],
    direction: Direction,
    mut take: impl FnMut(&Found) -> bool,
) -> bool {
    let rank = |found: &Found, at: usize| Reverse((direction.rank(found.stored.id, at), at));
    let mut heads: BinaryHeap<_> = readers
        .iter()
        .enumerate()
        .filter_map(|(at, reader)| reader.peek(direction).map(|found| rank(&found, at)))
        .collect();
    while let Some(Reverse((_, at))) = heads.pop()
        && let Some(reader) = readers.get_mut(at)
        && let Some(found) = reader.peek(direction)
    {
        if !take(&found) {
            return false;
        }
        reader.step(direction, &found);
        heads.extend(reader.peek(direction).map(|next| rank(&next, at)));
    }
    true
}

/// The next `limit` entries.
fn next(readers: &mut [Reader<'_>], limit: usize, direction: Direction) -> Vec<Found> {
    let mut merged = Vec::new();
    merge(readers, direction, |found| {
        let has_room = merged.len() < limit;
        merged.extend(has_room.then(|| found.clone()));
        has_room
    });
    merged
}
