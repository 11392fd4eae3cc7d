//! Errors of handlers: a pane of the Flow view, and a page over any view that goes from the groups down to one event.
//!
//! ```text
//!  HANDLER ERRORS  in 3 groups                                                                   412 failed attempts
//!    HANDLER       TYPE            MESSAGE                       COUNT   TENANTS       FIRST   LAST  5 min
//!  ● sla           TICKET_UPDATED  TypeError: Cannot read …       ×380   Acme MSP +2    22 m    now  ▁▁▂▅▇
//!    ticket-email  TICKET_CREATED  SMTP 451 greylisted for <…>     ×32   Globex          3 h    8 s  ▁▁▁▁▂
//! ```
//!
//! Enter opens a group (its failed attempts, newest first), then one of those: the event with every failed attempt at
//! it, the whole chain of causes, and its JSON.

mod event;
mod groups;
mod occurrences;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::bus::FailureFeed;
use crate::monitor::FailureCounts;
use crate::text::{count, display_safe};
use crate::tui::action::Action;
use crate::tui::app::{App, Extent, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, inset, row};

pub(super) use groups::{pane, pane_rows};

/// How many rows of the list that is open fit into `body`.
pub fn page(body: Rect) -> usize {
    usize::from(body.height).saturating_sub(2)
}

/// How much there is of the event that is open, and how much of it fits into `body`.
pub fn event(body: Rect, app: &App) -> Extent {
    event::extent(inset(body), app)
}

/// Draws the page that is open.
pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, app: &App, theme: &Theme) {
    let area = inset(body);
    let Some(page) = &app.errors.page else { return };
    if let Some(open) = &page.event {
        app.areas.add(area, Part::Rows(Pane::ErrorsEvent, open.top));
        event::draw(frame, area, (open, app), theme);
    } else if let Some(group) = &page.group {
        occurrences::draw(frame, area, (group, app), theme);
    } else {
        groups::draw(frame, area, (page, app), theme);
    }
}

/// Why there are no groups, of a handler or at all.
fn nothing(handler: Option<&str>, app: &App) -> (String, Meaning) {
    let log = app.monitor.failures();
    match log.feed() {
        None => ("nobody has said yet whether this bus records failed attempts".to_owned(), Meaning::Dim),
        Some(FailureFeed::NotRecorded) => {
            let key = super::keys::key_for(app, Action::ShowHandlers).unwrap_or_default();
            let handlers = format!("{key} opens Handlers").trim_start().to_owned();
            let why =
                format!("errors are not recorded on this bus; {handlers}, with what is pending and stuck");
            (why, Meaning::Waiting)
        }
        Some(FailureFeed::Unreadable(why)) => {
            (display_safe(&format!("errors cannot be read: {why}")).into_owned(), Meaning::Failed)
        }
        Some(FailureFeed::Read) if log.end_seq() == 0 => {
            let counts = log.counts();
            let why = if counts == FailureCounts::default() {
                "no handler has failed since recording began"
            } else if counts.other_tenants + counts.unattributed > 0 {
                "no failed attempt of a tenant within the lock is known; others there are"
            } else {
                "no failed attempt could be read; some there were"
            };
            (why.to_owned(), Meaning::Dim)
        }
        Some(FailureFeed::Read) => {
            let is_narrowed = app.scope.tenant.is_some() || app.filter.is_on();
            match handler {
                Some(_) if is_narrowed => {
                    ("no failed attempt of it fits filter and tenant".to_owned(), Meaning::Waiting)
                }
                Some(_) => ("no failed attempt of it is known".to_owned(), Meaning::Dim),
                None => ("no failed attempt fits filter and tenant".to_owned(), Meaning::Waiting),
            }
        }
    }
}

/// Draws why there are no groups, in as many lines as it takes.
fn draw_nothing(frame: &mut Frame<'_>, area: Rect, (handler, app): (Option<&str>, &App), theme: &Theme) {
    let (why, meaning) = nothing(handler, app);
    for (at, line) in folded(&why, usize::from(area.width)).into_iter().enumerate() {
        Words::new(theme).put(line, meaning).draw(frame, row(area, at));
    }
}

/// What of the failed attempts is missing: `3 trimmed, 2 unreadable`; nothing where nothing is.
fn missing(forgotten: u64, app: &App) -> String {
    let counts = app.monitor.failures().counts();
    let parts = [
        (forgotten, "no longer in memory"),
        (counts.trimmed, "trimmed"),
        (counts.unreadable, "unreadable"),
        (counts.unattributed, "unattributed"),
    ];
    let said = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n)));
    said.collect::<Vec<_>>().join(", ")
}
