//! What an embedded bus holds: its streams and markers, and the faults it was told to have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::failed::Kept;
use super::failures::Failures;
use super::group::Registered;
use super::marker::Markers;
use super::schedule::Schedule;
use super::stream::Stream;
use super::{Arrival, Place};
use crate::bus::{BusError, Heartbeat};
use crate::event::{EntryId, Field, HandlerName, StreamKey};

/// Everything behind the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) streams: BTreeMap<StreamKey, Stream>,
    /// Counts the streams ever made: each gets its number as birth.
    births: u64,
    /// Changes whenever a stream is made or lost.
    pub(super) layout: u64,
    pub(super) markers: Markers,
    /// Handlers that ever joined.
    pub(super) handlers: BTreeMap<HandlerName, Registered>,
    /// Those that were forgotten, and did not join again since.
    pub(super) forgotten: BTreeSet<HandlerName>,
    /// Retries that wait: by when they are due, and by handler and source, as each has one at most.
    pub(super) schedule: Schedule,
    /// Dead letters, and what else is kept of failed events.
    pub(super) failed: Kept,
    /// The newest failed attempts.
    pub(super) failures: Failures,
    /// Signs of life by consumer, and until when they hold, in milliseconds.
    pub(super) heartbeats: BTreeMap<String, (u64, Heartbeat)>,
    pub(super) outage: Option<Outage>,
    /// Why publishes, and actions on failed events, are refused.
    pub(super) refusal: Option<String>,
    /// How many answers to those are still to be lost.
    pub(super) answers_to_lose: usize,
    pub(super) restarts: u64,
}

/// The broker cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) since: DateTime<Utc>,
    pub(super) why: String,
}

impl Outage {
    pub(super) fn error(&self) -> BusError {
        BusError::Unavailable { what: format!("the embedded broker is down: {}", self.why) }
    }
}

impl State {
    pub(super) fn append(&mut self, ms: u64, place: &Place, fields: Vec<Field>, limit: usize) -> EntryId {
        if let Some(stream) = self.streams.get_mut(place.stream()) {
            return stream.append(ms, fields, limit);
        }
        self.births += 1;
        self.layout += 1;
        let mut stream = Stream::new(self.births, place.clone());
        let id = stream.append(ms, fields, limit);
        self.streams.insert(place.stream().clone(), stream);
        id
    }

    pub(super) fn append_all(&mut self, ms: u64, arrivals: Vec<Arrival>, limit: usize) -> Vec<EntryId> {
        arrivals.into_iter().map(|arrival| self.append(ms, &arrival.place, arrival.fields, limit)).collect()
    }

    /// Whether it can be reached.
    pub(super) fn reachable(&self) -> Result<(), BusError> {
        match &self.outage {
            None => Ok(()),
            Some(outage) => Err(outage.error()),
        }
    }

    /// Loses every stream and marker.
    pub(super) fn lose_data(&mut self) {
        self.streams.clear();
        self.markers = Markers::default();
        self.handlers.clear();
        self.forgotten.clear();
        self.schedule = Schedule::default();
        self.failed = Kept::default();
        self.failures.lose();
        self.heartbeats.clear();
        self.layout += 1;
    }
}
