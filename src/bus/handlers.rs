//! Handlers as a broker knows them: what each was given, has not finished, and who works for it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Heartbeat, Lag};
use crate::event::{EntryId, EventType, StreamKey};

/// A handler, over all the streams that its group reads.
#[derive(Debug, Clone, PartialEq)]
pub struct HandlerReport {
    /// The name of its group: hostile text.
    pub name: String,
    /// The types that its group reads, in order.
    pub types: Vec<EventType>,
    /// How many streams its group reads.
    pub streams: usize,
    /// When it was first registered, where that is recorded.
    pub registered: Option<DateTime<Utc>>,
    /// Not given to it yet, over all streams.
    pub lag: Lag,
    /// Given, and not finished.
    pub pending: u64,
    /// The pending entries that wait longest, longest first: at most a hundred of each stream.
    pub waiting: Vec<PendingEntry>,
    /// Failed events that wait in the schedule to be tried again, where there is one.
    pub scheduled: Option<u64>,
    /// Dead letters beside the streams that its group reads; of other handlers too, where they share streams.
    pub dead_letters: u64,
    /// Who works for it, by name.
    pub consumers: Vec<ConsumerReport>,
}

/// An entry that was given to a consumer and is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    /// Where it lies.
    pub stream: StreamKey,
    /// Its position.
    pub id: EntryId,
    /// Who has it: hostile text.
    pub consumer: String,
    /// How long nobody has said anything of it.
    pub idle: Duration,
    /// How often it was given to somebody.
    pub deliveries: u64,
}

/// What a pending entry's age and deliveries say of it (WIRE.md, 'Pending entries as failures').
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PendingState {
    /// It was given once, not long ago: somebody is at it.
    Running,
    /// It was given more than once, the last time not long ago.
    Retrying,
    /// Nobody has said anything of it for too long.
    Stuck,
}

impl PendingEntry {
    /// What is to be thought of it, where an entry may be taken over after `lease`.
    pub fn state(&self, lease: Duration) -> PendingState {
        if self.deliveries <= 1 && self.idle < lease {
            PendingState::Running
        } else if self.deliveries > 1 && self.idle < lease * 2 {
            PendingState::Retrying
        } else {
            PendingState::Stuck
        }
    }
}

/// One consumer of a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerReport {
    /// Its name: hostile text.
    pub name: String,
    /// Given to it, and not finished.
    pub pending: u64,
    /// How long it has asked for nothing.
    pub idle: Duration,
    /// Its last sign of life, where it gives any.
    pub heartbeat: Option<Heartbeat>,
}

impl Lag {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (Self::Exactly(a) | Self::MoreThan(a), Self::Exactly(b) | Self::MoreThan(b)) => {
                Self::MoreThan(a + b)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_entries_are_running_retrying_or_stuck() {
        let lease = Duration::from_secs(30);
        for (deliveries, idle, state) in [
            (1, 0, PendingState::Running),
            (1, 29, PendingState::Running),
            (1, 30, PendingState::Stuck),
            (2, 29, PendingState::Retrying),
            (2, 59, PendingState::Retrying),
            (2, 60, PendingState::Stuck),
            (11, 9_000, PendingState::Stuck),
        ] {
            let entry = PendingEntry {
                stream: StreamKey::new("s").unwrap(),
                id: EntryId::ZERO,
                consumer: "c".to_owned(),
                idle: Duration::from_secs(idle),
                deliveries,
            };
            assert_eq!(entry.state(lease), state, "{deliveries} {idle}");
        }
    }

    #[test]
    fn lags_add_up_and_stay_honest() {
        assert_eq!(Lag::Exactly(2).plus(Lag::Exactly(3)), Lag::Exactly(5));
        assert_eq!(Lag::Exactly(2).plus(Lag::MoreThan(3)), Lag::MoreThan(5));
    }
}
