//! A key, as it is pressed, written in a config, and shown.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::misspelt;

/// A key with its modifiers. A letter's case is in the letter: there is no Shift beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' {}", crate::text::display_safe(.text), .why)]
pub struct KeyError {
    text: String,
    why: Cow<'static, str>,
}

/// Keys that are not characters: as written, as shown.
const NAMED: &[(&str, &str, KeyCode)] = &[
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("tab", "Tab", KeyCode::Tab),
    ("shift-tab", "Shift-Tab", KeyCode::BackTab),
    ("space", "Space", KeyCode::Char(' ')),
    ("backspace", "Backspace", KeyCode::Backspace),
    ("delete", "Del", KeyCode::Delete),
    ("up", "↑", KeyCode::Up),
    ("down", "↓", KeyCode::Down),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("pgup", "PgUp", KeyCode::PageUp),
    ("pgdn", "PgDn", KeyCode::PageDown),
];

/// As written, as shown.
const MODIFIERS: [(KeyModifiers, &str, &str); 3] = [
    (KeyModifiers::CONTROL, "ctrl-", "Ctrl-"),
    (KeyModifiers::ALT, "alt-", "Alt-"),
    (KeyModifiers::SHIFT, "shift-", "Shift-"),
];

impl Key {
    /// Whether it is a character that a text field would take.
    pub fn is_printable(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.modifiers.is_empty()
    }

    /// As it is written in a config: `ctrl-d`, `enter`, `?`.
    pub fn spelling(self) -> String {
        let mut text = String::new();
        for (modifier, written, _) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                text.push_str(written);
            }
        }
        match (NAMED.iter().find(|(.., code)| *code == self.code), self.code) {
            (Some((written, ..)), _) => text.push_str(written),
            (None, KeyCode::Char(character)) => text.push(character),
            (None, KeyCode::F(number)) => {
                text.push('f');
                text.push_str(&number.to_string());
            }
            // No other is made: `FromStr` reads these only, and a terminal's others are bound to nothing.
            (None, _) => {}
        }
        text
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut modifiers =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code: event.code, modifiers }
    }
}

/// As it would be pressed: for scripts of keys.
impl From<Key> for KeyEvent {
    fn from(key: Key) -> Self {
        Self::new(key.code, key.modifiers)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let key = Self::read(text)
            .ok_or_else(|| KeyError { text: text.to_owned(), why: misspelt::why(text, Self::read) })?;
        match key.never_sent() {
            Some(why) => Err(KeyError { text: text.to_owned(), why }),
            None => Ok(key),
        }
    }
}

impl Key {
    /// Why no terminal sends it, where that is so.
    pub(super) fn never_sent(self) -> Option<Cow<'static, str>> {
        let KeyCode::Char(character) = self.code else { return None };
        if !self.modifiers.contains(KeyModifiers::CONTROL) {
            return None;
        }
        let other = match character.to_ascii_lowercase() {
            'i' => "tab",
            'm' => "enter",
            '[' => "esc",
            _ if character.is_uppercase() => {
                let small = Self { code: KeyCode::Char(character.to_ascii_lowercase()), ..self };
                let why = format!("is the same as '{}' to a terminal: write that", small.spelling());
                return Some(why.into());
            }
            _ => return None,
        };
        Some(format!("is sent by no terminal: it is the same as '{other}' there").into())
    }

    /// A key as it is written; `None` where it is none.
    fn read(text: &str) -> Option<Self> {
        let named = |name: &str| NAMED.iter().find(|(written, ..)| *written == name).map(|(.., code)| *code);
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        // 'shift-tab' is a name of its own; '-' alone is a character.
        while named(rest).is_none() {
            let (modifier, after) = match rest.split_once('-') {
                Some(("ctrl", after)) => (KeyModifiers::CONTROL, after),
                Some(("alt", after)) => (KeyModifiers::ALT, after),
                Some(("shift", after)) => (KeyModifiers::SHIFT, after),
                _ => break,
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut characters = rest.chars();
        let code = match (named(rest), characters.next(), characters.next()) {
            (Some(code), ..) => code,
            (None, Some(character), None) if !character.is_control() => KeyCode::Char(character),
            _ => rest
                .strip_prefix('f')
                .and_then(|number| number.parse().ok())
                .filter(|number| (1..=24).contains(number))
                .map(KeyCode::F)?,
        };
        let is_shifted = modifiers.contains(KeyModifiers::SHIFT) && matches!(code, KeyCode::Char(_));
        (!is_shifted).then_some(Self { code, modifiers })
    }
}

/// As a person reads it: `Ctrl-d`, `Enter`, `?`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, _, shown) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(shown)?;
            }
        }
        match (self.code, NAMED.iter().find(|(.., code)| *code == self.code)) {
            (_, Some((_, shown, _))) => f.write_str(shown),
            (KeyCode::Char(character), None) => write!(f, "{character}"),
            (KeyCode::F(number), None) => write!(f, "F{number}"),
            (code, None) => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        for (written, shown) in [
            ("q", "q"),
            ("G", "G"),
            ("?", "?"),
            ("-", "-"),
            ("ctrl-d", "Ctrl-d"),
            ("ctrl--", "Ctrl--"),
            ("alt-1", "Alt-1"),
            ("ctrl-alt-x", "Ctrl-Alt-x"),
            ("shift-tab", "Shift-Tab"),
            ("shift-f3", "Shift-F3"),
            ("space", "Space"),
            ("pgdn", "PgDn"),
            ("f12", "F12"),
        ] {
            let key: Key = written.parse().unwrap();
            assert_eq!((key.to_string().as_str(), key.spelling().as_str()), (shown, written));
        }
        for wrong in ["", "ctrl-", "qq", "shift-a", "f0", "f25", "hyper-x", "\x1b"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_other_programs_call_a_key_is_told_as_it_is_called_here() {
        let why = |text: &str| text.parse::<Key>().unwrap_err().to_string();
        for (written, meant) in [
            ("Ctrl-D", "ctrl-d"),
            ("<c-d>", "ctrl-d"),
            ("C-d", "ctrl-d"),
            ("ctrl+d", "ctrl-d"),
            ("Return", "enter"),
            ("ESC", "esc"),
            ("escape", "esc"),
            ("PageDown", "pgdn"),
            ("<f5>", "f5"),
            ("F5", "f5"),
            ("M-x", "alt-x"),
            ("shift-a", "A"),
            ("Shift+G", "G"),
            ("<s-tab>", "shift-tab"),
            ("backtab", "shift-tab"),
        ] {
            assert_eq!(why(written), format!("'{written}' is not a key: did you mean '{meant}'?"));
            assert!(meant.parse::<Key>().is_ok());
        }
        assert!(why("gg").contains("one key alone"), "{}", why("gg"));
        assert!(why("g g").contains("one key alone"));
        assert!(why("hyper-x").contains("such as enter, esc, tab, f5, ctrl-d, alt-1"));
        assert!(why("ctrl-i").contains("the same as 'tab'"));
        assert!(why("ctrl-m").contains("the same as 'enter'"));
        assert!(why("ctrl-[").contains("the same as 'esc'"));
        assert_eq!(why("ctrl-D"), "'ctrl-D' is the same as 'ctrl-d' to a terminal: write that");
    }

    #[test]
    fn a_pressed_key_is_the_written_one() {
        for (code, modifiers, written) in [
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('?'), KeyModifiers::SHIFT, "?"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::Char('d'), KeyModifiers::CONTROL, "ctrl-d"),
            (KeyCode::Char('d'), KeyModifiers::CONTROL | KeyModifiers::META, "ctrl-d"),
        ] {
            assert_eq!(Key::from(KeyEvent::new(code, modifiers)), written.parse().unwrap());
        }
    }
}
