//! Going from hit to hit: what the filter finds, where it hides nothing; else what failed or is invalid.

use super::{events, lens, rewind};
use crate::bus;
use crate::filter::Standing;
use crate::tui::app::App;
use crate::tui::app::rewind::over;
use crate::tui::app::seek::Hit;

/// Which way to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Further down.
    Down,
    /// Further up.
    Up,
}

/// Shows also what the filter hides, dimmed, or hides it.
pub(super) fn context(app: &mut App) {
    let context = !app.events.lens.has_context();
    app.events.lens.set_context(context, over(&app.monitor, &app.rewind));
    rewind::set_context_aside(app, context);
    app.events.wants_hit = context;
    lens::advance(app, lens::SLICE);
    app.tell(if context {
        "what the filter hides is shown dimmed: n and N go from match to match"
    } else {
        "what the filter hides is hidden"
    });
}

/// Once a pass has shown matches among others: without a cursor, and without a match on the screen, the first one gets it.
pub(super) fn settle(app: &mut App) {
    if !std::mem::take(&mut app.events.wants_hit) || !app.filter.is_on() || app.events.cursor.is_some() {
        return;
    }
    let lens = &app.events.lens;
    let is_seen = app.events.on_screen(events::page(app)).any(|seq| lens.is_hit(seq));
    let first = if is_seen { None } else { lens.rows().position(|seq| lens.is_hit(seq)) };
    if let Some(row) = first {
        events::show_around(app, row);
    }
}

/// Puts the cursor on the next hit, and says so where there is none.
pub(super) fn seek(app: &mut App, direction: Direction) {
    let (events, monitor, ring) = (&app.events, &app.monitor, app.over().ring);
    let has_context = events.lens.has_context() && app.filter.is_on();
    let is_hit = |seq: u64| {
        if has_context {
            return events.lens.is_hit(seq);
        }
        let Some(entry) = ring.get(seq) else { return false };
        entry.standing() == Standing::Invalid || !monitor.failures().of_event(entry.event_id()).is_empty()
    };
    let (from, len) = (events.cursor_row(), events.len());
    let found = match direction {
        Direction::Down => {
            let below = from.map_or(0, |row| row + 1);
            events.lens.rows().skip(below).position(is_hit).map(|at| below + at)
        }
        Direction::Up => {
            let above = from.unwrap_or(0);
            let mut up = events.lens.rows().rev().skip(len - above);
            up.position(is_hit).map(|at| above - 1 - at)
        }
    };
    // Where nothing is listed, any match is worth more than one that failed.
    let is_bare = app.events.is_empty() && app.filter.is_on();
    let what = if has_context || is_bare { Hit::Match } else { Hit::Failure };
    let (side, beyond) = match direction {
        Direction::Down => ("down", bus::Direction::Older),
        Direction::Up => ("up", bus::Direction::Newer),
    };
    match found {
        Some(row) => events::show_around(app, row),
        None if rewind::seek(app, beyond, what) => {}
        None => app.tell(format!("no {} further {side} in this list", what.words())),
    }
}
