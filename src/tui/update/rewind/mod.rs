//! Going back in the Events view: a stretch of the past in place of what comes, and back to that.
//!
//! What comes is taken in all the while, into the list that is put aside: so the way back misses nothing.

mod read;
mod seek;
mod walk;

pub(super) use read::{ask, take};
pub(super) use seek::{seek, stop};
pub(super) use walk::goes;

use std::collections::HashMap;

use super::{events, lens};
use crate::bus::Direction;
use crate::event::EntryId;
use crate::monitor::{Lens, Order, Past, Ring, Row};
use crate::text::plural;
use crate::tui::app::rewind::{Aim, Aside, Coming, Shown, Stretch, over};
use crate::tui::app::{App, Marks, View};

/// Goes to a place in the past.
pub(super) fn jump(app: &mut App, place: EntryId) {
    if app.view != View::Events {
        super::act::show(app, View::Events);
    }
    begin(app, Aim::Place(place), None);
}

/// Reads a stretch, to show it: around where a person wants to be, and so many rows on.
fn begin(app: &mut App, aim: Aim, step: Option<(Direction, isize)>) {
    app.rewind.number += 1;
    (app.rewind.asking, app.rewind.seek) = (None, None);
    if let Some(shown) = &mut app.rewind.shown {
        (shown.step, shown.stretch.error) = (None, None);
    }
    let stretch = Stretch::new(app.rewind.number, aim.place());
    app.rewind.coming = Some(Box::new(Coming { stretch, aim, step }));
}

/// Shows the stretch that was read, in place of the list that is there.
fn show(app: &mut App) {
    let Some(coming) = app.rewind.coming.take() else { return };
    let Coming { mut stretch, aim, step } = *coming;
    if !stretch.past.ring().is_empty() {
        for side in [Direction::Older, Direction::Newer] {
            stretch.found(side);
        }
    }
    let context = app.events.lens.has_context();
    let (aside, received) = match app.rewind.shown.take() {
        // One after the other: the list of what comes is aside already.
        Some(shown) => {
            if !shown.is_parked {
                carry_over(&mut app.events.marks, shown.stretch.past.ring(), stretch.past.ring());
            }
            (shown.aside, shown.received)
        }
        None => (put_aside(app), app.monitor.counts().received),
    };
    let at = stretch.past.ring();
    let over = crate::monitor::Retained { ring: at, ..(&app.monitor).into() };
    let mut lens = Lens::new(app.filter.live.good.clone(), app.scope.clone(), over);
    lens.set_context(context, over);
    app.events.lens = lens;
    let is_same = matches!(aim, Aim::Entry(..)) && step.is_none();
    app.rewind.shown = Some(Box::new(Shown { stretch, aside, is_parked: false, received, step }));
    let (was_whole, had_focus) = (app.events.whole, app.events.focus);
    events::leave_cursor(app);
    lens::advance(app, lens::SLICE);
    read::enter(app, &aim);
    if is_same && app.events.cursor.is_some() {
        (app.events.whole, app.events.focus) = (was_whole, had_focus);
    }
    read::go_on(app);
}

/// Marks of events that both stretches hold stay on them: one that is read anew has other numbers.
fn carry_over(marks: &mut Marks, from: &Ring, to: &Ring) {
    if !marks.is_some() {
        return;
    }
    let place = |row: Row<'_>| Some((row.stream()?.clone(), row.id()));
    let rows = to.rows(to.first_seq()..to.end_seq());
    let there: HashMap<_, _> = rows.filter_map(|row| Some((place(row)?, row.seq()))).collect();
    marks.renumber(|seq| there.get(&place(from.get(seq)?)?).copied());
}

/// The list that is on the screen, to be put aside.
fn put_aside(app: &mut App) -> Aside {
    let nothing = Lens::new(app.filter.live.good.clone(), app.scope.clone(), &app.monitor);
    Aside {
        lens: std::mem::replace(&mut app.events.lens, nothing),
        cursor: app.events.cursor.take(),
        top: app.events.top.take(),
        marks: std::mem::take(&mut app.events.marks),
    }
}

/// Puts the cursor where a person wants to be, and what is around it on the screen.
fn aim_at(app: &mut App, aim: &Aim) {
    let ring = app.over().ring;
    let id_of = |seq: &u64| ring.get(*seq).map(|row| row.id());
    let exact =
        match aim {
            Aim::Entry(stream, id) => app.events.lens.rows().find(|seq| {
                ring.get(*seq).is_some_and(|row| row.id() == *id && row.stream() == Some(stream))
            }),
            Aim::Place(_) => None,
        };
    let place = aim.place();
    let near = || app.events.lens.rows().rev().find(|seq| id_of(seq).is_some_and(|id| id >= place));
    let Some(seq) = exact.or_else(near).or_else(|| app.events.seq_in(0)) else { return };
    let row = app.events.row_of(seq);
    events::put_cursor(app, row);
    // With a cursor the list has other rows than without.
    let page = events::page(app);
    app.events.top = app.events.seq_in(row.saturating_sub(page / 2));
}

/// Back to what comes, as it was left; what was marked in the past is gone, and told of.
pub(super) fn leave(app: &mut App) {
    app.rewind.number += 1;
    (app.rewind.coming, app.rewind.asking, app.rewind.seek) = (None, None, None);
    let Some(shown) = app.rewind.shown.take() else { return };
    let Shown { aside, is_parked, .. } = *shown;
    if !is_parked {
        let marked = app.events.marks.len() as u64;
        if marked > 0 {
            app.tell(format!(
                "{} of the past",
                plural(marked, "mark is gone: it was", "marks are gone: they were")
            ));
        }
        let Aside { lens, cursor, top, marks } = aside;
        app.events.lens = lens;
        events::leave_cursor(app);
        (app.events.cursor, app.events.top, app.events.marks) = (cursor, top, marks);
    }
    lens::advance(app, lens::SLICE);
}

/// Back to the newest event. Whether the past was shown, or was to be.
pub(super) fn back(app: &mut App) -> bool {
    if app.rewind.coming.take().is_some() {
        app.rewind.number += 1;
        app.rewind.asking = None;
        app.tell("not read back any further");
        return true;
    }
    if !app.is_rewound() {
        return false;
    }
    if is_looking(app) {
        app.rewind.number += 1;
        app.rewind.asking = None;
        if let Some(shown) = &mut app.rewind.shown {
            shown.stretch.stop();
            shown.step = None;
        }
        app.tell("it is looked no further");
        return true;
    }
    leave(app);
    events::leave_cursor(app);
    true
}

/// Whether it is looked for something that did not come yet.
fn is_looking(app: &App) -> bool {
    let asked = app.rewind.asking.and_then(|side| Some(app.rewound()?.stretch.looked_at(side).0));
    asked.is_some_and(|looked_at| looked_at > 0)
}

/// The past is a matter of the Events view: elsewhere, what comes is shown.
pub(super) fn settle(app: &mut App) {
    let is_elsewhere = app.view != View::Events;
    if is_elsewhere {
        seek::forget(app);
    }
    if is_elsewhere && app.rewind.coming.take().is_some() {
        app.rewind.number += 1;
        app.rewind.asking = None;
    }
    let Some(mut shown) = app.rewind.shown.take_if(|shown| shown.is_parked != is_elsewhere) else { return };
    shown.is_parked = is_elsewhere;
    if is_elsewhere {
        app.rewind.number += 1;
        (app.rewind.asking, shown.step) = (None, None);
    }
    let here = &mut app.events;
    std::mem::swap(&mut here.lens, &mut shown.aside.lens);
    std::mem::swap(&mut here.cursor, &mut shown.aside.cursor);
    std::mem::swap(&mut here.top, &mut shown.aside.top);
    std::mem::swap(&mut here.marks, &mut shown.aside.marks);
    app.rewind.shown = Some(shown);
    lens::advance(app, lens::SLICE);
}

/// The list that is not on the screen: the filter applies to it as well.
pub(super) fn advance_aside(app: &mut App, budget: u64) -> bool {
    let now = app.clock.now;
    match app.rewind.shown.as_deref_mut() {
        Some(Shown { aside, is_parked: false, .. }) => aside.lens.advance(&app.monitor, now, budget),
        Some(Shown { aside, stretch, .. }) => {
            let over = crate::monitor::Retained { ring: stretch.past.ring(), ..(&app.monitor).into() };
            aside.lens.advance(over, now, budget)
        }
        None => false,
    }
}

/// Filter and scope of the list that is not on the screen.
pub(super) fn renew_aside(app: &mut App) {
    let (filter, scope) = (app.filter.live.good.clone(), app.scope.clone());
    match app.rewind.shown.as_deref_mut() {
        Some(Shown { aside, is_parked: false, .. }) => aside.lens.set(filter, scope, &app.monitor),
        Some(Shown { aside, stretch, .. }) => {
            let over = crate::monitor::Retained { ring: stretch.past.ring(), ..(&app.monitor).into() };
            aside.lens.set(filter, scope, over);
        }
        None => {}
    }
}

/// The list that is not on the screen shows as much as the one that is: nobody would look for a switch twice.
pub(super) fn set_context_aside(app: &mut App, context: bool) {
    if let Some(Shown { aside, is_parked: false, .. }) = app.rewind.shown.as_deref_mut() {
        aside.lens.set_context(context, &app.monitor);
    }
}

/// As time passes: the list that is not on the screen, where its filter depends on it.
pub(super) fn refresh(app: &mut App) {
    let on = over(&app.monitor, &app.rewind);
    app.events.lens.refresh(on);
    if let Some(Shown { aside, is_parked: false, .. }) = app.rewind.shown.as_deref_mut() {
        aside.lens.refresh(&app.monitor);
    }
}

/// Whether a list reads on by itself: in another order than that of time, its ends are none.
fn is_in_time(app: &App) -> bool {
    app.events.lens.order() == Order::Time
}

/// Marks of what was read back, and is held no more.
pub(super) fn settle_marks(app: &mut App) -> usize {
    let ring = over(&app.monitor, &app.rewind).ring;
    let (first, end) = (ring.first_seq(), ring.end_seq());
    let marks: &mut Marks = &mut app.events.marks;
    let mut gone = marks.drop_below(first);
    if marks.last().is_some_and(|last| Past::has_number(last) && last >= end) {
        gone += marks.drop_from(end);
    }
    gone
}
