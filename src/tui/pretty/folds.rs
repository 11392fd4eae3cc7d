//! Objects and lists of a sheet that are folded: which lines are shown, and in which row each is.

use std::collections::BTreeSet;
use std::ops::Range;

use super::nesting::Container;
use super::wrap::Piece;
use super::{Sheet, Wrapped};

/// What is folded, by the line in which it opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folds {
    /// Whether everything below the first level is, except for what was turned since.
    all: bool,
    turned: BTreeSet<u32>,
}

impl Folds {
    /// Everything below the first level is folded.
    pub fn all() -> Self {
        Self { all: true, turned: BTreeSet::new() }
    }

    /// As it was begun: for another event.
    pub fn forget(&mut self) {
        self.turned.clear();
    }

    /// Folds what opens in this line, or unfolds it.
    pub fn turn(&mut self, open: usize) {
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        if !self.turned.remove(&open) {
            self.turned.insert(open);
        }
    }

    /// Whether what opens in this line is folded.
    pub fn has(&self, sheet: &Sheet, open: usize) -> bool {
        let is_inner = sheet.lines().get(open).is_some_and(|line| line.level() > 0);
        let turned = u32::try_from(open).is_ok_and(|open| self.turned.contains(&open));
        (self.all && is_inner) != turned
    }
}

/// Rows that are not shown, of the rows in which all lines lie.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hidden {
    rows: Range<usize>,
    /// How many rows are hidden before these.
    before: usize,
}

/// A sheet with some of it folded.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    hidden: Vec<Hidden>,
    /// The containers that are folded and whose line is shown, by the line.
    folded: Vec<Container>,
    rows: usize,
}

/// A row of the screen, and what stands in it.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeRow {
    /// Its parts.
    pub pieces: Vec<Piece>,
    /// The line it belongs to.
    pub line: usize,
}

impl Tree {
    /// `sheet`, which lies in the rows of `wrapped`, with `folds`.
    pub fn new(sheet: &Sheet, wrapped: &Wrapped, folds: &Folds) -> Self {
        let (mut hidden, mut folded, mut before) = (Vec::new(), Vec::new(), 0);
        if *folds != Folds::default() {
            // What lies in something that is folded is passed over.
            let mut from = 0;
            for container in sheet.containers() {
                if container.open < from || !folds.has(sheet, container.open) {
                    continue;
                }
                let rows = wrapped.first_row(container.open + 1)..wrapped.first_row(container.close + 1);
                let count = rows.len();
                hidden.push(Hidden { rows, before });
                before += count;
                folded.push(*container);
                from = container.close + 1;
            }
        }
        Self { hidden, folded, rows: wrapped.rows() - before }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The row, of all rows, that is shown in row `row`.
    fn unfolded(&self, row: usize) -> usize {
        let above = self.hidden.partition_point(|hidden| hidden.rows.start - hidden.before <= row);
        match above.checked_sub(1).and_then(|at| self.hidden.get(at)) {
            Some(hidden) => row + hidden.before + hidden.rows.len(),
            None => row,
        }
    }

    /// The line in row `row`.
    pub fn line_in(&self, wrapped: &Wrapped, row: usize) -> usize {
        wrapped.line_of(self.unfolded(row))
    }

    /// The first row of a line; of one that is not shown, the row of what it is folded into.
    pub fn row_of(&self, wrapped: &Wrapped, line: usize) -> usize {
        let row = wrapped.first_row(line);
        let before = self.hidden.partition_point(|hidden| hidden.rows.start <= row);
        match before.checked_sub(1).and_then(|at| self.hidden.get(at)) {
            Some(hidden) if hidden.rows.contains(&row) => {
                (hidden.rows.start - hidden.before).saturating_sub(1)
            }
            Some(hidden) => row - hidden.before - hidden.rows.len(),
            None => row,
        }
    }

    /// The rows from `top` on, `page` of them.
    pub fn page(
        &self,
        (sheet, wrapped): (&Sheet, &Wrapped),
        text: &str,
        top: usize,
        page: usize,
    ) -> Vec<TreeRow> {
        let mut out = Vec::new();
        let end = self.rows.min(top.saturating_add(page));
        while top + out.len() < end {
            let row = top + out.len();
            let from = self.unfolded(row);
            // As far as nothing is folded away.
            let next = self.hidden.partition_point(|hidden| hidden.rows.start <= from);
            let until = self.hidden.get(next).map_or(usize::MAX, |hidden| hidden.rows.start);
            let count = (end - row).min(until - from);
            let rows = wrapped.page(sheet, text, from, count);
            if rows.is_empty() {
                break;
            }
            for (at, pieces) in rows.into_iter().enumerate() {
                let line = wrapped.line_of(from + at);
                out.push(TreeRow { pieces: self.dressed(pieces, line, from + at, (sheet, wrapped)), line });
            }
        }
        out
    }

    /// A row with the sign of what opens in its line, and what is said in place of what is folded.
    fn dressed(
        &self,
        mut pieces: Vec<Piece>,
        line: usize,
        row: usize,
        (sheet, wrapped): (&Sheet, &Wrapped),
    ) -> Vec<Piece> {
        let Some(container) = sheet.opens_in(line) else { return pieces };
        let at = self.folded.partition_point(|known| known.open < line);
        let is_folded = self.folded.get(at).is_some_and(|known| known.open == line);
        if let Some(Piece::Blank(cells)) = pieces.first_mut()
            && *cells >= 2
            && row == wrapped.first_row(line)
        {
            *cells -= 2;
            pieces.insert(1, Piece::Branch { is_open: !is_folded });
        }
        if is_folded && row + 1 == wrapped.first_row(line + 1) {
            pieces.push(Piece::Folded {
                members: container.members as usize,
                close: sheet.closing(&container),
            });
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = r#"{"a":{"b":[1,2,{"c":3}],"d":4},"e":[],"f":[5,6]}"#;

    fn shown(text: &str, folds: &Folds, width: Option<usize>) -> Vec<String> {
        let sheet = Sheet::json(text);
        let wrapped = Wrapped::new(&sheet, width);
        let tree = Tree::new(&sheet, &wrapped, folds);
        let rows = tree.page((&sheet, &wrapped), text, 0, usize::MAX);
        assert_eq!(rows.len(), tree.rows());
        rows.into_iter().map(|row| row.pieces.iter().map(said).collect()).collect()
    }

    fn said(piece: &Piece) -> String {
        match piece {
            Piece::Blank(cells) => " ".repeat(*cells),
            Piece::Mark => "> ".to_owned(),
            Piece::Token(_, text) => text.clone(),
            Piece::Branch { is_open } => if *is_open { "v " } else { "> " }.to_owned(),
            Piece::Folded { members, close } => format!("..{members}..{close}"),
        }
    }

    #[test]
    fn what_is_folded_is_one_line() {
        let mut folds = Folds::default();
        assert_eq!(shown(TEXT, &folds, None).len(), 17);
        folds.turn(2);
        let folded = shown(TEXT, &folds, None);
        assert_eq!(folded[1..4], ["v \"a\": {", "  > \"b\": [..3..],", "    \"d\": 4"]);
        folds.turn(1);
        assert_eq!(
            shown(TEXT, &folds, None),
            ["{", "> \"a\": {..2..},", "  \"e\": [],", "v \"f\": [", "    5,", "    6", "  ]", "}"]
        );
        folds.turn(0);
        assert_eq!(shown(TEXT, &folds, None), ["{..3..}"]);
        assert_eq!(
            shown(TEXT, &Folds::all(), None),
            ["{", "> \"a\": {..2..},", "  \"e\": [],", "> \"f\": [..2..]", "}"]
        );
    }

    #[test]
    fn what_is_unfolded_in_what_was_folded_whole_shows_what_is_folded_in_it() {
        let mut folds = Folds::all();
        folds.turn(1);
        let shown = shown(TEXT, &folds, None);
        assert_eq!(shown[1..5], ["v \"a\": {", "  > \"b\": [..3..],", "    \"d\": 4", "  },"]);
    }

    #[test]
    fn depth_and_size_are_no_danger() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(shown(&deep, &Folds::all(), Some(80)).len(), 3);
        let cut = "[".repeat(200_000);
        assert_eq!(shown(&cut, &Folds::all(), Some(80)).len(), 2);
    }

    proptest! {
        #[test]
        fn every_row_can_be_had_alone_and_found_by_its_line(
            turned in prop::collection::btree_set(0_usize..16, 0..6), all in any::<bool>(), width in 8_usize..40,
        ) {
            let mut folds = if all { Folds::all() } else { Folds::default() };
            for open in turned {
                folds.turn(open);
            }
            let sheet = Sheet::json(TEXT);
            let wrapped = Wrapped::new(&sheet, Some(width));
            let tree = Tree::new(&sheet, &wrapped, &folds);
            let whole = tree.page((&sheet, &wrapped), TEXT, 0, usize::MAX);
            prop_assert_eq!(whole.len(), tree.rows());
            for (at, row) in whole.iter().enumerate() {
                let alone = tree.page((&sheet, &wrapped), TEXT, at, 1);
                prop_assert_eq!(&alone[0], row);
                prop_assert_eq!(tree.line_in(&wrapped, at), row.line);
                let first = whole.iter().position(|other| other.line == row.line).unwrap();
                prop_assert_eq!(tree.row_of(&wrapped, row.line), first);
            }
            for line in 0..17 {
                prop_assert!(tree.row_of(&wrapped, line) < tree.rows());
            }
        }
    }
}
