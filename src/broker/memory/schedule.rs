//! The schedule: retries that wait for their time.

use std::collections::{BTreeSet, HashMap};

use super::group::Retry;
use crate::bus::Claim;
use crate::event::HandlerName;

/// A handler's retry of an event: there is one at most.
type Member = (HandlerName, Claim);

/// Retries by when they are due.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    due: BTreeSet<(u64, Member)>,
    waiting: HashMap<Member, (u64, Retry)>,
}

impl Schedule {
    /// Lets `retry` wait until `due_ms`, in place of one that waits already.
    pub(super) fn put(&mut self, handler: HandlerName, due_ms: u64, retry: Retry) {
        let member = (handler, retry.source.clone());
        if let Some((earlier, _)) = self.waiting.insert(member.clone(), (due_ms, retry)) {
            self.due.remove(&(earlier, member.clone()));
        }
        self.due.insert((due_ms, member));
    }

    /// Takes out the next one that is due.
    pub(super) fn take_due(&mut self, now_ms: u64) -> Option<(HandlerName, Retry)> {
        let first = self.due.first().filter(|(due, _)| *due <= now_ms)?.clone();
        self.due.remove(&first);
        let (_, member) = first;
        self.waiting.remove(&member).map(|(_, retry)| (member.0, retry))
    }

    /// Takes out one, whenever it is due.
    pub(super) fn take(&mut self, handler: &HandlerName, source: &Claim) -> Option<Retry> {
        let member = (handler.clone(), source.clone());
        let (due, retry) = self.waiting.remove(&member)?;
        self.due.remove(&(due, member));
        Some(retry)
    }

    /// One that waits, and until when.
    pub(super) fn get(&self, handler: &HandlerName, source: &Claim) -> Option<(u64, &Retry)> {
        self.waiting.get(&(handler.clone(), source.clone())).map(|(due, retry)| (*due, retry))
    }

    /// Whose retries of what wait, soonest first.
    pub(super) fn all(&self) -> impl Iterator<Item = (&HandlerName, &Claim)> {
        self.due.iter().map(|(_, (handler, source))| (handler, source))
    }

    /// When the next one is due.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.due.first().map(|(due, _)| *due)
    }

    /// What waits for this handler, soonest first: when it is due, and where it was published.
    pub(super) fn of<'a>(&'a self, handler: &'a HandlerName) -> impl Iterator<Item = (u64, &'a Claim)> {
        let own = move |member: &&'a (u64, Member)| member.1.0 == *handler;
        self.due.iter().filter(own).map(|(due, (_, source))| (*due, source))
    }

    /// Forgets what waits for this handler.
    pub(super) fn remove(&mut self, handler: &HandlerName) {
        self.waiting.retain(|(whose, _), _| whose != handler);
        self.due.retain(|(_, (whose, _))| whose != handler);
    }

    /// How many wait for this handler.
    pub(super) fn count(&self, handler: &HandlerName) -> u64 {
        self.waiting.keys().filter(|(whose, _)| whose == handler).count() as u64
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
