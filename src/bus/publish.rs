//! The port for publishing.

use async_trait::async_trait;

use super::BusError;
use crate::event::{EntryId, EventId, Fault, NewEvent, StreamKey, TenantId};

/// Puts events on a bus.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Publishes `events` in order and answers for each, in the same order. Each is vetted first (tenant lock,
    /// schema, size); a refused one is not sent and does not hold up the others. Returns within the command
    /// time-out; what is not known by then is [`PublishError::Unknown`].
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>>;

    /// Makes sure of a connection, and sends nothing to the bus. An error says why there is none.
    async fn reach(&self) -> Result<(), BusError>;

    /// The exact commands that publishing `event` would send, one a line, as `redis-cli` would take them.
    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String>;

    /// What [`Publisher::publish`] would refuse, without sending anything.
    fn vet(&self, event: &NewEvent) -> Result<(), PublishError>;

    /// Which stream `event` would be appended to; `None` where its key would be too long, or that is not known before.
    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        let _ = event;
        None
    }
}

/// Says what publishing would do, and sends nothing: a session that may only read has it, too.
pub trait Preview: Send + Sync {
    /// As [`Publisher::preview`].
    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String>;

    /// As [`Publisher::vet`].
    fn vet(&self, event: &NewEvent) -> Result<(), PublishError>;

    /// As [`Publisher::target`].
    fn target(&self, event: &NewEvent) -> Option<StreamKey>;
}

/// What a publisher says, without the publisher: nobody can send anything through it.
pub(crate) struct PreviewOf<P>(pub(crate) P);

impl<P: Publisher> Preview for PreviewOf<P> {
    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String> {
        self.0.preview(event, form)
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        self.0.vet(event)
    }

    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        self.0.target(event)
    }
}

/// The two forms of publishing (docs/wire.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Fast; a re-send after an unknown outcome may append twice.
    Batch,
    /// With a marker for the event's id: a re-send makes no double.
    Once,
}

/// The broker took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The event.
    pub event: EventId,
    /// Where it lies.
    pub stream: StreamKey,
    /// Its position.
    pub entry: EntryId,
    /// True when it was there already, from an earlier send with the same id.
    pub repeated: bool,
}

/// Why an event was not published, or is not known to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// It does not fit the schema of its type. Nothing was sent.
    #[error("the event does not fit the schema of its type: {}", .0.summary())]
    Invalid(Fault),
    /// It is for a tenant outside the lock of this run, or unknown where tenants are strict. Nothing was sent.
    #[error("tenant '{tenant}' is refused: {why}")]
    Tenant {
        /// Whose event it was.
        tenant: TenantId,
        /// Why.
        why: String,
    },
    /// Larger than events may be. Nothing was sent.
    #[error("the event has {size} bytes; {limit} is the limit")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The broker was not reached, or refused it. It is certain that nothing was appended.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The target stream is full of unread entries, and appending would evict one (`alga-psa`).
    #[error(
        "the stream {0} is full of unread entries: appending would push one out; try again when its consumers have caught up"
    )]
    Full(StreamKey),
    /// The connection was lost or timed out between sending and reply: it may have been appended.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}
