//! What became of what was sent.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::theme::Theme;

/// How many lines it takes.
pub(super) fn height(_app: &App) -> u16 {
    0
}

/// Draws it.
pub(super) fn draw(_frame: &mut Frame<'_>, _area: Rect, _app: &App, _theme: &Theme) {}
