//! What a broker must offer to be put to the test.

use tidings::broker::memory::Place;
use tidings::bus::{Intake, Session};
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
