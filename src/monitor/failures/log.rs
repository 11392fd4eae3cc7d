//! The newest failed attempts, bounded by count and by bytes; the oldest are dropped first, and counted.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::table::{GroupId, Table};
use crate::bus::{FailureBatch, FailureFeed, NextStep, RecordedFailure};
use crate::event::{EventId, TenantId, TenantLabels};
use crate::filter::{FailureSeen, Standing, Subject};

/// So many are kept at most.
const KEPT: usize = 50_000;
/// So many bytes of their texts are kept at most.
const BYTES: usize = 32 << 20;
/// So many of one event are known to its row: the newest.
const OF_EVENT: usize = 32;

/// A failed attempt that is kept.
#[derive(Debug)]
pub struct Occurrence {
    /// Its number in the order of arrival.
    pub seq: u64,
    /// The group it belongs to.
    pub group: GroupId,
    /// What the bus recorded.
    pub record: RecordedFailure,
    /// As a filter sees it; its error is the whole chain in one text.
    pub seen: FailureSeen,
}

impl Occurrence {
    /// As a filter sees it: the one failed attempt, its event as far as the record names it. The text to search is that
    /// of the error.
    pub fn subject<'a>(&'a self, labels: &'a TenantLabels) -> Subject<'a> {
        let attempt = &self.record.attempt;
        let tenant = attempt.tenant.as_ref().map(TenantId::as_str);
        Subject {
            stream: attempt.source.stream.as_str(),
            entry_id: attempt.source.id,
            channel: None,
            event_type: attempt.event_type.as_ref().map(AsRef::as_ref),
            tenant,
            label: tenant.and_then(|tenant| labels.label(tenant)),
            event_id: attempt.event,
            at: self.record.at,
            text: Some(&self.seen.error),
            escaped: true,
            payload: None,
            standing: if attempt.failure.is_none() { Standing::Invalid } else { Standing::Valid },
            failures: std::slice::from_ref(&self.seen),
            state: None,
        }
    }

    fn size(&self) -> usize {
        let chain: usize = self.record.attempt.error.iter().map(String::len).sum();
        2 * chain + self.seen.error.len() + self.record.host.len() + self.record.attempt.consumer.len()
    }
}

/// How many failed attempts came, and what is missing of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailureCounts {
    /// Failed attempts that came in.
    pub received: u64,
    /// Of these, ones that left memory because it is bounded, oldest first.
    pub dropped: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Records that were trimmed before they could be read.
    pub trimmed: u64,
    /// Records of tenants outside the lock.
    pub other_tenants: u64,
    /// Records that a lock kept out because they have no tenant.
    pub unattributed: u64,
}

/// What is known of failed attempts.
#[derive(Debug, Default)]
pub struct FailureLog {
    kept: VecDeque<Occurrence>,
    bytes: usize,
    pub(super) table: Table,
    by_event: HashMap<EventId, Vec<FailureSeen>>,
    counts: FailureCounts,
    feed: Option<FailureFeed>,
}

impl FailureLog {
    /// Takes in whether failed attempts can be seen.
    pub fn take_feed(&mut self, feed: FailureFeed) {
        self.feed = Some(feed);
    }

    /// Takes failed attempts in.
    pub fn take(&mut self, batch: FailureBatch) {
        let FailureBatch { origin: _, failures, unreadable, trimmed, other_tenants, unattributed } = batch;
        self.counts.unreadable += unreadable;
        self.counts.trimmed += trimmed;
        self.counts.other_tenants += other_tenants;
        self.counts.unattributed += unattributed;
        for record in failures {
            self.take_one(record);
        }
    }

    fn take_one(&mut self, record: RecordedFailure) {
        let seq = self.counts.received;
        self.counts.received += 1;
        let attempt = &record.attempt;
        let error: Arc<str> = attempt.error.join(": ").into();
        let group = self.table.count(attempt, &error, record.at, seq);
        let seen = FailureSeen {
            handler: attempt.handler.clone(),
            error,
            attempt: attempt.attempt,
            is_dead: matches!(attempt.next, NextStep::Dead(_)),
        };
        if let Some(event) = attempt.event {
            let known = self.by_event.entry(event).or_default();
            if known.len() == OF_EVENT {
                known.remove(0);
            }
            known.push(seen.clone());
        }
        let occurrence = Occurrence { seq, group, record, seen };
        self.bytes += occurrence.size();
        self.kept.push_back(occurrence);
        while self.kept.len() > KEPT || self.bytes > BYTES && self.kept.len() > 1 {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.kept.pop_front() else { return };
        self.bytes -= oldest.size();
        self.counts.dropped += 1;
        self.table.drop_one(oldest.group);
        let Some(event) = oldest.record.attempt.event else { return };
        // Of an event with very many, the oldest have left its row before.
        if let Some(known) = self.by_event.get_mut(&event) {
            if known.first() == Some(&oldest.seen) {
                known.remove(0);
            }
            if known.is_empty() {
                self.by_event.remove(&event);
            }
        }
    }

    /// Whether failed attempts can be seen; `None` while nobody has said so.
    pub fn feed(&self) -> Option<&FailureFeed> {
        self.feed.as_ref()
    }

    /// Whether they are read: only then is their number the truth.
    pub fn is_read(&self) -> bool {
        self.feed == Some(FailureFeed::Read)
    }

    /// How many there are, and how many are missing.
    pub fn counts(&self) -> FailureCounts {
        self.counts
    }

    /// The number that the next one gets: what came before has lower ones.
    pub fn end_seq(&self) -> u64 {
        self.counts.received
    }

    /// Every one that is kept, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Occurrence> {
        self.kept.iter()
    }

    /// The one with this number, if it is kept still.
    pub fn get(&self, seq: u64) -> Option<&Occurrence> {
        let at = seq.checked_sub(self.counts.dropped)?;
        self.kept.get(usize::try_from(at).ok()?)
    }

    /// The failed attempts at an event that are kept, oldest first; the newest 32.
    pub fn of_event(&self, event: Option<EventId>) -> &[FailureSeen] {
        event.and_then(|event| self.by_event.get(&event)).map_or(&[], Vec::as_slice)
    }

    /// The same with all that is known of each.
    pub fn occurrences_of(&self, event: EventId) -> Vec<&Occurrence> {
        let is_of_it = |kept: &&Occurrence| kept.record.attempt.event == Some(event);
        let mut found: Vec<_> = self.kept.iter().rev().filter(is_of_it).take(OF_EVENT).collect();
        found.reverse();
        found
    }
}

/// When a failed attempt happened, against our clock: workers' clocks may be ahead.
pub(super) fn age_seconds(at: DateTime<Utc>, now: DateTime<Utc>) -> usize {
    usize::try_from(now.signed_duration_since(at).num_seconds()).unwrap_or(0)
}
