//! A stretch of the past, page by page.

use super::*;
use crate::bus::{Admission, Intake, PageOf, Raw, TenantLock};
use crate::event::{EventType, StreamKey};
use crate::monitor::{Lens, Monitor, Retained, Scope};
use crate::schema::Registry;
use crate::text::count;
use std::sync::Arc;

/// What lies on the bus: entries at these milliseconds.
struct Lying(Vec<u64>);

impl Lying {
    fn page(&self, query: &ArchiveQuery) -> ArchivePage {
        let mut intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
        let fits = |ms: &&u64| match query.direction {
            Direction::Older => EntryId::new(**ms, 0) < query.from,
            Direction::Newer => EntryId::new(**ms, 0) > query.from,
        };
        let mut all: Vec<u64> = self.0.iter().filter(fits).copied().collect();
        let is_end = all.len() <= query.at_most;
        if query.direction == Direction::Older {
            all.reverse();
        }
        all.truncate(query.at_most);
        let reached = all.last().map_or(query.from, |ms| EntryId::new(*ms, 0));
        all.sort_unstable();
        let entries = all.into_iter().map(|ms| entry(&mut intake, ms)).collect();
        ArchivePage { entries, reached, is_end, ..ArchivePage::default() }
    }
}

fn raw(ms: u64) -> Raw {
    Raw {
        stream: StreamKey::new("event::A").unwrap(),
        id: EntryId::new(ms, 0),
        replayable: true,
        channel: None,
        event_type: Some(EventType::new("A").unwrap()),
        fields: Vec::new(),
    }
}

fn entry(intake: &mut Intake, ms: u64) -> Entry {
    let Admission::Entry(entry) = intake.admit(raw(ms)) else { panic!() };
    entry
}

fn read(past: &mut Past, lying: &Lying, direction: Direction, at_most: usize) {
    let query = past.query(direction, at_most, ChannelScope::All);
    assert!(past.take(&query, lying.page(&query)));
}

fn shown(past: &Past) -> Vec<u64> {
    let ring = past.ring();
    ring.rows(ring.first_seq()..ring.end_seq()).map(|row| row.id().ms).collect()
}

#[test]
fn it_grows_on_both_sides_and_entries_keep_their_numbers() {
    let lying = Lying((1..=100).collect());
    let mut past = Past::at(EntryId::new(50, 0));
    read(&mut past, &lying, Direction::Newer, 10);
    assert_eq!(shown(&past), (50..60).collect::<Vec<_>>(), "what is at the place is newer");
    let fifty = past.ring().first_seq();
    read(&mut past, &lying, Direction::Older, 10);
    assert_eq!(shown(&past), (40..60).collect::<Vec<_>>());
    assert_eq!(past.ring().get(fifty).unwrap().id().ms, 50);
    assert!(!past.is_end(Direction::Older) && !past.is_end(Direction::Newer));
    read(&mut past, &lying, Direction::Older, 100);
    read(&mut past, &lying, Direction::Newer, 100);
    assert_eq!(shown(&past), lying.0);
    assert!(past.is_end(Direction::Older) && past.is_end(Direction::Newer));
    assert_eq!(past.ring().get(fifty).unwrap().id().ms, 50);
}

#[test]
fn what_is_far_away_goes_and_is_read_again() {
    let lying = Lying((1..=20_000).collect());
    let mut past = Past::at(EntryId::MAX);
    for _ in 0..12 {
        read(&mut past, &lying, Direction::Older, 1_000);
    }
    assert_eq!(shown(&past), (8_001..=12_000).collect::<Vec<_>>(), "{}", count(past.ring().len()));
    for _ in 0..3 {
        read(&mut past, &lying, Direction::Newer, 1_000);
    }
    assert_eq!(shown(&past), (11_001..=15_000).collect::<Vec<_>>());
    read(&mut past, &lying, Direction::Older, 1_000);
    assert_eq!(shown(&past), (10_001..=14_000).collect::<Vec<_>>());
}

#[test]
fn an_answer_to_a_question_of_before_is_dropped() {
    let lying = Lying((1..=100).collect());
    let mut past = Past::at(EntryId::MAX);
    let query = past.query(Direction::Older, 10, ChannelScope::All);
    let page = lying.page(&query);
    assert!(past.take(&query, page.clone()));
    assert!(!past.take(&query, page), "a double press makes no double");
    assert_eq!(shown(&past), (91..=100).collect::<Vec<_>>());
}

#[test]
fn a_lens_over_it_follows_both_ends() {
    let lying = Lying((1..=20_000).collect());
    let monitor = Monitor::new(Limits::default(), crate::event::TenantLabels::default());
    let mut past = Past::at(EntryId::new(10_000, 0));
    let mut lens = Lens::new(Filter::default(), Scope::default(), over(&past, &monitor));
    for direction in [Direction::Newer; 6].into_iter().chain([Direction::Older; 8]) {
        read(&mut past, &lying, direction, 1_000);
        while lens.advance(over(&past, &monitor), chrono::DateTime::UNIX_EPOCH, 300) {}
        let ring = past.ring();
        let seen: Vec<_> = (0..lens.shown()).map(|at| lens.seq_at(at).unwrap()).collect();
        assert_eq!(seen, (ring.first_seq()..ring.end_seq()).collect::<Vec<_>>());
    }
}

#[test]
fn ids_ahead_of_the_clock_of_the_server_are_read_once_and_nothing_is_torn() {
    let lying = Lying((1..=100).collect());
    let mut past = Past::at(EntryId::new(90, 0));
    // By the clock nothing after 20 is settled.
    let ask = |past: &mut Past, direction| {
        let query = past.query(direction, 10, ChannelScope::All);
        let page = ArchivePage { settled: query.settled(20), ..lying.page(&query) };
        assert!(past.take(&query, page) && !past.is_torn());
    };
    ask(&mut past, Direction::Older);
    ask(&mut past, Direction::Newer);
    assert_eq!(shown(&past), (80..100).collect::<Vec<_>>());
    ask(&mut past, Direction::Older);
    ask(&mut past, Direction::Newer);
    ask(&mut past, Direction::Newer);
    assert_eq!(shown(&past), (70..=100).collect::<Vec<_>>());
    assert!(past.is_end(Direction::Newer));
}

#[test]
fn what_is_trimmed_or_deleted_while_it_is_read_stays_and_nothing_is_torn_by_it() {
    let mut past = Past::at(EntryId::new(1, 0));
    let ask = |past: &mut Past, lying: Vec<u64>| {
        let query = past.query(Direction::Newer, 10, ChannelScope::All);
        let page = ArchivePage { settled: Some(EntryId::new(2, 0)), ..Lying(lying).page(&query) };
        assert!(past.take(&query, page));
    };
    ask(&mut past, (1..=6).collect());
    ask(&mut past, vec![5, 6, 7, 9]);
    ask(&mut past, vec![7, 9, 10]);
    assert!(!past.is_torn());
    assert_eq!(shown(&past), [1, 2, 3, 4, 5, 6, 7, 9, 10]);
    ask(&mut past, vec![7, 8, 9, 10]);
    assert!(past.is_torn(), "what came late is no end");
}

#[test]
fn what_may_not_be_shown_is_counted_once_however_often_it_is_read() {
    let lock = TenantLock::to([crate::event::TenantId::new("acme").unwrap()]);
    let intake = Intake::new(Arc::new(Registry::default()), lock);
    let mut past = Past::at(EntryId::new(1, 0));
    for lying in [3, 3, 5, 5] {
        let query = past.query(Direction::Newer, 10, ChannelScope::All);
        let mut page = PageOf::new(&query, &intake);
        (1..=lying).filter(|ms| EntryId::new(*ms, 0) > query.from).for_each(|ms| page.push(raw(ms)));
        let page = ArchivePage { settled: Some(EntryId::new(1, 0)), ..page.finish(true, Vec::new()) };
        assert!(past.take(&query, page));
        assert_eq!(past.withheld(), lying);
    }
}

#[test]
fn what_a_lens_would_not_list_is_sifted_out() {
    let lying = Lying((1..=9).collect());
    let monitor = Monitor::new(Limits::default(), crate::event::TenantLabels::default());
    let over = Retained::from(&monitor);
    let page = lying.page(&Past::at(EntryId::MAX).query(Direction::Older, 9, ChannelScope::All));
    for (text, ms) in [("", (1..=9).collect()), ("id:3-0 or id:7-0", vec![3, 7]), ("type:B", vec![])] {
        let lens = Lens::new(Filter::parse(text).unwrap(), Scope::default(), over);
        let kept = Past::sift(page.entries.clone(), &lens, over, chrono::DateTime::UNIX_EPOCH);
        assert_eq!(kept.iter().map(|entry| entry.id.ms).collect::<Vec<_>>(), ms, "{text}");
    }
}

#[test]
fn stretches_share_no_numbers_with_each_other_nor_with_what_comes() {
    let lying = Lying((1..=100).collect());
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..3 {
        let mut past = Past::nth(n, EntryId::new(50, 0));
        read(&mut past, &lying, Direction::Older, 100);
        read(&mut past, &lying, Direction::Newer, 100);
        let ring = past.ring();
        assert!((ring.first_seq()..ring.end_seq()).all(|seq| Past::has_number(seq) && seen.insert(seq)));
    }
    assert!(!Past::has_number(1 << 40));
}

fn over<'a>(past: &'a Past, monitor: &'a Monitor) -> Retained<'a> {
    Retained { ring: past.ring(), ..Retained::from(monitor) }
}
