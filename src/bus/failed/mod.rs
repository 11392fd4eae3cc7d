//! Failed events: where they lie, what is known of them, what can be done about them, and what became of that.
//!
//! Two ports. [`FailedQueue`] reads and has no way to write; [`Operator`] acts, one atomic step per event, and is there
//! only where a run may write. `plan` drives both for the dashboard and for the verbs.

mod at;
mod event;
mod follow;
mod import;
mod journal;
mod none;
mod operator;
mod queue;

pub use at::{FailedAt, FailedAtError};
pub use event::{FailedEvent, FailedWhole, Lineage, RetriedAs};
pub use follow::{Followed, Follower, Retried};
pub(crate) use import::{Departed, Fates, OfStream};
pub use import::{Exported, Imported, Importer};
pub use journal::{Deed, JournalEntry, KeptPlan};
pub use none::NoFailedQueue;
pub use operator::{Action, ActionError, Because, DiscardOrder, Operator, RetryOrder, Runs};
pub use queue::{FailedPage, FailedQuery, FailedQueue, FailedSource, Foreseen, RetriedBy, Verb};
