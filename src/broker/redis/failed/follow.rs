//! The follower of one plan.

use std::sync::Arc;

use async_trait::async_trait;

use super::Scope;
use super::following::{Following, Item};
use crate::broker::redis::asker::Askers;
use crate::bus::{BusError, FailedAt, Followed, Follower, Retried};

/// Follows retried events on a Redis.
pub(super) struct RedisFollower {
    askers: Arc<Askers>,
    scope: Arc<Scope>,
    following: Following,
}

impl RedisFollower {
    /// Of `plan`. Connects to nothing yet.
    pub(super) fn new(askers: Arc<Askers>, scope: Arc<Scope>, plan: &str) -> Self {
        Self { askers, scope, following: Following::new(Some(plan)) }
    }
}

#[async_trait]
impl Follower for RedisFollower {
    fn add(&mut self, retried: &[Retried]) {
        for retried in retried {
            let item = Item {
                from: retried.from.clone(),
                plan: retried.plan.clone(),
                stream: retried.stream.clone(),
                source: retried.source,
                to: retried.to.clone(),
            };
            self.following.add(&self.scope, item);
        }
    }

    async fn look(&mut self) -> Result<Vec<(FailedAt, Followed)>, BusError> {
        let mut asker = self.askers.take().await?;
        let changed = self.following.look(&mut asker, &self.scope).await?;
        self.askers.give_back(asker).await;
        Ok(changed.into_iter().map(|(_, from, now)| (from, now)).collect())
    }
}
