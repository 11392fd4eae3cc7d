//! Failed attempts, as observers see them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tidings::bus::{
    BusSignal, Claim, FailedAttempt, Failure, FailureFeed, FailureKind, HandlerError, Joining, Link,
    Membership, NextStep, Origin, Reason, RecordedFailure, StartAt, TypeSelection, Watch,
};
use tidings::event::{EntryId, EventId, EventType, StreamKey, TenantId};

use crate::events::{ACME, GLOBEX, append, locked_to, open, place, ticket};
use crate::handling::{Log, name};
use crate::harness::Handles;
use crate::watching::{Watching, everything, history, run};

/// A watch that wants the newest failed attempts, too.
fn with_failures(newest: usize) -> Watch {
    Watch { failures: Some(newest), ..everything() }
}

async fn member(harness: &impl Handles) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name("by-hand"),
        types: TypeSelection::new(["*"]),
        start: StartAt::New,
        lease: Duration::from_secs(30),
        dedup: None,
    };
    harness.consumer().join(joining).await.unwrap()
}

/// A failed attempt, told apart by its number.
fn attempt(number: u32, tenant: Option<&str>) -> FailedAttempt {
    let at = DateTime::from_timestamp_millis(1_795_462_958_000 + i64::from(number)).unwrap();
    let error = vec![format!("failure {number}"), "no route to host".to_owned()];
    let failure = Failure { at, ms: 12, kind: FailureKind::Error, error: error.clone() };
    let event_type = EventType::new("TICKET_CREATED").unwrap();
    FailedAttempt {
        handler: name("by-hand"),
        event: Some(EventId::random()),
        event_type: Some(event_type),
        tenant: tenant.map(|tenant| TenantId::new(tenant).unwrap()),
        source: Claim {
            stream: StreamKey::new("event::TICKET_CREATED").unwrap(),
            id: EntryId::new(7, u64::from(number)),
        },
        attempt: number,
        failure: Some(failure),
        error,
        next: if number.is_multiple_of(2) {
            NextStep::Retry(at + TimeDelta::seconds(3))
        } else {
            NextStep::Dead(Reason::Permanent)
        },
        consumer: "web-1-2".to_owned(),
    }
}

fn attempts(numbers: std::ops::Range<u32>) -> Vec<FailedAttempt> {
    numbers.map(|number| attempt(number, Some(ACME))).collect()
}

fn told(watching: &Watching, origin: Option<Origin>) -> Vec<RecordedFailure> {
    let batches = watching.seen.iter().filter_map(|signal| match signal {
        BusSignal::Failures(batch) if origin.is_none_or(|origin| batch.origin == origin) => {
            Some(batch.failures.clone())
        }
        _ => None,
    });
    batches.flatten().collect()
}

fn numbers(failures: &[RecordedFailure]) -> Vec<u32> {
    failures.iter().map(|failure| failure.attempt.attempt).collect()
}

async fn until_told(watching: &mut Watching, count: usize) {
    while told(watching, None).len() < count {
        watching.until(|signal| matches!(signal, BusSignal::Failures(_))).await;
    }
}

pub(crate) async fn come_as_they_were_told_first_the_newest_then_live(harness: &impl Handles) {
    let member = member(harness).await;
    let mut all = attempts(0..700);
    all[699] = FailedAttempt {
        event: None,
        event_type: None,
        tenant: None,
        failure: None,
        attempt: 0,
        next: NextStep::Dead(Reason::Malformed),
        ..attempt(0, None)
    };
    member.tell(&all).await.unwrap();
    append(harness, &place("TICKET_CREATED"), None, ACME).await;
    let before = Utc::now() - TimeDelta::minutes(1);
    let mut watching = Watching::start(&harness.session(open()), with_failures(600));
    watching.until_caught_up().await;
    let history = told(&watching, Some(Origin::History));
    let sent: Vec<_> = history.iter().map(|failure| failure.attempt.clone()).collect();
    assert_eq!(sent, all[100..], "the newest, in order and whole");
    assert!(history.is_sorted_by_key(|failure| failure.id));
    let (tried, never_tried) = (&history[0], history.last().unwrap());
    assert_eq!(Some(tried.at), tried.attempt.failure.as_ref().map(|failure| failure.at));
    assert!(never_tried.at > before && !never_tried.host.is_empty());
    let at = |wanted: &dyn Fn(&BusSignal) -> bool| watching.seen.iter().position(wanted).unwrap();
    let feed = at(&|signal| *signal == BusSignal::FailureFeed(FailureFeed::Read));
    let failures = at(&|signal| matches!(signal, BusSignal::Failures(_)));
    let entries = at(&|signal| matches!(signal, BusSignal::Entries(_)));
    assert!(feed < failures && failures < entries, "what is known of an event is known when it comes");
    let more = attempts(700..900);
    member.tell(&more[..150]).await.unwrap();
    until_told(&mut watching, 750).await;
    member.tell(&more[150..]).await.unwrap();
    until_told(&mut watching, 800).await;
    let live = told(&watching, Some(Origin::Live));
    assert_eq!(live.into_iter().map(|failure| failure.attempt).collect::<Vec<_>>(), more);
    watching.stop().await.unwrap();
    member.leave(&[]).await.unwrap();
}

pub(crate) async fn a_workers_own_reach_an_observer(harness: &impl Handles) {
    let bus = harness.bus();
    let log = Log::default();
    let mut watching = Watching::start(&harness.session(open()), with_failures(10));
    watching.until_caught_up().await;
    let handler = log.handler("strict", |_, _| async { Err(HandlerError::permanent("no such mailbox")) });
    let worker = bus.subscribe(handler.start(StartAt::Beginning));
    let event = ticket(ACME);
    bus.publish(&event).await.unwrap();
    until_told(&mut watching, 1).await;
    // Failures may be told before the stream of the event is found.
    watching.until_entries(1).await;
    worker.stop().await.unwrap();
    let failed = told(&watching, Some(Origin::Live)).remove(0).attempt;
    assert_eq!((failed.handler.as_str(), failed.event, failed.attempt), ("strict", Some(event.id()), 1));
    assert_eq!(
        (failed.error, failed.next),
        (vec!["no such mailbox".to_owned()], NextStep::Dead(Reason::Permanent))
    );
    assert_eq!(watching.entries().len(), 1, "and no entry was made of it");
}

pub(crate) async fn are_not_sent_to_who_does_not_ask(harness: &impl Handles) {
    let member = member(harness).await;
    member.tell(&attempts(0..3)).await.unwrap();
    let watching = run(&harness.session(open()), history()).await;
    let none = watching
        .seen
        .iter()
        .all(|signal| !matches!(signal, BusSignal::Failures(_) | BusSignal::FailureFeed(_)));
    assert!(none, "{:?}", watching.seen);
    let watching = run(&harness.session(open()), Watch { failures: Some(0), ..history() }).await;
    assert!(told(&watching, None).is_empty());
    member.leave(&[]).await.unwrap();
}

pub(crate) async fn a_lock_keeps_those_of_others_out_and_counts_them(harness: &impl Handles) {
    let member = member(harness).await;
    let mixed = |from: u32| -> Vec<_> {
        let tenants = [Some(ACME), Some(GLOBEX), None];
        (from..from + 30).map(|at| attempt(at, tenants[at as usize % 3])).collect()
    };
    member.tell(&mixed(0)).await.unwrap();
    let mut watching = Watching::start(&harness.session(locked_to(&[ACME])), with_failures(8));
    watching.until_caught_up().await;
    assert_eq!(numbers(&told(&watching, None)), [6, 9, 12, 15, 18, 21, 24, 27], "the newest of its own");
    member.tell(&mixed(30)).await.unwrap();
    until_told(&mut watching, 18).await;
    let kept_out = |watching: &Watching| {
        watching.seen.iter().fold((0, 0), |(others, unknown), signal| match signal {
            BusSignal::Failures(batch) if batch.origin == Origin::Live => {
                (others + batch.other_tenants, unknown + batch.unattributed)
            }
            _ => (others, unknown),
        })
    };
    while kept_out(&watching) != (10, 10) {
        watching.next().await.expect("the count of what was kept out");
    }
    assert!(!format!("{:?}", watching.seen).contains(GLOBEX), "nothing of another tenant comes through");
    watching.stop().await.unwrap();
    member.leave(&[]).await.unwrap();
}

pub(crate) async fn an_outage_loses_and_doubles_none(harness: &impl Handles) {
    let member = member(harness).await;
    member.tell(&attempts(0..20)).await.unwrap();
    let mut watching = Watching::start(&harness.session(open()), with_failures(100));
    watching.until_caught_up().await;
    for round in 1..=2_u32 {
        member.tell(&attempts(round * 20..round * 20 + 10)).await.unwrap();
        harness.go_down().await;
        watching.until(|signal| matches!(signal, BusSignal::Link(Link::Down { .. }))).await;
        harness.come_back().await;
        watching.until(|signal| matches!(signal, BusSignal::Link(Link::Live(_)))).await;
        // Nobody is told while it is down, but at once when it is back.
        let rest = attempts(round * 20 + 10..round * 20 + 20);
        crate::handling::eventually("observers can be told again", || async {
            member.tell(&rest).await.ok()
        })
        .await;
        until_told(&mut watching, (round as usize + 1) * 20).await;
    }
    watching.stop().await.unwrap();
    assert_eq!(numbers(&told(&watching, None)), (0..60).collect::<Vec<_>>());
}

pub(crate) async fn are_read_on_after_a_loss_of_data(harness: &impl Handles) {
    let first = member(harness).await;
    first.tell(&attempts(0..20)).await.unwrap();
    let mut watching = Watching::start(&harness.session(open()), with_failures(100));
    watching.until_caught_up().await;
    harness.lose_data().await;
    first.tell(&attempts(20..25)).await.unwrap();
    until_told(&mut watching, 25).await;
    first.tell(&attempts(25..30)).await.unwrap();
    until_told(&mut watching, 30).await;
    watching.stop().await.unwrap();
    assert_eq!(numbers(&told(&watching, None)), (0..30).collect::<Vec<_>>());
}
