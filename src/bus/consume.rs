//! The port for handling events: one consumer of one handler's group.
//!
//! A broker keeps, for each handler, what it was given and has not finished. What is here says *what* a broker does in
//! one step, so that a crash between two steps loses nothing: docs/wire.md says how.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{BusError, FailedAttempt, Failure, Heartbeat, Raw, Reason};
use crate::event::{EntryId, EventId, EventType, Field, HandlerName, StreamKey, TenantId};
use crate::filter::Pattern;

/// Joins the groups of handlers.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Becomes one more consumer of a handler. Makes its groups where they are missing, also on streams that are found
    /// later: at the moment when the handler was first registered, or at the beginning.
    async fn join(&self, joining: Joining) -> Result<Arc<dyn Membership>, BusError>;

    /// Removes a handler from the bus, or counts what it has: its groups, retries that wait or are due, what it remembers,
    /// its registration. Its dead letters stay. A worker that runs it still takes nothing more from then on.
    async fn forget(&self, handler: &HandlerName, how: Forgetting) -> Result<Forgotten, BusError>;

    /// Says where a handler goes on in streams of `types` from which somebody removed its group: with what comes from now
    /// on, or with the oldest entry that is there. Workers do not read such a stream until this is said. Answers in which
    /// streams that was so; none on a broker that nobody else can take groups from.
    async fn restart(
        &self,
        _handler: &HandlerName,
        _types: &TypeSelection,
        _start: StartAt,
    ) -> Result<Vec<StreamKey>, BusError> {
        Ok(Vec::new())
    }
}

/// How to forget a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgetting {
    /// Only count what would be removed.
    Count,
    /// Unless somebody works for it.
    Unused,
    /// Also when somebody works for it.
    Forced,
}

/// What a handler has, or had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Whether it was registered.
    pub registered: bool,
    /// Type streams that have its groups.
    pub streams: u64,
    /// Entries given to it and not finished.
    pub pending: u64,
    /// Retries that wait in the schedule.
    pub scheduled: u64,
    /// Retries that are due, and not finished.
    pub due: u64,
    /// Events that it remembers within its dedup window.
    pub remembered: u64,
    /// Pending entries that somebody works at.
    pub busy: u64,
    /// Its consumers that give signs of life: hostile text.
    pub alive: Vec<String>,
}

impl Forgotten {
    /// Whether nothing of the handler is known.
    pub fn is_nothing(&self) -> bool {
        !self.registered && self.streams + self.scheduled + self.due + self.remembered == 0
    }

    /// Whether somebody works for it.
    pub fn is_used(&self) -> bool {
        self.busy > 0 || !self.alive.is_empty()
    }
}

/// Which handler, of which types, from where on.
#[derive(Debug, Clone, PartialEq)]
pub struct Joining {
    /// The handler's name: the name of its group.
    pub handler: HandlerName,
    /// The types that it takes.
    pub types: TypeSelection,
    /// Where a handler begins that was never registered before.
    pub start: StartAt,
    /// How long an entry stays ours without a sign of life. Then another consumer may take it.
    pub lease: Duration,
    /// For how long it is remembered which events the handler has done; `None`: not at all.
    pub dedup: Option<Duration>,
}

/// Where a new handler begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartAt {
    /// With what comes from now on.
    #[default]
    New,
    /// With the oldest entry that is there.
    Beginning,
}

/// Event types by name or pattern: `TICKET_UPDATED`, `PROJECT_*`, `*`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeSelection {
    texts: Vec<String>,
    patterns: Vec<Pattern>,
}

impl TypeSelection {
    /// Those that fit any of `patterns`.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<String> = patterns.into_iter().map(|text| text.as_ref().to_owned()).collect();
        Self { patterns: texts.iter().map(|text| Pattern::glob(text)).collect(), texts }
    }

    /// Whether `event_type` is one of them.
    pub fn admits(&self, event_type: &EventType) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(event_type.as_str()))
    }

    /// The patterns, as they were given.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

/// One consumer of a handler's group.
#[async_trait]
pub trait Membership: Send + Sync {
    /// Its name, unlike that of any other consumer: `host-pid-nonce`.
    fn consumer(&self) -> &str;

    /// Takes about so many entries, new ones and retries that are due; waits up to `wait` for the first. Each stream
    /// that has something gives one at least. They are this consumer's from then on, even when this call fails or is
    /// dropped: [`Membership::recover`] finds them.
    async fn take(&self, at_most: usize, wait: Duration) -> Result<Vec<Delivery>, BusError>;

    /// Ends waiting for something to come: a take under way answers soon, and later ones wait for nothing.
    fn wait_no_more(&self);

    /// Finishes entries, each in one step that another consumer's cannot cross; answers for each, in order.
    async fn finish(&self, finishes: &[Finish]) -> Result<Vec<Finished>, BusError>;

    /// Which of these events, each published to its stream, the handler has done within the dedup window.
    async fn done_already(&self, events: &[(StreamKey, EventId)]) -> Result<Vec<bool>, BusError>;

    /// Renews the lease of what still runs; answers what is not ours any more.
    async fn renew(&self, running: &[Claim]) -> Result<Vec<Claim>, BusError>;

    /// Entries that were given to this consumer and are not among `known`: their delivery was lost on its way.
    async fn recover(&self, known: &[Claim], at_most: usize) -> Result<Vec<Delivery>, BusError>;

    /// Takes over what consumers left whose lease is over, or gave back, a page of it. Each counts as one crash more,
    /// unless it was given back.
    async fn reclaim(&self, at_most: usize, suspects: Suspects) -> Result<Reclaimed, BusError>;

    /// Moves retries that are due from the schedule to the handler, and joins streams that were found since. Answers how
    /// much of this handler's was found to be lost since it was asked last: entries that somebody else trimmed before
    /// they were given to it, and retries whose body was removed.
    async fn keep_up(&self) -> Result<u64, BusError>;

    /// Joins streams that were found since, after looking for them at once. What it finds, other members that came from
    /// the same [`Consumer`] know of without looking, before they answer what is left.
    async fn discover(&self) -> Result<(), BusError>;

    /// What is left to do for the handler, by this consumer and all others, in the streams that are known.
    async fn left(&self) -> Result<Left, BusError>;

    /// Tells observers of failed attempts.
    async fn tell(&self, failures: &[FailedAttempt]) -> Result<(), BusError>;

    /// Gives observers a sign of life, good for a quarter of a minute.
    async fn beat(&self, heartbeat: &Heartbeat) -> Result<(), BusError>;

    /// Leaves the group. What is pending with us by then goes to others at once, without counting a crash: `unstarted`,
    /// and what was lost on its way to us, where there can be such.
    async fn leave(&self, unstarted: &[Claim]) -> Result<(), BusError>;
}

/// What is left for a handler to do. A count is 0 only where there is none; another one may be inexact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// Not given to anybody yet.
    pub unread: u64,
    /// Given, and not finished.
    pub pending: u64,
    /// Retries that wait for their time.
    pub scheduled: u64,
}

impl Left {
    /// Whether there is none.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            unread: self.unread + other.unread,
            pending: self.pending + other.pending,
            scheduled: self.scheduled + other.scheduled,
        }
    }
}

/// Entries that may be what brings their process down. They are run one by one: else all that is in flight with such an
/// entry would crash as often as it does, and become dead letters with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspects {
    /// An entry is one when it comes with so many crashes, or more.
    pub crashes: u32,
    /// How many may be taken over.
    pub at_most: usize,
}

impl Suspects {
    /// As many of them as of any others.
    pub const ANY: Self = Self { crashes: u32::MAX, at_most: usize::MAX };
}

/// What was taken over.
#[derive(Debug, Default)]
pub struct Reclaimed {
    /// The entries.
    pub deliveries: Vec<Delivery>,
    /// Suspects stayed where they are, for later.
    pub held_back: bool,
}

/// An entry in a group's list of what is pending.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// The stream: a type's, or the handler's retry stream of a type.
    pub stream: StreamKey,
    /// Its position there.
    pub id: EntryId,
}

/// An entry that was given to a consumer.
#[derive(Debug)]
pub struct Delivery {
    /// What it is finished by.
    pub claim: Claim,
    /// What it holds, as it lies in the stream it was published to.
    pub raw: Raw,
    /// Which attempt the next one is, counted from 1.
    pub attempt: u32,
    /// How often its attempts ended with the process that made them.
    pub crashes: u32,
    /// How earlier attempts failed, oldest first.
    pub history: Vec<Failure>,
    /// Where it was published, when this is a retry; else the claim's own position.
    pub source: Claim,
    /// The retry plan that it belongs to.
    pub plan: Option<String>,
    /// It is to be handled even if the handler has done its event within the dedup window.
    pub force: bool,
}

impl Delivery {
    /// The field beside an event that says `1` when it is to be handled whatever was done.
    pub const FORCE_FIELD: &'static str = "force";

    /// Takes out what says that the entry is to be handled whatever was done. It is about this delivery and no part of
    /// the event: a dead letter does not keep it.
    pub fn take_force(fields: &mut Vec<Field>) -> bool {
        let says = |(name, value): &Field| name == Self::FORCE_FIELD.as_bytes() && value == b"1";
        fields.iter().position(says).map(|at| fields.remove(at)).is_some()
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// Which one.
    pub claim: Claim,
    /// Where it was published.
    pub source: Claim,
    /// Its event, where it has one.
    pub event: Option<EventId>,
    /// The event's type and tenant, for observers; left out where nothing is to be told.
    pub about: Option<(EventType, TenantId)>,
    /// Which attempt this was, counted from 1; where there was none, because the entry is invalid, how many there were before.
    pub attempt: u32,
    /// How often its attempts crashed.
    pub crashes: u32,
    /// The retry plan that it belongs to.
    pub plan: Option<String>,
    /// See [`Delivery::force`]; a retry of it is forced as well.
    pub force: bool,
    /// What is to be done.
    pub what: FinishAs,
}

/// What is to be done with a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum FinishAs {
    /// The handler did its work. With a dedup window this is remembered, in the same step.
    Done,
    /// It is done with, and was not handled: it is none of the handler's business, or was done before.
    Skipped,
    /// It waits in the schedule.
    Retry {
        /// Its fields, as they were published.
        fields: Arc<Vec<Field>>,
        /// For how long, by the broker's clock.
        after: Duration,
        /// How its attempts failed, oldest first.
        history: Vec<Failure>,
    },
    /// It goes to the dead letters.
    Dead {
        /// Its fields, as they were published.
        fields: Arc<Vec<Field>>,
        /// Why.
        reason: Reason,
        /// What to say of it: the last error's chain, or what is wrong with the entry.
        error: Vec<String>,
        /// How its attempts failed, oldest first.
        history: Vec<Failure>,
    },
}

/// How finishing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// It is recorded.
    Recorded,
    /// Another consumer has it by now: what we did is dropped, and that one will do it.
    Fenced,
    /// It was trimmed while it was pending. A retry or dead letter was recorded all the same.
    Vanished,
    /// The broker refuses to write for now: nothing was done, and it is ours still.
    Refused,
}
