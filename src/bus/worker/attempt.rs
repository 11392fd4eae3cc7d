//! What an attempt came to, for whoever keeps a log.

use std::time::Duration;

use crate::bus::{Claim, Disposition};
use crate::event::{EventId, EventType, HandlerName, TenantId};

/// An attempt that has ended; also an entry that became a dead letter without one. It is told of before it is recorded:
/// where another worker has the entry by then, that one will tell of it too.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt<'a> {
    /// Whose attempt it was.
    pub handler: &'a HandlerName,
    /// The event, where it has an id.
    pub event: Option<EventId>,
    /// Its type.
    pub event_type: Option<&'a EventType>,
    /// Its tenant.
    pub tenant: Option<&'a TenantId>,
    /// Where it was published.
    pub source: &'a Claim,
    /// Which attempt, counted from 1; of an entry that is a dead letter without one, because it is invalid, how many there
    /// were before: mostly 0.
    pub attempt: u32,
    /// How long it took.
    pub took: Duration,
    /// What happened, and what caused that, and so on: hostile text. Empty when it did its work.
    pub error: &'a [String],
    /// What becomes of the event.
    pub disposition: Disposition,
}

/// Is told of attempts.
pub(super) type Report = dyn Fn(&Attempt<'_>) + Send + Sync;
