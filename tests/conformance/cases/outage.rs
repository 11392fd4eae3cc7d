//! What goes wrong with a broker, and what is said of it.

use std::time::Duration;

use tidings::bus::{BusError, BusSignal, Form, Link, Patience, PublishError, Watch};
use tidings::event::EntryId;

use crate::events::{ACME, append, append_many, event_ids, open, place, ticket};
use crate::harness::Harness;
use crate::watching::{Watching, everything};

fn is_down(signal: &BusSignal) -> bool {
    matches!(signal, BusSignal::Link(Link::Down { .. }))
}

fn is_live(signal: &BusSignal) -> bool {
    matches!(signal, BusSignal::Link(Link::Live(_)))
}

pub(crate) async fn is_sat_out_with_nothing_missed_and_nothing_twice(harness: &impl Harness) {
    let places = [place("TICKET_CREATED"), place("TICKET_UPDATED")];
    let mut watching = Watching::start(&harness.session(open()), everything());
    watching.until_caught_up().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.extend(append_many(harness, &places[0], 20).await);
        ids.extend(append_many(harness, &places[1], 20).await);
        // Some of these are on their way when it goes down.
        harness.go_down().await;
        let BusSignal::Link(Link::Down { since, retry_at, attempt, why }) = watching.until(is_down).await
        else {
            unreachable!("that is what was waited for")
        };
        assert!(retry_at >= since && attempt >= 1 && !why.is_empty());
        harness.come_back().await;
        // Some of these are there before the observer is back.
        ids.extend(append_many(harness, &places[1], 20).await);
        watching.until(is_live).await;
    }
    ids.extend(append_many(harness, &places[0], 20).await);
    watching.until_entries(ids.len()).await;
    watching.stop().await.unwrap();
    let mut seen = event_ids(watching.entries());
    seen.sort();
    ids.sort();
    assert_eq!(seen, ids);
    assert!(
        !watching.seen.iter().any(|signal| matches!(signal, BusSignal::DataLost(_) | BusSignal::Gap(_))),
        "nothing was lost, and nothing is said to be"
    );
}

pub(crate) async fn ends_a_verb_that_never_got_a_connection(harness: &impl Harness) {
    let session = harness.session(open());
    harness.go_down().await;
    let watch = Watch { patience: Patience::GiveUp(Duration::from_millis(300)), ..everything() };
    let mut watching = Watching::start(&session, watch);
    let ended = watching.end().await;
    assert!(matches!(&ended, Err(BusError::Unavailable { what }) if !what.is_empty()), "{ended:?}");
    assert!(!watching.seen.iter().any(is_live));
}

pub(crate) async fn fails_what_needs_the_broker(harness: &impl Harness) {
    let session = harness.session(open());
    let publisher = session.publisher.clone().unwrap();
    harness.go_down().await;
    for form in [Form::Batch, Form::Once] {
        let answers = publisher.publish(&[ticket(ACME)], form).await;
        assert!(
            matches!(answers[0], Err(PublishError::NotSent(_) | PublishError::Unknown(_))),
            "never said to be published: {answers:?}"
        );
    }
    assert!(session.inspector.streams().await.is_err());
    harness.come_back().await;
    let mut watching = Watching::start(&session, everything());
    watching.until_caught_up().await;
    let answers = publisher.publish(&[ticket(ACME)], Form::Once).await;
    assert!(answers[0].is_ok(), "{answers:?}");
}

pub(crate) async fn lost_data_is_said_and_read_again(harness: &impl Harness) {
    let (kept, quiet) = (place("TICKET_CREATED"), place("TICKET_UPDATED"));
    append_many(harness, &kept, 30).await;
    append_many(harness, &quiet, 3).await;
    let mut watching = Watching::start(&harness.session(open()), everything());
    watching.until_entries(33).await;
    watching.until_caught_up().await;
    harness.lose_data().await;
    let mut lost = Vec::new();
    while lost.len() < 2 {
        let BusSignal::DataLost(streams) =
            watching.until(|signal| matches!(signal, BusSignal::DataLost(_))).await
        else {
            unreachable!("that is what was waited for")
        };
        lost.extend(streams);
    }
    lost.sort();
    assert_eq!(lost, [kept.stream().clone(), quiet.stream().clone()], "each once");
    let after = append_many(harness, &kept, 5).await;
    watching.until_entries(38).await;
    let more = append(harness, &quiet, None, ACME).await;
    watching.until_entries(39).await;
    assert_eq!(event_ids(watching.entries())[33..38], after, "read again from the beginning");
    assert_eq!(event_ids(watching.entries())[38], more);
}

pub(crate) async fn a_slow_observer_that_trimming_outran_learns_of_the_gap<H: Harness>(harness: &H) {
    const COUNT: usize = 6_000;
    let place = place("TICKET_CREATED");
    let ids = append_many(harness, &place, COUNT).await;
    let mut watching = Watching::narrow(&harness.session(open()), everything(), 1);
    watching.until_entries(1).await;
    harness.trim(&place, 10).await;
    let BusSignal::Gap(gap) = watching.until(|signal| matches!(signal, BusSignal::Gap(_))).await else {
        unreachable!("that is what was waited for")
    };
    let read = watching.entries().len();
    assert!(read < COUNT - 10, "the observer was outrun");
    assert_eq!(gap.stream, *place.stream());
    assert_eq!(gap.after, watching.ids().last().copied().unwrap_or(EntryId::ZERO));
    if H::COUNTS_TRIMMED {
        assert_eq!(gap.lost, Some((COUNT - 10 - read) as u64), "each entry is either sent or counted");
    }
    watching.until_caught_up().await;
    watching.until_entries(read + 10).await;
    assert_eq!(gap.before, watching.ids()[read], "the first one after the hole");
    let seen = event_ids(watching.entries());
    assert_eq!((&seen[..read], &seen[read..]), (&ids[..read], &ids[COUNT - 10..]));
}
