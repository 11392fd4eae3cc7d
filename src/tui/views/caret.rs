//! The line of an editor that the caret is in.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::{display_safe, width};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::Words;

/// Of a long line so many bytes are looked at, at most, on either side of the caret.
const LOOKED_AT: usize = 16 * 1024;

/// The line with the caret before byte `caret`, scrolled so that the caret is seen, and how many of its bytes lie left of the
/// screen.
pub(super) fn caret_line<'t>(text: &str, caret: usize, cells: usize, theme: &'t Theme) -> (usize, Words<'t>) {
    let (before, behind) = text.split_at(text.floor_char_boundary(caret));
    let mut behind = behind[..behind.floor_char_boundary(LOOKED_AT)].graphemes(true);
    let under = behind.next().unwrap_or(" ");
    // Of what lies far to the left nothing is seen.
    let near = before.ceil_char_boundary(before.len().saturating_sub(LOOKED_AT));
    let before = &before[near..];
    let mut wide = width(&display_safe(before)) + width(&display_safe(under)).max(1);
    let mut start = 0;
    for cluster in before.graphemes(true) {
        if wide <= cells.max(2) {
            break;
        }
        wide = wide.saturating_sub(width(&display_safe(cluster)));
        start += cluster.len();
    }
    let words = Words::new(theme)
        .put(display_safe(&before[start..]).into_owned(), Meaning::Field)
        .put(display_safe(under).into_owned(), Meaning::Caret)
        .put(display_safe(behind.as_str()).into_owned(), Meaning::Field);
    (near + start, words)
}
