//! A text field of one line.

use std::cell::Cell;

use tui_textarea::{CursorMove, Input, Key, TextArea};
use unicode_segmentation::UnicodeSegmentation;

use crate::text::{display_safe, width};

/// One line of text that a person types. While it has the focus every printable key is text.
#[derive(Debug, Clone, Default)]
pub struct Field {
    area: TextArea<'static>,
    /// How many cells of it lay left of the screen, when it was drawn last.
    left: Cell<usize>,
}

impl Field {
    /// A field that holds `text`, with the caret behind it.
    pub fn new(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    /// What it holds.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Where the next letter goes, in characters from the start.
    pub fn caret(&self) -> usize {
        self.area.cursor().1
    }

    /// Puts the caret where a pointer is: so many cells from the left of all that it holds.
    pub fn point(&mut self, cells: usize) {
        let letters = letters_before(self.text(), cells);
        self.area.cancel_selection();
        // No field holds more than that.
        self.area.move_cursor(CursorMove::Jump(0, u16::try_from(letters).unwrap_or(u16::MAX)));
    }

    /// How many cells of it lie left of the screen, where `cells` are on it: what is under the caret, `under` behind so
    /// many cells of `all`, is always seen, and nothing moves that need not.
    pub fn scroll(&self, cells: usize, (before, under, all): (usize, usize, usize)) -> usize {
        // Behind the last letter there is room for the caret.
        let most = before.min((all + 1).saturating_sub(cells).max((before + under).saturating_sub(cells)));
        let left = self.left.get().clamp((before + under).saturating_sub(cells).min(most), most);
        self.left.set(left);
        left
    }

    /// Takes a key. True when the text changed.
    pub fn key(&mut self, input: impl Into<Input>) -> bool {
        let input = input.into();
        // It has one line: what would make another one does nothing.
        let makes_a_line = match input.key {
            Key::Enter => true,
            Key::Char('m' | 'j') => input.ctrl,
            _ => false,
        };
        !makes_a_line && self.area.input(input)
    }

    /// Inserts pasted text; line ends become spaces.
    pub fn insert(&mut self, text: &str) -> bool {
        let line = text.trim_end_matches(['\r', '\n']).replace("\r\n", " ").replace(['\r', '\n'], " ");
        !line.is_empty() && self.area.insert_str(line)
    }

    /// Makes it hold `text`, with the caret behind it.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
        self.area.move_cursor(CursorMove::End);
    }
}

/// How many characters of a text lie left of its cell `cells`. What is wide, or made of several characters, is one.
pub(in crate::tui) fn letters_before(text: &str, cells: usize) -> usize {
    let mut left = cells;
    let fits = |cluster: &&str| {
        let taken = width(&display_safe(cluster));
        left.checked_sub(taken.max(1)).map(|rest| left = rest).is_some()
    };
    text.graphemes(true).take_while(fits).map(|cluster| cluster.chars().count()).sum()
}

/// The line and the character of a text in an editor that lie so many cells behind byte `from` of a line.
pub(in crate::tui) fn place_in(
    lines: &[String],
    line: usize,
    (from, cells): (usize, usize),
) -> (usize, usize) {
    let line = line.min(lines.len().saturating_sub(1));
    let text = lines.get(line).map_or("", String::as_str);
    let (before, shown) = text.split_at(text.floor_char_boundary(from));
    (line, before.chars().count() + letters_before(shown, cells))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(key: Key, ctrl: bool) -> Input {
        Input { key, ctrl, alt: false, shift: false }
    }

    #[test]
    fn it_never_has_more_than_one_line() {
        let mut field = Field::new("type:A");
        assert!(!field.key(input(Key::Enter, false)));
        assert!(!field.key(input(Key::Char('m'), true)));
        assert!(field.insert(" or\r\ntype:B\n"));
        assert!(field.key(input(Key::Char('!'), false)));
        assert_eq!((field.text(), field.caret()), ("type:A or type:B!", 17));
    }

    #[test]
    fn a_pointer_puts_the_caret_under_what_it_is_on_also_where_that_is_wide() {
        let mut field = Field::new("a東京e\u{301}x");
        let caret = |field: &mut Field, cells| {
            field.point(cells);
            field.caret()
        };
        // Both cells of a wide character are that character; an accent belongs to its letter.
        let carets: Vec<usize> = (0..9).map(|cells| caret(&mut field, cells)).collect();
        assert_eq!(carets, [0, 1, 1, 2, 2, 3, 5, 6, 6]);
        // What is shown as more than one cell is pressed on as a whole.
        let mut hostile = Field::new("a\u{1b}b");
        let shown = width(&display_safe("\u{1b}"));
        assert_eq!((caret(&mut hostile, shown), caret(&mut hostile, 1 + shown)), (1, 2));
    }

    #[test]
    fn what_is_on_the_screen_moves_only_as_far_as_the_caret_needs() {
        let field = Field::new("");
        assert_eq!(field.scroll(10, (30, 1, 30)), 21, "the caret behind the text is seen");
        assert_eq!(field.scroll(10, (25, 1, 30)), 21, "it is seen where it is");
        assert_eq!(field.scroll(10, (20, 1, 30)), 20);
        assert_eq!(field.scroll(10, (29, 2, 31)), 21, "all of what is wide");
        assert_eq!(field.scroll(10, (5, 1, 5)), 0, "what fits is whole");
        assert_eq!(field.scroll(0, (3, 1, 3)), 3, "without room nothing breaks");
    }
}
