//! The widths of the columns of failed events and their groups: which give way where there is no room for all. Why
//! something failed is what is looked for at night, so the error gets what it needs first.

/// A column that can give way to the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// The word behind the sign of a state.
    State,
    Handler,
    Type,
    Tenant,
    Tried,
    Oldest,
}

/// Cells of a state where that is its sign alone.
pub(super) const SIGN: usize = 1;
/// Below so many cells an error says little; below fewer, next to nothing.
const GOOD: usize = 40;
const FAIR: usize = 32;
const LITTLE: usize = 28;
const BARE: usize = 24;
const SCANT: usize = 18;

/// What gives way, in this order: below how many cells for the error; which column; to how many cells. What the heading
/// says already comes first: that is asked by [`Widths::of`].
const STEPS: [(usize, Gives, usize); 11] = [
    (FAIR, Gives::Tenant, 12),
    (FAIR, Gives::Oldest, 0),
    (FAIR, Gives::Type, 24),
    (FAIR, Gives::Tried, 0),
    (LITTLE, Gives::Handler, 16),
    (LITTLE, Gives::Type, 18),
    (BARE, Gives::State, SIGN),
    (BARE, Gives::Tenant, 8),
    (BARE, Gives::Handler, 12),
    (BARE, Gives::Type, 17),
    (SCANT, Gives::Tenant, 0),
];

/// Between two columns.
const GAP: usize = 2;

/// The widths of the columns; 0 where one is left out.
#[derive(Debug, Clone)]
pub(super) struct Widths {
    cells: Vec<(Gives, usize)>,
    /// What is left for the error.
    pub(super) error: usize,
}

impl Widths {
    /// The columns in `room` cells, of which others take `taken` with their gaps. `wanted` is what each takes where there
    /// is room; `told` stand in the heading already. With `is_of_tenants` the tenant stays: without it two rows may look
    /// alike.
    pub(super) fn of(
        (room, taken): (usize, usize),
        wanted: Vec<(Gives, usize)>,
        told: &[Gives],
        is_of_tenants: bool,
    ) -> Self {
        let mut widths = Self { cells: wanted, error: 0 };
        let left = |widths: &Self| room.saturating_sub(taken + widths.taken());
        let told = told.iter().map(|column| (GOOD, *column, 0));
        for (enough, column, at_most) in told.chain(STEPS) {
            let stays = is_of_tenants && column == Gives::Tenant && at_most == 0;
            if left(&widths) >= enough || stays {
                continue;
            }
            if let Some((_, cells)) = widths.cells.iter_mut().find(|(known, _)| *known == column) {
                *cells = (*cells).min(at_most);
            }
        }
        widths.error = left(&widths);
        widths
    }

    /// The cells of a column.
    pub(super) fn cells(&self, column: Gives) -> usize {
        self.cells.iter().find(|(known, _)| *known == column).map_or(0, |(_, cells)| *cells)
    }

    /// Cells of all of them, with the gap behind each.
    fn taken(&self) -> usize {
        self.cells.iter().map(|(_, cells)| if *cells > 0 { cells + GAP } else { 0 }).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mark and age, as the table has them.
    const TAKEN: usize = 8;

    fn widths(room: usize, told: &[Gives]) -> Widths {
        let wanted = vec![
            (Gives::State, 12),
            (Gives::Handler, 16),
            (Gives::Type, 39),
            (Gives::Tenant, 14),
            (Gives::Tried, 5),
        ];
        Widths::of((room, TAKEN), wanted, told, false)
    }

    #[test]
    fn an_error_says_something_at_every_width() {
        for (room, least) in [(58, 14), (78, 24), (98, 24), (138, 32), (168, 60)] {
            let widths = widths(room, &[]);
            assert!(widths.error >= least, "{room}: {widths:?}");
            assert_eq!(widths.taken() + TAKEN + widths.error, room, "all of it is used: {widths:?}");
        }
    }

    #[test]
    fn a_type_is_never_cut_below_seventeen_cells_and_a_name_not_below_twelve() {
        for room in 0..200 {
            let widths = widths(room, &[]);
            assert!(widths.cells(Gives::Type) >= 17 && widths.cells(Gives::Handler) >= 12, "{widths:?}");
        }
    }

    #[test]
    fn what_the_heading_says_gives_way_first_and_only_where_room_is_short() {
        let told = [Gives::Handler];
        assert_eq!(widths(78, &told).cells(Gives::Handler), 0);
        assert!(widths(78, &told).cells(Gives::Tenant) > 0);
        assert_eq!(widths(190, &told).cells(Gives::Handler), 16);
    }
}
