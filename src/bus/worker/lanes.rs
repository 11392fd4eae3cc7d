//! Attempts: so many at a time, the rest waits for its turn.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::Now;
use super::attempt::Attempt;
use super::stats::{Counters, add};
use super::subscription::Subscription;
use super::twins::Twins;
use crate::bus::{
    Cancellation, Claim, Disposition, Failure, FailureKind, Finish, FinishAs, HandlerContext, HandlerError,
    Intake, Next, Outcome, random_unit,
};
use crate::event::{Entry, Event, EventId, EventType, Field, TenantId};
use crate::text::whole_ms;

/// An event that is to be handled.
pub(super) struct Job {
    pub(super) claim: Claim,
    pub(super) hold: Arc<Cancellation>,
    pub(super) source: Claim,
    pub(super) event: Arc<Event>,
    /// The entry's fields beside the event.
    pub(super) beside: Vec<Field>,
    pub(super) attempt: u32,
    pub(super) crashes: u32,
    pub(super) history: Vec<Failure>,
    pub(super) plan: Option<String>,
    pub(super) force: bool,
}

impl Job {
    /// All fields, as they were published.
    fn fields(&self) -> Arc<Vec<Field>> {
        Arc::new(fields(self.event.text(), &self.beside))
    }

    fn finish(self, about: Option<(EventType, TenantId)>, what: FinishAs) -> Finish {
        Finish {
            event: Some(self.event.id()),
            about,
            claim: self.claim,
            source: self.source,
            attempt: self.attempt,
            crashes: self.crashes,
            plan: self.plan,
            force: self.force,
            what,
        }
    }
}

/// The fields of an entry with this event.
pub(super) fn fields(event: &str, beside: &[Field]) -> Vec<Field> {
    let mut fields: Vec<Field> = vec![(Intake::EVENT_FIELD.into(), event.into())];
    fields.extend_from_slice(beside);
    fields
}

/// What runs, and what waits.
#[derive(Default)]
struct Queue {
    ready: VecDeque<Job>,
    running: usize,
    closed: bool,
}

/// The lanes of one handler.
pub(super) struct Lanes {
    subscription: Subscription,
    counters: Arc<Counters>,
    finishes: mpsc::Sender<Finish>,
    now: Now,
    queue: Mutex<Queue>,
    changed: Notify,
    /// With a dedup window: the events that are under way.
    twins: Option<Twins>,
}

impl Lanes {
    pub(super) fn new(
        subscription: Subscription,
        counters: Arc<Counters>,
        finishes: mpsc::Sender<Finish>,
        now: Now,
    ) -> Self {
        let (queue, changed) = (Mutex::default(), Notify::new());
        let twins = subscription.dedup.is_some().then(Twins::default);
        Self { subscription, counters, finishes, now, queue, changed, twins }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `job` when there is a lane for it.
    pub(super) fn submit(self: &Arc<Self>, job: Job) {
        {
            let mut queue = self.queue();
            if queue.closed {
                return;
            }
            if queue.running >= self.subscription.concurrency {
                // What crashed before goes first: as long as it is ours it may crash once more with something else.
                match job.crashes {
                    0 => queue.ready.push_back(job),
                    _ => queue.ready.push_front(job),
                }
                return;
            }
            queue.running += 1;
        }
        // A handler that has nothing to wait for is done at once, here; only others are worth a task of their own.
        let mut lane = Box::pin(Arc::clone(self).drive(job));
        if (&mut lane).now_or_never().is_none() {
            tokio::spawn(lane);
        }
    }

    /// Sends what is finished without an attempt, and tells of it where it is a dead letter.
    pub(super) async fn finish_untried(&self, finish: Finish) {
        if let FinishAs::Dead { reason, error, .. } = &finish.what {
            let (event_type, tenant) = finish.about.as_ref().map(|(a, b)| (a, b)).unzip();
            self.report(&Attempt {
                handler: &self.subscription.name,
                event: finish.event,
                event_type,
                tenant,
                source: &finish.source,
                attempt: finish.attempt,
                took: Duration::ZERO,
                error,
                disposition: Disposition::DeadLetter(*reason),
            });
        }
        self.finish(finish).await;
    }

    /// Tells whoever keeps a log. What panics there costs a line of it, not the lane.
    fn report(&self, attempt: &Attempt<'_>) {
        let Some(report) = &self.subscription.report else { return };
        if catch_unwind(AssertUnwindSafe(|| report(attempt))).is_err() {
            tracing::warn!(handler = %self.subscription.name, "what is told of attempts panicked");
        }
    }

    async fn finish(&self, finish: Finish) {
        // It fails only when the worker has ended, and then the entry is released.
        let _ = self.finishes.send(finish).await;
    }

    /// Whether an entry is any business of this handler's.
    pub(super) fn admits(&self, entry: &Entry) -> bool {
        self.subscription.only.as_ref().is_none_or(|admits| admits(entry))
    }

    /// Acknowledges what is none of its business.
    pub(super) async fn skip(&self, finish: Finish) {
        add(&self.counters.skipped, 1);
        self.finish(finish).await;
    }

    /// Answers `job` when it is the first entry of its event that is ours; another one waits for what becomes of it.
    pub(super) fn enter(&self, job: Job) -> Option<Job> {
        match &self.twins {
            Some(twins) if !job.force => twins.enter(job),
            _ => Some(job),
        }
    }

    /// Acknowledges an entry whose event was done before.
    pub(super) async fn pass_over(&self, job: Job) {
        add(&self.counters.deduplicated, 1);
        self.finish(job.finish(None, FinishAs::Skipped)).await;
    }

    /// Lets go on what waited for entries that are finished now.
    pub(super) fn settle<'a>(self: &Arc<Self>, finished: impl Iterator<Item = &'a Finish>) {
        let settled = |finish: &Finish| {
            let done = matches!(finish.what, FinishAs::Done | FinishAs::Skipped);
            Some((finish.event?, finish.claim.clone(), done))
        };
        self.go_on(finished.filter_map(settled));
    }

    /// Lets go on what waited for these entries, which are done, or are not.
    fn go_on(self: &Arc<Self>, ended: impl Iterator<Item = (EventId, Claim, bool)>) {
        let Some(twins) = &self.twins else { return };
        let waited: Vec<_> = ended
            .flat_map(|(event, claim, done)| {
                twins.leave(event, &claim).into_iter().map(move |job| (job, done))
            })
            .collect();
        if waited.is_empty() {
            return;
        }
        let lanes = Arc::clone(self);
        // Whoever records may not wait for room to record more.
        tokio::spawn(async move {
            for (job, done) in waited {
                if done {
                    lanes.pass_over(job).await;
                } else if let Some(job) = lanes.enter(job) {
                    lanes.submit(job);
                }
            }
        });
    }

    /// How many wait for a lane.
    pub(super) fn waiting(&self) -> usize {
        self.queue().ready.len()
    }

    /// Starts nothing any more. What waited stays in the table.
    pub(super) fn close(&self) {
        let mut queue = self.queue();
        queue.closed = true;
        queue.ready.clear();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.queue().closed
    }

    /// Waits until nothing runs.
    pub(super) async fn idle(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.queue().running == 0 {
                return;
            }
            changed.await;
        }
    }

    /// One lane: attempts, one after the other, as long as some wait.
    async fn drive(self: Arc<Self>, mut job: Job) {
        loop {
            self.counters.running.fetch_add(1, Ordering::Relaxed);
            // Also layers around the one that catches panics may panic, and what is dropped when an attempt is cut off:
            // a lane that ended so would be missed for ever.
            let done = AssertUnwindSafe(self.attempt(&job)).catch_unwind().await;
            self.counters.running.fetch_sub(1, Ordering::Relaxed);
            let ended = done.unwrap_or_else(|_| Some(self.broken_off()));
            match ended {
                Some((outcome, took)) => self.finish(self.decide(job, outcome, took)).await,
                None => self.go_on(std::iter::once((job.event.id(), job.claim, false))),
            }
            match self.next() {
                Some(next) => job = next,
                None => return,
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        if let Some(job) = queue.ready.pop_front() {
            return Some(job);
        }
        queue.running -= 1;
        drop(queue);
        self.changed.notify_waiters();
        None
    }

    /// A panic that no layer caught.
    fn broken_off(&self) -> (Outcome, Duration) {
        let took = Duration::ZERO;
        (self.outcome(Err(HandlerError::panicked("outside of the handler")), took), took)
    }

    /// How one attempt ended, and how long it took; nothing when its event is not ours any more, or the worker ends.
    async fn attempt(&self, job: &Job) -> Option<(Outcome, Duration)> {
        let Subscription { name, handler, layers, timeout, .. } = &self.subscription;
        if job.hold.is_cancelled() {
            return None;
        }
        let began = Instant::now();
        let context =
            HandlerContext::new(name.clone(), &job.event, job.attempt, *timeout, Arc::clone(&job.hold));
        let work = Next::new(layers, &**handler).run(Arc::clone(&job.event), context);
        let done = tokio::select! {
            biased;
            done = work => done,
            () = until_cancelled(&job.hold) => return None,
        };
        // Whatever a handler says that heeds being cut off: the event has not failed. It is given back, or another's.
        let gives_up = |error: &HandlerError| error.kind() != FailureKind::TimedOut && job.hold.is_cut_off();
        if done.as_ref().is_err_and(gives_up) {
            return None;
        }
        let took = began.elapsed();
        Some((self.outcome(done, took), took))
    }

    fn outcome(&self, done: Result<(), HandlerError>, took: Duration) -> Outcome {
        self.counters.took(whole_ms(took));
        match done {
            Ok(()) => Outcome::Done,
            Err(error) => {
                let failure = error.failure((self.now)(), took);
                Outcome::Failed { failure, remedy: error.remedy() }
            }
        }
    }

    fn decide(&self, mut job: Job, outcome: Outcome, took: Duration) -> Finish {
        let disposition = Disposition::decide(&outcome, job.attempt, &self.subscription.policy, random_unit);
        self.report(&Attempt {
            handler: &self.subscription.name,
            event: Some(job.event.id()),
            event_type: Some(job.event.event_type()),
            tenant: Some(job.event.tenant()),
            source: &job.source,
            attempt: job.attempt,
            took,
            error: match &outcome {
                Outcome::Done => &[],
                Outcome::Failed { failure, .. } => &failure.error,
            },
            disposition,
        });
        let counter = match outcome {
            Outcome::Done => &self.counters.done,
            Outcome::Failed { failure, .. } => {
                job.history.push(failure);
                &self.counters.failed
            }
        };
        add(counter, 1);
        let what = match disposition {
            Disposition::Ack => FinishAs::Done,
            Disposition::RetryAfter(after) => {
                FinishAs::Retry { fields: job.fields(), after, history: std::mem::take(&mut job.history) }
            }
            Disposition::DeadLetter(reason) => {
                let error = job.history.last().map(|failure| failure.error.clone()).unwrap_or_default();
                let history = std::mem::take(&mut job.history);
                FinishAs::Dead { fields: job.fields(), reason, error, history }
            }
        };
        let about =
            (what != FinishAs::Done).then(|| (job.event.event_type().clone(), job.event.tenant().clone()));
        job.finish(about, what)
    }
}

/// Makes the token only when the attempt has to wait for something.
async fn until_cancelled(hold: &Cancellation) {
    hold.token().cancelled().await;
}
