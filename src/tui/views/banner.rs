//! The lines below the header, while there is something that a person must know: what is shown is no longer current,
//! or not all there is.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::keys::advice;
use super::rewind_line;
use crate::bus::Link;
use crate::text::{cut_end, display_safe, width};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded, inset, row};

/// Why it cannot connect, and what to do about it, may take so many lines.
const MOST: usize = 2;

/// How many lines there are on a screen that is so wide.
pub(super) fn count(app: &App, width: u16) -> usize {
    broken_link(app).map_or(0, |(what, _)| why(&what, usize::from(width).saturating_sub(2)).len())
        + usize::from(app.banner().is_some())
        + usize::from(rewind_line::line(app).is_some())
}

/// Draws the banner.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let area = inset(area);
    let mut at = 0;
    let warning = theme.symbols().warning;
    if let Some((what, meaning)) = broken_link(app) {
        let place = row(area, at);
        // The footer names the key too; here it stands where the trouble is.
        let key =
            advice(app, Action::Reconnect, "tries now").filter(|_| app.allows(Action::Reconnect).is_ok());
        // Where the same key reads anew, it connects while there is nothing to read from.
        let key = key.or_else(|| advice(app, Action::Refresh, "tries now").filter(|_| !app.ended));
        let key = Words::new(theme).put(key.unwrap_or_default(), Meaning::KeyHelp);
        let room = usize::from(place.width);
        let beside = if key.cells() > 0 { key.cells() + 3 } else { 0 };
        // What is wrong comes first.
        for text in why(&what, room) {
            let text = if at == 0 { format!("{warning} {text}") } else { format!("  {text}") };
            let has_room = at == 0 && width(&text) + beside <= room;
            let place = row(area, at);
            Words::new(theme).put(cut_end(&text, room).into_owned(), meaning).draw(frame, place);
            if has_room {
                key.clone().draw_right(frame, place);
            }
            at += 1;
        }
    }
    if let Some((notice, more)) = app.banner() {
        let place = row(area, at);
        let more = if more > 0 { format!("   +{more} more") } else { String::new() };
        let hide = advice(app, Action::HideBanner, app.hint(Action::HideBanner)).unwrap_or_default();
        let hide = Words::new(theme).put(hide, Meaning::KeyHelp);
        let room = usize::from(place.width).saturating_sub(hide.cells() + 3);
        let text = format!("{warning} {}  {}{more}", app.clock.time(notice.at), notice.line());
        let line = Words::new(theme).left(&text, room, Meaning::Banner);
        line.draw(frame, place);
        hide.draw_right(frame, place);
        at += 1;
    }
    if let Some((text, meaning, back)) = rewind_line::line(app) {
        let place = row(area, at);
        let back = Words::new(theme).put(back, Meaning::KeyHelp);
        let room = usize::from(place.width).saturating_sub(back.cells() + 3);
        let text = format!("{} {text}", theme.symbols().up);
        Words::new(theme).left(&cut_end(&text, room), room, meaning).draw(frame, place);
        back.draw_right(frame, place);
    }
}

/// What is said of it, in as many lines as there may be; of more the last one is cut. Two cells are for the sign.
fn why(what: &str, room: usize) -> Vec<String> {
    let mut lines = folded(what, room.saturating_sub(2));
    if lines.len() > MOST {
        let rest = lines.split_off(MOST - 1).join(" ");
        lines.push(rest);
    }
    lines
}

/// Why what is on the screen is not current; nothing while it is, or while there is nothing on the screen.
fn broken_link(app: &App) -> Option<(String, Meaning)> {
    let view = app.monitor.link();
    let has_data = app.monitor.counts().received > 0;
    if !has_data || !(view.is_stale() || app.ended) {
        return None;
    }
    let as_of = view.stale_since().map(|at| format!("as of {}: ", app.clock.time(at))).unwrap_or_default();
    match &view.link {
        Link::Fatal { why, next, .. } => {
            Some((format!("{as_of}{}: {}", display_safe(why), display_safe(next)), Meaning::Failed))
        }
        Link::Down { why, .. } => Some((format!("{as_of}{}", display_safe(why)), Meaning::Banner)),
        Link::Connecting { target } => {
            Some((format!("{as_of}connecting to {}", display_safe(target)), Meaning::Banner))
        }
        Link::Live(_) if app.ended => Some(("watching has ended".to_owned(), Meaning::Failed)),
        Link::Live(_) => None,
    }
}
