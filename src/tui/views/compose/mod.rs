//! The Compose view.
//!
//! ```text
//!  TYPE     TICKET_UPDATED    Ticket updated                 │ {
//!  TENANT   Acme MSP          189c996e-43d3-4c53-9f4e-…      │   "tenantId": "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6",
//!  STREAM   event::TICKET_UPDATED                            │   "ticketId": "7b9d493c-9d7c-46d6-a6b0-99ba984ea078",
//!  ID       57f7e9a7-7e13-452d-81b7-9892c8fdd92e             │   "userId": "",
//! ▾ payload                             4 fields             │   "changes": { "status": "open" }
//!   tenantId *  189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6         │ }
//!   userId *    ✗ required: a UUID                           │
//!  ✗ 1 fault   /payload/userId: expected a UUID, found ""
//! ```
//!
//! Where there is no room for both, form and JSON take turns. Below them, what became of what was sent.

mod faults;
mod file_lines;
mod form;
mod head;
mod json;
mod outcome;
mod suggestions;
mod value;
#[cfg(test)]
mod work;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::rule_down;

/// From so many columns on, form and JSON stand side by side.
const SIDE_BY_SIDE: u16 = 110;

/// The parts of the view.
struct Layout {
    head: Option<Rect>,
    form: Option<Rect>,
    divide: Option<Rect>,
    json: Option<Rect>,
    faults: Rect,
    outcome: Rect,
}

impl Layout {
    fn of(area: Rect, app: &App) -> Self {
        let outcome = outcome::height(app).min(area.height.saturating_sub(4));
        let faults = faults::height(app).min(area.height.saturating_sub(outcome + 3)).max(1);
        let height = area.height.saturating_sub(outcome + faults);
        let main = Rect { height, ..area };
        let below = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
        let mut layout = Self {
            head: None,
            form: None,
            divide: None,
            json: None,
            faults: below(height, faults),
            outcome: below(height + faults, outcome),
        };
        if area.width >= SIDE_BY_SIDE {
            let left = area.width * 11 / 20;
            layout.divide = Some(Rect { x: area.x + left, width: 1, ..main });
            // With a blank column at the edge of the screen, as everywhere.
            let right = area.width - left - 3;
            layout.json = Some(Rect { x: area.x + left + 2, width: right, ..main });
            layout.put_form(Rect { width: left, ..main }, app);
        } else if app.compose.edits_json() {
            layout.json = Some(Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..main });
        } else {
            layout.put_form(main, app);
        }
        layout
    }

    fn put_form(&mut self, area: Rect, app: &App) {
        let head = head::height(app).min(area.height.saturating_sub(2));
        self.head = Some(Rect { height: head, ..area });
        self.form = Some(Rect { y: area.y + head, height: area.height - head, ..area });
    }
}

/// How many rows of the form fit on the screen.
pub fn page(area: Rect, app: &App) -> usize {
    Layout::of(area, app).form.map_or(1, |form| usize::from(form.height)).max(1)
}

/// Draws the view.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let layout = Layout::of(area, app);
    if let Some(area) = layout.head {
        head::draw(frame, area, app, theme);
    }
    if let Some(area) = layout.form {
        form::draw(frame, area, app, theme);
    }
    if let Some(area) = layout.divide {
        rule_down(frame, area, Meaning::Rule, theme);
    }
    if let Some(area) = layout.json {
        json::draw(frame, area, app, theme);
    }
    faults::draw(frame, layout.faults, app, theme);
    outcome::draw(frame, layout.outcome, app, theme);
}
