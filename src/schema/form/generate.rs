//! Values that are made, not typed: new UUIDs, the time, and the least that a kind takes.

use chrono::{DateTime, Utc};
use serde_json::Number;
use uuid::Uuid;

use crate::event::json::quoted;
use crate::text::rfc3339_ms;

use super::entry::{Entry, judged};
use super::kind::{FieldKind, NumberRules, TextRules};
use super::pattern::sample;

/// Most characters of a text that is made. A schema may ask for more than any memory has.
pub(super) const LONGEST: usize = 64 * 1024;

/// Where made values come from.
pub struct Generator<'a> {
    /// Makes a new UUID each time.
    pub uuid: &'a mut dyn FnMut() -> Uuid,
    /// The time.
    pub now: DateTime<Utc>,
}

/// A value of `kind`: a new UUID, the time, the first choice, the smallest number, and so on. `None` where none can be
/// made that is known to fit: a text that must match a pattern with conditions, or an object or a list with content.
pub fn generate(kind: &FieldKind, generator: &mut Generator<'_>) -> Option<Entry> {
    nth(kind, 0, generator)
}

/// As [`generate`]; for each `nth` another value, where the kind has more than one.
pub(super) fn nth(kind: &FieldKind, nth: usize, generator: &mut Generator<'_>) -> Option<Entry> {
    let json = match kind {
        FieldKind::Uuid => quoted(&(generator.uuid)().to_string()),
        FieldKind::DateTime => quoted(&rfc3339_ms(generator.now)),
        FieldKind::Boolean => (nth % 2 == 1).to_string(),
        FieldKind::Choice(choices) => choices.get(nth.checked_rem(choices.len())?)?.json.clone(),
        FieldKind::Number(rules) => number(rules, nth)?,
        FieldKind::Text(rules) => quoted(&text(rules, nth, generator)?),
        FieldKind::Object { .. } | FieldKind::Free { .. } => "{}".to_owned(),
        FieldKind::List(rules) if rules.min.unwrap_or_default() == 0 => "[]".to_owned(),
        FieldKind::List(_) => return None,
        FieldKind::Union(variants) => {
            return variants.iter().find_map(|variant| self::nth(&variant.kind, nth, generator));
        }
        FieldKind::Any => "null".to_owned(),
    };
    judged(kind, &json).ok()
}

/// The number that is closest to zero, and `nth` steps further from where the limits begin.
fn number(rules: &NumberRules, nth: usize) -> Option<String> {
    let size = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64);
    let step = size(&rules.multiple_of).filter(|step| *step > 0.0).unwrap_or(1.0);
    let (low, high) = (size(&rules.min).or(size(&rules.above)), size(&rules.max).or(size(&rules.below)));
    let (start, step) = match (low, high) {
        (Some(low), _) if low > 0.0 || (low == 0.0 && rules.above.is_some()) => {
            ((low / step).ceil() * step, step)
        }
        (_, Some(high)) if high < 0.0 || (high == 0.0 && rules.below.is_some()) => {
            ((high / step).floor() * step, -step)
        }
        _ => (0.0, if high == Some(0.0) { -step } else { step }),
    };
    let kind = FieldKind::Number(rules.clone());
    let fits = |value: f64| {
        let number = if value.fract() == 0.0 && value.abs() < 9e15 {
            format!("{value:.0}")
        } else {
            value.to_string()
        };
        judged(&kind, &number).is_ok().then_some(number)
    };
    // Where the limit itself is out, the first is one step away from it; between narrow ones it lies halfway.
    let start = if fits(start).is_some() { start } else { start + step };
    let middle = low.zip(high).map(|(low, high)| low + (high - low) / 2.0);
    fits(start + step * nth as f64).or_else(|| middle.and_then(fits))
}

fn text(rules: &TextRules, nth: usize, generator: &mut Generator<'_>) -> Option<String> {
    let now = generator.now;
    let (min, max) = (rules.min.unwrap_or_default(), rules.max.unwrap_or(u64::MAX));
    if let Some(format) = &rules.format {
        let made = match format.as_str() {
            "date" => Some(now.format("%Y-%m-%d").to_string()),
            "time" => Some(now.format("%H:%M:%SZ").to_string()),
            "duration" => Some("PT1H".to_owned()),
            "email" | "idn-email" => Some("name@example.com".to_owned()),
            "hostname" | "idn-hostname" => Some("example.com".to_owned()),
            "ipv4" => Some("192.0.2.1".to_owned()),
            "ipv6" => Some("2001:db8::1".to_owned()),
            "uri" | "iri" | "uri-reference" | "iri-reference" | "uri-template" => {
                Some("https://example.com/".to_owned())
            }
            "json-pointer" => Some("/a".to_owned()),
            "relative-json-pointer" => Some("0".to_owned()),
            "regex" => Some(".*".to_owned()),
            _ => None,
        };
        if made.is_some() {
            return made;
        }
    }
    if let Some(pattern) = &rules.pattern {
        return sample(pattern);
    }
    let mut text = if nth > 0 { (nth + 1).to_string() } else { String::new() };
    if (text.len() as u64) < min {
        let length = usize::try_from(min).ok().filter(|length| *length <= LONGEST)?;
        text = "text".chars().cycle().take(length - text.len()).collect::<String>() + &text;
    }
    (text.len() as u64 <= max).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::place::Place;
    use super::*;

    /// What is made for a schema, the first and the second time.
    fn made(schema: &Value) -> Option<(String, String)> {
        let mut last = 0;
        let mut uuid = || {
            last += 1;
            Uuid::from_u128(last)
        };
        let now = DateTime::from_timestamp_millis(1_795_462_958_555).expect("a time");
        let mut generator = Generator { uuid: &mut uuid, now };
        let kind = FieldKind::of(&Place::of(schema, schema));
        let first = nth(&kind, 0, &mut generator)?;
        Some((first.0, nth(&kind, 1, &mut generator)?.0))
    }

    #[test]
    fn what_is_made_fits_and_differs_where_it_can() {
        for (schema, first, second) in [
            (
                json!({"type": "string", "format": "uuid"}),
                "\"00000000-0000-0000-0000-000000000001\"",
                "\"00000000-0000-0000-0000-000000000002\"",
            ),
            (
                json!({"type": "string", "format": "date-time"}),
                "\"2026-11-23T19:42:38.555Z\"",
                "\"2026-11-23T19:42:38.555Z\"",
            ),
            (json!({"type": "string", "format": "date"}), "\"2026-11-23\"", "\"2026-11-23\""),
            (json!({"enum": ["a", 2]}), "\"a\"", "2"),
            (json!({"const": {"a": 1}}), "{\"a\":1}", "{\"a\":1}"),
            (json!({"type": "integer"}), "0", "1"),
            (json!({"type": "integer", "minimum": 5}), "5", "6"),
            (json!({"type": "integer", "exclusiveMinimum": 0}), "1", "2"),
            (json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}), "0.5", "0.5"),
            (json!({"type": "number", "maximum": -2.5}), "-3", "-4"),
            (json!({"type": "integer", "minimum": 10, "multipleOf": 4}), "12", "16"),
            (json!({"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0}), "0.01", "0.02"),
            (json!({"minimum": 3, "exclusiveMinimum": true, "type": "integer"}), "4", "5"),
            (json!({"type": "boolean"}), "false", "true"),
            (json!({"type": "string"}), "\"\"", "\"2\""),
            (json!({"type": "string", "minLength": 5}), "\"textt\"", "\"text2\""),
            (json!({"type": "string", "pattern": "^INV-[0-9]{3}$"}), "\"INV-000\"", "\"INV-000\""),
            (json!({"type": "object"}), "{}", "{}"),
            (json!({"type": "array"}), "[]", "[]"),
            (json!({}), "null", "null"),
            (json!({"anyOf": [{"type": "string", "pattern": "^(?=x)x"}, {"type": "integer"}]}), "0", "1"),
        ] {
            assert_eq!(made(&schema), Some((first.to_owned(), second.to_owned())), "{schema}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_not() {
        for schema in [
            json!({"type": "string", "pattern": "^(?=.*x).{3}$"}),
            json!({"type": "integer", "minimum": 1, "maximum": 0}),
            json!({"type": "array", "minItems": 1}),
            json!({"type": "string", "minLength": 3, "maxLength": 2}),
            json!({"type": "string", "minLength": 4_000_000_000_u64}),
        ] {
            assert_eq!(made(&schema), None, "{schema}");
        }
    }
}
