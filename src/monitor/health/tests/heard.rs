//! What was heard while the bus was watched, and dead letters as they were read.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{expect_found, now, told};
use crate::bus::{
    Admission, Batch, BusSignal, Claim, FailedAt, FailedAttempt, FailedEvent, FailureBatch, FailureFeed,
    Intake, Level, NextStep, Origin, Raw, RecordedFailure, TenantLock,
};
use crate::event::{
    EntryId, EventId, EventType, FailedState, HandlerName, StreamKey, TenantId, TenantLabels,
};
use crate::monitor::health::{CheckState, Health};
use crate::monitor::{Limits, Monitor};
use crate::schema::{Catalogue, Registry};

fn monitor() -> Monitor {
    Monitor::new(Limits::default(), TenantLabels::default())
}

fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

#[track_caller]
fn expect(health: &Health, check: &str, expected: Option<(Level, &str)>) {
    expect_found(check, &told(health, check), expected, &"what was heard");
}

/// `count` events that came at `at`, with this payload.
fn came(monitor: &mut Monitor, count: u64, payload: &str, at: DateTime<Utc>) {
    let mut intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let ms = at.timestamp_millis().cast_unsigned();
    let entries = (0..count).map(|n| {
        let event = format!(
            r#"{{"id":"{}","eventType":"TICKET_CLOSED","timestamp":"{}","payload":{payload}}}"#,
            Uuid::from_u128(n.into()),
            at.to_rfc3339()
        );
        let raw = Raw {
            stream: StreamKey::new("event::TICKET_CLOSED").unwrap(),
            id: EntryId::new(ms, n),
            replayable: true,
            channel: None,
            event_type: None,
            fields: vec![(b"event".to_vec(), event.into_bytes())],
        };
        let Admission::Entry(entry) = intake.admit(raw) else { panic!("there is no lock") };
        entry
    });
    monitor.apply(BusSignal::Entries(Batch { origin: Origin::Live, entries: entries.collect() }), at);
}

const GOOD: &str = r#"{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"289c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","userId":"389c996e-43d3-4c53-9f4e-dbe5c1c5e9e6"}"#;
/// Its ticket is missing.
const BAD: &str = r#"{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6"}"#;

#[test]
fn events_that_break_their_schema_are_a_note_and_then_a_warning() {
    let (mut health, mut monitor) = (Health::default(), monitor());
    came(&mut monitor, 3, GOOD, now());
    health.hear(&monitor, now());
    assert_eq!(monitor.counts().invalid, 0);
    expect(&health, "schema", None);
    came(&mut monitor, 1, BAD, after(10));
    health.hear(&monitor, after(10));
    expect(&health, "schema", Some((Level::Note, "1 event of TICKET_CLOSED breaks its schema")));
    came(&mut monitor, 4, BAD, after(20));
    health.hear(&monitor, after(20));
    expect(&health, "schema", Some((Level::Warning, "5 events of TICKET_CLOSED break their schema")));
    let evidence = health.findings()[0].lint.evidence.join("; ");
    assert!(evidence.contains("5 of 8 events in the last 5 m (62 %)"), "{evidence}");
    assert!(evidence.contains("more than when it was looked before (1)"), "{evidence}");
    health.hear(&monitor, after(400));
    expect(&health, "schema", None);
}

#[test]
fn entries_without_a_tenant_are_counted_and_go_with_their_window() {
    let (mut health, mut monitor) = (Health::default(), monitor());
    came(&mut monitor, 2, GOOD, now());
    health.hear(&monitor, now());
    expect(&health, "unattributed", None);
    came(&mut monitor, 2, "{}", after(1));
    health.hear(&monitor, after(1));
    expect(&health, "unattributed", Some((Level::Note, "2 entries have no tenant that can be read")));
    assert!(health.findings().iter().any(|known| known.lint.evidence[0].contains("2 of 4")));
    health.hear(&monitor, after(400));
    expect(&health, "unattributed", None);
}

#[test]
fn what_a_lock_keeps_out_without_a_tenant_is_a_warning_while_it_comes() {
    let (mut health, mut monitor) = (Health::new(true), monitor());
    let withheld = |unattributed| BusSignal::Withheld { other_tenants: 9, unattributed };
    health.hear(&monitor, now());
    monitor.apply(withheld(3), after(10));
    health.hear(&monitor, after(10));
    let words = "3 entries have no tenant that can be read, and this run is locked to tenants";
    expect(&health, "unattributed", Some((Level::Warning, words)));
    // More came, and of the first nothing is said any more when they are long gone.
    monitor.apply(withheld(2), after(250));
    health.hear(&monitor, after(250));
    expect(&health, "unattributed", Some((Level::Warning, "5 entries have")));
    health.hear(&monitor, after(320));
    expect(&health, "unattributed", Some((Level::Warning, "2 entries have")));
    health.hear(&monitor, after(600));
    health.hear(&monitor, after(601));
    expect(&health, "unattributed", None);
}

/// `times` failed attempts of `sla` at event number `event`, a second apart, the last of them at `until`.
fn failed(monitor: &mut Monitor, event: u128, times: u32, until: DateTime<Utc>) {
    let failures = (0..times).map(|n| {
        let at = until - TimeDelta::milliseconds(500 * i64::from(times - 1 - n));
        RecordedFailure {
            id: EntryId::new(at.timestamp_millis().cast_unsigned(), n.into()),
            at,
            host: "web".to_owned(),
            attempt: FailedAttempt {
                handler: HandlerName::new("sla").unwrap(),
                event: Some(EventId::from(Uuid::from_u128(event))),
                event_type: Some(EventType::new("TICKET_CLOSED").unwrap()),
                tenant: None,
                source: Claim {
                    stream: StreamKey::new("event::TICKET_CLOSED").unwrap(),
                    id: EntryId::new(7, 0),
                },
                attempt: n + 1,
                failure: None,
                error: vec!["SMTP 451\x1b[2J".to_owned()],
                next: NextStep::Retry(at),
                consumer: "web-1-2".to_owned(),
            },
        }
    });
    let batch = FailureBatch { failures: failures.collect(), ..FailureBatch::new(Origin::Live) };
    monitor.apply(BusSignal::Failures(batch), until);
}

#[test]
fn an_event_that_is_tried_again_and_again_is_in_a_hot_loop() {
    let (mut health, mut monitor) = (Health::default(), monitor());
    failed(&mut monitor, 1, 9, now());
    health.hear(&monitor, now());
    assert!(
        health.checks().all(|(check, ..)| check != "retry-loop"),
        "it is not known whether they are read"
    );
    monitor.apply(BusSignal::FailureFeed(FailureFeed::Read), now());
    health.hear(&monitor, now());
    expect(&health, "retry-loop", None);
    assert!(
        health
            .checks()
            .any(|(check, _, state)| check == "retry-loop" && matches!(state, CheckState::Passed(_)))
    );
    // Nine of each of two events are no loop; a tenth is.
    failed(&mut monitor, 2, 10, after(1));
    health.hear(&monitor, after(1));
    let words = "sla is in a hot retry loop: 1 event is tried up to 10 times in the last minute";
    expect(&health, "retry-loop", Some((Level::Warning, words)));
    let evidence = health.findings()[0].lint.evidence.join("; ");
    assert!(evidence.contains("SMTP 451\\x1b[2J"), "safe to show: {evidence}");
    failed(&mut monitor, 1, 60, after(30));
    health.hear(&monitor, after(30));
    let words = "2 events are tried up to 69 times";
    expect(&health, "retry-loop", Some((Level::Fault, words)));
    health.hear(&monitor, after(100));
    expect(&health, "retry-loop", None);
}

/// The dead letter number `n` of `tenant`, which came at `at`.
fn letter(n: u64, tenant: Option<&str>, at: DateTime<Utc>) -> FailedEvent {
    let stream = StreamKey::new("event::TICKET_CLOSED").unwrap();
    FailedEvent {
        at: FailedAt::DeadLetter {
            stream: stream.clone(),
            id: EntryId::new(at.timestamp_millis().cast_unsigned(), n),
        },
        state: FailedState::Dead,
        handler: Some("sla".into()),
        source: None,
        event_type: EventType::new("TICKET_CLOSED").unwrap(),
        stream,
        channel: None,
        tenant: tenant.map(|tenant| TenantId::new(tenant).unwrap()),
        event: None,
        attempts: None,
        max_attempts: None,
        reason: None,
        error: Some("no such\x1bticket".into()),
        first_failed_at: None,
        last_failed_at: None,
        next_at: None,
        idle: None,
        plan: None,
        outcome: None,
        text: None,
    }
}

#[test]
fn dead_letters_that_grow_for_a_tenant_are_a_warning_and_then_a_fault() {
    let (mut health, labels) = (Health::default(), TenantLabels::default());
    let mut read = |letters: &[FailedEvent], at| {
        health.read_dead(letters, at);
        health.end_dead(&labels, at);
        let found = told(&health, "dead-letters");
        (found, health.findings().iter().flat_map(|known| known.lint.evidence.clone()).collect::<Vec<_>>())
    };
    // Two of each of two tenants, and any number from long ago, are no growth.
    let few: Vec<_> = (0..4).map(|n| letter(n, Some(["acme", "beta"][(n % 2) as usize]), now())).collect();
    let old: Vec<_> = (0..9).map(|n| letter(100 + n, Some("acme"), after(-700))).collect();
    assert_eq!(read(&[few, old].concat(), now()).0, []);
    // What was read before is not counted twice.
    let third = letter(5, Some("acme"), after(60));
    let (found, evidence) = read(&[third.clone(), third], after(60));
    let expected = "dead letters grow for acme: 3 in the last 10 m".to_owned();
    assert_eq!(found, [(Level::Warning, expected)]);
    assert!(evidence.iter().any(|line| line.contains("no such\\x1bticket")), "safe to show: {evidence:?}");
    let many: Vec<_> = (0..50).map(|n| letter(1_000 + n, None, after(90))).collect();
    let (found, _) = read(&many, after(90));
    assert!(
        found.iter().any(|(level, what)| {
            *level == Level::Fault && what.contains("for events without a tenant: 50 in")
        }),
        "{found:?}"
    );
    assert_eq!(read(&[], after(800)).0, [], "none came lately");
}

#[test]
fn dead_letters_of_many_tenants_leave_room_for_other_findings() {
    let (mut health, labels) = (Health::default(), TenantLabels::default());
    // Of tenant 3 three, of tenant 4 four, and so on.
    let letters: Vec<_> = (3..=9_u64)
        .flat_map(|tenant| (0..tenant).map(move |n| (tenant, n)))
        .map(|(tenant, n)| letter(tenant * 100 + n, Some(&format!("t{tenant}")), now()))
        .collect();
    health.read_dead(&letters, now());
    health.end_dead(&labels, now());
    let of =
        |health: &Health| told(health, "dead-letters").into_iter().map(|(_, what)| what).collect::<Vec<_>>();
    let found = of(&health);
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(found.contains(&"dead letters grow for t9: 9 in the last 10 m".to_owned()), "{found:?}");
    assert!(
        found.contains(&"dead letters grow for 2 tenants more: 7 in the last 10 m".to_owned()),
        "{found:?}"
    );
    let told_of: Vec<_> = health.findings().iter().flat_map(|known| known.lint.evidence.clone()).collect();
    assert!(told_of.contains(&"t4 4; t3 3".to_owned()), "{told_of:?}");
    // The one that is looked at has its own.
    let third = TenantId::new("t3").unwrap();
    health.look_at(Some(&third), &labels, now());
    let found = of(&health);
    assert!(found.contains(&"dead letters grow for t3: 3 in the last 10 m".to_owned()), "{found:?}");
    assert!(
        found.contains(&"dead letters grow for 1 tenant more: 4 in the last 10 m".to_owned()),
        "{found:?}"
    );
    // Nobody's is said to be gone while it goes on: not because another one is looked at, nor because others have more.
    let more: Vec<_> = (0..20).map(|n| letter(9_000 + n, Some("t4"), now())).collect();
    health.read_dead(&more, now());
    health.look_at(None, &labels, now());
    assert_eq!(of(&health).len(), 7, "{:?}", of(&health));
    assert!(health.findings().iter().all(|known| known.gone.is_none()));
    // Those of nobody are told of with the others: neither takes the other one's place.
    let of_none: Vec<_> = (0..4).map(|n| letter(8_000 + n, None, now())).collect();
    health.read_dead(&of_none, now());
    health.end_dead(&labels, now());
    let found = of(&health);
    let others =
        "dead letters grow for 1 tenant more, and for events without one: 28 in the last 10 m".to_owned();
    assert!(found.len() == 7 && found.contains(&others), "{found:?}");
}

#[test]
fn where_more_came_than_is_remembered_the_number_is_the_least() {
    let (mut health, labels) = (Health::default(), TenantLabels::default());
    let letters: Vec<_> = (0..6_000).map(|n| letter(n, Some("acme"), now())).collect();
    health.read_dead(&letters, now());
    health.end_dead(&labels, now());
    let expected = "dead letters grow for acme: at least 5,000 in the last 10 m".to_owned();
    assert_eq!(told(&health, "dead-letters"), [(Level::Fault, expected)]);
}
