//! Acting on failed events: one script per step, sent in pipelines, and sent again where the answer was lost.

mod before;
mod discard;
mod import;
mod known;
mod look;
mod preview;
mod purge;
mod record;
mod records;
mod release;
mod restore;
mod retry;
mod step;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};

use super::commands::Commands;
use super::profile::Layout;
use super::{Profile, Settings};
use crate::bus::{
    Action, ActionError, Because, BusError, Deed, DiscardOrder, Exported, FailedAt, Importer, Intake,
    KeptPlan, Operator, Retried, RetryOrder,
};
use crate::event::{EventType, StreamKey};

pub(super) use records::KeptItem;

pub(super) use records::RETRIED as RECORDS_OF_RETRIES;

/// Acts on failed events of one Redis.
pub(super) struct RedisOperator {
    commands: Arc<Commands>,
    layout: Layout,
    ways: Ways,
    intake: Intake,
    max_event_bytes: usize,
}

/// What differs between the profiles.
enum Ways {
    Native {
        /// Whether a new event is published on Pub/Sub as well.
        fanout: bool,
    },
    AlgaPsa {
        /// Where Alga trims its streams.
        max_stream_length: u64,
        /// After so long without a word Alga claims an entry again.
        claim_timeout: Duration,
    },
}

impl RedisOperator {
    /// Connects to nothing yet. The profile must be one that keeps failed events.
    pub(super) fn new(commands: Arc<Commands>, settings: &Settings, intake: Intake) -> Self {
        let ways = match settings.profile {
            Profile::Native | Profile::PubSub => Ways::Native { fanout: settings.native.fanout },
            Profile::AlgaPsa => Ways::AlgaPsa {
                max_stream_length: settings.alga_psa.max_stream_length,
                claim_timeout: Duration::from_millis(settings.alga_psa.claim_timeout_ms),
            },
        };
        let (layout, max_event_bytes) = (Layout::of(settings), settings.max_event_bytes);
        Self { commands, layout, ways, intake, max_event_bytes }
    }

    /// The type that `stream` is named for. Nothing else is acted on: a name may come from anywhere.
    fn type_of(&self, stream: &StreamKey) -> Result<EventType, ActionError> {
        let not_ours =
            || ActionError::Unsuitable(format!("{stream} is no stream of an event type on this bus"));
        self.layout.type_of(stream).ok_or_else(not_ours)
    }
}

/// A time as the bus writes it.
fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[async_trait]
impl Operator for RedisOperator {
    async fn retry(
        &self,
        orders: &[RetryOrder],
        because: &Because,
    ) -> Result<Vec<Result<Retried, ActionError>>, BusError> {
        retry::retry(self, orders, because).await
    }

    async fn discard(
        &self,
        orders: &[DiscardOrder],
        because: &Because,
    ) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
        discard::discard(self, orders, because).await
    }

    async fn restore(&self, events: &[FailedAt]) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
        restore::restore(self, events).await
    }

    async fn release(
        &self,
        events: &[FailedAt],
        force: bool,
    ) -> Result<Vec<Result<Option<String>, ActionError>>, BusError> {
        release::release(self, events, force).await
    }

    async fn purge(&self, events: &[FailedAt]) -> Result<Vec<Result<(), ActionError>>, BusError> {
        purge::purge(self, events).await
    }

    fn importer(&self, letters: Vec<Exported>, again: bool) -> Box<dyn Importer + '_> {
        Box::new(import::RedisImporter::new(self, letters, again))
    }

    fn preview(&self, order: &RetryOrder, because: &Because) -> Vec<String> {
        preview::preview(self, order, because)
    }

    fn preview_action(&self, action: &Action<'_>, because: &Because) -> Vec<String> {
        preview::action(self, action, because)
    }

    async fn record(
        &self,
        deed: Deed,
        because: &Because,
        count: u64,
        note: Option<&str>,
    ) -> Result<(), BusError> {
        record::record(self, deed, because, count, note).await
    }

    async fn keep(&self, plan: &KeptPlan) -> Result<(), BusError> {
        record::keep(self, plan).await
    }
}
