//! A text field of one line, with its caret.

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::Words;
use crate::text::{display_safe, width};
use crate::tui::app::{Areas, Field, Part, Slot};
use crate::tui::theme::{Meaning, Theme};

/// What a field shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextField<'a> {
    /// The text and its caret.
    pub(crate) field: &'a Field,
    /// What is shown while it is empty.
    pub(crate) placeholder: &'a str,
    /// Where it is noted for the mouse, and which slot of a form it is.
    pub(crate) noted: (&'a Areas, Option<Slot>),
}

impl TextField<'_> {
    /// How many cells of its text lie left of the screen, where `cells` are on it: the caret is always seen.
    pub(crate) fn scrolled(&self, cells: usize) -> usize {
        let (before, behind) = self.field.text().split_at(self.byte());
        let under = behind.graphemes(true).next().unwrap_or(" ");
        let (before, under) = (width(&display_safe(before)), width(&display_safe(under)));
        self.field.scroll(cells, (before, under.max(1), before + width(&display_safe(behind))))
    }

    /// The byte of the text at the caret.
    fn byte(&self) -> usize {
        let text = self.field.text();
        text.char_indices().nth(self.field.caret()).map_or(text.len(), |(at, _)| at)
    }
}

/// Draws a field in the first row of `area`.
pub(crate) fn field(frame: &mut Frame<'_>, area: Rect, field: &TextField<'_>, theme: &Theme) {
    let cells = usize::from(area.width);
    let text = field.field.text();
    let (before, behind) = text.split_at(field.byte());
    let mut behind = behind.graphemes(true);
    let under = behind.next().unwrap_or(" ");
    let before = display_safe(before);
    let scrolled = field.scrolled(cells);
    let (areas, slot) = field.noted;
    areas.add(Rect { height: area.height.min(1), ..area }, Part::Typed(slot, scrolled));
    let before = drop_cells(&before, scrolled);
    let mut words = Words::new(theme)
        .put(before, Meaning::Field)
        .put(display_safe(under).into_owned(), Meaning::Caret)
        .put(display_safe(behind.as_str()).into_owned(), Meaning::Field);
    if text.is_empty() {
        words = words.gap(1).put(field.placeholder.to_owned(), Meaning::Dim);
    }
    words.draw(frame, area);
}

/// `text` without its first `cells` cells; of a wide character that is cut, a blank stays.
fn drop_cells(text: &str, cells: usize) -> String {
    let mut left = cells;
    let mut out = String::new();
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        if left == 0 {
            out.push_str(cluster);
        } else {
            out.push_str(&" ".repeat(wide.saturating_sub(left)));
            left = left.saturating_sub(wide);
        }
    }
    out
}
