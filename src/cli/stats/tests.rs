//! Tests.

use super::*;
use crate::cli::test_desk::TestDesk;
use crate::event::{Channel, EventType, StreamKey};

fn stream(event_type: &str, length: u64, groups: Vec<GroupReport>) -> StreamReport {
    let id = |ms: u64| (length > 0).then(|| EntryId::new(1_795_459_752_545 + ms, 0));
    StreamReport {
        stream: StreamKey::new(&format!("event::{event_type}")).unwrap(),
        event_type: EventType::new(event_type).unwrap(),
        channel: None,
        length,
        first: id(0),
        last: id(60_000),
        groups,
        dead_letters: 0,
    }
}

fn group(name: &str, pending: u64, lag: Lag) -> GroupReport {
    GroupReport { name: name.to_owned(), pending, lag, consumers: 2 }
}

fn bus() -> Vec<StreamReport> {
    vec![
        stream(
            "TICKET_CREATED",
            1_204,
            vec![group("mail", 0, Lag::Exactly(3)), group("sla\x1b[2J\u{202e}", 7, Lag::MoreThan(1_000))],
        ),
        StreamReport { dead_letters: 2, ..stream("TICKET_CLOSED", 0, vec![]) },
        stream("TICKET_UPDATED", 0, vec![group("mail", 0, Lag::Exactly(0))]),
    ]
}

#[test]
fn an_unknown_lag_is_more_than_it_was_counted_to() {
    let mut test = TestDesk::text();
    test.run(|desk| print_text(&bus(), desk)).unwrap();
    insta::assert_snapshot!(test.out(), @r"
    TYPE            LENGTH  FIRST                    LAST                     DEAD  GROUP               PENDING     LAG  CONSUMERS
    TICKET_CREATED   1,204  2026-11-23 20:49:12.545  2026-11-23 20:50:12.545     0  mail                      0       3          2
                                                                                    sla\x1b[2J\u{202e}        7  1,000+          2
    TICKET_CLOSED        0  -                        -                           2  no group
    +1 empty (-o json lists them too)
    total: 3 streams, 1,204 entries, 3 groups with 7 pending and lag 1,003+, 2 dead letters
    ");
}

#[test]
fn totals_say_whether_the_lag_is_exact() {
    let totals = Totals::of(&bus());
    assert_eq!((totals.streams, totals.empty_streams, totals.length), (3, 2, 1_204));
    assert_eq!((totals.groups, totals.pending, totals.dead_letters), (3, 7, 2));
    assert_eq!((totals.lag, totals.lag_exact), (1_003, false));
    assert!(Totals::of(&bus()[1..]).lag_exact);
}

#[test]
fn json_lists_empty_streams_too_and_escapes_hostile_names() {
    let mut test = TestDesk::json();
    test.run(|desk| print_json(&bus(), desk)).unwrap();
    let out = test.out();
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(out.contains(r"sla\u001b[2J\u202e"), "{out}");
    assert_eq!(lines[0]["groups"][1]["name"], "sla\u{1b}[2J\u{202e}", "and reads back as it was");
    assert_eq!(lines[0]["groups"][1]["lagExact"], false);
    assert_eq!(lines[0]["firstAt"], "2026-11-23T18:49:12.545Z");
    assert_eq!((&lines[1]["lastEntryId"], &lines[1]["lastAt"]), (&None::<&str>.into(), &None::<&str>.into()));
}

#[test]
fn a_bus_without_streams_asks_whether_it_is_the_right_one() {
    for mut test in [TestDesk::text(), TestDesk::json()] {
        test.run(|desk| print(&[], desk)).unwrap();
        assert_eq!(test.out(), "");
        assert!(test.notes().contains("--profile"), "{}", test.notes());
    }
}

#[test]
fn channels_have_a_column_where_there_are_any() {
    let mut streams = bus();
    streams[0].channel = Some(Channel::new("emailservice::v7").unwrap());
    let mut test = TestDesk::text();
    test.run(|desk| print_text(&streams, desk)).unwrap();
    assert!(test.out().lines().next().unwrap().contains("CHANNEL"));
}
