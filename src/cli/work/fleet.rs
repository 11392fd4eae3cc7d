//! The workers of all handlers, from their start to their end.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::signals::Signals;
use crate::bus::{Gauge, HandlerStats, Left, Worker, WorkerError};
use crate::event::HandlerName;
use crate::handlers::Leftovers;
use crate::text::count;

/// Between two looks at what is left, and at who has ended by itself.
const TICK: Duration = Duration::from_millis(500);
/// What is left is told every so many looks.
const TOLD_EVERY: u32 = 20;

/// A handler's worker.
type Member = (HandlerName, Worker);

/// The workers of all handlers.
pub(super) struct Fleet {
    workers: Vec<Member>,
    signals: Signals,
    leftovers: Leftovers,
    notes: mpsc::Sender<String>,
    ended: Vec<(HandlerName, Result<HandlerStats, WorkerError>)>,
}

/// How all of them ended.
pub(super) struct Record(Vec<(HandlerName, Result<HandlerStats, WorkerError>)>);

impl Fleet {
    pub(super) fn of(
        workers: impl Iterator<Item = Member>,
        signals: Signals,
        leftovers: Leftovers,
        notes: mpsc::Sender<String>,
    ) -> Self {
        Self { workers: workers.collect(), signals, leftovers, notes, ended: Vec::new() }
    }

    /// For watching them.
    pub(super) fn gauges(&self) -> Vec<(HandlerName, Gauge)> {
        self.workers.iter().map(|(name, worker)| (name.clone(), worker.gauge())).collect()
    }

    /// Lets them run beside whatever else this process does.
    pub(super) fn start(self, drain: bool) -> JoinHandle<Record> {
        tokio::spawn(self.run(drain))
    }

    /// Until a signal says stop, nothing is left where it is to be drained, or none can run.
    async fn run(mut self, drain: bool) -> Record {
        let mut looks = 0_u32;
        while !self.workers.is_empty() && !self.signals.stop.is_cancelled() {
            if drain && self.is_drained(looks.is_multiple_of(TOLD_EVERY)).await {
                break;
            }
            looks = looks.wrapping_add(1);
            tokio::select! {
                () = self.signals.stop.cancelled() => self.say("stopping: what runs may end, the rest goes to others (once more: at once)"),
                () = sleep(TICK) => self.bury().await,
            }
        }
        self.stop().await;
        self.leftovers.gone().await;
        self.signals.ended.cancel();
        Record(self.ended)
    }

    fn say(&self, note: impl Into<String>) {
        // Whoever does not read notes need not hold up the work.
        let _ = self.notes.try_send(note.into());
    }

    /// Takes out those that ended by themselves; the others go on.
    async fn bury(&mut self) {
        let (over, going): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.workers).into_iter().partition(|(_, worker)| worker.is_over());
        self.workers = going;
        for (name, worker) in over {
            let end = worker.stop().await;
            if let Err(error) = &end {
                self.say(format!("error: {error}"));
            }
            self.ended.push((name, end));
        }
    }

    /// Whether nothing is left for any of them.
    async fn is_drained(&self, tell: bool) -> bool {
        let mut total = Left::default();
        for (name, worker) in &self.workers {
            match worker.left().await {
                Ok(Some(left)) => total = total.plus(left),
                Ok(None) => return false,
                Err(why) => {
                    tracing::warn!(handler = %name, "what is left is not known: {}", why.what());
                    return false;
                }
            }
        }
        if tell && !total.is_nothing() {
            let Left { unread, pending, scheduled } = total;
            self.say(format!(
                "left: {} unread, {} pending, {} scheduled",
                count(unread),
                count(pending),
                count(scheduled)
            ));
        }
        total.is_nothing()
    }

    /// Stops all of them at the same time.
    async fn stop(&mut self) {
        let workers = std::mem::take(&mut self.workers);
        let cut_off: Vec<_> = workers.iter().map(|(_, worker)| worker.cut_off()).collect();
        let stopping = join_all(workers.into_iter().map(async |(name, worker)| (name, worker.stop().await)));
        tokio::pin!(stopping);
        let ended = tokio::select! {
            ended = &mut stopping => ended,
            () = self.signals.at_once.cancelled() => {
                self.say("at once: what runs is cut off");
                cut_off.iter().for_each(tokio_util::sync::CancellationToken::cancel);
                stopping.await
            }
        };
        self.ended.extend(ended);
    }
}

impl Record {
    /// Whether any of them could not run.
    pub(super) fn any_failed(&self) -> bool {
        self.0.iter().any(|(_, end)| end.is_err())
    }

    /// What each has done.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter_map(|(name, end)| {
            let HandlerStats { done, failed, retried, dead, skipped, deduplicated, lost, .. } =
                end.as_ref().ok()?;
            let counts = [
                (*failed, "attempts failed"),
                (*retried, "to be tried again"),
                (*dead, "dead letters"),
                (*skipped, "not for it"),
                (*deduplicated, "done before"),
                (*lost, "lost before they were given"),
            ];
            let mut parts = vec![format!("{name}: {} done", count(*done))];
            let counts = counts.into_iter().filter(|(n, _)| *n > 0);
            parts.extend(counts.map(|(n, word)| format!("{} {word}", count(n))));
            Some(parts.join(", "))
        })
    }
}
