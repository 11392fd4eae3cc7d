//! Reading on: when, and what comes of it.

use super::super::{events, lens};
use super::{aim_at, begin, is_in_time, leave, seek, show};
use crate::bus::{ArchivePage, ArchiveQuery, BusError, Direction};
use crate::event::EntryId;
use crate::monitor::Retained;
use crate::text::display_safe;
use crate::tui::app::App;
use crate::tui::app::rewind::{Aim, Sift, Stretch};
use crate::tui::app::unread::unread;
use crate::tui::effect::Effect;

/// So many screens ahead of the cursor are read, so that it seldom waits.
const AHEAD: usize = 2;

/// Asks for what is wanted next; one question at a time.
pub(in super::super) fn ask(app: &mut App) -> Vec<Effect> {
    keep_place(app);
    if let Some(question) = seek::ask(app) {
        return vec![question];
    }
    if app.rewind.asking.is_some() {
        return Vec::new();
    }
    read_anew(app);
    let Some((direction, stretch)) = wanted(app) else { return Vec::new() };
    let query = stretch.query(direction, sifts(app), app.watch.channels.clone());
    app.rewind.asking = Some(direction);
    vec![Effect::ReadBack { number: app.rewind.number, query }]
}

/// While a filter is typed nothing may match: the place is kept, and the cursor goes back to it.
fn keep_place(app: &mut App) {
    let Some(place) = app.rewound().map(|shown| shown.stretch.place) else { return };
    if app.events.cursor.is_none() && !app.events.is_empty() {
        aim_at(app, &Aim::Place(place));
    }
    let id = app.shown_entry().map(|row| row.id());
    if let (Some(id), Some(shown)) = (id, &mut app.rewind.shown) {
        shown.stretch.place = id;
    }
}

/// Whether little is looked for: the rest is not held.
fn sifts(app: &App) -> bool {
    app.filter.is_on() && !app.events.lens.has_context()
        || app.scope.tenant.is_some()
        || app.scope.channel != app.watch.channels
}

/// What was left out is wanted now: it is read anew, around where the cursor is.
fn read_anew(app: &mut App) {
    let lens = &app.events.lens;
    let is_by = |stretch: &Stretch| {
        stretch.sifted.as_ref().is_none_or(|(filter, scope, context)| {
            filter == lens.filter() && scope == lens.scope() && *context == lens.has_context()
        })
    };
    let (step, aim) = match (&app.rewind.coming, app.rewound()) {
        (Some(coming), _) if !is_by(&coming.stretch) => (coming.step, coming.aim.clone()),
        (None, Some(shown)) if shown.stretch.error.is_none() && !is_by(&shown.stretch) => {
            (None, aim_here(app, shown.stretch.place))
        }
        _ => return,
    };
    begin(app, aim, step);
}

/// Which side is to be read next, of which stretch.
fn wanted(app: &App) -> Option<(Direction, &Stretch)> {
    if let Some(coming) = &app.rewind.coming {
        // What a person goes towards comes first: where nothing is there, nothing else is read.
        let first = coming.step.map_or(Direction::Newer, |(direction, _)| direction);
        let stretch = &coming.stretch;
        // Nothing there yet that could be shown: what is on the screen stays.
        let looks_on = coming.step.is_some() && stretch.is_answered(first) && is_bare(stretch, first);
        if looks_on && !stretch.is_tired(first) {
            return Some((first, stretch));
        }
        let side = [first, other(first)].into_iter().find(|side| !stretch.is_answered(*side))?;
        return Some((side, stretch));
    }
    let shown = app.rewound()?;
    let stretch = &shown.stretch;
    if stretch.error.is_some() || !is_in_time(app) {
        return None;
    }
    if let Some((direction, _)) = shown.step {
        return (!stretch.is_tired(direction)).then_some((direction, stretch));
    }
    let (page, top, len) = (events::page(app).max(1), app.events.top_row(), app.events.len());
    // Of large entries few are held: reading ahead on one side would drop what is on the screen from the other, for ever.
    if stretch.past.is_full() && len < 8 * page {
        return None;
    }
    let is_low = |side| match side {
        Direction::Older => len < top + page + AHEAD * page,
        Direction::Newer => top < AHEAD * page,
    };
    let may = |side: &Direction| is_low(*side) && !stretch.is_end(*side) && !stretch.is_tired(*side);
    [Direction::Older, Direction::Newer].into_iter().find(may).map(|side| (side, stretch))
}

/// Whether nothing of it is held, and there may be more on that side.
fn is_bare(stretch: &Stretch, direction: Direction) -> bool {
    stretch.past.ring().is_empty() && !stretch.is_end(direction)
}

fn other(direction: Direction) -> Direction {
    match direction {
        Direction::Older => Direction::Newer,
        Direction::Newer => Direction::Older,
    }
}

/// Takes an answer.
pub(in super::super) fn take(
    app: &mut App,
    number: u64,
    query: &ArchiveQuery,
    answer: Result<Box<ArchivePage>, BusError>,
) {
    if number != app.rewind.number || app.rewind.asking.take().is_none() {
        return;
    }
    if app.rewind.seek.as_ref().is_some_and(|seek| !seek.is_resting) {
        return seek::take(app, query, answer);
    }
    let page = match answer {
        Ok(page) => *page,
        Err(why) => return failed(app, query.direction, &why),
    };
    app.monitor.meet(page.entries.iter().filter_map(|entry| entry.tenant.as_ref()));
    let unread = unread(&page.denied, "here");
    let sifts = sifts(app);
    let is_coming = app.rewind.coming.is_some();
    let sift =
        Sift { is_on: sifts, lens: &app.events.lens, over: Retained::from(&app.monitor), now: app.clock.now };
    let stretch = match (&mut app.rewind.coming, &mut app.rewind.shown) {
        (Some(coming), _) => &mut coming.stretch,
        (None, Some(shown)) => &mut shown.stretch,
        (None, None) => return,
    };
    let (first, end) = (stretch.past.ring().first_seq(), stretch.past.ring().end_seq());
    stretch.take(query, page, &sift);
    let is_torn = stretch.past.is_torn();
    if let Some(unread) = unread {
        app.tell(unread);
    }
    if is_torn {
        return mend(app);
    }
    if is_coming {
        return arrived(app);
    }
    lens::advance(app, lens::SLICE);
    let is_new = |seq: &u64| match query.direction {
        Direction::Older => *seq < first,
        Direction::Newer => *seq >= end,
    };
    let found = app.events.lens.rows().any(|seq| is_new(&seq));
    if found && let Some(shown) = &mut app.rewind.shown {
        shown.stretch.found(query.direction);
    }
    if app.events.cursor.is_none() {
        enter(app, &Aim::Place(query.from));
    }
    go_on(app);
}

/// Something came late that belongs among what was read: it is read anew, and the cursor stays on its event.
fn mend(app: &mut App) {
    let (step, aim) = match (&app.rewind.coming, app.rewound()) {
        (Some(coming), _) => (coming.step, coming.aim.clone()),
        (None, Some(shown)) => (shown.step, aim_here(app, shown.stretch.place)),
        (None, None) => return,
    };
    begin(app, aim, step);
}

/// Where a person is.
fn aim_here(app: &App, place: EntryId) -> Aim {
    let entry = app.shown_entry().and_then(|row| Some(Aim::Entry(row.stream()?.clone(), row.id())));
    entry.unwrap_or(Aim::Place(place))
}

/// Some of what is to be shown is there.
fn arrived(app: &mut App) {
    let Some(coming) = &app.rewind.coming else { return };
    let stretch = &coming.stretch;
    let nothing = stretch.is_answered(Direction::Older)
        && stretch.is_end(Direction::Older)
        && stretch.past.ring().is_empty();
    if nothing && matches!(coming.step, Some((Direction::Older, _))) && app.rewind.shown.is_none() {
        let what = if sifts(app) { "no older event matches" } else { "this is the oldest event" };
        app.rewind.coming = None;
        return app.tell(format!("{what}: nothing more lies on the bus"));
    }
    if stretch.is_answered(Direction::Older) && stretch.is_answered(Direction::Newer) {
        show(app);
    }
}

/// Puts the cursor into a list that has rows now. A step that leads to them has led there.
pub(super) fn enter(app: &mut App, aim: &Aim) {
    aim_at(app, aim);
    let Some(id) = app.shown_entry().map(|row| row.id()) else { return };
    let Some(shown) = &mut app.rewind.shown else { return };
    let is_beyond = |direction| match direction {
        Direction::Older => id < aim.place(),
        Direction::Newer => id > aim.place(),
    };
    shown.step = match shown.step {
        Some((direction, by)) if is_beyond(direction) => {
            let left = by - by.signum();
            (left != 0).then_some((direction, left))
        }
        step => step,
    };
}

/// Goes on by as many rows as a person wanted to, if there are more now.
pub(super) fn go_on(app: &mut App) {
    let Some((direction, by)) = app.rewind.shown.as_ref().and_then(|shown| shown.step) else { return };
    let (row, last) = (app.events.cursor_row().unwrap_or(0), app.events.len().saturating_sub(1));
    let has_more = match direction {
        Direction::Older => row < last,
        Direction::Newer => row > 0,
    };
    // A page may be smaller by now: nothing is stepped over.
    let page = events::page(app).max(1).cast_signed();
    let Some(shown) = &mut app.rewind.shown else { return };
    if has_more {
        shown.step = None;
        let by = by.clamp(-page, page);
        events::put_cursor(app, row.saturating_add_signed(by).min(last));
    } else if shown.stretch.is_end(direction) {
        shown.step = None;
        tell_end(app, direction);
    } else if shown.stretch.is_tired(direction) {
        shown.step = None;
    }
}

/// Says that nothing more lies on that side, where that is known.
pub(super) fn tell_end(app: &mut App, direction: Direction) {
    if app.rewound().is_some_and(|shown| shown.stretch.is_end(direction)) {
        app.tell(match direction {
            Direction::Older => "this is the oldest event that lies on the bus",
            Direction::Newer => "nothing newer was there when it was read",
        });
    }
}

/// It cannot be read on. What is there stays, and a person tries again.
fn failed(app: &mut App, direction: Direction, why: &BusError) {
    let what = display_safe(why.what()).into_owned();
    if let BusError::Unsupported(_) = why {
        leave(app);
        return app.tell(what);
    }
    let was_coming = app.rewind.coming.take().is_some();
    if let Some(shown) = &mut app.rewind.shown {
        shown.step = None;
        shown.stretch.error = Some((direction, what.clone()));
        // The line above the list may have no room for all of it.
        app.tell(format!("cannot read on: {what}"));
    } else if was_coming {
        app.tell(format!("cannot read back: {what}"));
    }
}
