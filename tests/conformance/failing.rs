//! Failed events under test: making them, reading them, acting on them and following what becomes of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tidings::bus::{
    ActionError, Because, Delivery, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedSource, Failure,
    FailureKind, Finish, FinishAs, Followed, Follower, Joining, Membership, Operator, Reason, Retried,
    RetryOrder, Runs, Session, StartAt, Suspects, TypeSelection,
};
use tidings::event::NewEvent;
use tokio::sync::{Mutex, mpsc};

use crate::cases::claim::{finish, take};
use crate::events::{json, locked_to, place};
use crate::handling::{eventually, name};
use crate::harness::{Fails, Handles, Harness};

/// How often the made dead letters were tried.
pub(crate) const ATTEMPTS: u32 = 3;

/// A session for these tenants, or for all.
pub(crate) fn session(harness: &impl Harness, tenants: &[&str]) -> Session {
    harness.session(locked_to(tenants))
}

pub(crate) fn operator(session: &Session) -> Arc<dyn Operator> {
    Arc::clone(session.operator.as_ref().unwrap())
}

/// On behalf of a plan.
pub(crate) fn because(plan: &str) -> Because {
    Because {
        who: "jo@web-1".to_owned(),
        plan: Some(plan.to_owned()),
        reason: Some("mail is back".to_owned()),
    }
}

/// A plain retry of each.
pub(crate) fn orders(events: &[FailedEvent]) -> Vec<RetryOrder> {
    events.iter().map(|event| RetryOrder::new(event.at.clone(), Runs::Failed)).collect()
}

/// Reads all pages, over a channel that has room for one.
pub(crate) async fn pages(session: &Session, query: FailedQuery) -> Vec<FailedPage> {
    let (out, mut pages) = mpsc::channel(1);
    let mut found = Vec::new();
    let receive = async {
        while let Some(page) = pages.recv().await {
            found.push(page);
        }
    };
    let (read, ()) = tokio::join!(session.failed.read(&query, out), receive);
    read.unwrap();
    found
}

/// Everything of one source.
pub(crate) async fn list(session: &Session, source: FailedSource) -> Vec<FailedEvent> {
    pages(session, FailedQuery::of([source])).await.into_iter().flat_map(|page| page.events).collect()
}

/// The dead letters, as soon as there are so many.
pub(crate) async fn dead_letters(session: &Session, count: usize) -> Vec<FailedEvent> {
    eventually(&format!("{count} dead letters"), || async {
        Some(list(session, FailedSource::DeadLetters).await).filter(|found| found.len() == count)
    })
    .await
}

/// The one of them whose event this is.
pub(crate) fn of<'a>(found: &'a [FailedEvent], event: &NewEvent) -> &'a FailedEvent {
    let mut own = found.iter().filter(|failed| failed.event == Some(event.id()));
    let first = own.next().unwrap_or_else(|| panic!("{} is not among {found:?}", event.id()));
    assert_eq!(own.next(), None, "it is there once");
    first
}

/// A consumer of a handler, by hand.
pub(crate) async fn join(harness: &impl Handles, handler: &str) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name(handler),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: Duration::from_mins(1),
        dedup: None,
    };
    harness.consumer().join(joining).await.unwrap()
}

/// A failure some time ago.
pub(crate) fn failure(text: &str, minutes_ago: i64) -> Failure {
    let at = Utc::now() - TimeDelta::minutes(minutes_ago);
    // The wire has no more than milliseconds.
    let at = chrono::DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap();
    Failure { at, ms: 12, kind: FailureKind::Error, error: vec![text.to_owned(), "its cause".to_owned()] }
}

/// How the made dead letters failed.
pub(crate) fn dead(event: &NewEvent, reason: Reason) -> FinishAs {
    FinishAs::Dead {
        fields: Arc::new(json(event.text())),
        reason,
        error: vec!["mail was refused".to_owned(), "no such user".to_owned()],
        history: vec![failure("the first", 9), failure("mail was refused", 5)],
    }
}

/// Publishes events, and gives them to a consumer of `handler`.
pub(crate) async fn given(
    harness: &impl Handles,
    handler: &str,
    events: &[NewEvent],
) -> (Arc<dyn Membership>, Vec<Delivery>) {
    let mut by_type: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for event in events {
        by_type.entry(event.event_type().as_str()).or_default().push(json(event.text()));
    }
    for (event_type, entries) in by_type {
        harness.append(&place(event_type), None, entries).await;
    }
    let member = join(harness, handler).await;
    let deliveries = take(&member, events.len()).await;
    (member, deliveries)
}

/// The delivery of this event.
pub(crate) fn delivery<'a>(deliveries: &'a [Delivery], event: &NewEvent) -> &'a Delivery {
    let holds = |delivery: &&Delivery| delivery.raw.fields == json(event.text());
    deliveries.iter().find(holds).unwrap_or_else(|| panic!("{} was not given", event.id()))
}

/// As its handler finishes it after some attempts.
pub(crate) fn after(attempts: u32, delivery: &Delivery, event: &NewEvent, what: FinishAs) -> Finish {
    let about = Some((event.event_type().clone(), event.tenant().clone()));
    Finish { attempt: attempts, event: Some(event.id()), about, ..finish(delivery, what) }
}

/// Makes dead letters of `handler`.
pub(crate) async fn letters(harness: &impl Handles, handler: &str, events: &[NewEvent]) {
    let (member, deliveries) = given(harness, handler, events).await;
    let finishes: Vec<_> = events
        .iter()
        .map(|event| {
            let delivery = delivery(&deliveries, event);
            after(ATTEMPTS, delivery, event, dead(event, Reason::Exhausted))
        })
        .collect();
    member.finish(&finishes).await.unwrap();
    member.leave(&[]).await.unwrap();
}

/// Makes dead letters of `handler`, and lists them.
pub(crate) async fn listed_letters(
    harness: &impl Fails,
    handler: &str,
    events: &[NewEvent],
) -> (Session, Vec<FailedEvent>) {
    letters(harness, handler, events).await;
    let session = session(harness, &[]);
    let found = dead_letters(&session, events.len()).await;
    (session, found)
}

/// Retries one event on behalf of a plan, plainly.
pub(crate) async fn retry_one(session: &Session, at: &FailedAt, plan: &str) -> Result<Retried, ActionError> {
    let order = RetryOrder::new(at.clone(), Runs::Failed);
    one(operator(session).retry(&[order], &because(plan)).await.unwrap())
}

/// The only answer.
pub(crate) fn one<T>(answers: Vec<T>) -> T {
    let [answer] = <[T; 1]>::try_from(answers).unwrap_or_else(|all| panic!("{} answers", all.len()));
    answer
}

/// Follows what was retried until `is_enough` of what became of the first one.
pub(crate) async fn follow(
    follower: &mut dyn Follower,
    is_enough: impl Fn(Followed) -> bool,
) -> (FailedAt, Followed) {
    let follower = Mutex::new(follower);
    eventually("an outcome", || async {
        let changes = follower.lock().await.look().await.unwrap();
        changes.into_iter().find(|(_, outcome)| is_enough(*outcome))
    })
    .await
}

/// What became of it in the end.
pub(crate) async fn outcome(session: &Session, retried: &Retried) -> Followed {
    let mut follower = session.failed.follower(&retried.plan);
    follower.add(std::slice::from_ref(retried));
    let (at, outcome) = follow(&mut *follower, Followed::is_final).await;
    assert_eq!(at, retried.from);
    assert_eq!(follower.look().await.unwrap(), [], "it is said once");
    outcome
}

/// What a consumer is offered, taken over or taken anew, as soon as it is.
pub(crate) async fn offered(member: &Arc<dyn Membership>, count: usize) -> Vec<Delivery> {
    let found = Mutex::new(Vec::new());
    eventually("what was given back is offered", || async {
        let mut found = found.lock().await;
        found.extend(member.reclaim(count, Suspects::ANY).await.unwrap().deliveries);
        found.extend(member.take(count, Duration::ZERO).await.unwrap());
        (found.len() >= count).then_some(())
    })
    .await;
    found.into_inner()
}
