//! What a broker must offer to be put to the test.

use std::sync::Arc;
use std::time::Duration;

use tidings::broker::memory::Place;
use tidings::bus::{Bus, Claim, Consumer, Failure, Intake, Reason, Session};
use tidings::event::{EntryId, Field};

/// A fresh, empty bus, and the ways to disturb it.
pub(crate) trait Harness: Sized + Sync {
    /// Whether observers can tell how many entries trimming took.
    const COUNTS_TRIMMED: bool;

    /// A bus of its own for one case.
    async fn start() -> Self;

    /// Ends it.
    async fn stop(self);

    /// A session on it that judges and locks by `intake`.
    fn session(&self, intake: Intake) -> Session;

    /// Appends entries of raw fields, all at `ms` or now, as another program would.
    async fn append(&self, place: &Place, ms: Option<u64>, entries: Vec<Vec<Field>>) -> Vec<EntryId>;

    /// Makes the broker unreachable for its sessions; what it holds is kept.
    async fn go_down(&self);

    /// Ends [`Harness::go_down`].
    async fn come_back(&self);

    /// The broker loses all its data; sessions find it empty.
    async fn lose_data(&self);

    /// Trims a stream to its newest `keep` entries.
    async fn trim(&self, place: &Place, keep: usize);
}

/// A broker on which handlers run.
pub(crate) trait Handles: Harness {
    /// The bus as a program uses it.
    fn bus(&self) -> Bus;

    /// For taking part in a group by hand.
    fn consumer(&self) -> Arc<dyn Consumer>;

    /// Every dead letter, oldest first.
    async fn dead_letters(&self) -> Vec<Dead>;

    /// Every failed attempt that observers were told of, oldest first.
    async fn failures(&self) -> Vec<Told>;
}

/// A broker that keeps failed events.
pub(crate) trait Fails: Handles {
    /// As if nobody had said anything for so long of what is pending with `consumer` of `handler`. Other things may age
    /// as well.
    async fn neglect(&self, claim: &Claim, handler: &str, consumer: &str, idle: Duration);

    /// A session that has no way to write: `why` not.
    fn read_only(&self, why: &str) -> Session;
}

/// A failed attempt that observers were told of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) handler: String,
    pub(crate) event: String,
    pub(crate) event_type: String,
    pub(crate) tenant: String,
    pub(crate) attempt: u32,
    pub(crate) error: Vec<String>,
    /// `retry` or `dead`
    pub(crate) next: String,
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dead {
    pub(crate) handler: String,
    pub(crate) source: Claim,
    pub(crate) fields: Vec<Field>,
    pub(crate) attempts: u32,
    pub(crate) reason: Reason,
    pub(crate) error: Vec<String>,
    pub(crate) history: Vec<Failure>,
}
