//! The Events view: one by one, and the one under the cursor in full.
//!
//! ```text
//!  TIME ▾        TYPE             TENANT         ABOUT                          │ TICKET_UPDATED      ↓ 12 more
//!  14:02:31.204  TICKET_UPDATED   Acme MSP       ticket 7b9d493c · status on_h… │ id      57f7e9a7-7e13-452d-…
//!  14:02:31.197  TICKET_CREATED   Northwind IT   ticket c3ffa50b · number T-229 │ tenant  Acme MSP  189c996e-…
//!  14:02:31.190  TICKET_UPDATED   Globex         ⚠ invalid  /payload/ticketId:… │ {
//!                                                                               │   "id": "57f7e9a7-…",
//!                                                                               │ ▸ "payload": { … 4 }
//! ```
//!
//! The detail lies beside the list from 120 columns on, below it under that; Enter gives it the whole body.

mod detail;
mod facts;
mod layout;
#[cfg(test)]
mod work;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::days::Days;
use super::event_rows;
use crate::tui::app::{App, EventsPane, Extent, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{row, rule_down};
use layout::Areas;

pub use detail::Under;

/// How many rows of the list fit into `body`.
pub fn page(body: Rect, app: &App) -> usize {
    Areas::of(body, app).list.map_or(0, |area| usize::from(area.height).saturating_sub(1))
}

/// How much of the detail there is, and how much of it fits into `body`.
pub fn detail(body: Rect, app: &App) -> Extent {
    Areas::of(body, app).detail.map_or_else(Extent::default, |area| detail::extent(area, app))
}

/// What is under the cursor of the detail in `body`; `None` where that is on what is told above the event's JSON.
pub fn under(body: Rect, app: &App) -> Option<Under> {
    detail::under(Areas::of(body, app).detail?, app)
}

/// The row of the detail in `body` in which a line of the event's JSON begins, or what it is folded into.
pub fn row_of(body: Rect, app: &App, line: usize) -> Option<usize> {
    detail::row_of(Areas::of(body, app).detail?, app, line)
}

/// Draws the view in `body`.
pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, app: &App, theme: &Theme) {
    let areas = Areas::of(body, app);
    if let Some(area) = areas.list {
        let focused = !app.events.reads_detail() || app.events.focus == EventsPane::List;
        let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let days = Days::on_screen(usize::from(rows.height), true, app);
        event_rows::heading(frame, row(area, 0), (app, focused, days), theme);
        event_rows::rows(frame, rows, (app, focused, days), theme);
    }
    if let Some(area) = areas.divide {
        rule_down(frame, area, Meaning::Rule, theme);
    }
    if let Some(area) = areas.detail {
        detail::draw(frame, (area, areas.below), app, theme);
    }
    if let Some((place, of)) = areas.split(body) {
        app.areas.add(place, Part::Split { of, below: areas.below });
    }
}
