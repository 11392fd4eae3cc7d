//! Handling events.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings::bus::{Disposition, HandlerError, Left, StartAt};
use tokio::sync::Semaphore;

use crate::events::{ACME, GLOBEX, append_many, event, place, ticket, ticket_of};
use crate::handling::Log;
use crate::harness::Handles;

const TYPES: [&str; 3] = ["TICKET_CREATED", "TICKET_UPDATED", "PROJECT_CREATED"];

pub(crate) async fn every_handler_gets_every_event_once(harness: &impl Handles) {
    let bus = harness.bus();
    let (all, tickets) = (Log::default(), Log::default());
    let workers = [
        bus.subscribe(all.noting("all").start(StartAt::Beginning)),
        bus.subscribe(tickets.noting("tickets").start(StartAt::Beginning)),
    ];
    let events: Vec<_> = (0..300).map(|at| event(TYPES[at % 2], &ticket_of(ACME))).collect();
    for chunk in events.chunks(70) {
        assert!(bus.publish_all(chunk).await.iter().all(Result::is_ok));
    }
    all.until(300).await;
    tickets.until(300).await;
    for worker in workers {
        let stats = worker.stop().await.unwrap();
        assert_eq!((stats.taken, stats.done, stats.failed, stats.fenced), (300, 300, 0, 0));
    }
    for log in [&all, &tickets] {
        assert!(events.iter().all(|event| log.attempts_at(event.id()) == [1]));
    }
    assert_eq!(harness.dead_letters().await, []);
}

pub(crate) async fn a_failing_handler_holds_up_no_other(harness: &impl Handles) {
    let bus = harness.bus();
    let (fails, hangs, works) = (Log::default(), Log::default(), Log::default());
    let failing = fails.handler("fails", |_, _| async { Err(HandlerError::retry("no")) });
    let hanging = hangs.handler("hangs", |_, _| std::future::pending()).grace(std::time::Duration::ZERO);
    let workers = [bus.subscribe(failing), bus.subscribe(hanging), bus.subscribe(works.noting("works"))];
    for worker in &workers {
        worker.ready().await;
    }
    let events: Vec<_> = (0..500).map(|_| ticket(ACME)).collect();
    bus.publish_all(&events).await;
    works.until(500).await;
    crate::handling::eventually("the others are at it", || async {
        (fails.len() > 0 && hangs.len() > 0).then_some(())
    })
    .await;
    assert!(events.iter().all(|event| works.attempts_at(event.id()) == [1]));
    for worker in workers {
        worker.stop().await.unwrap();
    }
}

pub(crate) async fn a_new_handler_is_given_what_comes_once_it_is_ready(harness: &impl Handles) {
    let bus = harness.bus();
    let (log, next) = (Log::default(), ticket(ACME));
    // In the same instant, and as the first of their types.
    let first = event("TICKET_UPDATED", &ticket_of(ACME));
    let worker = bus.subscribe(log.noting("new"));
    worker.ready().await;
    let answers = bus.publish_all(&[next.clone(), first.clone()]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    log.until(2).await;
    assert_eq!(worker.stop().await.unwrap().taken, 2);
    assert_eq!((log.attempts_at(next.id()), log.attempts_at(first.id())), (vec![1], vec![1]));
}

pub(crate) async fn workers_of_one_handler_share_its_events(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let gate = Arc::new(Semaphore::new(0));
    let gated = || {
        let gate = Arc::clone(&gate);
        let handler = log.handler("shared", move |_, _| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await?.forget();
                Ok(())
            }
        });
        handler.start(StartAt::Beginning).concurrency(2)
    };
    let events: Vec<_> = (0..60).map(|_| ticket(ACME)).collect();
    bus.publish_all(&events).await;
    let workers = [bus.subscribe(gated()), bus.subscribe(gated()), bus.subscribe(gated())];
    // Each has as many as it may run, and none has them all.
    log.until(6).await;
    gate.add_permits(1_000);
    log.until(60).await;
    let mut done = 0;
    for worker in workers {
        let stats = worker.stop().await.unwrap();
        assert!(stats.done >= 2, "{stats:?}");
        done += stats.done;
    }
    assert_eq!(done, 60);
    assert!(log.times().values().all(|times| *times == 1));
}

pub(crate) async fn no_more_attempts_run_at_a_time_than_asked_for(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let (running, most) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let handler = log.handler("few", {
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        move |_, _| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        }
    });
    let events: Vec<_> = (0..200).map(|_| ticket(ACME)).collect();
    bus.publish_all(&events).await;
    let worker = bus.subscribe(handler.start(StartAt::Beginning).concurrency(3));
    log.until(200).await;
    worker.stop().await.unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

pub(crate) async fn a_handler_begins_where_it_registered_or_at_the_beginning(harness: &impl Handles) {
    let place = place("TICKET_CREATED");
    // Long ago: a new handler begins with what comes from the moment on in which it registers.
    harness.append(&place, Some(1_600_000_000_000), vec![crate::events::json(ticket(ACME).text())]).await;
    let bus = harness.bus();
    let (new, old) = (Log::default(), Log::default());
    let workers = [
        bus.subscribe(new.noting("new").start(StartAt::New)),
        bus.subscribe(old.noting("old").start(StartAt::Beginning)),
    ];
    old.until(1).await;
    let event = crate::handling::eventually("the new handler is registered", || async {
        let event = ticket(ACME);
        bus.publish(&event).await.unwrap();
        (new.len() > 0).then_some(event)
    })
    .await;
    old.until(new.len() + 1).await;
    for worker in workers {
        worker.stop().await.unwrap();
    }
    assert_eq!(old.attempts_at(event.id()), [1]);
    assert!(old.times().len() > new.times().len());
}

pub(crate) async fn a_handler_goes_on_where_it_stopped(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let mut events = Vec::new();
    for round in 1..=3 {
        let more: Vec<_> = (0..50).map(|_| ticket(ACME)).collect();
        bus.publish_all(&more).await;
        events.extend(more);
        let worker = bus.subscribe(log.noting("steady").start(StartAt::Beginning));
        log.until(50 * round).await;
        worker.stop().await.unwrap();
    }
    assert!(events.iter().all(|event| log.attempts_at(event.id()) == [1]));
}

pub(crate) async fn a_new_stream_is_handled_from_its_first_event(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(log.noting("curious").start(StartAt::Beginning));
    log.until(1).await;
    let ids = append_many(harness, &place("TICKET_CLOSED"), 20).await;
    log.until(21).await;
    worker.stop().await.unwrap();
    assert!(ids.iter().all(|id| log.attempts_at(*id) == [1]));
}

pub(crate) async fn an_outage_loses_and_doubles_nothing(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let place = place("TICKET_CREATED");
    let mut ids = append_many(harness, &place, 100).await;
    let worker = bus.subscribe(log.noting("patient").start(StartAt::Beginning));
    for _ in 0..3 {
        log.until(ids.len() - 50).await;
        harness.go_down().await;
        harness.come_back().await;
        ids.extend(append_many(harness, &place, 100).await);
    }
    log.until(ids.len()).await;
    let stats = worker.stop().await.unwrap();
    assert_eq!(stats.done, ids.len() as u64);
    assert!(ids.iter().all(|id| log.attempts_at(*id) == [1]));
}

pub(crate) async fn what_is_not_its_business_is_acknowledged(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let handler = log.noting("choosy").start(StartAt::Beginning);
    let handler = handler.only(|entry| entry.tenant.as_ref().is_none_or(|tenant| tenant.as_str() == ACME));
    let (ours, others) = (ticket(ACME), ticket(GLOBEX));
    bus.publish_all(&[others.clone(), ours.clone(), others]).await;
    harness.append(&place("TICKET_CREATED"), None, vec![crate::events::json("{")]).await;
    let worker = bus.subscribe(handler);
    crate::handling::eventually("nothing is left", || async {
        worker.left().await.unwrap().filter(Left::is_nothing)
    })
    .await;
    let stats = worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.skipped, stats.dead), (1, 2, 1));
    assert_eq!(log.attempts_at(ours.id()), [1]);
    assert_eq!(harness.dead_letters().await.len(), 1, "what nobody can read may be its business");
}

pub(crate) async fn every_attempt_is_reported(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let reports = Arc::<std::sync::Mutex<Vec<_>>>::default();
    let handler = log.handler("reporting", |_, context| async move {
        if context.attempt() == 1 { Err(HandlerError::retry("not yet")) } else { Ok(()) }
    });
    let noted = Arc::clone(&reports);
    let handler = handler.start(StartAt::Beginning).on_attempt(move |attempt| {
        let what = match attempt.disposition {
            Disposition::Ack => "done",
            Disposition::RetryAfter(_) => "retry",
            Disposition::DeadLetter(_) => "dead",
        };
        let error = attempt.error.first().cloned().unwrap_or_default();
        noted.lock().unwrap().push((attempt.event, attempt.attempt, what, error));
    });
    let event = ticket(ACME);
    bus.publish(&event).await.unwrap();
    harness.append(&place("TICKET_CLOSED"), None, vec![crate::events::json(r#"{"id":7}"#)]).await;
    let worker = bus.subscribe(handler);
    crate::handling::eventually("all is reported", || async {
        (reports.lock().unwrap().len() == 3).then_some(())
    })
    .await;
    worker.stop().await.unwrap();
    let reports = std::mem::take(&mut *reports.lock().unwrap());
    let of_event: Vec<_> = reports.iter().filter(|report| report.0 == Some(event.id())).cloned().collect();
    let id = Some(event.id());
    assert_eq!(of_event, [(id, 1, "retry", "not yet".to_owned()), (id, 2, "done", String::new())]);
    let untried = reports.iter().find(|report| report.0.is_none()).unwrap();
    assert_eq!((untried.1, untried.2), (0, "dead"), "{}", untried.3);
}

pub(crate) async fn a_stream_that_is_gone_holds_up_no_other(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    bus.publish(&ticket(ACME)).await.unwrap();
    bus.publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    let worker = bus.subscribe(log.noting("bereft").start(StartAt::Beginning));
    log.until(2).await;
    harness.lose_data().await;
    // Only one of the two streams comes back.
    let after: Vec<_> = (0..20).map(|_| ticket(ACME)).collect();
    bus.publish_all(&after).await;
    log.until(22).await;
    bus.publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    log.until(23).await;
    worker.stop().await.unwrap();
    assert!(after.iter().all(|event| log.attempts_at(event.id()) == [1]));
}

pub(crate) async fn what_somebody_trimmed_before_it_was_given_is_told(harness: &impl Handles) {
    let place = place("TICKET_CREATED");
    let (log, other) = (Log::default(), Log::default());
    append_many(harness, &place, 2).await;
    let workers = [
        harness.bus().subscribe(log.noting("late").start(StartAt::Beginning)),
        harness.bus().subscribe(other.noting("other").start(StartAt::Beginning)),
    ];
    log.until(2).await;
    other.until(2).await;
    for worker in workers {
        assert_eq!(worker.stop().await.unwrap().lost, 0, "nothing was lost yet");
    }
    append_many(harness, &place, 10).await;
    harness.trim(&place, 3).await;
    let worker = harness.bus().subscribe(log.noting("late"));
    log.until(5).await;
    crate::handling::eventually("it is told", || async { (worker.stats().lost == 7).then_some(()) }).await;
    // Once: nobody after it is told the same.
    worker.stop().await.unwrap();
    let worker = harness.bus().subscribe(log.noting("late"));
    append_many(harness, &place, 1).await;
    log.until(6).await;
    assert_eq!(worker.stop().await.unwrap().lost, 0);
}
