//! From hit to hit beyond what is there: the past is looked through until one is found, and the list goes there.

use super::super::{events, lens};
use super::{begin, is_in_time, leave};
use crate::bus::{ArchivePage, ArchiveQuery, BusError, Direction};
use crate::event::{EntryId, StreamKey};
use crate::monitor::Row;
use crate::text::{count, display_safe};
use crate::tui::app::App;
use crate::tui::app::rewind::Aim;
use crate::tui::app::seek::{Hit, Seek};
use crate::tui::app::unread::unread;
use crate::tui::effect::Effect;

/// Looks on where the list ends. Whether that can be; what cannot be is told.
pub(in super::super) fn seek(app: &mut App, direction: Direction, hit: Hit) -> bool {
    if app.rewind.coming.is_some() {
        app.tell("it is being read back: once more when that is there");
        return true;
    }
    if let Some(mut seek) = app.rewind.seek.take() {
        if seek.is_same(app, (direction, hit)) {
            if seek.is_resting {
                seek.look_on();
                next(app);
            }
            app.rewind.seek = Some(seek);
            return true;
        }
        next(app);
    }
    if app.behind {
        app.tell("the filter still looks through what is here: once more in a moment");
        return true;
    }
    let is_newest = direction == Direction::Newer && !app.is_rewound();
    if is_newest || !is_in_time(app) || app.why_no_past().is_some() {
        return false;
    }
    let ring = app.monitor.ring();
    let from = match app.rewound() {
        Some(shown) if shown.stretch.is_end(direction) && direction == Direction::Older => return false,
        Some(shown) => {
            let edge = shown.stretch.edge(direction);
            let ring = shown.stretch.past.ring();
            let newest = ring.end_seq().checked_sub(1).and_then(|seq| ring.get(seq)).map(|row| row.id());
            // The newer side is asked from the place that is settled: hits behind it may be held, and passed already.
            newest.filter(|_| direction == Direction::Newer).map_or(edge, |newest| newest.max(edge))
        }
        None => ring.get(ring.first_seq()).map_or(EntryId::MAX, |row| row.id()),
    };
    let seek = Seek::new(app, (direction, hit), from);
    next(app);
    app.rewind.seek = Some(Box::new(seek));
    true
}

/// Another question: no answer to the one before is taken.
fn next(app: &mut App) {
    app.rewind.number += 1;
    app.rewind.asking = None;
}

/// Looks no further. Whether it did.
pub(in super::super) fn stop(app: &mut App) -> bool {
    let Some(seek) = app.rewind.seek.take_if(|seek| !seek.is_resting) else { return false };
    next(app);
    app.tell(format!("it is looked no further: {} looked at", count(seek.looked_at)));
    true
}

/// Forgets a search: a person went another way.
pub(super) fn forget(app: &mut App) {
    if app.rewind.seek.take().is_some_and(|seek| !seek.is_resting) {
        next(app);
    }
}

/// The next page to look through, while one is looked for.
pub(super) fn ask(app: &mut App) -> Option<Effect> {
    if app.rewind.seek.as_ref().is_some_and(|seek| !seek.is_by(app)) {
        forget(app);
    }
    let seek = app.rewind.seek.as_ref().filter(|seek| !seek.is_resting && app.rewind.asking.is_none())?;
    let (direction, query) = (seek.direction, seek.query(app));
    app.rewind.asking = Some(direction);
    Some(Effect::ReadBack { number: app.rewind.number, query })
}

/// Looks through an answer.
pub(super) fn take(app: &mut App, query: &ArchiveQuery, answer: Result<Box<ArchivePage>, BusError>) {
    let Some(mut seek) = app.rewind.seek.take() else { return };
    let what = seek.hit.words();
    let page = match answer {
        Ok(page) => *page,
        Err(why) => {
            let why = display_safe(why.what()).into_owned();
            app.tell(format!("no {what} among {}; cannot look on: {why}", count(seek.looked_at)));
            seek.is_resting = true;
            app.rewind.seek = Some(seek);
            return;
        }
    };
    let (is_end, unread) = (page.is_end, unread(&page.denied, "among it"));
    if let Some((stream, id)) = seek.take(query, page, app) {
        app.tell(format!("a {what}; {} looked at", count(seek.looked_at)));
        return show(app, stream, id);
    }
    let (side, all) = match seek.direction {
        Direction::Older => ("further down", "that lies on the bus"),
        Direction::Newer => ("further up", "up to now"),
    };
    let unread = unread.map(|unread| format!("; {unread}")).unwrap_or_default();
    if is_end {
        let n = count(seek.looked_at);
        return app.tell(format!("no {what} {side}: all {all} was looked at, {n} beyond the list{unread}"));
    }
    if seek.is_resting {
        app.tell(format!("no {what} among {} {side}: once more looks on", count(seek.looked_at)));
    }
    app.rewind.seek = Some(seek);
}

/// Shows a hit: in the list of what comes, where that holds it; else in the past.
fn show(app: &mut App, stream: StreamKey, id: EntryId) {
    let ring = app.monitor.ring();
    let is_it = |row: &Row<'_>| row.id() == id && row.stream() == Some(&stream);
    let came = ring.rows(ring.first_seq()..ring.end_seq()).find(is_it).map(|row| row.seq());
    let is_listed = |seq: &u64| {
        let aside = app.rewound().map_or(&app.events.lens, |shown| &shown.aside.lens);
        aside.row_of(*seq).is_ok()
    };
    let came = came.filter(is_listed);
    let Some(seq) = came else { return begin(app, Aim::Entry(stream, id), None) };
    leave(app);
    lens::advance(app, lens::SLICE);
    events::show_around(app, app.events.row_of(seq));
}
