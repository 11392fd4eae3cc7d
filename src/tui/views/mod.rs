//! Drawing: `&App` onto a frame. Nothing here changes anything.
//!
//! ```text
//!  tidings  prod  ▲ production  ● live 1,284/s  tenant Acme MSP  channel global               14:02:31   header
//!  1 Flow   2 Events 312   3 Handlers   4 Failed 14   5 Compose   6 Health 3                             tabs
//! ─────────────────────────────────────────────────────────────────────────────────────────────────────  rule
//!  ⚠ gap: 12 entries of event::TICKET_UPDATED are missing (trimmed)                       x hide notice  banner
//!
//!    the body: flow, events, or why there is nothing to see                                               body
//!
//! ─────────────────────────────────────────────────────────────────────────────────────────────────────  rule
//!  following  filter type:TICKET_*            shown 312  hidden 41,200  invalid 3  of 41,512 received    truth
//!  plan-7f3a9c ▓▓▓░░ 206/412  ok 198  failed again 3                  P pause plan   X cancel plan       plan
//!  Enter open   / filter   t tenant   p pause                                                   ? help   footer
//! ```
//!
//! Everything is at its place in every view. Popups lie over the body and the lines around it.

mod banner;
mod caret;
pub mod compose;
mod cursor;
mod days;
mod empty;
pub mod errors;
mod event_columns;
mod event_rows;
pub mod events;
pub mod failed;
pub mod flow;
mod footer;
pub mod handlers;
mod header;
pub mod health;
mod json_rows;
mod keys;
mod plan_line;
pub mod popups;
mod rewind_line;
mod screen;
mod sending_line;
mod tabs;
mod tenants;
mod truth;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::app::{App, View};
use super::theme::{Meaning, Theme};
use super::widgets::{Words, finish, rule};
use screen::Screen;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    app.areas.clear();
    match Screen::of(frame.area(), app) {
        Some(screen) => draw_screen(frame, &screen, app, theme),
        None => too_small(frame, theme),
    }
    finish(frame, theme);
}

/// The part of the screen that a view draws in: what frame, header and footer leave.
pub fn body(app: &App) -> Rect {
    Screen::of(Rect::from((ratatui::layout::Position::ORIGIN, app.size)), app)
        .map_or(Rect::ZERO, |screen| screen.body)
}

fn draw_screen(frame: &mut Frame<'_>, screen: &Screen, app: &App, theme: &Theme) {
    let edge = if app.context.production { Meaning::RuleProduction } else { Meaning::Rule };
    header::draw(frame, screen.header, app, theme);
    tabs::draw(frame, screen.tabs, app, theme);
    rule(frame, screen.top_rule, edge, theme);
    banner::draw(frame, screen.banner, app, theme);
    match (empty::of(app), app.view) {
        // Handlers may have failed at events that are gone by now.
        _ if app.errors.page.is_some() => errors::draw(frame, screen.body, app, theme),
        _ if app.journal().is_some() => failed::draw(frame, screen.body, app, theme),
        (_, View::Compose) => compose::draw(frame, screen.body, app, theme),
        (Some(empty), _) => empty::draw(frame, screen.body, &empty, theme),
        (None, View::Flow) => flow::draw(frame, screen.body, app, theme),
        (None, View::Events) => events::draw(frame, screen.body, app, theme),
        (None, View::Handlers) => handlers::draw(frame, screen.body, app, theme),
        (None, View::Health) => health::draw(frame, screen.body, app, theme),
        (None, View::Failed) => failed::draw(frame, screen.body, app, theme),
    }
    rule(frame, screen.bottom_rule, edge, theme);
    sending_line::draw(frame, screen.sending, app, theme);
    plan_line::draw(frame, screen.plan, app, theme);
    truth::draw(frame, (screen.bottom_rule, screen.truth), app, theme);
    footer::draw(frame, screen.footer, app, theme);
    popups::draw(frame, screen.whole, app, theme);
}

fn too_small(frame: &mut Frame<'_>, theme: &Theme) {
    let area = frame.area();
    let (width, height) = Screen::LEAST;
    Words::new(theme).put("terminal too small", Meaning::Waiting).draw(frame, area);
    let advice = format!("at least {width}{}{height}", theme.symbols().times);
    Words::new(theme).put(advice, Meaning::Dim).draw(frame, super::widgets::row(area, 1));
}
