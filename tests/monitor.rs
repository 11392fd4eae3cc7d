//! The read model: signals in, state out, against plain oracles.

#![expect(clippy::unwrap_used, reason = "a failing test must say where")]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use tidings::bus::{Batch, BusSignal, ChannelScope, Gap, Link, Origin, ServerFacts, Spot};
use tidings::event::{
    Channel, Content, Entry, EntryId, EventId, EventType, Fault, FaultKind, Report, StreamKey, TenantId,
    TenantLabels, Verdict,
};
use tidings::filter::{Filter, Standing};
use tidings::monitor::{Lens, Limits, Monitor, Scope};

const BASE_MS: i64 = 1_795_462_958_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(BASE_MS).unwrap()
}

fn entry(n: u64, event_type: &str, tenant: &str, ms: i64) -> Entry {
    let text = format!(r#"{{"n":{n},"eventType":"{event_type}","payload":{{"tenantId":"{tenant}"}}}}"#);
    let payload = text.find(r#"{"tenantId"#).map(|at| at..text.len() - 1);
    Entry {
        stream: StreamKey::new(&format!("event::{event_type}")).unwrap(),
        id: EntryId::new(u64::try_from(ms).unwrap(), n),
        replayable: true,
        channel: None,
        event_type: Some(EventType::new(event_type).unwrap()),
        tenant: Some(TenantId::new(tenant).unwrap()),
        event_id: Some(EventId::random()),
        timestamp: DateTime::from_timestamp_millis(ms),
        content: Content::Json { text: text.into(), payload },
        verdict: Verdict::Valid,
    }
}

fn unreadable(n: u64) -> Entry {
    let report = Report::new("", "a field 'event'", "fields a");
    Entry {
        event_type: None,
        tenant: None,
        event_id: None,
        timestamp: None,
        content: Content::Fields(vec![(b"a".to_vec(), b"\xff".to_vec())]),
        verdict: Verdict::Invalid(Box::new(Fault::new(FaultKind::Missing, report))),
        ..entry(n, "A", "t", BASE_MS)
    }
}

fn live(entries: Vec<Entry>) -> BusSignal {
    BusSignal::Entries(Batch { origin: Origin::Live, entries })
}

fn monitor(entries: usize) -> Monitor {
    Monitor::new(Limits { bytes: usize::MAX, entries }, TenantLabels::default())
}

#[test]
fn an_entry_comes_back_as_it_went_in() {
    let mut monitor = monitor(10);
    let (good, bad) = (entry(1, "TICKET_UPDATED", "acme", BASE_MS), unreadable(2));
    monitor.apply(live(vec![good.clone(), bad.clone()]), now());
    let row = monitor.ring().get(0).unwrap();
    assert_eq!((row.text(), row.payload()), (good.text(), good.payload()));
    assert_eq!((row.stream(), row.id()), (Some(&good.stream), good.id));
    assert_eq!((row.event_type(), row.tenant()), (good.event_type.as_ref(), good.tenant.as_ref()));
    assert_eq!(
        (row.event_id(), row.timestamp(), row.standing()),
        (good.event_id, good.timestamp, Standing::Valid)
    );
    let row = monitor.ring().get(1).unwrap();
    assert_eq!((row.text(), row.payload(), row.tenant(), row.event_id()), (None, None, None, None));
    assert_eq!(row.fault(), bad.fault());
    assert_eq!(row.fields().unwrap(), [(b"a".to_vec(), b"\xff".to_vec())]);
    assert_eq!((monitor.counts().received, monitor.counts().invalid), (2, 1));
}

#[test]
fn memory_is_bounded_by_bytes_and_what_is_dropped_is_counted() {
    let mut monitor = Monitor::new(Limits { bytes: 100_000, entries: usize::MAX }, TenantLabels::default());
    for n in 0..5_000 {
        monitor.apply(live(vec![entry(n, "A", &format!("tenant-{n}"), BASE_MS)]), now());
        assert!(monitor.ring().bytes() <= 100_000);
    }
    let (ring, counts) = (monitor.ring(), monitor.counts());
    assert!(ring.len() > 300 && ring.len() < 1_200, "{}", ring.len());
    assert_eq!(counts.dropped + ring.len(), counts.received);
    assert_eq!(ring.get(ring.first_seq() - 1).map(|row| row.seq()), None);
}

#[test]
fn one_entry_over_the_limit_is_still_shown() {
    let mut monitor = Monitor::new(Limits { bytes: 10, entries: 5 }, TenantLabels::default());
    monitor.apply(live(vec![entry(1, "A", "t", BASE_MS), entry(2, "A", "t", BASE_MS)]), now());
    assert_eq!(monitor.ring().len(), 1);
    assert!(monitor.ring().get(1).unwrap().text().unwrap().contains("\"n\":2"));
}

#[test]
fn flow_counts_by_type_and_tenant_and_adds_up() {
    let mut monitor = monitor(10_000);
    let mut n = 0;
    for second in 0..20_i64 {
        for (event_type, tenant, count) in [("A", "acme", 4), ("A", "globex", 1), ("B", "acme", 2)] {
            for _ in 0..count {
                n += 1;
                monitor.apply(live(vec![entry(n, event_type, tenant, BASE_MS - second * 1000)]), now());
            }
        }
    }
    let all = monitor.flow(&Scope::default(), now());
    assert_eq!(all.chart.iter().sum::<u64>(), 140);
    assert_eq!((all.now_rate, all.peak, all.average), (7.0, 7, 7.0));
    let types: Vec<_> = all.types.iter().map(|row| (row.name.as_str(), row.per_second, row.total)).collect();
    assert_eq!(types, [("A", 5.0, 100), ("B", 2.0, 40)]);
    let tenants: Vec<_> = all.tenants.iter().map(|row| (row.name.as_str(), row.total)).collect();
    assert_eq!(tenants, [("acme", 120), ("globex", 20)]);
    assert_eq!(all.matrix.cells.iter().flatten().map(|cell| cell.events).sum::<u64>(), 140);
    for rows in [&all.types[0].spark, &all.tenants[0].spark] {
        assert_eq!(rows.len(), tidings::monitor::SPARK_BUCKETS);
    }

    let scope = Scope { tenant: Some(TenantId::new("globex").unwrap()), channel: ChannelScope::All };
    let one = monitor.flow(&scope, now());
    assert_eq!((one.now_rate, one.types.len(), one.tenants.len(), one.matrix.cells.len()), (1.0, 1, 1, 1));
    let nobody = Scope { tenant: Some(TenantId::new("nobody").unwrap()), channel: ChannelScope::All };
    assert_eq!(monitor.flow(&nobody, now()).chart.iter().sum::<u64>(), 0);

    let later = now() + TimeDelta::seconds(400);
    monitor.apply(live(vec![entry(9_999, "C", "acme", BASE_MS + 400_000)]), later);
    let flow = monitor.flow(&Scope::default(), later);
    let types: Vec<_> = flow.types.iter().map(|row| (row.name.as_str(), row.total, row.kept)).collect();
    assert_eq!(types, [("C", 1, 1), ("A", 0, 100), ("B", 0, 40)], "what is older than the window is quiet");
    assert_eq!((flow.matrix.types.len(), flow.matrix.of_kept), (1, false));
}

#[test]
fn a_quiet_bus_shows_what_is_retained() {
    let mut monitor = monitor(3);
    for (n, tenant) in ["acme", "acme", "globex", "acme"].into_iter().enumerate() {
        monitor.apply(live(vec![entry(n as u64, "A", tenant, BASE_MS - 900_000)]), now());
    }
    monitor.apply(live(vec![unreadable(9)]), now() - TimeDelta::hours(1));
    let flow = monitor.flow(&Scope::default(), now() + TimeDelta::hours(1));
    let tenants: Vec<_> = flow.tenants.iter().map(|row| (row.name.as_str(), row.kept)).collect();
    assert_eq!(tenants, [("(none)", 1), ("acme", 1), ("globex", 1)], "dropped ones count no more");
    assert!(flow.tenants.iter().all(tidings::monitor::RateRow::is_quiet));
    assert_eq!(flow.tenants[1].last.unwrap(), now() - TimeDelta::seconds(900));
    assert!(flow.matrix.of_kept);
    assert_eq!(
        flow.matrix.cells.iter().flatten().map(|cell| (cell.events, cell.invalid)).max(),
        Some((1, 1))
    );
}

#[test]
fn rates_survive_a_bus_that_makes_up_tenants() {
    let mut monitor = monitor(100);
    for n in 0..20_000_u64 {
        monitor.apply(live(vec![entry(n, "A", &format!("t{n}"), BASE_MS)]), now());
    }
    let flow = monitor.flow(&Scope::default(), now());
    assert_eq!(flow.types[0].total, 20_000, "none is lost from the sum");
    assert!(flow.tenants.len() <= 4_097 + 2_048 && flow.tenants.iter().any(|row| row.name == "(others)"));
}

#[test]
fn a_window_full_of_made_up_names_is_bounded_and_empties_again() {
    let mut monitor = monitor(100);
    let second = |n: u64| now() + TimeDelta::seconds(i64::try_from(n / 1_500).unwrap());
    let at = |n: u64| BASE_MS + i64::try_from(n / 1_500 * 1_000).unwrap();
    for n in 0..60_000_u64 {
        let made_up = entry(n, &format!("T{}", n % 20_000), &format!("t{n}"), at(n));
        monitor.apply(live(vec![made_up]), second(n));
    }
    let flow = monitor.flow(&Scope::default(), second(60_000));
    assert_eq!(flow.chart.iter().sum::<u64>(), 60_000, "none is lost from the sum");
    assert_eq!(flow.types.iter().map(|row| row.total).sum::<u64>(), 60_000);
    assert!(flow.tenants.len() < 20_000 && flow.types.len() < 20_000);
    assert!(flow.matrix.cells.len() <= 1_000 && flow.matrix.types.len() <= 200);
    let later = second(60_000) + TimeDelta::minutes(6);
    let fresh = entry(1, "A", "new", later.timestamp_millis());
    monitor.apply(live(vec![fresh]), later);
    let flow = monitor.flow(&Scope::default(), later);
    assert!(flow.tenants.iter().any(|row| row.name == "new" && row.total == 1), "there is room again");
    assert!(flow.tenants.iter().all(|row| row.name != "(others)"));
}

#[test]
fn a_clock_that_is_ahead_or_behind_does_not_move_the_chart() {
    let mut monitor = monitor(100);
    let server = ServerFacts { clock_skew_ms: 90_000, ..ServerFacts::default() };
    monitor.apply(BusSignal::Link(Link::Live(server)), now());
    monitor.apply(live(vec![entry(1, "A", "t", BASE_MS + 90_000 - 2_000)]), now());
    let flow = monitor.flow(&Scope::default(), now());
    assert_eq!(flow.chart[297], 1);
    monitor.apply(live(vec![entry(2, "A", "t", BASE_MS + 900_000)]), now());
    assert_eq!(monitor.flow(&Scope::default(), now()).chart[299], 1, "the future counts as now");
}

#[test]
fn data_is_as_of_the_last_contact_also_where_nothing_came_for_long() {
    let down = |since| Link::Down { since, why: String::new(), retry_at: since, attempt: 1 };
    let at = |seconds| now() + TimeDelta::seconds(seconds);
    let mut monitor = monitor(10);
    monitor.apply(BusSignal::Link(Link::Live(ServerFacts::default())), now());
    monitor.apply(live(vec![entry(1, "A", "t", BASE_MS)]), at(2));
    assert_eq!(monitor.link().stale_since(), None);
    monitor.apply(BusSignal::Link(down(at(3))), at(3));
    assert_eq!(monitor.link().stale_since(), Some(at(2)), "an event was the last word");
    monitor.apply(BusSignal::Link(down(at(3))), at(60));
    assert_eq!(monitor.link().stale_since(), Some(at(2)), "trying again changes nothing");
    monitor.apply(BusSignal::Link(Link::Live(ServerFacts::default())), at(70));
    monitor.apply(BusSignal::Link(down(at(3_600))), at(3_600));
    assert_eq!(monitor.link().stale_since(), Some(at(3_595)), "a quiet bus was there until lately");
}

#[test]
fn losses_are_counted_and_noted() {
    let mut monitor = monitor(10);
    let stream = StreamKey::new("event::A").unwrap();
    let gap = |lost| Gap {
        stream: stream.clone(),
        after: EntryId::ZERO,
        before: EntryId::new(5, 0),
        lost,
        why: "trimmed",
    };
    monitor.apply(BusSignal::Gap(gap(Some(1_200))), now());
    monitor.apply(BusSignal::Gap(gap(None)), now());
    monitor.apply(BusSignal::DataLost(vec![stream.clone()]), now());
    monitor.apply(BusSignal::Withheld { other_tenants: 3, unattributed: 2 }, now());
    let counts = monitor.counts();
    assert_eq!(
        (counts.trimmed, counts.gaps_unknown, counts.other_tenants, counts.unattributed),
        (1_200, 1, 3, 2)
    );
    let lines: Vec<_> = monitor.notices().iter().map(tidings::monitor::Notice::line).collect();
    assert_eq!(
        lines,
        [
            "gap: 1,200 entries of event::A are missing (trimmed)",
            "gap: entries of event::A are missing, how many is not known (trimmed)",
            "the server lost the data of event::A: reading it again from its beginning",
        ]
    );
}

#[test]
fn pausing_keeps_what_is_shown_and_counts_what_comes() {
    let mut monitor = monitor(100);
    monitor.apply(live((0..5).map(|n| entry(n, "A", "t", BASE_MS)).collect()), now());
    let mut lens = Lens::new(Filter::default(), Scope::default(), &monitor);
    while lens.advance(&monitor, now(), 2) {}
    lens.freeze(&monitor);
    monitor.apply(live((5..8).map(|n| entry(n, "A", "t", BASE_MS)).collect()), now());
    while lens.advance(&monitor, now(), 2) {}
    assert_eq!((lens.shown(), lens.new_since(), lens.seq_at(4), lens.seq_at(5)), (5, 3, Some(4), None));
    assert_eq!((lens.position(4), lens.position(6)), (Ok(4), Err(5)));
    lens.thaw();
    assert_eq!((lens.shown(), lens.new_since()), (8, 0));
}

proptest! {
    /// Whatever comes, in whatever slices it is looked at, a lens shows what a plain filter over a plain list shows.
    #[test]
    fn a_lens_agrees_with_a_plain_list(
        steps in prop::collection::vec((0..4_u8, 0..3_usize, 0..3_usize, 1..40_u64), 1..60),
        capacity in 1..60_usize,
    ) {
        let types = ["A", "B", "C"];
        let tenants = ["acme", "globex", "initech"];
        let mut monitor = monitor(capacity);
        let mut all: Vec<(u64, &str, &str)> = Vec::new();
        let mut scope = Scope::default();
        let mut lens = Lens::new(Filter::default(), scope.clone(), &monitor);
        for (what, event_type, tenant, size) in steps {
            match what {
                0 | 1 => {
                    for _ in 0..size.min(9) {
                        let n = all.len() as u64;
                        monitor.apply(live(vec![entry(n, types[event_type], tenants[tenant], BASE_MS)]), now());
                        all.push((n, types[event_type], tenants[tenant]));
                    }
                }
                2 => { lens.advance(&monitor, now(), size); }
                _ => {
                    scope.tenant = (tenant > 0).then(|| TenantId::new(tenants[tenant]).unwrap());
                    lens.set(Filter::default(), scope.clone(), &monitor);
                }
            }
        }
        while lens.advance(&monitor, now(), 7) {}
        let retained = &all[all.len().saturating_sub(capacity)..];
        let wanted: Vec<u64> = retained.iter()
            .filter(|(_, _, tenant)| scope.tenant.as_ref().is_none_or(|only| only.as_str() == *tenant))
            .map(|(n, _, _)| *n)
            .collect();
        let shown: Vec<u64> = (0..lens.shown()).filter_map(|at| lens.seq_at(at)).collect();
        prop_assert_eq!(&shown, &wanted);
        prop_assert_eq!(lens.hidden() + lens.shown() as u64 + monitor.counts().dropped, monitor.counts().received);
        for seq in wanted {
            let text = monitor.ring().get(seq).unwrap().text().unwrap().to_owned();
            let marker = format!("\"n\":{seq},");
            prop_assert!(text.contains(&marker));
        }
    }

    /// Iterating a range is the same as getting each.
    #[test]
    fn rows_of_a_range_are_those_of_get(capacity in 1..30_usize, count in 0..80_u64, from in 0..90_u64, to in 0..90_u64) {
        let mut monitor = monitor(capacity);
        monitor.apply(live((0..count).map(|n| entry(n, "A", "t", BASE_MS)).collect()), now());
        let by_range: Vec<u64> = monitor.ring().rows(from..to).map(|row| row.seq()).collect();
        let by_get: Vec<u64> = (from..to).filter(|seq| monitor.ring().get(*seq).is_some()).collect();
        prop_assert_eq!(by_range, by_get);
    }
}

#[test]
fn an_entry_without_a_channel_belongs_to_every_scope() {
    let mut monitor = monitor(10);
    let mut mail = entry(1, "A", "t", BASE_MS);
    mail.channel = Some(Channel::new("emailservice::v7").unwrap());
    monitor.apply(live(vec![mail, entry(2, "A", "t", BASE_MS)]), now());
    for (channel, shown) in [("emailservice::v7", 2), ("global", 1)] {
        let scope = Scope { tenant: None, channel: ChannelScope::Only(Channel::new(channel).unwrap()) };
        let mut lens = Lens::new(Filter::default(), scope.clone(), &monitor);
        while lens.advance(&monitor, now(), 100) {}
        assert_eq!(lens.shown(), shown);
        assert_eq!(monitor.flow(&scope, now()).chart.iter().sum::<u64>(), shown as u64);
    }
    assert_eq!(monitor.channels().len(), 1);
}

/// Where the `n`-th of these entries stands.
fn spot(entry: &Entry) -> Spot {
    Spot {
        tenant: entry.tenant.clone().unwrap(),
        at: entry.id.time().unwrap(),
        stream: entry.stream.clone(),
        id: Some(entry.id),
        event_type: entry.event_type.clone().unwrap(),
        event: entry.event_id,
    }
}

proptest! {
    /// What is found around an event is what lies next to it in time, of its tenant, in whatever order entries came.
    #[test]
    fn around_an_event_are_its_tenants_next_ones(mut times in proptest::collection::vec((0..40_i64, 0..3_u8), 1..60), at in 0..60_usize) {
        times[0].0 = 0;
        let entries: Vec<_> = times
            .iter()
            .zip(1..)
            .map(|((ms, tenant), n)| entry(n, "A", &tenant.to_string(), BASE_MS + ms))
            .collect();
        let mut monitor = monitor(100);
        monitor.apply(live(entries.clone()), now());
        let it = &entries[at % entries.len()];
        let around = monitor.around(&spot(it), 5).unwrap();
        let mut same: Vec<_> = entries.iter().filter(|entry| entry.tenant == it.tenant).map(|entry| entry.id).collect();
        same.sort_unstable();
        let place = same.iter().position(|id| *id == it.id).unwrap();
        let expected = &same[place.saturating_sub(5)..same.len().min(place + 6)];
        prop_assert_eq!(around.events.iter().map(|near| near.id).collect::<Vec<_>>(), expected);
        prop_assert_eq!(around.events.iter().position(|near| near.is_it), Some(around.before));
        prop_assert_eq!((around.before, around.after()), (place.min(5), (same.len() - 1 - place).min(5)));
    }
}

#[test]
fn what_is_older_than_what_is_retained_is_not_told_to_be_alone() {
    let mut monitor = monitor(2);
    let entries: Vec<_> = (1..=4).map(|n| entry(n, "A", "t", BASE_MS + i64::try_from(n).unwrap())).collect();
    monitor.apply(live(entries.clone()), now());
    assert_eq!(monitor.around(&spot(&entries[1]), 5), None);
    let around = monitor.around(&spot(&entries[2]), 5).unwrap();
    assert_eq!((around.before, around.after()), (0, 1));
    // A retry of it, published anew, is no other event.
    let again = Entry { id: EntryId::new(entries[3].id.ms + 9, 0), ..entries[3].clone() };
    monitor.apply(live(vec![again]), now());
    assert_eq!(monitor.around(&spot(&entries[3]), 5).unwrap().after(), 0);
}
