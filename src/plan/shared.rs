//! What the task that retries and the task that follows have in common.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::books::Books;
use super::{Phase, Plan, Progress, Tally};
use crate::bus::{FailedAt, Followed, Retried};
use crate::event::EventId;

/// How many refusals and notes are kept.
const KEPT: usize = 20;
/// Of how many retried events it is remembered which event they are.
const SAMPLE: usize = 1_000;

/// The books of a running plan, and who reads along.
pub(super) struct Shared {
    inner: Mutex<Inner>,
    progress: watch::Sender<Progress>,
    /// What lies where it lay no more, for who reads along.
    taken: Arc<Mutex<Vec<FailedAt>>>,
    /// Something was retried, or a step has ended, or nothing more is retried: the follower looks sooner.
    pub(super) stir: Notify,
}

struct Inner {
    books: Books,
    /// Retried, and not handed to the follower yet: no more than there are events in the plan.
    added: Vec<Retried>,
    /// The events of the first ones that were retried in this run, and of those among them that failed again.
    sample: HashMap<FailedAt, EventId>,
    failed: HashSet<EventId>,
}

impl Shared {
    pub(super) fn new(plan: &Plan) -> Self {
        let books = Books::new(&plan.items);
        let progress = Progress { plan: plan.id.clone(), tally: books.tally(), ..Progress::default() };
        Self {
            inner: Mutex::new(Inner {
                books,
                added: Vec::new(),
                sample: HashMap::new(),
                failed: HashSet::new(),
            }),
            progress: watch::Sender::new(progress),
            taken: Arc::default(),
            stir: Notify::new(),
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Those that were retried or found gone, and that nobody has asked for yet.
    pub(super) fn taken(&self) -> Arc<Mutex<Vec<FailedAt>>> {
        Arc::clone(&self.taken)
    }

    /// Changes what is known of the events, and publishes it.
    pub(super) fn book<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        let mut inner = self.lock();
        let answer = change(&mut inner.books);
        let (tally, before) = (inner.books.tally(), inner.books.before());
        // Before anybody is told that there is news.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).extend(inner.books.take_taken());
        self.progress.send_if_modified(|progress| {
            let known = (progress.tally, progress.before);
            (progress.tally, progress.before) = (tally, before);
            known != (tally, before)
        });
        answer
    }

    /// What became of those that were retried in this run.
    pub(super) fn fresh(&self) -> Tally {
        self.lock().books.fresh()
    }

    /// What became of those that were retried in the step that goes on, and how often there was news of one of them.
    pub(super) fn of_step(&self) -> (Tally, u64) {
        self.lock().books.of_step()
    }

    /// These are to be followed.
    pub(super) fn follow(&self, retried: Vec<Retried>) {
        let mut inner = self.lock();
        let room = SAMPLE.saturating_sub(inner.sample.len());
        let new = retried.iter().filter(|retried| !retried.repeated);
        let new = new.filter_map(|retried| Some((retried.from.clone(), retried.event?)));
        inner.sample.extend(new.take(room));
        inner.added.extend(retried);
    }

    /// Events that were retried in this run and failed again, as far as they are in the sample.
    pub(super) fn failed_again(&self) -> HashSet<EventId> {
        self.lock().failed.clone()
    }

    /// What is to be followed from now on.
    pub(super) fn take_added(&self) -> Vec<Retried> {
        std::mem::take(&mut self.lock().added)
    }

    /// What the follower saw.
    pub(super) fn followed(&self, changes: &[(FailedAt, Followed)]) {
        let news =
            self.book(|books| changes.iter().filter(|(at, outcome)| books.followed(at, *outcome)).count());
        let mut inner = self.lock();
        let failed = changes.iter().filter(|(_, outcome)| outcome.has_failed());
        let failed: Vec<_> = failed.filter_map(|(at, _)| inner.sample.get(at).copied()).collect();
        inner.failed.extend(failed);
        drop(inner);
        if news > 0 {
            // The tally may be the same as before, where one took another's place.
            self.progress.send_modify(|_| ());
        }
    }

    pub(super) fn tally(&self) -> Tally {
        self.progress.borrow().tally
    }

    pub(super) fn phase(&self) -> Phase {
        self.progress.borrow().phase.clone()
    }

    /// What the plan does from now on.
    pub(super) fn enter(&self, phase: Phase) {
        self.progress.send_if_modified(|progress| {
            let is_new = progress.phase != phase;
            progress.phase = phase;
            is_new
        });
        self.stir.notify_one();
    }

    /// Says something, for people; the same twice in a row is said once.
    pub(super) fn note(&self, note: String) {
        self.progress.send_modify(|progress| {
            if progress.notes.last() != Some(&note) {
                if progress.notes.len() == KEPT {
                    progress.notes.remove(0);
                }
                progress.notes.push(note);
            }
        });
    }

    /// Remembers why an event was refused.
    pub(super) fn refusal(&self, at: &FailedAt, why: String) {
        self.progress.send_modify(|progress| {
            if progress.refusals.len() < KEPT {
                progress.refusals.push((at.to_string(), why));
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is whole before the lock is given back.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
