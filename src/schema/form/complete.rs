//! Type-ahead: what a field may be meant to be, after some of it is typed.

use std::collections::HashSet;
use std::ops::Range;

use crate::event::json::{Shape, read};

use super::entry::Judge;
use super::field::FieldModel;
use super::kind::FieldKind;

/// Most suggestions.
const MOST: usize = 100;

/// Where a suggestion comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It was seen.
    Seen,
    /// The schema lists it.
    Choice,
    /// The schema names it as default or example.
    Schema,
}

/// A value to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What [`parse_entry`](super::parse_entry) reads. From the bus or the schema: not safe to show.
    pub text: String,
    /// Where what was typed stands in it, in bytes.
    pub matched: Range<usize>,
    /// Where it comes from.
    pub source: Source,
}

/// What may be meant by `typed` in a field whose value is of kind `editor` (a row's): first what begins like that, then
/// what holds it, upper or lower case. Of each, first the values of `seen`, which come newest first, as they would be
/// typed, then those that the schema names. What the field does not take is left out; at most 100.
pub fn complete(field: &FieldModel, editor: &FieldKind, typed: &str, seen: &[String]) -> Vec<Suggestion> {
    let judge = Judge::new(editor);
    let mut known = HashSet::new();
    let mut found: Vec<Suggestion> = Vec::new();
    let listed: Vec<String> = match editor {
        FieldKind::Choice(choices) => choices.iter().map(|choice| choice.label.clone()).collect(),
        FieldKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => Vec::new(),
    };
    let named: Vec<String> = field.default.iter().chain(&field.examples).map(|json| as_typed(json)).collect();
    let sources = [(seen, Source::Seen), (&listed, Source::Choice), (&named, Source::Schema)];
    for (text, source) in
        sources.into_iter().flat_map(|(texts, source)| texts.iter().map(move |it| (it, source)))
    {
        let Some(matched) = find(text, typed) else { continue };
        if known.insert(text) && judge.parse(text).is_ok() {
            found.push(Suggestion { text: text.clone(), matched, source });
        }
    }
    // Stable: within each rank the order stays.
    found.sort_by_key(|suggestion| suggestion.matched.start > 0);
    found.truncate(MOST);
    found
}

/// A JSON value as it would be typed.
fn as_typed(json: &str) -> String {
    match read(json).map(|node| node.shape) {
        Ok(Shape::Text(text)) => text,
        _ => json.to_owned(),
    }
}

/// Where `part` stands in `text`, upper or lower case.
fn find(text: &str, part: &str) -> Option<Range<usize>> {
    let same = |a: char, b: char| a == b || a.to_lowercase().eq(b.to_lowercase());
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.into_iter().find_map(|start| {
        let mut rest = text[start..].chars();
        let mut end = start;
        for wanted in part.chars() {
            let c = rest.next().filter(|c| same(*c, wanted))?;
            end += c.len_utf8();
        }
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::super::kind::Choice;
    use super::*;

    fn field(kind: FieldKind, default: Option<&str>, examples: &[&str]) -> FieldModel {
        FieldModel {
            label: "x".to_owned(),
            description: None,
            required: false,
            nullable: false,
            kind,
            default: default.map(str::to_owned),
            examples: examples.iter().map(|example| (*example).to_owned()).collect(),
        }
    }

    fn texts(field: &FieldModel, typed: &str, seen: &[&str]) -> Vec<String> {
        let seen: Vec<String> = seen.iter().map(|text| (*text).to_owned()).collect();
        complete(field, &field.kind, typed, &seen).into_iter().map(|suggestion| suggestion.text).collect()
    }

    #[test]
    fn what_begins_like_that_comes_first_and_of_each_the_newest() {
        let text =
            field(FieldKind::Text(super::super::TextRules::default()), Some("\"Open\""), &["\"reopened\""]);
        let seen = ["reopen", "open", "closed", "OPENED", "open"];
        assert_eq!(texts(&text, "ope", &seen), ["open", "OPENED", "Open", "reopen", "reopened"]);
        assert_eq!(texts(&text, "", &["b", "a"]), ["b", "a", "Open", "reopened"]);
        assert_eq!(texts(&text, "x", &seen), [""; 0]);
        let suggestions = complete(&text, &text.kind, "É", &["caféteria".to_owned()]);
        assert_eq!(&suggestions[0].text[suggestions[0].matched.clone()], "é");
    }

    #[test]
    fn what_the_field_does_not_take_is_left_out() {
        let uuid = field(FieldKind::Uuid, None, &[]);
        let good = "8d4c722f-17c2-4e4f-95b3-cb7824659b21";
        assert_eq!(texts(&uuid, "", &["nonsense", good]), [good]);
        let choice = |json: &str, label: &str| Choice { json: json.to_owned(), label: label.to_owned() };
        let choices = field(
            FieldKind::Choice(vec![choice("\"A1\"", "A1"), choice("\"B1\"", "B1")]),
            Some("\"A1\""),
            &[],
        );
        assert_eq!(texts(&choices, "", &["B1", "C1"]), ["B1", "A1"]);
        assert_eq!(texts(&choices, "1", &[]), ["A1", "B1"]);
        assert_eq!(texts(&field(FieldKind::Boolean, None, &[]), "t", &[]), ["true"]);
    }

    #[test]
    fn there_are_not_more_than_a_hundred() {
        let seen: Vec<String> = (0..1_000).map(|n| format!("a{n}")).collect();
        let text = field(FieldKind::Text(super::super::TextRules::default()), None, &[]);
        let found = complete(&text, &text.kind, "a", &seen);
        assert_eq!((found.len(), found[0].text.as_str(), found[99].text.as_str()), (MOST, "a0", "a99"));
    }
}
