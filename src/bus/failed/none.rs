//! A bus that keeps no failed events, such as Pub/Sub.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{
    FailedAt, FailedEvent, FailedPage, FailedQuery, FailedQueue, FailedWhole, Followed, Follower, Foreseen,
    JournalEntry, KeptPlan, Retried, RetriedBy, Runs, Verb,
};
use crate::bus::BusError;
use crate::event::StreamKey;

/// Answers every question with the reason why there are no failed events here.
#[derive(Debug, Clone)]
pub struct NoFailedQueue(pub String);

impl NoFailedQueue {
    fn why<T>(&self) -> Result<T, BusError> {
        Err(BusError::Unsupported(self.0.clone()))
    }
}

#[async_trait]
impl FailedQueue for NoFailedQueue {
    async fn read(&self, _: &FailedQuery, _: mpsc::Sender<FailedPage>) -> Result<(), BusError> {
        self.why()
    }

    async fn whole(&self, _: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
        self.why()
    }

    async fn foresee(&self, _: &[FailedEvent], _: Runs) -> Result<Foreseen, BusError> {
        self.why()
    }

    fn follower(&self, _: &str) -> Box<dyn Follower> {
        Box::new(self.clone())
    }

    async fn journal(&self, _: usize) -> Result<Vec<JournalEntry>, BusError> {
        self.why()
    }

    async fn plan(&self, _: &str) -> Result<Option<KeptPlan>, BusError> {
        self.why()
    }

    async fn retried_by(
        &self,
        _: &str,
        _: DateTime<Utc>,
        _: &BTreeSet<StreamKey>,
    ) -> Result<RetriedBy, BusError> {
        self.why()
    }

    async fn may(&self, _: Verb) -> Result<(), BusError> {
        self.why()
    }
}

#[async_trait]
impl Follower for NoFailedQueue {
    fn add(&mut self, _: &[Retried]) {}

    async fn look(&mut self) -> Result<Vec<(FailedAt, Followed)>, BusError> {
        self.why()
    }
}
