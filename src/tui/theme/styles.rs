//! The style of every meaning: looked up in a theme and those it inherits from, and written down as a theme file.

use std::fmt::Write as _;

use ratatui::style::{Color, Style};

use super::Meaning;
use super::error::shown;
use super::sheet::{Mistake, Placed, SWITCHES, Sheet};

/// The style of every meaning, in the order of [`Meaning::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Styles(Vec<Style>);

impl Styles {
    /// The styles that `sheets` say, the strongest first. A mistake comes with the number of its sheet.
    pub(super) fn of(sheets: &[&Sheet]) -> Result<Self, (usize, Mistake)> {
        let mut given: Vec<Option<Style>> = vec![None; Meaning::ALL.len()];
        // The weakest first: what is written again replaces it. All are looked up, so that no mistake is passed over.
        for (at, sheet) in sheets.iter().enumerate().rev() {
            let colour = |placed: &Placed| colour(placed, sheets).map_err(|what| (at, (placed.line, what)));
            for placed in sheet.palette.values() {
                plain(&placed.text).ok_or_else(|| (at, (placed.line, no_colour(&placed.text, sheets))))?;
            }
            for (meaning, written) in &sheet.styles {
                let named = |(at, (line, what)): (usize, Mistake)| {
                    (at, (line, format!("{}: {what}", meaning.spelling())))
                };
                given[*meaning as usize] = Some(Style {
                    fg: written.fg.as_ref().map(colour).transpose().map_err(named)?,
                    bg: written.bg.as_ref().map(colour).transpose().map_err(named)?,
                    add_modifier: written.modifiers,
                    ..Style::new()
                });
            }
        }
        Ok(Self(Meaning::ALL.iter().map(|meaning| resolve(*meaning, &given)).collect()))
    }

    /// No style for anything.
    pub(super) fn none() -> Self {
        Self(vec![Style::new(); Meaning::ALL.len()])
    }

    pub(super) fn get(&self, meaning: Meaning) -> Style {
        self.0.get(meaning as usize).copied().unwrap_or_default()
    }

    pub(super) fn has_colours(&self) -> bool {
        self.0.iter().any(|style| style.fg.is_some() || style.bg.is_some())
    }

    /// Each style as `change` makes it.
    pub(super) fn map(&self, change: impl Fn(Meaning, Style) -> Style) -> Self {
        Self(Meaning::ALL.iter().map(|meaning| change(*meaning, self.get(*meaning))).collect())
    }

    /// A theme file that says all this, and inherits nothing.
    pub(super) fn toml(&self) -> String {
        let mut text = "[styles]\n".to_owned();
        for meaning in Meaning::ALL {
            let _ = writeln!(text, "{} = {}", meaning.spelling(), inline(self.get(*meaning)));
        }
        text
    }
}

fn resolve(meaning: Meaning, given: &[Option<Style>]) -> Style {
    match (given[meaning as usize], meaning.fallback()) {
        (Some(style), _) => style,
        (None, Some(fallback)) => resolve(fallback, given),
        (None, None) => Style::new(),
    }
}

/// A style as TOML.
fn inline(style: Style) -> String {
    let colour =
        |key: &str, colour: Option<Color>| colour.map(|colour| format!("{key} = \"{}\"", spelled(colour)));
    let switches = SWITCHES.iter().filter(|(_, modifier)| style.add_modifier.contains(*modifier));
    let parts: Vec<_> = [colour("fg", style.fg), colour("bg", style.bg)]
        .into_iter()
        .flatten()
        .chain(switches.map(|(name, _)| format!("{name} = true")))
        .collect();
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

/// A colour as a theme file may write it.
pub(super) fn spelled(colour: Color) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(number) => number.to_string(),
        named => {
            let name = NAMES.iter().find(|(_, known)| *known == named).map_or("default", |(name, _)| *name);
            name.to_owned()
        }
    }
}

/// The names of colours: those that every terminal has, and `default` for the terminal's own.
pub(super) const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// The colour that is written there: a name of a palette, the nearest first, or a colour.
fn colour(placed: &Placed, sheets: &[&Sheet]) -> Result<Color, String> {
    let named = sheets.iter().find_map(|sheet| sheet.palette.get(&placed.text));
    plain(named.map_or(&placed.text, |named| &named.text)).ok_or_else(|| no_colour(&placed.text, sheets))
}

/// A colour without names of palettes.
fn plain(text: &str) -> Option<Color> {
    if let Some((_, colour)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(*colour);
    }
    text.parse().ok()
}

fn no_colour(text: &str, sheets: &[&Sheet]) -> String {
    let names = sheets.iter().flat_map(|sheet| sheet.palette.keys().map(String::as_str));
    let known: Vec<_> = names.chain(NAMES.iter().map(|(name, _)| *name)).collect();
    let shown = shown(text);
    match crate::text::nearest(text, &known) {
        Some(near) => format!("'{shown}' is not a colour: did you mean '{near}'?"),
        None => format!("'{shown}' is not a colour: use a name, a number from 0 to 255, or #rrggbb"),
    }
}
