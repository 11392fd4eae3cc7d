//! Where the panes of the Flow view lie.

use ratatui::layout::Rect;

use super::tables;
use crate::tui::app::App;
use crate::tui::widgets::inset;

/// Cells of a table from which on it has small charts.
const CHARTED: u16 = 36;
/// Cells for two tables side by side.
const BESIDE: u16 = 58;
/// Cells for the matrix.
const MATRIX_WIDTH: u16 = 70;
/// Lines from which on there is room for space between the panes.
const ROOMY: u16 = 24;
/// Cells from which on errors lie beside the matrix.
const ERRORS_BESIDE: u16 = 110;
/// Cells between the two.
const BETWEEN: u16 = 3;
/// Lines of errors where they lie below the tables, headings included.
const ERRORS_HEIGHT: u16 = 4;
/// Lines from which on the matrix is shown, and the times below the chart.
const MATRIX_HEIGHT: u16 = 30;

/// The panes, each `None` where it is not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas {
    /// The chart, with its title.
    pub(super) rates: Option<Rect>,
    /// With its headings, as the next two.
    pub(super) types: Option<Rect>,
    pub(super) tenants: Option<Rect>,
    pub(super) matrix: Option<Rect>,
    pub(super) errors: Option<Rect>,
    /// Without its headings.
    pub(super) strip: Option<Rect>,
    pub(super) strip_heading: Option<Rect>,
}

/// Lines of the panes, headings included.
struct Heights {
    rates: u16,
    tables: u16,
    matrix: u16,
    errors: u16,
    gap: u16,
}

impl Areas {
    /// The panes in `body`.
    pub(super) fn of(body: Rect, app: &App) -> Self {
        let area = inset(body);
        let heights = Heights::of(area, app);
        let mut left = area;
        let mut take = |height: u16, gap: u16| {
            let height = height.min(left.height);
            let taken = Rect { height, ..left };
            let used = (height + if height > 0 { gap } else { 0 }).min(left.height);
            left = Rect { y: left.y + used, height: left.height - used, ..left };
            (!taken.is_empty()).then_some(taken)
        };
        let rates = take(heights.rates, heights.gap);
        let tables = take(heights.tables, heights.gap);
        let matrix = take(heights.matrix, heights.gap);
        let errors = take(heights.errors, heights.gap);
        let (matrix, errors) = match matrix {
            Some(area) if errors.is_none() && has_errors(app) => {
                beside_matrix(area, app.flow.flow.matrix.types.len())
            }
            matrix => (matrix, errors),
        };
        let strip_heading = take(heights.gap, 0);
        let strip = take(u16::MAX, 0);
        let (types, tenants) = tables.map_or((None, None), |area| beside(area, app));
        Self { rates, types, tenants, matrix, errors, strip_heading: strip.and(strip_heading), strip }
    }
}

/// Whether the pane of errors has something to say. A watch that asks for no failed attempts knows nothing of them.
fn has_errors(app: &App) -> bool {
    app.monitor.failures().feed().is_some()
}

/// Lines of the pane of errors, headings included, where it does not lie beside the matrix. Where there is little room,
/// none when nothing failed.
fn errors_height(app: &App, roomy: bool) -> u16 {
    let groups = u16::try_from(app.flow.errors.groups.len()).unwrap_or(u16::MAX);
    match groups {
        _ if !has_errors(app) => 0,
        0 if app.monitor.failures().is_read() && !roomy => 0,
        0 => 1,
        groups => groups.saturating_add(1).min(ERRORS_HEIGHT),
    }
}

/// The matrix, and the errors at its right: they take what it does not need.
fn beside_matrix(area: Rect, types: usize) -> (Option<Rect>, Option<Rect>) {
    let needed = u16::try_from(types).unwrap_or(u16::MAX).saturating_mul(11).saturating_add(18);
    let errors = (area.width * 3 / 8).max(area.width.saturating_sub(needed + BETWEEN)).clamp(48, 110);
    let matrix = Rect { width: area.width - errors - BETWEEN, ..area };
    (Some(matrix), Some(Rect { x: area.right() - errors, width: errors, ..area }))
}

/// The two tables in `area`; on a narrow screen the types alone.
fn beside(area: Rect, app: &App) -> (Option<Rect>, Option<Rect>) {
    if area.width < BESIDE {
        let shows_tenants = app.flow.focus == crate::tui::app::FlowPane::Tenants;
        return if shows_tenants { (None, Some(area)) } else { (Some(area), None) };
    }
    let gap = if area.width < 100 { 2 } else { 4 };
    let both = area.width - gap;
    // Types have the longer names.
    let more = match area.width {
        100.. => (both / 12).min(12) / 2,
        // Where one table has small charts, so has the other.
        _ if both / 2 < CHARTED + 2 && both / 2 >= CHARTED => both / 2 - CHARTED,
        _ => 2,
    };
    let types = both / 2 + more;
    let tenants = Rect { x: area.x + types + gap, width: both - types, ..area };
    (Some(Rect { width: types, ..area }), Some(tenants))
}

impl Heights {
    fn of(area: Rect, app: &App) -> Self {
        let height = area.height;
        let flow = &app.flow.flow;
        let count = |len: usize| u16::try_from(len).unwrap_or(u16::MAX);
        let rows = count(flow.types.len())
            .max(count(flow.tenants.len()).saturating_add(count(tables::quiet_tenants(app).min(1))));
        if height < ROOMY {
            let (rates, tables) = match height {
                0..=4 => (0, height),
                5..=7 => (1, height - 1),
                8..=11 => (2, 4),
                12..=16 => (3, 5),
                17..=18 => (4, 6),
                _ => (4, 6 + (height - 18) / 2),
            };
            let tables = tables.min(1 + rows.max(3));
            let free = height.saturating_sub(rates + tables + 2);
            let errors = errors_height(app, false).min(free);
            return Self { rates, tables, matrix: 0, errors, gap: 0 };
        }
        let tables = 1 + rows.clamp(3, height / 7 * 2 + height % 7 / 4);
        let has_matrix =
            height >= MATRIX_HEIGHT && area.width >= MATRIX_WIDTH && !flow.matrix.tenants.is_empty();
        let matrix = if has_matrix { 2 + count(flow.matrix.tenants.len()).min(height / 5) } else { 0 };
        let is_beside = has_matrix && area.width >= ERRORS_BESIDE;
        let errors = if is_beside { 0 } else { errors_height(app, true) };
        // From the same height on the chart has a line of times.
        let times = u16::from(height >= MATRIX_HEIGHT);
        Self { rates: 1 + (height / 7).clamp(4, 10) + times, tables, matrix, errors, gap: 1 }
    }
}
