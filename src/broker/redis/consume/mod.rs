//! Handling events on a Redis: consumer groups, one for each handler, and the atomic steps of docs/wire.md as scripts.

pub(super) mod body;
mod finishing;
mod forget;
mod groups;
mod left;
mod lost;
mod member;
mod orphans;
mod reader;
mod reclaim;
mod registration;
mod telling;
mod tidy;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::commands::Commands;
use super::connection::Dialer;
use super::profile::Layout;
use crate::bus::{BusError, Consumer, Forgetting, Forgotten, Joining, Membership, StartAt, TypeSelection};
use crate::event::{HandlerName, StreamKey};
pub(super) use body::source as retry_source;
use groups::Groups;
use member::Member;
use upkeep::Upkeep;

/// Joins groups on one Redis with the profile `native`.
pub(super) struct RedisConsumer {
    upkeep: Arc<Upkeep>,
}

impl RedisConsumer {
    /// Connects to nothing yet. Entries that every group is done with are kept for `retention`.
    pub(super) fn new(dialer: Dialer, commands: Arc<Commands>, layout: Layout, retention: Duration) -> Self {
        Self { upkeep: Arc::new(Upkeep::new(dialer, commands, layout, retention)) }
    }
}

#[async_trait]
impl Consumer for RedisConsumer {
    async fn join(&self, joining: Joining) -> Result<Arc<dyn Membership>, BusError> {
        let groups = Groups::new(Arc::clone(&self.upkeep), &joining);
        let member = Member::new(groups, &joining, consumer_name());
        member.begin().await?;
        Ok(Arc::new(member))
    }

    async fn forget(&self, handler: &HandlerName, how: Forgetting) -> Result<Forgotten, BusError> {
        forget::forget(&self.upkeep, handler, how).await
    }

    async fn restart(
        &self,
        handler: &HandlerName,
        types: &TypeSelection,
        start: StartAt,
    ) -> Result<Vec<StreamKey>, BusError> {
        orphans::restart(&self.upkeep, handler, types, start).await
    }
}

/// `host-pid-nonce`: no two consumers have one name, not even after a process id was used again.
fn consumer_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{}{count}", host(), std::process::id(), &nonce[..8])
}

/// This machine's name, as far as it says: what workers and operators are called by. Safe to show.
pub fn host() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(char::is_ascii_graphic).take(64).collect();
    if host.is_empty() { "host".to_owned() } else { host }
}
