//! Reading back, a page at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidings::bus::{Archive, ArchivePage, ArchiveQuery, BusError, ChannelScope, Direction, Session};
use tidings::event::{Channel, Entry, EntryId, EventId, EventType};
use tidings::monitor::Past;

use crate::events::{ACME, GLOBEX, append, event_ids, json, locked_to, open, place, place_on};
use crate::harness::Harness;

const TYPES: [&str; 3] = ["TICKET_CREATED", "TICKET_UPDATED", "PROJECT_CLOSED"];
/// A moment in the past, so that no entry has it by chance.
const THEN: u64 = 1_600_000_000_000;

fn query(from: EntryId, direction: Direction, at_most: usize) -> ArchiveQuery {
    ArchiveQuery::new(from, direction, at_most, ChannelScope::All)
}

/// Every page from a place to the end.
async fn pages(archive: &dyn Archive, mut query: ArchiveQuery) -> Vec<ArchivePage> {
    let mut pages = Vec::new();
    loop {
        let page = archive.page(&query).await.unwrap();
        let is_end = page.is_end;
        assert!(is_end || page.reached != query.from, "it gets on: {page:?}");
        query.from = page.reached;
        pages.push(page);
        if is_end {
            return pages;
        }
    }
}

/// All entries from a place to the end, oldest first.
async fn all(session: &Session, query: ArchiveQuery) -> Vec<Entry> {
    let direction = query.direction;
    let mut pages = pages(&*session.archive, query).await;
    if direction == Direction::Older {
        pages.reverse();
    }
    pages.into_iter().flat_map(|page| page.entries).collect()
}

/// `count` events, one a millisecond, each of another type than the one before; their ids in that order.
async fn spread(harness: &impl Harness, count: u64) -> Vec<EventId> {
    let mut ids = Vec::new();
    for (at, event_type) in (0..count).zip(TYPES.iter().cycle()) {
        ids.push(append(harness, &place(event_type), Some(THEN + at), ACME).await);
    }
    ids
}

pub(crate) async fn goes_to_the_beginning_and_to_the_end(harness: &impl Harness) {
    let mut ids = spread(harness, 40).await;
    // A noisy stream is most of the newest, a quiet one has none of them.
    for at in 40..90 {
        ids.push(append(harness, &place("TICKET_UPDATED"), Some(THEN + at), ACME).await);
    }
    let session = harness.session(open());
    for at_most in [1, 7, 40, 1_000] {
        let back = all(&session, query(EntryId::MAX, Direction::Older, at_most)).await;
        assert_eq!(event_ids(&back), ids, "back by {at_most}");
        let onward = all(&session, query(EntryId::ZERO, Direction::Newer, at_most)).await;
        assert_eq!(event_ids(&onward), ids, "onward by {at_most}");
    }
    let page = session.archive.page(&query(EntryId::MAX, Direction::Older, 7)).await.unwrap();
    assert_eq!((event_ids(&page.entries), page.is_end), (ids[83..].to_vec(), false));
    assert_eq!(page.reached, EntryId::new(THEN + 83, 0));
    assert!(page.entries.iter().all(|entry| entry.replayable && entry.channel.is_none()));
}

/// What comes in the millisecond of the last entry that was read lies before it where its stream comes first.
pub(crate) async fn misses_nothing_that_comes_while_it_reads(harness: &impl Harness) {
    const COUNT: usize = 500;
    let session = harness.session(open());
    let is_done = AtomicBool::new(false);
    let publishing = async {
        let mut ids = Vec::new();
        for event_type in TYPES.iter().rev().cycle().take(COUNT) {
            ids.push(append(harness, &place(event_type), None, ACME).await);
        }
        is_done.store(true, Ordering::SeqCst);
        ids
    };
    let reading = async {
        let mut past = Past::at(EntryId::ZERO);
        loop {
            let query = past.query(Direction::Newer, 500, ChannelScope::All);
            let page = session.archive.page(&query).await.unwrap();
            assert!(past.take(&query, page));
            if past.is_torn() {
                past = Past::at(EntryId::ZERO);
            }
            // Streams are looked for once a second: what a new one holds may come that late.
            if is_done.load(Ordering::SeqCst) && past.ring().len() >= COUNT as u64 {
                return past;
            }
            tokio::task::yield_now().await;
        }
    };
    let reading = async { tokio::time::timeout(Duration::from_mins(5), reading).await.unwrap() };
    let (mut ids, past) = tokio::join!(publishing, reading);
    let ring = past.ring();
    let rows = ring.rows(ring.first_seq()..ring.end_seq());
    let mut seen: Vec<_> = rows.filter_map(|row| row.event_id()).collect();
    ids.sort_unstable();
    seen.sort_unstable();
    assert!(seen == ids, "{} of {}, each once", seen.len(), ids.len());
}

pub(crate) async fn reads_one_type_alone(harness: &impl Harness) {
    let ids = spread(harness, 30).await;
    let odd = json(
        r#"{"id":"00000000-0000-4000-8000-000000000001","eventType":"OTHER","payload":{"tenantId":"acme"}}"#,
    );
    harness.append(&place("TICKET_UPDATED"), Some(THEN + 40), vec![odd]).await;
    let session = harness.session(open());
    let wanted = EventType::new("TICKET_UPDATED").unwrap();
    let mut asked = query(EntryId::MAX, Direction::Older, 4);
    let mut seen = Vec::new();
    loop {
        let page = session.archive.page_of(&wanted, &asked).await.unwrap();
        assert!(page.entries.iter().all(|entry| entry.event_type.as_ref() == Some(&wanted)), "{page:?}");
        seen.extend(event_ids(&page.entries).into_iter().rev());
        if page.is_end {
            break;
        }
        assert_ne!(page.reached, asked.from, "it gets on");
        asked.from = page.reached;
    }
    let of_type: Vec<_> = ids.iter().skip(1).step_by(3).rev().copied().collect();
    assert_eq!(seen, of_type);
    let nowhere = EventType::new("NOBODY_SENDS_THIS").unwrap();
    let none = session.archive.page_of(&nowhere, &query(EntryId::MAX, Direction::Older, 4)).await.unwrap();
    assert_eq!((none.entries.len(), none.is_end), (0, true));
}

pub(crate) async fn begins_at_any_moment(harness: &impl Harness) {
    let ids = spread(harness, 30).await;
    let session = harness.session(open());
    let moment = EntryId::new(THEN + 10, 0);
    let before = all(&session, query(moment, Direction::Older, 4)).await;
    assert_eq!(event_ids(&before), ids[..10], "the one at that place is not among them");
    let after = all(&session, query(moment.previous().unwrap(), Direction::Newer, 4)).await;
    assert_eq!(event_ids(&after), ids[10..]);
    let nothing = session.archive.page(&query(EntryId::ZERO, Direction::Older, 4)).await.unwrap();
    assert!(nothing.is_end && nothing.entries.is_empty());
    // What comes later is there when it is asked for again.
    let end = EntryId::new(THEN + 29, 0);
    let none = session.archive.page(&query(end, Direction::Newer, 4)).await.unwrap();
    assert_eq!((none.is_end, none.reached, none.entries.len()), (true, end, 0));
    let next = append(harness, &place("TICKET_CREATED"), Some(THEN + 50), ACME).await;
    let some = session.archive.page(&query(end, Direction::Newer, 4)).await.unwrap();
    assert_eq!(event_ids(&some.entries), [next]);
}

pub(crate) async fn tears_no_id_apart(harness: &impl Harness) {
    // Each stream has an entry with each of these ids.
    for at in 0..5 {
        for event_type in TYPES {
            append(harness, &place(event_type), Some(THEN + at), ACME).await;
        }
    }
    let session = harness.session(open());
    let places = |entries: &[Entry]| -> Vec<_> {
        entries.iter().map(|entry| (entry.id, entry.stream.as_str().to_owned())).collect()
    };
    let onward = places(&all(&session, query(EntryId::ZERO, Direction::Newer, 2)).await);
    let mut sorted = onward.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((onward.len(), &onward), (15, &sorted), "each once, of one id by stream");
    assert_eq!(places(&all(&session, query(EntryId::MAX, Direction::Older, 2)).await), onward);
    for page in pages(&*session.archive, query(EntryId::MAX, Direction::Older, 2)).await {
        assert_eq!(page.entries.len() % 3, 0, "{page:?}");
    }
}

pub(crate) async fn keeps_to_the_lock_and_counts(harness: &impl Harness) {
    let mut acme = Vec::new();
    for at in 0..40 {
        let tenant = if at % 4 == 0 { ACME } else { GLOBEX };
        let id = append(harness, &place(TYPES[(at % 2) as usize]), Some(THEN + at), tenant).await;
        acme.extend((tenant == ACME).then_some(id));
    }
    harness.append(&place("TICKET_CLOSED"), Some(THEN + 50), vec![json("broken")]).await;
    let session = harness.session(locked_to(&[ACME]));
    let pages = pages(&*session.archive, query(EntryId::MAX, Direction::Older, 4)).await;
    let mut seen: Vec<_> = pages.iter().rev().flat_map(|page| event_ids(&page.entries)).collect();
    assert_eq!(std::mem::take(&mut seen), acme);
    assert_eq!(pages[0].entries.len(), 4, "a page is filled with what may be seen");
    let withheld: u64 = pages.iter().map(|page| page.other_tenants).sum();
    assert_eq!((withheld, pages.iter().map(|page| page.unattributed).sum::<u64>()), (30, 1));
    assert!(!format!("{pages:?}").contains(GLOBEX), "nothing of another tenant comes through");
}

pub(crate) async fn ends_where_trimming_has_been(harness: &impl Harness) {
    let mut ids = Vec::new();
    for at in 0..20 {
        ids.push(append(harness, &place("TICKET_CREATED"), Some(THEN + at), ACME).await);
    }
    let session = harness.session(open());
    let newest = session.archive.page(&query(EntryId::MAX, Direction::Older, 5)).await.unwrap();
    assert_eq!(event_ids(&newest.entries), ids[15..]);
    harness.trim(&place("TICKET_CREATED"), 8).await;
    let rest = all(&session, query(newest.reached, Direction::Older, 5)).await;
    assert_eq!(event_ids(&rest), ids[12..15]);
}

pub(crate) async fn fails_while_the_broker_is_down_and_goes_on_after(harness: &impl Harness) {
    let ids = spread(harness, 9).await;
    let session = harness.session(open());
    let asked = query(EntryId::MAX, Direction::Older, 3);
    let first = session.archive.page(&asked).await.unwrap();
    harness.go_down().await;
    let failed = session.archive.page(&asked).await;
    assert!(matches!(failed, Err(BusError::Unavailable { .. })), "{failed:?}");
    harness.come_back().await;
    let second = session.archive.page(&ArchiveQuery { from: first.reached, ..asked }).await.unwrap();
    assert_eq!(event_ids(&second.entries), ids[3..6]);
}

pub(crate) async fn reads_one_channel_alone(harness: &impl Harness) {
    let mut global = Vec::new();
    for at in 0..20 {
        let channel = if at % 5 == 0 { "global" } else { "emailservice::v7" };
        let id = append(harness, &place_on(channel, "TICKET_CREATED"), Some(THEN + at), ACME).await;
        global.extend((channel == "global").then_some(id));
    }
    let session = harness.session(open());
    let channels = ChannelScope::Only(Channel::new("global").unwrap());
    let only = ArchiveQuery { channels, ..query(EntryId::MAX, Direction::Older, 3) };
    let seen = all(&session, only).await;
    assert_eq!(event_ids(&seen), global);
    assert!(seen.iter().all(|entry| entry.channel.as_ref().unwrap().as_str() == "global"));
    assert_eq!(all(&session, query(EntryId::MAX, Direction::Older, 3)).await.len(), 20);
}
