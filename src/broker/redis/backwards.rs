//! Reading a stream from its end back to its beginning, a page at a time.

use super::codec::RawEntry;
use super::question::Question;
use crate::event::EntryId;

/// How far a stream has been read.
#[derive(Debug, Clone)]
pub(super) struct Backwards {
    before: EntryId,
    after: EntryId,
    ended: bool,
}

impl Backwards {
    /// From the newest entry on, down to the first one behind `after`.
    pub(super) fn to(after: EntryId) -> Self {
        Self { before: EntryId::MAX, after, ended: false }
    }

    /// From the last one before `before` on, down to the first one behind `after`.
    pub(super) fn between(before: EntryId, after: EntryId) -> Self {
        match before.previous().filter(|last| *last > after) {
            Some(last) => Self { before: last, after, ended: false },
            None => Self { before: after, after, ended: true },
        }
    }

    /// Nothing is to be read.
    pub(super) fn ended() -> Self {
        Self { ended: true, ..Self::to(EntryId::ZERO) }
    }

    /// The next page of the stream at `key`: `count` entries, newest first.
    pub(super) fn question(&self, key: &str, count: usize) -> Question {
        Question::range_before(key, self.before, self.after, count)
    }

    /// Takes note of the page that came when `asked` entries were asked for.
    pub(super) fn note(&mut self, asked: usize, page: &[RawEntry]) {
        let next = page.last().and_then(|oldest| oldest.id.previous()).filter(|next| *next > self.after);
        self.ended = page.len() < asked || next.is_none();
        self.before = next.unwrap_or(self.after);
    }

    /// Nothing more is to be asked of it.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether all was read.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[u64]) -> Vec<RawEntry> {
        ids.iter().map(|ms| RawEntry { id: EntryId::new(*ms, 0), fields: Some(Vec::new()) }).collect()
    }

    #[test]
    fn it_ends_where_it_is_told_to_and_with_a_page_that_is_not_full() {
        let mut at = Backwards::to(EntryId::new(2, 0));
        at.note(2, &page(&[9, 7]));
        assert_eq!((at.before, at.has_ended()), (EntryId::new(6, u64::MAX), false));
        at.note(2, &page(&[4, 3]));
        assert!(!at.has_ended(), "2-1 may lie between");
        at.note(2, &page(&[]));
        assert!(at.has_ended());
        let mut behind = Backwards::between(EntryId::new(4, 0), EntryId::ZERO);
        assert_eq!((behind.before, behind.has_ended()), (EntryId::new(3, u64::MAX), false));
        behind.note(1, &page(&[2]));
        assert!(!behind.has_ended());
        assert!(
            Backwards::between(EntryId::new(4, 1), EntryId::new(4, 0)).has_ended(),
            "nothing lies between"
        );
        assert!(Backwards::ended().has_ended());
        let mut short = Backwards::to(EntryId::ZERO);
        short.note(2, &page(&[9]));
        assert!(short.has_ended());
    }
}
