//! The event under the cursor, as far as it is read.

use super::movement::Movement;
use crate::tui::app::{App, Extent};
use crate::tui::pretty::Folds;
use crate::tui::views;
use crate::tui::views::events::Under;

/// How many columns one step goes sideways.
const COLUMNS: isize = 8;

fn extent(app: &App) -> Extent {
    views::events::detail(views::body(app), app)
}

fn under(app: &App) -> Option<Under> {
    views::events::under(views::body(app), app)
}

/// Moves the cursor; the screen follows it.
pub(super) fn go(app: &mut App, to: Movement) {
    let Extent { lines, page, .. } = extent(app);
    put_cursor(app, to.target(app.events.detail.cursor, lines, page), page);
}

/// Puts the cursor on a row that is on the screen.
pub(super) fn point(app: &mut App, row: usize) {
    let Extent { lines, page, .. } = extent(app);
    put_cursor(app, row.min(lines.saturating_sub(1)), page);
}

/// Shows rows further down, or up; the cursor stays on the screen.
pub(super) fn scroll_lines(app: &mut App, by: isize) {
    let Extent { lines, page, .. } = extent(app);
    let detail = &mut app.events.detail;
    detail.top = detail.top.saturating_add_signed(by).min(lines.saturating_sub(page));
    detail.cursor = detail.cursor.clamp(detail.top, detail.top + page.saturating_sub(1));
}

fn put_cursor(app: &mut App, row: usize, page: usize) {
    let detail = &mut app.events.detail;
    detail.cursor = row;
    detail.top = detail.top.clamp((row + 1).saturating_sub(page.max(1)), row);
}

/// Puts the cursor on a line of the JSON, or on what it is folded into.
fn go_to_line(app: &mut App, line: usize) {
    if let Some(row) = views::events::row_of(views::body(app), app, line) {
        let page = extent(app).page;
        put_cursor(app, row, page);
    }
}

/// Scrolls by columns.
pub(super) fn scroll(app: &mut App, by: isize) {
    app.events.detail.left = app.events.detail.left.saturating_add_signed(by * COLUMNS);
}

/// To the left: folds what begins under the cursor, else goes to what is around it. To the right: unfolds it, else goes in.
pub(super) fn sideways(app: &mut App, by: isize) {
    let Some(Under { line, laid, .. }) = under(app) else {
        return app.tell("this is told of the event: its JSON is below");
    };
    let opens = laid.sheet.opens_in(line);
    let is_folded = app.events.folds.has(&laid.sheet, line);
    match (opens, is_folded, by < 0) {
        (Some(_), false, true) | (Some(_), true, false) => app.events.folds.turn(line),
        (Some(_), false, false) => go_to_line(app, line + 1),
        (None, _, false) => app.tell("nothing is folded here"),
        (_, _, true) => match laid.sheet.around(line) {
            Some(around) => go_to_line(app, around.open),
            None => app.tell("nothing is around this"),
        },
    }
}

/// Folds what begins under the cursor, or unfolds it.
pub(super) fn turn_fold(app: &mut App) {
    let under = under(app).filter(|under| under.laid.sheet.opens_in(under.line).is_some());
    match under {
        Some(under) => app.events.folds.turn(under.line),
        None => app.tell("no object or list of several lines begins here; h goes to the one around"),
    }
}

/// Folds everything below the first level, or unfolds all. The cursor stays on its line, or goes to what that is folded
/// into.
pub(super) fn fold_all(app: &mut App, folds: Folds) {
    let line = under(app).map(|under| under.line);
    app.events.folds = folds;
    keep_line(app, line);
}

pub(super) fn wrap(app: &mut App) {
    let line = under(app).map(|under| under.line);
    app.events.detail.wrap = !app.events.detail.wrap;
    app.events.detail.left = 0;
    keep_line(app, line);
}

fn keep_line(app: &mut App, line: Option<usize>) {
    if let Some(line) = line {
        go_to_line(app, line);
    }
}

/// Shows the JSON as it came, or laid out.
pub(super) fn raw(app: &mut App) {
    let detail = &mut app.events.detail;
    detail.raw = !detail.raw;
    (detail.top, detail.cursor, detail.left) = (0, 0, 0);
    if detail.raw {
        app.tell("the JSON as it came");
    }
}

/// Keeps what is shown of it within what there is.
pub(super) fn settle(app: &mut App) {
    let detail = app.events.detail;
    // It is laid out to be measured, so only where that can change anything.
    if app.events.cursor.is_none() || (detail.top, detail.left, detail.cursor) == (0, 0, 0) {
        return;
    }
    let Extent { lines, page, columns, width } = extent(app);
    let detail = &mut app.events.detail;
    detail.cursor = detail.cursor.min(lines.saturating_sub(1));
    detail.top = detail.top.min(lines.saturating_sub(page));
    detail.left = if detail.wrap { 0 } else { detail.left.min(columns.saturating_sub(width)) };
    if app.events.reads_detail() {
        put_cursor(app, app.events.detail.cursor, page);
    }
}
