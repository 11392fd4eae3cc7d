//! Driving a plan: from its first step to the last outcome, in tasks of its own.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::drive::Driver;
use super::shared::Shared;
use super::{Phase, Plan, Progress};
use crate::bus::{FailedAt, FailedQueue, Operator, Steering, Wish};

/// What a plan is driven through.
#[derive(Clone)]
pub struct Ports {
    /// For acting.
    pub operator: Arc<dyn Operator>,
    /// For reading and following.
    pub failed: Arc<dyn FailedQueue>,
}

/// A plan that was started. While this is held it goes on by itself, wherever one looks.
///
/// Dropped, the plan stops after its current step: what is left stays where it is, and nothing is lost or doubled.
/// [`Plan::resume`] goes on with it.
#[derive(Debug)]
pub struct Running {
    /// How far it has come: the newest only. The tally adds up to the plan's events in every one of them.
    pub progress: watch::Receiver<Progress>,
    steering: Steering,
    taken: Arc<Mutex<Vec<FailedAt>>>,
}

/// Starts `plan`: keeps it on the bus and writes into the journal that it began (of a resumed one: that it goes on);
/// where that fails, nothing is retried, and the reason is its [`Phase::Stopped`]. Then it retries at the plan's pace
/// and follows what becomes of each event.
///
/// A full stream, a lost connection and a server that cannot write are waited for ([`Phase::Waiting`]), for as long as it
/// takes; what the server refuses for good, and a bus that has lost its data, end the plan. To be called inside a tokio runtime.
pub fn start(plan: Plan, ports: Ports) -> Running {
    let shared = Arc::new(Shared::new(&plan));
    let (steering, wishes) = Steering::new();
    let (progress, taken) = (shared.subscribe(), shared.taken());
    tokio::spawn(async move {
        let driver = Driver::new(plan, ports, wishes, Arc::clone(&shared));
        if let Err(fault) = tokio::spawn(driver.run()).await {
            // A panic must not look like a plan that goes on for ever.
            shared.enter(Phase::Stopped(format!("stopped by a fault of Tidings itself: {fault}")));
        }
    });
    Running { progress, steering, taken }
}

impl Running {
    /// Holds it, after its current step. What was retried is still followed.
    pub fn pause(&self) {
        self.steering.ask(Wish::Hold);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.steering.ask(Wish::Go);
    }

    /// Ends it, after its current step. What is left stays where it is; what was retried is still followed.
    pub fn cancel(&self) {
        self.steering.ask(Wish::Cancel);
    }

    /// Whether it is held, or will be after its current step.
    pub fn is_paused(&self) -> bool {
        self.steering.is_held()
    }

    /// Those that lie where they lay no more, since this was asked last: they were retried, or found gone. What
    /// [`Running::progress`] counts as such is among them, or was before.
    pub fn taken(&self) -> Vec<FailedAt> {
        std::mem::take(&mut *self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until nothing more is retried: all was, or it stopped, or was cancelled.
    pub async fn retried(&self) -> Progress {
        self.until(|progress| progress.phase == Phase::Following || progress.phase.is_over()).await
    }

    /// Waits until nothing more is retried, and every outcome is known. That may take as long as handlers wait between
    /// their attempts.
    pub async fn ended(&self) -> Progress {
        self.until(Progress::is_settled).await
    }

    /// Ends it after its current step, as dropping it does, and waits for that step's answer and for the journal.
    pub async fn leave(self) -> Progress {
        self.steering.ask(Wish::Leave);
        self.retried().await
    }

    async fn until(&self, is_there: impl FnMut(&Progress) -> bool) -> Progress {
        let mut progress = self.progress.clone();
        let seen = progress.wait_for(is_there).await.map(|progress| progress.clone());
        // Without a sender nothing changes any more.
        seen.unwrap_or_else(|_| self.progress.borrow().clone())
    }
}
