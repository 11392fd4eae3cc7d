//! What a worker has done so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::trouble::Trouble;
use crate::bus::Latency;

/// Counts of one handler in this process since it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HandlerStats {
    /// Entries that were given to us.
    pub taken: u64,
    /// Attempts that are running.
    pub running: u64,
    /// Attempts that did their work.
    pub done: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Of these, ones that will be tried again.
    pub retried: u64,
    /// Entries that became dead letters.
    pub dead: u64,
    /// Results that were dropped because another worker had the entry by then.
    pub fenced: u64,
    /// Entries that were trimmed while they were pending.
    pub vanished: u64,
    /// Entries taken over from workers that ended or stalled.
    pub reclaimed: u64,
    /// Entries that somebody else trimmed before they were given to this handler, and retries whose body somebody removed.
    pub lost: u64,
    /// Entries acknowledged without an attempt, because this handler had done their event within its dedup window.
    pub deduplicated: u64,
    /// Entries acknowledged without an attempt, because they are none of this handler's business.
    pub skipped: u64,
}

/// Reads what a worker has done so far, also while others own the worker.
#[derive(Debug, Clone)]
pub struct Gauge(pub(super) Arc<Counters>);

impl Gauge {
    /// What it has done so far.
    pub fn stats(&self) -> HandlerStats {
        self.0.stats()
    }

    /// How long its attempts took.
    pub fn latency(&self) -> Latency {
        self.0.latency()
    }
}

/// The counters behind [`HandlerStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) taken: AtomicU64,
    pub(super) running: AtomicU64,
    pub(super) done: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) dead: AtomicU64,
    pub(super) fenced: AtomicU64,
    pub(super) vanished: AtomicU64,
    pub(super) reclaimed: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) deduplicated: AtomicU64,
    pub(super) skipped: AtomicU64,
    latency: [AtomicU64; crate::bus::LATENCY_MS.len() + 1],
    pub(super) trouble: Trouble,
}

impl Counters {
    /// Counts an attempt that took so long.
    pub(super) fn took(&self, ms: u64) {
        if let Some(bucket) = self.latency.get(Latency::bucket(ms)) {
            add(bucket, 1);
        }
    }

    pub(super) fn latency(&self) -> Latency {
        Latency(self.latency.each_ref().map(|bucket| bucket.load(Ordering::Relaxed)))
    }

    pub(super) fn stats(&self) -> HandlerStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        HandlerStats {
            taken: read(&self.taken),
            running: read(&self.running),
            done: read(&self.done),
            failed: read(&self.failed),
            retried: read(&self.retried),
            dead: read(&self.dead),
            fenced: read(&self.fenced),
            vanished: read(&self.vanished),
            reclaimed: read(&self.reclaimed),
            lost: read(&self.lost),
            deduplicated: read(&self.deduplicated),
            skipped: read(&self.skipped),
        }
    }
}

pub(super) fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}
