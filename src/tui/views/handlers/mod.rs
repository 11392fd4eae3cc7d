//! The Handlers view: what each was given and has not finished, and who works for it.
//!
//! ```text
//!  HANDLER             LAG  PENDING  RUNNING  RETRYING  STUCK  SCHEDULED  DEAD   OK/S  ERR/S   P50    P99  CONSUMERS
//!  ● ticket-email        0        3        2         1      ·          4    12     88    2.1  20 ms  200 ms  2 on 2 hosts
//!  ◌ sla             1,204       50       16         ·      6          ·     9     31    4.0   …            1 on web-2
//!
//!  ─ sla ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  1 stream · TICKET_UPDATED · registered 2 d ago
//!  CONSUMER …
//!  WAITING …
//! ```

mod detail;
mod errors;
mod table;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::{App, Extent};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, inset, row};

/// The table and the detail: where there is room for both, and a cursor, both.
struct Layout {
    table: Rect,
    detail: Option<Rect>,
    /// Why the reports are old.
    stale: Option<Rect>,
}

impl Layout {
    fn of(body: Rect, app: &App) -> Self {
        let mut body = inset(body);
        let mut stale = None;
        if app.handlers.error.is_some() && body.height > 2 {
            body.height -= 1;
            stale = Some(Rect { y: body.bottom(), height: 1, ..body });
        }
        if app.handlers.whole {
            return Self { table: Rect::ZERO, detail: Some(body), stale };
        }
        let rows = u16::try_from(app.handlers.reports.len()).unwrap_or(u16::MAX).saturating_add(2);
        if app.handlers.table.cursor.is_none() || body.height < 12 {
            return Self { table: body, detail: None, stale };
        }
        let table = rows.clamp(4, body.height / 2);
        let below = Rect { y: body.y + table, height: body.height - table, ..body };
        Self { table: Rect { height: table, ..body }, detail: Some(below), stale }
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
        detail::draw(frame, area, app, theme);
    }
    if let (Some(area), Some(error), Some(as_of)) = (layout.stale, &app.handlers.error, app.handlers.as_of) {
        let told = format!("reported {}, and not since: {}", app.clock.ago(as_of), error.what());
        let told = crate::text::display_safe(&told).into_owned();
        Words::new(theme).put(told, Meaning::Failed).draw(frame, area);
    }
}

fn draw_empty(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let (title, meaning, why) = match &app.handlers.error {
        Some(error) => (error.what().to_owned(), Meaning::Failed, error.next().unwrap_or_default()),
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
