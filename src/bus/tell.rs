//! What workers tell observers: failed attempts, and signs of life. Nothing depends on it: it is written after the step
//! that counts, and lost without harm.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Claim, Failure, HandlerStats, Reason};
use crate::event::{EventId, EventType, HandlerName, TenantId};

/// A failed attempt, as observers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedAttempt {
    /// Whose attempt it was.
    pub handler: HandlerName,
    /// The event, where it has an id.
    pub event: Option<EventId>,
    /// Its type.
    pub event_type: Option<EventType>,
    /// Its tenant.
    pub tenant: Option<TenantId>,
    /// Where it was published.
    pub source: Claim,
    /// Which attempt, counted from 1; 0 when it was never tried, because it is invalid.
    pub attempt: u32,
    /// How it failed; `None` for what was never tried.
    pub failure: Option<Failure>,
    /// What to say of it: what happened, and what caused that, and so on.
    pub error: Vec<String>,
    /// What becomes of the event.
    pub next: NextStep,
    /// Who made the attempt.
    pub consumer: String,
}

/// What becomes of an event after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// It is tried again, at about this time.
    Retry(DateTime<Utc>),
    /// It is a dead letter.
    Dead(Reason),
}

/// Upper ends of the buckets of a latency histogram, in milliseconds; what took longer lies in one more.
pub const LATENCY_MS: [u64; 16] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 300_000];

/// How long attempts took: a count for each bucket of [`LATENCY_MS`], and for what took longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latency(pub [u64; LATENCY_MS.len() + 1]);

impl Latency {
    /// The bucket of an attempt that took so long.
    pub fn bucket(ms: u64) -> usize {
        LATENCY_MS.partition_point(|end| *end < ms)
    }

    /// How many attempts there were.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The time within which `part` of the attempts ended, from 0 to 1: the upper end of its bucket, in milliseconds.
    /// `None` without attempts; `u64::MAX` for more than the last bucket.
    pub fn quantile_ms(&self, part: f64) -> Option<u64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let wanted = (count as f64 * part).ceil().max(1.0);
        let mut below = 0;
        let at = self.0.iter().position(|bucket| {
            below += bucket;
            below as f64 >= wanted
        });
        at.map(|at| LATENCY_MS.get(at).copied().unwrap_or(u64::MAX))
    }

    /// With the counts of another one added.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
        self
    }
}

/// A worker's sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The consumer's name.
    pub consumer: String,
    /// The handler that it runs.
    pub handler: String,
    /// The types that it takes, as names or patterns.
    pub types: Vec<String>,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When it started.
    pub started: DateTime<Utc>,
    /// What it has done since.
    pub stats: HandlerStats,
    /// How long its attempts took.
    pub latency: Latency,
    /// After so many milliseconds without a word of an entry others may take it over; `None` in those of versions that did
    /// not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_ms: Option<u64>,
}

impl Heartbeat {
    /// After how long without a word of an entry others may take it over, if it says so.
    pub fn lease(&self) -> Option<Duration> {
        self.lease_ms.map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_upper_ends_of_buckets() {
        let mut latency = Latency::default();
        assert_eq!(latency.quantile_ms(0.5), None);
        for ms in [0, 1, 3, 3, 40, 40, 40, 40, 700, 400_000] {
            latency.0[Latency::bucket(ms)] += 1;
        }
        let at = |part| latency.quantile_ms(part).unwrap();
        assert_eq!((at(0.0), at(0.2), at(0.5), at(0.9), at(1.0)), (1, 1, 50, 1_000, u64::MAX));
        assert_eq!(latency.plus(&latency).count(), 20);
    }

    #[test]
    fn a_heartbeat_is_json_with_names_that_last() {
        let beat = Heartbeat {
            consumer: "web-1-2".to_owned(),
            handler: "sla".to_owned(),
            types: vec!["TICKET_*".to_owned()],
            host: "web".to_owned(),
            pid: 1,
            started: DateTime::from_timestamp(0, 0).unwrap(),
            stats: HandlerStats { done: 3, ..HandlerStats::default() },
            latency: Latency::default(),
            lease_ms: Some(90_000),
        };
        let json = serde_json::to_string(&beat).unwrap();
        assert!(
            json.contains(r#""stats":{"taken":0,"running":0,"done":3,"#)
                && json.contains(r#""latency":[0,0"#)
                && json.contains(r#""leaseMs":90000"#)
        );
        assert_eq!(serde_json::from_str::<Heartbeat>(&json).unwrap(), beat);
        let before = json.replace(r#","leaseMs":90000"#, "");
        assert_eq!(serde_json::from_str::<Heartbeat>(&before).unwrap().lease(), None);
    }
}
