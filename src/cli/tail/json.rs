//! The JSON of an entry (docs/json.md).

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::fields::Fields;
use crate::event::{Content, Entry, Fault, Verdict};

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
