//! Failed attempts in the read model: groups that add up, bounds, scope and filter, and what is known of an event.

#![expect(clippy::unwrap_used, reason = "a failing test must say where")]

#[path = "support/failed.rs"]
mod failed;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use failed::{again, batch, dead, failed};
use tidings::bus::{Batch, BusSignal, ChannelScope, FailureBatch, FailureFeed, Origin, RecordedFailure};
use tidings::event::{
    Content, Entry, EntryId, EventId, EventType, StreamKey, TenantId, TenantLabels, Verdict,
};
use tidings::filter::Filter;
use tidings::monitor::{ErrorGroups, FailureQuery, GroupId, Lens, Limits, Monitor, Scope};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_795_462_958_000).unwrap()
}

fn ago(seconds: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(seconds)
}

fn monitor(failures: Vec<RecordedFailure>) -> Monitor {
    let labels = TenantLabels::new([(TenantId::new("acme").unwrap(), "Acme MSP".to_owned())]);
    let mut monitor = Monitor::new(Limits { bytes: usize::MAX, entries: 1_000 }, labels);
    monitor.apply(BusSignal::FailureFeed(FailureFeed::Read), now());
    monitor.apply(batch(Origin::Live, failures), now());
    monitor
}

fn groups(monitor: &Monitor, tenant: Option<&str>, filter: &str) -> ErrorGroups {
    let scope = Scope { tenant: tenant.map(|id| TenantId::new(id).unwrap()), channel: ChannelScope::All };
    let filter = Filter::parse(filter).unwrap();
    monitor.error_groups(&FailureQuery { scope: &scope, filter: &filter, handler: None }, now())
}

/// `handler TYPE message xCOUNT`, one for each group.
fn shown(groups: &ErrorGroups) -> Vec<String> {
    let name = |group: &tidings::monitor::ErrorGroup| {
        let handler = group.handler.as_ref().map_or("-", |handler| handler.as_str());
        let event_type = group.event_type.as_ref().map_or("-", |name| name.as_str());
        format!("{handler} {event_type} {} x{}", group.title(), group.count)
    };
    groups.groups.iter().map(name).collect()
}

const SLA: (&str, &str, &str) = ("sla", "TICKET_UPDATED", "acme");
const MAIL: (&str, &str, &str) = ("ticket-email", "TICKET_CREATED", "globex");

#[test]
fn the_groups_of_ten_thousand_failures_add_up() {
    let handlers = ["sla", "ticket-email", "search-index"];
    let types = ["TICKET_CREATED", "TICKET_UPDATED"];
    let mut expected: BTreeMap<(usize, usize, u64), u64> = BTreeMap::new();
    let failures = (0..10_000_usize).map(|at| {
        let n = at as u64;
        let (handler, event_type, kind) = (at % 3, at / 7 % 2, n * n % 5);
        *expected.entry((handler, event_type, kind)).or_default() += 1;
        let error = match kind {
            0 => format!("SMTP 451 greylisted for {}", uuid::Uuid::from_u128(u128::from(n * 7919))),
            1 => format!("row {n} is locked by user{n}@example.com"),
            _ => format!("no end within {n}ms"),
        };
        let tenant = format!("tenant-{}", n % 50);
        let place = (handlers[handler], types[event_type], tenant.as_str());
        failed(n, place, &["sending failed", &error], ago((n % 600).cast_signed()))
    });
    let failures: Vec<_> = failures.collect();
    let monitor = monitor(failures);
    let groups = groups(&monitor, None, "");
    assert_eq!((groups.total, groups.forgotten), (10_000, 0));
    assert_eq!(groups.groups.iter().map(|group| group.count).sum::<u64>(), 10_000);
    assert!(groups.groups.len() <= 18, "they fit on one screen: {:#?}", shown(&groups));
    let mut found: BTreeMap<_, u64> = BTreeMap::new();
    for group in &groups.groups {
        let handler = group.handler.as_ref().unwrap().as_str().to_owned();
        *found.entry((handler, group.event_type.as_ref().unwrap().as_str().to_owned())).or_default() +=
            group.count;
        assert!(group.tenants > 1 && group.first <= group.last);
        assert_eq!(
            group.spark.iter().sum::<u64>(),
            groups_within_five_minutes(&monitor, group.id),
            "the chart is of the last five minutes"
        );
    }
    for (handler, event_type) in handlers.iter().flat_map(|handler| types.map(|name| (*handler, name))) {
        let wanted: u64 = expected
            .iter()
            .filter(|((h, t, _), _)| handlers[*h] == handler && types[*t] == event_type)
            .map(|(_, count)| count)
            .sum();
        assert_eq!(found[&(handler.to_owned(), event_type.to_owned())], wanted);
    }
}

fn groups_within_five_minutes(monitor: &Monitor, id: GroupId) -> u64 {
    let is_recent = |at: DateTime<Utc>| now().signed_duration_since(at) < TimeDelta::seconds(300);
    monitor.failures().all().filter(|kept| kept.group == id && is_recent(kept.record.at)).count() as u64
}

#[test]
fn what_differs_only_in_numbers_and_names_is_one_group() {
    let monitor = monitor(vec![
        failed(1, SLA, &["row 17 is locked", "by ada@example.com"], ago(50)),
        failed(
            2,
            ("sla", "TICKET_UPDATED", "globex"),
            &["row 4711 is locked", "by bob@example.org"],
            ago(20),
        ),
        failed(3, MAIL, &["SMTP 451 greylisted"], ago(4)),
        failed(4, MAIL, &["SMTP 550 no such user"], ago(3)),
    ]);
    let groups = groups(&monitor, None, "");
    assert_eq!(
        shown(&groups),
        [
            "sla TICKET_UPDATED row <n> is locked: by <email> x2",
            "ticket-email TICKET_CREATED SMTP 550 no such user x1",
            "ticket-email TICKET_CREATED SMTP 451 greylisted x1",
        ]
    );
    let first = &groups.groups[0];
    assert_eq!((first.tenants, first.first, first.last), (2, ago(50), ago(20)));
    let query = FailureQuery { scope: &Scope::default(), filter: &Filter::default(), handler: None };
    assert_eq!(monitor.error_occurrences(first.id, &query, 10, now()), [1, 0], "the newest first");
    assert_eq!(monitor.error_occurrences(first.id, &query, 1, now()), [1]);
}

#[test]
fn tenant_handler_and_filter_narrow_the_groups() {
    let base = failed(1, SLA, &["no end within 30ms"], ago(9));
    let monitor = monitor(vec![
        again(&base, EventId::random(), 1),
        again(&base, EventId::random(), 5),
        dead(&again(&base, EventId::random(), 10)),
        failed(4, MAIL, &["SMTP 451 greylisted"], ago(4)),
    ]);
    let count = |tenant: Option<&str>, filter: &str| {
        let groups = groups(&monitor, tenant, filter);
        (groups.groups.len(), groups.total)
    };
    assert_eq!(
        (count(None, ""), count(Some("acme"), ""), count(Some("other"), "")),
        ((2, 4), (1, 3), (0, 0))
    );
    for (filter, wanted) in [
        ("handler:sla", (1, 3)),
        ("handler:ticket-*", (1, 1)),
        ("-handler:sla", (1, 1)),
        ("error:SMTP", (1, 1)),
        ("error:smtp*grey", (1, 1)),
        ("error:\"end within\"", (1, 3)),
        ("greylisted", (1, 1)),
        ("attempt>4", (1, 2)),
        ("attempt=10", (1, 1)),
        ("is:dead", (1, 1)),
        ("is:retrying", (2, 3)),
        ("is:failed", (2, 4)),
        ("is:invalid", (0, 0)),
        ("tenant:acme", (1, 3)),
        ("tenant:globex type:TICKET_CREATED", (1, 1)),
    ] {
        assert_eq!(count(None, filter), wanted, "{filter}");
    }
    let query = FailureQuery { scope: &Scope::default(), filter: &Filter::default(), handler: Some("sla") };
    assert_eq!(monitor.error_groups(&query, now()).total, 3);
}

#[test]
fn too_many_groups_are_counted_together_and_still_add_up() {
    let word = |n: u64| -> String {
        let letters = b"abcdefghijklmnopqrstuvwxyz";
        (0..5).map(|at| char::from(letters[(n / 26_u64.pow(at) % 26) as usize])).collect()
    };
    let failures = (0..3_000).map(|n| failed(n, SLA, &[&format!("no such thing as {}", word(n))], ago(1)));
    let monitor = monitor(failures.collect());
    let groups = groups(&monitor, None, "");
    assert_eq!((groups.groups.len(), groups.total), (1_001, 3_000));
    let others = groups.groups.last().unwrap();
    assert_eq!((others.id, others.title(), others.count), (GroupId::OTHERS, "(others)", 2_000));
}

#[test]
fn of_what_was_counted_together_and_is_gone_nobody_says_that_it_is_one_handlers() {
    let word = |n: u64| -> String {
        (0..3).map(|at| char::from(b'a' + u8::try_from(n / 26_u64.pow(at) % 26).unwrap())).collect()
    };
    let told = |n: u64, of| failed(n, of, &[&format!("no such thing as {}", word(n))], ago(1));
    // The first thousand have groups of their own; then ten of each are counted together.
    let mut failures: Vec<_> = (0..1_010).map(|n| told(n, SLA)).collect();
    failures.extend((1_010..1_020).map(|n| told(n, MAIL)));
    // And now those of the other handler are gone.
    failures.extend((0..49_990).map(|_| told(999, SLA)));
    let monitor = monitor(failures);
    let (scope, filter) = (Scope::default(), Filter::default());
    let of = |handler| {
        let groups = monitor.error_groups(&FailureQuery { scope: &scope, filter: &filter, handler }, now());
        (groups.total, groups.forgotten)
    };
    assert_eq!(of(None), (51_010, 0));
    assert_eq!(of(Some("ticket-email")), (10, 10));
    assert_eq!(of(Some("sla")), (50_990, 10));
}

#[test]
fn the_tenant_hit_most_is_named_though_most_of_a_group_had_none() {
    let mut failures: Vec<_> = (0..3).map(|n| failed(n, SLA, &["no end"], ago(1))).collect();
    for failure in &mut failures[..2] {
        failure.attempt.tenant = None;
    }
    let groups = groups(&monitor(failures), None, "").groups;
    assert_eq!((groups[0].tenants, groups[0].tenant.as_ref().map(AsRef::as_ref)), (1, Some("acme")));
}

#[test]
fn what_leaves_memory_is_counted_and_groups_keep_their_number() {
    let mut monitor = monitor(Vec::new());
    let long = "x".repeat(10_000);
    for n in 0..60_000_u64 {
        let error = if n < 100 { "an early one" } else { "later" };
        monitor.apply(batch(Origin::Live, vec![failed(n, SLA, &[error], ago(1))]), now());
    }
    let counts = monitor.failures().counts();
    assert_eq!((counts.received, counts.dropped), (60_000, 10_000), "bounded by number");
    let all = groups(&monitor, None, "");
    assert_eq!((all.total, all.forgotten), (60_000, 0));
    assert_eq!(shown(&all)[1], "sla TICKET_UPDATED an early one x100", "though none of it is kept");
    let narrowed = groups(&monitor, Some("acme"), "");
    assert_eq!((narrowed.total, narrowed.forgotten), (50_000, 10_000), "and that is said");
    assert!(monitor.failures().get(9_999).is_none() && monitor.failures().get(10_000).is_some());
    for n in 0..3_000_u64 {
        monitor.apply(batch(Origin::Live, vec![failed(n, SLA, &[&long], ago(1))]), now());
    }
    let counts = monitor.failures().counts();
    let kept = counts.received - counts.dropped;
    assert!((500..2_000).contains(&kept), "bounded by bytes: {kept}");
    assert_eq!(groups(&monitor, None, "").total, 63_000);
}

#[test]
fn what_is_missing_is_counted() {
    let mut monitor = monitor(Vec::new());
    let missing = FailureBatch {
        unreadable: 2,
        trimmed: 3,
        other_tenants: 4,
        unattributed: 5,
        ..FailureBatch::new(Origin::Live)
    };
    monitor.apply(BusSignal::Failures(missing.clone()), now());
    monitor.apply(BusSignal::Failures(missing), now());
    let counts = monitor.failures().counts();
    assert_eq!(
        (counts.unreadable, counts.trimmed, counts.other_tenants, counts.unattributed, counts.received),
        (4, 6, 8, 10, 0)
    );
}

fn entry(event: EventId, (_, event_type, tenant): (&str, &str, &str)) -> Entry {
    Entry {
        stream: StreamKey::new(&format!("event::{event_type}")).unwrap(),
        id: EntryId::new(u64::try_from(ago(2).timestamp_millis()).unwrap(), 0),
        replayable: true,
        channel: None,
        event_type: Some(EventType::new(event_type).unwrap()),
        tenant: Some(TenantId::new(tenant).unwrap()),
        event_id: Some(event),
        timestamp: Some(ago(2)),
        content: Content::Json { text: "{}".into(), payload: None },
        verdict: Verdict::Valid,
    }
}

#[test]
fn an_events_failed_attempts_are_known_and_so_the_filter_finds_it() {
    let mut monitor = monitor(Vec::new());
    let (event, other) = (EventId::random(), EventId::random());
    let entries = vec![entry(event, SLA), entry(other, MAIL)];
    monitor.apply(BusSignal::Entries(Batch { origin: Origin::Live, entries }), now());
    let scope = Scope::default();
    let filter = |text: &str| Filter::parse(text).unwrap();
    let mut lens = Lens::new(filter("is:failed"), scope.clone(), &monitor);
    lens.advance(&monitor, now(), 100);
    assert_eq!(lens.shown(), 0);
    let first = failed(1, SLA, &["no end within 30ms"], ago(1));
    let attempts = [again(&first, event, 1), again(&first, event, 2), dead(&again(&first, event, 3))];
    for attempt in attempts {
        monitor.apply(batch(Origin::Live, vec![attempt]), now());
    }
    lens.refresh(&monitor);
    lens.advance(&monitor, now(), 100);
    assert_eq!((lens.shown(), lens.seq_at(0)), (1, Some(0)), "it failed after it came");
    let seen = monitor.failures().of_event(Some(event));
    assert_eq!(
        seen.iter().map(|seen| (seen.attempt, seen.is_dead)).collect::<Vec<_>>(),
        [(1, false), (2, false), (3, true)]
    );
    assert_eq!(monitor.failures().occurrences_of(event).len(), 3);
    assert!(monitor.failures().of_event(Some(other)).is_empty());
    for (text, shown) in [
        ("is:dead", 1),
        ("is:retrying", 0),
        ("attempt>=3 handler:sla", 1),
        ("-is:failed", 1),
        ("error:smtp", 0),
    ] {
        lens.set(filter(text), scope.clone(), &monitor);
        lens.advance(&monitor, now(), 100);
        assert_eq!(lens.shown(), shown, "{text}");
    }
}

#[test]
fn flow_counts_failed_events_by_type_and_tenant() {
    let mut monitor = monitor(Vec::new());
    let (event, other) = (EventId::random(), EventId::random());
    let entries = vec![entry(event, SLA), entry(other, MAIL)];
    monitor.apply(BusSignal::Entries(Batch { origin: Origin::Live, entries }), now());
    let first = failed(1, SLA, &["no"], ago(1));
    // Two handlers and two attempts, one event; and one from before the window.
    let mut old = again(&failed(2, SLA, &["no"], ago(400)), EventId::random(), 1);
    old.attempt.handler = tidings::event::HandlerName::new("other").unwrap();
    monitor.apply(batch(Origin::Live, vec![again(&first, event, 1), again(&first, event, 2), old]), now());
    let flow = monitor.flow(&Scope::default(), now());
    let failed = |rows: Vec<(String, u64)>| rows.into_iter().filter(|row| row.1 > 0).collect::<Vec<_>>();
    let types = flow.types.iter().map(|row| (row.name.clone(), row.failed)).collect();
    let tenants = flow.tenants.iter().map(|row| (row.name.clone(), row.failed)).collect();
    assert_eq!(failed(types), [("TICKET_UPDATED".to_owned(), 1)]);
    assert_eq!(failed(tenants), [("Acme MSP".to_owned(), 1)]);
    assert_eq!(flow.matrix.cells.iter().flatten().map(|cell| cell.failed).sum::<u64>(), 1);
}
