//! The Handlers view: what each was given and has not finished, and who works for it.
//!
//! ```text
//!  HANDLER        TYPES      STATE       LAG  PENDING  RUNNING  OK/S  ERR/S    P50     P99  RETRYING  DEAD  LAST ERROR
//!  ● ticket-email TICKET_*   retrying      0        3        2    88    2.1  20 ms  200 ms         4    12  SMTP 451 grey…
//!  ◌ sla          TICKET_U…  stuck 6   1,204       50       16    31    4.0  90 ms     2 s         ·     9  TypeError: Can…
//!
//!  ─ sla ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  stuck · registered 2 d ago · 1 stream · TICKET_UPDATED
//!  consumers 1 on web-2 · p50 90 ms ▁▃█▅ p99 2 s of 1,284 attempts
//!
//!  CONSUMER …
//!  IN FLIGHT …
//!  RETRYING …
//!  DEAD LETTERS …
//! ```

mod detail;
mod table;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::{App, Extent, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, inset, row};

/// The table and the detail: where there is room for both, and a cursor, both.
struct Layout {
    table: Rect,
    detail: Option<Rect>,
    /// Why the reports are old, or what they leave out.
    note: Option<Rect>,
}

impl Layout {
    fn of(body: Rect, app: &App) -> Self {
        let mut body = inset(body);
        let mut note_place = None;
        if note(app).is_some() && body.height > 2 {
            body.height -= 1;
            note_place = Some(Rect { y: body.bottom(), height: 1, ..body });
        }
        let note = note_place;
        if app.handlers.whole {
            return Self { table: Rect::ZERO, detail: Some(body), note };
        }
        let rows = u16::try_from(app.handlers.reports.len()).unwrap_or(u16::MAX).saturating_add(2);
        if app.handlers.table.cursor.is_none() || body.height < 12 {
            return Self { table: body, detail: None, note };
        }
        let table = rows.clamp(4, body.height / 2);
        let below = Rect { y: body.y + table, height: body.height - table, ..body };
        Self { table: Rect { height: table, ..body }, detail: Some(below), note }
    }
}

/// How many rows of the table fit into `body`.
pub fn page(body: Rect, app: &App) -> usize {
    usize::from(Layout::of(body, app).table.height).saturating_sub(1)
}

/// How much there is of the handler under the cursor, and how much of it fits into `body`.
pub fn detail(body: Rect, app: &App) -> Extent {
    let Some(area) = Layout::of(body, app).detail else { return Extent::default() };
    detail::extent(area, app)
}

/// Draws the view.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    if app.handlers.reports.is_empty() {
        return draw_empty(frame, inset(area), app, theme);
    }
    let layout = Layout::of(area, app);
    if layout.table.height > 0 {
        table::draw(frame, layout.table, app, theme);
    }
    if let Some(area) = layout.detail {
        app.areas.add(area, Part::Rows(Pane::Handler, app.handlers.top));
        detail::draw(frame, area, app, theme);
    }
    if let (Some(area), Some((text, meaning))) = (layout.note, note(app)) {
        Words::new(theme).put(crate::text::display_safe(&text).into_owned(), meaning).draw(frame, area);
    }
}

/// What is to be said of the reports: that they are old, that some of it may not be looked at, or that they are not of one
/// tenant alone, whatever else the screen is narrowed to.
fn note(app: &App) -> Option<(String, Meaning)> {
    if let (Some(error), Some(as_of)) = (&app.handlers.error, app.handlers.as_of) {
        let told = format!("reported {}, and not since: {}", app.clock.ago(as_of), error.what());
        return Some((told, Meaning::Failed));
    }
    if let Some(note) = &app.handlers.note {
        return Some((note.clone(), Meaning::Waiting));
    }
    let tenant = match (&app.scope.tenant, &app.context.locked_to[..]) {
        (Some(tenant), _) => app.monitor.labels().show(tenant.as_str()),
        (None, []) => return None,
        (None, locked_to) => locked_to.join(", "),
    };
    let told = format!(
        "numbers are of all tenants: groups are not kept apart by tenant; retries and dead letters below are {tenant}'s"
    );
    Some((told, Meaning::Dim))
}

fn draw_empty(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let (title, meaning, why) = match &app.handlers.error {
        Some(error) => (error.what().to_owned(), Meaning::Failed, error.next().unwrap_or_default()),
        None if app.handlers.as_of.is_none() && app.is_paused() && !app.handlers.is_asking() => {
            let why = "The screen is held still, and nothing was asked before: go on to look for handlers.";
            ("Not looked for handlers".to_owned(), Meaning::Waiting, why)
        }
        None if app.handlers.as_of.is_none() && !app.monitor.link().is_live() => {
            let why = "Handlers are looked for as soon as there is a connection.";
            ("Not looked for handlers".to_owned(), Meaning::Waiting, why)
        }
        None if app.handlers.as_of.is_none() => ("Looking for handlers".to_owned(), Meaning::Waiting, ""),
        None => (
            "No handler reads this bus".to_owned(),
            Meaning::Text,
            "No stream of a type has a consumer group: nobody handles these events. A handler appears here with its \
             group.",
        ),
    };
    let title = crate::text::display_safe(&title).into_owned();
    let why = crate::text::display_safe(why).into_owned();
    let room = usize::from(area.width);
    let lines = folded(&title, room).into_iter().map(|line| (line, meaning));
    let lines = lines.chain(folded(&why, room).into_iter().map(|line| (line, Meaning::Dim)));
    for (at, (line, meaning)) in lines.enumerate() {
        Words::new(theme).put(line, meaning).draw(frame, row(area, 1 + at));
    }
}
