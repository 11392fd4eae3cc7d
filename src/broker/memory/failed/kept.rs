//! What the bus keeps of failed events, beside what handlers have still to do.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::shelf::Shelf;
use crate::broker::memory::dead::DeadLetter;
use crate::bus::{Because, Claim, FailedAt, Finish, FinishAs, JournalEntry, KeptPlan, Runs};
use crate::event::{EntryId, EventId, EventType, HandlerName, StreamKey, TenantId};

/// So many records of retries are kept beside each stream, and so many lines of the journal.
pub(super) const RECORDS: usize = 10_000;
/// So many outcomes are kept.
const OUTCOMES: usize = 100_000;

/// Everything that is kept.
#[derive(Debug, Default)]
pub(in crate::broker::memory) struct Kept {
    pub(in crate::broker::memory) letters: Shelf<DeadLetter>,
    pub(super) discarded: Shelf<Discarded>,
    pub(super) retried: Shelf<Record>,
    pub(in crate::broker::memory) outcomes: Outcomes,
    /// Oldest first.
    pub(super) journal: VecDeque<JournalEntry>,
    pub(super) last_line: EntryId,
    /// Plans, and until when they are kept, in milliseconds.
    pub(super) plans: BTreeMap<String, (u64, KeptPlan)>,
}

impl Kept {
    /// Puts a dead letter down, and gives it its position.
    pub(in crate::broker::memory) fn bury(&mut self, now_ms: u64, letter: DeadLetter) -> FailedAt {
        let stream = letter.source.stream.clone();
        let id = self.letters.put(&stream, now_ms, |id| DeadLetter { id, ..letter });
        FailedAt::DeadLetter { stream, id }
    }

    /// Records a retry by hand.
    pub(super) fn record(&mut self, now_ms: u64, record: Record) {
        let stream = record.source.stream.clone();
        self.retried.put(&stream, now_ms, |id| Record { id, ..record });
        self.retried.trim(&stream, RECORDS);
    }

    /// What the same plan did to `from` before, if it did: its answer was lost.
    pub(super) fn done_before(&self, from: &FailedAt, because: &Because) -> Option<Arc<Record>> {
        let plan = because.plan.as_deref()?;
        // Of what waits, the records lie beside the same stream too.
        let records = self.retried.beside(from.stream()).rev();
        records.map(|(_, record)| record).find(|record| record.from == *from && record.plan == plan).cloned()
    }

    /// Where the same person put `from` aside before, if he did.
    pub(super) fn discarded_before(
        &self,
        from: &FailedAt,
        because: &Because,
    ) -> Option<(FailedAt, &Discarded)> {
        let mut newest = self.discarded.beside(from.stream()).rev();
        let (id, item) = newest.find(|(_, item)| item.from == *from && item.by == because.who)?;
        Some((FailedAt::Discarded { stream: from.stream().clone(), id }, item))
    }
}

/// An event that a person put aside.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::broker::memory) struct Discarded {
    pub(super) letter: Arc<DeadLetter>,
    pub(super) by: String,
    pub(super) at_ms: u64,
    pub(super) reason: Option<String>,
    /// Where it lay.
    pub(super) from: FailedAt,
}

/// A retry by hand.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::broker::memory) struct Record {
    pub(super) id: EntryId,
    /// Where it lay.
    pub(super) from: FailedAt,
    /// Where it was published.
    pub(super) source: Claim,
    /// What was appended.
    pub(super) to: Vec<Claim>,
    pub(super) plan: String,
    pub(super) who: String,
    pub(super) at_ms: u64,
    pub(super) handler: HandlerName,
    /// As it was before.
    pub(super) event: Option<EventId>,
    /// As it was sent: with a new id, where it was sent as a new event.
    pub(super) sent: Option<EventId>,
    pub(super) event_type: EventType,
    pub(super) tenant: Option<TenantId>,
    pub(super) attempts: u32,
    pub(super) error: Option<String>,
    pub(super) runs: Runs,
    pub(super) edited: bool,
}

/// What became of retries, by handler and by where the event was published.
#[derive(Debug, Default)]
pub(in crate::broker::memory) struct Outcomes {
    by_event: HashMap<(HandlerName, Claim), VecDeque<Outcome>>,
    order: VecDeque<(HandlerName, Claim)>,
}

/// What became of one attempt at a retry.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::broker::memory) struct Outcome {
    pub(super) plan: Option<String>,
    pub(super) what: Ending,
    pub(super) at_ms: u64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::broker::memory) enum Ending {
    /// It is done with.
    Done,
    /// It is tried again.
    Retry,
    /// It is a dead letter.
    Dead,
}

impl Outcomes {
    /// Records how an attempt ended; a first try without a plan needs no word.
    pub(in crate::broker::memory) fn note(&mut self, handler: &HandlerName, finish: &Finish, now_ms: u64) {
        if finish.attempt <= 1 && finish.plan.is_none() {
            return;
        }
        let what = match finish.what {
            FinishAs::Done | FinishAs::Skipped => Ending::Done,
            FinishAs::Retry { .. } => Ending::Retry,
            FinishAs::Dead { .. } => Ending::Dead,
        };
        let key = (handler.clone(), finish.source.clone());
        let outcome = Outcome { plan: finish.plan.clone(), what, at_ms: now_ms };
        self.by_event.entry(key.clone()).or_default().push_back(outcome);
        self.order.push_back(key);
        if self.order.len() > OUTCOMES
            && let Some(oldest) = self.order.pop_front()
            && let Some(outcomes) = self.by_event.get_mut(&oldest)
        {
            outcomes.pop_front();
            if outcomes.is_empty() {
                self.by_event.remove(&oldest);
            }
        }
    }

    /// What became of one event with one handler since `since_ms`, newest first.
    pub(super) fn of(
        &self,
        handler: &HandlerName,
        source: &Claim,
        since_ms: u64,
    ) -> impl Iterator<Item = &Outcome> {
        let found = self.by_event.get(&(handler.clone(), source.clone()));
        found.into_iter().flatten().rev().filter(move |outcome| outcome.at_ms >= since_ms)
    }
}

/// The streams beside which anything of these lies, and how much in all.
pub(super) fn lengths<T>(shelf: &Shelf<T>) -> (Vec<StreamKey>, u64) {
    let streams = shelf.lengths().map(|(stream, _)| stream.clone()).collect();
    (streams, shelf.lengths().map(|(_, length)| length).sum())
}
