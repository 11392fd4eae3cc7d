//! How a worker ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{HandlerError, StartAt, Subscription};
use tidings::handlers::{Target, Trust, Webhook, WebhookSettings};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::events::{ACME, ticket};
use crate::handling::{Log, eventually, name, quick};
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

/// Cuts `subscription` off while it runs, with one attempt to lose.
async fn cut_off_is_no_failure(
    harness: &impl Handles,
    subscription: Subscription,
    runs: impl Future<Output = ()>,
) {
    let (name, event) = (subscription.name().as_str().to_owned(), ticket(ACME));
    let bus = harness.bus();
    bus.publish(&event).await.unwrap();
    let subscription = subscription.start(StartAt::Beginning).policy(quick(1)).lease(LONG).timeout(LONG);
    let worker = bus.subscribe(subscription.grace(LONG));
    runs.await;
    worker.cut_off().cancel();
    let stats = worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.failed, stats.dead, stats.running), (0, 0, 0, 0));
    assert_eq!(harness.dead_letters().await, []);
    let works = Log::default();
    let heir = bus.subscribe(works.noting(&name).lease(LONG));
    works.until(1).await;
    assert_eq!(works.attempts_at(event.id()), [1], "that was no failure of the event");
    heir.stop().await.unwrap();
}

pub(crate) async fn an_attempt_that_heeds_its_cancellation_has_not_failed(harness: &impl Handles) {
    let heeds = Log::default();
    let handler = heeds.handler("heeding", |_, context| async move {
        context.cancelled().cancelled().await;
        Err(HandlerError::permanent("cancelled"))
    });
    cut_off_is_no_failure(harness, handler, heeds.until(1)).await;
}

pub(crate) async fn a_webhook_that_is_cut_off_has_not_failed(harness: &impl Handles) {
    let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", service.local_addr().unwrap());
    let settings = WebhookSettings {
        url: Target::parse(&url).unwrap(),
        secret_env: None,
        headers: BTreeMap::new(),
        allow_private: true,
    };
    let hook = Webhook::new(settings, None, Trust::in_roots(rustls::RootCertStore::empty()).unwrap());
    // It takes the connection, and never says a word.
    let connected = async {
        let connection = service.accept().await.unwrap();
        std::mem::forget(connection);
    };
    cut_off_is_no_failure(harness, Subscription::new(name("hook"), ["*"], hook), connected).await;
}

pub(crate) async fn an_attempt_that_ends_what_it_started_itself_may_fail(harness: &impl Handles) {
    let log = Log::default();
    let handler = log.handler("tidy", |_, context| async move {
        let started = context.cancelled().clone().drop_guard();
        drop(started);
        if context.attempt() == 1 { Err(HandlerError::retry("no")) } else { Ok(()) }
    });
    let bus = harness.bus();
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(handler.start(StartAt::Beginning).lease(LONG));
    log.until(2).await;
    assert_eq!(worker.stop().await.unwrap().failed, 1);
}
