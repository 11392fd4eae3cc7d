//! Who receives an event of a type, and what became of one with each of them.

use chrono::{DateTime, Utc};

use super::Reason;

/// Who would receive an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receivers {
    /// The consumer groups of its stream, and the handlers whose group will be made with its first entry; by name.
    pub groups: Vec<Receiver>,
    /// How many clients listen to its Pub/Sub channel by name, on a bus that has such.
    pub subscribers: Option<u64>,
    /// How many patterns clients of this server listen to: each may take the channel in, the server does not say.
    pub patterns: Option<u64>,
}

/// One that would receive an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The handler's or the group's name: hostile text.
    pub name: String,
    /// How many consumers it has that were seen lately.
    pub consumers: u64,
}

/// What became of a published event with one of its receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The handler's or the group's name: hostile text.
    pub name: String,
    /// How far it is.
    pub stage: Stage,
}

/// How far an event is with a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Not given to it yet.
    Waiting,
    /// Given to this consumer, and not finished.
    Running {
        /// Hostile text.
        consumer: String,
        /// How often it was given.
        deliveries: u64,
    },
    /// It failed, and is tried again.
    Retrying {
        /// The next attempt's number, from 1.
        attempt: u32,
        /// When that is due.
        next_at: Option<DateTime<Utc>>,
        /// Why the last one failed: hostile text.
        error: Option<String>,
    },
    /// Done.
    Succeeded,
    /// A dead letter.
    Dead {
        /// Why it was given up, where the bus says.
        reason: Option<Reason>,
        /// The outermost error: hostile text.
        error: Option<String>,
    },
    /// Gone from the stream before it was given: nobody will handle it.
    Trimmed,
}

impl Stage {
    /// Whether nothing more comes of it.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead { .. } | Self::Trimmed)
    }
}
