//! Listening to Pub/Sub: what is published while we listen, and nothing else. It cannot be read again, and what was
//! published while we were away is gone; both are said.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use futures_util::StreamExt as _;
use redis::Msg;
use redis::aio::PubSubSink;
use tokio::sync::Notify;

use super::codec::RawEntry;
use super::connection::{Dialer, Role};
use super::facts;
use super::feed::{Feed, Found, Halt, Place};
use super::profile::{KeyKind, Layout};
use super::supervisor::{Supervisor, Trip};
use super::wire::{ANSWER, Wire};
use crate::bus::{BusError, BusSignal, DiscoveryReport, FailureFeed, Gap, Intake, Origin, Watch};
use crate::event::{EntryId, StreamKey};

/// So many messages wait for a slow listener; then the oldest are dropped, and counted.
const WAITING: usize = 20_000;
/// How many are handed on at a time.
const HAND_ON: usize = 500;
/// A connection that was silent for so long is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(5);
/// The most channels whose names are kept; more than that are made up anew for each message.
const CHANNELS: usize = 10_000;

/// One watch over Pub/Sub.
pub(super) struct Listener {
    dialer: Dialer,
    layout: Layout,
    /// What is subscribed to; it stands where a stream's key would.
    pattern: StreamKey,
    follow: bool,
    /// Whether failed attempts are asked for: Pub/Sub knows nothing of them.
    failures: bool,
    feed: Feed,
    supervisor: Supervisor,
    places: HashMap<String, Arc<Place>>,
    last_id: EntryId,
    /// It was connected before: what came meanwhile is lost.
    was_connected: bool,
}

/// Messages on their way from the connection, which never waits, to the feed, which does.
#[derive(Default)]
struct Ring {
    state: Mutex<RingState>,
    changed: Notify,
}

#[derive(Default)]
struct RingState {
    messages: VecDeque<Msg>,
    dropped: u64,
    closed: bool,
}

impl Ring {
    fn change<T>(&self, change: impl FnOnce(&mut RingState) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, message: Msg) {
        self.change(|state| {
            if state.messages.len() >= WAITING {
                state.messages.pop_front();
                state.dropped += 1;
            }
            state.messages.push_back(message);
        });
        self.changed.notify_one();
    }

    /// What waits, how many were dropped before it, and whether no more will come.
    fn take(&self) -> (Vec<Msg>, u64, bool) {
        self.change(|state| {
            let count = state.messages.len().min(HAND_ON);
            let messages: Vec<_> = state.messages.drain(..count).collect();
            (messages, std::mem::take(&mut state.dropped), state.closed && state.messages.is_empty())
        })
    }
}

impl Listener {
    pub(super) fn new(
        dialer: Dialer,
        layout: Layout,
        pattern: StreamKey,
        watch: &Watch,
        feed: Feed,
        nudge: Arc<Notify>,
    ) -> Self {
        let supervisor = Supervisor::new(feed.clone(), watch.patience, nudge);
        Self {
            dialer,
            layout,
            pattern,
            follow: watch.follow,
            failures: watch.failures.is_some(),
            feed,
            supervisor,
            places: HashMap::new(),
            last_id: EntryId::ZERO,
            was_connected: false,
        }
    }

    /// Listens until nobody wants it any more.
    pub(super) async fn run(mut self) -> Result<(), Halt> {
        self.supervisor.begin(self.dialer.target()).await?;
        if self.failures {
            self.feed.signal(BusSignal::FailureFeed(FailureFeed::NotRecorded)).await?;
        }
        loop {
            match self.connect_and_listen().await {
                Ok(()) => return Ok(()),
                Err(Trip::Halt(halt)) => return Err(halt),
                Err(Trip::Lost(error)) => self.supervisor.lost(error).await?,
            }
        }
    }

    async fn connect_and_listen(&mut self) -> Result<(), Trip> {
        let target = self.dialer.target().to_owned();
        // A connection that listens takes no other questions, so the server is asked on another one first.
        let connection = self.supervisor.dial(&target, self.dialer.dial(Role::Subscriber)).await?;
        let mut wire = Wire::new(connection, &target, ANSWER);
        let server = self.supervisor.wanted(facts::server(&mut wire, &target, false)).await?;
        let (mut sink, mut messages) =
            self.supervisor.dial(&target, self.dialer.dial_pubsub()).await?.split();
        let ring = Arc::new(Ring::default());
        let filling = {
            let ring = Arc::clone(&ring);
            tokio::spawn(async move {
                while let Some(message) = messages.next().await {
                    ring.push(message);
                }
                ring.change(|state| state.closed = true);
                ring.changed.notify_one();
            })
        };
        let listened = async {
            self.supervisor.wanted(self.dialer.psubscribe(&mut sink, self.pattern.as_str())).await?;
            self.say_connected(server.facts).await?;
            if self.follow { self.listen(&ring, &mut sink, &target).await } else { Ok(()) }
        }
        .await;
        filling.abort();
        listened
    }

    async fn say_connected(&mut self, facts: crate::bus::ServerFacts) -> Result<(), Trip> {
        self.supervisor.connected(facts).await?;
        if std::mem::replace(&mut self.was_connected, true) {
            let now = self.next_id();
            let why = "Pub/Sub sends nothing twice: what was published while not connected is gone";
            let gap = Gap { stream: self.pattern.clone(), after: self.last_id, before: now, lost: None, why };
            self.feed.signal(BusSignal::Gap(gap)).await?;
        } else {
            let report = DiscoveryReport { streams: 0, ..DiscoveryReport::default() };
            self.feed.signal(BusSignal::Discovered(report)).await?;
            self.feed.signal(BusSignal::CaughtUp).await?;
            self.supervisor.at_work();
        }
        Ok(())
    }

    async fn listen(&mut self, ring: &Ring, sink: &mut PubSubSink, target: &str) -> Result<(), Trip> {
        loop {
            let (messages, dropped, closed) = ring.take();
            if dropped > 0 {
                let why = "the listener was too slow for Pub/Sub";
                let (after, before) = (self.last_id, self.next_id());
                let gap = Gap { stream: self.pattern.clone(), after, before, lost: Some(dropped), why };
                self.feed.signal(BusSignal::Gap(gap)).await?;
            }
            if !messages.is_empty() {
                self.supervisor.proven();
                let found = messages.iter().filter_map(|message| self.found(message)).collect();
                self.feed.entries(Origin::Live, found).await?;
                continue;
            }
            if closed {
                let what = format!("listening at {target}: the connection was lost");
                return Err(BusError::Unavailable { what }.into());
            }
            let waiting = async { Ok(tokio::time::timeout(SILENCE, ring.changed.notified()).await.is_ok()) };
            if !self.supervisor.wanted(waiting).await? {
                self.supervisor.wanted(self.dialer.ping(sink)).await?;
                self.supervisor.proven();
            }
        }
    }

    fn found(&mut self, message: &Msg) -> Option<Found> {
        let name = message.get_channel_name().to_owned();
        let place = self.place(name)?;
        let fields = vec![(Intake::EVENT_FIELD.into(), message.get_payload_bytes().to_vec())];
        let entry = RawEntry { id: self.next_id(), fields: Some(fields) };
        self.last_id = entry.id;
        Some(Found { place, entry })
    }

    /// The place that a channel's name stands for.
    fn place(&mut self, name: String) -> Option<Arc<Place>> {
        if let Some(place) = self.places.get(&name) {
            return Some(Arc::clone(place));
        }
        let event_type = match self.layout.read_key(&name) {
            KeyKind::Type { event_type, .. } => Some(event_type),
            KeyKind::DeadLetter | KeyKind::Internal | KeyKind::Stranger => None,
        };
        let place = Arc::new(Place { key: StreamKey::new(&name).ok()?, event_type, channel: None });
        if self.places.len() < CHANNELS {
            self.places.insert(name, Arc::clone(&place));
        }
        Some(place)
    }

    /// When it arrived here, and a counter.
    fn next_id(&self) -> EntryId {
        let now = EntryId::new(u64::try_from(Utc::now().timestamp_millis()).unwrap_or(0), 0);
        now.max(self.last_id.next())
    }
}
