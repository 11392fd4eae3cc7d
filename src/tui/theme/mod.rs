//! How the screen looks: a style for each meaning, and the signs it is drawn with.
//!
//! Themes are TOML: those of `themes/` come with the program, others lie in the user's folder, of which only the texts
//! come in here. A theme may inherit from another ([`Themes`]); what is left out looks like its meaning's fallback; a
//! mistake in a theme is a message on the screen and the default theme, never an exit. Colours go down to what the
//! terminal has ([`Depth`]).

mod between;
mod depth;
mod error;
mod meaning;
mod sheet;
mod styles;
mod symbols;
mod themes;

#[cfg(test)]
mod tests;

use ratatui::style::Style;

pub use depth::Depth;
pub use error::ThemeError;
pub use meaning::Meaning;
pub use symbols::Symbols;
pub use themes::{Origin, ThemeFile, Themes};

use depth::Ground;
use styles::Styles;

/// Which theme, and what the terminal can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme's name.
    pub theme: String,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// How many colours there are.
    pub depth: Depth,
    /// The themes there are.
    pub themes: Themes,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            theme: Theme::DEFAULT.to_owned(),
            ascii: false,
            depth: Depth::default(),
            themes: Themes::default(),
        }
    }
}

/// A style for each meaning, and the signs to draw with.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    styles: Styles,
    ascii: bool,
    depth: Depth,
}

impl Theme {
    /// The theme of a fresh start.
    pub const DEFAULT: &str = "dark";
    /// The theme where no colours are wanted.
    const NO_COLOUR: &str = "mono";

    /// The theme that `look` asks for; where that cannot be had, the default and why.
    pub fn load(look: &Look) -> (Self, Option<ThemeError>) {
        let (asked, mistake) = match look.themes.resolve(&look.theme) {
            Ok(styles) => (styles, look.themes.trouble()),
            Err(mistake) => (built_in(Self::DEFAULT), Some(mistake)),
        };
        // A theme of colours without its colours says little; this one was made without any.
        let is_bare = look.depth == Depth::None && asked.has_colours();
        let styles = if is_bare { built_in(Self::NO_COLOUR) } else { asked };
        (Self { styles, ascii: look.ascii, depth: Depth::True }.on(look.depth), mistake)
    }

    /// The theme `name` of `themes`, in all its colours.
    ///
    /// # Errors
    ///
    /// There is no such theme, or there is a mistake in it or in one that it inherits from.
    pub fn of(themes: &Themes, name: &str) -> Result<Self, ThemeError> {
        Ok(Self { styles: themes.resolve(name)?, ascii: false, depth: Depth::True })
    }

    /// A theme from the text of a theme file, which may inherit from those that come with the program. `name` is what a
    /// mistake is reported under.
    ///
    /// # Errors
    ///
    /// A mistake in the text.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let file = ThemeFile { name: name.to_owned(), path: String::new(), text: Ok(text.to_owned()) };
        Self::of(&Themes::new(vec![file], None), name)
    }

    /// This theme in the colours of a terminal that has `depth`.
    #[must_use]
    fn on(self, depth: Depth) -> Self {
        let ground = Ground::of(self.styles.get(Meaning::Screen));
        let styles =
            self.styles.map(|meaning, style| depth.reduce(style, ground, meaning == Meaning::Screen));
        Self { styles, depth, ..self }
    }

    /// The style of `meaning`.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles.get(meaning)
    }

    /// The text of a theme file that says all that this theme says, and inherits nothing.
    pub fn toml(&self) -> String {
        self.styles.toml()
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
        self.ascii || self.depth == Depth::None
    }
}

/// The styles of a theme that comes with the program; tests hold each to be whole.
fn built_in(name: &str) -> Styles {
    Themes::default().resolve(name).unwrap_or_else(|_| Styles::none())
}
