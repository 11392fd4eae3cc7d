//! What lies over a view: the help, lists to choose from, what is asked before anything is done, and an editor.
//!
//! ```text
//! ┌─ Tenant ────────────────────────────────────┐
//! │ acme▏                                       │
//! │ Acme MSP          189c996e-43d3…      4,102 │
//! │ Acme Labs         5ac21b9e-6f0d…         12 │
//! └──────────────────────────────────── 2 of 9 ─┘
//! ```

mod edit;
mod file_lines;
mod form;
mod form_lines;
mod help;
mod jump;
mod leave_lines;
mod palette;
mod picker;
mod send_lines;
mod shelf;
mod shelf_lines;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::app::{App, Extent, Popup};
use crate::tui::theme::Theme;

/// How many lines of the open picker fit on the screen.
pub fn picker_page(app: &App) -> usize {
    let choices = match &app.popup {
        Some(Popup::Shelf(open)) => return shelf::page(whole(app), open.picker.choices.len()),
        Some(Popup::Tenants(picker)) => picker.choices.len(),
        Some(Popup::Channels(picker)) => picker.choices.len(),
        Some(Popup::Contexts(picker)) => picker.choices.len(),
        Some(Popup::Palette(_)) => return palette::page(whole(app)),
        Some(Popup::Compose(open)) => open.picker.choices.len() + 1,
        Some(Popup::Events(open)) => open.picker.choices.len(),
        Some(Popup::Help(_) | Popup::Jump(_) | Popup::Form(_) | Popup::Edit) | None => 0,
    };
    picker::page(whole(app), choices)
}

/// How many lines the open help has, and how many of them fit on the screen.
pub fn help(app: &App) -> Extent {
    match &app.popup {
        Some(Popup::Help(state)) => help::extent(whole(app), (state, app)),
        _ => Extent::default(),
    }
}

/// The actions that the open help lists, in order, with the first of its lines and how many there are.
pub fn help_actions(app: &App) -> Vec<(Action, usize, usize)> {
    match &app.popup {
        Some(Popup::Help(state)) => help::actions(whole(app), (state, app)),
        _ => Vec::new(),
    }
}

/// How many lines the open form has above its choices, and how many of them fit on the screen.
pub fn form(app: &App) -> Extent {
    match &app.popup {
        Some(Popup::Form(open)) => form::extent(whole(app), (open, app)),
        _ => Extent::default(),
    }
}

/// Draws what lies over the view, if anything does.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    draw_popup(frame, area, (app.popup.as_ref(), app), theme);
}

fn draw_popup(frame: &mut Frame<'_>, area: Rect, (popup, app): (Option<&Popup>, &App), theme: &Theme) {
    match popup {
        Some(Popup::Palette(open)) => {
            draw_popup(frame, area, (open.below.as_deref(), app), theme);
            palette::draw(frame, area, open, theme);
        }
        Some(Popup::Contexts(list)) => picker::draw(frame, area, (list, "Context"), theme),
        Some(Popup::Help(state)) => help::draw(frame, area, (state, app), theme),
        Some(Popup::Tenants(list)) => picker::draw(frame, area, (list, "Tenant"), theme),
        Some(Popup::Channels(list)) => picker::draw(frame, area, (list, "Channel"), theme),
        Some(Popup::Compose(open)) => picker::draw(frame, area, (&open.picker, &open.title), theme),
        Some(Popup::Shelf(open)) => shelf::draw(frame, area, (open, app), theme),
        Some(Popup::Events(open)) => picker::draw(frame, area, (&open.picker, open.title), theme),
        Some(Popup::Jump(field)) => jump::draw(frame, area, (field, app), theme),
        Some(Popup::Form(open)) => form::draw(frame, area, (open, app), theme),
        Some(Popup::Edit) => edit::draw(frame, area, app, theme),
        None => {}
    }
}

fn whole(app: &App) -> Rect {
    Rect::new(0, 0, app.size.width, app.size.height)
}

/// The middle of the body of `area`, `width` columns and `height` lines of it.
fn middle(area: Rect, width: usize, height: usize) -> Rect {
    let fit = |wanted: usize, room: u16| u16::try_from(wanted).unwrap_or(u16::MAX).min(room);
    let width = fit(width, area.width.saturating_sub(4));
    let height = fit(height, most_lines(area));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + area.height.min(ABOVE) + (most_lines(area) - height) / 3;
    Rect { x, y, width, height }
}

/// Lines above and below the body.
const ABOVE: u16 = 3;
const BELOW: u16 = 3;

/// Lines that a popup may take.
fn most_lines(area: Rect) -> u16 {
    area.height.saturating_sub(ABOVE + BELOW)
}
