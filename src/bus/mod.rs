//! The ports between Tidings and a broker, and what flows through them.
//!
//! A broker implements [`Observer`], [`Publisher`] and [`Inspector`]; a [`Connector`] names contexts and opens one.
//! The dashboard and the verbs call these ports and nothing else, so that there is one pipeline, not two.

mod archive;
mod around;
mod back_off;
mod bucket;
mod closely;
mod consume;
mod error;
mod failed;
mod failures;
mod fate_watch;
mod first_contact;
mod handle;
mod handlers;
mod health;
mod hub;
mod inspect;
mod intake;
mod observe;
mod publish;
mod random;
mod receivers;
mod relay;
mod session;
mod signal;
mod steering;
mod store;
mod tell;
mod worker;
mod writes;

pub(crate) use archive::PageOf;
pub use archive::{Archive, ArchivePage, ArchiveQuery, Direction, NoArchive};
pub use around::{Around, AroundSearch, Near, Spot, read_around};
pub(crate) use back_off::{BackOff, about};
pub(crate) use bucket::Bucket;
pub use closely::{DeadLetterReport, HandlerDetail, LastAttempt, WaitingRetry};
pub use consume::{
    Claim, Consumer, Delivery, Finish, FinishAs, Finished, Forgetting, Forgotten, Joining, Left, Membership,
    Reclaimed, StartAt, Suspects, TypeSelection,
};
pub use error::BusError;
pub use failed::{
    Action, ActionError, Because, Deed, DiscardOrder, Exported, FailedAt, FailedAtError, FailedEvent,
    FailedPage, FailedQuery, FailedQueue, FailedSource, FailedWhole, Followed, Follower, Foreseen, Imported,
    Importer, JournalEntry, KeptPlan, Lineage, NoFailedQueue, Operator, Retried, RetriedAs, RetriedBy,
    RetryOrder, Runs, Verb,
};
pub(crate) use failed::{Departed, Fates, OfStream};
pub use failures::{FailureBatch, FailureFeed, RecordedFailure};
pub use fate_watch::FateWatch;
pub use first_contact::first_contact_by;
pub(crate) use first_contact::{first_contact_made, first_contact_until};
use handle::panic_text;
pub use handle::{
    Cancellation, CatchPanics, ConcurrencyLimit, Disposition, Failure, FailureKind, Handler, HandlerContext,
    HandlerError, Middleware, Next, Outcome, Reason, Remedy, RetryPolicy, Timeout, Trace, typed,
};
pub use handlers::{
    ConsumerReport, Counted, HandlerReport, HandlerState, LastError, PendingEntry, PendingState,
};
pub use health::{BusFacts, ConsumerFacts, Examined, GroupFacts, StreamFacts, Unseen};
pub use hub::Bus;
pub use inspect::{Denied, Finding, GroupReport, Inspector, Lag, Level, Looked, StreamReport};
pub use intake::{Admission, Intake, Raw, TenantLock};
pub use observe::{ChannelScope, Observer, Patience, Start, Watch};
pub(crate) use publish::PreviewOf;
pub use publish::{Form, Preview, PublishError, Published, Publisher};
pub(crate) use random::random_unit;
pub use receivers::{Fate, Receiver, Receivers, Stage};
pub use relay::Relay;
pub use session::{Connector, ContextInfo, Session};
pub use signal::{Batch, BusSignal, DiscoveryReport, Gap, Link, Origin, ServerFacts};
pub(crate) use steering::{Steering, Wish};
pub use store::{MemoryStore, Store, StoreError, StoredTemplate};
pub use tell::{FailedAttempt, Heartbeat, LATENCY_MS, Latency, NextStep};
pub use worker::{Attempt, Gauge, HandlerStats, Subscription, Worker, WorkerError};
pub use writes::{Writes, WritesRefused};
