//! The port for acting on failed events.

use async_trait::async_trait;

use super::{Deed, Exported, FailedAt, FailedEvent, Importer, KeptPlan, Retried};
use crate::bus::BusError;
use crate::event::{EventId, NewEvent, StreamKey, TenantId};

/// Acts on failed events: each in one atomic step that checks that the event is still there, so that a crash, a double
/// press or a second operator can neither lose nor double it. Every method answers for each of what it was given, in
/// order; one that fails does not hold up the others. What a tenant lock does not admit is not touched.
///
/// A lost answer is asked for again within the command time-out, which the steps allow; what is not known by then is
/// [`ActionError::Unknown`], and doing the same again is safe.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Retries events: a dead letter is appended to where its handlers get it and leaves the dead letters; what waits
    /// for a retry is due at once ([`Runs`] and edits are for dead letters only).
    async fn retry(
        &self,
        orders: &[RetryOrder],
        because: &Because,
    ) -> Result<Vec<Result<Retried, ActionError>>, BusError>;

    /// Puts dead letters and waiting retries aside; answers where each lies then. One that was tried since it was chosen is
    /// [`ActionError::MovedOn`], and waits on.
    async fn discard(
        &self,
        orders: &[DiscardOrder],
        because: &Because,
    ) -> Result<Vec<Result<FailedAt, ActionError>>, BusError>;

    /// Puts discarded events back among the dead letters; answers where each lies then.
    async fn restore(&self, events: &[FailedAt]) -> Result<Vec<Result<FailedAt, ActionError>>, BusError>;

    /// Offers pending entries to consumers again at once. With `force` also those that somebody may be at: they may run
    /// twice. The answer says what to know of it: `behind ten older ones`.
    async fn release(
        &self,
        events: &[FailedAt],
        force: bool,
    ) -> Result<Vec<Result<Option<String>, ActionError>>, BusError>;

    /// Removes dead letters or discarded events for good.
    async fn purge(&self, events: &[FailedAt]) -> Result<Vec<Result<(), ActionError>>, BusError>;

    /// Puts dead letters back that were exported. One that lies there already, by its source and handler and however
    /// many lie there, is answered as it lies and not added again. One that was retried by hand or discarded since is
    /// refused, as far as the records of that go, unless it is wanted `again`.
    fn importer(&self, letters: Vec<Exported>, again: bool) -> Box<dyn Importer + '_>;

    /// The exact commands that one order would send, one a line, as `redis-cli` would take them.
    fn preview(&self, order: &RetryOrder, because: &Because) -> Vec<String>;

    /// As [`Operator::preview`], of what is no retry. Empty where it cannot be done, or is not there.
    fn preview_action(&self, action: &Action<'_>, because: &Because) -> Vec<String>;

    /// Writes into the journal what was done, and why.
    async fn record(
        &self,
        deed: Deed,
        because: &Because,
        count: u64,
        note: Option<&str>,
    ) -> Result<(), BusError>;

    /// Keeps a plan for a week, so that it can be gone on with.
    async fn keep(&self, plan: &KeptPlan) -> Result<(), BusError>;
}

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Because {
    /// Who: `jo@web-1`.
    pub who: String,
    /// The plan it belongs to.
    pub plan: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// One event to be retried.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryOrder {
    /// Where it lies.
    pub at: FailedAt,
    /// What runs.
    pub runs: Runs,
    /// How often it had been tried when it was chosen, of what waits to be tried again: if it was tried since, it is gone,
    /// although another retry of the same event waits under its name. `None` takes what waits now.
    pub attempts: Option<u64>,
    /// The event in place of the one that lies there: of the same id and type, edited. It is vetted as one that is
    /// published.
    pub edited: Option<NewEvent>,
}

/// One event to be put aside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DiscardOrder {
    /// Where it lies.
    pub at: FailedAt,
    /// How often it had been tried when it was chosen, of what waits to be tried again: if it was tried since, what waits
    /// under its name is another retry. `None` takes what waits now.
    pub attempts: Option<u64>,
}

impl DiscardOrder {
    /// What lies there, whatever was tried meanwhile.
    pub fn new(at: FailedAt) -> Self {
        Self { at, attempts: None }
    }

    /// What lies at all of these, whatever was tried meanwhile.
    pub fn all(places: &[FailedAt]) -> Vec<Self> {
        places.iter().cloned().map(Self::new).collect()
    }

    /// This one, as it was when it was looked at.
    pub fn of(event: &FailedEvent) -> Self {
        let attempts = event.attempts.filter(|_| matches!(event.at, FailedAt::Waiting { .. }));
        Self { at: event.at.clone(), attempts }
    }
}

/// One thing that is done to one failed event, but for retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// [`Operator::discard`].
    Discard(&'a DiscardOrder),
    /// [`Operator::restore`].
    Restore(&'a FailedAt),
    /// [`Operator::release`].
    Release {
        /// What is pending.
        at: &'a FailedAt,
        /// Also what somebody may be at.
        force: bool,
    },
    /// [`Operator::purge`].
    Purge(&'a FailedAt),
    /// What [`Operator::importer`] does with one.
    Import(&'a Exported),
}

/// What a retry runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Runs {
    /// Only the handlers that did not succeed: on a native bus the one whose dead letter it is; on Alga's those without
    /// a mark that they have processed it.
    #[default]
    Failed,
    /// All handlers, whatever they have done.
    All,
    /// All handlers, as an event with a new id.
    AsNew,
}

impl Runs {
    /// The word for it: on the command line, in JSON and in kept plans.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::All => "all",
            Self::AsNew => "as-new",
        }
    }

    /// What `word` names.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Failed, Self::All, Self::AsNew].into_iter().find(|runs| runs.word() == word)
    }
}

/// Why nothing was done about one event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// It is not there: not any more, or it never was.
    #[error(
        "it is not there, or not any more: it was retried, discarded or finished since, or its id is not right"
    )]
    Gone,
    /// It waits under the same name as when it was chosen, and was tried since.
    #[error(
        "it has moved on: it was tried again since it was chosen, and what waits now is its next attempt"
    )]
    MovedOn,
    /// Somebody may be at it.
    #[error(
        "somebody may still be at it: it was touched {} ago; --force does it all the same, and it may run twice",
        crate::text::span(std::time::Duration::from_millis(*idle_ms))
    )]
    Busy {
        /// For how long nobody has said anything of it.
        idle_ms: u64,
    },
    /// The entry itself was trimmed from its stream: nothing is left that could be given to anybody.
    #[error("its entry was trimmed from the stream: there is nothing left to give to anybody")]
    Trimmed,
    /// The target stream is full of unread entries, and appending would evict one (`alga-psa`).
    #[error("the stream {0} is full of unread entries: appending would push one out")]
    Full(StreamKey),
    /// It belongs to a tenant outside the lock.
    #[error("the tenant {0} is outside of what this run is locked to")]
    Tenant(TenantId),
    /// The run is locked, and its tenant cannot be read.
    #[error("its tenant cannot be read, and this run is locked to tenants")]
    Unattributed,
    /// What the edited event, or an import, is refused for.
    #[error("{0}")]
    Invalid(String),
    /// It cannot be done to something that lies where this does.
    #[error("{0}")]
    Unsuitable(String),
    /// The server refused it: nothing was done.
    #[error("{0}")]
    Refused(String),
    /// The server can write nothing just now, and may soon: it has no memory left, is a replica, loads its data. Nothing was
    /// done.
    #[error("{0}")]
    NotNow(String),
    /// Neither this nor anything like it can be done until a person changes something: a right is missing. Nothing was done.
    #[error("{0}")]
    Denied(String),
    /// The connection was lost between sending and reply: it may have been done. Doing it again is safe.
    #[error("outcome unknown: {0}; doing it again is safe")]
    Unknown(String),
}

impl ActionError {
    /// Whether trying again a little later may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Full(_) | Self::NotNow(_) | Self::Unknown(_))
    }
}

impl RetryOrder {
    /// A plain retry.
    pub fn new(at: FailedAt, runs: Runs) -> Self {
        Self { at, runs, attempts: None, edited: None }
    }

    /// The id of the edited event.
    pub fn edited_id(&self) -> Option<EventId> {
        self.edited.as_ref().map(NewEvent::id)
    }
}
