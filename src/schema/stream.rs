//! Walks through JSON beside a [`Rule`]. Every doubt is an error, and every error means 'do not know'.

use std::fmt;

use chrono::NaiveDate;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::rule::{EXACT, Field, Fields, Format, Kinds, Limits, NumberLimits, Rule, Scalar, TextLimits};

impl Rule {
    /// Whether `json` is surely valid. False means: ask `jsonschema`.
    ///
    /// `json` must not be nested deeper than [`crate::event::MAX_DEPTH`]: what a rule does not look at is skipped,
    /// however deep it is.
    pub(super) fn surely_admits(&self, json: &str) -> bool {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        self.deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
    }
}

/// Goes on while `sure`.
fn sure<E: Error>(sure: bool) -> Result<(), E> {
    if sure { Ok(()) } else { Err(E::custom("not sure")) }
}

impl<'de> DeserializeSeed<'de> for &Rule {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Rule::Anything => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            Rule::Only(limits) => deserializer.deserialize_any(&**limits),
        }
    }
}

impl<'de> Visitor<'de> for &Limits {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        sure(self.kinds.has(Kinds::NULL) && self.lists(|value| *value == Scalar::Null))
    }

    fn visit_bool<E: Error>(self, found: bool) -> Result<(), E> {
        sure(self.kinds.has(Kinds::BOOLEAN) && self.lists(|value| *value == Scalar::Bool(found)))
    }

    fn visit_u64<E: Error>(self, found: u64) -> Result<(), E> {
        let listed = self.lists(|value| *value == Scalar::Unsigned(found));
        sure(self.kinds.has(Kinds::INTEGER) && listed && self.number.admits(found as f64))
    }

    fn visit_i64<E: Error>(self, found: i64) -> Result<(), E> {
        let listed = self.lists(|value| *value == Scalar::Signed(found));
        sure(self.kinds.has(Kinds::INTEGER) && listed && self.number.admits(found as f64))
    }

    fn visit_f64<E: Error>(self, found: f64) -> Result<(), E> {
        // 1.0 is an integer in some drafts, and equals a 1 in a list: not for us to say.
        sure(self.kinds.has(Kinds::NUMBER) && self.one_of.is_none() && self.number.admits(found))
    }

    fn visit_str<E: Error>(self, found: &str) -> Result<(), E> {
        let listed = self.lists(|value| matches!(value, Scalar::Text(text) if text == found));
        sure(self.kinds.has(Kinds::STRING) && listed && self.text.admits(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        sure(self.kinds.has(Kinds::ARRAY) && self.one_of.is_none())?;
        let mut count = 0;
        while seq.next_element_seed(&self.items)?.is_some() {
            count += 1;
        }
        sure(self.item_count.admits(count))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        sure(self.kinds.has(Kinds::OBJECT) && self.one_of.is_none())?;
        let mut seen = 0;
        // Of a repeated field the last value counts; here every one must fit, which is only stricter.
        while let Some(at) = map.next_key_seed(&self.fields)? {
            seen |= at.map_or(0, |at| 1_u64.checked_shl(at).unwrap_or(0));
            let field = at.and_then(|at| self.fields.named.get(at as usize));
            match field.and_then(|field| field.rule.as_ref()).or(self.fields.others.as_ref()) {
                Some(rule) => map.next_value_seed(rule)?,
                None => sure(false)?,
            }
        }
        sure(seen & self.fields.required == self.fields.required)
    }
}

/// Reads a key and answers its place among the named fields.
impl<'de> DeserializeSeed<'de> for &Fields {
    type Value = Option<u32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for &Fields {
    type Value = Option<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        let is_it = |field: &Field| field.name == key;
        Ok(self.named.iter().position(is_it).and_then(|at| u32::try_from(at).ok()))
    }
}

impl Limits {
    /// Whether there is no list of values, or one that holds what `is_it` looks for.
    fn lists(&self, is_it: impl Fn(&Scalar) -> bool) -> bool {
        self.one_of.as_ref().is_none_or(|values| values.iter().any(is_it))
    }
}

impl NumberLimits {
    fn admits(&self, found: f64) -> bool {
        let Self { min, max, above, below } = self;
        match (min, max, above, below) {
            (None, None, None, None) => true,
            // Beyond this an integer is not exactly itself as a double.
            _ if found.abs() >= EXACT => false,
            _ => {
                min.is_none_or(|min| found >= min)
                    && max.is_none_or(|max| found <= max)
                    && above.is_none_or(|above| found > above)
                    && below.is_none_or(|below| found < below)
            }
        }
    }
}

impl TextLimits {
    fn admits(&self, found: &str) -> bool {
        self.format.is_none_or(|format| format.admits(found))
            && (self.length.is_open() || self.length.admits(found.chars().count()))
            && self.other.as_ref().is_none_or(|other| other.is_valid(&Value::String(found.to_owned())))
    }
}

impl Format {
    fn admits(self, text: &str) -> bool {
        match self {
            // Only the hyphenated form has 36 characters.
            Self::Uuid => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
            Self::DateTime => is_plain_instant(text.as_bytes()),
        }
    }
}

/// Whether `text` is a date-time in the one form that `Date.toISOString` writes, `2026-11-23T19:42:38.555Z`, with any
/// number of decimals.
fn is_plain_instant(text: &[u8]) -> bool {
    let Some((start, rest)) = text.split_at_checked(19) else { return false };
    let shape = start.iter().zip(b"0000-00-00T00:00:00").all(|(byte, model)| match model {
        b'0' => byte.is_ascii_digit(),
        _ => byte == model,
    });
    if !shape {
        return false;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let [year, month, day] = [&start[..4], &start[5..7], &start[8..10]].map(number);
    let [hour, minute, second] = [&start[11..13], &start[14..16], &start[17..]].map(number);
    let decimals = match rest {
        [b'.', decimals @ .., b'Z'] => !decimals.is_empty() && decimals.iter().all(u8::is_ascii_digit),
        _ => rest == b"Z",
    };
    let date = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    date.is_some() && hour < 24 && minute < 60 && second < 60 && decimals
}
