//! What there is to know of the language, for a reference that cannot lie.

use super::field::{FIELDS, Field, IS};
use super::test::Name;

/// What there is to know of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldFacts {
    /// What it is called.
    pub name: &'static str,
    /// The operators that it takes.
    pub operators: &'static [&'static str],
    /// What it asks.
    pub asks: &'static str,
    /// A term with it.
    pub example: &'static str,
}

/// Every field, in the order in which errors name them.
pub fn fields() -> impl Iterator<Item = FieldFacts> {
    FIELDS.into_iter().map(|(name, field, example)| {
        let (operators, asks) = facts(field);
        FieldFacts { name, operators, asks, example }
    })
}

/// The words that `is:` takes.
pub fn states() -> impl Iterator<Item = &'static str> {
    IS.into_iter().map(|(word, _)| word)
}

const NAMES: &[&str] = &[":", "=", "!="];
const ALL: &[&str] = &[":", "=", "!=", "<", "<=", ">", ">="];

fn facts(field: Field) -> (&'static [&'static str], &'static str) {
    match field {
        Field::Name(Name::Type) => (NAMES, "the event type: the whole name, or a pattern"),
        Field::Name(Name::Tenant) => {
            (NAMES, "the tenant's id or label: with ':' its beginning, or a pattern")
        }
        Field::Name(Name::Channel) => {
            (NAMES, "the channel, where the profile has them: the whole name, or a pattern")
        }
        Field::Name(Name::Stream) => (NAMES, "the stream's key: the whole name, or a pattern"),
        Field::Id => (
            &[":"],
            "the beginning of an event id, or an entry id; without its last number all of that millisecond",
        ),
        Field::Is => (&[":"], "a state"),
        Field::Age => (&["<", "<=", ">", ">="], "how old it is: 90s, 5m, 1h30m, 2d"),
        Field::Handler => (NAMES, "a handler of which an attempt failed: the whole name, or a pattern"),
        Field::Error => (NAMES, "the error of a failed attempt: with ':' a part of it, letter case aside"),
        Field::Attempt => (&[":", "=", "<", "<=", ">", ">="], "the number of a failed attempt"),
        Field::Payload => {
            (ALL, "a value of the payload by its path: with ':' a pattern, with '<' and the like numbers")
        }
        Field::Event => (ALL, "a value of the event beside its payload, by its path"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    #[test]
    fn a_field_takes_the_operators_that_are_told_and_no_other() {
        for field in fields() {
            assert!(Filter::parse(field.example).is_ok(), "{}", field.example);
            let cut = field.example.find([':', '=', '<', '>']).expect("an example has an operator");
            let name = &field.example[..cut];
            let value = field.example[cut..].trim_start_matches([':', '=', '<', '>']);
            for operator in ALL {
                // Numbers are asked for in numbers, and only ':' takes patterns.
                let value = if matches!(field.name, "payload" | "event") { "5" } else { value };
                let value = value.replace('*', "");
                let parsed = Filter::parse(&format!("{name}{operator}{value}"));
                assert_eq!(parsed.is_ok(), field.operators.contains(operator), "{name}{operator}{value}");
            }
        }
    }

    #[test]
    fn every_state_that_is_told_can_be_asked_for() {
        for state in states() {
            assert!(Filter::parse(&format!("is:{state}")).is_ok(), "{state}");
        }
    }
}
