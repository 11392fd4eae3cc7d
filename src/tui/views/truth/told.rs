//! What the line says, view by view: how old what is shown is, and how much of it there is.

use chrono::{DateTime, Utc};

use super::numbers::{Item, Of};
use crate::bus::{HandlerState, Level};
use crate::event::FailedState;
use crate::tui::app::{App, ErrorsPage, JournalPage, View};
use crate::tui::theme::Meaning;

/// The line of a view that does not show events.
pub(super) struct Told {
    /// What is shown, in a word or two.
    pub(super) state: (String, Meaning),
    pub(super) items: Vec<Item>,
    pub(super) of: Option<Of>,
    /// Whether the filter narrows it.
    pub(super) is_narrowed: bool,
}

/// What is to be said of what is shown; `None` where that is events.
pub(super) fn of(app: &App) -> Option<Told> {
    if let Some(page) = &app.errors.page {
        return Some(errors(page, app));
    }
    if let Some(page) = app.journal() {
        return Some(journal(page, app));
    }
    match app.view {
        View::Flow | View::Events => None,
        View::Handlers => Some(handlers(app)),
        View::Failed => Some(failed(app)),
        View::Compose => Some(compose(app)),
        View::Health => Some(health(app)),
    }
}

/// `read 3 s ago`; while the screen is held still that is said, too.
fn state(app: &App, done: &str, at: Option<DateTime<Utc>>, is_asking: bool) -> (String, Meaning) {
    let is_old = app.monitor.link().is_stale();
    match at {
        Some(at) if app.is_paused() => (format!("paused, {done} {}", app.clock.ago(at)), Meaning::Waiting),
        Some(at) => {
            (format!("{done} {}", app.clock.ago(at)), if is_old { Meaning::Stale } else { Meaning::Ok })
        }
        None if is_asking => ("being read".to_owned(), Meaning::Waiting),
        None => (format!("not {done} yet"), Meaning::Waiting),
    }
}

fn handlers(app: &App) -> Told {
    let reports = &app.handlers.reports;
    let are = |state| reports.iter().filter(|report| report.state() == state).count() as u64;
    let (mut said, meaning) = state(app, "reported", app.handlers.as_of, app.handlers.is_asking());
    if app.handlers.waits_for_rates() {
        said.push_str(", rates with the next report");
    }
    Told {
        state: (said, meaning),
        items: vec![
            Item::new("handlers", reports.len() as u64, Meaning::Text),
            Item::rare("working", are(HandlerState::Working), Meaning::Text),
            Item::rare("down", are(HandlerState::Down), Meaning::Failed),
            Item::rare("stuck", are(HandlerState::Stuck), Meaning::Failed),
            Item::rare("retrying", are(HandlerState::Retrying), Meaning::Waiting),
            Item::rare("stopped", are(HandlerState::Stopped), Meaning::Waiting),
            Item::rare("unused", are(HandlerState::Unused), Meaning::Text),
        ],
        of: None,
        is_narrowed: false,
    }
}

fn failed(app: &App) -> Told {
    let (failed, sift) = (&app.failed, &app.failed.sift);
    // Nobody has to act on them, so they are not shown; and they are known, so that the numbers add up.
    let running = if failed.all { 0 } else { failed.list.in_state(FailedState::Running) };
    Told {
        state: state(app, "read", failed.reading.as_of, failed.reading.is_reading()),
        items: vec![
            Item::new("shown", sift.rows().len() as u64, Meaning::Text),
            Item::new("hidden", sift.hidden(), Meaning::Text),
            Item::rare("marked", failed.marks.len() as u64, Meaning::Accent),
            Item::rare("running", running, Meaning::Text),
            Item::rare("not searched", sift.unsearched(), Meaning::Waiting),
            Item::rare("not in memory", failed.list.not_kept(), Meaning::Waiting),
        ],
        of: Some(Of { all: failed.list.len() as u64 + failed.list.not_kept(), what: "known" }),
        is_narrowed: true,
    }
}

fn journal(page: &JournalPage, app: &App) -> Told {
    Told {
        state: state(app, "read", page.as_of, page.is_asked()),
        items: vec![Item::new("shown", page.len() as u64, Meaning::Text)],
        of: Some(Of { all: page.read() as u64, what: "read" }),
        is_narrowed: false,
    }
}

fn errors(page: &ErrorsPage, app: &App) -> Told {
    let log = app.monitor.failures();
    let state = match (app.is_paused(), app.monitor.link().is_live()) {
        (true, _) => ("paused".to_owned(), Meaning::Waiting),
        (false, true) => ("following".to_owned(), Meaning::Ok),
        (false, false) => ("as they were last heard of".to_owned(), Meaning::Stale),
    };
    let counts = log.counts();
    let mut items = match &page.group {
        Some(group) => vec![Item::new("shown", group.list.len() as u64, Meaning::Text)],
        None => vec![
            Item::new("groups", page.groups.groups.len() as u64, Meaning::Text),
            Item::new("attempts", page.groups.total, Meaning::Text),
        ],
    };
    items.extend([
        Item::rare("no longer in memory", page.groups.forgotten, Meaning::Waiting),
        Item::rare("trimmed", counts.trimmed, Meaning::Failed),
        Item::rare("unreadable", counts.unreadable, Meaning::Waiting),
    ]);
    Told { state, items, of: None, is_narrowed: true }
}

fn health(app: &App) -> Told {
    let (faults, warnings) = app.health.health.counts();
    let rows = &app.health.rows;
    let notes = rows.iter().filter(|known| known.gone.is_none() && known.lint.level == Level::Note).count();
    let gone = rows.iter().filter(|known| known.gone.is_some()).count();
    Told {
        state: state(app, "looked", app.health.looked_at(), app.health.is_asking()),
        items: vec![
            Item::new("faults", faults as u64, Meaning::Failed),
            Item::new("warnings", warnings as u64, Meaning::Waiting),
            Item::rare("notes", notes as u64, Meaning::Text),
            Item::rare("gone", gone as u64, Meaning::Text),
        ],
        of: None,
        is_narrowed: false,
    }
}

fn compose(app: &App) -> Told {
    let compose = &app.compose;
    let state = match (compose.broken().is_some(), compose.is_typed()) {
        (true, _) => ("no JSON yet", Meaning::Failed),
        (false, true) if compose.has_unsent() => ("typed, not sent", Meaning::Waiting),
        (false, true) => ("as it was sent", Meaning::Ok),
        (false, false) => ("nothing is typed", Meaning::Dim),
    };
    Told {
        state: (state.0.to_owned(), state.1),
        items: vec![
            Item::new("bytes", compose.text().len() as u64, Meaning::Text),
            Item::rare("faults", compose.faults().len() as u64, Meaning::Failed),
        ],
        of: None,
        is_narrowed: false,
    }
}
