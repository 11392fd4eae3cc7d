//! Failed events of an embedded bus: reading them, acting on them, and following what was retried.
//!
//! They are found by name under the lock (`lying`), a page at a time, and looked at outside of it. What is kept of them
//! (`kept`) lies as in the profile `native`, each kind beside the stream of its type; as fields (`fields`) it is what a
//! Redis would hold, so that an export of one can be imported into the other.

mod aside;
mod fates;
mod fields;
mod follow;
mod foresee;
mod glance;
mod import;
mod journal;
mod kept;
mod lying;
mod operate;
mod preview;
mod reading;
mod retry;
mod shelf;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::MemoryBroker;
use super::bus::millis;
use crate::bus::{
    BusError, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedQueue, FailedWhole, Follower, Foreseen,
    JournalEntry, KeptPlan, RetriedBy, Runs, Verb,
};
use crate::event::StreamKey;

pub(super) use fates::{fates, receivers};
pub(super) use kept::Kept;

#[async_trait]
impl FailedQueue for MemoryBroker {
    async fn read(&self, query: &FailedQuery, out: mpsc::Sender<FailedPage>) -> Result<(), BusError> {
        reading::read(self, query, out).await
    }

    async fn whole(&self, at: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
        whole::whole(self, at)
    }

    async fn foresee(&self, events: &[FailedEvent], runs: Runs) -> Result<Foreseen, BusError> {
        foresee::foresee(self, events, runs)
    }

    fn follower(&self, plan: &str) -> Box<dyn Follower> {
        Box::new(follow::Following::new(Arc::clone(&self.bus), plan))
    }

    async fn journal(&self, at_most: usize) -> Result<Vec<JournalEntry>, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        Ok(state.failed.lines(at_most))
    }

    async fn plan(&self, id: &str) -> Result<Option<KeptPlan>, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        Ok(state.failed.plan(millis((self.bus.clock)()), id))
    }

    async fn retried_by(
        &self,
        plan: &str,
        _: DateTime<Utc>,
        streams: &BTreeSet<StreamKey>,
    ) -> Result<RetriedBy, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        Ok(retry::retried_by(self, &state, plan, streams))
    }

    /// There are no users here: whoever reaches the bus may do everything, unless it was told to refuse.
    async fn may(&self, _: Verb) -> Result<(), BusError> {
        let state = self.bus.state();
        state.reachable()?;
        state.refuses()
    }
}
