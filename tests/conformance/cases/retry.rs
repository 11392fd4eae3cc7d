//! Retrying by hand, with real workers, and following it to the outcome.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidings::bus::{
    Action, ActionError, DiscardOrder, Exported, FailedAt, FailedSource, FinishAs, Followed, HandlerError,
    Reason, Retried, RetryOrder, Runs, Session, StartAt, Subscription, Worker,
};
use tidings::event::{EventId, Field, NewEvent, StreamKey};

use crate::events::{ACME, fields, json, place, ticket, ticket_of};
use crate::failing::{
    after, because, dead_letters, delivery, failure, follow, given, list, listed_letters, of, one, operator,
    orders, outcome, retry_one, session,
};
use crate::handling::{Log, eventually, quick};
use crate::harness::Fails;

/// A handler that fails for good until it is mended.
fn breaking(log: &Log, name: &str) -> (Subscription, Arc<AtomicBool>) {
    let mended = Arc::<AtomicBool>::default();
    let handler = log.handler(name, {
        let mended = Arc::clone(&mended);
        move |_, _| {
            let works = mended.load(Ordering::SeqCst);
            async move { if works { Ok(()) } else { Err(HandlerError::permanent("mail was refused")) } }
        }
    });
    (handler.start(StartAt::Beginning), mended)
}

/// Publishes an event that a worker of such a handler fails at.
async fn broken(harness: &impl Fails, log: &Log) -> (NewEvent, Worker, Arc<AtomicBool>) {
    let (handler, mended) = breaking(log, "sla");
    let event = ticket(ACME);
    harness.bus().publish(&event).await.unwrap();
    (event, harness.bus().subscribe(handler), mended)
}

pub(crate) async fn one_that_succeeds_is_followed_and_known_both_ways(harness: &impl Fails) {
    let log = Log::default();
    let (event, worker, mended) = broken(harness, &log).await;
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    mended.store(true, Ordering::SeqCst);
    let retried = retry_one(&session, &letter.at, "plan-1").await.unwrap();
    assert_eq!((&retried.from, &retried.stream, retried.source), (&letter.at, &letter.stream, letter.source));
    assert_eq!((retried.event, retried.plan.as_str(), retried.repeated), (Some(event.id()), "plan-1", false));
    assert_eq!(outcome(&session, &retried).await, Followed::Succeeded);
    assert_eq!(log.attempts_at(event.id()), [1, 1], "it starts afresh");
    assert_eq!(list(&session, FailedSource::DeadLetters).await, []);
    assert_eq!(session.failed.whole(&letter.at).await.unwrap(), None);
    let records = list(&session, FailedSource::Retried).await;
    let record = of(&records, &event);
    assert_eq!((record.outcome, record.attempts), (Some(Followed::Succeeded), Some(1)));
    let lineage = session.failed.whole(&record.at).await.unwrap().unwrap().lineage;
    let published = lineage.published.unwrap();
    assert_eq!((published.stream, Some(published.id)), (letter.stream, letter.source));
    let [way] = &lineage.retried[..] else { panic!("{lineage:?}", lineage = lineage.retried) };
    assert_eq!((way.who.as_str(), way.plan.as_str(), &way.to), ("jo@web-1", "plan-1", &retried.to));
    assert_eq!((way.edited, way.outcome), (false, Followed::Succeeded));
    worker.stop().await.unwrap();
}

pub(crate) async fn one_that_fails_for_good_is_dead_again_with_its_whole_history(harness: &impl Fails) {
    let log = Log::default();
    let (event, worker, _) = broken(harness, &log).await;
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    let retried = retry_one(&session, &letter.at, "plan-1").await.unwrap();
    assert_eq!(outcome(&session, &retried).await, Followed::DeadAgain);
    let again = dead_letters(&session, 1).await.remove(0);
    assert!(again.at != letter.at && again.source == letter.source && again.event == Some(event.id()));
    let whole = session.failed.whole(&again.at).await.unwrap().unwrap();
    let said: Vec<_> = whole.history.iter().map(|failure| failure.error[0].as_str()).collect();
    assert_eq!(said, ["mail was refused", "mail was refused"], "what is known of before is kept");
    let ways: Vec<_> = whole.lineage.retried.iter().map(|way| (way.plan.as_str(), way.outcome)).collect();
    assert_eq!(ways, [("plan-1", Followed::DeadAgain)]);
    worker.stop().await.unwrap();
}

pub(crate) async fn one_that_fails_for_now_is_tried_again_and_succeeds(harness: &impl Fails) {
    let log = Log::default();
    let (event, worker, _) = broken(harness, &log).await;
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    worker.stop().await.unwrap();
    let (moody, ready) = (Log::default(), Arc::<AtomicBool>::default());
    let handler = moody.handler("sla", {
        let ready = Arc::clone(&ready);
        move |_, _| {
            let works = ready.load(Ordering::SeqCst);
            async move { if works { Ok(()) } else { Err(HandlerError::retry("greylisted")) } }
        }
    });
    let worker = harness.bus().subscribe(handler.policy(quick(10_000)));
    let retried = retry_one(&session, &letter.at, "plan-1").await.unwrap();
    let mut follower = session.failed.follower("plan-1");
    follower.add(std::slice::from_ref(&retried));
    let (_, outcome) = follow(&mut *follower, |outcome| outcome != Followed::Pending).await;
    assert_eq!(outcome, Followed::Retrying);
    ready.store(true, Ordering::SeqCst);
    let (_, outcome) = follow(&mut *follower, Followed::is_final).await;
    assert_eq!(outcome, Followed::Succeeded);
    let attempts = moody.attempts_at(event.id());
    assert!(attempts.len() >= 2 && attempts.iter().copied().eq(1..=u32::try_from(attempts.len()).unwrap()));
    worker.stop().await.unwrap();
}

/// What a plan has retried, by its records.
async fn recorded(session: &Session, plan: &str, stream: &StreamKey) -> Vec<Retried> {
    let streams = BTreeSet::from([stream.clone()]);
    let by = session.failed.retried_by(plan, chrono::Utc::now(), &streams).await.unwrap();
    assert!(by.trimmed.is_empty());
    by.retried
}

fn repeated(retried: &Retried) -> Retried {
    Retried { repeated: true, ..retried.clone() }
}

pub(crate) async fn what_waits_is_due_at_once(harness: &impl Fails) {
    let event = ticket(ACME);
    let (member, delivered) = given(harness, "sla", std::slice::from_ref(&event)).await;
    let what = FinishAs::Retry {
        fields: Arc::new(json(event.text())),
        after: Duration::from_hours(1),
        history: vec![failure("greylisted", 1)],
    };
    member.finish(&[after(3, delivery(&delivered, &event), &event, what)]).await.unwrap();
    let session = session(harness, &[]);
    let waiting = list(&session, FailedSource::Waiting).await;
    let order =
        |runs, edited| RetryOrder { edited, ..RetryOrder::new(of(&waiting, &event).at.clone(), runs) };
    let operator = operator(&session);
    for order in [order(Runs::All, None), order(Runs::AsNew, None), order(Runs::Failed, Some(event.clone()))]
    {
        let answer = one(operator.retry(&[order], &because("plan-1")).await.unwrap());
        assert!(matches!(answer, Err(ActionError::Unsuitable(_))), "that is for dead letters: {answer:?}");
    }
    // What was chosen before its last attempt is not what waits now.
    let chosen = |attempts| RetryOrder { attempts, ..order(Runs::Failed, None) };
    let earlier = operator.retry(&[chosen(Some(2))], &because("plan-1")).await.unwrap();
    assert_eq!((one(earlier), waiting[0].attempts), (Err(ActionError::Gone), Some(3)));
    assert_eq!(list(&session, FailedSource::Waiting).await, waiting);
    let retried = operator.retry(&[chosen(Some(3))], &because("plan-1")).await.unwrap();
    let retried = one(retried).unwrap();
    assert_eq!(recorded(&session, "plan-1", &retried.stream).await, [repeated(&retried)]);
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("sla"));
    log.until(1).await;
    assert_eq!(outcome(&session, &retried).await, Followed::Succeeded);
    assert_eq!(log.attempts_at(event.id()), [4], "it goes on where it was");
    worker.stop().await.unwrap();
    assert_eq!(list(&session, FailedSource::Waiting).await, []);
}

pub(crate) async fn what_waits_without_a_readable_event_is_not_touched_in_a_locked_run(harness: &impl Fails) {
    let bad: [&[Field]; 3] =
        [&fields(&[(b"trace", b"t-7")]), &fields(&[(b"event", b"\xff")]), &fields(&[(b"event", b"{}")])];
    let events: Vec<_> = bad.iter().map(|_| ticket(ACME)).collect();
    let (member, delivered) = given(harness, "sla", &events).await;
    let finishes: Vec<_> = std::iter::zip(&events, bad)
        .map(|(event, fields)| {
            let history = vec![failure("greylisted", 1)];
            let what = FinishAs::Retry {
                fields: Arc::new(fields.to_vec()),
                after: Duration::from_hours(1),
                history,
            };
            after(3, delivery(&delivered, event), event, what)
        })
        .collect();
    member.finish(&finishes).await.unwrap();
    let (all, locked) = (session(harness, &[]), session(harness, &[ACME]));
    let waiting = list(&all, FailedSource::Waiting).await;
    assert_eq!(waiting.len(), 3);
    assert_eq!(list(&locked, FailedSource::Waiting).await, []);
    for waits in &waiting {
        let at = std::slice::from_ref(&waits.at);
        assert_eq!(retry_one(&locked, &waits.at, "plan-1").await, Err(ActionError::Unattributed));
        let discarded = operator(&locked).discard(&DiscardOrder::all(at), &because("plan-1")).await.unwrap();
        assert_eq!(discarded, [Err(ActionError::Unattributed)]);
    }
    assert_eq!(list(&all, FailedSource::Waiting).await, waiting);
    // Without a lock both can be done.
    retry_one(&all, &waiting[0].at, "plan-1").await.unwrap();
    one(operator(&all)
        .discard(&DiscardOrder::all(&[waiting[1].at.clone()]), &because("plan-1"))
        .await
        .unwrap())
    .unwrap();
}

pub(crate) async fn the_newest_fifty_failures_go_along(harness: &impl Fails) {
    let event = ticket(ACME);
    let (member, delivered) = given(harness, "sla", std::slice::from_ref(&event)).await;
    let what = FinishAs::Dead {
        fields: Arc::new(json(event.text())),
        reason: Reason::Exhausted,
        error: vec!["failure 60".to_owned()],
        history: (1..=60).map(|n| failure(&format!("failure {n}"), 100 - n)).collect(),
    };
    member.finish(&[after(60, delivery(&delivered, &event), &event, what)]).await.unwrap();
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    retry_one(&session, &letter.at, "plan-1").await.unwrap();
    let waiting = list(&session, FailedSource::Waiting).await;
    let whole = session.failed.whole(&of(&waiting, &event).at).await.unwrap().unwrap();
    let said: Vec<_> = whole.history.iter().map(|failure| failure.error[0].as_str()).collect();
    assert_eq!((said.len(), said[0], said[49]), (50, "failure 11", "failure 60"));
}

pub(crate) async fn a_second_retry_does_nothing(harness: &impl Fails) {
    let (session, found) = listed_letters(harness, "sla", &[ticket(ACME)]).await;
    let at = &found[0].at;
    let first = retry_one(&session, at, "plan-1").await.unwrap();
    assert_eq!(retry_one(&session, at, "plan-2").await, Err(ActionError::Gone), "another plan's");
    let record = list(&session, FailedSource::Retried).await.remove(0);
    let of_record = retry_one(&session, &record.at, "plan-1").await;
    assert!(matches!(of_record, Err(ActionError::Unsuitable(_))), "a record is no event: {of_record:?}");
    let again = retry_one(&session, at, "plan-1").await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!((&again.to, again.event, again.source), (&first.to, first.event, first.source));
    assert_eq!(recorded(&session, "plan-1", at.stream()).await, [repeated(&first)]);
    assert_eq!(recorded(&session, "plan-2", at.stream()).await, []);
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("sla"));
    log.until(1).await;
    assert_eq!(outcome(&session, &again).await, Followed::Succeeded);
    worker.stop().await.unwrap();
    assert_eq!(log.len(), 1);
}

pub(crate) async fn two_operators_retry_each_event_once(harness: &impl Fails) {
    const COUNT: usize = 300;
    let events: Vec<_> = (0..COUNT).map(|_| ticket(ACME)).collect();
    let (_, found) = listed_letters(harness, "sla", &events).await;
    let orders = orders(&found);
    let retry = async |plan: &str, orders: Vec<RetryOrder>| {
        let session = session(harness, &[]);
        let mut done = Vec::new();
        for orders in orders.chunks(7) {
            done.extend(operator(&session).retry(orders, &because(plan)).await.unwrap());
            tokio::task::yield_now().await;
        }
        done
    };
    let (mine, theirs) = tokio::join!(retry("plan-1", orders.clone()), retry("plan-2", orders));
    assert_eq!((mine.len(), theirs.len()), (COUNT, COUNT));
    for both in mine.iter().zip(&theirs) {
        let ((Ok(retried), Err(ActionError::Gone)) | (Err(ActionError::Gone), Ok(retried))) = both else {
            panic!("each event is retried by one of them: {both:?}")
        };
        assert!(!retried.repeated);
    }
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("sla"));
    log.until(COUNT).await;
    worker.stop().await.unwrap();
    let once: HashMap<EventId, usize> = events.iter().map(|event| (event.id(), 1)).collect();
    assert_eq!(log.times(), once);
}

/// The same event with another payload.
fn edited(event: &NewEvent, payload: &str) -> NewEvent {
    NewEvent::compose(event.id(), event.event_type(), chrono::Utc::now(), payload).unwrap()
}

fn misfit() -> String {
    format!(r#"{{"tenantId":"{ACME}","ticketId":"TCK-1042"}}"#)
}

pub(crate) async fn an_edited_event_stays_the_same_event(harness: &impl Fails) {
    let log = Log::default();
    // It does not fit its schema: no handler was given it.
    let event = crate::events::event("TICKET_CREATED", &misfit());
    let worker = harness.bus().subscribe(log.noting("sla").start(StartAt::Beginning));
    harness.append(&place("TICKET_CREATED"), None, vec![json(event.text())]).await;
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    assert_eq!((letter.reason.as_deref(), log.len()), (Some("invalid"), 0));
    let mended = edited(&event, &ticket_of(ACME));
    let order = RetryOrder { edited: Some(mended), ..RetryOrder::new(letter.at, Runs::Failed) };
    let retried = one(operator(&session).retry(&[order], &because("plan-1")).await.unwrap()).unwrap();
    assert_eq!(retried.event, Some(event.id()));
    assert_eq!(outcome(&session, &retried).await, Followed::Succeeded);
    assert_eq!(log.attempts_at(event.id()), [1]);
    worker.stop().await.unwrap();
    let records = list(&session, FailedSource::Retried).await;
    let lineage = session.failed.whole(&records[0].at).await.unwrap().unwrap().lineage;
    assert!(lineage.retried[0].edited && lineage.published.is_some());
}

pub(crate) async fn a_bad_edit_is_refused_and_the_letter_stays(harness: &impl Fails) {
    let event = ticket(ACME);
    let (session, found) = listed_letters(harness, "sla", std::slice::from_ref(&event)).await;
    let other_type = NewEvent::compose(
        event.id(),
        &"TICKET_CLOSED".parse().unwrap(),
        chrono::Utc::now(),
        &ticket_of(ACME),
    );
    for (edit, why) in
        [(edited(&event, &misfit()), "schema"), (ticket(ACME), "id"), (other_type.unwrap(), "type")]
    {
        for runs in [Runs::Failed, Runs::All, Runs::AsNew] {
            let order =
                RetryOrder { edited: Some(edit.clone()), ..RetryOrder::new(found[0].at.clone(), runs) };
            let answer = one(operator(&session).retry(&[order], &because("plan-1")).await.unwrap());
            let Err(ActionError::Invalid(said)) = answer else { panic!("{answer:?}") };
            assert!(said.contains(why), "{said}");
        }
    }
    assert_eq!(list(&session, FailedSource::DeadLetters).await, found);
    assert_eq!(list(&session, FailedSource::Retried).await, []);
}

pub(crate) async fn all_handlers_run_it_whatever_they_have_done(harness: &impl Fails) {
    let (broken_log, good_log) = (Log::default(), Log::default());
    let (event, worker, mended) = broken(harness, &broken_log).await;
    let remembering = good_log.noting("mail").start(StartAt::Beginning).dedup(Duration::from_hours(1));
    let other = harness.bus().subscribe(remembering);
    good_log.until(1).await;
    eventually("it is done", || async { (other.stats().done == 1).then_some(()) }).await;
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    mended.store(true, Ordering::SeqCst);
    let order = RetryOrder::new(letter.at, Runs::All);
    let retried = one(operator(&session).retry(&[order], &because("plan-1")).await.unwrap()).unwrap();
    assert_eq!(retried.to.len(), 2, "one for each handler");
    assert_eq!(outcome(&session, &retried).await, Followed::Succeeded);
    assert_eq!(
        (broken_log.attempts_at(event.id()), good_log.attempts_at(event.id())),
        (vec![1, 1], vec![1, 1])
    );
    worker.stop().await.unwrap();
    other.stop().await.unwrap();
}

pub(crate) async fn a_new_event_is_run_by_all_handlers(harness: &impl Fails) {
    let (broken_log, good_log) = (Log::default(), Log::default());
    let (event, worker, mended) = broken(harness, &broken_log).await;
    let other = harness.bus().subscribe(good_log.noting("mail").start(StartAt::Beginning));
    good_log.until(1).await;
    let session = session(harness, &[]);
    let letter = dead_letters(&session, 1).await.remove(0);
    mended.store(true, Ordering::SeqCst);
    let order = RetryOrder::new(letter.at.clone(), Runs::AsNew);
    let retried = one(operator(&session).retry(&[order], &because("plan-1")).await.unwrap()).unwrap();
    let new = retried.event.unwrap();
    assert_ne!(new, event.id());
    assert_eq!((retried.to.len(), &retried.to[0].stream), (1, &letter.stream), "once for all of them");
    assert_eq!(outcome(&session, &retried).await, Followed::Succeeded);
    assert_eq!((broken_log.attempts_at(new), good_log.attempts_at(new)), (vec![1], vec![1]));
    assert_eq!(good_log.attempts_at(event.id()), [1]);
    assert_eq!(list(&session, FailedSource::DeadLetters).await, []);
    // And where that fails, it is known where it came from.
    mended.store(false, Ordering::SeqCst);
    let second = ticket(ACME);
    harness.bus().publish(&second).await.unwrap();
    let letter = dead_letters(&session, 1).await.remove(0);
    let order = RetryOrder::new(letter.at, Runs::AsNew);
    let retried = one(operator(&session).retry(&[order], &because("plan-2")).await.unwrap()).unwrap();
    assert_eq!(outcome(&session, &retried).await, Followed::DeadAgain);
    let letter = dead_letters(&session, 1).await.remove(0);
    assert_eq!((letter.event, letter.source), (retried.event, Some(retried.to[0].id)));
    let renamed = second.text().replace(&second.id().to_string(), &retried.event.unwrap().to_string());
    assert_eq!(letter.text.as_deref(), Some(renamed.as_str()), "the rest is kept to the letter");
    worker.stop().await.unwrap();
    other.stop().await.unwrap();
}

pub(crate) async fn what_would_be_sent_is_shown_and_not_sent(harness: &impl Fails) {
    let event = ticket(ACME);
    let (session, found) = listed_letters(harness, "sla", std::slice::from_ref(&event)).await;
    for runs in [Runs::Failed, Runs::All, Runs::AsNew] {
        let order = RetryOrder::new(found[0].at.clone(), runs);
        let commands = operator(&session).preview(&order, &because("plan-1")).join("\n");
        assert!(commands.contains("event::TICKET_CREATED"), "{commands}");
    }
    let at = &found[0].at;
    let fields = session.failed.whole(at).await.unwrap().unwrap().fields;
    let exported = Exported::from(at, fields);
    let order = DiscardOrder::new(at.clone());
    for action in [Action::Discard(&order), Action::Purge(at), Action::Import(&exported)] {
        let commands = operator(&session).preview_action(&action, &because("plan-1")).join("\n");
        assert!(commands.contains("event::TICKET_CREATED:dead-letter"), "{commands}");
    }
    for action in [Action::Restore(at), Action::Release { at, force: true }] {
        assert_eq!(operator(&session).preview_action(&action, &because("plan-1")), [""; 0]);
    }
    assert_eq!(list(&session, FailedSource::DeadLetters).await, found);
    assert_eq!(list(&session, FailedSource::Retried).await, []);
    let streams = session.inspector.streams().await.unwrap().found;
    assert_eq!(streams.iter().map(|stream| stream.length).sum::<u64>(), 1);
    let letter = |at| matches!(at, &FailedAt::DeadLetter { .. });
    assert!(letter(&found[0].at) && found[0].reason.as_deref() == Some(Reason::Exhausted.word()));
}
