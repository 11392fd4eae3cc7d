//! Following what was retried to its outcome.

use async_trait::async_trait;

use super::FailedAt;
use crate::bus::{BusError, Claim};
use crate::event::{EntryId, EventId, StreamKey};

/// An event that was retried by hand: the dead letter is gone, and something was appended for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Retried {
    /// Where it lay.
    pub from: FailedAt,
    /// The stream it was published to.
    pub stream: StreamKey,
    /// Its position there, where that was recorded.
    pub source: Option<EntryId>,
    /// The event, where it has an id: a new one, where it was sent as a new event.
    pub event: Option<EventId>,
    /// What was appended: one entry for each handler that gets it, or one on the type's stream for all of them.
    pub to: Vec<Claim>,
    /// The plan.
    pub plan: String,
    /// This same plan had done it before, and the answer to that was lost, or the plan was interrupted.
    pub repeated: bool,
}

/// What became of a retried event, over all handlers that got it: of several the least good counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Followed {
    /// It succeeded.
    Succeeded,
    /// Not tried yet, or somebody is at it.
    Pending,
    /// It failed again, and is tried again by itself.
    Retrying,
    /// It failed again, and is a dead letter again.
    DeadAgain,
    /// What became of it cannot be known any more: it was trimmed, discarded, or its records were.
    Lost,
}

impl Followed {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Pending => "running",
            Self::Retrying => "failed again, is tried again",
            Self::DeadAgain => "failed again",
            Self::Lost => "unknown",
        }
    }

    /// Whether it can change no more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Retrying)
    }

    /// Whether it failed since it was retried.
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Retrying | Self::DeadAgain)
    }
}

/// Follows retried events, with read commands only. One follower serves one plan: it remembers how far it has read.
#[async_trait]
pub trait Follower: Send {
    /// Follows these too, from now on. Each was retried before this is called; what became of it since is not missed.
    fn add(&mut self, retried: &[Retried]);

    /// Looks, and answers what changed since the last look: by where it lay. What is final is not looked at again.
    async fn look(&mut self) -> Result<Vec<(FailedAt, Followed)>, BusError>;
}
