//! How many colours there are: what was asked for, what the environment asks for, and what the terminal can do.

use std::env;
use std::ffi::OsString;

use clap::ValueEnum;

use crate::config::ColourChoice;
use crate::tui::theme::Depth;

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// What the terminal can do
    Auto,
    /// None
    Never,
    /// 16, also where output goes to no terminal
    #[value(name = "16")]
    Sixteen,
    /// 256, also where output goes to no terminal
    #[value(name = "256")]
    Indexed,
    /// All, also where output goes to no terminal
    #[value(name = "truecolor")]
    True,
}

impl From<Colour> for ColourChoice {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Auto => Self::Auto,
            Colour::Never => Self::Never,
            Colour::Sixteen => Self::Sixteen,
            Colour::Indexed => Self::Indexed,
            Colour::True => Self::True,
        }
    }
}

/// What the environment says of colours.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    no_color: Option<OsString>,
    term: Option<OsString>,
    colorterm: Option<OsString>,
}

/// Terminals with all colours whose `COLORTERM` does not come along over ssh.
const TRUE: [&str; 7] =
    ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "wezterm", "contour"];

impl Environment {
    /// That of this process.
    pub(super) fn of_process() -> Self {
        Self {
            no_color: env::var_os("NO_COLOR"),
            term: env::var_os("TERM"),
            colorterm: env::var_os("COLORTERM"),
        }
    }

    /// How many colours the terminal has. What was asked for beats what the environment asks for.
    pub(super) fn depth(&self, choice: ColourChoice) -> Depth {
        match choice {
            ColourChoice::Auto => self.found(),
            ColourChoice::Never => Depth::None,
            ColourChoice::Sixteen => Depth::Sixteen,
            ColourChoice::Indexed => Depth::Indexed,
            ColourChoice::True => Depth::True,
        }
    }

    /// Whether a verb's text has colours; `is_terminal`: it goes to a terminal.
    pub(super) fn has_colour(&self, choice: ColourChoice, is_terminal: bool) -> bool {
        (is_terminal || choice != ColourChoice::Auto) && self.depth(choice) != Depth::None
    }

    fn found(&self) -> Depth {
        let text = |value: &Option<OsString>| {
            value.as_ref().map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let (term, colorterm) = (text(&self.term), text(&self.colorterm));
        if self.no_color.as_ref().is_some_and(|value| !value.is_empty()) || term == "dumb" {
            Depth::None
        } else if ["truecolor", "24bit"].contains(&colorterm.as_str())
            || TRUE.contains(&term.as_str())
            || term.ends_with("-direct")
        {
            Depth::True
        } else if term.ends_with("-256color") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(no_color: &str, term: &str, colorterm: &str) -> Environment {
        let value = |text: &str| (text != "-").then(|| OsString::from(text));
        Environment { no_color: value(no_color), term: value(term), colorterm: value(colorterm) }
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (no_color, term, colorterm, depth) in [
            ("-", "xterm-256color", "truecolor", Depth::True),
            ("-", "tmux-256color", "24bit", Depth::True),
            ("-", "xterm-kitty", "-", Depth::True),
            ("-", "xterm-direct", "-", Depth::True),
            ("-", "xterm-256color", "-", Depth::Indexed),
            ("-", "screen-256color", "yes", Depth::Indexed),
            ("-", "xterm", "-", Depth::Sixteen),
            ("-", "linux", "", Depth::Sixteen),
            ("-", "-", "-", Depth::Sixteen),
            ("-", "dumb", "truecolor", Depth::None),
            ("1", "xterm-256color", "truecolor", Depth::None),
            ("", "xterm-256color", "-", Depth::Indexed),
        ] {
            let found = environment(no_color, term, colorterm).depth(ColourChoice::Auto);
            assert_eq!(found, depth, "NO_COLOR={no_color} TERM={term} COLORTERM={colorterm}");
        }
    }

    #[test]
    fn what_was_asked_for_beats_the_environment() {
        let quiet = environment("1", "dumb", "-");
        assert_eq!(quiet.depth(ColourChoice::Sixteen), Depth::Sixteen);
        assert_eq!(quiet.depth(ColourChoice::True), Depth::True);
        assert_eq!(environment("-", "xterm-kitty", "-").depth(ColourChoice::Never), Depth::None);
    }

    #[test]
    fn verbs_have_colours_on_terminals_or_where_they_were_asked_for() {
        let plain = environment("-", "xterm", "-");
        for (choice, is_terminal, expected) in [
            (ColourChoice::Auto, true, true),
            (ColourChoice::Auto, false, false),
            (ColourChoice::Never, true, false),
            (ColourChoice::Indexed, false, true),
        ] {
            assert_eq!(plain.has_colour(choice, is_terminal), expected, "{choice:?} {is_terminal}");
        }
    }
}
