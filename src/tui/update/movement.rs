//! Moving up and down, in rows or lines.

use crate::bus::Direction;
use crate::tui::action::Action;

/// Where to go, as an action says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Movement {
    /// By so many rows.
    Rows(isize),
    /// By so many half pages.
    HalfPages(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Movement {
    /// What `action` asks for; any other one stays where it is.
    pub(super) fn of(action: Action) -> Self {
        match action {
            Action::Down => Self::Rows(1),
            Action::Up => Self::Rows(-1),
            Action::HalfPageDown => Self::HalfPages(1),
            Action::HalfPageUp => Self::HalfPages(-1),
            Action::PageDown => Self::HalfPages(2),
            Action::PageUp => Self::HalfPages(-2),
            Action::First => Self::First,
            Action::Last => Self::Last,
            _ => Self::Rows(0),
        }
    }

    /// Which way it leads in a list of which the newest is the first, if anywhere.
    pub(super) fn direction(self) -> Option<Direction> {
        match self {
            Self::Last => Some(Direction::Older),
            Self::First => Some(Direction::Newer),
            Self::Rows(n) | Self::HalfPages(n) if n > 0 => Some(Direction::Older),
            Self::Rows(n) | Self::HalfPages(n) if n < 0 => Some(Direction::Newer),
            Self::Rows(_) | Self::HalfPages(_) => None,
        }
    }

    /// The row that the cursor of a table goes to. The first step enters the table, at the row that is at its `top`.
    pub(super) fn row(self, cursor: Option<usize>, top: usize, len: usize, page: usize) -> usize {
        match (cursor, self) {
            (None, Self::Rows(_) | Self::HalfPages(_)) => top,
            (cursor, _) => self.target(cursor.unwrap_or(0), len, page),
        }
    }

    /// The row to go to from row `from` of `len`, of which `page` are on the screen.
    pub(super) fn target(self, from: usize, len: usize, page: usize) -> usize {
        let last = len.saturating_sub(1);
        let to = match self {
            Self::First => 0,
            Self::Last => last,
            Self::Rows(rows) => from.saturating_add_signed(rows),
            // An odd page is gone through whole by two halves.
            Self::HalfPages(halves) => {
                let half = isize::try_from((page / 2).max(1)).unwrap_or(isize::MAX);
                let odd = isize::try_from(page % 2).unwrap_or(0);
                from.saturating_add_signed(half.saturating_mul(halves) + halves / 2 * odd)
            }
        };
        to.min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_enters_a_table_at_its_top() {
        for (to, row) in [
            (Movement::Rows(1), 3),
            (Movement::Rows(-1), 3),
            (Movement::HalfPages(2), 3),
            (Movement::First, 0),
            (Movement::Last, 9),
        ] {
            assert_eq!(to.row(None, 3, 10, 4), row, "{to:?}");
        }
        assert_eq!(Movement::Rows(1).row(Some(5), 3, 10, 4), 6);
    }

    #[test]
    fn it_ends_at_the_ends() {
        for (action, from, to) in [
            (Action::Down, 3, 4),
            (Action::Down, 9, 9),
            (Action::Up, 0, 0),
            (Action::HalfPageDown, 3, 5),
            (Action::HalfPageUp, 3, 1),
            (Action::PageDown, 3, 8),
            (Action::PageDown, 8, 9),
            (Action::PageUp, 7, 2),
            (Action::PageUp, 3, 0),
            (Action::First, 5, 0),
            (Action::Last, 5, 9),
            (Action::Help, 5, 5),
        ] {
            assert_eq!(Movement::of(action).target(from, 10, 5), to, "{action:?} from {from}");
        }
        assert_eq!(Movement::Rows(1).target(0, 0, 5), 0, "nothing to move in");
        assert_eq!(Movement::HalfPages(1).target(0, 9, 1), 1, "a page of one row moves all the same");
    }
}
