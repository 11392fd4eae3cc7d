//! Rows of an event's JSON.

use unicode_segmentation::UnicodeSegmentation;

use crate::text::width;
use crate::tui::pretty::{Kind, Piece};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::Words;

/// What a token means.
pub(super) fn meaning(kind: Kind) -> Meaning {
    match kind {
        Kind::Key => Meaning::JsonKey,
        Kind::Text => Meaning::JsonString,
        Kind::Number => Meaning::JsonNumber,
        Kind::Word => Meaning::JsonWord,
        Kind::Open | Kind::Close | Kind::Comma | Kind::Colon => Meaning::JsonMark,
        Kind::Odd => Meaning::Text,
    }
}

/// A row of JSON, from column `left` on; of a wide character that the edge would cut, a blank.
pub(super) fn json_row<'t>(pieces: &[Piece], (left, cells): (usize, usize), theme: &'t Theme) -> Words<'t> {
    let mark = format!("{} ", theme.symbols().wrapped);
    let mut words = Words::new(theme);
    let mut column = 0;
    for piece in pieces {
        let (text, meaning) = match piece {
            Piece::Blank(cells) => (" ".repeat(*cells), Meaning::Text),
            Piece::Mark => (mark.clone(), Meaning::Dim),
            Piece::Token(kind, text) => (text.clone(), meaning(*kind)),
        };
        let wide = width(&text);
        if column >= left {
            words = words.put(text, meaning);
        } else if column + wide > left {
            words = words.put(from_column(&text, left - column), meaning);
        }
        column += wide;
        if words.cells() > cells {
            break;
        }
    }
    words
}

fn from_column(text: &str, skip: usize) -> String {
    let mut column = 0;
    let mut out = String::new();
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        match column {
            at if at >= skip => out.push_str(cluster),
            at if at + wide > skip => out.push_str(&" ".repeat(at + wide - skip)),
            _ => {}
        }
        column += wide;
    }
    out
}
