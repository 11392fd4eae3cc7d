//! Entries of one event that are ours at one time: the first one runs, the others wait for what becomes of it.
//!
//! A publisher that sends again what it is not sure of makes two entries that lie side by side and come in one batch,
//! before either of them is done and could be remembered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::lanes::Job;
use crate::bus::Claim;
use crate::event::EventId;

/// The events that are under way.
#[derive(Default)]
pub(super) struct Twins {
    under_way: Mutex<HashMap<EventId, Pair>>,
}

/// An event that is under way.
struct Pair {
    /// The entry that runs, or waits for a lane.
    first: Claim,
    waiting: Vec<Job>,
}

impl Twins {
    fn under_way(&self) -> MutexGuard<'_, HashMap<EventId, Pair>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers `job` if it is the first of its event; else keeps it.
    pub(super) fn enter(&self, job: Job) -> Option<Job> {
        let mut under_way = self.under_way();
        if let Some(pair) = under_way.get_mut(&job.event.id()) {
            pair.waiting.push(job);
            return None;
        }
        let pair = Pair { first: job.claim.clone(), waiting: Vec::new() };
        under_way.insert(job.event.id(), pair);
        Some(job)
    }

    /// Those that waited for the entry `first` of `event`, which is not under way any more.
    pub(super) fn leave(&self, event: EventId, first: &Claim) -> Vec<Job> {
        let mut under_way = self.under_way();
        if under_way.get(&event).is_none_or(|pair| pair.first != *first) {
            return Vec::new();
        }
        under_way.remove(&event).map(|pair| pair.waiting).unwrap_or_default()
    }
}
