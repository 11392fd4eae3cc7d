//! One retained entry, borrowed from the ring.

use chrono::{DateTime, Utc};

use super::FailureLog;
use super::record::Record;
use super::ring::{Key, Ring};
use super::symbols::Symbol;
use crate::event::{
    Channel, Content, Entry, EntryId, EventId, EventType, Fault, Field, StreamKey, TenantId, TenantLabels,
    Verdict,
};
use crate::filter::{Standing, Subject};

/// A retained entry. All parts are borrowed from the ring.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub(super) ring: &'a Ring,
    pub(super) key: Symbol,
    pub(super) record: &'a Record,
    pub(super) seq: u64,
}

impl<'a> Row<'a> {
    /// Its number in the order of arrival: stays the same as long as it is retained.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    pub(super) fn key(&self) -> Option<&'a Key> {
        self.ring.keys.value(self.key)
    }

    /// Where it lies.
    pub fn stream(&self) -> Option<&'a StreamKey> {
        self.ring.streams.value(self.record.stream)
    }

    /// Its position there.
    pub fn id(&self) -> EntryId {
        self.record.id
    }

    /// Whether it can be read again from the broker.
    pub fn replayable(&self) -> bool {
        self.record.replayable
    }

    /// Its channel.
    pub fn channel(&self) -> Option<&'a Channel> {
        self.ring.channels.value(self.key()?.channel)
    }

    /// Its type.
    pub fn event_type(&self) -> Option<&'a EventType> {
        self.ring.types.value(self.key()?.event_type)
    }

    /// Its tenant.
    pub fn tenant(&self) -> Option<&'a TenantId> {
        self.ring.tenants.value(self.key()?.tenant)
    }

    /// Its event id.
    pub fn event_id(&self) -> Option<EventId> {
        self.record.event_id()
    }

    /// The event's own time, to the millisecond.
    pub fn timestamp(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.record.timestamp_ms)
    }

    /// When the server took it; the event's own time where the entry id holds none.
    pub fn time(&self) -> DateTime<Utc> {
        self.id().time().or_else(|| self.timestamp()).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The event's original JSON.
    pub fn text(&self) -> Option<&'a str> {
        self.ring.texts.get(self.record.text)
    }

    /// The payload's original JSON.
    pub fn payload(&self) -> Option<&'a str> {
        self.text()?.get(self.record.payload())
    }

    /// Why it is invalid.
    pub fn fault(&self) -> Option<&'a Fault> {
        self.ring.extra(self.seq).map(|extra| &extra.fault)
    }

    /// The raw fields, of an entry that could not be decoded.
    pub fn fields(&self) -> Option<&'a [Field]> {
        self.ring.extra(self.seq).map(|extra| extra.fields.as_slice()).filter(|fields| !fields.is_empty())
    }

    /// What its schema says.
    pub fn standing(&self) -> Standing {
        self.record.standing
    }

    /// As an entry of its own, for what outlives its place in memory; `None` where its stream is not known any more.
    pub fn to_entry(&self) -> Option<Entry> {
        let content = match (self.text(), self.fields()) {
            (Some(text), _) => Content::Json {
                text: text.into(),
                payload: Some(self.record.payload()).filter(|range| text.get(range.clone()).is_some()),
            },
            (None, fields) => Content::Fields(fields.unwrap_or_default().to_vec()),
        };
        let verdict = match (self.standing(), self.fault()) {
            (_, Some(fault)) => Verdict::Invalid(Box::new(fault.clone())),
            (Standing::Valid, None) => Verdict::Valid,
            (Standing::Unchecked | Standing::Invalid, None) => Verdict::Unchecked,
        };
        Some(Entry {
            stream: self.stream()?.clone(),
            id: self.id(),
            replayable: self.replayable(),
            channel: self.channel().cloned(),
            event_type: self.event_type().cloned(),
            tenant: self.tenant().cloned(),
            event_id: self.event_id(),
            timestamp: self.timestamp(),
            content,
            verdict,
        })
    }

    /// As a filter sees it, with the failed attempts at it that are known; without them for a filter that does not ask for
    /// any: they are looked up by event.
    pub fn subject(&self, labels: &'a TenantLabels, failures: Option<&'a FailureLog>) -> Subject<'a> {
        let tenant = self.tenant().map(TenantId::as_str);
        Subject {
            stream: self.stream().map_or("", StreamKey::as_str),
            entry_id: self.id(),
            channel: self.channel().map(Channel::as_str),
            event_type: self.event_type().map(EventType::as_str),
            tenant,
            label: tenant.and_then(|tenant| labels.label(tenant)),
            event_id: self.event_id(),
            at: self.timestamp().unwrap_or_else(|| self.time()),
            text: self.text(),
            escaped: self.record.escaped,
            payload: self.payload(),
            standing: self.standing(),
            failures: failures.map_or(&[], |failures| failures.of_event(self.event_id())),
            state: None,
        }
    }
}
