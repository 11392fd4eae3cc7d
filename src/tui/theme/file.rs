//! A theme file: meanings and their styles.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::Meaning;

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ThemeError(String);

impl ThemeError {
    pub(super) fn unknown(name: &str, known: impl Iterator<Item = &'static str>) -> Self {
        let known: Vec<_> = known.collect();
        Self(format!(
            "there is no theme '{}': choose {}",
            crate::text::display_safe(name),
            known.join(" or ")
        ))
    }

    fn in_theme(name: &str, what: &str) -> Self {
        Self(format!("theme '{name}': {what}"))
    }
}

/// As it is written: a table of styles by the spelling of their meaning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    styles: BTreeMap<String, Written>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "one switch for each attribute of a terminal's text")]
struct Written {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reversed: bool,
}

impl Written {
    fn style(&self) -> Result<Style, String> {
        let mut style = Style::new();
        style.fg = self.fg.as_deref().map(colour).transpose()?;
        style.bg = self.bg.as_deref().map(colour).transpose()?;
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ];
        for (_, modifier) in modifiers.into_iter().filter(|(on, _)| *on) {
            style = style.add_modifier(modifier);
        }
        Ok(style)
    }
}

fn colour(text: &str) -> Result<Color, String> {
    text.parse().map_err(|_| {
        format!(
            "'{}' is not a colour: use a name, a number from 0 to 255, or #rrggbb",
            crate::text::display_safe(text)
        )
    })
}

/// The style of every meaning, in the order of [`Meaning::ALL`].
pub(super) fn read(name: &str, text: &str) -> Result<Vec<Style>, ThemeError> {
    let file: File = toml::from_str(text).map_err(|error| ThemeError::in_theme(name, error.message()))?;
    let mut given = BTreeMap::new();
    for (spelling, written) in &file.styles {
        let Some(meaning) = Meaning::ALL.iter().find(|meaning| meaning.spelling() == spelling) else {
            let what = format!("'{}' is not a meaning", crate::text::display_safe(spelling));
            return Err(ThemeError::in_theme(name, &what));
        };
        let style =
            written.style().map_err(|what| ThemeError::in_theme(name, &format!("{spelling}: {what}")))?;
        given.insert(*meaning as usize, style);
    }
    Ok(Meaning::ALL.iter().map(|meaning| resolve(*meaning, &given)).collect())
}

fn resolve(meaning: Meaning, given: &BTreeMap<usize, Style>) -> Style {
    match (given.get(&(meaning as usize)), meaning.fallback()) {
        (Some(style), _) => *style,
        (None, Some(fallback)) => resolve(fallback, given),
        (None, None) => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_looks_like_its_fallback() {
        let styles = read("t", "[styles]\nfailed = { fg = \"red\" }").unwrap();
        assert_eq!(styles[Meaning::Dead as usize], Style::new().fg(Color::Red));
        assert_eq!(styles[Meaning::Ok as usize], Style::new());
    }

    #[test]
    fn every_meaning_falls_back_to_an_end() {
        for meaning in Meaning::ALL {
            let chain = std::iter::successors(Some(*meaning), |meaning| meaning.fallback());
            assert!(chain.take(20).count() < 20, "{meaning:?} goes round in circles");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, phrase) in [
            ("[styles]\nfaild = { fg = \"red\" }", "theme 't': 'faild' is not a meaning"),
            ("[styles]\nfailed = { fg = \"rde\" }", "theme 't': failed: 'rde' is not a colour"),
            ("[styles]\nfailed = { blink = true }", "unknown field `blink`"),
            ("[style", "theme 't': "),
        ] {
            let error = read("t", text).unwrap_err().to_string();
            assert!(error.contains(phrase), "{error}");
        }
    }
}
