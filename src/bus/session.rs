//! Contexts, and an open one.

use std::sync::Arc;

use super::{
    Archive, BusError, Consumer, FailedQueue, Inspector, Observer, Operator, Preview, Publisher, Writes,
};
use crate::event::{Channel, TenantId, TenantLabels};
use crate::schema::Registry;

/// Names contexts and opens one. How a context is laid out (url, profile, rights) is its own business.
pub trait Connector: Send + Sync {
    /// The contexts there are, in the order to show them.
    fn contexts(&self) -> Vec<String>;

    /// The names of a context's tenants.
    fn labels(&self, context: &str) -> TenantLabels {
        let _ = context;
        TenantLabels::default()
    }

    /// The schemas of a context's types, where they can be read: for judging an event before it is sent.
    fn schemas(&self, context: &str) -> Option<Arc<Registry>> {
        let _ = context;
        None
    }

    /// Opens a context. Does no I/O: connections are made by the ports, when they are used.
    fn open(&self, context: &str) -> Result<Session, BusError>;
}

/// An open context: its ports, and what a person must know of it.
#[derive(Clone)]
pub struct Session {
    /// What the header says.
    pub info: ContextInfo,
    /// For watching.
    pub observer: Arc<dyn Observer>,
    /// For reading back.
    pub archive: Arc<dyn Archive>,
    /// For looking over.
    pub inspector: Arc<dyn Inspector>,
    /// For reading failed events.
    pub failed: Arc<dyn FailedQueue>,
    /// For publishing; an error says why this session may not.
    pub publisher: Result<Arc<dyn Publisher>, String>,
    /// For saying what publishing would do, whether this session may publish or not; `None` where nothing is published.
    pub preview: Option<Arc<dyn Preview>>,
    /// For handling events; an error says why this session may not.
    pub consumer: Result<Arc<dyn Consumer>, String>,
    /// For acting on failed events; an error says why this session may not.
    pub operator: Result<Arc<dyn Operator>, String>,
    /// Whether writes are taken, as far as this session has learned.
    pub writes: Writes,
}

impl Session {
    /// The same session without any way to write: `why` not.
    #[must_use]
    pub fn read_only(mut self, why: &str) -> Self {
        self.info.read_only = true;
        self.publisher = Err(why.to_owned());
        self.consumer = Err(why.to_owned());
        self.operator = Err(why.to_owned());
        self
    }
}

/// What is known of a context before it is connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContextInfo {
    /// Its name: `prod`, `demo`, or `url` for a bare `--url`.
    pub name: String,
    /// The profile's name: `native`, `alga-psa`, `pubsub`.
    pub profile: String,
    /// Where it is, without any password.
    pub target: String,
    /// A production context: red cue, and read-only unless asked otherwise.
    pub production: bool,
    /// Whether this session can write.
    pub read_only: bool,
    /// The channel to show first, in a profile that has channels.
    pub channel: Option<Channel>,
    /// Whether publishing here also writes the flat copy for workflows where an event says nothing of it; `None` in a
    /// profile that has no such copy.
    pub workflow_copy: Option<bool>,
    /// The tenants this run is locked to, as they are shown; empty when it is not locked.
    pub locked_to: Vec<String>,
    /// The ids of those tenants.
    pub locked: Vec<TenantId>,
}
