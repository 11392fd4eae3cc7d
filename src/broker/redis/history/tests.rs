use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, RedisConnectionInfo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::broker::redis::Settings;
use crate::broker::redis::connection::Dialer;
use crate::broker::redis::discovery::{Pass, Source};
use crate::broker::redis::facts::StreamFacts;
use crate::broker::redis::feed::feed;
use crate::broker::redis::profile::Layout;
use crate::bus::{Intake, Start, TenantLock, Watch};
use crate::event::{EventType, StreamKey};
use crate::schema::Registry;

const PAGE: usize = 100;

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

/// An answer with these entries.
fn page(ids: impl IntoIterator<Item = u64>) -> String {
    let entries: Vec<_> = ids
        .into_iter()
        .map(|ms| format!("*2\r\n{}*2\r\n{}{}", bulk(&format!("{ms}-0")), bulk("event"), bulk("{}")))
        .collect();
    format!("*{}\r\n{}", entries.len(), entries.concat())
}

/// What is said of a stream that got entries 1-0 to 10-0 and holds those from `first`-0 on.
fn info(first: u64) -> String {
    let entry = format!("*2\r\n{}*2\r\n{}{}", bulk(&format!("{first}-0")), bulk("event"), bulk("{}"));
    let facts = [
        ("length", format!(":{}\r\n", 11 - first)),
        ("last-generated-id", bulk("10-0")),
        ("entries-added", ":10\r\n".to_owned()),
        ("max-deleted-entry-id", bulk("0-0")),
        ("first-entry", entry),
    ];
    let facts: String = facts.into_iter().map(|(name, value)| bulk(name) + &value).collect();
    format!("*10\r\n{facts}")
}

/// A connection on which each pipeline is answered with the next of `answers`; behind the last one it is cut.
async fn wire(answers: Vec<String>) -> Wire {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        let mut asked = vec![0; 1 << 16];
        for answer in answers {
            if theirs.read(&mut asked).await.is_ok_and(|read| read > 0) {
                theirs.write_all(answer.as_bytes()).await.unwrap();
            }
        }
        let _ = theirs.read(&mut asked).await;
    });
    let settings =
        RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    let (connection, driver) =
        MultiplexedConnection::new_with_config(&settings, ours, AsyncConnectionConfig::default())
            .await
            .unwrap();
    tokio::spawn(driver);
    Wire::new(connection, "there", std::time::Duration::from_mins(1))
}

/// A watch that has read entries 1-0 to 3-0 of a stream of ten; of the last two it knows only the ids.
fn watch() -> (StreamWatch, Merge, mpsc::Receiver<BusSignal>) {
    let (out, signals) = mpsc::channel(16);
    let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
    let (feed, judge) = feed(intake.clone(), true, out, CancellationToken::new());
    tokio::spawn(judge.run());
    let settings = Settings::default();
    let dialer = Dialer::new(&settings).unwrap();
    let mut watch = StreamWatch::new(
        dialer,
        Layout::of(&settings),
        Watch::following(Start::Beginning),
        intake,
        feed,
        Arc::default(),
    );
    let key = StreamKey::new("event::A").unwrap();
    let source = Source { key: key.clone(), event_type: EventType::new("A").unwrap(), channel: None };
    watch.tracks.begin(&Pass { sources: [(key, source)].into(), ..Pass::default() }, 0);
    let facts = StreamFacts {
        length: 10,
        last_generated: EntryId::new(10, 0),
        first: Some(EntryId::new(1, 0)),
        added: Some(10),
        max_deleted: Some(EntryId::ZERO),
    };
    watch.tracks.begin_history(vec![Look::There(facts)]).unwrap();
    let fields = || Some(vec![(b"event".to_vec(), b"{}".to_vec())]);
    let read: Vec<_> = (1..=3).map(|ms| RawEntry { id: EntryId::new(ms, 0), fields: fields() }).collect();
    assert!(watch.tracks.all_mut()[0].advance(&read, Some(&facts)).is_none());
    let mut merge = Merge::default();
    merge.queues.resize(1);
    merge.queues.extend(0, read);
    merge.queues.let_go(0, |id, at| (id, at));
    (watch, merge, signals)
}

/// What was told, when the watch has ended: entries by their ids, gaps by how many are lost and why.
async fn told(watch: StreamWatch, mut signals: mpsc::Receiver<BusSignal>) -> Vec<String> {
    drop(watch);
    let mut told = Vec::new();
    while let Some(signal) = signals.recv().await {
        match signal {
            BusSignal::Entries(batch) => told.extend(batch.entries.iter().map(|entry| entry.id.to_string())),
            BusSignal::Gap(gap) => told.push(format!("{:?} {}", gap.lost, gap.why)),
            other => told.push(format!("{other:?}")),
        }
    }
    told
}

/// The ids that wait.
fn waiting(merge: &mut Merge) -> Vec<u64> {
    std::iter::from_fn(|| merge.queues.pop(0)).map(|entry| entry.id.ms).collect()
}

#[tokio::test]
async fn a_page_behind_a_hole_is_read_once_more_when_the_connection_is_cut_before_the_hole_was_told() {
    let (mut watch, mut merge, signals) = watch();
    // Of the page before this one two entries have to be fetched again: no answer comes.
    let mut cut = wire(vec![page(7..=10) + &info(7)]).await;
    let trip = watch.fetch(&mut cut, &[0], PAGE, &mut merge).await;
    assert!(matches!(trip, Err(Trip::Lost(_))), "{trip:?}");
    assert_eq!((watch.tracks.all()[0].cursor.ms, merge.queues.len(0)), (3, 2));
    let mut next = wire(vec![page(7..=10) + &info(7), page([])]).await;
    watch.fetch(&mut next, &[0], PAGE, &mut merge).await.unwrap();
    assert!(watch.tracks.all()[0].at_end_of_history());
    assert_eq!(waiting(&mut merge), [7, 8, 9, 10], "nothing of it is passed over");
    let lost = [format!("Some(2) {GONE}"), "Some(3) trimmed before it was read".to_owned()];
    assert_eq!(told(watch, signals).await, ["1-0".to_owned()].into_iter().chain(lost).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_may_not_be_read_again_is_not_called_trimmed_and_the_stream_counts_as_refused() {
    for refusal in ["NOPERM No permissions to access a key", "WRONGTYPE not a stream"] {
        let (mut watch, mut merge, signals) = watch();
        assert_eq!(merge.queues.pop(0).unwrap().id.ms, 1);
        let mut wire = wire(vec![format!("-{refusal}\r\n")]).await;
        watch.fetch_again(&mut wire, &[0], &mut merge).await.unwrap();
        assert_eq!(watch.tracks.all()[0].state, State::Refused, "{refusal}");
        assert!(merge.queues.are_empty());
        assert_eq!(told(watch, signals).await, [format!("Some(2) {REFUSED}")], "{refusal}");
    }
}
