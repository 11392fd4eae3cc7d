//! The workers of all handlers, from their start to their end.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::signals::Signals;
use crate::bus::{BusError, Gauge, HandlerStats, Left, Worker, WorkerError};
use crate::event::HandlerName;
use crate::handlers::Leftovers;
use crate::text::{count, plural};

/// Between two looks at what is left, and at who has ended by itself.
const TICK: Duration = Duration::from_millis(500);
/// What is left is told every so many looks.
const TOLD_EVERY: u32 = 20;
/// So many different troubles are told at a time: more say nothing new.
const TROUBLES: usize = 20;

/// A handler's worker.
type Member = (HandlerName, Worker);

/// The workers of all handlers.
pub(super) struct Fleet {
    workers: Vec<Member>,
    signals: Signals,
    leftovers: Leftovers,
    notes: mpsc::Sender<String>,
    /// What was told of what keeps them from their work, since it last did not.
    troubles: BTreeSet<String>,
    record: Record,
}

/// How all of them ended.
#[derive(Default)]
pub(super) struct Record {
    ended: Vec<(HandlerName, Result<HandlerStats, WorkerError>)>,
    /// Whether anything is left cannot be known.
    is_undrained: bool,
}

impl Fleet {
    pub(super) fn of(
        workers: impl Iterator<Item = Member>,
        signals: Signals,
        leftovers: Leftovers,
        notes: mpsc::Sender<String>,
    ) -> Self {
        Self {
            workers: workers.collect(),
            signals,
            leftovers,
            notes,
            troubles: BTreeSet::new(),
            record: Record::default(),
        }
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
            let mut troubles = self.troubles_of_workers();
            if drain {
                match self.is_drained(looks.is_multiple_of(TOLD_EVERY)).await {
                    Ok(false) => {}
                    Ok(true) => break,
                    Err(why) if why.is_fatal() => {
                        self.say(format!("error: --drain cannot know when nothing is left: {why}"));
                        self.record.is_undrained = true;
                        break;
                    }
                    Err(why) => drop(troubles.insert(why.to_string())),
                }
            }
            self.tell(troubles);
            looks = looks.wrapping_add(1);
            tokio::select! {
                () = self.signals.stop.cancelled() => self.say("stopping: what runs may end, the rest goes to others (once more: at once)"),
                () = sleep(TICK) => self.bury().await,
            }
        }
        self.stop().await;
        self.leftovers.gone().await;
        self.signals.ended.cancel();
        self.record
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
            self.record.ended.push((name, end));
        }
    }

    /// What keeps them from their work now. Most of it is the same for all.
    fn troubles_of_workers(&self) -> BTreeSet<String> {
        self.workers.iter().filter_map(|(_, worker)| worker.trouble()).collect()
    }

    /// Tells of troubles that are new, and of their end.
    fn tell(&mut self, now: BTreeSet<String>) {
        if now.is_empty() && !self.troubles.is_empty() {
            self.troubles.clear();
            self.say("works again: connected, and taking events");
        }
        for trouble in now {
            if self.troubles.len() < TROUBLES && self.troubles.insert(trouble.clone()) {
                self.say(format!("waiting: {trouble}"));
            }
        }
    }

    /// Whether nothing is left for any of them. One is asked after the other, and meanwhile the second may have published
    /// something for the first: so all are asked twice, and nothing may have been taken in between. That may also have
    /// been the first event of its type.
    async fn is_drained(&self, tell: bool) -> Result<bool, BusError> {
        let taken = self.taken();
        if !self.is_nothing_left(tell).await? {
            return Ok(false);
        }
        if let Some((_, worker)) = self.workers.first() {
            worker.discover().await?;
        }
        Ok(self.is_nothing_left(false).await? && self.taken() == taken)
    }

    /// How many entries they were given so far.
    fn taken(&self) -> u64 {
        let stats = self.workers.iter().map(|(_, worker)| worker.stats());
        stats.map(|stats| stats.taken + stats.reclaimed).sum()
    }

    async fn is_nothing_left(&self, tell: bool) -> Result<bool, BusError> {
        let mut total = Left::default();
        for (_, worker) in &self.workers {
            match worker.left().await? {
                Some(left) => total = total.plus(left),
                None => return Ok(false),
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
        Ok(total.is_nothing())
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
        self.record.ended.extend(ended);
    }
}

impl Record {
    /// Whether any of them could not run, or what was asked of them could not be done.
    pub(super) fn any_failed(&self) -> bool {
        self.is_undrained || self.ended.iter().any(|(_, end)| end.is_err())
    }

    /// What each has done.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.ended.iter().filter_map(|(name, end)| {
            let HandlerStats { done, failed, retried, dead, skipped, deduplicated, lost, .. } =
                end.as_ref().ok()?;
            let counts = [
                (*failed, "attempt failed", "attempts failed"),
                (*retried, "to be tried again", "to be tried again"),
                (*dead, "dead letter", "dead letters"),
                (*skipped, "not for it", "not for it"),
                (*deduplicated, "done before", "done before"),
                (*lost, "lost before it was given", "lost before they were given"),
            ];
            let mut parts = vec![format!("{name}: {} done", count(*done))];
            let counts = counts.into_iter().filter(|(n, ..)| *n > 0);
            parts.extend(counts.map(|(n, one, several)| plural(n, one, several)));
            Some(parts.join(", "))
        })
    }
}
