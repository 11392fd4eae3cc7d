//! Moving beyond what is there: the list reads on.

use super::super::events;
use super::super::movement::Movement;
use super::{begin, is_in_time, jump, leave, read, seek};
use crate::bus::Direction;
use crate::event::EntryId;
use crate::monitor::Row;
use crate::tui::app::rewind::Aim;
use crate::tui::app::{App, View};

/// Does a movement that leads beyond what is there. Whether it was one.
pub(in super::super) fn goes(app: &mut App, to: Movement) -> bool {
    if app.view != View::Events {
        return false;
    }
    if let Some(shown) = &mut app.rewind.shown {
        // Wherever it was to go before.
        shown.step = None;
        // The line above the list names these keys.
        if let (Some(side), Movement::HalfPages(_)) = (to.direction(), to) {
            let stretch = &mut shown.stretch;
            if stretch.is_tired(side) || stretch.error.as_ref().is_some_and(|(at, _)| *at == side) {
                stretch.look_on(side);
            }
        }
    }
    let (cursor, len) = (app.events.cursor_row(), app.events.len());
    let beyond = match to.direction() {
        Some(Direction::Older) if len == 0 || cursor == Some(len - 1) => Direction::Older,
        Some(Direction::Newer) if len == 0 || cursor == Some(0) => Direction::Newer,
        _ if app.is_rewound() && to == Movement::Last => Direction::Older,
        _ if app.is_rewound() && to == Movement::First => Direction::Newer,
        _ => return false,
    };
    seek::forget(app);
    if !app.is_rewound() {
        return beyond == Direction::Older && enters(app, to);
    }
    if !is_in_time(app) {
        if let Movement::First | Movement::Last = to {
            return false;
        }
        app.tell("sorted by time the list reads on from here: s sorts");
        return true;
    }
    match (to, beyond) {
        (Movement::First, _) => {
            leave(app);
            events::leave_cursor(app);
            events::go(app, Movement::First);
        }
        (Movement::Last, _) => oldest(app),
        (_, Direction::Newer) if comes_back(app, to) => {}
        (_, Direction::Older) if app.rewound().is_some_and(|shown| shown.stretch.is_end(beyond)) => {
            read::tell_end(app, beyond);
        }
        (_, beyond) => {
            let step = (beyond, rows(app, to));
            if let Some(shown) = &mut app.rewind.shown {
                shown.stretch.look_on(beyond);
                shown.step = Some(step);
            }
        }
    }
    true
}

/// From the oldest event that is retained into the past.
fn enters(app: &mut App, to: Movement) -> bool {
    if app.rewind.coming.is_some() {
        // What was pressed meanwhile is not added up: nobody sees where that leads.
        return true;
    }
    let is_filled = !app.monitor.ring().is_empty();
    if !is_filled || app.behind {
        return false;
    }
    if !is_in_time(app) {
        app.tell("sorted by time the list reads on from here: s sorts");
        return true;
    }
    if let Some(why) = app.why_no_past() {
        app.tell(format!("this is the oldest event here. {why}"));
        return true;
    }
    if to == Movement::Last {
        oldest(app);
        return true;
    }
    let ring = app.monitor.ring();
    let row = app.shown_entry().or_else(|| ring.get(ring.first_seq()));
    let aim = row.and_then(|row| Some(Aim::Entry(row.stream()?.clone(), row.id())));
    let step = (Direction::Older, rows(app, to));
    if let Some(aim) = aim {
        begin(app, aim, Some(step));
    }
    true
}

/// To the oldest event of the bus.
fn oldest(app: &mut App) {
    let at_end = app.rewound().is_some_and(|shown| shown.stretch.is_end(Direction::Older));
    if !at_end {
        return jump(app, EntryId::ZERO);
    }
    let last = app.events.len().saturating_sub(1);
    if app.events.cursor_row() == Some(last) {
        return read::tell_end(app, Direction::Older);
    }
    events::put_cursor(app, last);
}

/// From the newest event that is read back to what comes, where that one is retained: the list goes on there.
fn comes_back(app: &mut App, to: Movement) -> bool {
    let Some(row) = app.shown_entry() else { return false };
    let (Some(stream), id) = (row.stream().cloned(), row.id()) else { return false };
    let ring = app.monitor.ring();
    let is_it = |row: &Row<'_>| row.id() == id && row.stream() == Some(&stream);
    let found = ring.rows(ring.first_seq()..ring.end_seq()).find(is_it).map(|row| row.seq());
    let Some(seq) = found else { return false };
    let above = app.events.cursor_row().unwrap_or(0).saturating_sub(app.events.top_row());
    leave(app);
    app.events.cursor = Some(seq);
    let row = app.events.row_of(seq);
    app.events.top = app.events.seq_in(row.saturating_sub(above));
    events::go(app, to);
    true
}

/// By how many rows a movement goes.
fn rows(app: &App, to: Movement) -> isize {
    const MIDDLE: usize = 1 << 20;
    let target = to.target(MIDDLE, 2 * MIDDLE, events::page(app));
    target.cast_signed() - MIDDLE.cast_signed()
}
