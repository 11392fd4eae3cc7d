//! A whole event: what handlers get.

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::{Content, Entry, EventId, EventType, TenantId, Verdict};

/// A bus event whose envelope is complete and whose payload fits its schema, or has none to fit.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_field_names, reason = "`type` is a word of the language")]
pub struct Event {
    id: EventId,
    event_type: EventType,
    tenant: TenantId,
    timestamp: DateTime<Utc>,
    text: Box<str>,
    payload: Range<usize>,
}

impl Event {
    /// The event of an entry. One that is invalid comes back as it was.
    pub fn of(entry: Entry) -> Result<Self, Box<Entry>> {
        match entry {
            Entry {
                event_type: Some(event_type),
                tenant: Some(tenant),
                event_id: Some(id),
                timestamp: Some(timestamp),
                content: Content::Json { text, payload: Some(payload) },
                verdict: Verdict::Valid | Verdict::Unchecked,
                ..
            } => Ok(Self { id, event_type, tenant, timestamp, text, payload }),
            entry => Err(Box::new(entry)),
        }
    }

    /// Its id: the same through every retry.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// Its type.
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// Whose event it is.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// When it happened, by its publisher's clock.
    pub fn timestamp(&self) -> DateTime<Utc> {
        self.timestamp
    }

    /// Its JSON, as it was published.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The payload's JSON, as it was published.
    pub fn payload(&self) -> &str {
        self.text.get(self.payload.clone()).unwrap_or_default()
    }

    /// The payload as a type of the program.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.payload())
    }
}
