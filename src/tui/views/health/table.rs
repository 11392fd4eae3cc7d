//! The table of findings.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use crate::bus::Level;
use crate::monitor::health::Known;
use crate::text::width;
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Symbols, Theme};
use crate::tui::widgets::{Words, row};

const LEVEL: usize = 11;
const CHECK: usize = 15;
const AGE: usize = 10;
/// From so many cells on it is said when a finding was first and last there: what is found comes first, and the lower
/// part says it anyway. From so many on, which check found it: the lower part names it, too. A column
/// of findings is no wider than the longest of them and so many cells: numbers far from it belong to no row.
const WIDE: usize = 100;
const NARROW: usize = 90;
const FINDING: usize = 110;
/// So many rows are looked at for the longest finding.
const FIRST: usize = 100;

/// What a finding's level looks like; what is gone is grey.
pub(super) fn meaning(known: &Known) -> Meaning {
    match known.lint.level {
        _ if known.gone.is_some() => Meaning::Done,
        Level::Fault => Meaning::Failed,
        Level::Warning => Meaning::Waiting,
        Level::Note | Level::Ok => Meaning::Text,
    }
}

fn level(known: &Known, symbols: &Symbols) -> (&'static str, &'static str) {
    match known.lint.level {
        _ if known.gone.is_some() => (symbols.ok, "gone"),
        Level::Fault => (symbols.failed, "fault"),
        Level::Warning => (symbols.warning, "warning"),
        Level::Note | Level::Ok => (symbols.none, "note"),
    }
}

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let room = usize::from(area.width);
    let has_ages = room >= WIDE;
    let check = if room >= NARROW { CHECK } else { 0 };
    let longest = app.health.rows.iter().take(FIRST).map(|known| width(&known.lint.what) + 2).max();
    let free = room.saturating_sub(LEVEL + check + if has_ages { 2 * AGE } else { 0 });
    let what = free.min(longest.unwrap_or(0).max(FINDING));
    let meaning = Meaning::title(true);
    let mut heading = Words::new(theme).left("LEVEL", LEVEL, meaning).left(
        if check > 0 { "CHECK" } else { "" },
        check,
        meaning,
    );
    heading = heading.left("FINDING", what, meaning);
    if has_ages {
        heading = heading.right("FIRST", AGE, meaning).right("LAST", AGE, meaning);
    }
    heading.draw(frame, area);
    let page = usize::from(area.height).saturating_sub(1);
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    app.areas.add(rows, Part::Rows(Pane::Health, app.health.table.top));
    for (at, known) in app.health.rows.iter().enumerate().skip(app.health.table.top).take(page) {
        let place = row(area, 1 + at - app.health.table.top);
        let (sign, word) = level(known, theme.symbols());
        let meaning = self::meaning(known);
        let quiet = if known.gone.is_some() { Meaning::Done } else { Meaning::Dim };
        let text = if known.gone.is_some() { Meaning::Done } else { Meaning::Text };
        let mut line = Words::new(theme).left(&format!("{sign} {word}"), LEVEL, meaning);
        if check > 0 {
            line = line.left(known.lint.check, check, quiet);
        }
        if has_ages {
            line = line.left(&known.lint.what, what.saturating_sub(1), text).gap(1);
            line = line.right(&app.clock.ago(known.first), AGE, quiet);
            line = line.right(&app.clock.ago(known.last), AGE, quiet);
        } else {
            line = line.left(&known.lint.what, what, text);
        }
        line.draw(frame, place);
        if app.health.table.cursor == Some(at) {
            mark_cursor(frame, place, (app, true), theme);
        }
    }
}
