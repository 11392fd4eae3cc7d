//! The last sheet that was laid out, kept: the same event is drawn many times a second.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Sheet, Wrapped};
use crate::monitor::Row;

/// A memory of one event's sheet. It changes nothing that can be seen: what it holds follows from the entry alone.
#[derive(Debug, Default)]
pub struct Memo {
    last: RefCell<Option<Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    seq: u64,
    width: Option<usize>,
    sheet: Arc<Sheet>,
    wrapped: Arc<Wrapped>,
}

impl Memo {
    /// The sheet of `row`, and how it lies in rows of `width` cells, if lines are wrapped.
    pub fn sheet(&self, row: &Row<'_>, width: Option<usize>) -> (Arc<Sheet>, Arc<Wrapped>) {
        let mut last = self.last.borrow_mut();
        let kept = last.take().filter(|kept| kept.seq == row.seq());
        let kept = match kept {
            Some(kept) if kept.width == width => kept,
            kept => {
                let sheet = kept.map_or_else(|| Arc::new(lay_out(row)), |kept| kept.sheet);
                let wrapped = Arc::new(Wrapped::new(&sheet, row.text().unwrap_or_default(), width));
                Kept { seq: row.seq(), width, sheet, wrapped }
            }
        };
        let answer = (Arc::clone(&kept.sheet), Arc::clone(&kept.wrapped));
        *last = Some(kept);
        answer
    }
}

fn lay_out(row: &Row<'_>) -> Sheet {
    match (row.text(), row.fields()) {
        (Some(text), _) => Sheet::json(text),
        (None, Some(fields)) => Sheet::fields(fields),
        (None, None) => Sheet::default(),
    }
}
