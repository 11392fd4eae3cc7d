//! Forgetting a handler.

use std::time::Duration;

use tidings::bus::{
    BusError, Forgetting, Forgotten, HandlerError, Joining, RetryPolicy, StartAt, TypeSelection,
};

use crate::events::{append_many, place};
use crate::handling::{Log, eventually, name};
use crate::harness::Handles;

async fn names(harness: &impl Handles) -> Vec<String> {
    let handlers = harness.session(crate::events::open()).inspector.handlers().await.unwrap();
    handlers.found.into_iter().map(|handler| handler.name).collect()
}

pub(crate) async fn a_handler_that_nobody_runs_is_removed_with_all_it_has(harness: &impl Handles) {
    let (fails, other) = (Log::default(), Log::default());
    append_many(harness, &place("TICKET_CREATED"), 4).await;
    append_many(harness, &place("TICKET_CLOSED"), 2).await;
    let later =
        RetryPolicy { base: Duration::from_hours(1), cap: Duration::from_hours(1), ..RetryPolicy::default() };
    // Of four one is done, one is dead, and two wait to be tried again; of the others all are done.
    let failing = fails.handler("fails", {
        let tries = std::sync::atomic::AtomicUsize::new(0);
        move |event, _| {
            let closed = event.event_type().as_str() == "TICKET_CLOSED";
            let at = if closed { 0 } else { tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) };
            async move {
                match at {
                    0 => Ok(()),
                    1 => Err(HandlerError::permanent("no")),
                    _ => Err(HandlerError::retry_after("later", Duration::from_hours(1))),
                }
            }
        }
    });
    let failing = failing.policy(later).start(StartAt::Beginning).dedup(Duration::from_hours(1));
    let workers = [
        harness.bus().subscribe(failing),
        harness.bus().subscribe(other.noting("other").start(StartAt::Beginning)),
    ];
    fails.until(6).await;
    other.until(6).await;
    for worker in workers {
        worker.stop().await.unwrap();
    }
    let consumer = harness.consumer();
    let has = consumer.forget(&name("fails"), Forgetting::Count).await.unwrap();
    let expected =
        Forgotten { registered: true, streams: 2, scheduled: 2, remembered: 3, ..Forgotten::default() };
    assert_eq!(has, expected);
    assert_eq!(names(harness).await, ["fails", "other"], "counting removes nothing");
    assert_eq!(consumer.forget(&name("fails"), Forgetting::Unused).await.unwrap(), expected);
    assert_eq!(names(harness).await, ["other"]);
    assert!(consumer.forget(&name("fails"), Forgetting::Count).await.unwrap().is_nothing());
    assert_eq!(harness.dead_letters().await.len(), 1, "dead letters stay");
    // It may come again, and begins anew.
    let again = Log::default();
    let worker = harness.bus().subscribe(again.noting("fails").start(StartAt::Beginning));
    again.until(6).await;
    worker.stop().await.unwrap();
}

pub(crate) async fn a_handler_that_somebody_runs_is_kept_unless_forced(harness: &impl Handles) {
    let (log, consumer) = (Log::default(), harness.consumer());
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let worker = harness.bus().subscribe(log.noting("busy").start(StartAt::Beginning));
    log.until(2).await;
    let busy = name("busy");
    eventually("a sign of life", || async {
        (consumer.forget(&busy, Forgetting::Count).await.unwrap().alive.len() == 1).then_some(())
    })
    .await;
    let refused = consumer.forget(&busy, Forgetting::Unused).await;
    assert!(matches!(refused, Err(BusError::Refused { .. })), "{refused:?}");
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    log.until(3).await;
    assert_eq!(consumer.forget(&busy, Forgetting::Forced).await.unwrap().streams, 1);
    // Its worker takes nothing more, and does not make the group again.
    append_many(harness, &place("TICKET_CREATED"), 5).await;
    append_many(harness, &place("TICKET_CLOSED"), 5).await;
    let other = Log::default();
    let witness = harness.bus().subscribe(other.noting("witness").start(StartAt::Beginning));
    other.until(13).await;
    witness.stop().await.unwrap();
    assert_eq!((worker.stop().await.unwrap().taken, log.len()), (3, 3));
    assert_eq!(names(harness).await, ["witness"]);
}

pub(crate) async fn a_forgotten_handler_gets_no_groups_on_streams_that_come_later(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    let consumer = harness.consumer();
    let joining = Joining {
        handler: name("late"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: Duration::from_secs(30),
        dedup: None,
    };
    let member = consumer.join(joining.clone()).await.unwrap();
    assert_eq!(consumer.forget(&name("late"), Forgetting::Forced).await.unwrap().streams, 1);
    append_many(harness, &place("TICKET_CLOSED"), 1).await;
    member.discover().await.unwrap();
    member.keep_up().await.unwrap();
    member.left().await.unwrap();
    let has = consumer.forget(&name("late"), Forgetting::Count).await.unwrap();
    assert!(has.is_nothing(), "nobody would look after it: {has:?}");
    // Registered anew it has both.
    consumer.join(joining).await.unwrap();
    assert_eq!(consumer.forget(&name("late"), Forgetting::Count).await.unwrap().streams, 2);
}
