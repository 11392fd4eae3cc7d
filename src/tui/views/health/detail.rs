//! One finding: where, since when, by which evidence, and what to do.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Parts, headed, table};
use crate::monitor::health::Known;
use crate::text::{cut_end, width};
use crate::tui::app::App;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, folded};

/// The line above it: which check found it, and where it is.
pub(super) fn heading(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let rule = theme.symbols().rule;
    let title = app.health.chosen().map_or_else(
        || "checks".to_owned(),
        |known| format!("{} {} {}", known.lint.check, theme.symbols().dot, known.lint.place.show()),
    );
    let title = cut_end(&title, usize::from(area.width).saturating_sub(6)).into_owned();
    let fill = usize::from(area.width).saturating_sub(width(&title) + 3);
    Words::new(theme)
        .put(rule, Meaning::Rule)
        .gap(1)
        .put(title, Meaning::title(false))
        .gap(1)
        .put(rule.repeat(fill), Meaning::Rule)
        .draw(frame, area);
}

pub(super) fn lines(known: &Known, app: &App, room: usize) -> Vec<Parts> {
    let lint = &known.lint;
    let meaning = table::meaning(known);
    let mut lines: Vec<Parts> =
        folded(&lint.what, room).into_iter().map(|line| vec![(line, meaning)]).collect();
    let clock = &app.clock;
    let mut seen = format!("first {}, last {}", clock.time(known.first), clock.time(known.last));
    if let Some(gone) = known.gone {
        seen = format!("{seen}; gone since {}", clock.time(gone));
    }
    lines.extend(headed("seen", &seen, Meaning::Text, room));
    for (at, line) in lint.evidence.iter().enumerate() {
        lines.extend(headed(if at == 0 { "evidence" } else { "" }, line, Meaning::Text, room));
    }
    for (at, line) in lint.next.iter().enumerate() {
        lines.extend(headed(if at == 0 { "next" } else { "" }, line, Meaning::Accent, room));
    }
    lines
}
