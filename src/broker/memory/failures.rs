//! Records of failed attempts, and reading them.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::bus::millis;
use crate::bus::{FailedAttempt, FailureBatch, Origin, RecordedFailure, TenantLock};
use crate::event::EntryId;

/// So many are kept.
const KEPT: usize = 10_000;
/// So many are read at a time.
const PAGE: usize = 500;

/// The newest failed attempts, numbered since the bus began.
#[derive(Debug, Default)]
pub(super) struct Failures {
    kept: VecDeque<RecordedFailure>,
    /// The number of the next one.
    end: u64,
    /// What lies before this number is gone with all other data.
    begin: u64,
    last: EntryId,
}

impl Failures {
    /// Records attempts made on the machine `host`, at `now` where they do not say when they ended.
    pub(super) fn record(&mut self, attempts: &[FailedAttempt], host: &str, now: DateTime<Utc>) {
        for attempt in attempts {
            self.last = EntryId::new(millis(now), 0).max(self.last.next());
            self.kept.push_back(RecordedFailure {
                id: self.last,
                at: attempt.failure.as_ref().map_or(now, |failure| failure.at),
                host: host.to_owned(),
                attempt: attempt.clone(),
            });
        }
        self.end += attempts.len() as u64;
        let over = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..over);
    }

    /// Every one that is kept, oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &RecordedFailure> {
        self.kept.iter()
    }

    /// Loses them all.
    pub(super) fn lose(&mut self) {
        self.kept.clear();
        self.begin = self.end;
    }

    /// The number of the oldest one that is kept.
    fn first(&self) -> u64 {
        self.end - self.kept.len() as u64
    }
}

/// How far a watch has read them.
#[derive(Debug)]
pub(super) struct FailureCursor {
    next: u64,
}

impl FailureCursor {
    /// Behind all that is there, and the newest `wanted` of those that the lock admits.
    pub(super) fn start(failures: &Failures, wanted: usize, lock: &TenantLock) -> (Self, FailureBatch) {
        let mut batch = FailureBatch::new(Origin::History);
        for failure in failures.kept.iter().rev() {
            if batch.failures.len() == wanted {
                break;
            }
            batch.take(failure.clone(), lock);
        }
        batch.failures.reverse();
        (Self { next: failures.end }, batch)
    }

    /// What was recorded since, a page at most.
    pub(super) fn read(&mut self, failures: &Failures, lock: &TenantLock) -> FailureBatch {
        let mut batch = FailureBatch::new(Origin::Live);
        // What a loss of data took is no hole: it is said once, for everything.
        self.next = self.next.max(failures.begin);
        batch.trimmed = failures.first().saturating_sub(self.next);
        self.next += batch.trimmed;
        let from = usize::try_from(self.next - failures.first()).unwrap_or(usize::MAX);
        for failure in failures.kept.iter().skip(from).take(PAGE) {
            batch.take(failure.clone(), lock);
            self.next += 1;
        }
        batch
    }
}
