//! The port for watching a bus.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{BusError, BusSignal};
use crate::event::Channel;

/// Watches a bus without changing anything in it: no group, no write, no acknowledgement.
#[async_trait]
pub trait Observer: Send + Sync {
    /// Sends what it sees on `out` until `stop` is cancelled, `out` is closed, or (without `follow`) everything that
    /// was there at the start has been sent. With [`Patience::GiveUp`] it returns an error when no first connection
    /// comes about in time, or at once when it is fatal; after a first connection it reconnects for ever.
    async fn observe(
        &self,
        watch: Watch,
        out: mpsc::Sender<BusSignal>,
        stop: CancellationToken,
    ) -> Result<(), BusError>;

    /// Tries to connect now, where a running watch waits for its next try. Does nothing otherwise.
    fn nudge(&self) {}
}

/// What to watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// How much history comes first.
    pub start: Start,
    /// Whether to go on with what arrives.
    pub follow: bool,
    /// Which channels, in a profile that has them.
    pub channels: ChannelScope,
    /// What to do while there is no first connection.
    pub patience: Patience,
    /// Whether failed attempts are wanted too, and how many of the newest come first: before the entries, so that what
    /// is known of an event is known when it comes. At most so many, and at most 16 MiB of them.
    pub failures: Option<usize>,
}

impl Watch {
    /// All that comes, on all channels, for ever; before it, what is there from `start` on. Without failed attempts.
    pub fn following(start: Start) -> Self {
        Self { start, follow: true, channels: ChannelScope::All, patience: Patience::Forever, failures: None }
    }
}

/// Where watching begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// The newest so many entries over all streams together, after tenant lock and channels, oldest first.
    Last(usize),
    /// Everything since this moment, by entry id.
    Since(DateTime<Utc>),
    /// Everything there is.
    Beginning,
}

/// Which channels to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ChannelScope {
    /// All of them.
    #[default]
    All,
    /// This one.
    Only(Channel),
}

impl ChannelScope {
    /// Whether an entry of `channel` belongs to the scope. An entry without a channel belongs to every scope:
    /// installs without channels have nothing else.
    pub fn admits(&self, channel: Option<&Channel>) -> bool {
        match (self, channel) {
            (Self::All, _) | (_, None) => true,
            (Self::Only(only), Some(channel)) => only == channel,
        }
    }
}

/// How long to wait for a first connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// For ever, showing each try: the dashboard.
    Forever,
    /// So long: verbs.
    GiveUp(Duration),
}
