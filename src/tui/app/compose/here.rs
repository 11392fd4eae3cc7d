//! What the cursor stands on: the row, and what it lies in. Looked for once after each change, since a frame asks for it
//! with every key that it names, and a list may have a hundred thousand items.

use std::cell::OnceCell;

use super::line::Line;
use crate::event::json::Pointer;
use crate::schema::form::{FieldKind, Row, State};
use crate::text::work;

/// The line under the cursor, and what was found there.
#[derive(Debug)]
pub(super) struct Standing {
    line: Line,
    here: OnceCell<Here>,
}

/// What a line of the form is, among its rows.
#[derive(Debug, Default)]
pub(super) struct Here {
    /// Its row.
    pub(super) row: Option<usize>,
    /// Of an item of a list: the row of the list, and its number there.
    pub(super) item: Option<(usize, usize)>,
    /// Whether no item comes after it.
    pub(super) is_last: bool,
    /// The row that what is added goes into.
    pub(super) holder: Option<usize>,
}

impl Standing {
    /// On `line`.
    pub(super) fn on(line: Line) -> Self {
        Self { line, here: OnceCell::new() }
    }

    /// The line.
    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// The rows are others now.
    pub(super) fn look_anew(&mut self) {
        self.here = OnceCell::new();
    }

    /// What it is among `rows`: always the same ones, until [`Standing::look_anew`].
    pub(super) fn among(&self, rows: &[Row]) -> &Here {
        self.here.get_or_init(|| Here::of(&self.line, rows))
    }
}

impl Here {
    fn of(line: &Line, rows: &[Row]) -> Self {
        let Line::Field(at) = line else { return Self::default() };
        work::looked_at(rows.len());
        let Some(row) = rows.iter().position(|row| row.pointer == *at) else { return Self::default() };
        let mut here = Self { row: Some(row), holder: holder(rows, row), ..Self::default() };
        let Some((list, name)) = at.split() else { return here };
        // What a row lies in comes before it.
        let Some(above) = rows[..row].iter().rposition(|row| row.pointer == list) else { return here };
        let is_list = matches!(rows[above].editor, FieldKind::List(_)) && rows[above].state == State::Set;
        if let Some(nth) = name.parse::<usize>().ok().filter(|_| is_list) {
            here.item = Some((above, nth));
            let next: Pointer = list.join((nth + 1).to_string());
            here.is_last = rows[row..].iter().all(|row| row.pointer != next || row.state == State::Absent);
        }
        here
    }
}

/// The row that an action on row `at` adds to: the list or object itself, or what the row lies in.
fn holder(rows: &[Row], at: usize) -> Option<usize> {
    let holds = |row: &Row| {
        matches!(row.editor, FieldKind::List(_) | FieldKind::Free { .. } | FieldKind::Object { open: true })
            && row.state != State::WrongKind
    };
    let row = rows.get(at)?;
    if holds(row) {
        return Some(at);
    }
    if row.editor.is_container() && row.state != State::WrongKind {
        return None;
    }
    let (above, _) = row.pointer.split()?;
    rows[..at].iter().rposition(|row| row.pointer == above).filter(|above| holds(&rows[*above]))
}
