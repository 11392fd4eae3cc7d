//! What a person types into a field, as a value of its kind.

use serde_json::Value;

use crate::event::Report;
use crate::event::json::{Shape, quoted, read};
use crate::schema::compiled::Schema;
use crate::schema::words::{either, words};
use crate::text::display_safe;

use super::alternative::fits;
use super::kind::{FieldKind, NumberRules, TextRules};

/// A JSON value that can be put into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry(pub(super) String);

/// Why what was typed is no value of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {}, found {}", display_safe(.expected), display_safe(.found))]
pub struct EntryError {
    /// What the field takes, such as `a whole number of at least 1`. The schema's words: not safe to show.
    pub expected: String,
    /// What was typed, cut to 120 characters. Not safe to show.
    pub found: String,
}

impl Entry {
    /// The value null.
    pub fn null() -> Self {
        Self("null".to_owned())
    }

    /// Any JSON text as an entry, whatever its kind.
    pub fn of_json(text: &str) -> Result<Self, EntryError> {
        match read(text) {
            Ok(node) => Ok(Self(node.text(text).to_owned())),
            Err(broken) => Err(error(&format!("JSON: {}", broken.expected), &broken.found)),
        }
    }

    /// Its JSON text.
    pub fn json(&self) -> &str {
        &self.0
    }
}

/// Reads what was typed as a value of `kind`: a text as it is, without quotes; objects, lists and anything else as JSON.
/// What fits none of them is a text where anything is taken.
pub fn parse_entry(kind: &FieldKind, typed: &str) -> Result<Entry, EntryError> {
    Judge::new(kind).parse(typed)
}

/// `json` as an entry, where it is what `kind` says.
pub(super) fn judged(kind: &FieldKind, json: &str) -> Result<Entry, EntryError> {
    Judge::new(kind).judge(json)
}

/// Knows the values of one kind.
pub(super) struct Judge<'k> {
    kind: &'k FieldKind,
    /// `None` where to be of the kind is all. So with a schema that cannot be used (a pattern that is none here): the
    /// whole schema has the last word anyway.
    rules: Option<Schema>,
}

impl<'k> Judge<'k> {
    pub(super) fn new(kind: &'k FieldKind) -> Self {
        let has_rules = match kind {
            FieldKind::Uuid | FieldKind::DateTime | FieldKind::Union(_) => true,
            FieldKind::Text(rules) => *rules != TextRules::default(),
            FieldKind::Number(rules) => {
                *rules != NumberRules { integer: rules.integer, ..NumberRules::default() }
            }
            _ => false,
        };
        let compiled = has_rules.then(|| Schema::compile("entry", &kind.schema().to_string()));
        Self { kind, rules: compiled.and_then(Result::ok) }
    }

    /// `json` as an entry, where it is of the kind.
    pub(super) fn judge(&self, json: &str) -> Result<Entry, EntryError> {
        let node =
            read(json).map_err(|broken| error(&format!("JSON: {}", broken.expected), &broken.found))?;
        if !fits(self.kind, json, &node) {
            return Err(error(&wanted(self.kind), json));
        }
        let faults = self.rules.as_ref().map_or_else(Vec::new, |rules| rules.faults(json));
        match faults.into_iter().next() {
            None => Ok(Entry(json.to_owned())),
            Some(Report { expected, found, .. }) => Err(EntryError { expected, found }),
        }
    }

    /// What was typed as an entry.
    pub(super) fn parse(&self, typed: &str) -> Result<Entry, EntryError> {
        let trimmed = typed.trim();
        let wrong = || error(&wanted(self.kind), trimmed);
        match self.kind {
            FieldKind::Text(_) => self.judge(&quoted(typed)),
            FieldKind::Uuid | FieldKind::DateTime => self.judge(&quoted(trimmed)),
            FieldKind::Number(_) => match read(trimmed).map(|node| node.shape) {
                Ok(Shape::Number) => self.judge(trimmed),
                _ => Err(wrong()),
            },
            FieldKind::Boolean => match trimmed.to_lowercase().as_str() {
                word @ ("true" | "false") => Ok(Entry(word.to_owned())),
                _ => Err(wrong()),
            },
            FieldKind::Choice(choices) => {
                let by = |said: &str| {
                    let exact = choices.iter().find(|choice| choice.label == said || choice.json == said);
                    exact.or_else(|| choices.iter().find(|choice| is_text(&choice.json, said)))
                };
                let found = by(typed).or_else(|| by(trimmed));
                found.map(|choice| Entry(choice.json.clone())).ok_or_else(wrong)
            }
            FieldKind::Object { .. } | FieldKind::Free { .. } | FieldKind::List(_) => {
                self.judge(&Entry::of_json(typed)?.0)
            }
            FieldKind::Union(variants) => {
                let mut fitting =
                    variants.iter().filter_map(|variant| parse_entry(&variant.kind, typed).ok());
                fitting.next().ok_or_else(wrong)
            }
            FieldKind::Any => Ok(Entry::of_json(typed).unwrap_or_else(|_| Entry(quoted(typed)))),
        }
    }
}

/// Whether the JSON text `json` is the text `said`.
fn is_text(json: &str, said: &str) -> bool {
    read(json).is_ok_and(|node| node.shape == Shape::Text(said.to_owned()))
}

/// What a kind takes, in words.
pub(super) fn wanted(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Choice(choices) => {
            let values: Vec<Value> =
                choices.iter().map(|choice| Value::from(choice.label.as_str())).collect();
            match values.as_slice() {
                [_] => choices.iter().map(|choice| choice.label.clone()).collect(),
                _ => crate::schema::words::one_of(&values),
            }
        }
        FieldKind::Union(variants) => either(variants.iter().map(|variant| wanted(&variant.kind)).collect()),
        _ => words(&Value::Null, &kind.schema()).unwrap_or_else(|| "JSON".to_owned()),
    }
}

fn error(expected: &str, found: &str) -> EntryError {
    let report = Report::new("", expected, if found.is_empty() { "nothing" } else { found });
    EntryError { expected: report.expected, found: report.found }
}

#[cfg(test)]
mod tests {
    use super::super::kind::{Choice, Variant};
    use super::*;

    fn choice(json: &str, label: &str) -> Choice {
        Choice { json: json.to_owned(), label: label.to_owned() }
    }

    #[test]
    fn what_is_typed_becomes_a_value_or_an_error_that_says_what_was_expected() {
        let number = |integer, min: Option<u32>| {
            FieldKind::Number(NumberRules { integer, min: min.map(Into::into), ..NumberRules::default() })
        };
        let text = |format: Option<&str>, pattern: Option<&str>, min| {
            FieldKind::Text(TextRules {
                format: format.map(str::to_owned),
                pattern: pattern.map(str::to_owned),
                min,
                max: None,
            })
        };
        let choices =
            FieldKind::Choice(vec![choice("\"OPEN\"", "Open it"), choice("3", "3"), choice("null", "null")]);
        let union = FieldKind::Union(vec![
            Variant { label: "a".to_owned(), kind: number(true, None) },
            Variant { label: "b".to_owned(), kind: FieldKind::Uuid },
        ]);
        let uuid = "8d4c722f-17c2-4e4f-95b3-cb7824659b21";
        for (kind, typed, outcome) in [
            (&FieldKind::Uuid, uuid, Ok(quoted(uuid))),
            (&FieldKind::Uuid, "8d4c722f", Err("expected a UUID, found \"8d4c722f\"")),
            (
                &FieldKind::Uuid,
                "8d4c722f17c24e4f95b3cb7824659b21",
                Err("expected a UUID, found \"8d4c722f17c24e4f95b3cb7824659b21\""),
            ),
            (&FieldKind::DateTime, " 2026-11-28T21:00:00Z ", Ok("\"2026-11-28T21:00:00Z\"".to_owned())),
            (
                &FieldKind::DateTime,
                "tomorrow",
                Err("expected a date and time in ISO 8601, found \"tomorrow\""),
            ),
            (&number(true, Some(1)), " 007 ", Err("expected a whole number of at least 1, found 007")),
            (&number(true, Some(1)), "0", Err("expected a whole number of at least 1, found 0")),
            (&number(true, None), "1.5", Err("expected a whole number, found 1.5")),
            (&number(true, None), "12345678901234567890123", Ok("12345678901234567890123".to_owned())),
            (&number(false, None), "1.50", Ok("1.50".to_owned())),
            (&number(false, None), "", Err("expected a number, found nothing")),
            (&FieldKind::Boolean, "True", Ok("true".to_owned())),
            (&FieldKind::Boolean, "1", Err("expected true or false, found 1")),
            (&text(None, None, None), " a \"b\" ", Ok(r#"" a \"b\" ""#.to_owned())),
            (&text(None, None, Some(1)), "", Err("expected a text that is not empty, found \"\"")),
            (&text(Some("email"), None, None), "x", Err("expected an e-mail address, found \"x\"")),
            (&text(None, Some("^A\\d+$"), None), "A1", Ok("\"A1\"".to_owned())),
            (
                &text(None, Some("^A\\d+$"), None),
                "B1",
                Err("expected a text that matches /^A\\d+$/, found \"B1\""),
            ),
            (&choices, "OPEN", Ok("\"OPEN\"".to_owned())),
            (&choices, "Open it", Ok("\"OPEN\"".to_owned())),
            (&choices, "3", Ok("3".to_owned())),
            (&choices, "4", Err("expected one of Open it, 3, null, found 4")),
            (&FieldKind::Object { open: true }, "{\"a\": 1}", Ok("{\"a\": 1}".to_owned())),
            (&FieldKind::Object { open: true }, "[]", Err("expected an object, found []")),
            (
                &FieldKind::Free { typed: false },
                "{",
                Err("expected JSON: a key or '}', found the end of the text"),
            ),
            (&union, uuid, Ok(quoted(uuid))),
            (&union, "x", Err("expected a whole number or a UUID, found x")),
            (&FieldKind::Any, "[1]", Ok("[1]".to_owned())),
            (&FieldKind::Any, "hello", Ok("\"hello\"".to_owned())),
        ] {
            let found = parse_entry(kind, typed).map(|entry| entry.0).map_err(|error| error.to_string());
            assert_eq!(found, outcome.map_err(str::to_owned), "{kind:?} {typed}");
        }
    }
}
