//! Drawing: `&App` onto a frame. Nothing here changes anything.

pub mod events;
pub mod flow;
pub mod popups;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::app::App;
use super::theme::Theme;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let _ = (frame, app, theme);
}

/// The part of the screen that a view draws in: what frame, header and footer leave.
pub fn body(app: &App) -> Rect {
    let size = app.size;
    Rect::new(0, 3, size.width, size.height.saturating_sub(6))
}
