//! Entries as an observer sends them, without a broker.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::sync::Arc;

use chrono::Utc;
use tidings::bus::{Admission, Batch, BusSignal, Intake, Origin, Raw, TenantLock};
use tidings::event::{Entry, EntryId, NewEvent, StreamKey};
use tidings::schema::{Catalogue, Registry};

use crate::common;

/// Entries without an end, made of the same events.
pub(crate) struct Feed {
    intake: Intake,
    events: Vec<NewEvent>,
    next: usize,
}

impl Feed {
    pub(crate) fn new() -> Self {
        let registry = Arc::new(Registry::builtin(Catalogue::Native));
        Self { intake: Intake::new(registry, TenantLock::default()), events: common::events(10_000), next: 0 }
    }

    /// `count` entries that lie now.
    pub(crate) fn batch(&mut self, count: usize) -> BusSignal {
        self.batch_at(count, Utc::now().timestamp_millis())
    }

    /// `count` entries that lie at `ms`.
    pub(crate) fn batch_at(&mut self, count: usize, ms: i64) -> BusSignal {
        let entries = (0..count).map(|_| self.entry(u64::try_from(ms).unwrap())).collect();
        BusSignal::Entries(Batch { origin: Origin::Live, entries })
    }

    fn entry(&mut self, ms: u64) -> Entry {
        let event = &self.events[self.next % self.events.len()];
        self.next += 1;
        let raw = Raw {
            stream: StreamKey::new(&format!("event::{}", event.event_type())).unwrap(),
            id: EntryId::new(ms, self.next as u64),
            replayable: true,
            channel: None,
            event_type: Some(event.event_type().clone()),
            fields: vec![(b"event".to_vec(), event.text().as_bytes().to_vec())],
        };
        match self.intake.admit(raw) {
            Admission::Entry(entry) => entry,
            other => unreachable!("there is no lock: {other:?}"),
        }
    }
}
