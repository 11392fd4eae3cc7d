//! Facts to findings, each lint with what makes it speak and what does not.

mod heard;
mod over_time;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Health;
use crate::bus::{
    BusFacts, ConsumerFacts, ConsumerReport, Counted, Examined, GroupFacts, HandlerReport, HandlerStats,
    Heartbeat, Lag, Latency, Level, PendingEntry, StreamFacts,
};
use crate::event::{EntryId, EventType, StreamKey};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_459_752, 0).unwrap()
}

/// A group `g` that has read up to `last` of a stream.
fn group(last: u64, lag: u64, pending: u64, idle: &[u64]) -> GroupFacts {
    GroupFacts {
        name: "g".to_owned(),
        pending,
        lag: Lag::Exactly(lag),
        last_delivered: EntryId::new(last, 0),
        read: None,
        oldest_pending: None,
        consumers: idle
            .iter()
            .map(|idle| ConsumerFacts { pending: 0, idle: Duration::from_secs(*idle) })
            .collect(),
    }
}

fn stream(length: u64, first: u64, groups: Vec<GroupFacts>) -> StreamFacts {
    StreamFacts {
        stream: StreamKey::new("event::A").unwrap(),
        event_type: EventType::new("A").unwrap(),
        channel: None,
        length,
        added: None,
        first: (length > 0).then(|| EntryId::new(first, 0)),
        groups,
    }
}

fn of_stream(stream: StreamFacts) -> BusFacts {
    BusFacts { streams: vec![stream], ..BusFacts::default() }
}

fn consumer(name: &str, pending: u64, seen: i64, lives: bool) -> ConsumerReport {
    let heartbeat = lives.then(|| Heartbeat {
        consumer: name.to_owned(),
        handler: "sla".to_owned(),
        types: vec![],
        host: "web-1\x1b".to_owned(),
        pid: 7,
        started: now(),
        stats: HandlerStats::default(),
        latency: Latency::default(),
        lease_ms: None,
    });
    let idle = Duration::from_secs(seen.unsigned_abs());
    let last_seen = Some(now() - TimeDelta::seconds(seen));
    ConsumerReport { name: name.to_owned(), pending, idle, heartbeat, last_seen }
}

fn handler(lag: u64, consumers: Vec<ConsumerReport>) -> HandlerReport {
    HandlerReport {
        name: "sla".to_owned(),
        types: vec![],
        streams: vec![],
        registered: None,
        lag: Lag::Exactly(lag),
        pending: 0,
        waiting: vec![],
        scheduled: None,
        next_retry: None,
        dead_letters: Counted::Exactly(0),
        last_error: None,
        lease: PendingEntry::LEASE,
        consumers,
    }
}

fn of_handler(report: HandlerReport) -> BusFacts {
    let registered = BTreeMap::from([("sla".to_owned(), now() - TimeDelta::days(2))]);
    BusFacts {
        handlers: vec![report],
        registered: Some(registered),
        has_schedule: true,
        ..BusFacts::default()
    }
}

fn pending(idle: u64, deliveries: u64) -> PendingEntry {
    PendingEntry {
        stream: StreamKey::new("event::A").unwrap(),
        id: EntryId::new(5, 0),
        consumer: "c-1".to_owned(),
        idle: Duration::from_secs(idle),
        deliveries,
        is_retry: false,
        is_released: false,
        lease: PendingEntry::LEASE,
    }
}

fn look(facts: BusFacts) -> Examined {
    Examined { findings: vec![], ahead: Some(TimeDelta::zero()), bus: Some(facts) }
}

/// What `check` says of these facts: how bad, and in which words; nothing where it has nothing to say.
fn said(check: &str, facts: BusFacts) -> Vec<(Level, String)> {
    let mut health = Health::default();
    health.look(look(facts), now());
    told(&health, check)
}

/// What `check` says: how bad, and in which words.
fn told(health: &Health, check: &str) -> Vec<(Level, String)> {
    let of_check =
        health.findings().into_iter().filter(|known| known.gone.is_none() && known.lint.check == check);
    of_check
        .map(|known| {
            assert!(!known.lint.evidence.is_empty() && !known.lint.next.is_empty(), "{known:?}");
            (known.lint.level, known.lint.what.clone())
        })
        .collect()
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "each case makes facts of its own")]
fn expect(check: &str, facts: BusFacts, expected: Option<(Level, &str)>) {
    expect_found(check, &said(check, facts.clone()), expected, &facts);
}

/// Makes sure that it is this; `of` what was looked at.
#[track_caller]
fn expect_found(
    check: &str,
    found: &[(Level, String)],
    expected: Option<(Level, &str)>,
    of: &dyn std::fmt::Debug,
) {
    match (found, expected) {
        ([], None) => {}
        ([(level, what)], Some((expected, words))) => {
            assert_eq!(*level, expected, "{what}");
            assert!(what.contains(words), "{what}");
        }
        _ => panic!("{check}: {found:?}, not {expected:?}, of {of:?}"),
    }
}

#[test]
fn streams_that_nobody_handles_stand_out() {
    let wants = |wanted: &str, groups: Vec<Vec<GroupFacts>>, length| BusFacts {
        group: (!wanted.is_empty()).then(|| wanted.to_owned()),
        streams: groups.into_iter().map(|groups| stream(length, 1, groups)).collect(),
        ..BusFacts::default()
    };
    let has = || vec![group(1, 0, 0, &[])];
    for (facts, expected) in [
        (wants("g", vec![has(), has()], 5), None),
        (wants("g", vec![has(), vec![]], 0), None),
        (wants("g", vec![has(), vec![]], 7), Some((Level::Warning, "event::A (7 entries)"))),
        (wants("h", vec![has()], 7), Some((Level::Warning, "no stream has the group 'h' (there are 'g')"))),
        (wants("", vec![has(), vec![]], 1), Some((Level::Warning, "event::A (1 entry)"))),
        (wants("", vec![vec![]], 1), Some((Level::Note, "nobody handles these events"))),
        (wants("", vec![], 0), None),
    ] {
        expect("groups", facts, expected);
    }
}

#[test]
fn work_without_workers_stands_out() {
    for (group, expected) in [
        (group(1, 0, 0, &[]), None),
        (group(1, 0, 0, &[9_000]), None),
        (group(1, 5, 0, &[9_000, 3]), None),
        (group(1, 5, 0, &[]), Some((Level::Warning, "g on event::A (5 unread, no consumer)"))),
        (group(1, 0, 2, &[9_000, 7_200]), Some((Level::Warning, "2 pending, nobody asked for more in 2 h"))),
    ] {
        expect("consumers", of_stream(stream(10, 1, vec![group])), expected);
    }
    for (left, expected) in [(19, None), (20, Some((Level::Note, "20 consumers without work")))] {
        expect(
            "consumers-left",
            of_stream(stream(10, 1, vec![group(1, 0, 0, &vec![90_000; left])])),
            expected,
        );
    }
}

#[test]
fn a_handler_that_nobody_runs_is_a_note_a_warning_or_a_fault() {
    for (report, expected) in [
        (handler(9, vec![consumer("c", 0, 1, true)]), None),
        (
            handler(0, vec![consumer("c", 0, 700, false)]),
            Some((Level::Note, "nobody runs sla: nothing waits")),
        ),
        (handler(9, vec![consumer("c", 0, 200, false)]), Some((Level::Warning, "nobody runs sla: 9 unread"))),
        (handler(9, vec![consumer("c", 0, 700, false)]), Some((Level::Fault, "nobody runs sla: 9 unread"))),
        (handler(9, vec![]), Some((Level::Fault, "9 unread"))),
    ] {
        expect("handlers", of_handler(report), expected);
    }
    // It was registered, and there is no group of it at all.
    let facts = BusFacts { handlers: vec![], ..of_handler(handler(0, vec![])) };
    expect("handlers", facts, Some((Level::Note, "nobody runs sla")));
}

#[test]
fn consumers_that_died_with_entries_are_named() {
    for (pending, seen, expected) in [
        (0, 600, None),
        (3, 59, None),
        (3, 600, Some((Level::Warning, "consumer c\\x1b of sla died 10 m ago, and 3 entries are its own"))),
    ] {
        let report = handler(0, vec![consumer("alive", 0, 1, true), consumer("c\x1b", pending, seen, false)]);
        expect("handlers", of_handler(report), expected);
    }
}

#[test]
fn entries_of_which_nobody_says_anything_are_stuck() {
    let report = |entries: Vec<PendingEntry>| HandlerReport {
        pending: entries.len() as u64,
        waiting: entries,
        ..handler(0, vec![consumer("c-1", 1, 1, true)])
    };
    for (entries, expected) in [
        (vec![], None),
        (vec![pending(29, 1)], None),
        (
            vec![pending(240, 1), pending(10, 1)],
            Some((Level::Warning, "1 entry is stuck with sla: consumer c-1 says nothing of it for 4 m")),
        ),
    ] {
        expect("pending", of_handler(report(entries)), expected);
    }
    // Where nobody runs it at all that has been said.
    let down = HandlerReport { consumers: vec![], ..report(vec![pending(240, 1)]) };
    expect("pending", of_handler(down), None);
    for (deliveries, expected) in [(19, None), (37, Some((Level::Warning, "up to 37 times")))] {
        expect("retry-loop", of_handler(report(vec![pending(1, deliveries)])), expected);
    }
}

#[test]
fn a_locked_run_names_no_entry_of_others() {
    let report = HandlerReport {
        pending: 1,
        waiting: vec![pending(240, 30)],
        ..handler(0, vec![consumer("c", 1, 1, true)])
    };
    for is_locked in [false, true] {
        let mut health = Health::new(is_locked);
        health.look(look(of_handler(report.clone())), now());
        let evidence: Vec<_> =
            health.findings().iter().flat_map(|known| known.lint.evidence.clone()).collect();
        assert_eq!(evidence.iter().any(|line| line.contains("5-0")), !is_locked, "{evidence:?}");
    }
}

#[test]
fn a_stream_full_of_unread_entries_is_in_danger() {
    let facts =
        |length, first, group, limit| BusFacts { limit, ..of_stream(stream(length, first, vec![group])) };
    for (length, group, endangered) in [
        (900, group(0, 900, 0, &[1]), false),
        (901, group(0, 901, 0, &[1]), true),
        (1_000, group(990, 10, 0, &[1]), false),
        (1_000, group(400, 600, 0, &[1]), true),
        (1_000, GroupFacts { oldest_pending: Some(EntryId::new(8, 0)), ..group(990, 10, 1, &[1]) }, false),
        (1_000, GroupFacts { oldest_pending: Some(EntryId::new(1, 0)), ..group(990, 10, 1, &[1]) }, true),
    ] {
        let expected = endangered.then_some((Level::Warning, "of about 1,000 entries"));
        expect("trimming", facts(length, 1, group.clone(), Some(1_000)), expected);
        expect("trimming", facts(length, 1, group, None), None);
    }
}

#[test]
fn what_was_trimmed_unread_is_lost() {
    // 30 were added, 10 are left from 21 on, the group has read up to 15.
    for (added, read, last, lost) in [
        (Some(30), Some(15), 15, true),
        (Some(30), Some(20), 20, false),
        (Some(30), Some(25), 25, false),
        (Some(10), Some(0), 0, false),
        (Some(30), None, 15, false),
        (None, None, 15, false),
    ] {
        let stream =
            StreamFacts { added, ..stream(10, 21, vec![GroupFacts { read, ..group(last, 10, 0, &[1]) }]) };
        expect("trimming", of_stream(stream), lost.then_some((Level::Fault, "g on event::A: 5 unread")));
    }
    let gone = GroupFacts { oldest_pending: Some(EntryId::new(5, 0)), ..group(30, 0, 3, &[1]) };
    expect(
        "trimming",
        of_stream(stream(10, 21, vec![gone.clone()])),
        Some((Level::Fault, "pending entries from 5-0")),
    );
    expect("trimming", of_stream(stream(0, 0, vec![gone])), Some((Level::Fault, "pending entries from 5-0")));
}

#[test]
fn retries_are_overdue_by_the_brokers_clock() {
    let report = |due: i64, scheduled| HandlerReport {
        scheduled: Some(Counted::Exactly(scheduled)),
        next_retry: Some(now() - TimeDelta::seconds(due)),
        ..handler(0, vec![consumer("c", 0, 1, true)])
    };
    for (due, scheduled, expected) in [
        (-5, 3, None),
        (59, 3, None),
        (240, 0, None),
        (240, 3, Some((Level::Warning, "retries of sla are overdue: the next one for 4 m"))),
    ] {
        expect("retries", of_handler(report(due, scheduled)), expected);
    }
    // The broker's clock is ten minutes behind ours: it is not yet due there.
    let mut health = Health::default();
    let ahead = Some(TimeDelta::minutes(-10));
    health.look(Examined { ahead, ..look(of_handler(report(240, 3))) }, now());
    assert!(health.findings().iter().all(|known| known.lint.check != "retries"));
}

#[test]
fn workers_whose_clocks_differ_are_named() {
    for (seen, expected) in [
        (0, None),
        (15, None),
        (16, None),
        (-2, None),
        (-5, Some((Level::Warning, "the clock of web-1\\x1b, which runs sla, is 5 s ahead of the server's"))),
        (45, Some((Level::Warning, "at least 30 s behind"))),
    ] {
        expect("worker-clock", of_handler(handler(0, vec![consumer("c", 0, seen, true)])), expected);
    }
    // Of one that died nothing can be told.
    expect("worker-clock", of_handler(handler(0, vec![consumer("c", 0, 45, false)])), None);
}
