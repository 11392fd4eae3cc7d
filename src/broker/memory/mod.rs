//! The embedded broker: in process, for the demo, tests and documentation examples.
//!
//! It keeps streams the way the profile `native` lays them out, gives entries ids as Redis does, trims what grows
//! too long and counts it, and can be told to fail ([`Faults`]). It has no I/O, so whatever the screen or a verb
//! does on it, it does on a real bus too: both brokers pass one conformance suite (`tests/conformance/`).

mod archive;
mod bus;
mod closely;
mod consume;
mod cursor;
mod dead;
mod delivering;
mod done;
mod examine;
mod failed;
mod failures;
mod fault;
mod finish;
mod forget;
mod group;
mod health;
mod marker;
mod observe;
mod page;
mod place;
mod publish;
mod quote;
mod schedule;
mod session;
mod state;
mod stream;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::bus::{FailedAttempt, Intake};
use crate::event::EntryId;
use bus::Bus;

pub use dead::DeadLetter;
pub use fault::Faults;
pub use place::{Arrival, Place};

/// Tells the time: entry ids and outages are dated by it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The bounds of an embedded broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many entries a stream keeps; older ones are trimmed, and counted.
    pub max_stream_length: usize,
    /// The largest event that may be published, in bytes.
    pub max_event_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_stream_length: 20_000, max_event_bytes: 1024 * 1024 }
    }
}

/// A handle on an embedded bus; clones share it. Implements the ports of [`crate::bus`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use tidings::broker::memory::MemoryBroker;
/// use tidings::bus::{Form, Intake, Publisher, TenantLock};
/// use tidings::event::{EventId, EventType, NewEvent};
/// use tidings::schema::Registry;
///
/// let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
/// let broker = MemoryBroker::new(intake, Arc::new(chrono::Utc::now));
/// let ticket = EventType::new("TICKET_CREATED").unwrap();
/// let event = NewEvent::compose(EventId::random(), &ticket, chrono::Utc::now(), r#"{"tenantId": "acme"}"#).unwrap();
/// let answers = broker.publish(&[event], Form::Once).await;
/// assert_eq!(answers[0].as_ref().unwrap().stream.as_str(), "event::TICKET_CREATED");
/// # });
/// ```
#[derive(Clone)]
pub struct MemoryBroker {
    bus: Arc<Bus>,
    intake: Arc<Intake>,
    /// The machine that its consumers say they run on.
    host: Arc<str>,
}

impl MemoryBroker {
    /// An empty bus with the default bounds.
    pub fn new(intake: Intake, clock: Clock) -> Self {
        Self::with(Settings::default(), intake, clock)
    }

    /// An empty bus with these bounds.
    pub fn with(settings: Settings, intake: Intake, clock: Clock) -> Self {
        Self { bus: Arc::new(Bus::new(settings, clock)), intake: Arc::new(intake), host: "embedded".into() }
    }

    /// The same bus through another intake: other schemas, another tenant lock.
    #[must_use]
    pub fn through(&self, intake: Intake) -> Self {
        Self { intake: Arc::new(intake), ..self.clone() }
    }

    /// The same bus as another machine reaches it: consumers that join here are named for `host`, and their signs of
    /// life come from there.
    #[must_use]
    pub fn at_host(&self, host: &str) -> Self {
        Self { host: host.into(), ..self.clone() }
    }

    /// Appends `arrivals` in one step as another program would: not vetted, whatever their fields hold, and also
    /// while this broker is [down](Faults::down) for us.
    pub fn append(&self, arrivals: Vec<Arrival>) -> Vec<EntryId> {
        self.bus.append((self.bus.clock)(), arrivals)
    }

    /// As [`MemoryBroker::append`], dated `at` in place of now, as history. Ids of a stream only grow: before its
    /// last entry, the position just after that one is taken.
    pub fn append_at(&self, at: DateTime<Utc>, arrivals: Vec<Arrival>) -> Vec<EntryId> {
        self.bus.append(at, arrivals)
    }

    /// The dead letters, oldest first.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut letters: Vec<_> =
            self.bus.state().failed.letters.all().map(|letter| letter.as_ref().clone()).collect();
        letters.sort_by_key(|letter| letter.id);
        letters
    }

    /// The newest failed attempts, oldest first: at most ten thousand.
    pub fn failures(&self) -> Vec<FailedAttempt> {
        self.bus.state().failures.all().map(|failure| failure.attempt.clone()).collect()
    }

    /// Makes this bus fail, for tests and for the demo.
    pub fn faults(&self) -> Faults {
        Faults::of(Arc::clone(&self.bus))
    }
}
