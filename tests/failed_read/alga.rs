//! The captured bus of Alga PSA.

use std::collections::BTreeSet;

use tidings::bus::{Claim, Counted, FailedAt, FailedEvent, FailedSource, Followed, Retried};
use tidings::event::{EntryId, FailedState};

use crate::redis_server::{PrivateRedis, load_fixture};
use crate::sessions::{Admin, alga, session};
use crate::{event, find, locked, stream};

fn lie_elsewhere(events: &[&FailedEvent]) -> usize {
    events.iter().filter(|event| event.channel.as_ref().unwrap().as_str() != "global").count()
}

#[tokio::test]
async fn the_captured_bus_has_21_dead_letters_and_6_pending_over_all_channels() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let session = session(&alga(&server.url()));
    let found = find(&session, FailedSource::FAILED).await;
    let totals = found.first.totals.unwrap();
    assert_eq!(totals[&FailedSource::DeadLetters], Counted::Exactly(21));
    assert_eq!(totals[&FailedSource::Pending], Counted::Exactly(6));
    assert_eq!(found.first.lying.values().sum::<u64>(), 21);
    let (dead, pending): (Vec<_>, Vec<_>) =
        found.events.iter().partition(|event| matches!(event.at, FailedAt::DeadLetter { .. }));
    assert_eq!((dead.len(), pending.len()), (21, 6));
    assert_eq!((lie_elsewhere(&dead), lie_elsewhere(&pending)), (8, 5));
    for event in &found.events {
        assert_eq!(event.handler.as_deref(), Some("event-processors"));
        assert!(event.tenant.is_some() && event.event.is_some() && event.text.is_some(), "{event:?}");
    }
    for event in &dead {
        assert_eq!((event.state, event.attempts, event.max_attempts), (FailedState::Dead, Some(4), None));
        assert!(event.source.is_some() && event.last_failed_at.is_some());
    }
    for event in &pending {
        assert_eq!((event.state, event.attempts), (FailedState::Retrying, Some(2)), "just loaded");
        assert_eq!(event.max_attempts, Some(10), "the default of Alga");
    }
    let types: BTreeSet<_> = dead.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, BTreeSet::from(["INVOICE_FINALIZED", "TICKET_CREATED", "TICKET_UPDATED"]));
    assert!(found.unseen.is_empty() && found.denied.is_empty());
    // Each can be looked at by its name.
    for event in &found.events {
        let at = event.at.to_string().parse().unwrap();
        let whole = session.failed.whole(&at).await.unwrap().unwrap();
        assert_eq!((&whole.event.text, whole.event.state), (&event.text, event.state));
        let there = whole.lineage.published.is_some();
        assert!(there || matches!(at, FailedAt::DeadLetter { .. }), "what is pending is there");
    }
}

#[tokio::test]
async fn what_nobody_has_said_anything_of_for_two_minutes_is_stuck() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let session = session(&alga(&server.url()));
    let mut admin = Admin::at(&server.url()).await;
    for event in find(&session, [FailedSource::Pending]).await.events {
        let FailedAt::Pending { stream, group, id } = &event.at else { panic!("{event:?}") };
        let (key, group, id) = (stream.as_str(), group, id.to_string());
        admin.run(&format!("XCLAIM {key} {group} consumer-23832 0 {id} IDLE 120000 JUSTID")).await;
    }
    let events = find(&session, [FailedSource::Pending]).await.events;
    assert_eq!(events.len(), 6);
    for event in events {
        assert_eq!((event.state, event.attempts), (FailedState::Stuck, Some(2)));
        assert!(event.idle.unwrap().as_secs() >= 120);
    }
}

#[tokio::test]
async fn a_tenant_lock_lets_nothing_of_others_through_and_counts_it() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let all = find(&session(&alga(&server.url())), FailedSource::FAILED).await.events;
    let tenant = all[0].tenant.clone().unwrap();
    let own = all.iter().filter(|event| event.tenant.as_ref() == Some(&tenant)).count();
    let session = locked(&alga(&server.url()), &[tenant.as_str()]);
    let found = find(&session, FailedSource::FAILED).await;
    assert_eq!((found.events.len(), found.other_tenants), (own, 27 - own as u64));
    assert!(found.events.iter().all(|event| event.tenant.as_ref() == Some(&tenant)));
    assert_eq!(found.first.totals.unwrap()[&FailedSource::DeadLetters], Counted::Exactly(21), "over all");
    let other = all.iter().find(|event| event.tenant.as_ref() != Some(&tenant)).unwrap();
    assert_eq!(session.failed.whole(&other.at).await.unwrap(), None);
    assert!(session.failed.whole(&all[0].at).await.unwrap().is_some());
}

const KEY: &str = "alga-psa:event-stream:global:A";

/// As if the dead letter `n` was retried as the entry `id`.
fn retried(n: u64, id: EntryId) -> Retried {
    Retried {
        from: FailedAt::DeadLetter { stream: stream(KEY), id: EntryId::new(n, 0) },
        stream: stream(KEY),
        source: None,
        event: None,
        to: vec![Claim { stream: stream(KEY), id }],
        plan: "plan-1".to_owned(),
        repeated: false,
    }
}

#[tokio::test]
async fn a_retry_is_followed_by_what_its_group_does_with_the_new_entry() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    admin.run(&format!("XGROUP CREATE {KEY} event-processors 0 MKSTREAM")).await;
    // A group of somebody else says nothing of Alga's handlers.
    admin.run(&format!("XGROUP CREATE {KEY} audit 0")).await;
    let mut all = Vec::new();
    for n in 0..4 {
        let id: String = admin.get(&format!("XADD {KEY} * event {}", event(n, "A", "acme"))).await;
        all.push(retried(n, id.parse().unwrap()));
    }
    let session = session(&alga(&server.url()));
    let mut follower = session.failed.follower("plan-1");
    follower.add(&all);
    assert_eq!(follower.look().await.unwrap(), [], "nobody was given any of them");
    let id = |n: usize| all[n].to[0].id;
    let read = format!("XREADGROUP GROUP event-processors c COUNT 3 STREAMS {KEY} >");
    admin.run(&read).await;
    admin.run(&format!("XACK {KEY} event-processors {}", id(0))).await;
    // A failing handler leaves it pending; it is given out once more.
    admin.run(&format!("XCLAIM {KEY} event-processors c 0 {}", id(1))).await;
    admin
        .run(&format!(
            "XADD {KEY}:dead-letter * event x sourceStream {KEY} sourceMessageId {} deliveries 11",
            id(2)
        ))
        .await;
    admin.run(&format!("XACK {KEY} event-processors {}", id(2))).await;
    let from = |n: usize| all[n].from.clone();
    assert_eq!(
        follower.look().await.unwrap(),
        [(from(0), Followed::Succeeded), (from(1), Followed::Retrying), (from(2), Followed::DeadAgain)]
    );
    assert_eq!(follower.look().await.unwrap(), [], "nothing changed");
    admin.run(&format!("XACK {KEY} event-processors {}", id(1))).await;
    // Alga's publisher trims, unread or not.
    admin.run(&format!("XTRIM {KEY} MAXLEN 0")).await;
    assert_eq!(follower.look().await.unwrap(), [(from(1), Followed::Succeeded), (from(3), Followed::Lost)]);
    // A plan that is gone on with learns the same.
    let mut again = session.failed.follower("plan-1");
    again.add(&all);
    assert_eq!(again.look().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_bus_without_channels_has_failed_events_too() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let key = "alga-psa:event-stream:A";
    for words in [
        format!("XADD {key}:dead-letter 5-0 event {} sourceMessageId 1-0 deliveries 11", event(1, "A", "t")),
        format!("XADD {key}:dead-letter 6-0 event {{broken sourceMessageId 2-0 deliveries 11"),
        format!("XADD tidings:discarded:{key} 7-0 event {} sourceMessageId 3-0", event(3, "A", "t")),
    ] {
        admin.run(&words).await;
    }
    let session = session(&alga(&server.url()));
    let found = find(&session, [FailedSource::DeadLetters, FailedSource::Discarded]).await;
    let states: Vec<_> = found.events.iter().map(|event| (event.at.id().ms, event.state)).collect();
    assert_eq!(
        states,
        [(6, FailedState::Invalid), (5, FailedState::Dead), (7, FailedState::Discarded)],
        "also of a stream that is gone itself"
    );
    assert!(found.events.iter().all(|event| event.channel.is_none()));
}
