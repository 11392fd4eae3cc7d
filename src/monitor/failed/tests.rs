//! The list, the sift and the tally, on events that are made up.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::bus::{Counted, FailedAt, FailedEvent, FailedPage, FailedSource};
use crate::event::{EntryId, EventType, FailedState, StreamKey, TenantId, TenantLabels};
use crate::filter::Filter;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_795_459_752_545).unwrap()
}

fn stream(name: &str) -> StreamKey {
    StreamKey::new(&format!("event::{name}")).unwrap()
}

fn event(at: FailedAt, state: FailedState, n: u64) -> FailedEvent {
    let stream = at.stream().clone();
    FailedEvent {
        state,
        handler: Some(["mail", "sla"][(n % 2) as usize].into()),
        source: Some(EntryId::new(n, 0)),
        event_type: EventType::new(stream.as_str().trim_start_matches("event::")).unwrap(),
        stream,
        at,
        channel: None,
        tenant: Some(TenantId::new(["acme", "beta", "globex"][(n % 3) as usize]).unwrap()),
        event: None,
        attempts: Some(10),
        max_attempts: Some(10),
        reason: Some("exhausted".into()),
        error: Some(format!("SMTP 451 greylisted for ticket {n}").into()),
        first_failed_at: None,
        last_failed_at: Some(now() - TimeDelta::seconds(i64::try_from(1_000_000 - n).unwrap())),
        next_at: None,
        idle: None,
        plan: None,
        outcome: None,
        text: Some(format!(r#"{{"payload":{{"n":{n}}}}}"#).into()),
    }
}

fn letter(name: &str, n: u64) -> FailedEvent {
    event(FailedAt::DeadLetter { stream: stream(name), id: EntryId::new(n, 0) }, FailedState::Dead, n)
}

fn pending(n: u64, state: FailedState) -> FailedEvent {
    event(FailedAt::Pending { stream: stream("A"), group: "g".into(), id: EntryId::new(n, 0) }, state, n)
}

fn page(events: Vec<FailedEvent>, lying: &[(&str, u64)]) -> FailedPage {
    let dead = lying.iter().map(|(_, n)| n).sum();
    FailedPage {
        events,
        totals: Some(BTreeMap::from([(FailedSource::DeadLetters, Counted::Exactly(dead))])),
        lying: lying.iter().map(|(name, n)| (stream(name), *n)).collect(),
        ..FailedPage::default()
    }
}

fn read(list: &mut FailedList, events: Vec<FailedEvent>, lying: &[(&str, u64)]) {
    list.begin(FailedSource::FAILED, false);
    list.take(page(events, lying));
    list.end(true);
}

fn sifted(list: &FailedList, ask: FailedAsk) -> FailedSift {
    let mut sift = FailedSift::default();
    sift.set(ask);
    while sift.advance(list, &TenantLabels::default(), now(), 7) {}
    sift
}

#[test]
fn a_row_knows_its_payload_and_that_there_is_none() {
    let mut list = FailedList::new(FailedLimits { text: 40, ..FailedLimits::default() });
    let none = FailedEvent { text: Some("[1]".into()), ..letter("A", 3) };
    read(&mut list, vec![letter("A", 1), letter("A", 2), none], &[("A", 3)]);
    let sift = sifted(&list, FailedAsk::default());
    let payloads: Vec<_> = sift.rows().iter().map(FailedRow::payload).collect();
    assert_eq!(payloads, [None, Some(r#"{"n":2}"#), None], "the oldest one's JSON is not kept");
    // Its JSON is another one now.
    let longer = FailedEvent { text: Some(r#"{"a":1,"payload":{"n":22}}"#.into()), ..letter("A", 2) };
    list.begin(FailedSource::FAILED, true);
    list.take(page(vec![longer], &[("A", 3)]));
    let sift = sifted(&list, FailedAsk::default());
    assert!(sift.rows().iter().any(|row| row.payload() == Some(r#"{"n":22}"#)));
    let filtered = FailedAsk { filter: Filter::parse("payload.n=22").unwrap(), ..FailedAsk::default() };
    assert_eq!(sifted(&list, filtered).rows().len(), 1);
}

#[test]
fn dead_letters_are_read_on_from_the_newest_and_anew_where_some_are_gone() {
    let mut list = FailedList::new(FailedLimits::default());
    assert!(list.begin(FailedSource::FAILED, false).after.is_empty());
    list.take(page(vec![letter("A", 9), letter("B", 8)], &[("A", 3), ("B", 1)]));
    // Broken off: older ones may be missing, so it begins at the beginning again.
    list.end(false);
    assert!(list.begin(FailedSource::FAILED, false).after.is_empty() && !list.is_complete());
    list.take(page((7..10).map(|n| letter("A", n)).chain([letter("B", 8)]).collect(), &[("A", 3), ("B", 1)]));
    list.end(true);
    assert_eq!((list.len(), list.failed(false)), (4, Counted::Exactly(4)));

    let query = list.begin(FailedSource::FAILED, false);
    assert_eq!(
        query.after,
        BTreeMap::from([(stream("A"), EntryId::new(9, 0)), (stream("B"), EntryId::new(8, 0))])
    );
    // One came, and two were dealt with by somebody else.
    list.take(page(vec![letter("A", 12)], &[("A", 2), ("B", 1)]));
    list.end(true);
    assert_eq!(list.len(), 5, "which of them are gone is not known yet");
    let query = list.begin(FailedSource::FAILED, false);
    assert_eq!(query.after.keys().collect::<Vec<_>>(), [&stream("B")], "A is read from its beginning");
    list.take(page(vec![letter("A", 12), letter("A", 7)], &[("A", 2), ("B", 1)]));
    list.end(true);
    assert_eq!((list.len(), list.failed(false)), (3, Counted::Exactly(3)));
    // A stream of which nothing lies any more is not even named.
    read(&mut list, Vec::new(), &[("A", 2)]);
    read(&mut list, Vec::new(), &[("A", 2)]);
    assert_eq!(list.len(), 2);
}

#[test]
fn small_sources_are_replaced_by_each_reading_and_an_action_takes_away_at_once() {
    let mut list = FailedList::new(FailedLimits::default());
    read(
        &mut list,
        vec![pending(1, FailedState::Running), pending(2, FailedState::Stuck), letter("A", 3)],
        &[("A", 1)],
    );
    assert_eq!((list.in_state(FailedState::Running), list.failed(false)), (1, Counted::Exactly(2)));
    let version = list.version();
    list.begin([FailedSource::Pending], false);
    list.take(page(vec![pending(2, FailedState::Stuck)], &[("A", 1)]));
    list.end(true);
    assert_eq!((list.len(), list.in_state(FailedState::Running)), (2, 0));
    assert!(list.version() > version);
    let at = letter("A", 3).at;
    list.remove(std::slice::from_ref(&at));
    assert_eq!((list.get(&at), list.failed(false)), (None, Counted::Exactly(1)));
    let query = list.begin(FailedSource::FAILED, false);
    assert_eq!(query.after.len(), 1, "what we took away ourselves is no reason to read anew");
}

#[test]
fn bounds_hold_and_say_what_they_leave_out() {
    let mut list = FailedList::new(FailedLimits { events: 10, text: 100 });
    read(&mut list, (0..30).map(|n| letter("A", n)).collect(), &[("A", 30)]);
    assert_eq!((list.len(), list.not_kept(), list.failed(false)), (10, 20, Counted::Exactly(30)));
    assert!(list.text_bytes() <= 100);
    let newest = list.get(&letter("A", 29).at).unwrap();
    assert!(newest.text.is_some() && list.get(&letter("A", 20).at).unwrap().text.is_none());
    assert_eq!(list.failed(true), Counted::AtLeast(10), "a locked run says nothing of what others have");
    let ask = FailedAsk { filter: Filter::parse("payload.n>0").unwrap(), ..FailedAsk::default() };
    let sift = sifted(&list, ask);
    assert_eq!(sift.unsearched(), 10 - sift.rows().len() as u64);
}

#[test]
fn filter_scope_order_and_groups() {
    let mut list = FailedList::new(FailedLimits::default());
    let mut events: Vec<_> = (0..60).map(|n| letter(["A", "B"][(n / 30) as usize], n)).collect();
    events.push(pending(61, FailedState::Running));
    read(&mut list, events, &[("A", 30), ("B", 30)]);
    let all = sifted(&list, FailedAsk::default());
    assert_eq!((all.rows().len(), all.groups().len(), all.hidden()), (60, 12, 0));
    let ages: Vec<_> = all.rows().iter().map(|row| row.event.failed_at()).collect();
    assert!(ages.is_sorted_by(|a, b| a >= b));
    assert_eq!(sifted(&list, FailedAsk { all: true, ..FailedAsk::default() }).rows().len(), 61);
    let acme = FailedAsk { tenant: Some(TenantId::new("acme").unwrap()), ..FailedAsk::default() };
    assert_eq!((sifted(&list, acme.clone()).rows().len(), sifted(&list, acme).hidden()), (20, 40));
    let filter = Filter::parse("handler:mail type:A is:dead payload.n<10").unwrap();
    assert_eq!(sifted(&list, FailedAsk { filter, ..FailedAsk::default() }).rows().len(), 5);
    for sort in [FailedSort::Newest, FailedSort::Age, FailedSort::Count] {
        let sift = sifted(&list, FailedAsk { sort, ..FailedAsk::default() });
        for (at, group) in sift.groups().iter().enumerate() {
            assert!(group.rows.iter().all(|row| sift.rows()[*row as usize].group as usize == at));
            assert_eq!(group.states[FailedState::Dead as usize], group.rows.len() as u64);
            assert_eq!(group.worst(), (FailedState::Dead, group.rows.len() as u64));
        }
        assert_eq!(sift.groups().iter().map(|group| group.rows.len()).sum::<usize>(), 60);
    }
    let oldest = sifted(&list, FailedAsk { sort: FailedSort::Age, ..FailedAsk::default() });
    assert_eq!(oldest.rows()[0].event.at, letter("A", 0).at);
}

#[test]
fn what_comes_during_a_pass_is_looked_at_in_the_next_one() {
    let mut list = FailedList::new(FailedLimits::default());
    read(&mut list, (0..50).map(|n| letter("A", n)).collect(), &[("A", 50)]);
    let mut sift = FailedSift::default();
    let labels = TenantLabels::default();
    assert!(sift.advance(&list, &labels, now(), 20));
    read(&mut list, vec![letter("A", 90)], &[("A", 51)]);
    while sift.advance(&list, &labels, now(), 20) {}
    assert_eq!(sift.rows().len(), 50, "not more often than four times a second");
    assert!(sift.advance(&list, &labels, now() + TimeDelta::seconds(1), 20));
    while sift.advance(&list, &labels, now() + TimeDelta::seconds(1), 20) {}
    assert_eq!(sift.rows().len(), 51);
}

#[test]
fn a_bounded_reading_says_how_many_there_are() {
    let mut tally = FailedTally::default();
    tally.take(&page(
        vec![pending(1, FailedState::Running), pending(2, FailedState::Stuck), letter("A", 3)],
        &[("A", 4_000)],
    ));
    assert_eq!(tally.failed(false), Counted::Exactly(4_001));
    assert_eq!(tally.failed(true), Counted::Exactly(2));
    let many = (0..FailedTally::AT_MOST as u64).map(|n| pending(n, FailedState::Retrying)).collect();
    let mut tally = FailedTally::default();
    tally.take(&page(many, &[("A", 7)]));
    assert_eq!(tally.failed(false), Counted::AtLeast(307));
}

const MANY: u64 = 20_000;

/// How long a pass takes is printed, and not judged: a busy machine proves nothing.
#[test]
fn very_many_are_sifted_in_slices() {
    let mut list = FailedList::new(FailedLimits::default());
    let begin = std::time::Instant::now();
    read(&mut list, (0..MANY).map(|n| letter("A", n)).collect(), &[("A", MANY)]);
    let loaded = begin.elapsed();
    for text in ["", "type:A", "error:greylisted", "payload.n>5"] {
        let mut sift = FailedSift::default();
        let filter = Filter::parse(text).unwrap();
        sift.set(FailedAsk { filter, sort: FailedSort::Count, ..FailedAsk::default() });
        let (begin, mut worst) = (std::time::Instant::now(), std::time::Duration::ZERO);
        loop {
            let slice = std::time::Instant::now();
            let more = sift.advance(&list, &TenantLabels::default(), now(), 2_000);
            worst = worst.max(slice.elapsed());
            if !more {
                break;
            }
        }
        println!(
            "100,000: loaded in {loaded:?}; '{text}' {:?}, the longest slice {worst:?}",
            begin.elapsed()
        );
        assert!(sift.rows().len() as u64 > MANY - 10);
    }
}
