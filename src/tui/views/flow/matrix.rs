//! Tenants by types: which tenant is loud, and with what.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::tables::rest;
use crate::monitor::{Matrix, MatrixCell};
use crate::text::{cut_middle, plural, width};
use crate::tui::app::{App, FlowPane, Pane, Part};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, heat_cell, heat_level, mark_row, mark_sign, row, span};

/// Lines of the headings.
const HEADINGS: usize = 2;
/// Cells of a type's column, with its gap: as many as there is room for.
const COLUMN: (usize, usize) = (11, 14);
/// Cells of a tenant's name, at least.
const LEAST_NAME: usize = 16;
/// So many rows are looked at for what all of them share: those with most events are the first.
const FIRST: usize = 64;

/// How many rows fit into `area` below the headings.
pub(super) fn page(area: Rect, app: &App) -> usize {
    let lines = usize::from(area.height).saturating_sub(HEADINGS);
    if app.flow.flow.matrix.tenants.len() > lines { lines.saturating_sub(1) } else { lines }
}

/// Draws the matrix.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let (flow, matrix) = (&app.flow, &app.flow.flow.matrix);
    let focused = flow.focus == FlowPane::Matrix;
    let names = names(matrix, area);
    let room = usize::from(area.width).saturating_sub(names + 1);
    let cells = (room / matrix.types.len().max(1)).clamp(COLUMN.0, COLUMN.1);
    let fitting = (room / cells).max(1);
    // The column under the cursor is always on the screen.
    let column = flow.matrix_column.min(matrix.types.len().saturating_sub(1));
    let from = if flow.matrix.cursor.is_some() { (column + 1).saturating_sub(fitting) } else { 0 };
    let columns = from..matrix.types.len().min(from + fitting);
    headings(frame, area, (matrix, columns.clone(), (names, cells), focused), theme);
    let most = matrix.cells.iter().take(FIRST).flatten().map(|cell| cell.events).max().unwrap_or(0);
    let stale = app.monitor.link().is_stale();
    let page = page(area, app);
    let lines = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    app.areas.add(lines, Part::Rows(Pane::Flow(FlowPane::Matrix), flow.matrix.top));
    for (at, (_, name)) in matrix.tenants.iter().enumerate().skip(flow.matrix.top).take(page) {
        let place = row(area, HEADINGS + at - flow.matrix.top);
        let mut words = Words::new(theme).left(name, names, Meaning::Tenant).gap(1);
        for shown in columns.clone() {
            let cell = matrix.cells.get(at).and_then(|cells| cells.get(shown)).copied().unwrap_or_default();
            let MatrixCell { events, invalid, failed } = cell;
            let level = heat_level(events, most);
            let meaning = if stale { Meaning::Stale } else { Meaning::heat(level) };
            let left = words.cells();
            app.areas.add(span(place, left, left + cells), Part::Cell(at, shown));
            words = words.then(heat_cell((events, invalid + failed), (level, meaning), cells, theme));
        }
        words.draw(frame, place);
        if flow.matrix.cursor == Some(at) {
            let left = names + 1 + column.saturating_sub(from) * cells;
            let left = u16::try_from(left).unwrap_or(u16::MAX).min(place.width);
            let width = u16::try_from(cells - 1).unwrap_or(0).min(place.width - left);
            let has_keys = focused && app.popup.is_none();
            mark_row(frame, Rect { x: place.x + left, width, ..place }, Meaning::selection(has_keys), theme);
            mark_sign(frame, place, has_keys, theme);
        }
    }
    let shown = page.min(matrix.tenants.len());
    if let Some(rest) = rest((flow.matrix.top, shown, matrix.tenants.len()), 0, theme) {
        rest.draw(frame, row(area, HEADINGS + shown));
    }
}

/// Cells for the tenants' names.
fn names(matrix: &Matrix, area: Rect) -> usize {
    let longest = matrix.tenants.iter().take(FIRST).map(|(_, name)| width(name)).max().unwrap_or(0);
    longest.clamp(LEAST_NAME, if area.width < 100 { LEAST_NAME } else { 22 })
}

fn headings(
    frame: &mut Frame<'_>,
    area: Rect,
    (matrix, columns, (names, cells), focused): (&Matrix, std::ops::Range<usize>, (usize, usize), bool),
    theme: &Theme,
) {
    let meaning = Meaning::title(focused);
    let title = format!("TENANT {} TYPE", theme.symbols().times);
    let mut above = Words::new(theme).left(&title, names, meaning).gap(1);
    let hidden = matrix.types.len() - columns.len().min(matrix.types.len());
    let more = match (hidden, matrix.of_kept) {
        (0, false) => String::new(),
        (0, true) => "all retained".to_owned(),
        (hidden, false) => format!("+{}", plural(hidden as u64, "type", "types")),
        (hidden, true) => format!("retained, +{}", plural(hidden as u64, "type", "types")),
    };
    let mut below = Words::new(theme).left(&more, names, Meaning::Dim).gap(1);
    for (_, name) in &matrix.types[columns] {
        let (head, tail) = halves(name);
        above = above.left(&cut_middle(head, cells - 1), cells, Meaning::Title);
        below = below.left(&cut_middle(tail, cells - 1), cells, Meaning::Title);
    }
    above.draw(frame, area);
    below.draw(frame, row(area, 1));
}

/// A type in two lines: `TICKET` over `UPDATED`.
fn halves(name: &str) -> (&str, &str) {
    match name.rsplit_once('_') {
        Some((head, tail)) if !head.is_empty() && !tail.is_empty() => (head, tail),
        _ => ("", name),
    }
}
