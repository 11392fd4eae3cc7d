//! What the health of a bus is judged by: the facts of one look. The judging is `monitor::health`'s, for the dashboard
//! and for `doctor`.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Finding, HandlerReport, Lag};
use crate::event::{Channel, EntryId, EventType, StreamKey};

/// One look at a server and its bus.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Examined {
    /// What is judged where it was asked: the server, the user's rights, how the bus lies in it.
    pub findings: Vec<Finding>,
    /// How far the broker's clock is ahead of ours, as far as that could be asked: below zero where it is behind.
    pub ahead: Option<TimeDelta>,
    /// What lies on the bus; `None` where it keeps nothing, or may not be looked at: a finding says so.
    pub bus: Option<BusFacts>,
}

/// What lies on a bus, over all tenants. All names are hostile text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BusFacts {
    /// The streams of types, by key.
    pub streams: Vec<StreamFacts>,
    /// Its handlers, by name: groups, what waits in them, who works for them.
    pub handlers: Vec<HandlerReport>,
    /// Every handler that was ever registered and not forgotten, and when; `None` where the bus keeps no such list.
    pub registered: Option<BTreeMap<String, DateTime<Utc>>>,
    /// The group that every stream is to have, where the profile has such a one.
    pub group: Option<String>,
    /// The length that publishers trim streams to, read or not, where the profile has one.
    pub limit: Option<u64>,
    /// Whether it is the broker's clock that ends retries' waiting: whether there is a schedule that can be late.
    pub has_schedule: bool,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
}

/// Facts that a look could not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The check that needs them: `consumers`.
    pub check: &'static str,
    /// Why not.
    pub why: String,
    /// What to do about it, where anything can be done.
    pub next: Option<String>,
}

/// A stream of a type, as far as health goes.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamFacts {
    /// Its key.
    pub stream: StreamKey,
    /// The type it is named for.
    pub event_type: EventType,
    /// Its channel, where the profile has them.
    pub channel: Option<Channel>,
    /// How many entries it holds.
    pub length: u64,
    /// How many it was ever given, where the broker counts that.
    pub added: Option<u64>,
    /// Its oldest entry.
    pub first: Option<EntryId>,
    /// Its groups.
    pub groups: Vec<GroupFacts>,
}

/// A group of a stream, as far as health goes.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFacts {
    /// Its name.
    pub name: String,
    /// Given, and not acknowledged.
    pub pending: u64,
    /// Not yet given.
    pub lag: Lag,
    /// The last entry that it was given.
    pub last_delivered: EntryId,
    /// How many of all entries ever added it is past, where the broker knows.
    pub read: Option<u64>,
    /// The oldest entry that is pending.
    pub oldest_pending: Option<EntryId>,
    /// Its consumers, as far as they could be seen.
    pub consumers: Vec<ConsumerFacts>,
}

impl GroupFacts {
    /// How much is unread; one more than was counted where it was not counted to the end.
    pub fn unread(&self) -> u64 {
        match self.lag {
            Lag::Exactly(lag) => lag,
            Lag::MoreThan(lag) => lag.saturating_add(1),
        }
    }
}

/// A consumer of a group, as far as health goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumerFacts {
    /// Given to it, and not acknowledged.
    pub pending: u64,
    /// How long it has asked for nothing.
    pub idle: Duration,
}
