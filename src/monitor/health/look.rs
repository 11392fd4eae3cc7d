//! What the lints that go by a look at the bus are given.

use chrono::{DateTime, TimeDelta, Utc};

use crate::bus::{BusFacts, GroupFacts, HandlerReport, StreamFacts};
use crate::text::display_safe;

/// One look, and when it was.
pub(super) struct Look<'a> {
    pub(super) facts: &'a BusFacts,
    /// Now, by our clock.
    pub(super) now: DateTime<Utc>,
    /// How far the broker's clock is ahead of ours.
    pub(super) ahead: TimeDelta,
    /// Whether the run is locked to tenants: then nothing is said of single entries, which may be another's.
    pub(super) is_locked: bool,
}

impl Look<'_> {
    /// Now, by the broker's clock.
    pub(super) fn broker_now(&self) -> DateTime<Utc> {
        self.now + self.ahead
    }

    /// Every group of every stream.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&StreamFacts, &GroupFacts)> {
        self.facts.streams.iter().flat_map(|stream| stream.groups.iter().map(move |group| (stream, group)))
    }

    /// Whether a handler is registered with the bus: then it gives signs of life, and is judged by those.
    pub(super) fn is_registered(&self, name: &str) -> bool {
        self.facts.registered.as_ref().is_some_and(|registered| registered.contains_key(name))
    }

    /// The report on a handler.
    pub(super) fn handler(&self, name: &str) -> Option<&HandlerReport> {
        self.facts.handlers.iter().find(|report| report.name == name)
    }
}

/// `GROUP on STREAM`, safe to show.
pub(super) fn name(stream: &StreamFacts, group: &GroupFacts) -> String {
    format!("{} on {}", display_safe(&group.name), display_safe(stream.stream.as_str()))
}
