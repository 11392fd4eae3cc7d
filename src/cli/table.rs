//! Tables of text: columns as wide as their widest cell.

use super::paint::{Meaning, Paint};
use crate::text::{pad_end, pad_start, width};

/// A column: its title, and whether it holds numbers.
pub(super) struct Column(pub(super) &'static str, pub(super) bool);

/// Text that is safe to show, and what it means.
pub(super) type Cell = (String, Option<Meaning>);

/// Rows of cells.
pub(super) struct Table {
    columns: &'static [Column],
    rows: Vec<Vec<Cell>>,
    /// What was printed already.
    printed: Vec<Shown>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(columns: &'static [Column]) -> Self {
        Self { columns, rows: Vec::new(), printed: Vec::new() }
    }

    /// Adds a row; cells that are left out are blank.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// How many rows wait to be printed.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The lines, with the titles first. Columns without any text are left out.
    pub(super) fn lines(&self, paint: Paint) -> Vec<String> {
        let titles = self.titles();
        let shown = self.shown(&titles);
        std::iter::once(&titles).chain(&self.rows).map(|row| line(row, &shown, paint)).collect()
    }

    /// The lines of the rows that came since the last call, for a table that is too long to be held: titles only at
    /// first, and what has got a column keeps it, at least as wide.
    pub(super) fn drain(&mut self, paint: Paint) -> Vec<String> {
        let titles = self.titles();
        let shown = self.shown(&titles);
        let first = self.printed.is_empty().then_some(titles);
        self.printed = shown;
        let rows = std::mem::take(&mut self.rows);
        first.iter().chain(&rows).map(|row| line(row, &self.printed, paint)).collect()
    }

    fn titles(&self) -> Vec<Cell> {
        self.columns.iter().map(|column| (column.0.to_owned(), Some(Meaning::Quiet))).collect()
    }

    fn shown(&self, titles: &Vec<Cell>) -> Vec<Shown> {
        let before = |at| self.printed.iter().find(|shown| shown.at == at).map(|shown| shown.cells);
        let has_text =
            |at: &usize| self.rows.iter().filter_map(|row| row.get(*at)).any(|cell| !cell.0.is_empty());
        let all = || std::iter::once(titles).chain(&self.rows);
        (0..self.columns.len())
            .filter(|at| before(*at).is_some() || has_text(at))
            .map(|at| {
                let cells = all().filter_map(|row| row.get(at)).map(|cell| width(&cell.0)).max();
                Shown { at, cells: cells.max(before(at)).unwrap_or(0), number: self.columns[at].1 }
            })
            .collect()
    }
}

/// A column that has text.
struct Shown {
    at: usize,
    cells: usize,
    number: bool,
}

fn line(row: &[Cell], columns: &[Shown], paint: Paint) -> String {
    let blank: Cell = (String::new(), None);
    let cells: Vec<_> = columns.iter().map(|column| (column, row.get(column.at).unwrap_or(&blank))).collect();
    let last = cells.iter().rposition(|(_, cell)| !cell.0.is_empty()).map_or(0, |at| at + 1);
    let texts = cells[..last].iter().enumerate().map(|(at, (column, (text, meaning)))| {
        let text = match column.number {
            true => pad_start(text, column.cells),
            false if at + 1 == last => text.clone(),
            false => pad_end(text, column.cells),
        };
        meaning.map_or(text.clone(), |meaning| paint.paint(meaning, &text))
    });
    texts.collect::<Vec<_>>().join("  ")
}
