//! Offering pending entries again.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{ActionError, FailedAt, Joining, StartAt, Suspects, TypeSelection};
use tidings::event::{EntryId, FailedState, HandlerName};

use crate::letters::{STREAM, add, event, key, length, locked, operator, own};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, alga, native, session};

const ALGA: &str = "alga-psa:event-stream:global:TICKET_CREATED";
const GROUP: &str = "event-processors";

fn pending(stream: &str, group: &str, id: EntryId) -> FailedAt {
    FailedAt::Pending { stream: key(stream), group: group.into(), id }
}

/// So many entries, pending with one consumer for `idle` ms, each given to it `count` times.
async fn give(
    admin: &mut Admin,
    (stream, group): (&str, &str),
    entries: u64,
    idle: u64,
    count: u64,
) -> Vec<EntryId> {
    admin.run(&format!("XGROUP CREATE {stream} {group} $ MKSTREAM")).await;
    let mut ids = Vec::new();
    for n in 0..entries {
        ids.push(add(admin, stream, &own(&[("event", &event(n)), ("channel", "global")])).await);
    }
    admin.run(&format!("XREADGROUP GROUP {group} consumer-1 STREAMS {stream} >")).await;
    for id in &ids {
        admin
            .run(&format!("XCLAIM {stream} {group} consumer-1 0 {id} IDLE {idle} RETRYCOUNT {count} JUSTID"))
            .await;
    }
    ids
}

/// Owner and deliveries of what is pending.
async fn owners(admin: &mut Admin, stream: &str, group: &str) -> Vec<(String, u64)> {
    let listed: Vec<(String, String, u64, u64)> =
        admin.get(&format!("XPENDING {stream} {group} - + 100")).await;
    listed.into_iter().map(|(_, owner, _, count)| (owner, count)).collect()
}

async fn consumers(admin: &mut Admin, stream: &str, group: &str) -> usize {
    admin.get::<Vec<redis::Value>>(&format!("XINFO CONSUMERS {stream} {group}")).await.len()
}

#[tokio::test]
async fn a_consumer_of_alga_can_claim_at_once_what_was_released() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    let ids = give(&mut admin, (ALGA, GROUP), 1, 5_000, 2).await;
    let at = [pending(ALGA, GROUP, ids[0])];
    let answer = operator.release(&at, false).await.unwrap().remove(0);
    assert!(matches!(answer, Err(ActionError::Busy { idle_ms: 5_000.. })), "{answer:?}");
    let claim = format!("XAUTOCLAIM {ALGA} {GROUP} consumer-2 30000 0 COUNT 10");
    let claimed: (String, Vec<redis::Value>, Vec<redis::Value>) = admin.get(&claim).await;
    assert!(claimed.1.is_empty(), "not yet");
    admin.run(&format!("XGROUP DELCONSUMER {ALGA} {GROUP} consumer-2")).await;

    assert_eq!(operator.release(&at, true).await.unwrap(), [Ok(None)]);
    assert_eq!(owners(&mut admin, ALGA, GROUP).await, [("consumer-1".to_owned(), 0)]);
    assert_eq!(consumers(&mut admin, ALGA, GROUP).await, 1, "none is added");
    assert_eq!(operator.release(&at, false).await.unwrap(), [Ok(None)], "again, which changes nothing");
    let claimed: (String, Vec<redis::Value>, Vec<redis::Value>) = admin.get(&claim).await;
    assert_eq!(claimed.1.len(), 1);
    assert_eq!(owners(&mut admin, ALGA, GROUP).await, [("consumer-2".to_owned(), 1)]);
    let answer = operator.release(&at, false).await.unwrap().remove(0);
    assert!(matches!(answer, Err(ActionError::Busy { .. })), "somebody is at it now: {answer:?}");
}

#[tokio::test]
async fn on_algas_bus_its_claim_timeout_says_what_is_stuck() {
    let server = PrivateRedis::start();
    let mut settings = alga(&server.url());
    settings.alga_psa.claim_timeout_ms = 300_000;
    let mut admin = Admin::at(&server.url()).await;
    let id = give(&mut admin, (ALGA, GROUP), 1, 120_000, 1).await[0];
    let (session, at) = (session(&settings), [pending(ALGA, GROUP, id)]);
    let operator = session.operator.as_ref().unwrap();
    let states = async || {
        let failed = session.failed.whole(&at[0]).await.unwrap().unwrap().event.state;
        (failed, session.inspector.handlers().await.unwrap().found[0].pending_states())
    };
    assert_eq!(states().await, (FailedState::Running, [1, 0, 0]));
    let answer = operator.release(&at, false).await.unwrap().remove(0);
    assert!(matches!(answer, Err(ActionError::Busy { idle_ms: 120_000.. })), "{answer:?}");
    assert_eq!(operator.release(&at, true).await.unwrap(), [Ok(None)]);
    assert_eq!(states().await, (FailedState::Retrying, [0, 1, 0]), "it was given back");
    admin.run(&format!("XCLAIM {ALGA} {GROUP} consumer-1 0 {id} IDLE 600000 RETRYCOUNT 0 JUSTID")).await;
    assert_eq!(states().await, (FailedState::Stuck, [0, 0, 1]), "and nobody takes it");
}

#[tokio::test]
async fn what_is_stuck_needs_no_force_and_hears_what_it_waits_for() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    let ids = give(&mut admin, (ALGA, GROUP), 12, 120_000, 7).await;
    let all: Vec<_> = ids.iter().map(|id| pending(ALGA, GROUP, *id)).collect();
    let answers = operator.release(&all, false).await.unwrap();
    for (n, answer) in answers.iter().enumerate() {
        let note = answer.as_ref().unwrap();
        assert_eq!(note.as_ref().is_some_and(|note| note.contains("ten older")), n >= 10, "{n}: {note:?}");
    }
}

#[tokio::test]
async fn what_was_trimmed_or_finished_is_refused_and_stays_as_it_is() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&alga(&server.url())));
    let ids = give(&mut admin, (ALGA, GROUP), 3, 120_000, 2).await;
    admin.run(&format!("XDEL {ALGA} {}", ids[0])).await;
    admin.run(&format!("XACK {ALGA} {GROUP} {}", ids[1])).await;
    let all: Vec<_> = ids[..2].iter().map(|id| pending(ALGA, GROUP, *id)).collect();
    for force in [false, true] {
        let answers = operator.release(&all, force).await.unwrap();
        assert_eq!(answers, [Err(ActionError::Trimmed), Err(ActionError::Gone)]);
        assert_eq!(owners(&mut admin, ALGA, GROUP).await.len(), 2, "the trimmed one is pending still");
    }
    let strange = [
        pending(ALGA, "no-group", ids[2]),
        pending("alga-psa:event-stream:global:TICKET_CLOSED", GROUP, ids[2]),
    ];
    assert!(
        operator
            .release(&strange, true)
            .await
            .unwrap()
            .iter()
            .all(|answer| *answer == Err(ActionError::Gone))
    );
    for at in ["dead:1-1:alga-psa:event-stream:global:A", "pending:1-1:g:other"] {
        let answer = operator.release(&[at.parse().unwrap()], true).await.unwrap().remove(0);
        assert!(matches!(answer, Err(ActionError::Unsuitable(_))), "{at}: {answer:?}");
    }
    let globex = locked(&alga(&server.url()), "globex");
    let answer = globex.release(&[pending(ALGA, GROUP, ids[2])], true).await.unwrap().remove(0);
    assert!(matches!(answer, Err(ActionError::Tenant(_))), "{answer:?}");
    assert_eq!(length(&mut admin, ALGA).await, 2);
}

#[tokio::test]
async fn on_a_native_bus_it_belongs_to_nobody_then_and_is_taken_over_without_a_crash() {
    let server = PrivateRedis::start();
    let settings = native(&server.url());
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&settings));
    let retries = format!("{STREAM}:retry:mail");
    admin.run("HSET event::$handlers mail 1").await;
    let first = give(&mut admin, (STREAM, "mail"), 1, 1_000, 2).await[0];
    let again = give(&mut admin, (&retries, "mail"), 1, 120_000, 1).await[0];
    let all = [pending(STREAM, "mail", first), pending(&retries, "mail", again)];
    let answers = operator.release(&all, false).await.unwrap();
    assert!(matches!(answers[0], Err(ActionError::Busy { .. })), "{answers:?}");
    assert_eq!(answers[1], Ok(None));
    assert_eq!(operator.release(&all, true).await.unwrap(), [Ok(None), Ok(None)]);
    assert_eq!(owners(&mut admin, STREAM, "mail").await, [("$released".to_owned(), 1)]);
    assert_eq!(owners(&mut admin, &retries, "mail").await, [("$released".to_owned(), 0)]);
    let joining = Joining {
        handler: HandlerName::new("mail").unwrap(),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: Duration::from_mins(10),
        dedup: None,
    };
    let member = session(&settings).consumer.unwrap().join(joining).await.unwrap();
    let mut crashes = Vec::new();
    // A page of one stream at a time.
    for _ in 0..4 {
        let taken = Arc::clone(&member).reclaim(10, Suspects::ANY).await.unwrap();
        crashes.extend(taken.deliveries.into_iter().map(|delivery| delivery.crashes));
    }
    crashes.sort_unstable();
    assert_eq!(crashes, [0, 1], "the crash before counts, and the release does not");
}

#[tokio::test]
async fn on_a_native_bus_a_group_that_is_no_handlers_is_left_alone() {
    let server = PrivateRedis::start();
    let (mut admin, operator) = (Admin::at(&server.url()).await, operator(&native(&server.url())));
    let retries = format!("{STREAM}:retry:mail");
    admin.run("HSET event::$handlers mail 1 sla 1").await;
    // Another program's groups: one of no handler's name, one that could be a handler's, and one on another's retries.
    let groups = [
        (STREAM, "Their Group".replace(' ', "_")),
        (STREAM, "theirs".to_owned()),
        (&retries, "sla".to_owned()),
    ];
    for (stream, group) in &groups {
        let id = give(&mut admin, (stream, group), 1, 120_000, 2).await[0];
        for force in [false, true] {
            let answer = operator.release(&[pending(stream, group, id)], force).await.unwrap().remove(0);
            let says = |why: &str| why.contains("no handler's");
            assert!(matches!(&answer, Err(ActionError::Unsuitable(why)) if says(why)), "{group}: {answer:?}");
        }
        assert_eq!(owners(&mut admin, stream, group).await, [("consumer-1".to_owned(), 2)]);
        assert_eq!(consumers(&mut admin, stream, group).await, 1, "none is added");
    }
}
