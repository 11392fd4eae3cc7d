//! Pointing at a row: its pane has the keys from now on, and the cursor is there.

use crate::tui::app::{App, ComposePane, EventsPane, FlowPane, Pane, Popup, TableState};
use crate::tui::update::{compose, detail, errors, events, help, picker};

/// Goes to row `row` of a pane; `x` cells from its left.
pub(super) fn at(app: &mut App, pane: Pane, row: usize, x: u16) {
    match pane {
        Pane::Flow(pane) => flow(app, pane, row),
        // Below the last event.
        Pane::Events => app.events.focus = EventsPane::List,
        Pane::Detail => {
            app.events.focus = EventsPane::Detail;
            detail::point(app, row);
        }
        Pane::Handlers => {
            put(&mut app.handlers.table, row, app.handlers.reports.len());
            app.handlers.top = 0;
        }
        Pane::Failed => {
            let len = app.failed.len();
            put(app.failed.open_table_mut(), row, len);
            app.failed.note_cursor();
        }
        Pane::Journal => {
            if let Some(page) = &mut app.failed.journal {
                let len = page.len();
                put(page.table_mut(), row, len);
            }
        }
        Pane::Health => put(&mut app.health.table, row, app.health.rows.len()),
        Pane::Errors => {
            if let Some((table, len)) = errors::table(app) {
                put(table, row, len);
            }
        }
        Pane::Head | Pane::Fields => {
            app.compose.close_field();
            app.compose.pane = ComposePane::Form;
            let line = if pane == Pane::Head { row } else { app.compose.heads() + row };
            if line < app.compose.lines() && (pane == Pane::Fields || line < app.compose.heads()) {
                compose::point(app, line);
            }
        }
        Pane::Suggestions => app.compose.take_nth_suggestion(row, app.clock.now),
        Pane::Json => {
            app.compose.close_field();
            app.compose.pane = ComposePane::Json;
            app.compose.point(row, (0, usize::from(x)));
        }
        Pane::Edit => {
            if let Some(draft) = &mut app.draft {
                draft.point(row, (0, usize::from(x)));
            }
        }
        Pane::List => {
            if let Some((list, len)) = picker::list(app) {
                put(list, row, len);
            }
        }
        Pane::Palette => {
            if let Some(Popup::Palette(open)) = &mut app.popup {
                let len = open.len();
                put(&mut open.list, row, len);
            }
        }
        Pane::Help => help::point(app, row),
        // They have no cursor.
        Pane::Handler | Pane::FailedEvent | Pane::ErrorsEvent | Pane::Said => {}
    }
}

/// Puts the caret of an editor elsewhere into its line: so many cells behind a byte of that.
pub(super) fn caret(app: &mut App, pane: Pane, place: (usize, usize)) {
    match (pane, &mut app.draft) {
        (Pane::Edit, Some(draft)) => draft.point(draft.area.cursor().0, place),
        _ => app.compose.point(app.compose.area.cursor().0, place),
    }
}

/// Goes to an event of a list, wherever that is by now.
pub(super) fn event(app: &mut App, pane: Pane, seq: u64) {
    if pane == Pane::Events {
        app.events.focus = EventsPane::List;
    } else {
        focus(app, FlowPane::Strip);
    }
    if let Ok(row) = app.events.lens.row_of(seq) {
        events::put_cursor(app, row);
    }
}

/// Goes to a cell of the matrix.
pub(super) fn cell(app: &mut App, row: usize, column: usize) {
    flow(app, FlowPane::Matrix, row);
    app.flow.matrix_column = column;
    app.flow.settle_column();
}

fn flow(app: &mut App, pane: FlowPane, row: usize) {
    focus(app, pane);
    let len = app.flow.rows(pane);
    if let Some(table) = app.flow.table(pane) {
        put(table, row, len);
    }
}

fn focus(app: &mut App, pane: FlowPane) {
    if app.flow.focus != pane {
        errors::leave_pane(app, app.flow.focus);
        app.flow.focus = pane;
    }
}

fn put(table: &mut TableState, row: usize, len: usize) {
    if row < len {
        table.cursor = Some(row);
    }
}
