//! History: what was there when the watch began.

use chrono::DateTime;
use tidings::bus::{BusSignal, Link, Origin, Spot, Start, Watch, read_around};
use tidings::event::{EntryId, EventId, EventType, TenantId};

use crate::events::{ACME, GLOBEX, append, append_many, event_ids, json, locked_to, open, place};
use crate::harness::Harness;
use crate::watching::{Watching, history, last, run};

const TYPES: [&str; 3] = ["TICKET_CREATED", "TICKET_UPDATED", "PROJECT_CLOSED"];

/// A moment in the past, so that no entry has it by chance.
const THEN: u64 = 1_600_000_000_000;

/// `count` events, one a millisecond, one stream after another; their ids in that order.
async fn spread(harness: &impl Harness, count: u64) -> Vec<EventId> {
    let mut ids = Vec::new();
    for (at, event_type) in (0..count).zip(TYPES.iter().cycle()) {
        ids.push(append(harness, &place(event_type), Some(THEN + at), ACME).await);
    }
    ids
}

pub(crate) async fn is_merged_over_streams_in_the_order_of_ids(harness: &impl Harness) {
    let ids = spread(harness, 40).await;
    let seen = run(&harness.session(open()), history()).await;
    assert_eq!(event_ids(seen.entries()), ids);
    assert!(seen.entries().iter().all(|entry| entry.replayable && entry.channel.is_none()));
    assert_eq!(seen.entries()[1].stream.as_str(), "event::TICKET_UPDATED");
    let batches = seen.seen.iter().filter_map(|signal| match signal {
        BusSignal::Entries(batch) => Some(batch.origin),
        _ => None,
    });
    assert!(batches.into_iter().all(|origin| origin == Origin::History));
    assert!(matches!(seen.seen.first(), Some(BusSignal::Link(Link::Connecting { .. }))), "{:#?}", seen.seen);
    assert!(seen.seen.iter().any(|signal| matches!(signal, BusSignal::Link(Link::Live(_)))));
    assert!(
        matches!(seen.seen.last(), Some(BusSignal::CaughtUp)),
        "its end is said, without follow too: {:#?}",
        seen.seen.last()
    );
}

pub(crate) async fn last_is_the_newest_over_all_streams_together(harness: &impl Harness) {
    let mut ids = spread(harness, 30).await;
    // A noisy stream is most of the newest, a quiet one has none of them.
    for at in 30..40 {
        ids.push(append(harness, &place("TICKET_UPDATED"), Some(THEN + at), ACME).await);
    }
    let seen = run(&harness.session(open()), last(12)).await;
    assert_eq!(event_ids(seen.entries()), ids[28..]);
}

pub(crate) async fn last_counts_what_the_lock_admits(harness: &impl Harness) {
    let mut acme = Vec::new();
    for at in 0..30 {
        let tenant = if at % 3 == 0 { ACME } else { GLOBEX };
        let id = append(harness, &place(TYPES[(at % 2) as usize]), Some(THEN + at), tenant).await;
        acme.extend((tenant == ACME).then_some(id));
    }
    harness.append(&place("TICKET_CLOSED"), Some(THEN + 50), vec![json("broken")]).await;
    let seen = run(&harness.session(locked_to(&[ACME])), last(4)).await;
    assert_eq!(event_ids(seen.entries()), acme[6..]);
}

pub(crate) async fn last_may_be_more_than_there_is_or_nothing(harness: &impl Harness) {
    let ids = spread(harness, 7).await;
    let session = harness.session(open());
    assert_eq!(event_ids(run(&session, last(1_000)).await.entries()), ids);
    assert_eq!(run(&session, last(0)).await.entries().len(), 0);
}

pub(crate) async fn since_begins_with_the_first_entry_of_that_moment(harness: &impl Harness) {
    let ids = spread(harness, 20).await;
    let moment = DateTime::from_timestamp_millis((THEN + 5).cast_signed()).unwrap();
    let watch = Watch { start: Start::Since(moment), ..history() };
    assert_eq!(event_ids(run(&harness.session(open()), watch).await.entries()), ids[5..]);
}

pub(crate) async fn an_empty_bus_ends_at_once(harness: &impl Harness) {
    for watch in [history(), last(10)] {
        let seen = run(&harness.session(open()), watch).await;
        assert_eq!(seen.entries().len(), 0);
        assert!(seen.seen.iter().any(|signal| matches!(signal, BusSignal::CaughtUp)));
    }
}

pub(crate) async fn a_long_history_comes_whole_through_a_narrow_channel(harness: &impl Harness) {
    let mut ids = append_many(harness, &place("TICKET_CREATED"), 1_700).await;
    ids.extend(append_many(harness, &place("TICKET_CLOSED"), 700).await);
    let mut watching = Watching::narrow(&harness.session(open()), history(), 1);
    assert_eq!(watching.end().await, Ok(()));
    let mut seen = event_ids(watching.entries());
    assert!(watching.ids().is_sorted(), "in the order of ids");
    seen.sort();
    ids.sort();
    assert_eq!(seen, ids);
}

pub(crate) async fn around_an_event_are_its_tenants_next_ones(harness: &impl Harness) {
    // One event every 20 seconds, every fourth of another tenant, over three streams.
    let mut acme = Vec::new();
    for (at, event_type) in (0..40_u64).zip(TYPES.iter().cycle()) {
        let tenant = if at % 4 == 1 { GLOBEX } else { ACME };
        let ms = THEN + at * 20_000;
        let id = append(harness, &place(event_type), Some(ms), tenant).await;
        acme.extend((tenant == ACME).then_some((id, ms, *event_type)));
    }
    let session = harness.session(open());
    for it in [0, 2, 14, 29] {
        let (event, ms, event_type) = acme[it];
        let at = DateTime::from_timestamp_millis(i64::try_from(ms).unwrap()).unwrap();
        let spot = Spot {
            tenant: TenantId::new(ACME).unwrap(),
            at,
            stream: place(event_type).stream().clone(),
            id: Some(EntryId::new(ms, 0)),
            event_type: EventType::new(event_type).unwrap(),
            event: Some(event),
        };
        let around = read_around(session.observer.as_ref(), &spot, 5).await.unwrap();
        let expected: Vec<_> =
            acme[it.saturating_sub(5)..acme.len().min(it + 6)].iter().map(|(id, ..)| Some(*id)).collect();
        assert_eq!(around.events.iter().map(|near| near.event).collect::<Vec<_>>(), expected, "around {it}");
        assert!(around.events[around.before].is_it && around.before == it.min(5));
        // A tenant with nothing else there, and a lock that keeps this one out: it stands alone.
        let alone = Spot { tenant: TenantId::new("alone").unwrap(), ..spot.clone() };
        let locked = harness.session(locked_to(&[GLOBEX]));
        for (session, spot) in [(&session, &alone), (&locked, &spot)] {
            let around = read_around(session.observer.as_ref(), spot, 5).await.unwrap();
            assert_eq!((around.before, around.after()), (0, 0));
        }
    }
    harness.go_down().await;
    let spot = Spot {
        tenant: TenantId::new(ACME).unwrap(),
        at: DateTime::from_timestamp_millis(i64::try_from(THEN).unwrap()).unwrap(),
        stream: place(TYPES[0]).stream().clone(),
        id: None,
        event_type: EventType::new(TYPES[0]).unwrap(),
        event: None,
    };
    assert!(read_around(harness.session(open()).observer.as_ref(), &spot, 5).await.is_err());
}
