//! The Failed view: what a person may have to act on, in groups or one by one, and one event whole.
//!
//! ```text
//!  FAILED  412 events in 7 groups, newest first                                            3 marked   read 2 s ago
//!     STATE          AGE  HANDLER       TYPE            TENANT        TRIED  ERROR
//!  ●  ✗ dead         2 m  ticket-email  TICKET_CREATED  Acme MSP      10/10  SMTP 451 greylisted for 7b9d493c
//!     ◌ retry 12 s   5 s  sla           TICKET_UPDATED  Acme MSP       3/10  TypeError: Cannot read properties of…
//!     ! stuck 3 m    4 m  event-proc…   TICKET_UPDATED  Northwind IT      7  (not recorded)
//! ```

mod around;
mod detail;
mod empty;
mod groups;
mod journal;
mod redacted;
mod table;
mod widths;
#[cfg(test)]
mod work;

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::bus::{ChannelScope, FailedEvent, Followed};
use crate::event::{FailedState, TenantId};
use crate::monitor::FailedSort;
use crate::text::{age, count, cut_end, display_safe, idle, plural, width};
use crate::tui::app::{App, Extent, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset, row};

/// Lines above the rows: what they are, and the headings of the columns.
const ABOVE: usize = 2;
/// A handler that runs takes what is due sooner than that.
const SOON: TimeDelta = TimeDelta::seconds(15);

/// How many rows fit into `body`.
pub fn page(body: Rect, app: &App) -> usize {
    usize::from(inset(body).height).saturating_sub(ABOVE + usize::from(note(app).is_some()))
}

/// How much there is of the event that is open, and how much of it fits into `body`.
pub fn detail(body: Rect, app: &App) -> Extent {
    detail::extent(inset(body), app)
}

/// How many lines of the journal fit into `body`.
pub fn journal_page(body: Rect, app: &App) -> usize {
    journal::page(inset(body), app)
}

/// Draws the view.
pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, app: &App, theme: &Theme) {
    let area = inset(body);
    if app.journal().is_some() {
        return journal::draw(frame, area, app, theme);
    }
    if let Some(open) = &app.failed.detail {
        app.areas.add(area, Part::Rows(Pane::FailedEvent, open.top));
        return detail::draw(frame, area, app, theme);
    }
    heading(frame, area, app, theme);
    let mut list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if let Some((text, meaning)) = note(app)
        && list.height > 3
    {
        list.height -= 1;
        let place = Rect { y: list.bottom(), height: 1, ..area };
        Words::new(theme).put(display_safe(&text).into_owned(), meaning).draw(frame, place);
    }
    let rows = Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list };
    app.areas.add(rows, Part::Rows(Pane::Failed, app.failed.open_table().top));
    if app.failed.is_empty() {
        empty::draw(frame, list, app, theme);
    } else if app.failed.shows_groups() {
        groups::draw(frame, list, app, theme);
    } else {
        table::draw(frame, list, app, theme);
    }
}

fn heading(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let failed = &app.failed;
    let events = failed.sift.rows().len() as u64;
    let open = failed.group.as_ref().and_then(|open| failed.sift.group(&open.key));
    let title = if let Some(group) = open {
        let key = &group.key;
        let handler = key.handler.as_deref().unwrap_or("(no handler)");
        let what = if key.message.is_empty() { "(no error text)" } else { &key.message };
        let events = plural(group.rows.len() as u64, "event", "events");
        let title = format!("{events}  {handler}  {}  {what}", key.event_type.as_str());
        display_safe(&title).into_owned()
    } else {
        let groups = failed.sift.groups().len() as u64;
        let of = failed.only_handler().map(|name| format!(" of {}", display_safe(name))).unwrap_or_default();
        let groups = failed.is_grouped.then(|| format!(" in {}", plural(groups, "group", "groups")));
        format!("FAILED  {}{of}{}", plural(events, "event", "events"), groups.unwrap_or_default())
    };
    let order = match failed.sort {
        FailedSort::Newest => "newest first",
        FailedSort::Age => "oldest first",
        FailedSort::Count => "large groups first",
    };
    let all = if failed.all { "  with running, retried and discarded" } else { "" };
    let mut right = Words::new(theme);
    let mut told = |text: String, meaning: Meaning| {
        right = right.clone().gap(3).put(text, meaning);
    };
    if !failed.marks.is_empty() {
        told(format!("{} marked", count(failed.marks.len() as u64)), Meaning::Accent);
    }
    if failed.sift.hidden() > 0 {
        told(format!("{} hidden", count(failed.sift.hidden())), Meaning::Dim);
    }
    if failed.sift.unsearched() > 0 {
        let n = count(failed.sift.unsearched());
        told(format!("{n} not searched: their JSON is not in memory"), Meaning::Waiting);
    }
    if failed.list.not_kept() > 0 {
        told(format!("{} more not in memory", count(failed.list.not_kept())), Meaning::Waiting);
    }
    if failed.reading.is_reading() && !failed.list.is_complete() {
        told(format!("reading, {} so far", count(failed.list.len() as u64)), Meaning::Waiting);
    }
    let room = usize::from(area.width).saturating_sub(right.cells() + 1);
    let left = format!("{title}  {order}{all}");
    Words::new(theme).put(cut_end(&left, room).into_owned(), Meaning::TitleFocused).draw(frame, area);
    right.draw_right(frame, area);
}

/// What is to be said of all of it: that it is old, or what it leaves out.
fn note(app: &App) -> Option<(String, Meaning)> {
    let failed = &app.failed;
    if let (Some(error), Some(as_of)) = (&failed.reading.error, failed.reading.as_of) {
        let told = format!("read {}, and not since: {}", app.clock.ago(as_of), error.what());
        return Some((told, Meaning::Failed));
    }
    if let Some(unseen) = failed.list.unseen() {
        return Some((unseen.to_owned(), Meaning::Waiting));
    }
    if let [first, rest @ ..] = failed.list.denied() {
        let which = match rest.len() as u64 {
            0 => "may not be read and is left out".to_owned(),
            n => {
                let more = plural(n, "more stream", "more streams");
                format!("and {more} may not be read and are left out")
            }
        };
        let told = format!("{} {which}: {}", first.stream, first.why.what());
        return Some((told, Meaning::Waiting));
    }
    let (others, unattributed) = failed.list.withheld();
    if unattributed > 0 {
        let told = format!(
            "{}: this run is locked to tenants",
            plural(
                unattributed,
                "without a tenant that can be read is left out",
                "without a tenant that can be read are left out"
            )
        );
        return Some((told, Meaning::Waiting));
    }
    if others > 0 {
        let told = plural(
            others,
            "of a tenant outside the lock is left out",
            "of tenants outside the lock are left out",
        );
        return Some((told, Meaning::Dim));
    }
    match &app.scope.channel {
        ChannelScope::Only(channel) if !failed.is_empty() => Some((
            format!("failed events of all channels; channel:{channel} as a filter narrows to one"),
            Meaning::Dim,
        )),
        _ => None,
    }
}

/// The sign of a state, and what it means.
fn sign(state: FailedState, outcome: Option<Followed>, theme: &Theme) -> (&'static str, Meaning) {
    let symbols = theme.symbols();
    match (state, outcome) {
        (FailedState::Dead, _) | (FailedState::Retried, Some(Followed::DeadAgain)) => {
            (symbols.failed, Meaning::Dead)
        }
        (FailedState::Invalid, _) => (symbols.warning, Meaning::Failed),
        (FailedState::Stuck, _) => ("!", Meaning::Failed),
        (FailedState::Retrying, _) => (symbols.waiting, Meaning::Waiting),
        (FailedState::Running, _) => (symbols.live, Meaning::Text),
        (FailedState::Discarded, _) => (symbols.none, Meaning::Done),
        (FailedState::Retried, Some(Followed::Succeeded)) => (symbols.ok, Meaning::Ok),
        (FailedState::Retried, Some(Followed::Retrying | Followed::Pending)) => {
            (symbols.waiting, Meaning::Waiting)
        }
        (FailedState::Retried, Some(Followed::Lost) | None) => (symbols.unknown, Meaning::Done),
    }
}

/// `3 of 10`, `7`
fn attempts(event: &FailedEvent, unknown: &str) -> String {
    match (event.attempts, event.max_attempts) {
        (Some(n), Some(of)) => format!("{} of {}", count(n), count(of)),
        (Some(n), None) if n > 0 => count(n),
        _ => unknown.to_owned(),
    }
}

/// What comes next, or for how long nothing came: `next in 12 s`, `due 2 m ago` (nobody takes it: does its handler run?),
/// `idle 3 m`; of one that was retried what became of it.
fn next(event: &FailedEvent, app: &App) -> Option<(String, Meaning)> {
    if let Some(outcome) = event.outcome {
        let meaning = match outcome {
            Followed::Succeeded => Meaning::Ok,
            Followed::DeadAgain => Meaning::Dead,
            Followed::Pending | Followed::Retrying => Meaning::Waiting,
            Followed::Lost => Meaning::Done,
        };
        return Some((outcome.words().to_owned(), meaning));
    }
    if let Some(next_at) = event.next_at {
        let told = match app.clock.seconds_until(next_at) {
            0 if app.clock.now - next_at < SOON => "due".to_owned(),
            0 => format!("due {}", app.clock.ago(next_at)),
            seconds => format!("next in {}", age(std::time::Duration::from_secs(seconds))),
        };
        return Some((told, Meaning::Waiting));
    }
    event.idle.map(|time| (idle(time), Meaning::Dim))
}

/// Whether its time has come, and nobody takes it.
fn is_overdue(event: &FailedEvent, app: &App) -> bool {
    event.next_at.is_some_and(|next_at| app.clock.now - next_at >= SOON)
}

/// How many cells the words for its state take, whatever time it is.
fn state_cells(event: &FailedEvent, alone: bool, app: &App) -> usize {
    let has_time = matches!(event.state, FailedState::Retrying | FailedState::Stuck);
    if has_time && !alone { "retry 12 s".len() } else { width(&state_words(event, alone, app)) }
}

/// The word for its state, and behind it when it is tried again, since when that is overdue, for how long it lies idle, or
/// what became of it: `retry 12 s`, `due 2 m`, `stuck 3 m`. With `alone` the word: the rest stands elsewhere.
fn state_words(event: &FailedEvent, alone: bool, app: &App) -> String {
    let word = event.state.word();
    if alone {
        return word.to_owned();
    }
    match (event.outcome, event.next_at, event.idle) {
        (Some(Followed::Pending), ..) => "running".to_owned(),
        (Some(Followed::Retrying), ..) => "retrying".to_owned(),
        (Some(outcome), ..) => match outcome {
            Followed::DeadAgain => "dead again".to_owned(),
            outcome => outcome.words().to_owned(),
        },
        (None, Some(next_at), _) => match app.clock.seconds_until(next_at) {
            0 if is_overdue(event, app) => format!("due {}", ago(Some(next_at), app, "")),
            0 => "retry now".to_owned(),
            seconds => format!("retry {}", age(std::time::Duration::from_secs(seconds))),
        },
        (None, None, Some(idle)) if event.state == FailedState::Stuck => format!("{word} {}", age(idle)),
        _ => word.to_owned(),
    }
}

/// `2 m`
fn ago(at: Option<DateTime<Utc>>, app: &App, unknown: &str) -> String {
    at.map_or_else(|| unknown.to_owned(), |at| app.clock.ago(at).trim_end_matches(" ago").to_owned())
}

/// A tenant's label, safe to show.
fn tenant(id: Option<&TenantId>, app: &App, unknown: &str) -> String {
    id.map_or_else(|| unknown.to_owned(), |id| app.monitor.labels().show(id.as_str()))
}

/// The rows that are on the screen, each with its place.
fn rows_of(area: Rect, app: &App) -> impl Iterator<Item = (usize, Rect)> {
    let table = app.failed.open_table();
    let page = usize::from(area.height).saturating_sub(1);
    (table.top..app.failed.len().min(table.top + page)).map(move |at| (at, row(area, 1 + at - table.top)))
}
