//! A sheet's lines in rows of the screen.

use unicode_segmentation::UnicodeSegmentation;

use super::lexer::Kind;
use super::sheet::{Line, Sheet};
use crate::text::width as cells_of;

/// Cells that a row gives away to say that it goes on from the one above.
const MARK: usize = 2;

/// How a sheet's lines lie in rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrapped {
    /// Cells of a row; `None` while lines are not wrapped.
    width: Option<usize>,
    /// The first row of each line, and behind the last one how many rows there are. Empty where each line is a row.
    starts: Vec<u32>,
    rows: usize,
}

/// A part of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// So many blank cells.
    Blank(usize),
    /// The row goes on from the one above.
    Mark,
    /// A token, or a part of one. Safe to show.
    Token(Kind, String),
    /// Two cells: an object or a list opens in this row, and can be folded, or is.
    Branch {
        /// Whether what is in it is shown.
        is_open: bool,
    },
    /// In place of what is folded.
    Folded {
        /// How many members or elements it has.
        members: usize,
        /// What closes it, and follows in its line.
        close: String,
    },
}

impl Wrapped {
    /// Lays the lines of `sheet` in rows of `width` cells, if any. What they say is not looked at again.
    pub fn new(sheet: &Sheet, width: Option<usize>) -> Self {
        let Some(width) = width.map(|width| width.max(1)) else {
            return Self { width: None, starts: Vec::new(), rows: sheet.lines().len() };
        };
        let mut starts = Vec::with_capacity(sheet.lines().len() + 1);
        let (mut rows, mut cells) = (0_usize, sheet.cells.reader());
        for line in sheet.lines() {
            starts.push(u32::try_from(rows).unwrap_or(u32::MAX));
            let room = room(*line, width);
            rows += if line.plain { plain_rows(*line, room) } else { cells.rows(line.cells, room) };
        }
        starts.push(u32::try_from(rows).unwrap_or(u32::MAX));
        Self { width: Some(width), starts, rows }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The first row of a line; behind the last line, how many rows there are.
    pub fn first_row(&self, line: usize) -> usize {
        match self.width {
            Some(_) => self.starts.get(line).map_or(self.rows, |start| *start as usize),
            None => line.min(self.rows),
        }
    }

    /// The line that lies in a row.
    pub fn line_of(&self, row: usize) -> usize {
        match self.width {
            Some(_) => {
                let row = u32::try_from(row).unwrap_or(u32::MAX);
                // Behind the last line there is a start, too, which no row has.
                let lines = self.starts.len().saturating_sub(1);
                self.starts[..lines].partition_point(|start| *start <= row).saturating_sub(1)
            }
            None => row,
        }
    }

    /// The rows from `top` on, `page` of them.
    pub fn page(&self, sheet: &Sheet, text: &str, top: usize, page: usize) -> Vec<Vec<Piece>> {
        let mut out = Vec::new();
        let Some(width) = self.width else {
            let end = sheet.lines().len().min(top.saturating_add(page));
            return (top..end).map(|at| whole(sheet, text, at)).collect();
        };
        let row = u32::try_from(top).unwrap_or(u32::MAX);
        let mut at = self.starts.partition_point(|start| *start <= row).saturating_sub(1);
        let mut skip = top.saturating_sub(self.starts.get(at).map_or(0, |start| *start as usize));
        while out.len() < page && at < sheet.lines().len() {
            out.extend(folded(sheet, text, at, width).into_iter().skip(skip).take(page - out.len()));
            skip = 0;
            at += 1;
        }
        out
    }
}

/// Cells for text in the first row of a line, and in its other rows.
fn room(line: Line, width: usize) -> (usize, usize) {
    let first = width.saturating_sub(line.indent(width)).max(1);
    // A wide character needs two cells wherever it stands.
    (first.max(2), first.saturating_sub(MARK).max(2))
}

fn plain_rows(line: Line, (first, next): (usize, usize)) -> usize {
    1 + (line.cells as usize).saturating_sub(first).div_ceil(next)
}

fn whole(sheet: &Sheet, text: &str, at: usize) -> Vec<Piece> {
    let indent = sheet.lines().get(at).map_or(0, |line| line.indent(usize::MAX));
    let tokens = sheet.tokens(at, text).map(|(kind, token)| Piece::Token(kind, token.into_owned()));
    std::iter::once(Piece::Blank(indent)).chain(tokens).collect()
}

/// The rows of line `at`.
fn folded(sheet: &Sheet, text: &str, at: usize, width: usize) -> Vec<Vec<Piece>> {
    let Some(line) = sheet.lines().get(at).copied() else { return Vec::new() };
    let (first, next) = room(line, width);
    let indent = line.indent(width);
    let mut rows = vec![vec![Piece::Blank(indent)]];
    let mut left = first;
    for (kind, token) in sheet.tokens(at, text) {
        let mut part = String::new();
        for cluster in token.graphemes(true) {
            let cells = cells_of(cluster);
            if cells > left {
                push(&mut rows, kind, &mut part);
                rows.push(vec![Piece::Blank(indent), Piece::Mark]);
                left = next;
            }
            left = left.saturating_sub(cells);
            part.push_str(cluster);
        }
        push(&mut rows, kind, &mut part);
    }
    rows
}

fn push(rows: &mut [Vec<Piece>], kind: Kind, part: &mut String) {
    if let Some(row) = rows.last_mut()
        && !part.is_empty()
    {
        row.push(Piece::Token(kind, std::mem::take(part)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row_text(row: &[Piece]) -> String {
        row.iter()
            .map(|piece| match piece {
                Piece::Blank(cells) => " ".repeat(*cells),
                Piece::Mark => "> ".to_owned(),
                Piece::Token(_, text) => text.clone(),
                Piece::Branch { .. } | Piece::Folded { .. } => String::new(),
            })
            .collect()
    }

    #[test]
    fn long_lines_go_on_below_and_every_row_can_be_had_alone() {
        let text = r#"{"title":"a printer on floor 3 does not print","日本":"日本語日本語日本語","n":[1]}"#;
        let sheet = Sheet::json(text);
        for width in 1..60 {
            let wrapped = Wrapped::new(&sheet, Some(width));
            let all = wrapped.page(&sheet, text, 0, usize::MAX);
            assert_eq!(all.len(), wrapped.rows(), "width {width}");
            for (at, row) in all.iter().enumerate() {
                assert_eq!(
                    wrapped.page(&sheet, text, at, 1),
                    std::slice::from_ref(row),
                    "width {width}, row {at}"
                );
                assert!(width < 6 || cells_of(&row_text(row)) <= width, "width {width}: {row:?}");
            }
        }
        let wrapped = Wrapped::new(&sheet, Some(20));
        let all = wrapped.page(&sheet, text, 0, 4);
        let shown: Vec<_> = all.iter().map(|row| row_text(row)).collect();
        assert_eq!(shown, ["{", "  \"title\": \"a printe", "  > r on floor 3 doe", "  > s not print\","]);
        assert_eq!(Wrapped::new(&sheet, None).rows(), sheet.lines().len());
    }

    proptest! {
        #[test]
        fn rows_are_counted_as_they_are_drawn(
            names in prop::collection::vec("[a\u{301}日é\u{200d}👩👧ﷺلا\u{202e}\u{1b} ]{0,60}", 1..6),
            width in 1_usize..50, raw in any::<bool>(),
        ) {
            let text = serde_json::to_string(&names).unwrap().repeat(2);
            let sheet = if raw { Sheet::raw(&text) } else { Sheet::json(&text) };
            let wrapped = Wrapped::new(&sheet, Some(width));
            prop_assert_eq!(wrapped.page(&sheet, &text, 0, usize::MAX).len(), wrapped.rows());
            for line in 0..sheet.lines().len() {
                let rows = wrapped.first_row(line + 1) - wrapped.first_row(line);
                prop_assert_eq!(folded(&sheet, &text, line, width).len(), rows);
            }
        }
    }

    #[test]
    fn long_lines_are_counted_as_they_are_drawn() {
        for part in ["日", "a日", "日\u{301}b", "\u{1b}日", "\u{301}"] {
            let text = format!("[\"{}\"]", part.repeat(20_000));
            let sheet = Sheet::json(&text);
            for width in [7, 80, 100_000] {
                let wrapped = Wrapped::new(&sheet, Some(width));
                assert_eq!(
                    wrapped.page(&sheet, &text, 0, usize::MAX).len(),
                    wrapped.rows(),
                    "{part} {width}"
                );
            }
        }
    }
}
