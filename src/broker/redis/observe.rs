//! Watching a bus on Redis. Not here yet.

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::connection::Dialer;
use crate::bus::{BusError, BusSignal, Intake, Observer, Watch};

/// Watches one Redis.
pub(super) struct RedisObserver;

impl RedisObserver {
    /// Connects to nothing yet.
    pub(super) fn new(_dialer: Dialer, _settings: &Settings, _intake: Intake) -> Self {
        Self
    }
}

#[async_trait]
impl Observer for RedisObserver {
    async fn observe(
        &self,
        _watch: Watch,
        _out: mpsc::Sender<BusSignal>,
        _stop: CancellationToken,
    ) -> Result<(), BusError> {
        Err(BusError::Unsupported("watching a Redis is not wired yet".to_owned()))
    }
}
