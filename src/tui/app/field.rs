//! A text field of one line.

use tui_textarea::{CursorMove, Input, Key, TextArea};

/// One line of text that a person types. While it has the focus every printable key is text.
#[derive(Debug, Clone, Default)]
pub struct Field {
    area: TextArea<'static>,
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
}
