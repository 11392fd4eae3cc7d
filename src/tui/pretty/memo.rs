//! The last sheet that was laid out, kept: the same event is drawn many times a second.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Folds, Sheet, Tree, Wrapped};
use crate::monitor::Row;

/// A memory of one event's sheet. It changes nothing that can be seen: what it holds follows from the entry alone.
#[derive(Debug, Default)]
pub struct Memo {
    last: RefCell<Option<Kept>>,
}

/// What was laid out: an entry of the ring, or a text of its own.
#[derive(Debug, Clone)]
enum Key {
    Entry(u64),
    Text(Arc<str>),
}

#[derive(Debug, Clone)]
struct Kept {
    key: Key,
    width: Option<usize>,
    sheet: Arc<Sheet>,
    wrapped: Arc<Wrapped>,
}

impl Memo {
    /// The sheet of `row`, and how it lies in rows of `width` cells, if lines are wrapped.
    pub fn sheet(&self, row: &Row<'_>, width: Option<usize>) -> (Arc<Sheet>, Arc<Wrapped>) {
        let seq = row.seq();
        let is_it = |key: &Key| matches!(key, Key::Entry(known) if *known == seq);
        self.kept(is_it, || Key::Entry(seq), (row.text().unwrap_or_default(), width), || lay_out(row))
    }

    /// The sheet of a JSON text, and how it lies in rows of `width` cells.
    pub fn text(&self, text: &Arc<str>, width: usize) -> (Arc<Sheet>, Arc<Wrapped>) {
        let is_it = |key: &Key| matches!(key, Key::Text(known) if Arc::ptr_eq(known, text));
        self.kept(is_it, || Key::Text(Arc::clone(text)), (text, Some(width)), || Sheet::json(text))
    }

    fn kept(
        &self,
        is_it: impl Fn(&Key) -> bool,
        key: impl FnOnce() -> Key,
        (text, width): (&str, Option<usize>),
        lay_out: impl FnOnce() -> Sheet,
    ) -> (Arc<Sheet>, Arc<Wrapped>) {
        let mut last = self.last.borrow_mut();
        let kept = last.take().filter(|kept| is_it(&kept.key));
        let kept = match kept {
            Some(kept) if kept.width == width => kept,
            kept => {
                let sheet = kept.map_or_else(|| Arc::new(lay_out()), |kept| kept.sheet);
                let wrapped = Arc::new(Wrapped::new(&sheet, text, width));
                Kept { key: key(), width, sheet, wrapped }
            }
        };
        let answer = (Arc::clone(&kept.sheet), Arc::clone(&kept.wrapped));
        *last = Some(kept);
        answer
    }
}

/// An event laid out, with some of it folded.
#[derive(Debug, Clone)]
pub struct LaidOut {
    /// Its lines.
    pub sheet: Arc<Sheet>,
    /// How they lie in rows.
    pub wrapped: Arc<Wrapped>,
    /// Which of them are shown.
    pub tree: Arc<Tree>,
}

/// As [`Memo`], of one event of which some is folded.
#[derive(Debug, Default)]
pub struct TreeMemo {
    last: RefCell<Option<(TreeKey, LaidOut)>>,
}

#[derive(Debug, Clone, PartialEq)]
struct TreeKey {
    seq: u64,
    is_raw: bool,
    width: Option<usize>,
    folds: Folds,
}

impl TreeMemo {
    /// `row` in rows of `width` cells, if lines are wrapped; as it came, if `is_raw`.
    pub fn tree(&self, row: &Row<'_>, (width, is_raw): (Option<usize>, bool), folds: &Folds) -> LaidOut {
        let key = TreeKey { seq: row.seq(), is_raw, width, folds: folds.clone() };
        let mut last = self.last.borrow_mut();
        let known = last.take().filter(|(known, _)| (known.seq, known.is_raw) == (key.seq, key.is_raw));
        let laid = match known {
            Some((known, laid)) if known == key => laid,
            known => {
                let (sheet, wrapped) = match known {
                    Some((known, laid)) if known.width == width => (laid.sheet, Some(laid.wrapped)),
                    Some((_, laid)) => (laid.sheet, None),
                    None if is_raw => (Arc::new(row.text().map_or_else(|| lay_out(row), Sheet::raw)), None),
                    None => (Arc::new(lay_out(row)), None),
                };
                let text = row.text().unwrap_or_default();
                let wrapped = wrapped.unwrap_or_else(|| Arc::new(Wrapped::new(&sheet, text, width)));
                let tree = Arc::new(Tree::new(&sheet, &wrapped, folds));
                LaidOut { sheet, wrapped, tree }
            }
        };
        *last = Some((key, laid.clone()));
        laid
    }
}

fn lay_out(row: &Row<'_>) -> Sheet {
    match (row.text(), row.fields()) {
        (Some(text), _) => Sheet::json(text),
        (None, Some(fields)) => Sheet::fields(fields),
        (None, None) => Sheet::default(),
    }
}
