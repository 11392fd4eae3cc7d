//! The last sheet that was laid out, kept: the same event is drawn many times a second.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Folds, Sheet, Tree, Wrapped};
use crate::event::Masks;
use crate::monitor::Row;

/// A memory of one event's sheet. It changes nothing that can be seen: what it holds follows from the entry alone, and
/// from what is masked in it.
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
    masks: Masks,
    width: Option<usize>,
    shown: Shown,
    wrapped: Arc<Wrapped>,
}

/// An event as it is shown: without what is masked.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its lines.
    pub sheet: Arc<Sheet>,
    /// How many values are masked.
    pub hidden: usize,
    /// The text that was laid out, where that is not the event's own.
    own: Option<Arc<str>>,
}

impl Shown {
    /// The text that was laid out, given the event's own.
    pub fn text<'t>(&'t self, event: &'t str) -> &'t str {
        self.own.as_deref().unwrap_or(event)
    }

    fn json(text: &str, masks: &Masks, lay_out: fn(&str) -> Sheet) -> Self {
        match masks.event(text) {
            None => Self { sheet: Arc::new(lay_out(text)), hidden: 0, own: None },
            Some(redacted) => Self {
                sheet: Arc::new(lay_out(&redacted.text)),
                hidden: redacted.values,
                own: Some(redacted.text.into()),
            },
        }
    }

    fn row(row: &Row<'_>, masks: &Masks, lay_out: fn(&str) -> Sheet) -> Self {
        match (row.text(), row.fields()) {
            (Some(text), _) => Self::json(text, masks, lay_out),
            (None, fields) => {
                let fields = fields.unwrap_or_default();
                let hidden = if masks.is_none() { 0 } else { fields.len() };
                Self { sheet: Arc::new(Sheet::fields(&masks.fields(fields))), hidden, own: None }
            }
        }
    }
}

impl Memo {
    /// The sheet of `row` without what is masked, and how it lies in rows of `width` cells, if lines are wrapped.
    pub fn sheet(&self, row: &Row<'_>, width: Option<usize>, masks: &Masks) -> (Shown, Arc<Wrapped>) {
        let seq = row.seq();
        let is_it = |key: &Key| matches!(key, Key::Entry(known) if *known == seq);
        self.kept(is_it, || Key::Entry(seq), (width, masks), || Shown::row(row, masks, Sheet::json))
    }

    /// The sheet of a JSON text without what is masked, and how it lies in rows of `width` cells.
    pub fn text(&self, text: &Arc<str>, width: usize, masks: &Masks) -> (Shown, Arc<Wrapped>) {
        let is_it = |key: &Key| matches!(key, Key::Text(known) if Arc::ptr_eq(known, text));
        let lay_out = || Shown::json(text, masks, Sheet::json);
        self.kept(is_it, || Key::Text(Arc::clone(text)), (Some(width), masks), lay_out)
    }

    fn kept(
        &self,
        is_it: impl Fn(&Key) -> bool,
        key: impl FnOnce() -> Key,
        (width, masks): (Option<usize>, &Masks),
        lay_out: impl FnOnce() -> Shown,
    ) -> (Shown, Arc<Wrapped>) {
        let mut last = self.last.borrow_mut();
        let kept = last.take().filter(|kept| is_it(&kept.key) && kept.masks == *masks);
        let kept = match kept {
            Some(kept) if kept.width == width => kept,
            kept => {
                let shown = kept.map_or_else(lay_out, |kept| kept.shown);
                let wrapped = Arc::new(Wrapped::new(&shown.sheet, width));
                Kept { key: key(), masks: masks.clone(), width, shown, wrapped }
            }
        };
        let answer = (kept.shown.clone(), Arc::clone(&kept.wrapped));
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
    /// How many values are masked.
    pub hidden: usize,
    own: Option<Arc<str>>,
}

impl LaidOut {
    /// The text that was laid out, given the event's own.
    pub fn text<'t>(&'t self, event: &'t str) -> &'t str {
        self.own.as_deref().unwrap_or(event)
    }
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
    masks: Masks,
    width: Option<usize>,
    folds: Folds,
}

impl TreeKey {
    /// Whether the lines are the same.
    fn has_lines_of(&self, other: &Self) -> bool {
        (self.seq, self.is_raw) == (other.seq, other.is_raw) && self.masks == other.masks
    }
}

impl TreeMemo {
    /// `row` without what is masked, in rows of `width` cells, if lines are wrapped; as it came, if `is_raw`.
    pub fn tree(
        &self,
        row: &Row<'_>,
        (width, is_raw, masks): (Option<usize>, bool, &Masks),
        folds: &Folds,
    ) -> LaidOut {
        let key = TreeKey { seq: row.seq(), is_raw, masks: masks.clone(), width, folds: folds.clone() };
        let mut last = self.last.borrow_mut();
        let known = last.take().filter(|(known, _)| known.has_lines_of(&key));
        let laid = match known {
            Some((known, laid)) if known == key => laid,
            known => {
                let (shown, wrapped) = match known {
                    Some((known, LaidOut { sheet, hidden, own, wrapped, .. })) => {
                        (Shown { sheet, hidden, own }, (known.width == width).then_some(wrapped))
                    }
                    None => (Shown::row(row, masks, if is_raw { Sheet::raw } else { Sheet::json }), None),
                };
                let Shown { sheet, hidden, own } = shown;
                let wrapped = wrapped.unwrap_or_else(|| Arc::new(Wrapped::new(&sheet, width)));
                let tree = Arc::new(Tree::new(&sheet, &wrapped, folds));
                LaidOut { sheet, wrapped, tree, hidden, own }
            }
        };
        *last = Some((key, laid.clone()));
        laid
    }
}
