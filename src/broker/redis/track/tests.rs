use super::*;
use crate::event::{EventType, StreamKey};

pub(super) fn place() -> Arc<Place> {
    Arc::new(Place {
        key: StreamKey::new("event::A").unwrap(),
        event_type: EventType::new("A").ok(),
        channel: None,
    })
}

/// A stream that got entries 1-0 to `added`-0 and holds the newest `length`.
fn stream(added: u64, length: u64) -> StreamFacts {
    StreamFacts {
        length,
        last_generated: EntryId::new(added, 0),
        first: (length > 0).then(|| EntryId::new(added - length + 1, 0)),
        added: Some(added),
        max_deleted: Some(EntryId::ZERO),
    }
}

fn read(from: u64, to: u64) -> Vec<RawEntry> {
    (from..=to).map(|ms| RawEntry { id: EntryId::new(ms, 0), fields: Some(vec![]) }).collect()
}

fn track(facts: &StreamFacts) -> Track {
    let mut track = Track::new(place(), EntryId::ZERO, EntryId::ZERO);
    track.begin(facts);
    track
}

fn shown(gap: Option<Gap>) -> Option<(u64, u64, Option<u64>)> {
    gap.map(|gap| (gap.after.ms, gap.before.ms, gap.lost))
}

#[test]
fn what_was_trimmed_before_the_watch_is_no_gap() {
    let mut track = track(&stream(100, 40));
    assert_eq!(shown(track.advance(&read(61, 100), Some(&stream(100, 40)))), None);
    assert_eq!(track.position, Some(100));
}

#[test]
fn a_hole_in_front_of_a_read_is_counted_to_the_entry() {
    let mut track = track(&stream(100, 100));
    assert_eq!(shown(track.advance(&read(1, 10), Some(&stream(100, 100)))), None);
    assert_eq!(shown(track.advance(&read(91, 100), Some(&stream(100, 10)))), Some((10, 91, Some(80))));
    assert_eq!(track.position, Some(100));
    assert_eq!(shown(track.compare(&stream(100, 10))), None);
}

#[test]
fn what_was_read_and_trimmed_since_is_no_hole() {
    let mut track = track(&stream(100, 100));
    assert_eq!(shown(track.advance(&read(1, 50), Some(&stream(100, 60)))), None);
    assert_eq!(track.position, Some(50));
    // All of this read, and ten more behind it, are trimmed before we ask.
    assert_eq!(shown(track.advance(&read(51, 60), Some(&stream(100, 30)))), Some((60, 71, Some(10))));
    assert_eq!(
        Some(track.cursor),
        EntryId::new(71, 0).previous(),
        "reading goes on where there is something"
    );
    assert_eq!(shown(track.advance(&read(71, 100), Some(&stream(100, 30)))), None);
    assert_eq!(track.position, Some(100));
}

#[test]
fn a_stream_trimmed_empty_loses_all_that_was_not_read() {
    let mut track = track(&stream(100, 100));
    track.advance(&read(1, 10), None);
    assert_eq!(shown(track.advance(&[], Some(&stream(100, 0)))), Some((10, 100, Some(90))));
    assert_eq!((track.cursor, track.position), (EntryId::new(100, 0), Some(100)));
}

#[test]
fn entries_that_came_and_went_between_two_reads_are_seen_in_the_count() {
    let mut track = track(&stream(10, 10));
    track.advance(&read(1, 10), None);
    assert_eq!(shown(track.compare(&stream(10, 10))), None);
    // 11 to 15 went before the read of 16 to 20.
    track.advance(&read(16, 20), None);
    assert_eq!(shown(track.compare(&stream(20, 5))), Some((10, 20, Some(5))));
    assert_eq!(shown(track.compare(&stream(20, 5))), None, "said once");
}

#[test]
fn a_deleted_entry_makes_no_false_alarm() {
    let mut track = track(&stream(10, 10));
    track.advance(&read(1, 4), None);
    let deleted = StreamFacts { length: 9, max_deleted: Some(EntryId::new(3, 0)), ..stream(10, 10) };
    assert_eq!(shown(track.advance(&read(5, 10), Some(&deleted))), None);
    assert_eq!(shown(track.compare(&deleted)), None);
}

#[test]
fn lost_data_is_judged_by_ids_and_counts() {
    let other = StreamFacts { first: Some(EntryId::new(3, 0)), ..stream(90, 40) };
    let same = StreamFacts { first: Some(EntryId::new(61, 0)), ..stream(90, 30) };
    let cases = [
        (Some(stream(100, 40)), None),
        (Some(stream(120, 40)), None),
        (Some(other), Some(0)),
        (Some(same), Some(90)),
        (Some(StreamFacts { added: Some(3), ..stream(200, 3) }), Some(100)),
        (None, Some(0)),
    ];
    for (facts, cursor) in cases {
        let mut track = track(&stream(100, 40));
        track.advance(&read(61, 100), None);
        assert_eq!(track.lost_data(facts.as_ref()), cursor.is_some(), "{facts:?}");
        assert_eq!(track.cursor.ms, cursor.unwrap_or(100), "{facts:?}");
        assert!(!track.lost_data(facts.as_ref()), "said once");
    }
}

#[test]
fn a_stream_without_entries_has_none_to_lose() {
    let mut track = Track::new(place(), EntryId::new(50, 0), EntryId::new(50, 0));
    track.begin(&StreamFacts::default());
    assert!(!track.lost_data(Some(&StreamFacts::default())));
    assert!(!track.lost_data(None));
}

#[test]
fn a_stream_that_was_restored_while_watching_makes_no_false_alarm() {
    // All that it holds, and what was trimmed of it, is older than the watch; then 101 comes.
    for facts in [stream(100, 40), stream(100, 0)] {
        let mut track = Track::found_new(place(), EntryId::new(100, 0), EntryId::ZERO);
        assert!(!track.lost_data(Some(&facts)));
        assert_eq!(shown(track.advance(&read(101, 101), Some(&stream(101, facts.length + 1)))), None);
        assert_eq!(shown(track.compare(&stream(101, facts.length + 1))), None);
    }
    // One that is really new lost what was trimmed of it.
    let mut track = Track::found_new(place(), EntryId::ZERO, EntryId::ZERO);
    assert!(!track.lost_data(Some(&stream(100, 40))));
    assert_eq!(shown(track.advance(&read(61, 100), Some(&stream(100, 40)))), Some((0, 61, Some(60))));
}

#[test]
fn an_old_server_is_taken_at_its_word() {
    let old = |facts: StreamFacts| StreamFacts { added: None, max_deleted: None, ..facts };
    let mut track = track(&old(stream(100, 100)));
    track.advance(&read(1, 10), Some(&old(stream(100, 100))));
    track.behind = true;
    assert_eq!(shown(track.advance(&read(91, 100), Some(&old(stream(100, 10))))), Some((10, 91, None)));
    track.behind = false;
    assert_eq!(shown(track.advance(&read(120, 120), Some(&old(stream(120, 1))))), None);
}
