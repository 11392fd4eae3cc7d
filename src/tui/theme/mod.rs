//! How the screen looks: a style for each meaning, and the signs it is drawn with.
//!
//! Themes are TOML, embedded from `themes/`. What a theme leaves out looks like its meaning's fallback; a mistake in a
//! theme is a message on the screen, never an exit.

mod file;
mod meaning;
mod symbols;

use ratatui::style::Style;

pub use file::ThemeError;
pub use meaning::Meaning;
pub use symbols::Symbols;

/// The themes that come with the program.
const EMBEDDED: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// Which theme, and what the terminal can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme's name.
    pub theme: String,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// Use no colours: bold, underline and reverse stay.
    pub no_color: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: Theme::DEFAULT.to_owned(), ascii: false, no_color: false }
    }
}

/// A style for each meaning, and the signs to draw with.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    styles: Vec<Style>,
    ascii: bool,
    no_color: bool,
}

impl Theme {
    /// The theme of a fresh start.
    pub const DEFAULT: &str = "dark";
    /// The theme where no colours are wanted.
    const NO_COLOR: &str = "mono";

    /// The names of the themes that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// The theme that `look` asks for; where that cannot be had, the default and why.
    pub fn load(look: &Look) -> (Self, Option<ThemeError>) {
        let found = EMBEDDED.iter().find(|(name, _)| *name == look.theme);
        // A theme of colours without its colours says little; this one was made without any.
        let found = found.map(|given| {
            if look.no_color {
                EMBEDDED.iter().find(|(name, _)| *name == Self::NO_COLOR).unwrap_or(given)
            } else {
                given
            }
        });
        let read = match found {
            Some((name, text)) => file::read(name, text),
            None => Err(ThemeError::unknown(&look.theme, Self::names())),
        };
        let (styles, error) = match read {
            Ok(styles) => (styles, None),
            Err(error) => (vec![Style::new(); Meaning::ALL.len()], Some(error)),
        };
        let mut theme = Self { styles, ascii: look.ascii, no_color: look.no_color };
        if error.is_some() && look.theme != Self::DEFAULT {
            theme.styles = Self::load(&Look { theme: Self::DEFAULT.to_owned(), ..look.clone() }).0.styles;
        }
        if look.no_color {
            theme.styles.iter_mut().for_each(strip_colour);
        }
        (theme, error)
    }

    /// A theme from the text of a theme file. `name` is what a mistake is reported under.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        Ok(Self { styles: file::read(name, text)?, ascii: false, no_color: false })
    }

    /// The style of `meaning`.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles.get(meaning as usize).copied().unwrap_or_default()
    }

    /// The signs to draw with.
    pub fn symbols(&self) -> &'static Symbols {
        if self.ascii { &symbols::ASCII } else { &symbols::UNICODE }
    }

    /// Whether only ASCII may be drawn.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Whether heat cells must carry a number, because neither colour nor density can be told apart.
    pub fn heat_in_numbers(&self) -> bool {
        self.ascii || self.no_color
    }
}

fn strip_colour(style: &mut Style) {
    style.fg = None;
    style.bg = None;
    style.underline_color = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Modifier;

    #[test]
    fn every_theme_that_comes_with_the_program_is_whole() {
        for (name, text) in EMBEDDED {
            assert!(file::read(name, text).is_ok(), "{name}");
            for meaning in [Meaning::Selection, Meaning::Failed, Meaning::Production] {
                let style = file::read(name, text).unwrap()[meaning as usize];
                assert_ne!(style, Style::new(), "{name} gives {meaning:?} no style at all");
            }
        }
    }

    #[test]
    fn an_unknown_theme_is_a_message_and_the_default() {
        let (theme, error) = Theme::load(&Look { theme: "sunny".into(), ..Look::default() });
        assert_eq!(theme, Theme::load(&Look::default()).0);
        assert_eq!(error.unwrap().to_string(), "there is no theme 'sunny': choose dark or mono");
    }

    #[test]
    fn no_color_keeps_what_is_not_a_colour() {
        let (theme, error) = Theme::load(&Look { no_color: true, ..Look::default() });
        assert_eq!(error, None);
        for meaning in Meaning::ALL {
            let style = theme.style(*meaning);
            assert_eq!((style.fg, style.bg), (None, None), "{meaning:?}");
        }
        assert!(theme.style(Meaning::Selection).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn ascii_signs_are_ascii() {
        let all = format!("{:?}", symbols::ASCII);
        assert!(all.is_ascii(), "{all}");
        assert_eq!(Symbols::to_ascii("日"), "?");
        assert_eq!(Symbols::to_ascii("…"), "~");
    }
}
