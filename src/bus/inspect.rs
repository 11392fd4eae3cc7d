//! The port for looking a bus over: what `stats` and `doctor` say.

use async_trait::async_trait;
use serde::Serialize;

use super::{BusError, Examined, Fate, HandlerDetail, HandlerReport, Published, Receivers};
use crate::event::{Channel, EntryId, EventType, StreamKey};
use crate::text::count;

/// Reads facts about a bus, with read commands only.
#[async_trait]
pub trait Inspector: Send + Sync {
    /// Every type stream, by key.
    async fn streams(&self) -> Result<Looked<StreamReport>, BusError>;

    /// Every handler that has a group on a type stream, by name.
    async fn handlers(&self) -> Result<Looked<HandlerReport>, BusError>;

    /// Looks closely at one of the handlers that [`Inspector::handlers`] answered: what waits to be tried again, and its
    /// newest dead letters. Of tenants outside the lock nothing is answered but how much was left out.
    async fn handler(&self, report: &HandlerReport) -> Result<HandlerDetail, BusError>;

    /// Who would receive an event of this type, on this channel where the profile has channels. A stream that is not there
    /// yet has no groups; that is no error.
    async fn receivers(
        &self,
        event_type: &EventType,
        channel: Option<&Channel>,
    ) -> Result<Receivers, BusError>;

    /// What became so far of a published event with each of its receivers, in one look; by name. None at all: nobody
    /// receives it, as far as is known. Of an event of a tenant outside the lock nothing is said: that is refused.
    async fn fates(&self, published: &Published) -> Result<Vec<Fate>, BusError>;

    /// Looks the server and the bus over: what the health of the bus is judged by. What this user may not see is said, and
    /// is no error; one means that nothing could be asked.
    async fn examine(&self) -> Result<Examined, BusError>;
}

/// What a look over many streams found, and which it was not allowed to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked<T> {
    /// What was found.
    pub found: Vec<T>,
    /// What this user may not look at: it is in none of the numbers.
    pub denied: Vec<Denied>,
}

/// A stream that this user may not look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Which one.
    pub stream: StreamKey,
    /// Why not, and what to do about it.
    pub why: BusError,
}

impl<T> Looked<T> {
    /// All of it was seen.
    pub fn whole(found: Vec<T>) -> Self {
        Self { found, denied: Vec::new() }
    }

    /// What to say of what could not be looked at; `None` where there is no such.
    pub fn note(&self) -> Option<String> {
        let first = self.denied.first()?;
        let which = match self.denied.len() {
            1 => format!("{} may not be looked at and is left out", first.stream),
            more => format!(
                "{} streams may not be looked at and are left out, {} among them",
                count(more as u64),
                first.stream
            ),
        };
        Some(format!("{which}: {}", first.why.what()))
    }
}

/// A type stream as it lies.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamReport {
    /// Its key.
    pub stream: StreamKey,
    /// The type it is named for.
    pub event_type: EventType,
    /// Its channel, where the profile has them.
    pub channel: Option<Channel>,
    /// How many entries it holds.
    pub length: u64,
    /// Its oldest entry.
    pub first: Option<EntryId>,
    /// The newest entry; `None` when it is empty.
    pub last: Option<EntryId>,
    /// Its consumer groups.
    pub groups: Vec<GroupReport>,
    /// How many dead letters lie beside it.
    pub dead_letters: u64,
}

/// A consumer group of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupReport {
    /// Its name: hostile text.
    pub name: String,
    /// Delivered, and not acknowledged.
    pub pending: u64,
    /// Not yet delivered.
    pub lag: Lag,
    /// How many consumers it has.
    pub consumers: u64,
}

/// How many entries a group has not been given yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// So many.
    Exactly(u64),
    /// More than so many: the server does not know, and we counted so far.
    MoreThan(u64),
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// May become a fault.
    Warning,
    /// Wrong: `doctor` exits with 1.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A short, stable name for scripts: `memory-policy`.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found, with its evidence.
    pub found: String,
    /// What to do about it; `None` where nothing needs doing.
    pub mend: Option<String>,
    /// Whether it could not be seen: then this says why, and nothing of how it is.
    #[serde(skip)]
    pub is_unseen: bool,
}
