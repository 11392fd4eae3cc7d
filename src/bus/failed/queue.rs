//! The port for reading failed events.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{FailedAt, FailedEvent, FailedWhole, Follower, JournalEntry, KeptPlan, Retried, Runs};
use crate::bus::{BusError, Counted, Denied};
use crate::event::{EntryId, StreamKey};

/// Reads failed events from every source of a bus, over all channels, with read commands only.
#[async_trait]
pub trait FailedQueue: Send + Sync {
    /// Sends what `query` asks for on `out`, a page at a time, until all was sent or `out` is closed. The small sources
    /// (pending, waiting, due) come first, then rounds over the others, the newest of each stream first, so that the
    /// first page is there soon however many there are. Each page is bounded in events and in bytes.
    async fn read(&self, query: &FailedQuery, out: mpsc::Sender<FailedPage>) -> Result<(), BusError>;

    /// All that is known of one; `None` when it does not lie there any more. Of a tenant outside the lock: `None`.
    async fn whole(&self, at: &FailedAt) -> Result<Option<FailedWhole>, BusError>;

    /// What retrying these would do: whom it would reach, whom it would skip, and what to know before.
    async fn foresee(&self, events: &[FailedEvent], runs: Runs) -> Result<Foreseen, BusError>;

    /// Begins to follow retried events of `plan`.
    fn follower(&self, plan: &str) -> Box<dyn Follower>;

    /// The newest so many lines of the journal, newest first.
    async fn journal(&self, at_most: usize) -> Result<Vec<JournalEntry>, BusError>;

    /// A plan that was kept; `None` when it is not there, or not any more.
    async fn plan(&self, id: &str) -> Result<Option<KeptPlan>, BusError>;

    /// Whether a plan of this name is kept. Where that costs less than reading the plan, it is read no further.
    async fn keeps(&self, id: &str) -> Result<bool, BusError> {
        Ok(self.plan(id).await?.is_some())
    }

    /// What `plan`, frozen at `since` by the clock of whoever made it, has retried of the types that lie in `streams`: by
    /// their records, however many of others lie among them. What the lock does not admit is left out.
    async fn retried_by(
        &self,
        plan: &str,
        since: DateTime<Utc>,
        streams: &BTreeSet<StreamKey>,
    ) -> Result<RetriedBy, BusError>;

    /// Whether this user may do it, as far as the server tells without being tried: an error says why not.
    async fn may(&self, verb: Verb) -> Result<(), BusError>;
}

/// What a plan has retried, as far as that is recorded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RetriedBy {
    /// Each of them is [`Retried::repeated`].
    pub retried: Vec<Retried>,
    /// Streams of types whose records may have been trimmed since: of what is gone from there the plan may have retried
    /// more.
    pub trimmed: BTreeSet<StreamKey>,
}

/// Something that is done to failed events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// Retry, also edited.
    Retry,
    /// Put aside, put back.
    Discard,
    /// Offer pending entries again.
    Release,
    /// Remove for good.
    Purge,
    /// Put exported ones back.
    Import,
}

/// A source of failed events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailedSource {
    /// Pending with a consumer, of type streams and retry streams.
    Pending,
    /// Retries that wait in a schedule, or are due.
    Waiting,
    /// Dead letters, invalid ones among them.
    DeadLetters,
    /// What was put aside.
    Discarded,
    /// Records of retries by hand, with what became of them.
    Retried,
    /// Entries of the types' own streams that are no events, where handlers drop those without a word (`alga-psa`);
    /// nothing on other buses, whose handlers make dead letters of them.
    Invalid,
}

impl FailedSource {
    /// Every source.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Waiting, Self::DeadLetters, Self::Discarded, Self::Retried, Self::Invalid];
    /// Those of what a person may have to act on.
    pub const FAILED: [Self; 4] = [Self::Pending, Self::Waiting, Self::DeadLetters, Self::Invalid];
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedQuery {
    /// From which sources.
    pub sources: BTreeSet<FailedSource>,
    /// Of dead letters only what came after these, by the type's stream: what is not named is read from its beginning.
    pub after: BTreeMap<StreamKey, EntryId>,
    /// At most so many, over all sources together; the rest is only counted, as far as a page's totals count it.
    pub at_most: Option<usize>,
}

impl FailedQuery {
    /// All of these sources.
    pub fn of(sources: impl IntoIterator<Item = FailedSource>) -> Self {
        Self { sources: sources.into_iter().collect(), ..Self::default() }
    }
}

/// Failed events that came together, and what of them could not be sent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedPage {
    /// Newest first within a stream.
    pub events: Vec<FailedEvent>,
    /// How many lie there in all, by source, as far as the broker can tell; only on the first page. Over all tenants.
    pub totals: Option<BTreeMap<FailedSource, Counted>>,
    /// How many dead letters lie beside each type's stream, when it was looked; only on the first page.
    pub lying: BTreeMap<StreamKey, u64>,
    /// Entries of tenants outside the lock.
    pub other_tenants: u64,
    /// Entries without a tenant that can be read, in a run that is locked to tenants.
    pub unattributed: u64,
    /// Streams that this user may not read.
    pub denied: Vec<Denied>,
    /// What was not looked at, where that was too much or too large: the reason, for people.
    pub unseen: Option<String>,
}

/// What a retry would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Foreseen {
    /// Who would get how many of them, by name: hostile text.
    pub handlers: BTreeMap<String, u64>,
    /// How many of them nobody would run, because every handler that is known says it has done them.
    pub skipped: u64,
    /// How many single runs would be skipped because a handler has done them.
    pub skipped_runs: u64,
    /// What to know before, for people, safe to show: `marks expired: every handler will run`.
    pub notes: Vec<String>,
}
