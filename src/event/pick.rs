//! Reads a few members of a JSON object in one pass, without building a tree of the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The values of `names` in the JSON object `json`, as text, each `None` where it is absent. Of a repeated key the
/// last value counts, as in `JSON.parse`. Fails when `json` is not one JSON object.
pub fn pick<'a, const N: usize>(
    json: &'a str,
    names: &[&str; N],
) -> Result<[Option<&'a str>; N], serde_json::Error> {
    crate::text::work::looked_at(json.len());
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let found = Names(names).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

struct Names<'n, const N: usize>(&'n [&'n str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Names<'_, N> {
    type Value = [Option<&'de str>; N];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Names<'_, N> {
    type Value = [Option<&'de str>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(Key(key)) = map.next_key()? {
            match self.0.iter().position(|name| *name == key) {
                Some(at) => found[at] = Some(map.next_value::<&'de RawValue>()?.get()),
                None => {
                    // RawValue checks the syntax of what it skips; IgnoredAny does so too, and copies nothing.
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Err(E::custom("expected an object, found null"))
    }
}

/// An object's key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_last_of_repeated_keys_and_keeps_text() {
        let json = r#" {"a": 1.50, "b": [1, 2], "a": 123456789012345678901234567890, "\u0063": "x"} "#;
        assert_eq!(
            pick(json, &["a", "b", "c", "d"]).unwrap(),
            [Some("123456789012345678901234567890"), Some("[1, 2]"), Some("\"x\""), None]
        );
    }

    #[test]
    fn refuses_what_is_not_one_object() {
        for bad in ["", "null", "[]", "3", "{", "{} {}", "{\"a\":}", "{'a':1}"] {
            assert!(pick(bad, &["a"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(pick(&deep, &["a"]).is_err() || pick(&deep, &["a"]).unwrap() == [None]);
    }
}
