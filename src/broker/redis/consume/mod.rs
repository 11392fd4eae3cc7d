//! Handling events on a Redis: consumer groups, one for each handler, and the atomic steps of WIRE.md as scripts.

mod body;
mod finishing;
mod groups;
mod member;
mod script;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::commands::Commands;
use super::connection::Dialer;
use super::profile::Layout;
use crate::bus::{BusError, Consumer, Joining, Membership};
use groups::Groups;
use member::Member;

/// Joins groups on one Redis with the profile `native`.
pub(super) struct RedisConsumer {
    dialer: Dialer,
    commands: Arc<Commands>,
    layout: Layout,
}

impl RedisConsumer {
    /// Connects to nothing yet.
    pub(super) fn new(dialer: Dialer, commands: Arc<Commands>, layout: Layout) -> Self {
        Self { dialer, commands, layout }
    }
}

#[async_trait]
impl Consumer for RedisConsumer {
    async fn join(&self, joining: Joining) -> Result<Arc<dyn Membership>, BusError> {
        let groups = Groups::new(Arc::clone(&self.commands), self.layout.clone(), &joining);
        let member = Member::new(self.dialer.clone(), groups, joining, consumer_name());
        member.begin().await?;
        Ok(Arc::new(member))
    }
}

/// `host-pid-nonce`: no two consumers have one name, not even after a process id was used again.
fn consumer_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host: String = host.trim().chars().filter(char::is_ascii_graphic).take(64).collect();
    let host = if host.is_empty() { "host" } else { host.as_str() };
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{host}-{}-{}{count}", std::process::id(), &nonce[..8])
}
