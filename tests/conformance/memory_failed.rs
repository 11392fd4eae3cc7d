//! Failed events on an embedded bus that fails itself.

use tidings::bus::{
    ActionError, BusError, Deed, DiscardOrder, FailedQuery, FailedSource, Followed, RetryOrder, Runs, Verb,
};
use tokio::sync::mpsc;

use crate::events::{ACME, ticket};
use crate::failing::{
    because, dead_letters, list, listed_letters, one, operator, orders, outcome, retry_one, session,
};
use crate::handling::Log;
use crate::harness::{Handles as _, Harness as _};
use crate::memory::MemoryHarness;

#[tokio::test]
async fn an_outage_is_said_by_everything_and_nothing_is_done() {
    let harness = MemoryHarness::start().await;
    let (session, found) = listed_letters(&harness, "sla", &[ticket(ACME)]).await;
    let (operator, at) = (operator(&session), found[0].at.clone());
    let mut follower = session.failed.follower("plan-1");
    follower.add(&[tidings::bus::Retried {
        from: at.clone(),
        stream: found[0].stream.clone(),
        source: found[0].source,
        event: found[0].event,
        to: Vec::new(),
        plan: "plan-1".to_owned(),
        repeated: false,
    }]);
    harness.go_down().await;
    let (out, _pages) = mpsc::channel(1);
    let down = |error: Option<BusError>| {
        assert!(
            matches!(&error, Some(BusError::Unavailable { what }) if what.contains("told to")),
            "{error:?}"
        );
    };
    down(session.failed.read(&FailedQuery::of(FailedSource::ALL), out).await.err());
    down(session.failed.whole(&at).await.err());
    down(session.failed.foresee(&found, Runs::Failed).await.err());
    down(session.failed.journal(1).await.err());
    down(session.failed.plan("plan-1").await.err());
    down(session.failed.may(Verb::Retry).await.err());
    down(follower.look().await.err());
    down(operator.retry(&orders(&found), &because("plan-1")).await.err());
    down(operator.discard(&DiscardOrder::all(std::slice::from_ref(&at)), &because("plan-1")).await.err());
    down(operator.restore(std::slice::from_ref(&at)).await.err());
    down(operator.release(std::slice::from_ref(&at), true).await.err());
    down(operator.purge(std::slice::from_ref(&at)).await.err());
    down(operator.record(Deed::Purged, &because("plan-1"), 1, None).await.err());
    harness.come_back().await;
    assert_eq!(dead_letters(&session, 1).await, found);
    assert_eq!(session.failed.journal(1).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_refused_is_not_done() {
    let harness = MemoryHarness::start().await;
    let (session, found) = listed_letters(&harness, "sla", &[ticket(ACME)]).await;
    let (operator, at) = (operator(&session), found[0].at.clone());
    harness.broker.faults().refuse_publishes("out of memory");
    let refused = |answer: Option<ActionError>| {
        assert!(
            matches!(&answer, Some(ActionError::Refused(why)) if why.contains("out of memory")),
            "{answer:?}"
        );
    };
    refused(retry_one(&session, &at, "plan-1").await.err());
    refused(
        one(operator
            .discard(&DiscardOrder::all(std::slice::from_ref(&at)), &because("plan-1"))
            .await
            .unwrap())
        .err(),
    );
    refused(one(operator.purge(std::slice::from_ref(&at)).await.unwrap()).err());
    let fields = session.failed.whole(&at).await.unwrap().unwrap().fields;
    refused(
        one(crate::importing::import(&*operator, &[(found[0].stream.clone(), fields)]).await.unwrap()).err(),
    );
    let error = operator.record(Deed::Purged, &because("plan-1"), 1, None).await.unwrap_err();
    assert!(matches!(&error, BusError::Refused { .. }) && error.what().contains("out of memory"));
    assert!(session.failed.may(Verb::Retry).await.is_err());
    harness.broker.faults().accept_publishes();
    assert_eq!(list(&session, FailedSource::DeadLetters).await, found);
    retry_one(&session, &at, "plan-1").await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_nothing_is_done_twice() {
    let harness = MemoryHarness::start().await;
    let events = [ticket(ACME), ticket(ACME)];
    let (session, found) = listed_letters(&harness, "sla", &events).await;
    harness.broker.faults().lose_answers(1);
    let answers = operator(&session).retry(&orders(&found), &because("plan-1")).await.unwrap();
    let [Err(error @ ActionError::Unknown(_)), Ok(_)] = &answers[..] else { panic!("{answers:?}") };
    assert!(error.is_passing());
    let again = retry_one(&session, &found[0].at, "plan-1").await.unwrap();
    assert!(again.repeated);
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("sla"));
    log.until(2).await;
    assert_eq!(outcome(&session, &again).await, Followed::Succeeded);
    worker.stop().await.unwrap();
    assert_eq!(log.len(), 2);
    // Whoever puts something aside again is told where it lies.
    let (session, found) = listed_letters(&harness, "sla", &[ticket(ACME)]).await;
    harness.broker.faults().lose_answers(1);
    let at = std::slice::from_ref(&found[0].at);
    let lost = one(operator(&session).discard(&DiscardOrder::all(at), &because("plan-2")).await.unwrap());
    assert!(matches!(lost, Err(ActionError::Unknown(_))), "{lost:?}");
    let aside =
        one(operator(&session).discard(&DiscardOrder::all(at), &because("plan-2")).await.unwrap()).unwrap();
    let discarded = list(&session, FailedSource::Discarded).await;
    assert_eq!((discarded.len(), &discarded[0].at), (1, &aside));
}

/// On one thread they take turns; here they do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn operators_on_several_threads_retry_each_event_once() {
    const COUNT: usize = 600;
    let harness = MemoryHarness::start().await;
    let events: Vec<_> = (0..COUNT).map(|_| ticket(ACME)).collect();
    let (_, found) = listed_letters(&harness, "sla", &events).await;
    let orders: Vec<RetryOrder> = orders(&found);
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (operator, orders) = (operator(&session(&harness, &[])), orders.clone());
            tokio::spawn(
                async move { operator.retry(&orders, &because(&format!("plan-{n}"))).await.unwrap() },
            )
        })
        .collect();
    let mut done = vec![0; COUNT];
    for task in tasks {
        for (times, answer) in done.iter_mut().zip(task.await.unwrap()) {
            match answer {
                Ok(retried) if !retried.repeated => *times += 1,
                Err(ActionError::Gone) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(done.iter().all(|times| *times == 1));
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("sla"));
    log.until(COUNT).await;
    worker.stop().await.unwrap();
    assert_eq!(log.len(), COUNT);
}
