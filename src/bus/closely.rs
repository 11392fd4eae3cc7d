//! One handler, looked at closely: what is to come, and what came to nothing.

use chrono::{DateTime, Utc};

use crate::event::{EntryId, EventId, EventType, StreamKey, TenantId};

/// What waits to be tried again, and the newest dead letters, of one handler. All texts are hostile.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HandlerDetail {
    /// Retries that wait for their time, soonest first: at most [`HandlerDetail::SHOWN`].
    pub retries: Vec<WaitingRetry>,
    /// Dead letters, newest first: at most [`HandlerDetail::SHOWN`].
    pub dead_letters: Vec<DeadLetterReport>,
    /// Dead letters that were left out because they are of tenants outside the lock, or their tenant cannot be read.
    pub withheld: u64,
    /// What was not looked at, where that was too much, too large or not allowed: the reason, for people.
    pub unseen: Option<String>,
}

/// A failed event that waits in the schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingRetry {
    /// The stream it was published to.
    pub stream: StreamKey,
    /// Its position there.
    pub source: EntryId,
    /// When it is tried again, by the broker's clock.
    pub due: DateTime<Utc>,
    /// How its last attempt failed, where that is still among the newest failures of the bus.
    pub failed: Option<LastAttempt>,
}

/// The last attempt at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAttempt {
    /// Which one, counted from 1.
    pub attempt: u32,
    /// Whose event it is.
    pub tenant: Option<TenantId>,
    /// What happened.
    pub error: String,
}

/// A dead letter of a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetterReport {
    /// The stream it was published to.
    pub stream: StreamKey,
    /// The type that stream is named for.
    pub event_type: EventType,
    /// Its position there, where that is recorded.
    pub source: Option<EntryId>,
    /// The event, where it has an id.
    pub event: Option<EventId>,
    /// Its tenant, where that can be read.
    pub tenant: Option<TenantId>,
    /// How often it was tried, or given to somebody where attempts are not counted.
    pub attempts: Option<u64>,
    /// Why it is here, in one word; `None` where that is not recorded.
    pub reason: Option<String>,
    /// What happened; `None` where that is not recorded.
    pub error: Option<String>,
    /// When it came here.
    pub at: Option<DateTime<Utc>>,
}

impl HandlerDetail {
    /// So many of each are shown at most.
    pub const SHOWN: usize = 20;
}
