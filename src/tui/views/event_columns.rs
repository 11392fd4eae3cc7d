//! The widths of the columns of a list of events: which give way where there is no room for all.

use crate::bus::ChannelScope;
use crate::event::Channel;
use crate::text::width;
use crate::tui::app::{App, Column};

/// Cells of a time to the millisecond.
pub(super) const TIME: usize = 12;
/// A type is not cut below so many cells.
const LEAST_TYPE: usize = 16;
/// Cells of a terminal from which on types are shown whole.
const WIDE: u16 = 140;
/// Between two columns.
pub(super) const GAP: usize = 2;
/// Below so many cells for what an event is about, columns that are not always shown give way.
const LEAST_ABOUT: usize = 24;
/// Below so many, a tenant is cut: its first letters tell it from others.
const GOOD_ABOUT: usize = 32;
/// Below so many, all that can gives way; a tenant a little earlier than a type.
const BARE_ABOUT: usize = 12;
const FEW_ABOUT: usize = 16;
/// Cells of a mark, where anything is marked, or matches stand among others.
const MARK: usize = 2;

/// The widths of the columns, from left to right; 0 of one that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Widths {
    /// Cells of the marks.
    pub(super) mark: usize,
    cells: Vec<(Column, usize)>,
}

impl Widths {
    /// The columns in `room` cells. They follow the types and tenants of the last minutes, not the rows on the screen:
    /// so they do not jump when the list moves.
    pub(super) fn of(room: usize, app: &App) -> Self {
        let columns = &app.events.columns;
        let mut widths = Self {
            mark: if app.events.marks.is_some() || app.events.lens.has_context() { MARK } else { 0 },
            cells: columns.all().iter().map(|column| (*column, wanted(*column, app))).collect(),
        };
        let says = columns.has(Column::About);
        for (enough, column, at_most) in STEPS {
            if widths.taken() + if says { enough } else { 0 } <= room {
                continue;
            }
            if let Some((_, cells)) = widths.cells.iter_mut().find(|(known, _)| *known == column) {
                *cells = (*cells).min(at_most);
            }
        }
        let left = room.saturating_sub(widths.taken());
        if let Some((_, cells)) = widths.cells.iter_mut().find(|(column, _)| *column == Column::About) {
            *cells = left;
        }
        widths
    }

    /// Those that are shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = (Column, usize)> {
        self.cells.iter().copied().filter(|(_, cells)| *cells > 0)
    }

    /// Whether a column is shown.
    pub(super) fn has(&self, column: Column) -> bool {
        self.shown().any(|(known, _)| known == column)
    }

    /// Cells of everything but what the event is about, with the gaps.
    fn taken(&self) -> usize {
        let others = self.shown().filter(|(column, _)| *column != Column::About);
        self.mark + others.map(|(_, cells)| cells + GAP).sum::<usize>()
    }
}

/// What gives way, in this order, so that something can be said of the event: below how many cells for that; which
/// column; to how many cells. The last ones cost more than a few words are worth. Beside the detail, which names the type whole, also the
/// longest types do.
const STEPS: [(usize, Column, usize); 14] = [
    (LEAST_ABOUT, Column::Entry, 0),
    (LEAST_ABOUT, Column::Age, 0),
    (LEAST_ABOUT, Column::Size, 0),
    (LEAST_ABOUT, Column::Channel, 0),
    (LEAST_ABOUT, Column::Id, 0),
    (GOOD_ABOUT, Column::Tenant, 12),
    (LEAST_ABOUT, Column::Type, 20),
    (BARE_ABOUT, Column::Handlers, 6),
    (BARE_ABOUT, Column::Type, LEAST_TYPE),
    (FEW_ABOUT, Column::Tenant, 8),
    (BARE_ABOUT, Column::Time, 8),
    (BARE_ABOUT, Column::Tenant, 0),
    (BARE_ABOUT, Column::Handlers, 0),
    (BARE_ABOUT, Column::Time, 0),
];

/// How many cells a column takes where there is room.
fn wanted(column: Column, app: &App) -> usize {
    let flow = &app.flow.flow;
    let longest = |names: &mut dyn Iterator<Item = &str>| names.take(100).map(width).max().unwrap_or(0);
    let is_wide = app.size.width >= WIDE;
    match column {
        Column::Time => TIME,
        Column::Type => {
            let types = longest(&mut flow.types.iter().map(|row| row.name.as_str()));
            types.clamp(LEAST_TYPE, if is_wide { 48 } else { 20 })
        }
        Column::Tenant => {
            let tenants = longest(&mut flow.tenants.iter().map(|row| row.name.as_str()));
            tenants.clamp(8, if is_wide { 24 } else { 16 })
        }
        Column::Handlers if is_wide => 24,
        Column::Handlers => 16,
        Column::Channel if app.scope.channel == ChannelScope::All => {
            match longest(&mut app.monitor.channels().iter().map(Channel::as_str)) {
                0 => 0,
                cells => cells.clamp(7, 24),
            }
        }
        // What it is about takes what is left.
        Column::About | Column::Channel => 0,
        Column::Id => 8,
        Column::Entry => 17,
        Column::Size => 9,
        Column::Age => 5,
    }
}
