//! Errors of the configuration: which layer, the bad value in 'single quotes', what to do.

use std::path::Path;

use super::secret::without_urls;
use super::source::Place;
use crate::text::{cut_end, display_safe, nearest};

/// What is wrong with the configuration. Holds no secret, and is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}\n  {next}")]
pub struct ConfigError {
    /// What is wrong, and where: layer, file, line, column.
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl ConfigError {
    /// An error from texts that may hold anything.
    pub(super) fn new(what: &str, next: &str) -> Self {
        Self { what: display_safe(&without_urls(what)).into_owned(), next: display_safe(next).into_owned() }
    }

    /// An error at a place of the config file `path`.
    pub(super) fn at(path: &Path, place: Place, what: &str, next: &str) -> Self {
        Self::new(&format!("config file '{}', {place}: {what}", path.display()), next)
    }

    /// What the TOML reader said of `text`, the config file `path`, in our words.
    pub(super) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        let value = shown_value(text.get(span.clone()).unwrap_or_default());
        let (what, next) = explain(error.message(), &value);
        Self::at(path, Place::of(text, span.start), &what, &next)
    }
}

impl ConfigError {
    /// As [`ConfigError::of_toml`], where the text is no TOML. Any word of it may be a secret without its quotes, so only
    /// a key that is here twice is shown.
    pub(super) fn of_syntax(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        if error.message().starts_with("duplicate key") {
            return Self::of_toml(path, text, error);
        }
        let (what, next) = explain(error.message(), "");
        Self::at(path, Place::of(text, error.span().unwrap_or_default().start), &what, &next)
    }

    /// As [`ConfigError::of_toml`], for a value that may be a secret, and is not shown.
    pub(super) fn of_secret(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let (what, next) = explain(error.message(), "***");
        Self::at(path, Place::of(text, error.span().unwrap_or_default().start), &what, &next)
    }
}

/// A value as it may stand in a message: one line, without its quotes, not too long.
fn shown_value(raw: &str) -> String {
    let line = raw.lines().next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    cut_end(&display_safe(&without_urls(line)), 60).into_owned()
}

/// The reader's message in our words, and what to do about it.
fn explain(message: &str, value: &str) -> (String, String) {
    const EXAMPLE: &str = "`tidings config show` lists every key; config.example.toml explains them";
    let message = message.lines().collect::<Vec<_>>().join(", ");
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let known = names_in(rest.split_once(", ").map_or("", |(_, known)| known));
        return match nearest(value, &known) {
            Some(near) => (format!("unknown key '{value}'"), format!("Did you mean '{near}'? {EXAMPLE}.")),
            None if known.is_empty() => {
                (format!("unknown key '{value}'"), format!("No key stands here; {EXAMPLE}."))
            }
            None => {
                (format!("unknown key '{value}'"), format!("Keys that may stand here: {}.", known.join(", ")))
            }
        };
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let known = names_in(rest.split_once(", ").map_or("", |(_, known)| known));
        return (format!("'{value}' is not known here"), format!("Write one of: {}.", known.join(", ")));
    }
    if message.starts_with("invalid type: ") || message.starts_with("invalid value: ") {
        let expected = message.rsplit_once("expected ").map_or("something else", |(_, expected)| expected);
        return (
            format!("'{value}' does not fit here"),
            format!("Write {} in its place; {EXAMPLE}.", in_words(expected)),
        );
    }
    if message.starts_with("wanted string") {
        return (
            format!("'{value}' does not fit here"),
            format!("Write text in \"quotes\" in its place; {EXAMPLE}."),
        );
    }
    if message.starts_with("duplicate key") {
        return (format!("the key '{value}' is here twice"), "Take one of them out.".to_owned());
    }
    if let Some(missing) = message.strip_prefix("missing field ") {
        return (format!("the key {missing} is missing"), EXAMPLE.to_owned());
    }
    if value.is_empty() || message.contains(value) {
        (message, "Mend this line, then try again.".to_owned())
    } else {
        (format!("'{value}': {message}"), "Mend this line, then try again.".to_owned())
    }
}

/// What a number or text of the reader's language is called by people.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more,",
        "a nonzero usize" | "a nonzero u64" | "a nonzero u32" => "a whole number, 1 or more,",
        "a string" | "string" | "path string" => "text in \"quotes\"",
        "a sequence" => "a [\"list\"]",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") || other == "a map" => "a [table]",
        other => other,
    }
}

/// The names that a message lists in backquotes.
fn names_in(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_url_gets_into_a_message() {
        let text = "[contexts.a]\nprofile = \"redis://:s3cret@h\"\n";
        let error = super::super::Config::parse(text, Path::new("x.toml")).unwrap_err().to_string();
        assert!(error.contains("'redis://…' is not known here") && !error.contains("s3cret"), "{error}");
        let text = "[contexts.a]\nurl = \"redis://:s3cret@h\n";
        let error = super::super::Config::parse(text, Path::new("x.toml")).unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("s3cret"), "{error}");
    }
}
