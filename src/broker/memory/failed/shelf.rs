//! What lies beside type streams, such as dead letters: entries at positions that only grow.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use crate::event::{EntryId, StreamKey};

/// One stream of its own beside each type's stream.
pub(in crate::broker::memory) struct Shelf<T>(BTreeMap<StreamKey, Row<T>>);

/// What lies beside one stream.
struct Row<T> {
    last: EntryId,
    lying: BTreeMap<EntryId, Arc<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(stream, row)| (stream, row.lying.len()))).finish()
    }
}

impl<T> Shelf<T> {
    /// Puts down what `make` makes of its position: at `ms`, or just after the last one where that is later.
    pub(super) fn put(&mut self, stream: &StreamKey, ms: u64, make: impl FnOnce(EntryId) -> T) -> EntryId {
        let row = self
            .0
            .entry(stream.clone())
            .or_insert_with(|| Row { last: EntryId::ZERO, lying: BTreeMap::new() });
        row.last = EntryId::new(ms, 0).max(row.last.next());
        row.lying.insert(row.last, Arc::new(make(row.last)));
        row.last
    }

    /// Removes the oldest ones until `keep` are left.
    pub(super) fn trim(&mut self, stream: &StreamKey, keep: usize) {
        let Some(row) = self.0.get_mut(stream) else { return };
        while row.lying.len() > keep {
            row.lying.pop_first();
        }
    }

    pub(super) fn get(&self, stream: &StreamKey, id: EntryId) -> Option<&Arc<T>> {
        self.0.get(stream)?.lying.get(&id)
    }

    pub(super) fn remove(&mut self, stream: &StreamKey, id: EntryId) -> Option<Arc<T>> {
        self.0.get_mut(stream)?.lying.remove(&id)
    }

    /// What lies beside one stream, oldest first.
    pub(super) fn beside(
        &self,
        stream: &StreamKey,
    ) -> impl DoubleEndedIterator<Item = (EntryId, &Arc<T>)> + use<'_, T> {
        let row = self.0.get(stream);
        row.into_iter().flat_map(|row| row.lying.iter().map(|(id, item)| (*id, item)))
    }

    /// What lies beside one stream behind `after`, oldest first.
    pub(super) fn behind(
        &self,
        stream: &StreamKey,
        after: EntryId,
    ) -> impl Iterator<Item = (EntryId, &Arc<T>)> + use<'_, T> {
        let range = (Bound::Excluded(after), Bound::Unbounded);
        let row = self.0.get(stream);
        row.into_iter().flat_map(move |row| row.lying.range(range).map(|(id, item)| (*id, item)))
    }

    /// The positions beside one stream that lie behind `after` and before `before`, newest first.
    pub(super) fn between(
        &self,
        stream: &StreamKey,
        after: EntryId,
        before: EntryId,
    ) -> impl Iterator<Item = EntryId> {
        // A range that ends before it begins is none, and the map would not take it.
        let row = self.0.get(stream).filter(|_| after < before);
        let range = (Bound::Excluded(after), Bound::Excluded(before));
        row.into_iter().flat_map(move |row| row.lying.range(range).rev().map(|(id, _)| *id))
    }

    /// Everything, by stream, oldest first.
    pub(in crate::broker::memory) fn all(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.values().flat_map(|row| row.lying.values())
    }

    /// Streams beside which something lies, and how much.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&StreamKey, u64)> {
        self.0.iter().map(|(stream, row)| (stream, row.lying.len() as u64)).filter(|(_, length)| *length > 0)
    }

    /// How much lies beside one stream.
    pub(in crate::broker::memory) fn len(&self, stream: &StreamKey) -> u64 {
        self.0.get(stream).map_or(0, |row| row.lying.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_only_grow_also_when_the_newest_is_gone_and_the_clock_goes_back() {
        let stream = StreamKey::new("event::A").unwrap();
        let mut shelf = Shelf::default();
        let ids: Vec<_> = [5, 5, 3].into_iter().map(|ms| shelf.put(&stream, ms, |id| id)).collect();
        assert_eq!(ids, [EntryId::new(5, 0), EntryId::new(5, 1), EntryId::new(5, 2)]);
        assert_eq!(shelf.remove(&stream, ids[2]).as_deref(), Some(&ids[2]));
        assert_eq!(shelf.put(&stream, 1, |id| id), EntryId::new(5, 3));
        let between: Vec<_> = shelf.between(&stream, ids[0], EntryId::MAX).collect();
        assert_eq!(between, [EntryId::new(5, 3), ids[1]], "newest first");
        assert_eq!(shelf.between(&stream, EntryId::MAX, ids[0]).count(), 0);
        shelf.trim(&stream, 1);
        assert_eq!(shelf.beside(&stream).map(|(id, _)| id).collect::<Vec<_>>(), [EntryId::new(5, 3)]);
    }
}
