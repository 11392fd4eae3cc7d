//! What only the embedded broker has: faults on demand, and its bounds.

#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use tidings::broker::memory::{Arrival, Clock, MemoryBroker, Place, Settings};
use tidings::bus::{
    BusSignal, ChannelScope, Form, Intake, Level, Link, Patience, PublishError, Session, Start, TenantLock,
    Watch,
};
use tidings::event::{EntryId, EventId, EventType, NewEvent};
use tidings::schema::Registry;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const NOON: i64 = 1_795_435_200_000;

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn at_noon() -> Self {
        Self(Arc::new(AtomicI64::new(NOON)))
    }

    fn clock(&self) -> Clock {
        let hands = self.0.clone();
        Arc::new(move || DateTime::from_timestamp_millis(hands.load(Ordering::SeqCst)).unwrap())
    }

    fn move_on(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

fn broker(settings: Settings) -> (MemoryBroker, Hands) {
    let hands = Hands::at_noon();
    let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
    (MemoryBroker::with(settings, intake, hands.clock()), hands)
}

fn place() -> Place {
    Place::new(EventType::new("TICKET_CREATED").unwrap(), None).unwrap()
}

fn event() -> NewEvent {
    let ticket = EventType::new("TICKET_CREATED").unwrap();
    NewEvent::compose(EventId::random(), &ticket, Utc::now(), r#"{"tenantId":"acme"}"#).unwrap()
}

fn arrivals(count: usize) -> Vec<Arrival> {
    (0..count).map(|_| Arrival::json(place(), event().text())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_nudge_ends_the_wait_for_the_next_try() {
    let (broker, _) = broker(Settings::default());
    let session = broker.session("embedded");
    broker.faults().down("refused");
    let mut signals = observe(&session, true, 64);
    let start = tokio::time::Instant::now();
    let mut attempts = Vec::new();
    // Paused time goes on only while everybody waits, and nobody here does.
    for _ in 0..100 {
        while let Ok(signal) = signals.try_recv() {
            attempts.extend(match signal {
                BusSignal::Link(Link::Down { attempt, .. }) => Some(attempt),
                _ => None,
            });
        }
        tokio::task::yield_now().await;
        session.observer.nudge();
    }
    assert!(attempts.len() > 5 && attempts.is_sorted(), "{attempts:?}");
    assert_eq!(start.elapsed(), std::time::Duration::ZERO);
}

fn observe(session: &Session, follow: bool, capacity: usize) -> mpsc::Receiver<BusSignal> {
    let (out, signals) = mpsc::channel(capacity);
    let observer = session.observer.clone();
    let watch = Watch {
        start: Start::Beginning,
        follow,
        channels: ChannelScope::All,
        patience: Patience::Forever,
        failures: None,
    };
    // It ends when the test drops its receiver.
    tokio::spawn(async move { observer.observe(watch, out, CancellationToken::new()).await });
    signals
}

/// Reads until `pick` finds what it looks for.
async fn wait_for<T>(signals: &mut mpsc::Receiver<BusSignal>, pick: impl Fn(BusSignal) -> Option<T>) -> T {
    loop {
        let signal = signals.recv().await.expect("the observer goes on");
        if let Some(found) = pick(signal) {
            return found;
        }
    }
}

#[tokio::test]
async fn publishes_can_be_refused_for_a_while() {
    let (broker, _) = broker(Settings::default());
    let session = broker.session("test");
    let publisher = session.publisher.unwrap();
    broker.faults().refuse_publishes("out of memory");
    let answers = publisher.publish(&[event(), event()], Form::Batch).await;
    for answer in answers {
        let Err(PublishError::NotSent(why)) = answer else { panic!("{answer:?}") };
        assert!(why.contains("out of memory"), "{why}");
    }
    let findings = session.inspector.examine().await.unwrap().findings;
    assert!(findings.iter().any(|finding| finding.level == Level::Fault && finding.mend.is_some()));
    broker.faults().accept_publishes();
    assert!(publisher.publish(&[event()], Form::Batch).await[0].is_ok());
    assert_eq!(
        session.inspector.streams().await.unwrap().found[0].length,
        1,
        "what was refused is not there"
    );
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_once_finds_out() {
    let (broker, hands) = broker(Settings::default());
    let publisher = broker.session("test").publisher.unwrap();
    let events = [event(), event()];
    broker.faults().lose_answers(1);
    let answers = publisher.publish(&events, Form::Once).await;
    assert!(matches!(answers[0], Err(PublishError::Unknown(_))), "{answers:?}");
    assert!(matches!(&answers[1], Ok(answer) if !answer.repeated), "only as many as it was told");
    hands.move_on(60_000);
    let again = publisher.publish(&events[..1], Form::Once).await;
    let answer = again[0].as_ref().unwrap();
    assert!(answer.repeated, "it was appended the first time");
    assert_eq!(answer.entry, EntryId::new(NOON.cast_unsigned(), 0));
    hands.move_on(86_400_000);
    let late = publisher.publish(&events[..1], Form::Once).await;
    assert!(!late[0].as_ref().unwrap().repeated, "a marker is kept for a day");
}

#[tokio::test]
async fn every_try_is_told_while_it_is_down() {
    let (broker, _) = broker(Settings::default());
    broker.faults().down("the plug was pulled");
    let mut signals = observe(&broker.session("test"), true, 8);
    for expected in 1..=2 {
        let down = |signal| match signal {
            BusSignal::Link(Link::Down { since, why, retry_at, attempt }) => {
                Some((since, why, retry_at, attempt))
            }
            _ => None,
        };
        let (since, why, retry_at, attempt) = wait_for(&mut signals, down).await;
        assert_eq!((why.as_str(), attempt), ("the plug was pulled", expected));
        assert_eq!((since.timestamp_millis(), retry_at > since), (NOON, true));
    }
    broker.faults().up();
    let live = |signal| match signal {
        BusSignal::Link(Link::Live(facts)) => Some(facts),
        _ => None,
    };
    let facts = wait_for(&mut signals, live).await;
    assert_eq!((facts.version.as_str(), facts.replayable), ("embedded", true));
}

#[tokio::test]
async fn a_restart_keeps_everything_and_is_told() {
    let (broker, _) = broker(Settings::default());
    let mut signals = observe(&broker.session("test"), true, 8);
    broker.append(arrivals(3));
    let entries = |signal| match signal {
        BusSignal::Entries(batch) => Some(batch.entries.len()),
        _ => None,
    };
    assert_eq!(wait_for(&mut signals, entries).await, 3);
    broker.faults().restart();
    wait_for(&mut signals, |signal| matches!(signal, BusSignal::Restarted).then_some(())).await;
    broker.append(arrivals(2));
    assert_eq!(wait_for(&mut signals, entries).await, 2, "only what is new");
}

#[tokio::test]
async fn a_full_stream_trims_itself_and_counts() {
    let (broker, _) = broker(Settings { max_stream_length: 100, ..Settings::default() });
    let session = broker.session("test");
    broker.append(arrivals(60));
    let mut signals = observe(&session, true, 1);
    wait_for(&mut signals, |signal| matches!(signal, BusSignal::Discovered(_)).then_some(())).await;
    // The observer has no room for more than one signal: it cannot have read far.
    broker.append(arrivals(500));
    let (mut read, mut lost) = (0, 0);
    while read + lost < 560 {
        match signals.recv().await.unwrap() {
            BusSignal::Entries(batch) => read += batch.entries.len(),
            BusSignal::Gap(gap) => lost += usize::try_from(gap.lost.unwrap()).unwrap(),
            _ => {}
        }
    }
    assert_eq!(read + lost, 560, "each entry is either read or counted");
    assert!(lost >= 400, "{lost}");
    assert_eq!(session.inspector.streams().await.unwrap().found[0].length, 100);
    let findings = session.inspector.examine().await.unwrap().findings;
    let trimming = findings.iter().find(|finding| finding.check == "retention").unwrap();
    assert!(trimming.found.starts_with("460 entries trimmed"), "{trimming:?}");
}

#[tokio::test]
async fn history_can_be_put_in() {
    let (broker, hands) = broker(Settings::default());
    let past = (hands.clock())() - chrono::TimeDelta::minutes(5);
    let ids = broker.append_at(past, arrivals(2));
    let past = past.timestamp_millis().cast_unsigned();
    assert_eq!(ids, [EntryId::new(past, 0), EntryId::new(past, 1)]);
    assert_eq!(broker.append(arrivals(1)), [EntryId::new(NOON.cast_unsigned(), 0)]);
}
