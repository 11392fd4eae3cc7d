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
mod form_words;
mod help;
mod jump;
mod leave_lines;
mod palette;
mod picker;
mod send_lines;
mod shelf;
mod shelf_lines;
mod tenants;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::app::{App, Extent, Field, Pane, Part, Popup};
use crate::tui::theme::Theme;
use crate::tui::widgets::{TextField, field};

/// How many lines of the open picker fit on the screen.
pub fn picker_page(app: &App) -> usize {
    let choices = match &app.popup {
        Some(Popup::Shelf(open)) => return shelf::page(whole(app), open.picker.choices.len()),
        // What is typed may be one, too.
        Some(Popup::Tenants(picker)) => picker.choices.len() + 1,
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

/// The path of a file that the open form offers in a line of what it says.
pub fn offer_in(app: &App, row: usize) -> Option<String> {
    match &app.popup {
        Some(Popup::Form(open)) => form::offer_in(whole(app), open, row).map(ToOwned::to_owned),
        _ => None,
    }
}

/// Draws what lies over the view, if anything does.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    draw_popup(frame, area, (app.popup.as_ref(), app), theme);
}

fn draw_popup(frame: &mut Frame<'_>, area: Rect, (popup, app): (Option<&Popup>, &App), theme: &Theme) {
    let (rows, top) = match popup {
        Some(Popup::Palette(open)) => {
            draw_popup(frame, area, (open.below.as_deref(), app), theme);
            (palette::draw(frame, area, (open, app), theme), open.list.top)
        }
        Some(Popup::Contexts(list)) => {
            (picker::draw(frame, area, (list, "Context", app), theme), list.list.top)
        }
        Some(Popup::Tenants(list)) => (tenants::draw(frame, area, (list, app), theme), list.list.top),
        Some(Popup::Channels(list)) => {
            (picker::draw(frame, area, (list, "Channel", app), theme), list.list.top)
        }
        Some(Popup::Compose(open)) => {
            let picker = &open.picker;
            (picker::draw(frame, area, (picker, &open.title, app), theme), picker.list.top)
        }
        Some(Popup::Events(open)) => {
            let picker = &open.picker;
            (picker::draw(frame, area, (picker, open.title, app), theme), picker.list.top)
        }
        Some(Popup::Jump(field)) => return jump::draw(frame, area, (field, app), theme),
        Some(Popup::Help(state)) => return help::draw(frame, area, (state, app), theme),
        Some(Popup::Shelf(open)) => return shelf::draw(frame, area, (open, app), theme),
        Some(Popup::Form(open)) => return form::draw(frame, area, (open, app), theme),
        Some(Popup::Edit) => return edit::draw(frame, area, app, theme),
        None => return,
    };
    let is_palette = matches!(popup, Some(Popup::Palette(_)));
    app.areas.add(rows, Part::Rows(if is_palette { Pane::Palette } else { Pane::List }, top));
}

/// What lies over everything has this inside: nothing below it can be pressed.
fn cover(app: &App, inside: Rect) {
    let place = Rect {
        x: inside.x.saturating_sub(2),
        width: inside.width + 4,
        y: inside.y.saturating_sub(1),
        ..inside
    };
    app.areas.cover(whole(app), Rect { height: inside.height + 2, ..place });
}

/// The field that narrows a list.
fn narrowing(frame: &mut Frame<'_>, area: Rect, (typed, app): (&Field, &App), theme: &Theme) {
    let (placeholder, noted) = ("type to narrow", (&app.areas, None));
    field(frame, area, &TextField { field: typed, placeholder, noted }, theme);
}

/// So many lines below the first one, which is a field.
fn below(inside: Rect, lines: usize) -> Rect {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX).min(inside.height.saturating_sub(1));
    Rect { y: inside.y + 1, height: lines, ..inside }
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
