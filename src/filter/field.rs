//! The fields: which there are, and what each makes of its operator and values.
//!
//! A new field is one line in [`FIELDS`] and one arm in [`read`]; a new word of `is:` is one line in [`IS`].

use std::time::Duration;

use super::error::{quoted, shown};
use super::lex::{Operator, Part, RawField};
use super::number::Number;
use super::path::{Check, Literal, PathTest, Relation, Step};
use super::pattern::Pattern;
use super::test::{EntryStart, IdStart, Is, Name, Test};
use super::{FilterError, Standing};
use crate::event::FailedState;
use crate::text::{nearest, parse_duration};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name(Name),
    Id,
    Is,
    Age,
    Handler,
    Error,
    Attempt,
    Payload,
    Event,
}

/// Every field, and an example that parses.
pub(super) const FIELDS: [(&str, Field, &str); 12] = [
    ("type", Field::Name(Name::Type), "type:TICKET_*"),
    ("tenant", Field::Name(Name::Tenant), "tenant:acme"),
    ("channel", Field::Name(Name::Channel), "channel:emailservice::v7"),
    ("stream", Field::Name(Name::Stream), "stream:*TICKET*"),
    ("id", Field::Id, "id:57f7e9a7"),
    ("is", Field::Is, "is:invalid"),
    ("age", Field::Age, "age<5m"),
    ("handler", Field::Handler, "handler:ticket-*"),
    ("error", Field::Error, "error:timeout"),
    ("attempt", Field::Attempt, "attempt>3"),
    ("payload", Field::Payload, "payload.changes.status=on_hold"),
    ("event", Field::Event, "event.version=2"),
];

/// What other languages call them.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("eventtype", "type"),
    ("event_type", "type"),
    ("tenantid", "tenant"),
    ("tenant_id", "tenant"),
    ("eventid", "id"),
    ("entryid", "id"),
    ("since", "age"),
    ("time", "age"),
];

/// The words of `is:`.
pub(super) const IS: [(&str, Is); 10] = [
    ("valid", Is::Standing(Standing::Valid)),
    ("unchecked", Is::Standing(Standing::Unchecked)),
    ("invalid", Is::Standing(Standing::Invalid)),
    ("failed", Is::Failed),
    ("retrying", Is::State(FailedState::Retrying)),
    ("dead", Is::State(FailedState::Dead)),
    ("running", Is::State(FailedState::Running)),
    ("stuck", Is::State(FailedState::Stuck)),
    ("retried", Is::State(FailedState::Retried)),
    ("discarded", Is::State(FailedState::Discarded)),
];

/// Most steps of a path: deeper JSON than the bus takes has no more.
const MAX_STEPS: usize = crate::event::MAX_DEPTH;

/// What a field asks, as a test.
pub(super) fn read(text: &str, raw: &RawField) -> Result<Test, FilterError> {
    let name = &text[raw.name.clone()];
    let known = FIELDS.iter().find(|(known, ..)| name.eq_ignore_ascii_case(known));
    let Some((_, field, example)) = known else { return Err(unknown_field(text, raw)) };
    let has_path = matches!(field, Field::Payload | Field::Event);
    if has_path && raw.path.is_empty() {
        return Err(FilterError::new(
            raw.name.clone(),
            format!("expected a key behind '{name}'"),
            format!("Write {name}, a dot and a key, such as {example}."),
        ));
    }
    if let (false, Some(key)) = (has_path, raw.path.first()) {
        return Err(FilterError::new(
            key.at.clone(),
            format!("'{name}' has no parts"),
            format!("Write {example}; a field of the payload begins with 'payload.'."),
        ));
    }
    let wrong_operator = |expected: &str| {
        FilterError::new(
            raw.operator_at.clone(),
            format!("'{name}' takes {expected}, not {}", quoted(&text[raw.operator_at.clone()])),
            format!("Write {example}."),
        )
    };
    match (*field, raw.operator) {
        (Field::Name(part), Operator::Like | Operator::Equal | Operator::Unequal) => read_name(part, raw),
        (Field::Handler, Operator::Like | Operator::Equal | Operator::Unequal) => {
            let patterns = patterns(raw, |value| {
                if value.quoted { Pattern::whole(&value.text) } else { Pattern::glob(&value.text) }
            })?;
            Ok(Test::Handler { patterns, differs: raw.operator == Operator::Unequal })
        }
        (Field::Error, Operator::Like | Operator::Equal | Operator::Unequal) => {
            let patterns = patterns(raw, |value| Pattern::within(&value.text, value.quoted))?;
            Ok(Test::Error { patterns, differs: raw.operator == Operator::Unequal })
        }
        (Field::Name(_) | Field::Handler | Field::Error, _) => Err(wrong_operator("':', '=' or '!='")),
        (Field::Id, Operator::Like) => raw.values.iter().map(id).collect::<Result<_, _>>().map(Test::Id),
        (Field::Is, Operator::Like) => raw.values.iter().map(is).collect::<Result<_, _>>().map(Test::Is),
        (Field::Id | Field::Is, _) => Err(wrong_operator("':'")),
        (Field::Age, operator) => match relation(operator) {
            Some(relation) => age(only(raw, "age<5m")?).map(|ms| Test::Age(relation, ms)),
            None => Err(wrong_operator("'<', '<=', '>' or '>='")),
        },
        (Field::Attempt, Operator::Unequal) => Err(wrong_operator("':', '=', '<', '<=', '>' or '>='")),
        (Field::Attempt, operator) => attempt(only(raw, "attempt>3")?, operator),
        (Field::Payload, _) => path(raw).map(Test::Payload),
        (Field::Event, _) => path(raw).map(Test::Event),
    }
}

fn unknown_field(text: &str, raw: &RawField) -> FilterError {
    let name = &text[raw.name.clone()];
    let lower = name.to_lowercase();
    let names = FIELDS.map(|(name, ..)| name);
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, name)| *name);
    let end = raw.values.last().map_or(raw.operator_at.end, |value| value.at.end);
    let whole = shown(&text[raw.name.start..end]);
    let hint = match other.or_else(|| nearest(&lower, &names)) {
        Some(near) => format!("Did you mean '{near}'?"),
        None if raw.operator == Operator::Like && raw.path.is_empty() && !whole.contains('"') => {
            format!("{} To find it as text, write \"{whole}\".", all_fields())
        }
        None => format!("A field of the payload is written payload.{whole}."),
    };
    FilterError::new(raw.name.clone(), format!("unknown field {}", quoted(name)), hint)
}

fn all_fields() -> String {
    format!("Fields are {}.", FIELDS.map(|(name, ..)| name).join(", "))
}

/// The value of a field that takes one.
fn only<'a>(raw: &'a RawField, example: &str) -> Result<&'a Part, FilterError> {
    match raw.values.as_slice() {
        [value] => Ok(value),
        values => {
            let at =
                values.get(1).map_or(raw.operator_at.clone(), |second| second.at.start - 1..second.at.end);
            Err(FilterError::new(at, "expected one value, without commas", format!("Write {example}.")))
        }
    }
}

fn relation(operator: Operator) -> Option<Relation> {
    match operator {
        Operator::Less => Some(Relation::Less),
        Operator::LessOrEqual => Some(Relation::LessOrEqual),
        Operator::Greater => Some(Relation::Greater),
        Operator::GreaterOrEqual => Some(Relation::GreaterOrEqual),
        Operator::Like | Operator::Equal | Operator::Unequal => None,
    }
}

fn read_name(part: Name, raw: &RawField) -> Result<Test, FilterError> {
    let patterns = patterns(raw, |value| match part {
        _ if !value.quoted && has_stars(&value.text) => Pattern::glob(&value.text),
        Name::Tenant => Pattern::start(&value.text),
        _ => Pattern::whole(&value.text),
    })?;
    Ok(Test::Name { part, patterns, differs: raw.operator == Operator::Unequal })
}

/// A pattern for each value: behind `:` as `like` makes it, else the whole text.
fn patterns(raw: &RawField, like: impl Fn(&Part) -> Pattern) -> Result<Vec<Pattern>, FilterError> {
    let pattern = |value: &Part| match raw.operator {
        Operator::Like => Ok(like(value)),
        _ => exact(value).map(Pattern::whole),
    };
    raw.values.iter().map(pattern).collect()
}

fn has_stars(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// A value that is compared as it is: a pattern here is a slip that would find nothing, without a word.
fn exact(value: &Part) -> Result<&str, FilterError> {
    if value.quoted || !value.text.contains('*') {
        return Ok(&value.text);
    }
    Err(FilterError::new(
        value.at.clone(),
        "'=' and '!=' compare whole values, and this is a pattern",
        format!("Write : for a pattern; for the character * itself write \"{}\".", shown(&value.text)),
    ))
}

fn id(value: &Part) -> Result<IdStart, FilterError> {
    let text = value.text.as_str();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let entry = match text.split_once('-') {
        Some((ms, seq)) if digits(ms) && digits(seq) => text.parse().ok().map(EntryStart::Whole),
        // Eight digits or fewer are the beginning of an event id.
        None if digits(text) && text.len() > 8 => text.parse().ok().map(EntryStart::Milliseconds),
        _ => None,
    };
    let id = IdStart { event: uuid_start(text), entry };
    if id.event.is_none() && id.entry.is_none() {
        return Err(FilterError::new(
            value.at.clone(),
            format!("expected an id, found {}", quoted(text)),
            "Write the beginning of an event id (id:57f7e9a7) or an entry id (id:1795459752545-1).",
        ));
    }
    Ok(id)
}

/// The first bits of a UUID, and which they are. Hyphens may be left out, but not stand elsewhere.
fn uuid_start(text: &str) -> Option<(u128, u128)> {
    let (mut bits, mut digits) = (0_u128, 0_u32);
    for c in text.chars() {
        match c {
            '-' if matches!(digits, 8 | 12 | 16 | 20) => {}
            '-' => return None,
            c => {
                bits = (bits << 4) | u128::from(c.to_digit(16)?);
                digits += 1;
            }
        }
        if digits > 32 {
            return None;
        }
    }
    if digits == 0 || text.contains("--") {
        return None;
    }
    let rest = 128 - 4 * digits;
    Some((bits.checked_shl(rest)?, u128::MAX.checked_shl(rest)?))
}

fn is(value: &Part) -> Result<Is, FilterError> {
    let lower = value.text.to_lowercase();
    if let Some((_, is)) = IS.iter().find(|(word, _)| *word == lower) {
        return Ok(*is);
    }
    let words = IS.map(|(word, _)| word);
    let hint = match nearest(&lower, &words) {
        Some(near) => format!("Did you mean is:{near}?"),
        None => format!("Write is: with one of {}.", words.join(", ")),
    };
    Err(FilterError::new(value.at.clone(), format!("'is:' does not know {}", quoted(&value.text)), hint))
}

/// No attempt has such a number.
const NEVER: Test = Test::Attempt(1, 0);

fn attempt(value: &Part, operator: Operator) -> Result<Test, FilterError> {
    let number: u32 = value.text.parse().map_err(|_| {
        FilterError::new(
            value.at.clone(),
            format!("expected a number of attempts, found {}", quoted(&value.text)),
            "Write attempt>3, or attempt:0 for what was never tried because it is invalid.",
        )
    })?;
    Ok(match operator {
        Operator::Less => number.checked_sub(1).map_or(NEVER, |last| Test::Attempt(0, last)),
        Operator::LessOrEqual => Test::Attempt(0, number),
        Operator::Greater => number.checked_add(1).map_or(NEVER, |first| Test::Attempt(first, u32::MAX)),
        Operator::GreaterOrEqual => Test::Attempt(number, u32::MAX),
        Operator::Like | Operator::Equal | Operator::Unequal => Test::Attempt(number, number),
    })
}

fn age(value: &Part) -> Result<i64, FilterError> {
    let ms = |age: Duration| i64::try_from(age.as_millis()).ok();
    parse_duration(&value.text).ok().and_then(ms).ok_or_else(|| {
        FilterError::new(
            value.at.clone(),
            format!("expected a duration, found {}", quoted(&value.text)),
            "Write a number and a unit: 500ms, 30s, 10m, 2h, 7d, 1h30m.",
        )
    })
}

fn path(raw: &RawField) -> Result<PathTest, FilterError> {
    if let Some(key) = raw.path.get(MAX_STEPS) {
        return Err(FilterError::new(
            key.at.clone(),
            "this path is too deep",
            format!("A path has at most {MAX_STEPS} keys: no event is deeper."),
        ));
    }
    Ok(PathTest::new(raw.path.iter().map(step).collect(), check(raw)?))
}

fn step(key: &Part) -> Step {
    if key.quoted {
        return Step::Name(key.text.clone());
    }
    if key.text == "*" {
        return Step::Every;
    }
    match key.text.parse() {
        Ok(place) if key.text.bytes().all(|b| b.is_ascii_digit()) => Step::Place(place, key.text.clone()),
        _ => Step::Name(key.text.clone()),
    }
}

fn check(raw: &RawField) -> Result<Check, FilterError> {
    if let Some(relation) = relation(raw.operator) {
        let value = only(raw, "payload.amount>1000, without commas in the number")?;
        return number(value).map(|number| Check::Compare(relation, number));
    }
    let is_star = |value: &Part| !value.quoted && value.text == "*";
    if raw.operator != Operator::Unequal && raw.values.iter().any(is_star) {
        return Ok(Check::Exists);
    }
    if raw.operator == Operator::Like {
        let pattern = |value: &Part| {
            if value.quoted { Pattern::whole(&value.text) } else { Pattern::glob(&value.text) }
        };
        return Ok(Check::Like(raw.values.iter().map(pattern).collect()));
    }
    let literal =
        |value: &Part| exact(value).map(|text| Literal { text: text.to_owned(), quoted: value.quoted });
    let literals = raw.values.iter().map(literal).collect::<Result<_, _>>()?;
    Ok(if raw.operator == Operator::Equal { Check::Equals(literals) } else { Check::Differs(literals) })
}

fn number(value: &Part) -> Result<String, FilterError> {
    if Number::read(&value.text).is_some() && !value.quoted {
        return Ok(value.text.clone());
    }
    Err(FilterError::new(
        value.at.clone(),
        format!("expected a number, found {}", quoted(&value.text)),
        "Write a number, such as payload.amount>1000. To compare text use = or :.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    #[test]
    fn every_example_parses() {
        for (name, _, example) in FIELDS {
            assert!(example.starts_with(name) && Filter::parse(example).is_ok(), "{example}");
        }
        for (_, name) in OTHER_NAMES {
            assert!(FIELDS.iter().any(|(known, ..)| *known == name), "{name}");
        }
    }

    #[test]
    fn ids_begin_where_they_are_cut() {
        assert_eq!(uuid_start("f"), Some((0xf << 124, 0xf << 124)));
        assert_eq!(uuid_start("57f7e9a7-7"), Some((0x5_7f7e_9a77 << 92, u128::MAX << 92)));
        assert_eq!(uuid_start("57f7e9a77"), uuid_start("57f7e9a7-7"));
        assert_eq!(uuid_start("57f7e9a7-7e13-452d-81b7-9892c8fdd92e").map(|(_, mask)| mask), Some(u128::MAX));
        for bad in ["", "-", "57f7e9-", "x", "57f7e9a7--", &"0".repeat(33)] {
            assert_eq!(uuid_start(bad), None, "{bad}");
        }
    }
}
