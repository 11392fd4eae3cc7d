//! A cursor in a table, and what of the table is on the screen.

/// Where a person is in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableState {
    /// The row under the cursor; `None` until a person moves into the table.
    pub cursor: Option<usize>,
    /// The first row on the screen.
    pub top: usize,
}

impl TableState {
    /// Puts the cursor on row `to`, or the last one, in a table of `len` rows of which `page` are on the screen.
    pub fn go(&mut self, to: usize, len: usize, page: usize) {
        self.cursor = len.checked_sub(1).map(|last| to.min(last));
        self.settle(len, page);
    }

    /// Shows rows further down, or up; a cursor stays on the screen.
    pub fn scroll(&mut self, by: isize, len: usize, page: usize) {
        let page = page.max(1);
        self.top = self.top.saturating_add_signed(by).min(len.saturating_sub(page));
        self.cursor = self.cursor.map(|cursor| cursor.clamp(self.top, self.top + page - 1));
        self.settle(len, page);
    }

    /// Before rows `new` take the place of `old`: the cursor goes along with the row under it. Where that is gone, it stays.
    /// `same` says whether two stand for the same.
    pub fn follow<R>(&mut self, old: &[R], new: &[R], same: impl Fn(&R, &R) -> bool) {
        let held = self.cursor.and_then(|at| old.get(at));
        let found = held.and_then(|held| new.iter().position(|row| same(row, held)));
        self.cursor = found.or(self.cursor);
    }

    /// After the table or the screen changed: keeps the cursor in the table and the table on the screen.
    pub fn settle(&mut self, len: usize, page: usize) {
        let page = page.max(1);
        self.cursor = self.cursor.and_then(|cursor| Some(cursor.min(len.checked_sub(1)?)));
        self.top = self.top.min(len.saturating_sub(page));
        if let Some(cursor) = self.cursor {
            self.top = self.top.clamp((cursor + 1).saturating_sub(page), cursor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_the_table_and_on_the_screen() {
        let mut state = TableState::default();
        state.go(0, 10, 4);
        assert_eq!(state, TableState { cursor: Some(0), top: 0 });
        state.go(5, 10, 4);
        assert_eq!(state, TableState { cursor: Some(5), top: 2 });
        state.go(1, 10, 4);
        assert_eq!(state, TableState { cursor: Some(1), top: 1 });
        state.go(usize::MAX, 10, 4);
        assert_eq!(state, TableState { cursor: Some(9), top: 6 });
        state.settle(3, 4);
        assert_eq!(state, TableState { cursor: Some(2), top: 0 });
        state.settle(0, 4);
        assert_eq!(state, TableState::default());
    }

    #[test]
    fn the_wheel_moves_the_rows_and_a_cursor_only_where_it_would_leave_the_screen() {
        let mut state = TableState::default();
        state.scroll(3, 10, 4);
        assert_eq!(state, TableState { cursor: None, top: 3 });
        state.scroll(9, 10, 4);
        assert_eq!(state, TableState { cursor: None, top: 6 });
        state.cursor = Some(9);
        state.scroll(-1, 10, 4);
        assert_eq!(state, TableState { cursor: Some(8), top: 5 });
        state.scroll(-9, 10, 4);
        assert_eq!(state, TableState { cursor: Some(3), top: 0 });
        state.scroll(3, 2, 4);
        assert_eq!(state, TableState { cursor: Some(1), top: 0 }, "all of it is on the screen");
        state.scroll(1, 0, 0);
        assert_eq!(state, TableState::default());
    }

    #[test]
    fn the_cursor_goes_along_with_its_row() {
        let mut state = TableState { cursor: Some(1), top: 0 };
        state.follow(&["a", "b"], &["b", "c", "a"], |a, b| a == b);
        assert_eq!(state.cursor, Some(0));
        state.follow(&["b", "c", "a"], &["c", "a"], |a, b| a == b);
        assert_eq!(state.cursor, Some(0), "its row is gone");
        let mut outside = TableState::default();
        outside.follow(&["a"], &["b", "a"], |a, b| a == b);
        assert_eq!(outside.cursor, None);
    }
}
