//! Records what became of events, many at a time.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::PAUSES;
use super::stats::{Counters, add};
use super::table::Table;
use crate::bus::{Finish, FinishAs, Finished, Membership};

/// The most that are recorded at a time.
const BATCH: usize = 1_000;

/// Records finishes until nothing more comes.
pub(super) struct Finisher {
    pub(super) membership: Arc<dyn Membership>,
    pub(super) table: Arc<Table>,
    pub(super) counters: Arc<Counters>,
}

impl Finisher {
    pub(super) async fn run(self, mut from: mpsc::Receiver<Finish>) {
        let mut batch = Vec::with_capacity(BATCH);
        while from.recv_many(&mut batch, BATCH).await > 0 {
            self.record(&batch).await;
            self.table.release(batch.iter().map(|finish| &finish.claim));
            batch.clear();
        }
    }

    /// Tries until it is recorded. When an answer is lost it may be so already; a second time does no harm, as each
    /// finish is for an entry that is still pending with us, or nothing.
    async fn record(&self, batch: &[Finish]) {
        let mut pause = PAUSES.0;
        loop {
            match self.membership.finish(batch).await {
                Ok(answers) => {
                    for (finish, answer) in batch.iter().zip(answers) {
                        self.count(finish, answer);
                    }
                    return;
                }
                Err(why) => {
                    tracing::warn!(events = batch.len(), "recording failed: {}", why.what());
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
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
        }
        match finish.what {
            FinishAs::Done => {}
            FinishAs::Retry { .. } => add(&self.counters.retried, 1),
            FinishAs::Dead { .. } => add(&self.counters.dead, 1),
        }
    }
}
