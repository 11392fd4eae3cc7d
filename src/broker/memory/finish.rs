//! Finishing an event in one step: under the lock of the bus nothing can come between.

use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::bus::millis;
use super::dead::DeadLetter;
use super::group::Retry;
use super::state::State;
use crate::bus::{Claim, Finish, FinishAs, Finished};
use crate::event::{EntryId, HandlerName};
use crate::text::whole_ms;

/// Whose entry a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Us,
    Another,
    /// It was finished before, or it was trimmed.
    Nobody,
}

impl State {
    /// Finishes one entry for `consumer` of `handler`.
    pub(super) fn finish(
        &mut self,
        handler: &HandlerName,
        consumer: &str,
        finish: &Finish,
        now_ms: u64,
        dedup: Option<Duration>,
    ) -> Finished {
        match self.owner(handler, consumer, &finish.claim) {
            Owner::Another => Finished::Fenced,
            Owner::Us => {
                let there = self.is_there(handler, &finish.claim);
                self.forget(handler, &finish.claim);
                self.record(handler, finish, now_ms);
                self.remember(handler, finish, now_ms, dedup);
                if there { Finished::Recorded } else { Finished::Vanished }
            }
            // It was lost with its stream, or trimmed: nobody else will record it.
            Owner::Nobody if self.was_lost(handler, &finish.claim) => {
                self.record(handler, finish, now_ms);
                self.remember(handler, finish, now_ms, dedup);
                Finished::Vanished
            }
            // A finish that is sent a second time, because the answer to the first was lost.
            Owner::Nobody => Finished::Recorded,
        }
    }

    fn owner(&self, handler: &HandlerName, consumer: &str, claim: &Claim) -> Owner {
        let Some(registered) = self.handlers.get(handler) else { return Owner::Nobody };
        let pending = match registered.groups.get(&claim.stream) {
            Some(group) => group.pending.get(&claim.id),
            None => registered.retries.given.get(&claim.id).map(|(pending, _)| pending),
        };
        match pending {
            None => Owner::Nobody,
            Some(pending) if *pending.consumer == *consumer => Owner::Us,
            Some(_) => Owner::Another,
        }
    }

    /// Whether an entry was lost that we had, so that nobody has it, or ever will.
    pub(super) fn is_nobodys(&self, handler: &HandlerName, claim: &Claim) -> bool {
        self.owner(handler, "", claim) == Owner::Nobody && self.was_lost(handler, claim)
    }

    /// Whether an entry that nobody has was lost, and not finished before.
    fn was_lost(&self, handler: &HandlerName, claim: &Claim) -> bool {
        if self.forgotten.contains(handler) {
            return false;
        }
        let Some(registered) = self.handlers.get(handler) else { return true };
        match registered.groups.get(&claim.stream).and_then(|_| self.streams.get(&claim.stream)) {
            Some(stream) => !stream.has(claim.id),
            // An id that was never given out was one of a queue that was lost.
            None => registered.retries.last < claim.id,
        }
    }

    /// Whether the entry itself is there still; a retry is, as long as it is pending.
    fn is_there(&self, handler: &HandlerName, claim: &Claim) -> bool {
        let registered = self.handlers.get(handler);
        let group = registered.and_then(|registered| registered.groups.get(&claim.stream));
        let Some(pending) = group.and_then(|group| group.pending.get(&claim.id)) else { return true };
        self.streams.get(&claim.stream).is_some_and(|stream| stream.get(pending.number).is_some())
    }

    fn forget(&mut self, handler: &HandlerName, claim: &Claim) {
        let Some(registered) = self.handlers.get_mut(handler) else { return };
        match registered.groups.get_mut(&claim.stream) {
            Some(group) => drop(group.pending.remove(&claim.id)),
            None => drop(registered.retries.given.remove(&claim.id)),
        }
    }

    fn remember(&mut self, handler: &HandlerName, finish: &Finish, now_ms: u64, dedup: Option<Duration>) {
        let (FinishAs::Done, Some(event), Some(window)) = (&finish.what, finish.event, dedup) else { return };
        if let Some(registered) = self.handlers.get_mut(handler) {
            registered.done.note(now_ms, whole_ms(window), finish.source.stream.clone(), event);
        }
    }

    fn record(&mut self, handler: &HandlerName, finish: &Finish, now_ms: u64) {
        self.failed.outcomes.note(handler, finish, now_ms);
        match &finish.what {
            FinishAs::Done | FinishAs::Skipped => {}
            FinishAs::Retry { fields, after, history } => {
                let Some(place) = self.place_of(&finish.source) else { return };
                let due_ms = now_ms.saturating_add(whole_ms(*after));
                let retry = Retry {
                    place,
                    source: finish.source.clone(),
                    fields: Arc::clone(fields),
                    attempt: finish.attempt + 1,
                    crashes: finish.crashes,
                    history: history.clone(),
                    plan: finish.plan.clone(),
                    force: finish.force,
                };
                self.schedule.put(handler.clone(), due_ms, retry);
            }
            FinishAs::Dead { fields, reason, error, history } => {
                let letter = DeadLetter {
                    id: EntryId::ZERO,
                    handler: handler.clone(),
                    source: finish.source.clone(),
                    fields: Arc::clone(fields),
                    attempts: finish.attempt,
                    reason: Some(*reason),
                    error: error.clone(),
                    history: history.clone(),
                    at_ms: now_ms,
                };
                self.failed.bury(now_ms, letter);
            }
        }
    }

    fn place_of(&self, source: &Claim) -> Option<Place> {
        let there = self.streams.get(&source.stream).map(|stream| stream.place.clone());
        // Its stream may be gone.
        there.or_else(|| Place::of(&source.stream))
    }

    /// Moves retries that are due to their handlers. Whether there were any.
    pub(super) fn promote(&mut self, now: chrono::DateTime<chrono::Utc>) -> bool {
        let mut any = false;
        while let Some((handler, retry)) = self.schedule.take_due(millis(now)) {
            let registered =
                self.handlers.entry(handler).or_insert_with(|| super::group::Registered::new(millis(now)));
            registered.retries.push(millis(now), retry);
            any = true;
        }
        any
    }
}
