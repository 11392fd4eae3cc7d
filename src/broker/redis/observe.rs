//! Watching a Redis: the port, over streams or over Pub/Sub.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::connection::Dialer;
use super::feed::{Halt, feed};
use super::listen::Listener;
use super::profile::Layout;
use super::watch::StreamWatch;
use super::{Profile, Settings};
use crate::bus::{BusError, BusSignal, Intake, Observer, Watch};
use crate::event::StreamKey;

/// Watches one Redis. Each watch has a connection of its own and sends read commands only.
pub(super) struct RedisObserver {
    dialer: Dialer,
    layout: Layout,
    /// The pattern to subscribe to, where Pub/Sub is listened to.
    pattern: Option<StreamKey>,
    intake: Intake,
    nudge: Arc<Notify>,
}

impl RedisObserver {
    /// Checks the settings. Connects to nothing.
    pub(super) fn new(dialer: Dialer, settings: &Settings, intake: Intake) -> Result<Self, BusError> {
        let pattern = match settings.profile {
            Profile::Native | Profile::AlgaPsa => None,
            Profile::PubSub => {
                Some(StreamKey::new(&settings.pubsub.pattern).map_err(|error| BusError::Fatal {
                    what: format!("the pattern of the profile pubsub: {error}"),
                    next: "correct pubsub.pattern in the config; 'event::*' is the default".to_owned(),
                })?)
            }
        };
        Ok(Self { dialer, layout: Layout::of(settings), pattern, intake, nudge: Arc::default() })
    }

    async fn read(
        &self,
        watch: Watch,
        out: mpsc::Sender<BusSignal>,
        stop: CancellationToken,
    ) -> Result<(), Halt> {
        let (feed, judge) = feed(self.intake.clone(), self.pattern.is_none(), out, stop);
        let judging = tokio::spawn(judge.run());
        let (dialer, layout, nudge) = (self.dialer.clone(), self.layout.clone(), Arc::clone(&self.nudge));
        let outcome = match &self.pattern {
            None => StreamWatch::new(dialer, layout, watch, self.intake.clone(), feed, nudge).run().await,
            Some(pattern) => Listener::new(dialer, layout, pattern.clone(), &watch, feed, nudge).run().await,
        };
        // What was read before the end is still to be judged and sent.
        match judging.await {
            Ok(()) => outcome,
            Err(error) => Err(Halt::Failed(BusError::Unsupported(format!(
                "judging what was read broke off: {error}; this is a fault of Tidings, please report it"
            )))),
        }
    }
}

#[async_trait]
impl Observer for RedisObserver {
    async fn observe(
        &self,
        watch: Watch,
        out: mpsc::Sender<BusSignal>,
        stop: CancellationToken,
    ) -> Result<(), BusError> {
        match Box::pin(self.read(watch, out, stop)).await {
            Ok(()) | Err(Halt::Stopped) => Ok(()),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    fn nudge(&self) {
        self.nudge.notify_waiters();
    }
}
