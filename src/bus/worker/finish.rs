//! Records what became of events, many at a time.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::PAUSES;
use super::lanes::Lanes;
use super::stats::{Counters, add};
use super::table::Table;
use super::trouble::Part;
use crate::bus::{FailedAttempt, Finish, FinishAs, Finished, Membership, NextStep};
use crate::event::HandlerName;

/// The most that are recorded at a time.
const BATCH: usize = 1_000;

/// Records finishes until nothing more comes.
pub(super) struct Finisher {
    pub(super) handler: HandlerName,
    pub(super) membership: Arc<dyn Membership>,
    pub(super) table: Arc<Table>,
    pub(super) counters: Arc<Counters>,
    pub(super) lanes: Weak<Lanes>,
}

impl Finisher {
    pub(super) async fn run(self, mut from: mpsc::Receiver<Finish>) {
        let mut batch = Vec::with_capacity(BATCH);
        // What the broker refused to write: the rest does not wait for it.
        let mut refused: Vec<Finish> = Vec::new();
        let (mut pauses, mut again, mut open) = (PAUSES, Instant::now(), true);
        loop {
            tokio::select! {
                count = from.recv_many(&mut batch, BATCH), if open => open = count > 0,
                () = sleep_until(again), if !refused.is_empty() => {
                    batch.extend(refused.drain(..refused.len().min(BATCH)));
                }
                else => return,
            }
            let answers = self.record(&batch).await;
            let (kept, done): (Vec<_>, Vec<_>) =
                batch.drain(..).zip(answers).partition(|(_, answer)| *answer == Finished::Refused);
            if !kept.is_empty() {
                again = Instant::now() + pauses.pause();
                refused.extend(kept.into_iter().map(|(finish, _)| finish));
                self.counters.trouble.note_refused();
            } else if refused.is_empty() {
                pauses.reset();
                self.counters.trouble.is_over(Part::Recording);
            }
            for (finish, answer) in &done {
                self.count(finish, *answer);
            }
            self.table.release(done.iter().map(|(finish, _)| &finish.claim));
            // Not before it is recorded: who comes later finds it remembered.
            if let Some(lanes) = self.lanes.upgrade() {
                lanes.settle(done.iter().map(|(finish, _)| finish));
            }
            self.tell(&done).await;
        }
    }

    /// Tells observers what failed. Nothing depends on it. Of what another worker has by now that one tells.
    async fn tell(&self, batch: &[(Finish, Finished)]) {
        let now = Utc::now();
        let counts = batch.iter().filter(|(_, answer)| *answer != Finished::Fenced);
        let failures: Vec<_> = counts.filter_map(|(finish, _)| self.failed_attempt(finish, now)).collect();
        if failures.is_empty() {
            return;
        }
        if let Err(why) = self.membership.tell(&failures).await {
            tracing::debug!(failures = failures.len(), "observers were not told: {}", why.what());
        }
    }

    fn failed_attempt(&self, finish: &Finish, now: DateTime<Utc>) -> Option<FailedAttempt> {
        let (error, history, next) = match &finish.what {
            FinishAs::Done | FinishAs::Skipped => return None,
            FinishAs::Retry { after, history, .. } => (None, history, NextStep::Retry(later(now, *after))),
            FinishAs::Dead { reason, error, history, .. } => (Some(error), history, NextStep::Dead(*reason)),
        };
        let failure = history.last().cloned();
        let error = error.cloned().or_else(|| failure.as_ref().map(|failure| failure.error.clone()));
        let (event_type, tenant) = finish.about.clone().unzip();
        Some(FailedAttempt {
            handler: self.handler.clone(),
            event: finish.event,
            event_type,
            tenant,
            source: finish.source.clone(),
            attempt: finish.attempt,
            failure,
            error: error.unwrap_or_default(),
            next,
            consumer: self.membership.consumer().to_owned(),
        })
    }

    /// Tries until it is recorded. When an answer is lost it may be so already; a second time does no harm, as each
    /// finish is for an entry that is still pending with us, or nothing.
    async fn record(&self, batch: &[Finish]) -> Vec<Finished> {
        let mut pauses = PAUSES;
        loop {
            match self.membership.finish(batch).await {
                Ok(answers) => return answers,
                Err(why) => {
                    tracing::warn!(events = batch.len(), "recording failed: {}", why.what());
                    self.counters.trouble.note(Part::Recording, &why);
                    sleep(pauses.pause()).await;
                }
            }
        }
    }

    fn count(&self, finish: &Finish, answer: Finished) {
        match answer {
            Finished::Fenced => return add(&self.counters.fenced, 1),
            Finished::Vanished => {
                add(&self.counters.vanished, 1);
                tracing::warn!(stream = %finish.claim.stream, id = %finish.claim.id, "trimmed while it was pending");
            }
            Finished::Recorded => {}
            Finished::Refused => return,
        }
        match finish.what {
            FinishAs::Done | FinishAs::Skipped => {}
            FinishAs::Retry { .. } => add(&self.counters.retried, 1),
            FinishAs::Dead { .. } => add(&self.counters.dead, 1),
        }
    }
}

/// So long after `now`; a handler may ask for any pause, also for one that no calendar has.
fn later(now: DateTime<Utc>, after: Duration) -> DateTime<Utc> {
    let after = TimeDelta::from_std(after).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(after).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
