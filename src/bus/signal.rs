//! What an observer tells of a bus.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{FailureBatch, FailureFeed, WritesRefused};
use crate::event::{Channel, Entry, EntryId, StreamKey};

/// One thing an observer saw. Signals come on a bounded channel; when it is full, the observer waits and the stream
/// is the buffer.
#[derive(Debug, Clone, PartialEq)]
pub enum BusSignal {
    /// The connection changed.
    Link(Link),
    /// Entries, in the order of their ids within each stream, and merged by time across streams.
    Entries(Batch),
    /// The history asked for has been sent; what follows is live.
    CaughtUp,
    /// What discovery found. Sent when it changed.
    Discovered(DiscoveryReport),
    /// Entries are missing from what was sent: trimmed before they could be read, or lost by Pub/Sub.
    Gap(Gap),
    /// The server lost the data of these streams (their last id went back, or they are gone); they are read again
    /// from their beginning.
    DataLost(Vec<StreamKey>),
    /// The server restarted, and kept its data.
    Restarted,
    /// Entries were read and not sent, since the last such signal.
    Withheld {
        /// They belong to a tenant outside the lock.
        other_tenants: u64,
        /// Their tenant could not be read, and the run is locked to tenants.
        unattributed: u64,
    },
    /// Whether failed attempts can be seen. Sent before the first of them, and when it changed; only where the watch
    /// asks for them.
    FailureFeed(FailureFeed),
    /// Failed attempts of handlers.
    Failures(FailureBatch),
    /// Why the broker refuses writes, or that it takes them. Sent when what is known of that changed.
    Writes(Option<WritesRefused>),
}

impl BusSignal {
    /// Bytes of bus text in it.
    pub fn size(&self) -> usize {
        match self {
            Self::Entries(batch) => batch.entries.iter().map(Entry::size).sum(),
            _ => 0,
        }
    }
}

/// Entries that arrived together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Recent history, or live.
    pub origin: Origin,
    /// At least one entry.
    pub entries: Vec<Entry>,
}

/// Whether entries were there before the watch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Read back from the stream.
    History,
    /// Read as it came.
    Live,
}

/// The state of the connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// The first connection is being made.
    Connecting {
        /// Where to, without any password.
        target: String,
    },
    /// Connected, and reading.
    Live(ServerFacts),
    /// Lost, or never made; it will be tried again by itself.
    Down {
        /// Since when.
        since: DateTime<Utc>,
        /// What happened.
        why: String,
        /// When it is tried again.
        retry_at: DateTime<Utc>,
        /// How often it has been tried since then.
        attempt: u32,
    },
    /// It cannot work until a person changes something. Tried again slowly all the same.
    Fatal {
        /// What happened.
        why: String,
        /// What to do next.
        next: String,
        /// When it is tried again.
        retry_at: DateTime<Utc>,
    },
}

/// What is known of the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerFacts {
    /// `7.0.15`, or `embedded`.
    pub version: String,
    /// Where it is, without any password.
    pub target: String,
    /// The server's clock less ours, in milliseconds.
    pub clock_skew_ms: i64,
    /// Whether what is watched can be read again. False for Pub/Sub.
    pub replayable: bool,
}

/// What discovery found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiscoveryReport {
    /// How many type streams are read.
    pub streams: usize,
    /// Every channel that the bus has, in order, also those that are not read. Empty in a profile without channels.
    pub channels: Vec<Channel>,
    /// Keys that lie among the streams and fit no event type, at most 100 of them.
    pub strangers: Vec<StreamKey>,
    /// Type streams that the user may not read, at most 100 of them: nothing of them is shown.
    pub refused: Vec<StreamKey>,
    /// How long until the next look. It grows so that looking costs the server little.
    pub interval: Duration,
}

/// A hole in what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub stream: StreamKey,
    /// The last entry before the hole that was sent; `ZERO` if none was.
    pub after: EntryId,
    /// The first entry after the hole.
    pub before: EntryId,
    /// How many entries were lost, where the server can tell.
    pub lost: Option<u64>,
    /// What made the hole.
    pub why: &'static str,
}
