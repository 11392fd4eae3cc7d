//! Who receives an event, and what became of a published one with each of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::Utc;
use tidings::bus::{
    BusError, Claim, Delivery, DiscardOrder, FailedAt, Fate, FateWatch, FinishAs, Form, HandlerError,
    Heartbeat, Inspector, Joining, Latency, Membership, Published, Reason, Receiver, Receivers, Session,
    Stage, StartAt, TypeSelection,
};
use tidings::event::{EventType, NewEvent};

use crate::cases::claim::take;
use crate::events::{ACME, GLOBEX, event, json, open, place, ticket, ticket_of};
use crate::failing::{after, because, dead, dead_letters, failure, join, one, operator, retry_one, session};
use crate::handling::{Log, eventually, name};
use crate::harness::{Fails, Handles};

const HOUR: Duration = Duration::from_hours(1);

/// Joins as a worker of these types does, sign of life and all.
async fn join_of(harness: &impl Handles, handler: &str, types: &[&str]) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name(handler),
        types: TypeSelection::new(types),
        start: StartAt::New,
        lease: Duration::from_mins(1),
        dedup: None,
    };
    let member = harness.consumer().join(joining).await.unwrap();
    let beat = Heartbeat {
        consumer: member.consumer().to_owned(),
        handler: handler.to_owned(),
        types: types.iter().map(|text| (*text).to_owned()).collect(),
        host: "web-1".to_owned(),
        pid: 1,
        started: Utc::now(),
        stats: tidings::bus::HandlerStats::default(),
        latency: Latency::default(),
        lease_ms: None,
    };
    member.beat(&beat).await.unwrap();
    member
}

async fn receivers(session: &Session, event_type: &str) -> Receivers {
    session.inspector.receivers(&EventType::new(event_type).unwrap(), None).await.unwrap()
}

fn groups(groups: &[(&str, u64)]) -> Receivers {
    let one = |(name, consumers): &(&str, u64)| Receiver { name: (*name).to_owned(), consumers: *consumers };
    Receivers { groups: groups.iter().map(one).collect(), ..Receivers::default() }
}

async fn publish(session: &Session, event: &NewEvent) -> Published {
    let publisher = session.publisher.as_ref().unwrap();
    one(publisher.publish(std::slice::from_ref(event), Form::Once).await).unwrap()
}

async fn fates(session: &Session, published: &Published) -> Vec<Fate> {
    session.inspector.fates(published).await.unwrap()
}

/// How far it is with the only receiver.
async fn stage(session: &Session, published: &Published) -> Stage {
    one(fates(session, published).await).stage
}

fn again(event: &NewEvent, pause: Duration) -> FinishAs {
    FinishAs::Retry {
        fields: Arc::new(json(event.text())),
        after: pause,
        history: vec![failure("greylisted", 2)],
    }
}

/// The one entry that there is for this member, as soon as may be.
async fn next(member: &Arc<dyn Membership>) -> Delivery {
    let taking = async {
        loop {
            member.keep_up().await.unwrap();
            if let Some(given) = member.take(1, Duration::ZERO).await.unwrap().pop() {
                return given;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), taking).await.expect("it is given")
}

pub(crate) async fn groups_and_handlers_that_have_none_yet_receive_a_type(harness: &impl Fails) {
    let session = session(harness, &[]);
    assert_eq!(receivers(&session, "TICKET_CREATED").await, groups(&[]), "nobody ever came");
    let mail = join_of(harness, "mail", &["TICKET_*"]).await;
    let sla = join_of(harness, "sla", &["PROJECT_CREATED"]).await;
    assert_eq!(
        receivers(&session, "TICKET_CREATED").await,
        groups(&[("mail", 1)]),
        "before there is a stream"
    );
    let mail_2 = join_of(harness, "mail", &["TICKET_*"]).await;
    let published = publish(&session, &ticket(ACME)).await;
    assert_eq!(receivers(&session, "TICKET_CREATED").await, groups(&[("mail", 2)]));
    assert_eq!(stage(&session, &published).await, Stage::Waiting, "its group is still to be made");
    mail.discover().await.unwrap();
    take(&mail, 1).await;
    assert_eq!(receivers(&session, "TICKET_CREATED").await, groups(&[("mail", 2)]));
    assert_eq!(receivers(&session, "PROJECT_CREATED").await, groups(&[("sla", 1)]));
    assert_eq!(receivers(&session, "INVOICE_FINALIZED").await, groups(&[]));
    mail_2.leave(&[]).await.unwrap();
    mail.leave(&[]).await.unwrap();
    sla.leave(&[]).await.unwrap();
    assert_eq!(receivers(&session, "TICKET_CREATED").await, groups(&[("mail", 0)]), "nobody works for it");
}

pub(crate) async fn an_event_is_followed_through_its_handler(harness: &impl Fails) {
    let session = session(harness, &[]);
    let event = ticket(ACME);
    // The stream is there, with the handler's group.
    publish(&session, &ticket(ACME)).await;
    let member = join(harness, "sla").await;
    let first = take(&member, 1).await.remove(0);
    let published = publish(&session, &event).await;
    assert_eq!(stage(&session, &published).await, Stage::Waiting);
    let given = take(&member, 1).await.remove(0);
    let running = Stage::Running { consumer: member.consumer().to_owned(), deliveries: 1 };
    assert_eq!(stage(&session, &published).await, running);
    // It fails, and waits.
    member.finish(&[after(1, &given, &event, again(&event, HOUR))]).await.unwrap();
    let Stage::Retrying { attempt, next_at, error } = stage(&session, &published).await else { panic!() };
    assert_eq!((attempt, error.as_deref()), (2, Some("greylisted")));
    assert!(next_at.unwrap() > Utc::now() + Duration::from_mins(50));
    // Made due by hand, it lies in the retry stream until it is given.
    let waiting = crate::failing::list(&session, tidings::bus::FailedSource::Waiting).await.remove(0);
    retry_one(&session, &waiting.at, "plan-1").await.unwrap();
    let Stage::Retrying { attempt, next_at, error } = stage(&session, &published).await else { panic!() };
    assert_eq!((attempt, error.as_deref()), (2, Some("greylisted")));
    assert!(next_at.unwrap() <= Utc::now() + Duration::from_secs(1), "it is due");
    let second = next(&member).await;
    assert_eq!(stage(&session, &published).await, running);
    member.finish(&[after(2, &second, &event, FinishAs::Done)]).await.unwrap();
    assert_eq!(stage(&session, &published).await, Stage::Succeeded);
    // Asked by somebody who has not followed it, and of one that succeeded at once.
    let other = crate::failing::session(harness, &[]);
    assert_eq!(stage(&other, &published).await, Stage::Succeeded);
    let before = Published { entry: first.claim.id, ..published };
    assert_eq!(stage(&other, &before).await, running);
    member.finish(&[after(1, &first, &event, FinishAs::Done)]).await.unwrap();
    assert_eq!(stage(&other, &before).await, Stage::Succeeded);
}

pub(crate) async fn each_handler_has_its_own_fate_for_an_event(harness: &impl Fails) {
    let session = session(harness, &[]);
    let event = ticket(ACME);
    let published = publish(&session, &event).await;
    let (mail, sla) = (join(harness, "mail").await, join(harness, "sla").await);
    let (of_mail, of_sla) = (take(&mail, 1).await.remove(0), take(&sla, 1).await.remove(0));
    let fate = |name: &str, stage| Fate { name: name.to_owned(), stage };
    mail.finish(&[after(1, &of_mail, &event, FinishAs::Done)]).await.unwrap();
    let running = Stage::Running { consumer: sla.consumer().to_owned(), deliveries: 1 };
    assert_eq!(fates(&session, &published).await, [fate("mail", Stage::Succeeded), fate("sla", running)]);
    sla.finish(&[after(1, &of_sla, &event, dead(&event, Reason::Permanent))]).await.unwrap();
    let died = Stage::Dead { reason: Some(Reason::Permanent), error: Some("mail was refused".to_owned()) };
    let expected = [fate("mail", Stage::Succeeded), fate("sla", died.clone())];
    assert_eq!(fates(&session, &published).await, expected);
    assert!(FateWatch::are_final(&expected));
    // Put aside it is given up still, and retried by hand it is on its way again.
    let letter = dead_letters(&session, 1).await.remove(0);
    let aside =
        operator(&session).discard(&[DiscardOrder::new(letter.at.clone())], &because("p")).await.unwrap();
    let aside = one(aside).unwrap();
    assert_eq!(fates(&session, &published).await, expected);
    let restored = one(operator(&session).restore(&[aside]).await.unwrap()).unwrap();
    assert_eq!(fates(&session, &published).await, expected);
    retry_one(&session, &restored, "plan-1").await.unwrap();
    let on_its_way = fates(&session, &published).await.remove(1).stage;
    assert!(matches!(on_its_way, Stage::Retrying { attempt: 1, .. }), "{on_its_way:?}");
    let retried = next(&sla).await;
    let mut finish = after(1, &retried, &event, FinishAs::Done);
    finish.plan = retried.plan.clone();
    sla.finish(&[finish]).await.unwrap();
    assert_eq!(fates(&session, &published).await[1].stage, Stage::Succeeded);
}

pub(crate) async fn what_was_given_back_waits(harness: &impl Fails) {
    let session = session(harness, &[]);
    let published = publish(&session, &ticket(ACME)).await;
    let member = join(harness, "sla").await;
    take(&member, 1).await;
    member.leave(&[]).await.unwrap();
    assert_eq!(stage(&session, &published).await, Stage::Waiting, "nobody has it");
}

pub(crate) async fn what_was_trimmed_before_it_was_given_is_told_by_its_fate(harness: &impl Fails) {
    let session = session(harness, &[]);
    let published = publish(&session, &ticket(ACME)).await;
    assert_eq!(fates(&session, &published).await, [], "nobody receives it");
    let member = join(harness, "sla").await;
    take(&member, 1).await;
    let unread = publish(&session, &ticket(ACME)).await;
    harness.trim(&place("TICKET_CREATED"), 0).await;
    assert_eq!(stage(&session, &unread).await, Stage::Trimmed);
    let running = Stage::Running { consumer: member.consumer().to_owned(), deliveries: 1 };
    assert_eq!(stage(&session, &published).await, running, "whoever has it goes on with it");
    // What came and went unseen, while the group went on, is not made out to have been done.
    publish(&session, &ticket(ACME)).await;
    take(&member, 1).await;
    assert_eq!(stage(&crate::failing::session(harness, &[]), &unread).await, Stage::Trimmed);
}

pub(crate) async fn an_event_that_is_published_again_is_followed_as_it_lies(harness: &impl Fails) {
    let session = session(harness, &[]);
    let event = ticket(ACME);
    let published = publish(&session, &event).await;
    let member = join(harness, "sla").await;
    let given = take(&member, 1).await.remove(0);
    member.finish(&[after(1, &given, &event, FinishAs::Done)]).await.unwrap();
    let again = publish(&session, &event).await;
    assert_eq!((again.entry, again.repeated), (published.entry, true));
    assert_eq!(stage(&session, &again).await, Stage::Succeeded);
}

pub(crate) async fn a_handler_that_comes_behind_an_event_is_none_of_its_receivers(harness: &impl Fails) {
    let session = session(harness, &[]);
    let before = publish(&session, &ticket(ACME)).await;
    // The handler must not be registered in the event's own millisecond.
    eventually("the clock of the bus goes on", async || {
        let last = publish(&session, &ticket(ACME)).await.entry;
        (last.ms > before.entry.ms).then_some(())
    })
    .await;
    let late = join_of(harness, "late", &["*"]).await;
    let earliest = join(harness, "earliest").await;
    let event = ticket(ACME);
    let behind = publish(&session, &event).await;
    let given = eventually("it is given", async || {
        let given = next(&late).await;
        assert_ne!(given.claim.id, before.entry, "it gets nothing of what lay there");
        (given.claim.id == behind.entry).then_some(given)
    })
    .await;
    let of = |fates: Vec<Fate>| fates.into_iter().map(|fate| fate.name).collect::<Vec<_>>();
    assert_eq!(of(fates(&session, &before).await), ["earliest"]);
    late.finish(&[after(1, &given, &event, FinishAs::Done)]).await.unwrap();
    let other = crate::failing::session(harness, &[]);
    for session in [&session, &other] {
        assert_eq!(of(fates(session, &before).await), ["earliest"]);
        assert_eq!(fates(session, &behind).await[1].stage, Stage::Succeeded);
    }
    drop(earliest);
}

pub(crate) async fn a_lock_says_nothing_of_the_fates_of_others(harness: &impl Fails) {
    let published = publish(&session(harness, &[]), &ticket(ACME)).await;
    let member = join(harness, "sla").await;
    take(&member, 1).await;
    assert_eq!(fates(&session(harness, &[ACME]), &published).await.len(), 1);
    let locked = session(harness, &[GLOBEX]);
    let refused = locked.inspector.fates(&published).await.unwrap_err();
    assert!(matches!(&refused, BusError::Refused { what, .. } if what.contains("locked")), "{refused}");
    // Of one that is gone nobody can tell whose it was.
    let follows = session(harness, &[ACME]);
    harness.trim(&place("TICKET_CREATED"), 0).await;
    assert!(follows.inspector.fates(&published).await.is_err());
}

pub(crate) async fn a_bus_that_is_gone_is_said_by_both(harness: &impl Fails) {
    let session = session(harness, &[]);
    let published = publish(&session, &ticket(ACME)).await;
    harness.go_down().await;
    let unavailable = |error: BusError| assert!(matches!(error, BusError::Unavailable { .. }), "{error}");
    unavailable(session.inspector.fates(&published).await.unwrap_err());
    unavailable(session.inspector.receivers(&EventType::new("A").unwrap(), None).await.unwrap_err());
    harness.come_back().await;
    eventually("it is back", || async {
        session.inspector.fates(&published).await.ok().filter(|fates| fates == &[])
    })
    .await;
}

/// Asks for so long, and so often, what became of it, from a session that remembers and from new ones.
async fn ask(harness: &impl Fails, published: &Published, times: usize, check: impl Fn(&Stage)) {
    let followed = session(harness, &[]);
    for n in 0..times {
        let stage = match n % 100 {
            0 => stage(&session(harness, &[]), published).await,
            _ => stage(&followed, published).await,
        };
        check(&stage);
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn an_event_that_moves_at_full_speed_is_never_taken_for_done(harness: &impl Fails) {
    let session = session(harness, &[]);
    let event = ticket(ACME);
    let published = publish(&session, &event).await;
    let member = join(harness, "sla").await;
    let stop = AtomicBool::new(false);
    let waits =
        FailedAt::Waiting { stream: published.stream.clone(), handler: name("sla"), source: published.entry };
    let moves = async {
        let mut attempt = 0;
        while !stop.load(Ordering::SeqCst) {
            attempt += 1;
            let given = next(&member).await;
            let mut finish = after(attempt, &given, &event, again(&event, HOUR));
            finish.plan = given.plan.clone();
            member.finish(&[finish]).await.unwrap();
            retry_one(&session, &waits, "plan-1").await.unwrap();
            tokio::task::yield_now().await;
        }
        attempt
    };
    let asks = async {
        ask(harness, &published, 600, |stage| {
            let moves = matches!(stage, Stage::Waiting | Stage::Running { .. } | Stage::Retrying { .. });
            assert!(moves, "{stage:?}");
        })
        .await;
        stop.store(true, Ordering::SeqCst);
    };
    let (attempt, ()) = tokio::join!(moves, asks);
    assert!(attempt > 50, "it moved {attempt} times");
    let given = next(&member).await;
    member.finish(&[after(attempt + 1, &given, &event, FinishAs::Done)]).await.unwrap();
    assert_eq!(stage(&session, &published).await, Stage::Succeeded);
}

pub(crate) async fn an_event_that_dies_and_is_retried_by_hand_is_never_taken_for_done(harness: &impl Fails) {
    let session = session(harness, &[]);
    let event = ticket(ACME);
    let published = publish(&session, &event).await;
    let member = join(harness, "sla").await;
    let stop = AtomicBool::new(false);
    let moves = async {
        let mut rounds = 0;
        while !stop.load(Ordering::SeqCst) {
            let given = next(&member).await;
            // A first attempt that fails for good leaves no outcome, but where it belongs to a plan.
            let mut died = after(1, &given, &event, dead(&event, Reason::Permanent));
            died.plan = given.plan.clone();
            member.finish(&[died]).await.unwrap();
            let letter = dead_letters(&session, 1).await.remove(0);
            retry_one(&session, &letter.at, &format!("plan-{rounds}")).await.unwrap();
            rounds += 1;
            tokio::task::yield_now().await;
        }
        rounds
    };
    let asks = async {
        ask(harness, &published, 400, |stage| {
            assert!(!matches!(stage, Stage::Succeeded | Stage::Trimmed), "{stage:?}");
        })
        .await;
        stop.store(true, Ordering::SeqCst);
    };
    let (rounds, ()) = tokio::join!(moves, asks);
    assert!(rounds > 10, "it died {rounds} times");
}

pub(crate) async fn a_watch_tells_each_change_until_the_outcome(harness: &impl Fails) {
    let bus = harness.bus();
    let log = Log::default();
    let failing = log.handler("mail", |_, context| async move {
        if context.attempt() < 3 { Err(HandlerError::retry("greylisted")) } else { Ok(()) }
    });
    let hopeless = log.handler("sla", |_, _| async { Err(HandlerError::permanent("no such ticket")) });
    let workers = [bus.subscribe(failing), bus.subscribe(hopeless)];
    for worker in &workers {
        worker.ready().await;
    }
    let session = harness.session(open());
    let published = publish(&session, &event("TICKET_CREATED", &ticket_of(ACME))).await;
    let mut watch = FateWatch::new(Arc::clone(&session.inspector) as Arc<dyn Inspector>, published);
    let mut last = Vec::new();
    while let Some(told) = watch.next().await {
        let told = told.unwrap();
        assert_ne!(told, last, "only changes are told");
        last = told;
    }
    let died = Stage::Dead { reason: Some(Reason::Permanent), error: Some("no such ticket".to_owned()) };
    let fate = |name: &str, stage| Fate { name: name.to_owned(), stage };
    assert_eq!(last, [fate("mail", Stage::Succeeded), fate("sla", died)]);
    for worker in workers {
        worker.stop().await.unwrap();
    }
}

pub(crate) async fn what_is_no_entry_of_a_type_has_no_fates(harness: &impl Fails) {
    let session = session(harness, &[]);
    let published = publish(&session, &ticket(ACME)).await;
    join(harness, "sla").await;
    for stream in ["somewhere:else", "event::TICKET_CREATED:dead-letter", "event::NEVER_SEEN"] {
        let elsewhere = Claim { stream: stream.parse().unwrap(), id: published.entry };
        let published = Published { stream: elsewhere.stream, ..published.clone() };
        assert_eq!(fates(&session, &published).await, [], "{stream}");
    }
}
