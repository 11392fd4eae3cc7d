//! One theme file as it is written: what it inherits, the names it gives to colours, its styles. Colours are looked up
//! later, since a theme that inherits this one may give its names other colours.

use std::collections::BTreeMap;

use ratatui::style::Modifier;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Meaning;
use super::error::{one_of, shown};
use crate::text::nearest;

/// A mistake: the line, counted from 1, and what is wrong.
pub(super) type Mistake = (usize, String);

/// A text, and the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) line: usize,
}

/// A theme file.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) inherits: Option<Placed>,
    pub(super) palette: BTreeMap<String, Placed>,
    pub(super) styles: Vec<(Meaning, Written)>,
}

/// A style, before its colours are looked up.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    pub(super) fg: Option<Placed>,
    pub(super) bg: Option<Placed>,
    pub(super) modifiers: Modifier,
}

const KEYS: [&str; 3] = ["inherits", "palette", "styles"];
/// The switches of a style.
pub(super) const SWITCHES: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];
const STYLE: &str = "a style is \"a colour\" or { fg = \"..\", bg = \"..\", bold = true }";

type Value<'a> = Spanned<DeValue<'a>>;

/// Reads files of one text.
struct Reader<'t>(&'t str);

impl Sheet {
    /// Reads the text of a theme file.
    pub(super) fn read(text: &str) -> Result<Self, Mistake> {
        let reader = Reader(text);
        let table = DeTable::parse(text).map_err(|error| {
            (
                reader.line(error.span().unwrap_or_default().start),
                format!("this is no TOML: {}", error.message()),
            )
        })?;
        let mut sheet = Self::default();
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                "inherits" => sheet.inherits = Some(reader.text(value, "inherits", "the name of a theme")?),
                "palette" => {
                    for (name, value) in reader.table(value, "palette")? {
                        let colour = reader.colour(value, name.get_ref())?;
                        sheet.palette.insert(name.get_ref().to_string(), colour);
                    }
                }
                "styles" => {
                    for (name, value) in reader.table(value, "styles")? {
                        let meaning = Meaning::named(name.get_ref())
                            .ok_or_else(|| (reader.line(name.span().start), no_meaning(name.get_ref())))?;
                        sheet.styles.push((meaning, reader.style(value, meaning.spelling())?));
                    }
                }
                other => return Err(reader.unknown(key.span().start, other, "", &KEYS)),
            }
        }
        Ok(sheet)
    }
}

fn no_meaning(name: &str) -> String {
    let known: Vec<_> = Meaning::ALL.iter().map(|meaning| meaning.spelling()).collect();
    let advice = match nearest(name, &known) {
        Some(near) => format!("did you mean '{near}'?"),
        None => "`tidings themes show dark` lists them".to_owned(),
    };
    format!("'{}' is not a meaning: {advice}", shown(name))
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        let before = &self.0[..self.0.floor_char_boundary(offset)];
        before.matches('\n').count() + 1
    }

    fn wrong<T>(&self, value: &Value<'_>, what: String) -> Result<T, Mistake> {
        Err((self.line(value.span().start), what))
    }

    fn unknown(&self, at: usize, key: &str, prefix: &str, known: &[&str]) -> Mistake {
        let advice = match nearest(key, known) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("what may stand here: {}", one_of(known)),
        };
        (self.line(at), format!("{prefix}'{}' is not known here: {advice}", shown(key)))
    }

    fn text(&self, value: &Value<'_>, key: &str, expected: &str) -> Result<Placed, Mistake> {
        match value.get_ref() {
            DeValue::String(text) => {
                Ok(Placed { text: text.to_string(), line: self.line(value.span().start) })
            }
            _ => self.wrong(value, format!("{key}: write {expected} in \"quotes\"")),
        }
    }

    fn table<'v, 'a>(&self, value: &'v Value<'a>, key: &str) -> Result<&'v DeTable<'a>, Mistake> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => self.wrong(value, format!("{key} is a table: [{key}]")),
        }
    }

    /// A colour as it is written: a number may stand without quotes.
    fn colour(&self, value: &Value<'_>, key: &str) -> Result<Placed, Mistake> {
        match value.get_ref() {
            DeValue::Integer(number) => {
                Ok(Placed { text: number.to_string(), line: self.line(value.span().start) })
            }
            _ => self.text(value, &shown(key), "a colour"),
        }
    }

    fn style(&self, value: &Value<'_>, name: &str) -> Result<Written, Mistake> {
        let mut style = Written::default();
        let table = match value.get_ref() {
            DeValue::Table(table) => table,
            DeValue::String(_) | DeValue::Integer(_) => {
                style.fg = Some(self.colour(value, name)?);
                return Ok(style);
            }
            _ => return self.wrong(value, format!("{name}: {STYLE}")),
        };
        for (key, value) in table {
            let key_text = key.get_ref().as_ref();
            match (key_text, SWITCHES.iter().find(|(name, _)| *name == key_text)) {
                ("fg", _) => style.fg = Some(self.colour(value, &format!("{name}: fg"))?),
                ("bg", _) => style.bg = Some(self.colour(value, &format!("{name}: bg"))?),
                (_, Some((switch, modifier))) => match value.get_ref() {
                    DeValue::Boolean(on) => style.modifiers.set(*modifier, *on),
                    _ => return self.wrong(value, format!("{name}: {switch} is true or false")),
                },
                (other, None) => {
                    let known: Vec<_> =
                        ["fg", "bg"].into_iter().chain(SWITCHES.iter().map(|(name, _)| *name)).collect();
                    return Err(self.unknown(key.span().start, other, &format!("{name}: "), &known));
                }
            }
        }
        Ok(style)
    }
}
