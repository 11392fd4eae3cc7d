//! What lies over a view.

use crate::tui::app::{App, Extent};

/// How many lines of the open picker fit on the screen.
pub fn picker_page(app: &App) -> usize {
    usize::from(app.size.height / 2).max(1)
}

/// How many lines the open help has, and how many of them fit on the screen.
pub fn help(app: &App) -> Extent {
    Extent { lines: 0, page: usize::from(app.size.height), columns: 0, width: usize::from(app.size.width) }
}
