//! What goes missing while it is worked at: a server's data, entries, deliveries.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{
    Delivery, FinishAs, Finished, HandlerStats, Heartbeat, Latency, Left, Membership, Reason, Suspects,
};

use super::claim::{LEASE, claims, finish, join, take};
use crate::events::{ACME, append_many, json, place, ticket};
use crate::handling::eventually;
use crate::harness::Handles;

const NOW: Duration = Duration::ZERO;

fn retry() -> FinishAs {
    FinishAs::Retry { fields: Arc::new(json(ticket(ACME).text())), after: NOW, history: Vec::new() }
}

/// Takes the next retry, as soon as it is due.
async fn take_retry(member: &Arc<dyn Membership>) -> Delivery {
    eventually("the retry is due", || async {
        member.keep_up().await.unwrap();
        member.take(1, NOW).await.unwrap().pop()
    })
    .await
}

/// What a sign of life of `member` says, who works for `handler`.
pub(crate) fn heartbeat(member: &Arc<dyn Membership>, handler: &str) -> Heartbeat {
    Heartbeat {
        consumer: member.consumer().to_owned(),
        handler: handler.to_owned(),
        types: vec!["*".to_owned()],
        host: String::new(),
        pid: 1,
        started: chrono::Utc::now(),
        stats: HandlerStats::default(),
        latency: Latency::default(),
        lease_ms: None,
    }
}

/// A sign of life of `member`.
async fn beat(member: &Arc<dyn Membership>) {
    member.beat(&heartbeat(member, "by-hand")).await.unwrap();
}

pub(crate) async fn a_retry_that_runs_while_the_data_is_lost_is_recorded(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 3).await;
    let member = join(harness, LEASE).await;
    let first = take(&member, 3).await;
    let finishes: Vec<_> = first.iter().map(|delivery| finish(delivery, retry())).collect();
    member.finish(&finishes).await.unwrap();
    let again = [take_retry(&member).await, take_retry(&member).await, take_retry(&member).await];
    harness.lose_data().await;
    assert_eq!(member.renew(&claims(&again)).await.unwrap(), [], "nobody else has them");
    // The groups are made again, and with them the stream of the retries.
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    take(&member, 1).await;
    assert_eq!(member.renew(&claims(&again)).await.unwrap(), [], "nobody else has them");
    let dead = FinishAs::Dead {
        fields: Arc::new(json(ticket(ACME).text())),
        reason: Reason::Permanent,
        error: vec!["no".to_owned()],
        history: Vec::new(),
    };
    let finishes = [finish(&again[0], retry()), finish(&again[1], dead), finish(&again[2], FinishAs::Done)];
    assert_eq!(member.finish(&finishes).await.unwrap(), [Finished::Vanished; 3]);
    let letters = harness.dead_letters().await;
    assert_eq!(letters.iter().map(|letter| letter.reason).collect::<Vec<_>>(), [Reason::Permanent]);
    let third = take_retry(&member).await;
    assert_eq!((third.attempt, &third.source), (3, &again[0].source));
    assert_eq!(member.finish(&[finish(&third, FinishAs::Done)]).await.unwrap(), [Finished::Recorded]);
}

pub(crate) async fn a_retry_that_another_has_done_is_not_recorded_again(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    let slow = join(harness, LEASE).await;
    let first = take(&slow, 1).await;
    slow.finish(&[finish(&first[0], retry())]).await.unwrap();
    let late = take_retry(&slow).await;
    let heir = join(harness, LEASE).await;
    let found = eventually("it can be taken over", || async {
        heir.reclaim(1, Suspects::ANY).await.unwrap().deliveries.pop()
    })
    .await;
    heir.finish(&[finish(&found, FinishAs::Done)]).await.unwrap();
    let late = claims(&[late]);
    assert_eq!(slow.renew(&late).await.unwrap(), late, "it is done by now");
    slow.finish(&[finish(&found, retry())]).await.unwrap();
    assert_eq!(slow.left().await, Ok(Left::default()), "and is not done again");
}

pub(crate) async fn what_was_trimmed_while_it_runs_is_buried_by_nobody_else(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let (busy, dies) = (join(harness, LEASE).await, join(harness, LEASE).await);
    let (runs, left) = (take(&busy, 1).await, take(&dies, 1).await);
    harness.trim(&place("TICKET_CREATED"), 0).await;
    let heir = join(harness, LEASE).await;
    let letters = eventually("what the dead one had is buried", || async {
        beat(&busy).await;
        assert_eq!(busy.renew(&claims(&runs)).await.unwrap(), []);
        assert_eq!(heir.reclaim(5, Suspects::ANY).await.unwrap().deliveries.len(), 0);
        Some(harness.dead_letters().await).filter(|letters| !letters.is_empty())
    })
    .await;
    // Both could have been buried by then.
    let buried: Vec<_> = letters.iter().map(|letter| &letter.source).collect();
    assert_eq!(buried, [&left[0].claim], "the other one runs");
    assert_eq!(busy.finish(&[finish(&runs[0], FinishAs::Done)]).await.unwrap(), [Finished::Vanished]);
}

pub(crate) async fn a_lost_delivery_that_was_trimmed_is_told_and_not_left_for_ever(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 3).await;
    let member = join(harness, Duration::from_hours(1)).await;
    let taken = take(&member, 3).await;
    harness.trim(&place("TICKET_CREATED"), 0).await;
    // The answers with the last two never came.
    assert_eq!(member.recover(&claims(&taken[..1]), 10).await.unwrap().len(), 0);
    let letters = harness.dead_letters().await;
    let told: Vec<_> = letters.iter().map(|letter| (letter.reason, letter.source.clone())).collect();
    let expected: Vec<_> = claims(&taken[1..]).into_iter().map(|claim| (Reason::Trimmed, claim)).collect();
    assert_eq!(told, expected);
    assert_eq!(member.finish(&[finish(&taken[0], FinishAs::Done)]).await.unwrap(), [Finished::Vanished]);
    assert_eq!(member.left().await, Ok(Left::default()));
}
