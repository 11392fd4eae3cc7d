//! The shared part of an embedded bus: state behind a lock that is held briefly, and word of every change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};

use super::state::State;
use super::{Arrival, Clock, Settings};
use crate::event::EntryId;

/// Shared by all handles of one bus.
pub(super) struct Bus {
    state: Mutex<State>,
    /// Counts changes: observers that have read everything wait for the next.
    changes: watch::Sender<u64>,
    /// Wakes observers that wait for their next try.
    pub(super) nudges: Notify,
    pub(super) clock: Clock,
    pub(super) settings: Settings,
}

impl Bus {
    /// Where it is, for people.
    pub(super) const TARGET: &'static str = "embedded, in this process";

    pub(super) fn new(settings: Settings, clock: Clock) -> Self {
        Self {
            state: Mutex::default(),
            changes: watch::Sender::new(0),
            nudges: Notify::new(),
            clock,
            settings,
        }
    }

    /// Looks at the state. A poisoned lock is taken all the same: every change is complete or not begun.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes those who wait for a change.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let answer = change(&mut self.state());
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
        answer
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn append(&self, at: DateTime<Utc>, arrivals: Vec<Arrival>) -> Vec<EntryId> {
        if arrivals.is_empty() {
            return Vec::new();
        }
        let limit = self.settings.max_stream_length;
        self.change(|state| state.append_all(millis(at), arrivals, limit))
    }
}

/// Milliseconds since 1970; 0 before.
pub(super) fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}

/// The moment so many milliseconds after 1970; `None` where no calendar has it.
pub(super) fn at(ms: u64) -> Option<DateTime<Utc>> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis)
}
