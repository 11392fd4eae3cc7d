//! The Health view: what is wrong with the bus, the worst first; by which evidence, and what to do.
//!
//! ```text
//!  LEVEL      CHECK          FINDING                                                                  FIRST     LAST
//!  ✗ fault    handlers       nobody runs sla: 1,204 unread, 4 waiting to be retried                    12 m      now
//!  ⚠ warning  schema         7 events of TICKET_UPDATED break their schema in the last 5 m              3 m      now
//!
//!  ─ sla ──────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  nobody runs sla: 1,204 unread, 4 waiting to be retried
//!  evidence  its last sign of life was 12 m ago; registered 2 d ago
//!  next      start it: tidings work --only sla, or your own program
//! ```
//!
//! Without a cursor the lower part says which checks passed, and which could not be made.

mod checks;
mod detail;
mod table;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, inset, row};

/// Parts of a line, and what they mean.
type Parts = Vec<(String, Meaning)>;

/// Rows of the table at least, its heading among them.
const TABLE: u16 = 4;

/// The table above, and below it the finding under the cursor, or the checks.
struct Layout {
    table: Rect,
    below: Rect,
}

impl Layout {
    fn of(body: Rect, app: &App) -> Self {
        let body = inset(body);
        let rows = u16::try_from(app.health.rows.len()).unwrap_or(u16::MAX).saturating_add(2);
        if app.health.rows.is_empty() {
            return Self { table: Rect { height: 0, ..body }, below: body };
        }
        let wanted = u16::try_from(below(app, usize::from(body.width)).len()).unwrap_or(u16::MAX);
        let left = body.height.saturating_sub(wanted.saturating_add(1));
        let table = rows.min(left.max(TABLE.max(body.height / 3))).min(body.height);
        let below = Rect { y: body.y + table, height: body.height - table, ..body };
        Self { table: Rect { height: table, ..body }, below }
    }
}

/// The lines of the lower part.
fn below(app: &App, room: usize) -> Vec<Parts> {
    match app.health.chosen() {
        Some(known) => detail::lines(known, app, room),
        None => checks::lines(app, room),
    }
}

/// How many rows of the table fit into `body`.
pub fn page(body: Rect, app: &App) -> usize {
    usize::from(Layout::of(body, app).table.height).saturating_sub(1)
}

/// Draws the view.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let layout = Layout::of(area, app);
    let mut place = layout.below;
    if layout.table.height > 0 {
        table::draw(frame, layout.table, app, theme);
        if place.height > 0 {
            detail::heading(frame, place, app, theme);
            place = Rect { y: place.y + 1, height: place.height - 1, ..place };
        }
    }
    let lines = below(app, usize::from(place.width));
    let page = usize::from(place.height);
    let is_cut = lines.len() > page;
    for (at, parts) in lines.into_iter().take(page).enumerate() {
        let line = parts.into_iter().fold(Words::new(theme), |line, (text, meaning)| line.put(text, meaning));
        line.draw(frame, row(place, at));
    }
    if is_cut && page > 0 {
        let more = format!("{} y copies all of it", theme.symbols().more);
        let more = if app.health.chosen().is_some() { more } else { theme.symbols().more.to_owned() };
        Words::new(theme).gap(1).put(more, Meaning::Dim).draw_right(frame, row(place, page - 1));
    }
}

/// `text` under a heading in the first column, folded.
fn headed(heading: &str, text: &str, meaning: Meaning, room: usize) -> Vec<Parts> {
    const HEADING: usize = 10;
    let lines = folded(text, room.saturating_sub(HEADING).max(1));
    let lines = lines.into_iter().enumerate().map(|(at, line)| {
        let heading = if at == 0 { heading } else { "" };
        vec![(crate::text::pad_end(heading, HEADING), Meaning::Dim), (line, meaning)]
    });
    lines.collect()
}
