//! The Handlers view: asking for reports, and moving in them.

use super::movement::Movement;
use crate::tui::app::{App, View};
use crate::tui::effect::Effect;
use crate::tui::views;

/// Whether a person looks at the view, and there is somebody to ask.
fn is_looked_at(app: &App) -> bool {
    app.view == View::Handlers && !app.is_paused() && app.monitor.link().is_live()
}

/// Looks closely at the handler whose detail is on the screen, when it is time.
pub(super) fn ask_closely(app: &mut App) -> Option<Effect> {
    let is_shown = is_looked_at(app) && views::handlers::detail(views::body(app), app).page > 0;
    let report = is_shown.then(|| app.handlers.to_ask_closely(app.clock.now)).flatten()?;
    Some(Effect::Inspect(Box::new(report)))
}

/// Asks for reports when it is time, while they are looked at.
pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    if !is_looked_at(app) || !app.handlers.is_due(app.clock.now) {
        return Vec::new();
    }
    app.handlers.begin(app.clock.now);
    vec![Effect::Survey]
}

/// Moves in the table, or in the handler that is open.
pub(super) fn go(app: &mut App, to: Movement) {
    let page = views::handlers::page(views::body(app), app);
    if app.handlers.whole {
        let extent = views::handlers::detail(views::body(app), app);
        let last = extent.lines.saturating_sub(extent.page);
        app.handlers.top = to.target(app.handlers.top, last + 1, extent.page);
        return;
    }
    let len = app.handlers.reports.len();
    if len == 0 {
        return app.tell("there are no rows here yet");
    }
    let table = &mut app.handlers.table;
    table.go(to.row(table.cursor, table.top, len, page), len, page);
    app.handlers.top = 0;
}

/// Opens the handler under the cursor whole; without one the first.
pub(super) fn open(app: &mut App) {
    if app.handlers.table.cursor.is_none() {
        go(app, Movement::First);
    }
    app.handlers.whole = app.handlers.table.cursor.is_some();
    app.handlers.top = 0;
}

/// Closes what is open, then lets go of the cursor. Whether there was anything.
pub(super) fn back(app: &mut App) -> bool {
    if app.handlers.whole {
        app.handlers.whole = false;
        return true;
    }
    app.handlers.table.cursor.take().is_some()
}

pub(super) fn settle(app: &mut App) {
    let len = app.handlers.reports.len();
    let page = views::handlers::page(views::body(app), app);
    app.handlers.table.settle(len, page.max(1));
    app.handlers.whole &= app.handlers.table.cursor.is_some();
    let extent = views::handlers::detail(views::body(app), app);
    app.handlers.top = app.handlers.top.min(extent.lines.saturating_sub(extent.page));
}
