//! The Flow view: its panes, and opening what is under the cursor.

use super::movement::Movement;
use super::{errors, events, filter, rewind, scope, tick};
use crate::tui::app::{App, FlowPane, Trail, View};
use crate::tui::views;

/// Gives the focus to the next pane that is shown at this size.
pub(super) fn next_pane(app: &mut App, by: isize) {
    let panes: Vec<_> = FlowPane::ALL.into_iter().filter(|pane| page(app, *pane).is_some()).collect();
    let next = match panes.iter().position(|pane| *pane == app.flow.focus) {
        Some(at) => (at + panes.len()).saturating_add_signed(by) % panes.len(),
        None => 0,
    };
    match panes.get(next) {
        Some(pane) if panes.len() > 1 => {
            errors::leave_pane(app, app.flow.focus);
            app.flow.focus = *pane;
        }
        _ => app.tell("there is room for one pane only"),
    }
}

/// How many rows of `pane` are on the screen, if it is shown.
pub(super) fn page(app: &App, pane: FlowPane) -> Option<usize> {
    views::flow::page(views::body(app), app, pane)
}

pub(super) fn go(app: &mut App, to: Movement) {
    let pane = app.flow.focus;
    if pane == FlowPane::Strip {
        return events::go(app, to);
    }
    let (len, shown) = (app.flow.rows(pane), page(app, pane).unwrap_or(1));
    if len == 0 {
        return app.tell("there are no rows here yet");
    }
    let Some(table) = app.flow.table(pane) else { return };
    table.go(to.row(table.cursor, table.top, len, shown), len, shown);
}

/// Moves by columns in the matrix.
pub(super) fn sideways(app: &mut App, by: isize) {
    app.flow.matrix_column = app.flow.matrix_column.saturating_add_signed(by);
    app.flow.settle_column();
}

/// Opens what is under the cursor in the Events view: a type, a tenant or both as a filter, or an event of the strip.
pub(super) fn open(app: &mut App) {
    if app.flow.focus == FlowPane::Errors {
        return errors::open_from_flow(app);
    }
    if app.flow.focus == FlowPane::Strip {
        rewind::leave(app);
        let trail = trail(app);
        app.view = View::Events;
        if app.events.cursor.is_none() {
            events::go(app, Movement::First);
        }
        app.trail = Some(trail);
    } else if let Some(term) = app.flow.filter_for_cursor() {
        narrow_to(app, &term);
    }
}

/// Narrows the Events view to `term`, too; Esc leads back here.
pub(super) fn narrow_to(app: &mut App, term: &str) {
    if app.is_rewound() {
        // The place in the past is kept; the way from there is back to what comes.
        let narrowed = app.filter.live.good.narrowed(term);
        app.trail = None;
        return filter::set(app, &narrowed);
    }
    rewind::leave(app);
    let trail = trail(app);
    let narrowed = app.filter.live.good.narrowed(term);
    app.view = View::Events;
    events::leave_cursor(app);
    filter::set(app, &narrowed);
    app.trail = Some(trail);
}

/// The way back to how it is now.
pub(super) fn trail(app: &App) -> Trail {
    Trail {
        filter: app.filter.applied().to_owned(),
        scope: app.scope.clone(),
        flow: Box::new(app.flow.clone()),
        cursor: app.events.cursor,
        top: app.events.top,
        view: app.view,
        errors: None,
        failed: None,
    }
}

/// Goes back to where a row or an event was opened, with everything as it was there.
pub(super) fn come_back(app: &mut App) {
    if let Some(Trail { filter, scope, flow, cursor, top, view, errors, failed }) = app.trail.take() {
        app.view = view;
        if scope != app.scope {
            scope::narrow(app, scope);
            app.flow = *flow;
            tick::renew_flow(app);
        }
        app.errors.page = errors;
        if let Some(place) = failed {
            app.failed.return_to(*place);
        }
        events::leave_cursor(app);
        filter::set(app, &filter);
        (app.events.cursor, app.events.top) = (cursor, top);
    }
}

/// Takes the cursor out of the pane that has the focus.
pub(super) fn leave_cursor(app: &mut App) {
    match app.flow.table(app.flow.focus) {
        Some(table) => table.cursor = None,
        None => events::leave_cursor(app),
    }
}
