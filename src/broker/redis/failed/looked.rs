//! What of types' streams was looked at for entries that are no events: so that the next look reads only what came since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::{EntryId, StreamKey};

/// So many entries that are no events are remembered of one stream, and read again one by one; of a stream with more, all
/// is read again.
pub(super) const REMEMBERED: usize = 500;

/// What earlier looks have seen.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<BTreeMap<StreamKey, Looked>>);

/// A piece of one stream that was looked at without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Looked {
    /// The newest and the oldest entry of it; nothing where none was looked at.
    pub(super) span: Option<(EntryId, EntryId)>,
    /// Whether it reaches down to the stream's beginning.
    pub(super) is_whole: bool,
    /// How many entries were looked at.
    pub(super) entries: u64,
    /// Those that are no events.
    pub(super) unfit: BTreeSet<EntryId>,
}

impl Looks {
    fn all(&self) -> MutexGuard<'_, BTreeMap<StreamKey, Looked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the stream at `key`, where that is of use.
    pub(super) fn of(&self, key: &StreamKey) -> Option<Looked> {
        self.all().get(key).filter(|known| known.span.is_some() && known.unfit.len() <= REMEMBERED).cloned()
    }

    /// Remembers these, and no others.
    pub(super) fn remember(&self, looked: BTreeMap<StreamKey, Looked>) {
        *self.all() = looked;
    }
}

impl Looked {
    /// Takes note of the next older entry.
    pub(super) fn note(&mut self, id: EntryId) {
        let newest = self.span.map_or(id, |(newest, _)| newest);
        self.span = Some((newest, id));
        self.entries += 1;
    }

    /// Goes on with what was looked at `before`, whose newest entry is the next older one.
    pub(super) fn join(&mut self, before: Self) {
        let Some((newest, oldest)) = before.span else { return };
        self.span = Some((self.span.map_or(newest, |(newest, _)| newest), oldest));
        self.is_whole = before.is_whole;
        self.entries += before.entries;
        self.unfit.extend(before.unfit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: u64) -> EntryId {
        EntryId::new(ms, 0)
    }

    #[test]
    fn what_came_since_goes_on_with_what_was_looked_at_before() {
        let mut before = Looked { is_whole: true, unfit: BTreeSet::from([id(3)]), ..Looked::default() };
        before.note(id(4));
        before.note(id(3));
        let mut now = Looked::default();
        now.note(id(9));
        now.note(id(7));
        now.join(before.clone());
        assert_eq!((now.span, now.entries, now.is_whole), (Some((id(9), id(3))), 4, true));
        assert_eq!(now.unfit, before.unfit);
        let mut nothing_new = Looked::default();
        nothing_new.join(before.clone());
        assert_eq!(nothing_new, before);
    }

    #[test]
    fn a_stream_of_which_too_much_would_be_remembered_is_read_again() {
        let looks = Looks::default();
        let key = StreamKey::new("alga-psa:event-stream:A").unwrap();
        let mut looked = Looked::default();
        looked.note(id(1));
        looks.remember([(key.clone(), looked.clone())].into());
        assert_eq!(looks.of(&key), Some(looked.clone()));
        looked.unfit.extend((0..=REMEMBERED as u64).map(id));
        looks.remember([(key.clone(), looked)].into());
        assert_eq!(looks.of(&key), None);
        looks.remember([(key.clone(), Looked::default())].into());
        assert_eq!(looks.of(&key), None, "nothing was looked at");
    }
}
