//! The JSON of an entry (docs/json.md).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::event::{Content, Entry, Fault, Field, Verdict};

/// One line of `tail -o json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TailLine<'a> {
    /// `null` for Pub/Sub: there is nothing to read again.
    entry_id: Option<String>,
    stream: &'a str,
    channel: Option<&'a str>,
    #[serde(rename = "type")]
    event_type: Option<&'a str>,
    tenant: Option<&'a str>,
    /// The original text: numbers, key order and repeated keys are as they came.
    event: Option<&'a RawValue>,
    invalid: Option<&'a Fault>,
    unchecked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Fields<'a>>,
}

impl<'a> TailLine<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        // What the intake read as JSON is JSON; should it ever not be, its text is shown as a field.
        let event = entry.text().and_then(|text| serde_json::from_str(text).ok());
        let fields = match &entry.content {
            Content::Fields(fields) => Some(Fields::Raw(fields)),
            Content::Json { text, .. } if event.is_none() => Some(Fields::Text(text)),
            Content::Json { .. } => None,
        };
        Self {
            entry_id: entry.replayable.then(|| entry.id.to_string()),
            stream: entry.stream.as_str(),
            channel: entry.channel.as_ref().map(AsRef::as_ref),
            event_type: entry.event_type.as_ref().map(AsRef::as_ref),
            tenant: entry.tenant.as_ref().map(AsRef::as_ref),
            event,
            invalid: entry.fault(),
            unchecked: entry.verdict == Verdict::Unchecked,
            fields,
        }
    }
}

/// The fields of an entry that could not be read.
#[derive(Debug)]
enum Fields<'a> {
    Raw(&'a [Field]),
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
