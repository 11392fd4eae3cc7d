//! Where a value came from: which layer, and which line of the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use toml::de::{DeTable, DeValue};

/// A place in the config file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Place {
    /// The place of the byte `offset` in `text`.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The layer a value came from, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A flag of the command line, such as `--theme`.
    Flag(&'static str),
    /// A variable of the environment, such as `REDIS_URL`.
    Environment(&'static str),
    /// The config file, there.
    File(Place),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(name) => write!(f, "{name} in the environment"),
            Self::File(place) => write!(f, "file, line {}", place.line),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The layer of every value that is not a default, by its dotted key: `contexts.prod.url`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// Where each key of the file `text` stands. Text that is not TOML has no keys: reading it reports that.
    pub(super) fn of_file(text: &str) -> Self {
        let mut sources = Self::default();
        if let Ok(table) = DeTable::parse(text) {
            sources.walk(text, "", table.get_ref());
        }
        sources
    }

    fn walk(&mut self, text: &str, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = join(prefix, key.get_ref());
            match value.get_ref() {
                DeValue::Table(inner) => self.walk(text, &path, inner),
                // Tables of a list go by their names.
                DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
                    for inner in items.iter().filter_map(|item| item.get_ref().as_table()) {
                        if let Some(name) = inner.get("name").and_then(|name| name.get_ref().as_str()) {
                            self.walk(text, &join(&path, name), inner);
                        }
                    }
                }
                _ => self.set(path, Source::File(Place::of(text, key.span().start))),
            }
        }
    }

    /// Notes that the value of `key` came from `source`.
    pub(super) fn set(&mut self, key: impl Into<String>, source: Source) {
        self.0.insert(key.into(), source);
    }

    /// The layer of the value of `key`.
    pub fn of(&self, key: &str) -> Source {
        self.0.get(key).copied().unwrap_or(Source::Default)
    }
}

/// `prefix.key`, with the key quoted where TOML asks for it.
pub(super) fn join(prefix: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = if bare { key.to_owned() } else { toml::Value::from(key).to_string() };
    if prefix.is_empty() { key } else { format!("{prefix}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_where_they_stand() {
        let text = "theme = 'dark'\n[history]\n  last = 5\n[contexts.\"a b\"]\nurl = 'x'\n";
        let sources = Sources::of_file(text);
        let at = |line, column| Source::File(Place { line, column });
        assert_eq!(sources.of("theme"), at(1, 1));
        assert_eq!(sources.of("history.last"), at(3, 3));
        assert_eq!(sources.of("contexts.\"a b\".url"), at(5, 1));
        assert_eq!(sources.of("log.file"), Source::Default);
    }

    #[test]
    fn a_place_counts_characters() {
        assert_eq!(Place::of("ä = 1\nö = 2", 10), Place { line: 2, column: 3 });
    }
}
