//! Runs a handler: takes what its group is given, keeps attempts going, records what became of each event, and leaves
//! nothing behind when it ends.
//!
//! Four tasks share one table of what is ours. One takes deliveries, as many as there is room for; one judges them and
//! starts attempts; one finishes events in batches; one keeps the lease, and takes over what others left.

mod attempt;
mod dispatch;
mod fetch;
mod finish;
mod keep;
mod lanes;
mod parts;
mod stats;
mod subscription;
mod table;
mod trouble;
mod twins;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{SetOnce, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{BackOff, BusError, Consumer, Intake, Left, Membership};
use crate::event::HandlerName;
use dispatch::Dispatcher;
use fetch::Fetcher;
use finish::Finisher;
use keep::Keeper;
use lanes::Lanes;
use parts::Parts;
use stats::Counters;
use table::Table;
use trouble::Part;

pub use attempt::Attempt;
pub use stats::{Gauge, HandlerStats};
pub use subscription::Subscription;

/// Tells the time, for the record of failures.
pub(super) type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The most entries that are taken at a time.
const BATCH: usize = 1_000;
/// The most entries that are ours at a time, running and waiting for a lane, however quick the handler is.
const MOST: usize = 3_000;
/// How long one take waits for something to come; where nothing came for a while, so that many idle handlers cost little.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// So many takes in a row without anything are a while.
const A_WHILE: u32 = 10;
/// Finishes that may wait to be recorded.
const WAITING_FINISHES: usize = 2 * MOST;
/// The first pause after a failure of the broker.
const PAUSE: Duration = Duration::from_millis(100);
/// All of them.
const PAUSES: BackOff = BackOff::new(PAUSE, Duration::from_secs(5));
/// How long recording what ended may take when the worker is stopped, beside the grace.
const RECORDING: Duration = Duration::from_secs(10);
/// How long leaving may take.
const LEAVING: Duration = Duration::from_secs(5);

/// Why a worker ended by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the handler '{handler}' cannot run: {why}")]
pub struct WorkerError {
    /// The handler's name.
    pub handler: String,
    /// What happened.
    pub why: BusError,
}

/// How a worker is told to end.
#[derive(Clone, Default)]
struct Ends {
    /// Nothing more is taken.
    stop: CancellationToken,
    /// What runs may not go on.
    hurry: CancellationToken,
}

/// A handler that runs.
pub struct Worker {
    handler: HandlerName,
    ends: Ends,
    counters: Arc<Counters>,
    joined: Arc<SetOnce<Arc<dyn Membership>>>,
    /// Cancelled when its task is over.
    over: CancellationToken,
    task: JoinHandle<Result<(), WorkerError>>,
}

impl Worker {
    /// Runs `subscription` on the bus behind `consumer`, judging events by `intake`. Needs a tokio runtime.
    pub fn start(consumer: Arc<dyn Consumer>, intake: Intake, subscription: Subscription) -> Self {
        let (ends, counters, joined) =
            (Ends::default(), Arc::<Counters>::default(), Arc::new(SetOnce::new()));
        let over = CancellationToken::new();
        let handler = subscription.name.clone();
        let seat = Seat {
            subscription,
            counters: Arc::clone(&counters),
            joined: Arc::clone(&joined),
            ends: ends.clone(),
        };
        let end = over.clone().drop_guard();
        let task = tokio::spawn(async move {
            let _end = end;
            run(consumer, intake, seat).await
        });
        Self { handler, ends, counters, joined, over, task }
    }

    /// Waits until its handler is registered: whatever is published from then on reaches it, also where it never was
    /// before. As long as the broker cannot be reached this waits for it. Ends, too, when the worker does.
    pub async fn ready(&self) {
        tokio::select! {
            _ = self.joined.wait() => {}
            () = self.over.cancelled() => {}
        }
    }

    /// What it has done so far.
    pub fn stats(&self) -> HandlerStats {
        self.counters.stats()
    }

    /// What it has done so far, for whoever looks at it beside its owner.
    pub fn gauge(&self) -> Gauge {
        Gauge(Arc::clone(&self.counters))
    }

    /// What is left for its handler to do, by this worker and all others; `None` as long as it has not joined them.
    pub async fn left(&self) -> Result<Option<Left>, BusError> {
        match self.joined.get() {
            Some(membership) => membership.left().await.map(Some),
            None => Ok(None),
        }
    }

    /// Looks at once for streams that came since, for all workers that run on the same consumer.
    pub async fn discover(&self) -> Result<(), BusError> {
        match self.joined.get() {
            Some(membership) => membership.discover().await,
            None => Ok(()),
        }
    }

    /// What keeps it from its work for now, and is tried again: where and why.
    pub fn trouble(&self) -> Option<String> {
        self.counters.trouble.now()
    }

    /// Whether it has ended by itself, because it cannot run: [`Worker::stop`] says why.
    pub fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    /// Cancelling this ends running attempts once the worker was told to stop: without the grace, and without counting
    /// it as their failure.
    pub fn cut_off(&self) -> CancellationToken {
        self.ends.hurry.clone()
    }

    /// Stops taking events, lets running attempts end within the grace of its subscription, and gives the rest to
    /// others at once. Answers what it has done, or why it could not run, or broke off.
    pub async fn stop(self) -> Result<HandlerStats, WorkerError> {
        self.ends.stop.cancel();
        self.ended().await
    }

    /// Waits until it ends: because it cannot run, or because [`Worker::stop`] was called on it elsewhere.
    async fn ended(self) -> Result<HandlerStats, WorkerError> {
        match self.task.await {
            Ok(ended) => ended.map(|()| self.counters.stats()),
            Err(broken) if broken.is_panic() => {
                Err(parts::panicked(self.handler.as_str(), &*broken.into_panic()))
            }
            // It was cut off with its runtime.
            Err(_) => Ok(self.counters.stats()),
        }
    }
}

/// What a worker's task shares with its handle.
struct Seat {
    subscription: Subscription,
    counters: Arc<Counters>,
    joined: Arc<SetOnce<Arc<dyn Membership>>>,
    ends: Ends,
}

async fn run(consumer: Arc<dyn Consumer>, intake: Intake, seat: Seat) -> Result<(), WorkerError> {
    let Seat { subscription, counters, joined, ends: Ends { stop, hurry } } = seat;
    let handler = subscription.name.as_str().to_owned();
    let membership = match join(&*consumer, &subscription, &counters, &stop).await {
        Some(Ok(membership)) => membership,
        Some(Err(why)) => return Err(WorkerError { handler, why }),
        None => return Ok(()),
    };
    let _ = joined.set(Arc::clone(&membership));
    let table = Arc::new(Table::new());
    let (finishes, to_finish) = mpsc::channel(WAITING_FINISHES);
    let (deliveries, mut delivered) = mpsc::channel(2);
    let lanes =
        Arc::new(Lanes::new(subscription.clone(), Arc::clone(&counters), finishes, Arc::new(Utc::now)));
    let mut dispatcher = Dispatcher {
        intake,
        policy: subscription.policy,
        lanes: Arc::clone(&lanes),
        memory: subscription.dedup.is_some().then(|| Arc::clone(&membership)),
    };
    let mut parts = Parts::new(stop.clone());
    let dispatching = parts.run(async move {
        while let Some(batch) = delivered.recv().await {
            dispatcher.take(batch).await;
        }
    });
    let finishing = parts.run(
        Finisher {
            handler: subscription.name.clone(),
            membership: Arc::clone(&membership),
            table: Arc::clone(&table),
            counters: Arc::clone(&counters),
            // Its end comes when nobody has anything to finish any more: it must not keep the lanes itself.
            lanes: Arc::downgrade(&lanes),
        }
        .run(to_finish),
    );
    let keeper = Keeper {
        membership: Arc::clone(&membership),
        table: Arc::clone(&table),
        counters: Arc::clone(&counters),
        deliveries: deliveries.clone(),
        lease: subscription.lease,
        concurrency: subscription.concurrency,
        crashes: subscription.policy.crashes.get(),
        types: subscription.types.texts().to_vec(),
        handler: subscription.name.as_str().to_owned(),
        started: Utc::now(),
    };
    parts.run(keeper.run(stop.clone()));
    let fetcher = Fetcher { membership: &*membership, table: &table, lanes: &lanes, counters: &counters };
    // A take goes on for a while after the stop, and must not be dropped; nothing may begin meanwhile.
    let closing = async {
        stop.cancelled().await;
        membership.wait_no_more();
        lanes.close();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = fetcher.run(subscription.concurrency, deliveries, &stop) => {}
        () = closing => {}
    }
    lanes.close();

    // It ends when the keeper, which goes on renewing, has let go of its end of the deliveries as well.
    let grace = subscription.grace;
    let ending = async {
        let _ = dispatching.await;
        tokio::select! {
            biased;
            () = lanes.idle() => {}
            () = sleep(grace) => table.cancel_all(),
            () = hurry.cancelled() => table.cancel_all(),
        }
        lanes.idle().await;
        drop(lanes);
        // What the broker refuses to write is kept, and tried again for ever: the grace is not for that.
        timeout(RECORDING, finishing).await.is_ok()
    };
    let hurried = async {
        hurry.cancelled().await;
        sleep(RECORDING).await;
    };
    // A broker that is gone, or a handler that never lets go of its thread, must not keep the process from ending.
    let in_time = tokio::select! {
        biased;
        in_time = ending => in_time,
        () = sleep(grace.saturating_add(RECORDING)) => false,
        () = hurried => false,
    };
    if !in_time {
        tracing::warn!(handler = %subscription.name, "stopped without recording all that ended; it runs again");
        table.cancel_all();
    }
    let ended = parts.end(&handler);
    leave(&*membership, &table).await;
    ended
}

/// Joins, as soon as the broker can be reached. `None` when it was stopped before.
async fn join(
    consumer: &dyn Consumer,
    subscription: &Subscription,
    counters: &Counters,
    stop: &CancellationToken,
) -> Option<Result<Arc<dyn Membership>, BusError>> {
    let mut pauses = PAUSES;
    loop {
        match consumer.join(subscription.joining()).await {
            Err(why) if !why.is_fatal() => {
                tracing::warn!(handler = %subscription.name, "cannot join yet: {}", why.what());
                counters.trouble.note(Part::Taking, &why);
                tokio::select! {
                    () = stop.cancelled() => return None,
                    () = sleep(pauses.pause()) => {}
                }
            }
            joined => {
                counters.trouble.is_over(Part::Taking);
                return Some(joined);
            }
        }
    }
}

async fn leave(membership: &dyn Membership, table: &Table) {
    let unfinished = table.claims();
    let leaving = async {
        while let Err(why) = membership.leave(&unfinished).await {
            tracing::warn!("cannot leave yet: {}", why.what());
            sleep(PAUSE).await;
        }
    };
    if timeout(LEAVING, leaving).await.is_err() {
        // Others take it over when the lease is over.
        tracing::warn!(entries = unfinished.len(), "left without giving back what was not finished");
    }
}
