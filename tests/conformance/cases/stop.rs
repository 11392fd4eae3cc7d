//! How a worker ends.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::StartAt;
use tokio::sync::Semaphore;

use crate::events::{ACME, ticket};
use crate::handling::{Log, eventually};
use crate::harness::Handles;

const LONG: Duration = Duration::from_hours(1);

pub(crate) async fn a_running_attempt_may_end_and_the_rest_goes_to_others(harness: &impl Handles) {
    let bus = harness.bus();
    let (first, second) = (Log::default(), Log::default());
    let gate = Arc::new(Semaphore::new(0));
    let gated = first.handler("leaving", {
        let gate = Arc::clone(&gate);
        move |_, _| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await?.forget();
                Ok(())
            }
        }
    });
    let events: Vec<_> = (0..40).map(|_| ticket(ACME)).collect();
    bus.publish_all(&events).await;
    let worker = bus.subscribe(gated.start(StartAt::Beginning).concurrency(4).lease(LONG));
    first.until(4).await;
    let stopping = tokio::spawn(worker.stop());
    // A lease of an hour would keep others waiting, were the rest not given back.
    let heir = bus.subscribe(second.noting("leaving").lease(LONG));
    gate.add_permits(1_000);
    let stats = stopping.await.unwrap().unwrap();
    second.until(40 - usize::try_from(stats.done).unwrap()).await;
    assert!(stats.done >= 4, "what ran was done: {stats:?}");
    heir.stop().await.unwrap();
    let both = |id| first.attempts_at(id).len() + second.attempts_at(id).len();
    assert!(events.iter().all(|event| both(event.id()) == 1), "each was handled once");
}

pub(crate) async fn an_attempt_that_does_not_end_is_cut_off_and_given_back(harness: &impl Handles) {
    let bus = harness.bus();
    let (hangs, works) = (Log::default(), Log::default());
    let endless = hangs.handler("hanging", |_, context| async move {
        context.cancelled().cancelled().await;
        std::future::pending().await
    });
    let event = ticket(ACME);
    bus.publish(&event).await.unwrap();
    let endless = endless.start(StartAt::Beginning).grace(Duration::from_millis(20));
    let worker = bus.subscribe(endless.lease(LONG).timeout(LONG));
    hangs.until(1).await;
    let stats = worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.failed, stats.running), (0, 0, 0));
    let heir = bus.subscribe(works.noting("hanging").lease(LONG));
    works.until(1).await;
    assert_eq!(works.attempts_at(event.id()), [1], "that was no failure of the event");
    heir.stop().await.unwrap();
}

pub(crate) async fn a_worker_that_breaks_off_says_so_and_gives_back_what_it_had(harness: &impl Handles) {
    let bus = harness.bus();
    let (breaks, works) = (Log::default(), Log::default());
    bus.publish(&ticket(ACME)).await.unwrap();
    let broken = breaks.noting("brittle").start(StartAt::Beginning).lease(LONG);
    let worker = bus.subscribe(broken.only(|_| panic!("no such tenant")));
    eventually("it has ended", || async { worker.is_over().then_some(()) }).await;
    let error = worker.stop().await.unwrap_err();
    assert_eq!(error.handler, "brittle");
    assert!(error.why.is_fatal() && error.why.what().contains("no such tenant"), "{error}");
    // A lease of an hour would keep others waiting.
    let heir = bus.subscribe(works.noting("brittle").lease(LONG));
    works.until(1).await;
    assert_eq!((heir.stop().await.unwrap().done, breaks.len()), (1, 0));
}
