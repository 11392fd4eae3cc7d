//! Reading failed events: one file per operation. Everything that is sent is a
//! [`Question`](super::question::Question): what is here has no way to write.

mod fates;
mod follow;
mod following;
mod foresee;
mod journal;
mod kept;
mod letters;
mod looked;
mod lying;
mod may;
mod pager;
mod pages;
mod pending;
mod read;
mod records;
mod regiven;
mod retried;
mod retried_by;
mod retries;
mod rounds;
mod unfit;
mod unpack;
mod waiting;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::asker::Askers;
use super::connection::Dialer;
use super::profile::Layout;
use super::{Profile, Settings};
use crate::bus::{
    BusError, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedQueue, FailedWhole, Follower, Foreseen,
    Intake, JournalEntry, KeptPlan, RetriedBy, Runs, TenantLock, Verb,
};
use crate::event::StreamKey;
use crate::schema::Registry;
pub(super) use fates::RedisFates;
use follow::RedisFollower;
use looked::Looks;
use records::{Records, Unrecorded};

/// What reading goes by.
pub(super) struct Scope {
    layout: Layout,
    lock: TenantLock,
    /// Where handlers record nothing (`alga-psa`).
    unrecorded: Option<Unrecorded>,
    /// The lease where no consumer says another.
    lease: Duration,
    registry: Arc<Registry>,
    looks: Looks,
}

impl Scope {
    fn new(settings: &Settings, intake: &Intake) -> Self {
        let alga = &settings.alga_psa;
        let unrecorded = (settings.profile == Profile::AlgaPsa)
            .then(|| Unrecorded { group: alga.group.as_str().into(), max_deliveries: alga.max_deliveries });
        Self {
            layout: Layout::of(settings),
            lock: intake.lock().clone(),
            unrecorded,
            lease: settings.lease(),
            registry: Arc::clone(intake.registry()),
            looks: Looks::default(),
        }
    }

    fn records(&self) -> Records {
        Records::new(self.unrecorded.clone())
    }

    /// Judges entries. It lets all tenants in: what is sent is narrowed by the pager.
    fn judge(&self) -> Intake {
        Intake::new(Arc::clone(&self.registry), TenantLock::default())
    }
}

/// Reads the failed events of one Redis.
pub(super) struct RedisFailedQueue {
    askers: Arc<Askers>,
    scope: Arc<Scope>,
}

impl RedisFailedQueue {
    /// Connects to nothing yet.
    pub(super) fn new(dialer: Dialer, settings: &Settings, intake: &Intake) -> Self {
        let scope = Scope::new(settings, intake);
        Self { askers: Arc::new(Askers::new(dialer)), scope: Arc::new(scope) }
    }
}

#[async_trait]
impl FailedQueue for RedisFailedQueue {
    async fn read(&self, query: &FailedQuery, out: mpsc::Sender<FailedPage>) -> Result<(), BusError> {
        let mut asker = self.askers.take().await?;
        read::read(&mut asker, &self.scope, query, out).await?;
        self.askers.give_back(asker).await;
        Ok(())
    }

    async fn whole(&self, at: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
        let mut asker = self.askers.take().await?;
        let whole = whole::read(&mut asker, &self.scope, at).await?;
        self.askers.give_back(asker).await;
        Ok(whole)
    }

    async fn foresee(&self, events: &[FailedEvent], runs: Runs) -> Result<Foreseen, BusError> {
        let mut asker = self.askers.take().await?;
        let foreseen = foresee::foresee(&mut asker, &self.scope, events, runs).await?;
        self.askers.give_back(asker).await;
        Ok(foreseen)
    }

    fn follower(&self, plan: &str) -> Box<dyn Follower> {
        Box::new(RedisFollower::new(Arc::clone(&self.askers), Arc::clone(&self.scope), plan))
    }

    async fn journal(&self, at_most: usize) -> Result<Vec<JournalEntry>, BusError> {
        let mut asker = self.askers.take().await?;
        let lines = journal::read(&mut asker, &self.scope.layout, at_most).await?;
        self.askers.give_back(asker).await;
        Ok(lines)
    }

    async fn plan(&self, id: &str) -> Result<Option<KeptPlan>, BusError> {
        let mut asker = self.askers.take().await?;
        let plan = kept::read(&mut asker, &self.scope.layout, id).await?;
        self.askers.give_back(asker).await;
        Ok(plan)
    }

    async fn keeps(&self, id: &str) -> Result<bool, BusError> {
        let mut asker = self.askers.take().await?;
        let is_there = kept::is_there(&mut asker, &self.scope.layout, id).await?;
        self.askers.give_back(asker).await;
        Ok(is_there)
    }

    async fn retried_by(
        &self,
        plan: &str,
        since: DateTime<Utc>,
        streams: &BTreeSet<StreamKey>,
    ) -> Result<RetriedBy, BusError> {
        let mut asker = self.askers.take().await?;
        let by = retried_by::read(&mut asker, &self.scope, plan, since, streams).await?;
        self.askers.give_back(asker).await;
        Ok(by)
    }

    async fn may(&self, verb: Verb) -> Result<(), BusError> {
        let mut asker = self.askers.take().await?;
        may::ask(&mut asker, &self.scope.layout, verb).await?;
        self.askers.give_back(asker).await;
        Ok(())
    }
}
