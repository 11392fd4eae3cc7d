//! Fields of a stream entry in JSON (docs/json.md), and back.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::event::Field;

/// The fields of an entry: all of them, or the text that should have been an event.
#[derive(Debug)]
pub(super) enum Fields<'a> {
    /// All of them.
    Raw(&'a [Field]),
    /// The field `event` alone.
    Text(&'a str),
}

impl Serialize for Fields<'_> {
    /// An object. A name that comes more than once has a list of its values, so that none is lost.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = match self {
            Self::Raw(fields) => fields,
            Self::Text(text) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("event", text)?;
                return map.end();
            }
        };
        let mut map = serializer.serialize_map(None)?;
        for (at, (name, _)) in fields.iter().enumerate() {
            if fields[..at].iter().any(|(earlier, _)| earlier == name) {
                continue;
            }
            let values: Vec<_> =
                fields.iter().filter(|(other, _)| other == name).map(|(_, value)| Bytes(value)).collect();
            match values.as_slice() {
                [value] => map.serialize_entry(&name_of(name), value)?,
                several => map.serialize_entry(&name_of(name), several)?,
            }
        }
        map.end()
    }
}

/// A field's name; one that is not UTF-8 as `base64:..`.
fn name_of(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => format!("base64:{}", BASE64_STANDARD.encode(name)),
    }
}

/// A field's value: text, or `{"base64": ..}`.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(self.0) {
            return serializer.serialize_str(text);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("base64", &BASE64_STANDARD.encode(self.0))?;
        map.end()
    }
}

/// What stands before a name that is not UTF-8.
const BASE64: &str = "base64:";

/// Reads fields back as they were written. The error says which is wrong.
pub(super) fn read_fields(fields: &Map<String, Value>) -> Result<Vec<Field>, String> {
    let mut out = Vec::new();
    for (name, value) in fields {
        let bytes = name.strip_prefix(BASE64).and_then(|code| BASE64_STANDARD.decode(code).ok());
        let name_bytes = bytes.unwrap_or_else(|| name.as_bytes().to_vec());
        let several = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in several {
            let value = bytes_of(value)
                .ok_or_else(|| format!("the field '{name}' is neither text nor {{\"base64\": ..}}"))?;
            out.push((name_bytes.clone(), value));
        }
    }
    Ok(out)
}

fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(members) if members.len() == 1 => {
            BASE64_STANDARD.decode(members.get("base64")?.as_str()?).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is exported comes back to the byte; values of one name stay in their order.
        #[test]
        fn fields_come_back_as_they_were(mut fields in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..4), prop::collection::vec(any::<u8>(), 0..9)), 0..6,
        )) {
            let json = serde_json::to_string(&Fields::Raw(&fields)).unwrap();
            let mut read = read_fields(&serde_json::from_str(&json).unwrap()).unwrap();
            read.sort_by(|a, b| a.0.cmp(&b.0));
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(read, fields);
        }
    }

    #[test]
    fn what_is_no_field_is_named() {
        for bad in
            [r#"{"a":1}"#, r#"{"a":{"base64":"%"}}"#, r#"{"a":[null]}"#, r#"{"a":{"base64":"","b":1}}"#]
        {
            let error = read_fields(&serde_json::from_str(bad).unwrap()).unwrap_err();
            assert!(error.contains("the field 'a'"), "{error}");
        }
    }
}
