//! What keeps a worker from its work for now: it goes on trying, and whoever watches it has to know.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bus::BusError;

/// What a worker does with its broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Joining, and taking events.
    Taking,
    /// Recording what became of them.
    Recording,
    /// Renewing the lease.
    Renewing,
    /// Finding streams, and moving retries that are due.
    Following,
    /// Taking over what others left.
    Inheriting,
}

/// What fails, by part; nothing of a part that works.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<BTreeMap<Part, String>>);

impl Trouble {
    fn parts(&self) -> MutexGuard<'_, BTreeMap<Part, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It failed, and is tried again.
    pub(super) fn note(&self, part: Part, why: &BusError) {
        self.parts().insert(part, why.to_string());
    }

    /// The broker refuses to record some. Not how many: that changes all the time, and would be told as often.
    pub(super) fn note_refused(&self) {
        let what = "the server refuses to record what became of some events; they are kept, and tried again";
        self.parts().insert(Part::Recording, what.to_owned());
    }

    /// What came of something that is tried again and again. That the broker is out of reach is told of taking.
    pub(super) fn note_result<T>(&self, part: Part, done: &Result<T, BusError>) {
        match done {
            Ok(_) => self.is_over(part),
            Err(BusError::Unavailable { .. }) => {}
            Err(why) => self.note(part, why),
        }
    }

    /// It works.
    pub(super) fn is_over(&self, part: Part) {
        self.parts().remove(&part);
    }

    /// What fails now.
    pub(super) fn now(&self) -> Option<String> {
        self.parts().values().next().cloned()
    }
}
