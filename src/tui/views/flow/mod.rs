//! The Flow view: how much comes in, of which types and from which tenants, and the newest events.
//!
//! ```text
//!  events/s, 5 min                                                   now 1,284   peak 2,110   avg 1,102
//!  ⣀⣀⣀⣤⣤⣤⣶⣶⣶⣿⣿⣿⣿⣷⣶⣶⣤⣤⣤⣀⣀⣀⣀⣤⣤⣤⣶⣶⣿⣿⣿⣿⣶⣶⣤⣤⣤⣀⣀⣀⣀⣤⣤⣶⣶⣿⣿⣿⣿⣷⣶⣤⣤⣀⣀⣀⣀⣤⣤⣶⣶⣿⣿⣷⣶⣤⣤⣀⣀⣀
//!  TYPE                    /s  5 min    invalid      TENANT                    /s  5 min    invalid
//!  TICKET_UPDATED         412  ▂▃▅▇▆▅▃▂       9      Acme MSP                 530  ▂▃▅▇▆▅▃▂      12
//!  TICKET_CREATED         230  ▁▂▃▄▃▂▂▁       ·      Northwind IT             301  ▁▂▃▄▃▂▂▁       ·
//!  +9 more                                           +281 quiet
//!
//!  TENANT × TYPE    TICKET    TICKET    PROJECT
//!                   CREATED   UPDATED   CREATED
//!  Acme MSP         ▓▓▓       ███ ✗9    ·
//!
//!  14:02:31.204  TICKET_UPDATED    Acme MSP    ticket 7b9d493c · status on_hold · priority 1
//! ```

mod layout;
mod matrix;
mod rates;
mod tables;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::days::Days;
use super::{errors, event_rows};
use crate::tui::app::{App, FlowPane};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{mark_sign, row};
use layout::Areas;

/// How many rows of `pane` fit into `body`; `None` where it is not shown at this size.
pub fn page(body: Rect, app: &App, pane: FlowPane) -> Option<usize> {
    let areas = Areas::of(body, app);
    match pane {
        FlowPane::Types => areas.types.map(|area| tables::page(area, app.flow.flow.types.len(), 0)),
        FlowPane::Tenants => areas
            .tenants
            .map(|area| tables::page(area, app.flow.flow.tenants.len(), tables::quiet_tenants(app))),
        FlowPane::Matrix => areas.matrix.map(|area| matrix::page(area, app)),
        FlowPane::Errors => areas.errors.map(|area| errors::pane_rows(area, app)),
        FlowPane::Strip => areas.strip.map(|area| usize::from(area.height)),
    }
}

/// Draws the view in `body`.
pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, app: &App, theme: &Theme) {
    let areas = Areas::of(body, app);
    if let Some(area) = areas.rates {
        rates::draw(frame, area, app, theme);
    }
    if let Some(area) = areas.types {
        tables::types(frame, area, app, theme);
    }
    if let Some(area) = areas.tenants {
        tables::tenants(frame, area, app, theme);
    }
    if let Some(area) = areas.matrix {
        matrix::draw(frame, area, app, theme);
    }
    if let Some(area) = areas.errors {
        errors::pane(frame, area, app, theme);
    }
    if let Some(area) = areas.strip {
        strip(frame, (areas.strip_heading, area), app, theme);
    }
}

fn strip(frame: &mut Frame<'_>, (heading, area): (Option<Rect>, Rect), app: &App, theme: &Theme) {
    let focused = app.flow.focus == FlowPane::Strip;
    let days = Days::on_screen(usize::from(area.height), heading.is_some(), app);
    match heading {
        Some(heading) => event_rows::heading(frame, heading, (app, focused, days), theme),
        // Without a heading the focus shows at the edge.
        None if focused && app.events.cursor.is_none() => {
            for at in 0..usize::from(area.height) {
                mark_sign(frame, row(area, at), true, theme);
            }
        }
        None => {}
    }
    event_rows::rows(frame, area, (app, focused, days), theme);
}

/// How numbers look: current, or from before the connection was lost.
fn number(app: &App) -> Meaning {
    if app.monitor.link().is_stale() { Meaning::Stale } else { Meaning::Text }
}
