//! JSON as a tree, read as `JSON.parse` reads it.
//!
//! Not `serde_json::Value`'s own reading: that one gives a meaning to a key of serde_json's (which a hostile payload
//! may hold), and refuses two things that JavaScript writes and reads: half a pair of surrogates (an emoji cut in two)
//! and numbers beyond what a double can hold.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The tree of `json`. Of a repeated key the last value counts. Nesting is limited by `serde_json` (128 levels).
pub(super) fn read(json: &str) -> Result<Value, serde_json::Error> {
    parse(json).or_else(|error| match mend(json) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(mended) => parse(&mended),
    })
}

fn parse(json: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let tree = Tree.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(tree)
}

struct Tree;

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Tree)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            fields.insert(key, map.next_value_seed(Tree)?);
        }
        Ok(Value::Object(fields))
    }
}

/// `json` with what `JSON.parse` takes and serde_json refuses replaced by its next of kin: half a pair of surrogates
/// by U+FFFD, a number beyond every double by the largest one.
fn mend(json: &str) -> Cow<'_, str> {
    let (mut out, mut copied) = (String::new(), 0);
    let (mut at, mut in_string) = (0, false);
    while let Some(byte) = json.as_bytes().get(at) {
        let (end, better) = match byte {
            b'\\' if in_string => mend_escape(json, at),
            b'-' | b'0'..=b'9' if !in_string => mend_number(json, at),
            b'"' => {
                in_string = !in_string;
                (at + 1, None)
            }
            _ => (at + 1, None),
        };
        if let Some(better) = better {
            out.push_str(&json[copied..at]);
            out.push_str(better);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[copied..]);
    Cow::Owned(out)
}

/// Where the escape at `at` ends, and what to write in its place.
fn mend_escape(json: &str, at: usize) -> (usize, Option<&'static str>) {
    let unit = |at: usize| {
        let hex = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    match (unit(at), unit(at + 6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (at + 12, None),
        (Some(0xd800..=0xdfff), _) => (at + 6, Some("\\ufffd")),
        _ => (at + 2, None),
    }
}

/// Where the number at `at` ends, and what to write in its place.
fn mend_number(json: &str, at: usize) -> (usize, Option<&'static str>) {
    let rest = &json[at..];
    let length =
        rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
    let token = &rest[..length];
    let better = match token.parse::<f64>() {
        // What is not a number in JSON stays, and stays an error.
        _ if serde_json::from_str::<IgnoredAny>(token).is_err() => None,
        Ok(f64::INFINITY) => Some("1.7976931348623157e308"),
        Ok(f64::NEG_INFINITY) => Some("-1.7976931348623157e308"),
        _ => None,
    };
    (at + length, better)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_as_javascript_does() {
        for (text, tree) in [
            (r#"{"a":1,"b":[true,null,-2,1.5],"a":"x"}"#, json!({"a": "x", "b": [true, null, -2, 1.5]})),
            (r#""\ud83d""#, json!("\u{fffd}")),
            (r#""\udc00\ud83d\ude00\\ud83d""#, json!("\u{fffd}😀\\ud83d")),
            (r#"{"\ud83dx":"1e999"}"#, json!({"\u{fffd}x": "1e999"})),
            ("[1e400,-1E+400,1e-400]", json!([f64::MAX, f64::MIN, 0.0])),
            (r#"{"é":1e400}"#, json!({"é": f64::MAX})),
        ] {
            assert_eq!(read(text).unwrap(), tree, "{text}");
        }
    }

    #[test]
    fn a_key_of_serde_json_is_a_key_like_others() {
        let hostile = r#"{"$serde_json::private::RawValue":"[]","$serde_json::private::Number":"1"}"#;
        assert_eq!(read(hostile).unwrap().as_object().unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_json_stays_an_error() {
        for bad in
            ["", "{", "1.e400", "01e400", "[1e400", "\"\\ud83\"", "\"\\é\"", "nope", "1 2", "\"\\ud83d"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
