//! A broker that fails at the worst moment, with a clock that does not keep us waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tidings::bus::{
    BusError, Claim, Consumer, Delivery, FailedAttempt, Finish, Finished, Heartbeat, Joining, Left,
    Membership, Reclaimed, StartAt, Suspects, TypeSelection, Worker,
};
use tokio::sync::Semaphore;

use crate::events::{ACME, append_many, open, place, ticket};
use crate::handling::{Log, eventually, name};
use crate::harness::{Handles as _, Harness as _};
use crate::memory::MemoryHarness;

#[tokio::test(start_paused = true)]
async fn stopping_ends_also_when_the_broker_is_gone() {
    let harness = MemoryHarness::start().await;
    let bus = harness.bus();
    let log = Log::default();
    let gate = Arc::new(Semaphore::new(0));
    let gated = log.handler("forsaken", {
        let gate = Arc::clone(&gate);
        move |_, _| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await?.forget();
                Ok(())
            }
        }
    });
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(gated.start(StartAt::Beginning).grace(Duration::from_secs(1)));
    log.until(1).await;
    harness.go_down().await;
    gate.add_permits(1);
    let ended = tokio::time::timeout(Duration::from_mins(1), worker.stop()).await;
    assert_eq!(ended.unwrap().unwrap().done, 1);
}

/// What a broker does wrong.
struct Faults {
    /// It loses its first delivery, and fails the first times when it is asked for what was lost.
    loses: bool,
    /// So many answers to what was done before; others wait.
    answers: Semaphore,
    renewals: AtomicUsize,
    /// It refuses to record anything.
    refuses: bool,
}

struct Lossy {
    inner: Arc<dyn Membership>,
    faults: Arc<Faults>,
    takes: AtomicUsize,
    recoveries: AtomicUsize,
}

fn faults(loses: bool) -> Arc<Faults> {
    Arc::new(Faults { loses, answers: Semaphore::new(0), renewals: AtomicUsize::new(0), refuses: false })
}

fn out_of_reach<T>() -> Result<T, BusError> {
    Err(BusError::Unavailable { what: "out of reach".to_owned() })
}

struct LossyConsumer(Arc<dyn Consumer>, Arc<Faults>);

#[async_trait]
impl Consumer for LossyConsumer {
    async fn join(&self, joining: Joining) -> Result<Arc<dyn Membership>, BusError> {
        let inner = self.0.join(joining).await?;
        let faults = Arc::clone(&self.1);
        Ok(Arc::new(Lossy { inner, faults, takes: AtomicUsize::new(0), recoveries: AtomicUsize::new(0) }))
    }

    async fn forget(
        &self,
        handler: &tidings::event::HandlerName,
        how: tidings::bus::Forgetting,
    ) -> Result<tidings::bus::Forgotten, BusError> {
        self.0.forget(handler, how).await
    }
}

#[async_trait]
impl Membership for Lossy {
    fn consumer(&self) -> &str {
        self.inner.consumer()
    }

    async fn done_already(
        &self,
        events: &[(tidings::event::StreamKey, tidings::event::EventId)],
    ) -> Result<Vec<bool>, BusError> {
        self.faults.answers.acquire().await.unwrap().forget();
        self.inner.done_already(events).await
    }

    async fn take(&self, at_most: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let taken = self.inner.take(at_most, wait).await?;
        let is_lost = self.faults.loses && self.takes.fetch_add(1, Ordering::Relaxed) == 0;
        if is_lost { out_of_reach() } else { Ok(taken) }
    }

    fn wait_no_more(&self) {
        self.inner.wait_no_more();
    }

    async fn finish(&self, finishes: &[Finish]) -> Result<Vec<Finished>, BusError> {
        if self.faults.refuses {
            return Ok(vec![Finished::Refused; finishes.len()]);
        }
        self.inner.finish(finishes).await
    }

    async fn discover(&self) -> Result<(), BusError> {
        self.inner.discover().await
    }

    async fn renew(&self, running: &[Claim]) -> Result<Vec<Claim>, BusError> {
        self.faults.renewals.fetch_add(1, Ordering::Relaxed);
        self.inner.renew(running).await
    }

    async fn recover(&self, known: &[Claim], at_most: usize) -> Result<Vec<Delivery>, BusError> {
        if self.faults.loses && self.recoveries.fetch_add(1, Ordering::Relaxed) < 3 {
            return out_of_reach();
        }
        self.inner.recover(known, at_most).await
    }

    async fn reclaim(&self, at_most: usize, suspects: Suspects) -> Result<Reclaimed, BusError> {
        self.inner.reclaim(at_most, suspects).await
    }

    async fn keep_up(&self) -> Result<u64, BusError> {
        self.inner.keep_up().await
    }

    async fn tell(&self, failures: &[FailedAttempt]) -> Result<(), BusError> {
        self.inner.tell(failures).await
    }

    async fn beat(&self, heartbeat: &Heartbeat) -> Result<(), BusError> {
        self.inner.beat(heartbeat).await
    }

    async fn left(&self) -> Result<Left, BusError> {
        self.inner.left().await
    }

    async fn leave(&self, unstarted: &[Claim]) -> Result<(), BusError> {
        self.inner.leave(unstarted).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_delivery_is_looked_for_until_the_broker_answers() {
    let harness = MemoryHarness::start().await;
    let log = Log::default();
    append_many(&harness, &place("TICKET_CREATED"), 5).await;
    let consumer = Arc::new(LossyConsumer(harness.consumer(), faults(true)));
    // A lease of a day: nobody else would come to help.
    let subscription = log.noting("stubborn").start(StartAt::Beginning).lease(Duration::from_hours(24));
    let worker = Worker::start(consumer, open(), subscription);
    log.until(5).await;
    assert_eq!(worker.stop().await.unwrap().reclaimed, 0);
}

#[tokio::test]
async fn the_lease_is_renewed_however_long_what_was_taken_over_waits_to_be_judged() {
    let harness = MemoryHarness::start().await;
    let log = Log::default();
    append_many(&harness, &place("TICKET_CREATED"), 22).await;
    let lease = Duration::from_millis(300);
    let joining = Joining {
        handler: name("held-up"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease,
        dedup: None,
    };
    let dies = harness.consumer().join(joining).await.unwrap();
    assert_eq!(dies.take(2, Duration::ZERO).await.unwrap().len(), 2);
    let faults = faults(false);
    let consumer = Arc::new(LossyConsumer(harness.consumer(), Arc::clone(&faults)));
    let subscription = log.noting("held-up").lease(lease).dedup(Duration::from_hours(1)).concurrency(1);
    let worker = Worker::start(consumer, open(), subscription);
    // By then all places for batches are taken.
    eventually("it has taken over", || async { (worker.stats().reclaimed == 2).then_some(()) }).await;
    let before = faults.renewals.load(Ordering::Relaxed);
    eventually("it goes on renewing", || async {
        (faults.renewals.load(Ordering::Relaxed) > before + 3).then_some(())
    })
    .await;
    faults.answers.add_permits(1_000);
    log.until(22).await;
    worker.stop().await.unwrap();
    assert!(log.times().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_what_is_refused_no_longer_than_recording_may_take() {
    let harness = MemoryHarness::start().await;
    let log = Log::default();
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    let faults = Arc::new(Faults {
        loses: false,
        answers: Semaphore::new(0),
        renewals: AtomicUsize::new(0),
        refuses: true,
    });
    let consumer = Arc::new(LossyConsumer(harness.consumer(), faults));
    let subscription = log.noting("refused").start(StartAt::Beginning);
    let worker = Worker::start(consumer, open(), subscription.grace(Duration::from_hours(1)));
    eventually("it is done", || async { (worker.stats().done == 1).then_some(()) }).await;
    // The clock does not run but for this: nothing runs that the grace could be for.
    let ended = tokio::time::timeout(Duration::from_mins(1), worker.stop()).await;
    assert_eq!(ended.unwrap().unwrap().done, 1);
}
