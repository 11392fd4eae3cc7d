//! Each kind of failed event of a native bus, as a worker of ours writes it where it can.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tidings::bus::{
    Bus, Counted, FailedAt, FailedSource, HandlerContext, HandlerError, RetryPolicy, StartAt, Subscription,
};
use tidings::event::{EntryId, Event, EventId, EventType, FailedState, NewEvent};

use crate::redis_server::{PrivateRedis, dial};
use crate::sessions::{Admin, intake, native, session, until};
use crate::statistics;
use crate::{ACME, GLOBEX, event, find, letter, locked, stream};

/// A good ticket event.
fn ticket(event_type: &str, tenant: &str) -> NewEvent {
    let payload = format!(
        r#"{{"tenantId":"{tenant}","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}}"#
    );
    let event_type = EventType::new(event_type).unwrap();
    NewEvent::compose(EventId::random(), &event_type, Utc::now(), &payload).unwrap()
}

/// Fails for good for one type, and for now for the other.
async fn fail(event: Arc<Event>, _: HandlerContext) -> Result<(), HandlerError> {
    match event.event_type().as_str() {
        "TICKET_CLOSED" => Err(HandlerError::permanent("the mailbox is gone")),
        _ => Err(HandlerError::retry_after("the server is busy", Duration::from_mins(10))),
    }
}

#[tokio::test]
async fn what_a_worker_leaves_is_found_with_all_that_it_wrote() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let session = session(&settings);
    let bus = Bus::of(&session, intake(&settings)).unwrap();
    let policy = RetryPolicy { attempts: NonZeroU32::new(5).unwrap(), ..RetryPolicy::default() };
    let subscription =
        Subscription::new("mail".parse().unwrap(), ["*"], fail).policy(policy).start(StartAt::Beginning);
    let (dead, waits) = (ticket("TICKET_CLOSED", ACME), ticket("TICKET_CREATED", GLOBEX));
    bus.publish(&dead).await.unwrap();
    bus.publish(&waits).await.unwrap();
    let worker = bus.subscribe(subscription);
    until("both have failed", async || {
        let totals = find(&session, FailedSource::ALL).await.first.totals.unwrap();
        totals[&FailedSource::DeadLetters].number() == 1 && totals[&FailedSource::Waiting].number() == 1
    })
    .await;
    worker.stop().await.unwrap();
    let found = find(&session, FailedSource::ALL).await;
    let [first, second] = &found.events[..] else { panic!("{:?}", found.events) };
    assert_eq!((first.state, first.event), (FailedState::Retrying, Some(waits.id())));
    assert_eq!((first.attempts, first.max_attempts), (Some(1), None));
    assert_eq!(first.error.as_deref(), Some("the server is busy"));
    assert!(first.next_at.unwrap() > Utc::now() && first.last_failed_at.is_some());
    assert_eq!(first.text.as_deref(), Some(waits.text()));
    assert_eq!((second.state, second.event), (FailedState::Dead, Some(dead.id())));
    assert_eq!((second.handler.as_deref(), second.attempts), (Some("mail"), Some(1)));
    assert_eq!(
        (second.error.as_deref(), second.reason.as_deref()),
        (Some("the mailbox is gone"), Some("permanent"))
    );
    assert_eq!(second.tenant.as_ref().unwrap().as_str(), ACME);
    assert_eq!(second.stream.as_str(), "event::TICKET_CLOSED");
    assert!(second.first_failed_at.is_some() && second.last_failed_at.is_some());
    for event in [first, second] {
        let whole = session.failed.whole(&event.at).await.unwrap().unwrap();
        assert_eq!((whole.history.len(), &whole.error[0]), (1, &event.error.as_deref().unwrap().to_owned()));
        let published = whole.lineage.published.unwrap();
        assert_eq!((&published.stream, Some(published.id)), (&event.stream, event.source));
    }
    let locked = locked(&settings, &[ACME]);
    let found = find(&locked, FailedSource::ALL).await;
    assert_eq!((found.events.len(), found.other_tenants), (1, 1));
    assert_eq!(locked.failed.whole(&first.at).await.unwrap(), None, "of another tenant");
}

#[tokio::test]
async fn pending_due_discarded_and_retried_ones_say_what_they_are() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let retry = |n, attempt| {
        format!("event {} attempt {attempt} crashes 0 retryOf {n}-0 plan p", event(n, "A", ACME))
    };
    for words in [
        format!("XADD event::A 1-0 event {}", event(1, "A", ACME)),
        format!("XADD event::A 2-0 event {}", event(2, "A", ACME)),
        "XGROUP CREATE event::A sla 0".to_owned(),
        "XREADGROUP GROUP sla c COUNT 2 STREAMS event::A >".to_owned(),
        "XDEL event::A 2-0".to_owned(),
        "XGROUP CREATE event::A:retry:sla sla 0 MKSTREAM".to_owned(),
        format!("XADD event::A:retry:sla 11-0 {}", retry(3, 2)),
        format!("XADD event::A:retry:sla 12-0 {}", retry(4, 4)),
        "XREADGROUP GROUP sla c COUNT 1 STREAMS event::A:retry:sla >".to_owned(),
        format!("XADD event::A:retry:gone 13-0 {}", retry(5, 2)),
        format!(
            "XADD event::A:discarded 21-0 event {} sourceMessageId 6-0 handler sla attempts 10 reason exhausted \
             discardedBy jo@web-1 discardedAt 2026-11-23T19:42:41Z discardReason old discardedFrom 20-0",
            event(6, "A", ACME)
        ),
        "ZADD event::A:schedule 1795459752545 sla|7-0 1795459752546 Odd|8-0 5 odd".to_owned(),
    ] {
        admin.run(&words).await;
    }
    let session = session(&native(&server.url()));
    let found = find(&session, FailedSource::ALL).await;
    let shown: Vec<_> = found
        .events
        .iter()
        .map(|event| (event.at.to_string(), event.state, event.attempts, event.event.is_some()))
        .collect();
    let row = |at: &str, state, attempts, has_event| (at.to_owned(), state, attempts, has_event);
    assert_eq!(
        shown,
        [
            // One whose entry was trimmed is listed still.
            row("pending:2-0:sla:event::A", FailedState::Running, Some(1), false),
            row("pending:1-0:sla:event::A", FailedState::Running, Some(1), true),
            row("pending:11-0:sla:event::A:retry:sla", FailedState::Retrying, Some(2), true),
            row("waiting:7-0:sla:event::A", FailedState::Retrying, None, false),
            row("due:13-0:event::A:retry:gone", FailedState::Retrying, Some(1), true),
            row("due:12-0:event::A:retry:sla", FailedState::Retrying, Some(3), true),
            row("discarded:21-0:event::A", FailedState::Discarded, Some(10), true),
        ]
    );
    assert_eq!(found.unseen, ["2 members of schedules name no handler and no entry"]);
    let totals = found.first.totals.unwrap();
    let count = |source| totals[&source];
    assert_eq!(count(FailedSource::Pending), Counted::Exactly(3));
    assert_eq!(count(FailedSource::Waiting), Counted::Exactly(5));
    assert_eq!(count(FailedSource::Discarded), Counted::Exactly(1));
    let due = found.events.iter().find(|event| matches!(event.at, FailedAt::Due { .. })).unwrap();
    assert_eq!((due.stream.as_str(), due.source), ("event::A", Some(EntryId::new(5, 0))));
    assert_eq!((due.handler.as_deref(), due.plan.as_deref()), (Some("gone"), Some("p")));
    for event in &found.events {
        let whole = session.failed.whole(&event.at).await.unwrap().unwrap();
        assert_eq!((&whole.event.at, whole.event.state), (&event.at, event.state));
        assert_eq!(whole.event.event, event.event);
    }
    let gone = FailedAt::Pending { stream: stream("event::A"), group: "sla".into(), id: EntryId::new(9, 0) };
    assert_eq!(session.failed.whole(&gone).await.unwrap(), None);
}

#[tokio::test]
async fn the_newest_of_each_stream_come_first_and_only_what_is_asked_for() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let mut ids = Vec::new();
    for n in 1..=30 {
        ids.push(letter(&mut admin, "A", n, "sla", ACME).await.parse::<EntryId>().unwrap());
        letter(&mut admin, "B", n, "sla", ACME).await;
    }
    let session = session(&native(&server.url()));
    let found = find(&session, [FailedSource::DeadLetters]).await;
    assert_eq!(found.events.len(), 60);
    assert_eq!((found.first.lying[&stream("event::A")], found.first.lying.len()), (30, 2));
    for key in ["event::A", "event::B"] {
        let of: Vec<_> = found.events.iter().filter(|event| event.stream.as_str() == key).collect();
        assert!(of.is_sorted_by(|a, b| a.at.id() > b.at.id()), "{key}");
        assert!(found.first.events.iter().any(|event| event.stream.as_str() == key), "{key}");
    }
    let mut query = tidings::bus::FailedQuery::of([FailedSource::DeadLetters]);
    query.after.insert(stream("event::A"), ids[27]);
    query.after.insert(stream("event::B"), EntryId::MAX);
    let late = crate::pages(&session.failed, query).await.unwrap();
    let late: Vec<_> = late.iter().flat_map(|page| &page.events).map(|event| event.at.id()).collect();
    assert_eq!(late, [ids[29], ids[28]], "only those that came after");
    let mut query = tidings::bus::FailedQuery::of(FailedSource::ALL);
    query.at_most = Some(7);
    let some = crate::pages(&session.failed, query).await.unwrap();
    assert_eq!(some.iter().map(|page| page.events.len()).sum::<usize>(), 7);
    assert_eq!(some[0].totals.as_ref().unwrap()[&FailedSource::DeadLetters], Counted::Exactly(60));
}

#[tokio::test]
async fn of_retry_streams_that_are_empty_nothing_but_their_length_is_asked() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    admin.run("XADD event::A 1-0 event x").await;
    for n in 0..20 {
        admin.run(&format!("XGROUP CREATE event::A:retry:h{n} h{n} 0 MKSTREAM")).await;
    }
    admin.run("XADD event::A:retry:h7 5-0 event x").await;
    let session = session(&native(&server.url()));
    let mut raw = dial(&server.url()).await;
    statistics::reset(&mut raw).await;
    let found = find(&session, [FailedSource::Pending, FailedSource::Waiting]).await;
    let sent = statistics::statistics(&mut raw).await;
    let calls = |name: &str| sent.get(name).map_or(0, |(calls, ..)| *calls);
    assert_eq!(found.events.len(), 1, "{:?}", found.events);
    assert_eq!(found.events[0].handler.as_deref(), Some("h7"));
    // The type's own stream has groups, too.
    assert_eq!((calls("xlen"), calls("xinfo|groups")), (20, 2), "{sent:?}");
}
