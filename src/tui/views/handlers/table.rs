//! The table of handlers.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::cursor::mark_cursor;
use crate::bus::{Counted, HandlerReport, HandlerState, Lag};
use crate::text::{count, display_safe, plural, rate, short_count, width};
use crate::tui::app::{App, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, row};

/// A column: its heading, its cells, from which width on it is shown, and whether it holds numbers.
struct Column(&'static str, usize, usize, bool);

const COLUMNS: [Column; 11] = [
    Column("TYPES", 17, 124, false),
    Column("STATE", 11, 0, false),
    Column("LAG", 7, 0, true),
    Column("PENDING", 9, 100, true),
    Column("RUNNING", 9, 100, true),
    Column("OK/S", 6, 100, true),
    Column("ERR/S", 7, 66, true),
    Column("P50", 8, 118, true),
    Column("P99", 8, 118, true),
    Column("RETRYING", 9, 0, true),
    Column("DEAD", 7, 0, true),
];
/// Cells of a number at most, so that it does not touch the one before it; of dead letters, which have fewer.
const NUMBER: usize = 7;
const LETTERS: usize = 6;
/// Cells of the sign, and of the gap behind the name.
const AROUND_NAME: usize = 4;
/// From so many cells on types are given more of them, and so many at most: their patterns stand whole where there is room.
const ROOMY: usize = 150;
const MORE_TYPES: usize = 28;
/// The last column is shown where so many cells are left.
const LAST_ERROR: usize = 12;

/// More types than this are counted and not named.
const NAMED: usize = 6;

/// What stands in a cell, and what it means.
type Cell = (String, Meaning);

/// Draws the table.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let room = usize::from(area.width);
    let shown = |column: &&Column| room >= column.2;
    let more = room.saturating_sub(ROOMY).min(MORE_TYPES);
    let cells_of = |column: &Column| if column.0 == "TYPES" { column.1 + more } else { column.1 };
    let cells: usize = COLUMNS.iter().filter(shown).map(cells_of).sum();
    let longest = app.handlers.reports.iter().map(|report| width(&display_safe(&report.name))).max();
    let name = longest.unwrap_or(0).clamp(12, 32).min(room.saturating_sub(cells + AROUND_NAME).max(8));
    let focused = !app.handlers.whole;
    let meaning = Meaning::title(focused);
    let mut heading = Words::new(theme).left("HANDLER", name + AROUND_NAME, meaning);
    for column in COLUMNS.iter().filter(shown) {
        let (title, cells) = (column.0, cells_of(column));
        heading =
            if column.3 { heading.right(title, cells, meaning) } else { heading.left(title, cells, meaning) };
    }
    let rest = room.saturating_sub(name + AROUND_NAME + cells + 2);
    if rest >= LAST_ERROR {
        heading = heading.gap(2).left("LAST ERROR", rest, meaning);
    }
    heading.draw(frame, area);
    let page = usize::from(area.height).saturating_sub(1);
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    app.areas.add(rows, Part::Rows(Pane::Handlers, app.handlers.table.top));
    for (at, report) in app.handlers.reports.iter().enumerate().skip(app.handlers.table.top).take(page) {
        let place = row(area, 1 + at - app.handlers.table.top);
        let (sign, sign_meaning) = sign(report, theme);
        let mut line = Words::new(theme).put(sign, sign_meaning).gap(1);
        line = line.left(&display_safe(&report.name), name, Meaning::Text).gap(2);
        for (column, (text, meaning)) in COLUMNS.iter().zip(row_cells(report, app, theme)) {
            if shown(&column) {
                line = if column.3 {
                    line.right(&text, cells_of(column), meaning)
                } else {
                    line.left(&text, cells_of(column) - 1, meaning).gap(1)
                };
            }
        }
        if rest >= LAST_ERROR {
            let (text, meaning) = last_error(report, theme);
            line = line.gap(2).left(&text, rest, meaning);
        }
        line.draw(frame, place);
        if app.handlers.table.cursor == Some(at) {
            mark_cursor(frame, place, (app, focused), theme);
        }
    }
}

fn sign(report: &HandlerReport, theme: &Theme) -> (&'static str, Meaning) {
    let symbols = theme.symbols();
    match report.state() {
        HandlerState::Unused => (symbols.none, Meaning::Dim),
        HandlerState::Stopped => (symbols.none, Meaning::Waiting),
        HandlerState::Down => (symbols.failed, Meaning::Failed),
        HandlerState::Working => (symbols.live, Meaning::Ok),
        HandlerState::Retrying => (symbols.live, Meaning::Waiting),
        HandlerState::Stuck => (symbols.waiting, Meaning::Waiting),
    }
}

/// `20 ms`, `2 s`; more than is counted is `>5 m`.
pub(super) fn millis(ms: Option<u64>) -> Option<String> {
    Some(match ms? {
        u64::MAX => ">5 m".to_owned(),
        ms if ms < 1_000 => format!("{ms} ms"),
        ms if ms < 60_000 => format!("{} s", ms / 1_000),
        ms => format!("{} m", ms / 60_000),
    })
}

/// What it takes: as its workers say it, else the types that it has groups for. Safe to show.
pub(super) fn types(report: &HandlerReport) -> String {
    let told = report.heartbeats().next().map(|beat| &beat.types).filter(|types| !types.is_empty());
    let types = match told {
        Some(patterns) => patterns.join(" "),
        None if report.types.len() > NAMED => plural(report.types.len() as u64, "type", "types"),
        None => report.types.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" "),
    };
    display_safe(&types).into_owned()
}

/// A number in so many cells at most: `1,315+`, `24k+`.
fn fitting(n: u64, more: &str, cells: usize) -> String {
    let exact = count(n);
    format!("{}{more}", if exact.len() + more.len() > cells { short_count(n) } else { exact })
}

fn row_cells(report: &HandlerReport, app: &App, theme: &Theme) -> [Cell; COLUMNS.len()] {
    let symbols = theme.symbols();
    let none = || (symbols.none.to_owned(), Meaning::Dim);
    let unknown = || (symbols.unknown.to_owned(), Meaning::Dim);
    let number = |n: u64, meaning| if n == 0 { none() } else { (fitting(n, "", NUMBER), meaning) };
    let counted = |n: Counted, cells, meaning| match (n, if n.is_exact() { "" } else { "+" }) {
        (Counted::Exactly(0), _) => none(),
        (n, more) => (fitting(n.number(), more, cells), meaning),
    };
    let lag = match report.lag {
        Lag::Exactly(lag) => number(lag, Meaning::Waiting),
        Lag::MoreThan(lag) => (fitting(lag, "+", NUMBER), Meaning::Waiting),
    };
    let [running, _, stuck] = report.pending_states();
    let speed = |per_second: Option<f64>, meaning| match per_second {
        None => unknown(),
        Some(per_second) if per_second <= 0.0 => none(),
        Some(per_second) => (rate(per_second), meaning),
    };
    let rates = app.handlers.rates.get(&report.name);
    let latency = report.latency();
    let quantile =
        |part| millis(latency.quantile_ms(part)).map_or_else(unknown, |text| (text, Meaning::Text));
    let state = match report.state() {
        HandlerState::Stuck => (format!("stuck {}", short_count(stuck)), Meaning::Failed),
        state @ HandlerState::Down => (state.word().to_owned(), Meaning::Failed),
        state @ (HandlerState::Retrying | HandlerState::Stopped) => {
            (state.word().to_owned(), Meaning::Waiting)
        }
        state @ HandlerState::Unused => (state.word().to_owned(), Meaning::Dim),
        state @ HandlerState::Working => (state.word().to_owned(), Meaning::Text),
    };
    [
        (types(report), Meaning::EventType),
        state,
        lag,
        number(report.pending, Meaning::Text),
        number(running, Meaning::Text),
        speed(rates.map(|rates| rates.0), Meaning::Ok),
        speed(rates.map(|rates| rates.1), Meaning::Failed),
        quantile(0.5),
        quantile(0.99),
        counted(report.retrying(), NUMBER, Meaning::Waiting),
        counted(report.dead_letters, LETTERS, Meaning::Dead),
    ]
}

/// What failed last, or that nobody records it.
fn last_error(report: &HandlerReport, theme: &Theme) -> Cell {
    match (&report.last_error, report.scheduled) {
        (Some(error), _) => (display_safe(&error.text).into_owned(), Meaning::Failed),
        // Another program's: its errors are in its own log.
        (None, None) => ("not recorded".to_owned(), Meaning::Dim),
        (None, Some(_)) => (theme.symbols().none.to_owned(), Meaning::Dim),
    }
}
