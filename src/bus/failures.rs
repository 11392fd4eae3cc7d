//! Failed attempts as observers get them: what workers told ([`super::FailedAttempt`]), dated and at a position.

use chrono::{DateTime, Utc};

use super::{FailedAttempt, LastAttempt, LastError, Origin, TenantLock};
use crate::event::EntryId;

/// A failed attempt as the bus recorded it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedFailure {
    /// Its position among all records of failed attempts.
    pub id: EntryId,
    /// When the attempt ended; for what was never tried, when that was recorded.
    pub at: DateTime<Utc>,
    /// The machine that made the attempt.
    pub host: String,
    /// What the worker told.
    pub attempt: FailedAttempt,
}

impl RecordedFailure {
    /// As a report on its handler has it.
    pub fn last_error(&self) -> LastError {
        LastError { at: self.at, text: self.what() }
    }

    /// As a report on its retry has it.
    pub fn last_attempt(&self) -> LastAttempt {
        LastAttempt { attempt: self.attempt.attempt, tenant: self.attempt.tenant.clone(), error: self.what() }
    }

    /// What happened, and behind it what that came from; empty where nobody said.
    fn what(&self) -> String {
        self.attempt.error.join(": ")
    }
}

/// Failed attempts that came together, and what of them could not be sent. A batch may hold nothing but counts.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureBatch {
    /// Recent history, or live.
    pub origin: Origin,
    /// In the order in which they were recorded.
    pub failures: Vec<RecordedFailure>,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Records that were gone before they could be read, as far as the broker can tell.
    pub trimmed: u64,
    /// Records of tenants outside the lock.
    pub other_tenants: u64,
    /// Records without a tenant, in a run that is locked to tenants.
    pub unattributed: u64,
}

impl FailureBatch {
    /// An empty batch.
    pub fn new(origin: Origin) -> Self {
        Self { origin, failures: Vec::new(), unreadable: 0, trimmed: 0, other_tenants: 0, unattributed: 0 }
    }

    /// Takes a record in, if the lock admits its tenant; else it is only counted. Answers whether it was taken.
    pub fn take(&mut self, failure: RecordedFailure, lock: &TenantLock) -> bool {
        match &failure.attempt.tenant {
            Some(tenant) if !lock.admits(tenant) => self.other_tenants += 1,
            None if lock.is_locked() => self.unattributed += 1,
            _ => {
                self.failures.push(failure);
                return true;
            }
        }
        false
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
            && self.unreadable + self.trimmed + self.other_tenants + self.unattributed == 0
    }
}

/// Whether failed attempts can be seen at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureFeed {
    /// The bus records them, and they are read.
    Read,
    /// The bus does not record them.
    NotRecorded,
    /// The bus may record them, but they cannot be read: why.
    Unreadable(String),
}
