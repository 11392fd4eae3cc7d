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
use super::trouble::Part;
use super::{BATCH, MOST};
use crate::bus::{BusError, Claim, Delivery, Heartbeat, Membership, Reclaimed, Suspects};

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
    /// So many attempts run at a time.
    pub(super) concurrency: usize,
    /// So many crashes of an event make a dead letter.
    pub(super) crashes: u32,
    pub(super) types: Vec<String>,
    pub(super) handler: String,
    pub(super) started: DateTime<Utc>,
}

impl Keeper {
    pub(super) async fn run(self, stop: CancellationToken) {
        let Self {
            membership,
            table,
            counters,
            deliveries,
            lease,
            concurrency,
            crashes,
            types,
            handler,
            started,
        } = self;
        let beat = Heartbeat {
            consumer: membership.consumer().to_owned(),
            handler,
            types,
            host: String::new(),
            pid: std::process::id(),
            started,
            stats: counters.stats(),
            latency: counters.latency(),
            lease_ms: u64::try_from(lease.as_millis()).ok(),
        };
        let mut keep = Keep {
            membership: &*membership,
            table: &table,
            counters: &counters,
            lease,
            beat,
            due: Due::from_now(lease),
            renewed: None,
            most: concurrency.saturating_mul(2).min(BATCH),
            // One crash more would be its end.
            suspect: crashes.saturating_sub(1).max(1),
            heirlooms: Vec::new(),
            suspects: Vec::new(),
            more: More::None,
        };
        let mut deliveries = Some(deliveries);
        // What was taken over, and waits to be judged.
        let mut found = Vec::new();
        loop {
            if stop.is_cancelled() {
                // What runs is still ours, but nothing more is taken.
                deliveries = None;
            }
            tokio::select! {
                () = stop.cancelled(), if deliveries.is_some() => {}
                // However long whoever judges them takes: the lease of what is ours does not wait for that. Only a worker
                // that ends has nobody there to take them, and it gives them back.
                Some(room) = room_for(deliveries.as_ref()), if !found.is_empty() => {
                    room.send(std::mem::take(&mut found));
                }
                // What is left does not wait for a turn.
                () = keep.room_for_more(), if keep.more != More::None && deliveries.is_some() && found.is_empty() => {
                    keep.more = More::None;
                    (keep.due.reclaim, keep.due.tick) = (Instant::now(), Instant::now());
                }
                () = sleep_until(keep.due.next(deliveries.is_some())) => {
                    let now = Instant::now();
                    keep.beat_if_due(now).await;
                    keep.renew_if_due(now).await;
                    if deliveries.is_some() {
                        keep.follow_if_due(now).await;
                        if found.is_empty() {
                            found = keep.reclaim_if_due(now).await;
                        }
                    }
                }
            }
        }
    }
}

/// When the next of each is to be done.
struct Due {
    beat: Instant,
    renewal: Instant,
    reclaim: Instant,
    /// A look for streams and for retries that are due.
    tick: Instant,
}

impl Due {
    fn from_now(lease: Duration) -> Self {
        let now = Instant::now();
        Self { beat: now, renewal: now + lease / 3, reclaim: now, tick: now }
    }

    /// The first of those that go on. What others left is looked for at a tick.
    fn next(&self, takes_more: bool) -> Instant {
        let kept = self.renewal.min(self.beat);
        if takes_more { kept.min(self.tick) } else { kept }
    }
}

/// Room for one more batch; none when nobody takes any.
async fn room_for(deliveries: Option<&mpsc::Sender<Vec<Held>>>) -> Option<mpsc::Permit<'_, Vec<Held>>> {
    deliveries?.reserve().await.ok()
}

fn told<T>(doing: &str, done: &Result<T, BusError>) {
    if let Err(why) = done {
        tracing::warn!("{doing} failed: {}", why.what());
    }
}

/// Whether others left more than was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    None,
    /// Only suspects.
    Suspects,
    Any,
}

struct Keep<'a> {
    membership: &'a dyn Membership,
    table: &'a Table,
    counters: &'a Counters,
    lease: Duration,
    beat: Heartbeat,
    due: Due,
    renewed: Option<Instant>,
    /// How much of what others left is ours at a time. Little: whatever brought them down may be among it, and all that
    /// is ours crashes with us; and others are there to do their part.
    most: usize,
    /// An event that crashed so often may well be what brings its process down.
    suspect: u32,
    /// What was taken over, and may be ours still.
    heirlooms: Vec<Claim>,
    /// The suspect among them.
    suspects: Vec<Claim>,
    more: More,
}

impl Keep<'_> {
    async fn beat_if_due(&mut self, now: Instant) {
        if now >= self.due.beat {
            (self.beat.stats, self.beat.latency) = (self.counters.stats(), self.counters.latency());
            told("giving a sign of life", &self.membership.beat(&self.beat).await);
            self.due.beat = now + BEAT;
        }
    }

    async fn renew_if_due(&mut self, now: Instant) {
        if now >= self.due.renewal {
            let renewed = self.renew().await;
            told("renewing the lease", &renewed);
            self.counters.trouble.note_result(Part::Renewing, &renewed);
            self.due.renewal = now + self.lease / 3;
        }
    }

    /// Keeps up with streams and retries.
    async fn follow_if_due(&mut self, now: Instant) {
        if now >= self.due.tick {
            let lost = self.membership.keep_up().await;
            told("keeping up with streams and due retries", &lost);
            self.counters.trouble.note_result(Part::Following, &lost);
            add(&self.counters.lost, lost.unwrap_or_default());
            self.due.tick = now + TICK;
        }
    }

    /// What others left, as far as it is ours now.
    async fn reclaim_if_due(&mut self, now: Instant) -> Vec<Held> {
        // What was lost on its way to us would be taken over from ourselves, and count as a crash.
        if now < self.due.reclaim || self.table.looking.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let reclaimed = self.reclaim().await;
        told("taking over what others left", &reclaimed);
        self.counters.trouble.note_result(Part::Inheriting, &reclaimed);
        if let Ok(taken) = reclaimed {
            self.due.reclaim = now + (self.lease / 2).min(RECLAIM);
            taken
        } else {
            // They may be ours by now.
            self.table.looking.store(true, Ordering::Relaxed);
            Vec::new()
        }
    }

    async fn renew(&mut self) -> Result<(), BusError> {
        let began = Instant::now();
        let running = self.table.claims();
        if !running.is_empty() {
            let lost = self.membership.renew(&running).await?;
            self.table.lose(&lost);
        }
        self.renewed = Some(began);
        Ok(())
    }

    async fn reclaim(&mut self) -> Result<Vec<Held>, BusError> {
        // First of all: what ran while the broker was out of reach is not left, and would count as a crash.
        if self.renewed.is_none_or(|renewed| renewed.elapsed() > self.lease / 10) {
            self.renew().await?;
        }
        self.table.keep_held(&mut self.heirlooms);
        self.table.keep_held(&mut self.suspects);
        // More than what is taken otherwise, so that a busy handler does not leave it for ever.
        let beside = self.table.free(MOST + BATCH);
        let room = self.most.saturating_sub(self.heirlooms.len()).min(beside);
        if room == 0 {
            return Ok(Vec::new());
        }
        // One at a time: what is in flight with an event that ends its process must not die of it.
        let one = usize::from(self.suspects.is_empty());
        let suspects = Suspects { crashes: self.suspect, at_most: one };
        let _taking_over = self.table.taking_over.lock().await;
        let Reclaimed { deliveries, held_back } = self.membership.reclaim(room, suspects).await?;
        add(&self.counters.reclaimed, deliveries.len() as u64);
        self.more = match held_back {
            _ if deliveries.len() >= room => More::Any,
            true => More::Suspects,
            false => More::None,
        };
        self.heirlooms.extend(deliveries.iter().map(|delivery| delivery.claim.clone()));
        let is_suspect = |delivery: &&Delivery| delivery.crashes >= self.suspect;
        self.suspects.extend(deliveries.iter().filter(is_suspect).map(|delivery| delivery.claim.clone()));
        Ok(self.table.hold_all(deliveries))
    }

    /// Waits until more of what others left may be ours.
    async fn room_for_more(&self) {
        match self.more {
            More::Suspects => self.table.fewer_of(&self.suspects, 1).await,
            // Not for each single one.
            _ => self.table.fewer_of(&self.heirlooms, self.most.div_ceil(2)).await,
        }
    }
}
