//! The Flow view.

use ratatui::layout::Rect;

use crate::tui::app::{App, FlowPane};

/// How many rows of `pane` fit into `body`; `None` where it is not shown at this size.
pub fn page(body: Rect, app: &App, pane: FlowPane) -> Option<usize> {
    let _ = (app, pane);
    Some(usize::from(body.height / 3).max(1))
}
