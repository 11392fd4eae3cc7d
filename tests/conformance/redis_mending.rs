//! Streams, groups and registrations that somebody else removes, forbids or fills up on a Redis.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{BusError, FinishAs, HandlerError, Joining, Membership, StartAt, TypeSelection};
use tokio::sync::Semaphore;

use crate::cases::claim::{finish, take};
use crate::events::{ACME, append_many, event, place, ticket, ticket_of};
use crate::handling::{Log, eventually, name};
use crate::harness::{Handles as _, Harness as _};
use crate::redis::NativeRedis;

async fn join(harness: &NativeRedis, handler: &str) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name(handler),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: Duration::from_secs(30),
        dedup: None,
    };
    harness.consumer().join(joining).await.unwrap()
}

/// How often the server ran this command.
async fn calls(harness: &NativeRedis, command: &str) -> u64 {
    let stats: String = redis::from_redis_value(harness.command(&["INFO", "commandstats"]).await).unwrap();
    let stats = stats.split(&format!("cmdstat_{command}:calls=")).nth(1).unwrap_or("0,");
    stats.split(',').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_stream_that_cannot_be_joined_holds_up_no_retry_and_is_told() {
    let harness = NativeRedis::start().await;
    let (bus, log) = (harness.bus(), Log::default());
    let failing = log.handler("robust", |_, context| async move {
        if context.attempt() == 1 { Err(HandlerError::retry("no")) } else { Ok(()) }
    });
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(failing.start(StartAt::Beginning));
    log.until(2).await;
    bus.publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    let only = ["resetkeys", "~event::TICKET_CREATED*", "~event::$*"];
    harness.command(&[&["ACL", "SETUSER", "default"], &only[..]].concat()).await;
    worker.discover().await.unwrap();
    bus.publish(&ticket(ACME)).await.unwrap();
    log.until(4).await;
    let trouble = eventually("it is told", || async { worker.trouble() }).await;
    assert!(trouble.contains("event::TICKET_CLOSED") && trouble.contains("NOPERM"), "{trouble}");
    harness.command(&["ACL", "SETUSER", "default", "~*"]).await;
    log.until(6).await;
    eventually("so is its end", || async { worker.trouble().is_none().then_some(()) }).await;
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn a_handler_is_registered_again_after_a_loss_of_data() {
    let harness = NativeRedis::start().await;
    let (bus, log) = (harness.bus(), Log::default());
    let registered = || async {
        let ms = harness.command(&["HGET", "event::$handlers", "robust"]).await;
        redis::from_redis_value::<Option<u64>>(ms).unwrap()
    };
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(log.noting("robust").start(StartAt::Beginning));
    log.until(1).await;
    let before = registered().await;
    harness.lose_data().await;
    bus.publish(&ticket(ACME)).await.unwrap();
    log.until(2).await;
    // Else it would begin with what comes after its next start, in streams that come meanwhile.
    let after = eventually("it is registered", registered).await;
    assert_eq!(Some(after), before);
    worker.stop().await.unwrap();
}

const KEY: &str = "event::TICKET_CREATED";

/// A handler that has handled three events, of which its next worker was given none, and then loses its group.
async fn without_its_group(harness: &NativeRedis) -> Arc<dyn Membership> {
    append_many(harness, &place("TICKET_CREATED"), 3).await;
    let first = join(harness, "robust").await;
    for delivery in take(&first, 3).await {
        first.finish(&[finish(&delivery, FinishAs::Done)]).await.unwrap();
    }
    first.leave(&[]).await.unwrap();
    let second = join(harness, "robust").await;
    harness.command(&["XGROUP", "DESTROY", KEY, "robust"]).await;
    second
}

async fn is_refused(member: &Arc<dyn Membership>) {
    let refused = eventually("it is refused", || async {
        match member.take(10, Duration::from_millis(10)).await {
            Ok(taken) => {
                assert_eq!(taken.len(), 0, "that was handled");
                None
            }
            Err(why) => Some(why),
        }
    })
    .await;
    let BusError::Refused { what, next } = refused else { panic!("{refused:?}") };
    assert!(what.contains(KEY) && next.contains("--start"), "{what} {next}");
}

#[tokio::test]
async fn a_group_that_somebody_removed_is_not_made_again_where_all_would_be_handled_again() {
    let harness = NativeRedis::start().await;
    let member = without_its_group(&harness).await;
    is_refused(&member).await;
    assert!(member.keep_up().await.unwrap_err().next().is_some_and(|next| next.contains("--start")));
    // Also when a worker starts, and without a harm for other streams.
    append_many(&harness, &place("TICKET_CLOSED"), 2).await;
    let late = join(&harness, "robust").await;
    assert_eq!(take(&late, 2).await.len(), 2);
    assert!(late.left().await.unwrap_err().what().contains(KEY));
    let types = TypeSelection::new(["*"]);
    let made = harness.consumer().restart(&name("robust"), &types, StartAt::New).await.unwrap();
    assert_eq!(made.iter().map(AsRef::<str>::as_ref).collect::<Vec<_>>(), [KEY]);
    let next = append_many(&harness, &place("TICKET_CREATED"), 1).await;
    late.discover().await.unwrap();
    let taken = take(&late, 1).await;
    assert!(String::from_utf8_lossy(&taken[0].raw.fields[0].1).contains(&next[0].to_string()));
    assert_eq!(harness.consumer().restart(&name("robust"), &types, StartAt::Beginning).await, Ok(vec![]));
}

#[tokio::test]
async fn a_group_that_somebody_removed_begins_again_where_a_person_says_so() {
    let harness = NativeRedis::start().await;
    let member = without_its_group(&harness).await;
    is_refused(&member).await;
    let types = TypeSelection::new(["TICKET_*"]);
    harness.consumer().restart(&name("robust"), &types, StartAt::Beginning).await.unwrap();
    member.discover().await.unwrap();
    assert_eq!(take(&member, 3).await.len(), 3);
}

#[tokio::test]
async fn what_a_fenced_attempt_came_to_is_told_to_nobody() {
    let harness = NativeRedis::start().await;
    let (bus, log, gate) = (harness.bus(), Log::default(), Arc::new(Semaphore::new(0)));
    let held = Arc::clone(&gate);
    let failing = log.handler("robust", move |event, _| {
        let gate = Arc::clone(&held);
        async move {
            if event.event_type().as_str() == "TICKET_CREATED" {
                gate.acquire().await?.forget();
            }
            Err(HandlerError::permanent(event.event_type().as_str()))
        }
    });
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(failing.start(StartAt::Beginning).lease(Duration::from_hours(1)));
    log.until(1).await;
    let pending = harness.command(&["XPENDING", "event::TICKET_CREATED", "robust", "-", "+", "1"]).await;
    let pending: Vec<(String, String, u64, u64)> = redis::from_redis_value(pending).unwrap();
    harness.command(&["XCLAIM", "event::TICKET_CREATED", "robust", "other", "0", &pending[0].0]).await;
    gate.add_permits(1);
    eventually("it is fenced", || async { (worker.stats().fenced == 1).then_some(()) }).await;
    bus.publish(&event("TICKET_CLOSED", &ticket_of(ACME))).await.unwrap();
    let told = eventually("the next failure is told", || async {
        Some(harness.failures().await).filter(|told| !told.is_empty())
    })
    .await;
    let errors: Vec<_> = told.into_iter().flat_map(|told| told.error).collect();
    assert_eq!(errors, ["TICKET_CLOSED"], "whoever has the other one will tell of it");
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn retries_that_a_server_without_memory_refuses_are_looked_at_once_a_turn() {
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    let member = join(&harness, "robust").await;
    let put = "for n = 1, 350 do local member = 'robust|1-' .. n \
               redis.call('HSET', KEYS[1], member, cmsgpack.pack({'event', '{}'})) \
               redis.call('ZADD', KEYS[2], n, member) end";
    let (bodies, schedule) = ("event::TICKET_CREATED:scheduled", "event::TICKET_CREATED:schedule");
    harness.command(&["EVAL", put, "2", bodies, schedule]).await;
    harness.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let before = calls(&harness, "zrangebyscore").await;
    member.keep_up().await.unwrap();
    assert_eq!(calls(&harness, "zrangebyscore").await - before, 1);
    // With memory, whole pages are followed by the next at once.
    harness.command(&["CONFIG", "SET", "maxmemory", "0"]).await;
    eventually("all of them are moved", || async {
        let before = calls(&harness, "zrangebyscore").await;
        member.keep_up().await.unwrap();
        let pages = calls(&harness, "zrangebyscore").await - before;
        assert!(pages == 0 || pages == 4, "{pages}");
        (pages > 0).then_some(())
    })
    .await;
    assert_eq!(member.left().await.unwrap().unread, 350 + 1);
}

#[tokio::test]
async fn a_retry_that_does_not_fit_any_more_keeps_the_count_of_its_attempts() {
    let harness = NativeRedis::start().await;
    let (bus, log) = (harness.bus(), Log::default());
    bus.publish(&ticket(ACME)).await.unwrap();
    let worker = bus.subscribe(log.noting("robust").start(StartAt::Beginning));
    log.until(1).await;
    let retries = "event::TICKET_CREATED:retry:robust";
    harness.command(&["XADD", retries, "*", "event", "{}", "attempt", "4"]).await;
    let letters = eventually("a dead letter", || async {
        Some(harness.dead_letters().await).filter(|letters| !letters.is_empty())
    })
    .await;
    assert_eq!((letters[0].attempts, log.len()), (3, 1));
    worker.stop().await.unwrap();
}

#[tokio::test]
async fn handlers_that_join_at_one_time_share_what_one_look_finds() {
    let harness = NativeRedis::start().await;
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    let consumer = harness.consumer();
    let before = calls(&harness, "scan").await;
    let joining = (0..30).map(|number| {
        consumer.join(Joining {
            handler: name(&format!("robust-{number}")),
            types: TypeSelection::new(["*"]),
            start: StartAt::Beginning,
            lease: Duration::from_secs(30),
            dedup: None,
        })
    });
    for joined in futures_util::future::join_all(joining).await {
        assert_eq!(joined.unwrap().left().await.unwrap().unread, 1);
    }
    // One look may have begun before the others asked; the second serves all of them.
    let scans = calls(&harness, "scan").await - before;
    assert!(scans <= 2, "{scans}");
}
