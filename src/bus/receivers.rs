//! Who receives an event of a type, and what became of one with each of them.

use chrono::{DateTime, Utc};

use super::{BusError, Published, Reason};

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
    /// Gone from the stream, and nothing says that it was given before: nobody will handle it any more.
    Trimmed,
}

impl Stage {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running { .. } => "running",
            Self::Retrying { .. } => "retrying",
            Self::Succeeded => "succeeded",
            Self::Dead { .. } => "dead",
            Self::Trimmed => "trimmed",
        }
    }

    /// Whether nothing more comes of it.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead { .. } | Self::Trimmed)
    }
}

impl Published {
    /// Why nothing is said of an event in a run that is locked to other tenants, or where nothing tells any more whose it is.
    pub(crate) fn withheld(&self) -> BusError {
        BusError::Refused {
            what: format!(
                "what became of the entry {} of {} is not said: it is not known to be of a tenant that this run is locked to",
                self.entry, self.stream
            ),
            next: "Ask in a run that is not locked by --tenant, or is locked to the event's own tenant."
                .to_owned(),
        }
    }
}
