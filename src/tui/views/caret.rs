//! The line of an editor that the caret is in.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::{display_safe, width};
use crate::tui::app::Scrolled;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::Words;

/// Of a long line so many bytes are looked at, at most, on either side of the caret.
const LOOKED_AT: usize = 16 * 1024;

/// The line with the caret before byte `caret`, and how many of its bytes lie left of the screen: as many as `scrolled` says,
/// unless the caret would not be seen. The line's number is `line`.
pub(super) fn caret_line<'t>(
    text: &str,
    (line, caret): (usize, usize),
    (cells, scrolled): (usize, &Scrolled),
    theme: &'t Theme,
) -> (usize, Words<'t>) {
    let (before, behind) = text.split_at(text.floor_char_boundary(caret));
    let is_near_end = behind.len() <= LOOKED_AT;
    let mut behind = behind[..behind.floor_char_boundary(LOOKED_AT)].graphemes(true);
    let under = behind.next().unwrap_or(" ");
    let rest = display_safe(behind.as_str());
    // Of what lies far to the left nothing is seen.
    let near = before.ceil_char_boundary(before.len().saturating_sub(LOOKED_AT));
    let before = &before[near..];
    let caret_cells = width(&display_safe(under)).max(1);
    let first = dropped(before, caret_cells, cells);
    // Behind the last letter there is room for the caret.
    let last =
        if is_near_end { dropped(before, caret_cells + width(&rest) + 1, cells) } else { before.len() };
    let left = text.floor_char_boundary(scrolled.left(line, (near + first, near + last)));
    let words = Words::new(theme)
        .put(
            display_safe(text[left..].get(..near + before.len() - left).unwrap_or_default()).into_owned(),
            Meaning::Field,
        )
        .put(display_safe(under).into_owned(), Meaning::Caret)
        .put(rest.into_owned(), Meaning::Field);
    (left, words)
}

/// How many bytes at the beginning of `before` have no room, where so many cells follow it.
fn dropped(before: &str, follow: usize, cells: usize) -> usize {
    let mut wide = width(&display_safe(before)) + follow;
    let mut start = 0;
    for cluster in before.graphemes(true) {
        if wide <= cells.max(2) {
            break;
        }
        wide = wide.saturating_sub(width(&display_safe(cluster)));
        start += cluster.len();
    }
    start
}
