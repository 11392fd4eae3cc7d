//! Looking a bus over.

use tidings::bus::{Level, Looked, StreamReport};

use crate::events::{append_many, open, place};
use crate::harness::Harness;
use crate::watching::{history, run};

pub(crate) async fn an_empty_bus_has_no_streams(harness: &impl Harness) {
    assert_eq!(harness.session(open()).inspector.streams().await, Ok(Looked::whole(vec![])));
}

pub(crate) async fn streams_are_counted(harness: &impl Harness) {
    let session = harness.session(open());
    append_many(harness, &place("TICKET_UPDATED"), 12).await;
    append_many(harness, &place("TICKET_CLOSED"), 5).await;
    append_many(harness, &place("PROJECT_CREATED"), 2).await;
    harness.trim(&place("TICKET_UPDATED"), 7).await;
    harness.trim(&place("PROJECT_CREATED"), 0).await;
    let seen = run(&session, history()).await;
    let report = |event_type: &str, length: u64| {
        let place = place(event_type);
        let ids = seen.entries().into_iter().filter(|entry| entry.stream == *place.stream());
        let ids: Vec<_> = ids.map(|entry| entry.id).collect();
        assert_eq!(ids.len() as u64, length);
        StreamReport {
            stream: place.stream().clone(),
            event_type: place.event_type().clone(),
            channel: None,
            length,
            first: ids.first().copied(),
            last: ids.last().copied(),
            groups: vec![],
            dead_letters: 0,
        }
    };
    let expected =
        vec![report("PROJECT_CREATED", 0), report("TICKET_CLOSED", 5), report("TICKET_UPDATED", 7)];
    assert_eq!(session.inspector.streams().await, Ok(Looked::whole(expected)), "by key");
}

pub(crate) async fn nothing_is_wrong_with_a_fresh_bus(harness: &impl Harness) {
    let findings = harness.session(open()).inspector.examine().await.unwrap().findings;
    assert!(!findings.is_empty());
    for finding in findings {
        assert!(finding.level < Level::Fault, "{finding:?}");
        assert!(!finding.check.is_empty() && !finding.found.is_empty(), "{finding:?}");
    }
}
