//! Takes what the broker gives, as much as there is room for.

use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::lanes::Lanes;
use super::stats::{Counters, add};
use super::table::{Held, Table};
use super::trouble::Part;
use super::{A_WHILE, BATCH, MOST, PAUSES, WAITS};
use crate::bus::{BusError, Membership};

/// Takes deliveries while there is room for them.
pub(super) struct Fetcher<'a> {
    pub(super) membership: &'a dyn Membership,
    pub(super) table: &'a Table,
    pub(super) lanes: &'a Lanes,
    pub(super) counters: &'a Counters,
}

impl Fetcher<'_> {
    pub(super) async fn run(
        &self,
        concurrency: usize,
        deliveries: mpsc::Sender<Vec<Held>>,
        stop: &CancellationToken,
    ) {
        // What waits for a lane is ours and cannot be done by others meanwhile: little of it for a slow handler, much
        // for a quick one.
        let fewest = concurrency.saturating_mul(2).min(MOST);
        let mut most = fewest;
        let mut pauses = PAUSES;
        let mut empty_takes: u32 = 0;
        while !stop.is_cancelled() {
            let found = if self.table.looking.load(Ordering::Relaxed) {
                tokio::select! {
                    () = stop.cancelled() => return,
                    found = self.find_lost() => found,
                }
            } else {
                Ok(Vec::new())
            };
            match found {
                Ok(found) if found.is_empty() => {}
                Ok(found) => {
                    if deliveries.send(found).await.is_err() {
                        return;
                    }
                }
                // The broker may be out of reach still.
                Err(why) => {
                    tracing::warn!("looking for lost deliveries failed: {}", why.what());
                    self.counters.trouble.note(Part::Taking, &why);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = sleep(pauses.pause()) => {}
                    }
                    continue;
                }
            }
            let room = tokio::select! {
                () = stop.cancelled() => return,
                room = self.table.room(most) => room,
            };
            most =
                if self.lanes.waiting() == 0 { (most * 2).min(MOST) } else { (most - most / 8).max(fewest) };
            // Not to be dropped: what it was given would be ours and unknown.
            let wait = if empty_takes < A_WHILE { WAITS.0 } else { WAITS.1 };
            match self.membership.take(room.min(BATCH), wait).await {
                Ok(batch) => {
                    pauses.reset();
                    empty_takes = if batch.is_empty() { empty_takes.saturating_add(1) } else { 0 };
                    self.counters.trouble.is_over(Part::Taking);
                    add(&self.counters.taken, batch.len() as u64);
                    if !batch.is_empty() && deliveries.send(self.table.hold_all(batch)).await.is_err() {
                        return;
                    }
                }
                Err(why) => {
                    tracing::warn!("taking events failed: {}", why.what());
                    self.counters.trouble.note(Part::Taking, &why);
                    self.table.looking.store(true, Ordering::Relaxed);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = sleep(pauses.pause()) => {}
                    }
                }
            }
        }
    }

    /// Finds deliveries that were lost on their way. Nothing is on its way now: what is pending with us and does not stand
    /// in the table was lost, and not just given to us.
    async fn find_lost(&self) -> Result<Vec<Held>, BusError> {
        let _taking_over = self.table.taking_over.lock().await;
        let lost = self.membership.recover(&self.table.claims(), BATCH).await?;
        // A whole page means that there may be more.
        self.table.looking.store(lost.len() >= BATCH, Ordering::Relaxed);
        Ok(self.table.hold_all(lost))
    }
}
