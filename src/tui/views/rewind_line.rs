//! That the list shows the past, and how far reading it back has come.

use chrono::{DateTime, Utc};

use super::keys::advice;
use crate::bus::Direction;
use crate::event::EntryId;
use crate::monitor::Order;
use crate::text::count;
use crate::tui::action::Action;
use crate::tui::app::rewind::Shown;
use crate::tui::app::{App, View};
use crate::tui::theme::Meaning;

/// The line below the header: what it says, what that means, and the way back.
pub(super) fn line(app: &App) -> Option<(String, Meaning, String)> {
    if app.view != View::Events || app.errors.page.is_some() {
        return None;
    }
    if let Some(seek) = app.rewind.seek.as_deref().filter(|seek| !seek.is_resting) {
        let (n, place) = (count(seek.looked_at), place_text(seek.reached, app));
        let (what, where_to) = (seek.hit.words(), to_where(seek.direction));
        let text = match seek.looked_at {
            0 => format!("looking for a {what}"),
            _ => format!("looking for a {what}: {n} looked at, {where_to} {place}"),
        };
        return Some((text, Meaning::Banner, advice(app, Action::Back, "stops").unwrap_or_default()));
    }
    let back = advice(app, Action::Follow, "back to now").unwrap_or_default();
    let Some(shown) = app.rewound() else {
        let coming = app.rewind.coming.as_ref()?;
        let key = advice(app, Action::Back, "gives up").unwrap_or_default();
        let (looked_at, reached) = coming.stretch.looked_at(Direction::Older);
        let text = match (coming.step, reached) {
            (Some(_), Some(reached)) => {
                format!(
                    "looking back for a match: {} looked at, to {}",
                    count(looked_at),
                    place_text(reached, app)
                )
            }
            (Some(_), None) => "reading older events".to_owned(),
            (None, _) => format!("reading back to {}", place_text(coming.aim.place(), app)),
        };
        return Some((text, Meaning::Banner, key));
    };
    let row = app.shown_entry().or_else(|| app.entry(app.events.seq_in(0)?));
    let at = row.map(|row| format!(" to {}", day_and_time(row.time(), app))).unwrap_or_default();
    let since = app.monitor.counts().received.saturating_sub(shown.received);
    let since = if since > 0 { format!(", {} came since", count(since)) } else { String::new() };
    let Some((status, meaning, key)) = status(shown, app) else {
        return Some((format!("rewound{at}{since}"), Meaning::Banner, back));
    };
    Some((format!("rewound{at}{since}: {status}"), meaning, key.unwrap_or(back)))
}

/// What is being done, or why nothing is; and the key that helps, where that is not the way back.
fn status(shown: &Shown, app: &App) -> Option<(String, Meaning, Option<String>)> {
    let stretch = &shown.stretch;
    let key = |side, what| advice(app, further(side), what);
    if let Some((side, why)) = &stretch.error {
        return Some((format!("cannot read on: {why}"), Meaning::Failed, key(*side, "tries again")));
    }
    if app.rewind.coming.is_some() {
        return Some(("reading".to_owned(), Meaning::Banner, None));
    }
    let so_far = |side| {
        let (looked_at, reached) = stretch.looked_at(side);
        let place = reached.map(|id| place_text(id, app)).unwrap_or_default();
        (looked_at, format!("{} looked at, {} {place}", count(looked_at), to_where(side)))
    };
    if let Some(side) = app.rewind.asking {
        let (looked_at, text) = so_far(side);
        if looked_at > 0 {
            let stop = advice(app, Action::Back, "stops");
            return Some((format!("looking: {text}"), Meaning::Banner, stop));
        }
        return shown.step.map(|_| ("reading on".to_owned(), Meaning::Banner, None));
    }
    let is_last = app.events.cursor_row().is_some_and(|row| row + 1 == app.events.len());
    if is_last && stretch.is_end(Direction::Older) {
        let what = if app.filter.is_on() { "nothing older matches" } else { "the oldest event on the bus" };
        return Some((what.to_owned(), Meaning::Banner, None));
    }
    let tired = [Direction::Older, Direction::Newer].into_iter().find(|side| stretch.is_tired(*side))?;
    let (_, text) = so_far(tired);
    Some((format!("no match: {text}"), Meaning::Waiting, key(tired, "looks on")))
}

fn further(side: Direction) -> Action {
    match side {
        Direction::Older => Action::PageDown,
        Direction::Newer => Action::PageUp,
    }
}

fn to_where(side: Direction) -> &'static str {
    match side {
        Direction::Older => "back to",
        Direction::Newer => "up to",
    }
}

/// Below the last row of the list, where there is room: whether that is the end.
pub(super) fn below(app: &App) -> Option<String> {
    if app.view != View::Events || app.behind || app.events.lens.order() != Order::Time {
        return None;
    }
    if let Some(shown) = app.rewound() {
        let stretch = &shown.stretch;
        if stretch.is_end(Direction::Older) {
            let what = if app.filter.is_on() { "nothing older matches" } else { "nothing older" };
            return Some(format!("{what}: this is all that lies on the bus"));
        }
        return app.rewind.asking.map(|_| "reading older events".to_owned());
    }
    match app.why_no_past() {
        Some(why) => Some(why.to_owned()),
        None => advice(app, Action::PageDown, "reads older events back from the bus"),
    }
}

/// Why a list of the past is empty, and what helps.
pub(super) fn empty(shown: &Shown, app: &App) -> (String, Vec<String>) {
    let stretch = &shown.stretch;
    let read = count(stretch.read());
    if app.rewind.asking.is_some() {
        return (format!("reading: {read} looked at so far"), Vec::new());
    }
    let mut advised = Vec::new();
    for (side, what) in [(Direction::Older, "looks further back"), (Direction::Newer, "looks further on")] {
        if !stretch.is_end(side) {
            advised.extend(advice(app, further(side), what));
        }
    }
    advised.extend(advice(app, Action::Follow, "goes back to now"));
    let why = if app.filter.is_on() || app.scope.tenant.is_some() {
        format!("no match among {read} that were read back")
    } else {
        "no event lies here".to_owned()
    };
    (why, advised)
}

fn place_text(place: EntryId, app: &App) -> String {
    match place.time() {
        _ if place == EntryId::ZERO => "the oldest event".to_owned(),
        Some(at) => day_and_time(at, app),
        None => place.to_string(),
    }
}

/// `14:02:11`, of another day with the day before it.
fn day_and_time(at: DateTime<Utc>, app: &App) -> String {
    if app.clock.date(at) == app.clock.date(app.clock.now) {
        return app.clock.time(at);
    }
    format!("{} {}", app.clock.date(at), app.clock.time(at))
}
