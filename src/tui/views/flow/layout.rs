//! Where the panes of the Flow view lie.

use ratatui::layout::Rect;

use super::tables;
use crate::tui::app::App;
use crate::tui::widgets::inset;

/// Cells for two tables side by side.
const BESIDE: u16 = 58;
/// Cells for the matrix.
const MATRIX_WIDTH: u16 = 70;
/// Lines from which on there is room for space between the panes.
const ROOMY: u16 = 24;
/// Lines from which on the matrix is shown.
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
    /// Without its headings.
    pub(super) strip: Option<Rect>,
    pub(super) strip_heading: Option<Rect>,
}

/// Lines of the panes, headings included.
struct Heights {
    rates: u16,
    tables: u16,
    matrix: u16,
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
        let strip_heading = take(heights.gap, 0);
        let strip = take(u16::MAX, 0);
        let (types, tenants) = tables.map_or((None, None), |area| beside(area, app));
        Self { rates, types, tenants, matrix, strip_heading: strip.and(strip_heading), strip }
    }
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
    let more = if area.width < 100 { 0 } else { (both / 12).min(12) };
    let types = both / 2 + more / 2;
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
            return Self { rates, tables: tables.min(1 + rows.max(3)), matrix: 0, gap: 0 };
        }
        let tables = 1 + rows.clamp(3, height / 7 * 2 + height % 7 / 4);
        let has_matrix =
            height >= MATRIX_HEIGHT && area.width >= MATRIX_WIDTH && !flow.matrix.tenants.is_empty();
        let matrix = if has_matrix { 2 + count(flow.matrix.tenants.len()).min(height / 5) } else { 0 };
        Self { rates: 1 + (height / 7).clamp(4, 10), tables, matrix, gap: 1 }
    }
}
