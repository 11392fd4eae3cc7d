//! The event under the cursor, as far as it is read.

use super::movement::Movement;
use crate::tui::app::{App, Extent};
use crate::tui::views;

/// How many columns one step goes sideways.
const COLUMNS: isize = 8;

fn extent(app: &App) -> Extent {
    views::events::detail(views::body(app), app)
}

pub(super) fn scroll(app: &mut App, to: Movement) {
    let Extent { lines, page, .. } = extent(app);
    // The first line on the screen goes no further than to the last page.
    let tops = lines.saturating_sub(page) + 1;
    app.events.detail.top = to.target(app.events.detail.top, tops, page);
}

pub(super) fn sideways(app: &mut App, by: isize) {
    app.events.detail.left = app.events.detail.left.saturating_add_signed(by * COLUMNS);
}

pub(super) fn wrap(app: &mut App) {
    app.events.detail.wrap = !app.events.detail.wrap;
    app.events.detail.left = 0;
}

/// Keeps what is shown of it within what there is.
pub(super) fn settle(app: &mut App) {
    let detail = app.events.detail;
    // It is laid out to be measured, so only where that can change anything.
    if app.events.cursor.is_none() || (detail.top, detail.left) == (0, 0) {
        return;
    }
    let Extent { lines, page, columns, width } = extent(app);
    app.events.detail.top = detail.top.min(lines.saturating_sub(page));
    app.events.detail.left = if detail.wrap { 0 } else { detail.left.min(columns.saturating_sub(width)) };
}
