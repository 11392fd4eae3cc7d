//! How much of a text fits on the screen, and what of an editor was on it when it was drawn last: so that nothing moves that need not. What a pointer is on
//! would be somewhere else otherwise, once it is pressed.

use std::cell::Cell;

/// How much of a text is on the screen, and how much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Lines in all.
    pub lines: usize,
    /// Lines on the screen.
    pub page: usize,
    /// Columns of the longest line; as wide as the screen while lines are wrapped.
    pub columns: usize,
    /// Columns on the screen.
    pub width: usize,
}

/// Where an editor was scrolled to. Drawing puts it right for the caret; nothing else follows from it.
#[derive(Debug, Clone, Default)]
pub struct Scrolled {
    /// The first line on the screen.
    top: Cell<usize>,
    /// The line that the caret was in, and the byte of it at the left edge.
    line: Cell<(usize, usize)>,
}

impl Scrolled {
    /// The first line on the screen, of `len` lines of which `page` fit on it. The line `caret` is always seen: where it was
    /// gone to from afar, in the middle.
    pub fn top(&self, caret: usize, page: usize, len: usize) -> usize {
        let page = page.max(1);
        let (top, near) = (self.top.get(), page / 2);
        let is_near = (top.saturating_sub(near)..top + page + near).contains(&caret);
        let top = if is_near {
            top.clamp((caret + 1).saturating_sub(page), caret)
        } else {
            caret.saturating_sub(near)
        };
        self.top.set(top.min(len.saturating_sub(page)));
        self.top.get()
    }

    /// Shows lines further down, or up, as far as the caret goes along.
    pub fn shift(&mut self, by: isize) {
        self.top.set(self.top.get().saturating_add_signed(by));
    }

    /// The byte at the left edge of the line that the caret is in, between these two: before the first one the caret would
    /// not be seen, behind the other one room would be left.
    pub fn left(&self, caret: usize, (first, last): (usize, usize)) -> usize {
        let (line, left) = self.line.get();
        let left = if line == caret { left } else { 0 };
        let left = left.clamp(first, last.max(first));
        self.line.set((caret, left));
        left
    }

    /// All lines are shown from their beginning.
    pub fn unscroll(&self) {
        self.line.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_move_only_as_far_as_the_caret_needs_and_from_afar_it_comes_to_the_middle() {
        let scrolled = Scrolled::default();
        let tops = [(0, 0), (9, 0), (10, 1), (12, 3), (5, 3), (2, 2), (60, 55), (99, 90), (50, 45), (3, 0)];
        for (caret, top) in tops {
            assert_eq!(scrolled.top(caret, 10, 100), top, "{caret}");
        }
        assert_eq!(scrolled.top(2, 10, 3), 0, "all of it is seen");
        assert_eq!(scrolled.top(2, 0, 3), 2, "without room nothing breaks");
    }

    #[test]
    fn what_is_turned_goes_with_the_caret() {
        let mut scrolled = Scrolled::default();
        scrolled.top(20, 10, 100);
        scrolled.shift(3);
        assert_eq!(scrolled.top(23, 10, 100), 18);
        scrolled.shift(-30);
        assert_eq!(scrolled.top(0, 10, 100), 0);
    }

    #[test]
    fn a_line_stays_where_it_is_and_another_begins_at_its_beginning() {
        let scrolled = Scrolled::default();
        assert_eq!(scrolled.left(4, (100, 160)), 100);
        assert_eq!(scrolled.left(4, (20, 110)), 100, "the caret is seen where it is");
        assert_eq!(scrolled.left(4, (0, 40)), 40);
        assert_eq!(scrolled.left(5, (0, 40)), 0);
        scrolled.left(4, (30, 40));
        scrolled.unscroll();
        assert_eq!(scrolled.left(4, (0, 40)), 0);
    }
}
