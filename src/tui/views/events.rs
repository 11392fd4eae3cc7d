//! The Events view.

use ratatui::layout::Rect;

use crate::tui::app::{App, Extent};

/// How many rows of the list fit into `body`.
pub fn page(body: Rect, app: &App) -> usize {
    let _ = app;
    usize::from(body.height).max(1)
}

/// How much of the detail there is, and how much of it fits into `body`.
pub fn detail(body: Rect, app: &App) -> Extent {
    let _ = app;
    Extent { lines: 0, page: usize::from(body.height), columns: 0, width: usize::from(body.width) }
}
