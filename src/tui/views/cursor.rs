//! The row under a cursor.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{mark_row, mark_sign};

/// Marks the row under the cursor of a table. While something lies over the view no table has the keys, whichever has the
/// focus.
pub(super) fn mark_cursor(frame: &mut Frame<'_>, place: Rect, (app, focused): (&App, bool), theme: &Theme) {
    let has_keys = focused && app.popup.is_none();
    mark_row(frame, place, Meaning::selection(has_keys), theme);
    mark_sign(frame, place, has_keys, theme);
}
