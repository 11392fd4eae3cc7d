//! Keeps what is ours, and takes over what others left.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::stats::{Counters, add};
use super::table::{Held, Table};
use super::{BATCH, MOST};
use crate::bus::{BusError, Heartbeat, Membership};

/// Between two looks for retries that are due.
const TICK: Duration = Duration::from_millis(500);
/// The longest time between two looks for what others left: what is given back waits for nobody's lease.
const RECLAIM: Duration = Duration::from_secs(15);
/// Between two signs of life for observers.
const BEAT: Duration = Duration::from_secs(5);

/// Renews the lease three times within it, looks for retries that are due, and for what ended workers left.
pub(super) struct Keeper {
    pub(super) membership: Arc<dyn Membership>,
    pub(super) table: Arc<Table>,
    pub(super) counters: Arc<Counters>,
    pub(super) deliveries: mpsc::Sender<Vec<Held>>,
    pub(super) lease: Duration,
    pub(super) types: Vec<String>,
    pub(super) handler: String,
    pub(super) started: DateTime<Utc>,
}

impl Keeper {
    pub(super) async fn run(self, stop: CancellationToken) {
        let Self { membership, table, counters, deliveries, lease, types, handler, started } = self;
        let keep = Keep { membership: &*membership, table: &table, counters: &counters };
        let mut beat = Heartbeat {
            consumer: membership.consumer().to_owned(),
            handler,
            types,
            host: String::new(),
            pid: std::process::id(),
            started,
            stats: counters.stats(),
            latency: counters.latency(),
        };
        let mut next_beat = Instant::now();
        let mut next_renewal = Instant::now() + lease / 3;
        let mut next_reclaim = Instant::now();
        let mut next_tick = Instant::now();
        let mut deliveries = Some(deliveries);
        loop {
            if stop.is_cancelled() {
                // What runs is still ours, but nothing more is taken.
                deliveries = None;
            }
            let until = if deliveries.is_some() { next_renewal.min(next_tick) } else { next_renewal };
            let until = until.min(next_beat);
            let mut found = Vec::new();
            tokio::select! {
                () = stop.cancelled(), if deliveries.is_some() => continue,
                () = sleep_until(until) => {
                    let now = Instant::now();
                    if now >= next_beat {
                        (beat.stats, beat.latency) = (counters.stats(), counters.latency());
                        told("giving a sign of life", membership.beat(&beat).await);
                        next_beat = now + BEAT;
                    }
                    if now >= next_renewal {
                        told("renewing the lease", keep.renew().await);
                        next_renewal = now + lease / 3;
                    }
                    if deliveries.is_some() && now >= next_tick {
                        let lost = told("looking for due retries", membership.keep_up().await);
                        add(&counters.lost, lost.unwrap_or_default());
                        next_tick = now + TICK;
                    }
                    // What was lost on its way to us would be taken over from ourselves, and count as a crash.
                    if deliveries.is_some() && now >= next_reclaim && !table.looking.load(Ordering::Relaxed) {
                        match told("taking over what others left", keep.reclaim().await) {
                            Some(taken) => {
                                // A whole page means that there is more.
                                let whole = taken.len() >= BATCH;
                                next_reclaim = if whole { now } else { now + (lease / 2).min(RECLAIM) };
                                found = taken;
                            }
                            // They may be ours by now.
                            None => table.looking.store(true, Ordering::Relaxed),
                        }
                    }
                }
            }
            if let Some(deliveries) = deliveries.as_ref().filter(|_| !found.is_empty()) {
                // Only a worker that ends has nobody there to take them, and it gives them back.
                let _ = deliveries.send(found).await;
            }
        }
    }
}

fn told<T>(doing: &str, done: Result<T, BusError>) -> Option<T> {
    done.inspect_err(|why| tracing::warn!("{doing} failed: {}", why.what())).ok()
}

struct Keep<'a> {
    membership: &'a dyn Membership,
    table: &'a Table,
    counters: &'a Counters,
}

impl Keep<'_> {
    async fn renew(&self) -> Result<(), BusError> {
        let running = self.table.claims();
        if running.is_empty() {
            return Ok(());
        }
        let lost = self.membership.renew(&running).await?;
        self.table.lose(&lost);
        Ok(())
    }

    async fn reclaim(&self) -> Result<Vec<Held>, BusError> {
        // First of all: what ran while the broker was out of reach is not left, and would count as a crash.
        self.renew().await?;
        // More than what is taken otherwise, so that a busy handler does not leave it for ever.
        let room = self.table.free(MOST + BATCH).min(BATCH);
        if room == 0 {
            return Ok(Vec::new());
        }
        let _taking_over = self.table.taking_over.lock().await;
        let found = self.membership.reclaim(room).await?;
        add(&self.counters.reclaimed, found.len() as u64);
        Ok(self.table.hold_all(found))
    }
}
