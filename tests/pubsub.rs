//! Listening to Pub/Sub on a real Redis: what is published while we listen, marked as not to be read again; what is
//! lost is said.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;

use std::sync::Arc;
use std::time::Duration;

use redis_server::PrivateRedis;
use secrecy::SecretString;
use tidings::broker::redis::{NativeSettings, Profile, Settings, open};
use tidings::bus::{
    BusError, BusSignal, ChannelScope, Form, Intake, Link, Origin, Patience, Receivers, Session, Start,
    TenantLock, Watch,
};
use tidings::event::{Entry, EventId, EventType, FaultKind, NewEvent, Verdict};
use tidings::schema::{Catalogue, Registry};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
const FOREVER: Duration = Duration::from_mins(2);

fn session(server: &PrivateRedis, profile: Profile) -> Session {
    let settings = Settings {
        url: SecretString::from(server.url()),
        profile,
        native: NativeSettings { fanout: true, ..NativeSettings::default() },
        ..Settings::default()
    };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    open("test", &settings, intake, false, None).unwrap()
}

struct Watching {
    signals: mpsc::Receiver<BusSignal>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), BusError>>,
    seen: Vec<BusSignal>,
}

impl Watching {
    fn start(session: &Session, follow: bool, capacity: usize) -> Self {
        let (out, signals) = mpsc::channel(capacity);
        let stop = CancellationToken::new();
        let watch = Watch {
            start: Start::Last(10),
            follow,
            channels: ChannelScope::All,
            patience: Patience::GiveUp(Duration::from_secs(10)),
            failures: None,
        };
        let task = tokio::spawn({
            let (observer, stop) = (Arc::clone(&session.observer), stop.clone());
            async move { observer.observe(watch, out, stop).await }
        });
        Self { signals, stop, task, seen: Vec::new() }
    }

    async fn until(&mut self, wanted: impl Fn(&BusSignal) -> bool) -> BusSignal {
        loop {
            let signal = tokio::time::timeout(FOREVER, self.signals.recv()).await;
            let signal =
                signal.unwrap_or_else(|_| panic!("it never came; so far: {:#?}", self.seen)).unwrap();
            self.seen.push(signal.clone());
            if wanted(&signal) {
                return signal;
            }
        }
    }

    async fn until_caught_up(&mut self) {
        self.until(|signal| *signal == BusSignal::CaughtUp).await;
    }

    async fn until_entries(&mut self, count: usize) -> Vec<Entry> {
        while self.entries().len() < count {
            self.until(|signal| matches!(signal, BusSignal::Entries(_))).await;
        }
        self.entries()
    }

    fn entries(&self) -> Vec<Entry> {
        let batches = self.seen.iter().filter_map(|signal| match signal {
            BusSignal::Entries(batch) => {
                assert_eq!(batch.origin, Origin::Live);
                Some(batch.entries.clone())
            }
            _ => None,
        });
        batches.flatten().collect()
    }
}

fn event() -> NewEvent {
    let payload = format!(r#"{{"tenantId":"{ACME}","ticketId":"{ACME}","userId":"{ACME}"}}"#);
    let event_type = EventType::new("TICKET_CREATED").unwrap();
    NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), &payload).unwrap()
}

#[tokio::test]
async fn what_a_publisher_fans_out_is_heard_and_nothing_older() {
    let server = PrivateRedis::start();
    let publisher = session(&server, Profile::Native).publisher.unwrap();
    publisher.publish(&[event()], Form::Batch).await;
    let mut watching = Watching::start(&session(&server, Profile::PubSub), true, 8);
    watching.until_caught_up().await;
    let live = watching.seen.iter().find_map(|signal| match signal {
        BusSignal::Link(Link::Live(facts)) => Some(facts),
        _ => None,
    });
    assert!(!live.unwrap().replayable);
    let sent = [event(), event()];
    assert!(publisher.publish(&sent[..1], Form::Batch).await[0].is_ok());
    assert!(publisher.publish(&sent[1..], Form::Once).await[0].is_ok());
    let mut raw = redis_server::dial(&server.url()).await;
    for (channel, message) in [("event::TICKET_CREATED", "{"), ("event::odd name", "\u{202e}"), ("else", "x")]
    {
        let () = redis::cmd("PUBLISH").arg(channel).arg(message).query_async(&mut raw).await.unwrap();
    }
    let heard = watching.until_entries(4).await;
    assert_eq!(
        heard.iter().map(|entry| entry.event_id).collect::<Vec<_>>()[..2],
        [Some(sent[0].id()), Some(sent[1].id())]
    );
    assert_eq!((heard[0].stream.as_str(), &heard[0].verdict), ("event::TICKET_CREATED", &Verdict::Valid));
    assert_eq!(heard[2].fault().unwrap().kind, FaultKind::Json);
    assert_eq!(heard[2].event_type.as_ref().unwrap().as_str(), "TICKET_CREATED");
    assert_eq!((heard[3].stream.as_str(), &heard[3].event_type), ("event::odd name", &None));
    assert!(heard.iter().all(|entry| !entry.replayable && entry.channel.is_none()));
    assert!(heard.is_sorted_by(|a, b| a.id < b.id));
    watching.stop.cancel();
    assert_eq!(watching.task.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn without_following_there_is_nothing_to_read() {
    let server = PrivateRedis::start();
    let mut watching = Watching::start(&session(&server, Profile::PubSub), false, 8);
    watching.until_caught_up().await;
    assert_eq!(watching.task.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn what_was_published_while_away_is_said_to_be_lost() {
    let mut server = PrivateRedis::start();
    let publisher = session(&server, Profile::Native).publisher.unwrap();
    let mut watching = Watching::start(&session(&server, Profile::PubSub), true, 8);
    watching.until_caught_up().await;
    server.kill9();
    watching.until(|signal| matches!(signal, BusSignal::Link(Link::Down { .. }))).await;
    server.restart();
    let gap = watching.until(|signal| matches!(signal, BusSignal::Gap(_))).await;
    let BusSignal::Gap(gap) = gap else { panic!("that is what was waited for") };
    assert_eq!((gap.lost, gap.stream.as_str()), (None, "event::*"));
    assert!(publisher.publish(&[event()], Form::Once).await[0].is_ok());
    watching.until_entries(1).await;
}

#[tokio::test]
async fn a_listener_that_is_too_slow_loses_the_oldest_and_learns_how_many() {
    const COUNT: usize = 30_000;
    let server = PrivateRedis::start();
    let publisher = session(&server, Profile::Native).publisher.unwrap();
    let mut watching = Watching::start(&session(&server, Profile::PubSub), true, 1);
    watching.until_caught_up().await;
    let events: Vec<_> = (0..COUNT).map(|_| event()).collect();
    let answers = publisher.publish(&events, Form::Batch).await;
    assert!(answers.iter().all(Result::is_ok));
    // The last one is never dropped: it is the newest.
    let last = events.last().unwrap().id();
    while watching.entries().last().and_then(|entry| entry.event_id) != Some(last) {
        watching.until(|signal| matches!(signal, BusSignal::Entries(_))).await;
    }
    let missed: u64 = watching
        .seen
        .iter()
        .filter_map(|signal| match signal {
            BusSignal::Gap(gap) => gap.lost,
            _ => None,
        })
        .sum();
    assert_eq!(watching.entries().len() as u64 + missed, COUNT as u64, "each was heard or counted");
    assert!(missed > 0, "nothing was dropped: the test did not test");
}

#[tokio::test]
async fn who_listens_to_a_channel_is_counted_and_no_fate_is_known() {
    let server = PrivateRedis::start();
    let listening = session(&server, Profile::PubSub);
    let closed = EventType::new("TICKET_CLOSED").unwrap();
    let before = listening.inspector.receivers(&closed, None).await.unwrap();
    assert_eq!(before, Receivers { subscribers: Some(0), patterns: Some(0), groups: vec![] });
    let mut pubsub = redis::Client::open(server.url()).unwrap().get_async_pubsub().await.unwrap();
    pubsub.subscribe("event::TICKET_CLOSED").await.unwrap();
    pubsub.subscribe("event::TICKET_CREATED").await.unwrap();
    pubsub.psubscribe("event::*").await.unwrap();
    let now = Receivers { subscribers: Some(1), patterns: Some(1), groups: vec![] };
    assert_eq!(listening.inspector.receivers(&closed, None).await, Ok(now.clone()));
    // A native bus that tells the channel as well has both.
    let native = session(&server, Profile::Native);
    assert_eq!(native.inspector.receivers(&closed, None).await, Ok(now));
    let published = native.publisher.unwrap().publish(&[event()], Form::Once).await.remove(0).unwrap();
    let unknown = listening.inspector.fates(&published).await;
    assert!(matches!(unknown, Err(BusError::Unsupported(_))), "{unknown:?}");
}
