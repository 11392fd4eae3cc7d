//! An event at a position in a stream, or the raw fields of an entry that could not be decoded.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Channel, EntryId, EventId, EventType, Fault, StreamKey, TenantId};

/// A field of a stream entry: name and value, as bytes.
pub type Field = (Vec<u8>, Vec<u8>);

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// JSON that parsed as an object. `payload` is the payload's place in `text`, when it is an object itself.
    Json {
        /// The event's original text.
        text: Box<str>,
        /// The payload's bytes in `text`.
        payload: Option<Range<usize>>,
    },
    /// The entry's fields, where no JSON object could be read from them.
    Fields(Vec<Field>),
}

/// What the schemas say of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It fits the schema of its type.
    Valid,
    /// Its type has no schema: neither valid nor invalid.
    Unchecked,
    /// It cannot be decoded, or does not fit its schema.
    Invalid(Box<Fault>),
}

/// An entry of a stream, decoded as far as it can be. An invalid entry is an entry too: shown, counted, kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it lies. For Pub/Sub, the name of the channel it came on.
    pub stream: StreamKey,
    /// Its position. For Pub/Sub, when it arrived here and a counter: good for order, not for reading it again.
    pub id: EntryId,
    /// Whether it can be read again from the broker. False for Pub/Sub.
    pub replayable: bool,
    /// Alga's routing name, where the profile has them.
    pub channel: Option<Channel>,
    /// The event's own `eventType`, else the one its stream is named for.
    pub event_type: Option<EventType>,
    /// `payload.tenantId`
    pub tenant: Option<TenantId>,
    /// `id`
    pub event_id: Option<EventId>,
    /// `timestamp`
    pub timestamp: Option<DateTime<Utc>>,
    /// The event's text, or raw fields.
    pub content: Content,
    /// Valid, unchecked, or invalid and why.
    pub verdict: Verdict,
}

impl Entry {
    /// The event's original text, if it could be read.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Json { text, .. } => Some(text),
            Content::Fields(_) => None,
        }
    }

    /// The payload's original text, if it could be read.
    pub fn payload(&self) -> Option<&str> {
        match &self.content {
            Content::Json { text, payload } => payload.clone().and_then(|range| text.get(range)),
            Content::Fields(_) => None,
        }
    }

    /// Why it is invalid, if it is.
    pub fn fault(&self) -> Option<&Fault> {
        match &self.verdict {
            Verdict::Invalid(fault) => Some(fault),
            Verdict::Valid | Verdict::Unchecked => None,
        }
    }

    /// Bytes of bus text in it: what memory bounds count.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Json { text, .. } => text.len(),
            Content::Fields(fields) => fields.iter().map(|(name, value)| name.len() + value.len()).sum(),
        }
    }
}
