//! Rows of an event's JSON.

use unicode_segmentation::UnicodeSegmentation;

use crate::event::REDACTED;
use crate::filter::Filter;
use crate::text::{count, width};
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

/// A row of JSON, from column `left` on; of a wide character that the edge would cut, a blank. What `filter` looks for is
/// marked in it.
pub(super) fn json_row<'t>(
    pieces: &[Piece],
    (left, cells): (usize, usize),
    filter: &Filter,
    theme: &'t Theme,
) -> Words<'t> {
    let mut words = Words::new(theme);
    let mut column = 0;
    for (text, meaning) in pieces.iter().flat_map(|piece| parts(piece, filter, theme)) {
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

/// Whether a text is the sign in place of what is masked.
fn is_sign(text: &str) -> bool {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) == Some(REDACTED)
}

/// A piece in parts of one meaning each.
fn parts(piece: &Piece, filter: &Filter, theme: &Theme) -> Vec<(String, Meaning)> {
    let symbols = theme.symbols();
    match piece {
        Piece::Token(Kind::Text, text) if is_sign(text) => vec![(text.clone(), Meaning::Redacted)],
        Piece::Blank(cells) => vec![(" ".repeat(*cells), Meaning::Text)],
        Piece::Mark => vec![(format!("{} ", symbols.wrapped), Meaning::Dim)],
        Piece::Branch { is_open } => {
            vec![(format!("{} ", if *is_open { symbols.open } else { symbols.closed }), Meaning::Dim)]
        }
        Piece::Folded { members, close } => {
            let said = format!(" {} {} ", symbols.ellipsis, count(*members as u64));
            vec![(said, Meaning::Dim), (close.clone(), Meaning::JsonMark)]
        }
        Piece::Token(kind, text) => {
            let (mut parts, mut at) = (Vec::new(), 0);
            for place in filter.places_in(text) {
                parts.push((text[at..place.start].to_owned(), meaning(*kind)));
                parts.push((text[place.clone()].to_owned(), Meaning::Match));
                at = place.end;
            }
            parts.push((text[at..].to_owned(), meaning(*kind)));
            parts
        }
    }
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
