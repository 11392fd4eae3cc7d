//! What becomes of events that a handler cannot handle.

use std::time::Duration;

use tidings::bus::{FailureKind, HandlerError, Reason, StartAt};

use crate::events::{ACME, event, fields, json, place, ticket};
use crate::handling::{Log, eventually, quick};
use crate::harness::{Dead, Handles};

async fn one_dead_letter(harness: &impl Handles) -> Dead {
    let found =
        eventually("a dead letter", || async { harness.dead_letters().await.into_iter().next() }).await;
    assert_eq!(harness.dead_letters().await.len(), 1);
    found
}

pub(crate) async fn a_failed_event_is_tried_again_by_its_handler_alone(harness: &impl Handles) {
    let bus = harness.bus();
    let (moody, other) = (Log::default(), Log::default());
    let third_time = |context: &tidings::bus::HandlerContext| context.attempt() >= 3;
    let handler = moody.handler("moody", move |_, context| async move {
        if third_time(&context) { Ok(()) } else { Err(HandlerError::retry("not in the mood")) }
    });
    let workers = [
        bus.subscribe(handler.start(StartAt::Beginning)),
        bus.subscribe(other.noting("other").start(StartAt::Beginning)),
    ];
    let events: Vec<_> = (0..20).map(|_| ticket(ACME)).collect();
    bus.publish_all(&events).await;
    moody.until(60).await;
    other.until(20).await;
    let [moody_worker, other_worker] = workers;
    let stats = moody_worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.failed, stats.retried, stats.dead), (20, 40, 40, 0));
    assert_eq!(other_worker.stop().await.unwrap().done, 20);
    for event in &events {
        assert_eq!((moody.attempts_at(event.id()), other.attempts_at(event.id())), (vec![1, 2, 3], vec![1]));
    }
}

pub(crate) async fn what_can_never_succeed_is_a_dead_letter_at_once(harness: &impl Handles) {
    #[derive(Debug, thiserror::Error)]
    #[error("mail was refused")]
    struct Refused(#[source] std::io::Error);
    let bus = harness.bus();
    let log = Log::default();
    let handler = log.handler("strict", |_, _| async {
        Err(HandlerError::permanent(Refused(std::io::Error::other("no such user"))))
    });
    let worker = bus.subscribe(handler.start(StartAt::Beginning));
    let event = ticket(ACME);
    let published = bus.publish(&event).await.unwrap();
    let dead = one_dead_letter(harness).await;
    worker.stop().await.unwrap();
    assert_eq!((dead.handler.as_str(), dead.reason, dead.attempts), ("strict", Reason::Permanent, 1));
    assert_eq!(dead.error, ["mail was refused", "no such user"]);
    assert_eq!((dead.source.stream, dead.source.id), (published.stream, published.entry));
    assert_eq!(dead.fields, json(event.text()), "the untruncated original");
    assert_eq!((dead.history.len(), dead.history[0].kind), (1, FailureKind::Permanent));
    assert_eq!(log.len(), 1);
}

pub(crate) async fn what_fails_too_often_is_a_dead_letter_with_its_history(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let handler = log.handler("hopeless", |_, context| async move {
        Err(HandlerError::retry(format!("failure {}", context.attempt())))
    });
    let worker = bus.subscribe(handler.start(StartAt::Beginning).policy(quick(4)));
    let event = ticket(ACME);
    bus.publish(&event).await.unwrap();
    let dead = one_dead_letter(harness).await;
    worker.stop().await.unwrap();
    assert_eq!((dead.reason, dead.attempts), (Reason::Exhausted, 4));
    let said: Vec<_> = dead.history.iter().map(|failure| failure.error[0].as_str()).collect();
    assert_eq!(said, ["failure 1", "failure 2", "failure 3", "failure 4"]);
    assert!(dead.history.is_sorted_by_key(|failure| failure.at));
    assert_eq!(dead.error, ["failure 4"]);
    let told = eventually("observers are told of all", || async {
        Some(harness.failures().await).filter(|told| told.len() == 4)
    })
    .await;
    for (failed, attempt) in told.into_iter().zip(1..) {
        assert_eq!(
            failed,
            crate::harness::Told {
                handler: "hopeless".to_owned(),
                event: event.id().to_string(),
                event_type: "TICKET_CREATED".to_owned(),
                tenant: ACME.to_owned(),
                attempt,
                error: vec![format!("failure {attempt}")],
                next: if attempt < 4 { "retry" } else { "dead" }.to_owned(),
            }
        );
    }
}

pub(crate) async fn panics_and_overtime_are_failures(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let handler = log.handler("wild", |_, context| async move {
        assert!(context.attempt() != 1, "it broke");
        std::future::pending().await
    });
    let handler = handler.start(StartAt::Beginning).policy(quick(2)).timeout(Duration::from_millis(30));
    let worker = bus.subscribe(handler);
    bus.publish(&ticket(ACME)).await.unwrap();
    let dead = one_dead_letter(harness).await;
    let kinds: Vec<_> = dead.history.iter().map(|failure| failure.kind).collect();
    assert_eq!(kinds, [FailureKind::Panicked, FailureKind::TimedOut]);
    assert_eq!(dead.history[0].error, ["panicked: it broke"]);
    assert_eq!(dead.history[1].error, ["no end within 30ms"]);
    // It goes on after all that.
    bus.publish(&ticket(ACME)).await.unwrap();
    log.until(4).await;
    worker.stop().await.unwrap();
}

pub(crate) async fn what_is_no_event_or_does_not_fit_is_never_handled(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let place = place("TICKET_CREATED");
    let misfit = event("TICKET_CREATED", &format!(r#"{{"tenantId":"{ACME}","ticketId":"TCK-1042"}}"#));
    let entries = [
        json(misfit.text()),
        json("{\"id\":"),
        fields(&[(b"evnt", b"{}"), (b"trace", b"\xff\x00")]),
        fields(&[(b"trace", b"1"), (b"event", b"\xff")]),
        json(ticket(ACME).text()),
    ];
    harness.append(&place, None, entries.to_vec()).await;
    let worker = bus.subscribe(log.noting("careful").start(StartAt::Beginning));
    log.until(1).await;
    let dead = eventually("four dead letters", || async {
        Some(harness.dead_letters().await).filter(|dead| dead.len() == 4)
    })
    .await;
    let stats = worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.dead, stats.failed, log.len()), (1, 4, 0, 1));
    let reasons: Vec<_> = dead.iter().map(|dead| dead.reason).collect();
    assert_eq!(reasons, [Reason::Invalid, Reason::Malformed, Reason::Malformed, Reason::Malformed]);
    for (dead, mut original) in dead.into_iter().zip(entries) {
        let mut kept = dead.fields;
        kept.sort();
        original.sort();
        assert_eq!(kept, original, "to the byte");
        assert!(dead.attempts == 0 && !dead.error.is_empty());
    }
}

pub(crate) async fn a_pause_that_no_calendar_has_does_no_harm(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let handler =
        log.handler("patient", |_, _| async { Err(HandlerError::retry_after("no", Duration::MAX)) });
    let worker = bus.subscribe(handler.start(StartAt::Beginning).timeout(Duration::MAX).lease(Duration::MAX));
    for count in 1..=3 {
        bus.publish(&ticket(ACME)).await.unwrap();
        log.until(count).await;
    }
    eventually("they wait", || async { (worker.stats().retried == 3).then_some(()) }).await;
    bus.publish(&ticket(ACME)).await.unwrap();
    eventually("it goes on", || async { (worker.stats().retried == 4).then_some(()) }).await;
    worker.stop().await.unwrap();
    assert_eq!(log.len(), 4, "nothing is due before its time");
}

pub(crate) async fn a_panic_while_an_attempt_is_dropped_costs_no_lane(harness: &impl Handles) {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("it broke");
        }
    }
    let bus = harness.bus();
    let log = Log::default();
    let handler = log.handler("wild", |_, context| async move {
        if context.attempt() == 1 {
            let _bomb = Bomb;
            std::future::pending::<()>().await;
        }
        Ok(())
    });
    let handler = handler.start(StartAt::Beginning).timeout(Duration::from_millis(30)).concurrency(1);
    let worker = bus.subscribe(handler);
    bus.publish_all(&[ticket(ACME), ticket(ACME)]).await;
    log.until(4).await;
    let stats = worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.failed, stats.running), (2, 2, 0));
}
