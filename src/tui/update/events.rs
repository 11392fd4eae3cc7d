//! The list of events, in its own view and as the strip of the Flow view.

use super::movement::Movement;
use super::{lens, rewind};
use crate::tui::app::{App, EventsPane, FlowPane, View};
use crate::tui::views;

/// How many rows of the list are on the screen.
pub(super) fn page(app: &App) -> usize {
    let body = views::body(app);
    match app.view {
        View::Flow => views::flow::page(body, app, FlowPane::Strip).unwrap_or(1),
        View::Events => views::events::page(body, app),
        View::Handlers | View::Failed | View::Compose | View::Health => 0,
    }
}

pub(super) fn go(app: &mut App, to: Movement) {
    if rewind::goes(app, to) {
        return;
    }
    let len = app.events.len();
    if len == 0 {
        return app.tell("no event is shown here");
    }
    // While following, the newest event is at the top.
    let row = to.row(app.events.cursor_row(), app.events.top_row(), len, page(app));
    put_cursor(app, row);
}

/// Shows rows further down, or up. A cursor stays on the screen; without one there is none, and back at the newest the list
/// follows again.
pub(super) fn scroll(app: &mut App, by: isize) {
    let (len, page) = (app.events.len(), page(app).max(1));
    let top = app.events.top_row().saturating_add_signed(by).min(len.saturating_sub(page));
    app.events.top = app.events.seq_in(top);
    if let Some(row) = app.events.cursor_row() {
        put_cursor(app, row.clamp(top, (top + page - 1).min(len.saturating_sub(1))));
        app.events.held = app.events.held.and(app.events.cursor);
    }
}

/// Puts the cursor on a row of the whole list; the screen follows it.
pub(super) fn put_cursor(app: &mut App, row: usize) {
    let seq = app.events.seq_in(row);
    if seq == app.events.cursor {
        return;
    }
    app.events.cursor = seq;
    app.events.read_anew();
    settle(app);
}

/// As [`put_cursor`], for a row that may be far away: what came before and after it is seen too.
pub(super) fn show_around(app: &mut App, row: usize) {
    let (top, page) = (app.events.top_row(), page(app));
    if !(top..top + page).contains(&row) {
        app.events.top = app.events.seq_in(row.saturating_sub(page / 2));
    }
    put_cursor(app, row);
}

/// Keeps the cursor on the screen, and what is on the screen where it is. Without a cursor the newest is in the first
/// row, unless a person scrolled away from it.
pub(super) fn settle(app: &mut App) {
    let (events, page) = (&app.events, page(app));
    if !matches!(app.view, View::Flow | View::Events) {
        // It is not on the screen: it is left as it was, for when one comes back.
        return;
    }
    let Some(row) = events.cursor_row() else {
        // Scrolled away from the newest without a cursor: the last page is the last one.
        let top = events.top_row().min(events.len().saturating_sub(page));
        app.events.top = if top == 0 { None } else { events.top.and(events.seq_in(top)) };
        return;
    };
    let top = events.top_row().clamp((row + 1).saturating_sub(page.max(1)), row);
    app.events.top = app.events.seq_in(top);
}

/// After the filter has looked at everything: an event under the cursor that is no longer in the list gives the cursor
/// to the one nearest to it.
pub(super) fn hold_cursor(app: &mut App) {
    if let Some(held) = app.events.held.filter(|held| app.events.lens.row_of(*held).is_ok()) {
        return put_cursor(app, app.events.row_of(held));
    }
    let Some(seq) = app.events.cursor else { return };
    if app.events.lens.position(seq).is_ok() {
        return;
    }
    let was_read = app.events.whole || app.events.focus == EventsPane::Detail;
    let is_gone = app.entry(seq).is_none();
    let row = app.events.row_of(seq).min(app.events.len().saturating_sub(1));
    match app.events.seq_in(row) {
        Some(_) => put_cursor(app, row),
        None => leave_cursor(app),
    }
    if was_read && is_gone && app.is_rewound() {
        app.tell("the event has left memory, which holds a few thousand of the past");
    } else if was_read && is_gone {
        app.tell("the event has left memory, which is bounded: [retention] in the config");
    }
}

/// Opens the event under the cursor whole; while following, the newest one.
pub(super) fn open(app: &mut App) {
    if app.events.cursor.is_none() {
        put_cursor(app, app.events.top_row());
    }
    app.events.whole = true;
}

/// Takes the cursor out of the list: it shows the newest events from now on.
pub(super) fn leave_cursor(app: &mut App) {
    (app.events.cursor, app.events.top) = (None, None);
    app.events.whole = false;
    app.events.focus = EventsPane::List;
    app.events.read_anew();
}

pub(super) fn next_pane(app: &mut App) {
    app.events.focus = match app.events.focus {
        EventsPane::List => EventsPane::Detail,
        EventsPane::Detail => EventsPane::List,
    };
}

/// Goes to the newest event, and stays there; also where the screen was held still.
pub(super) fn follow(app: &mut App) {
    rewind::leave(app);
    leave_cursor(app);
    if app.is_paused() {
        lens::pause(app);
    }
}
