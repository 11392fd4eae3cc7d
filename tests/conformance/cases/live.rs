//! Live: what arrives while watching.

use tidings::bus::{BusSignal, Origin, Start, Watch};

use crate::events::{ACME, append, append_many, event_ids, open, place};
use crate::harness::Harness;
use crate::watching::{Watching, everything};

pub(crate) async fn follows_history_without_a_gap_or_a_double(harness: &impl Harness) {
    let places = [place("TICKET_CREATED"), place("TICKET_UPDATED"), place("INVOICE_GENERATED")];
    let mut ids = Vec::new();
    for at in 0..40 {
        ids.extend(append_many(harness, &places[at % 3], 10).await);
    }
    // The publisher goes on while history is read and while the watch turns live.
    let session = harness.session(open());
    let mut watching = Watching::narrow(&session, everything(), 2);
    for at in 0..200 {
        ids.extend(append_many(harness, &places[at % 3], 4).await);
        if at % 25 == 0 {
            watching.next().await;
        }
    }
    watching.until_entries(ids.len()).await;
    watching.until_caught_up().await;
    let last = append(harness, &places[0], None, ACME).await;
    ids.push(last);
    watching.until_entries(ids.len()).await;
    assert_eq!(watching.stop().await, Ok(()));
    for place in &places {
        let of_stream = watching.entries().into_iter().filter(|entry| entry.stream == *place.stream());
        assert!(of_stream.map(|entry| entry.id).is_sorted_by(|a, b| a < b), "each once, in order");
    }
    let mut seen = event_ids(watching.entries());
    seen.sort();
    ids.sort();
    assert_eq!(seen, ids);
    let newest = watching.seen.iter().rfind(|signal| matches!(signal, BusSignal::Entries(_)));
    assert!(matches!(newest, Some(BusSignal::Entries(batch)) if batch.origin == Origin::Live));
}

pub(crate) async fn finds_a_new_stream_while_it_runs(harness: &impl Harness) {
    append(harness, &place("TICKET_CREATED"), None, ACME).await;
    let watch = Watch { start: Start::Last(10), ..everything() };
    let mut watching = Watching::start(&harness.session(open()), watch);
    watching.until_caught_up().await;
    let ids = append_many(harness, &place("TICKET_CLOSED"), 3).await;
    watching.until_entries(4).await;
    assert_eq!(event_ids(watching.entries())[1..], ids, "from its first entry");
    let mut discovered = watching.seen.iter().filter_map(|signal| match signal {
        BusSignal::Discovered(report) => Some(report.streams),
        _ => None,
    });
    assert_eq!(discovered.next_back(), Some(2));
}

pub(crate) async fn serves_any_number_of_observers(harness: &impl Harness) {
    let place = place("TICKET_CREATED");
    let session = harness.session(open());
    let mut watchings: Vec<_> = (0..5).map(|_| Watching::start(&session, everything())).collect();
    let ids = append_many(harness, &place, 50).await;
    for watching in &mut watchings {
        watching.until_entries(50).await;
        assert_eq!(event_ids(watching.entries()), ids);
    }
}

pub(crate) async fn waits_for_a_slow_observer(harness: &impl Harness) {
    let place = place("TICKET_CREATED");
    let mut watching = Watching::narrow(&harness.session(open()), everything(), 1);
    watching.until_caught_up().await;
    let ids = append_many(harness, &place, 1_500).await;
    watching.until_entries(1_500).await;
    assert_eq!(event_ids(watching.entries()), ids, "the stream is the buffer");
}

pub(crate) async fn ends_when_it_is_stopped_or_nobody_listens(harness: &impl Harness) {
    let place = place("TICKET_CREATED");
    append_many(harness, &place, 20).await;
    let session = harness.session(open());
    let mut idle = Watching::start(&session, everything());
    idle.until_caught_up().await;
    assert_eq!(idle.stop().await, Ok(()));
    let unheard = Watching::start(&session, everything());
    assert_eq!(unheard.hang_up().await, Ok(()));
    let mut blocked = Watching::narrow(&session, everything(), 1);
    blocked.next().await;
    assert_eq!(blocked.stop().await, Ok(()));
}
