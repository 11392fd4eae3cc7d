//! Looking a bus on Redis over.

use std::time::Duration;

use async_trait::async_trait;

use tokio::sync::Mutex;

use super::asker::Askers;
use super::closely;
use super::connection::Dialer;
use super::doctor::Examination;
use super::failed::RedisFates;
use super::handlers;
use super::health::Facts;
use super::letters::Tallies;
use super::profile::Layout;
use super::survey::Survey;
use super::{Profile, Settings, receivers};
use crate::bus::{
    BusError, Examined, Fate, HandlerDetail, HandlerReport, Inspector, Intake, Looked, Published, Receivers,
    StreamReport, TenantLock, Writes,
};
use crate::event::{Channel, EventType};

/// Looks one Redis over. Everything it sends is a [`Question`](super::question::Question).
pub(super) struct RedisInspector {
    askers: Askers,
    settings: Settings,
    layout: Layout,
    profile: Profile,
    /// The consumer group of Alga's own workers.
    alga_group: String,
    lease: Duration,
    lock: TenantLock,
    /// Whether publishing tells the Pub/Sub channel of the type as well.
    fanout: bool,
    fates: RedisFates,
    /// Looks at events take turns: many are followed over one connection.
    turn: Mutex<()>,
    tallies: Mutex<Tallies>,
    examination: Examination,
}

impl RedisInspector {
    /// Connects to nothing yet. `may_write`: whether the session may publish, so that `doctor` looks for the right to.
    pub(super) fn new(
        dialer: Dialer,
        settings: &Settings,
        intake: &Intake,
        may_write: bool,
        writes: Writes,
    ) -> Self {
        Self {
            askers: Askers::new(dialer),
            settings: settings.clone(),
            layout: Layout::of(settings),
            profile: settings.profile,
            alga_group: settings.alga_psa.group.clone(),
            lease: settings.lease(),
            fanout: settings.profile == Profile::Native && settings.native.fanout,
            fates: RedisFates::new(settings, intake),
            turn: Mutex::default(),
            lock: intake.lock().clone(),
            tallies: Mutex::default(),
            examination: Examination::new(settings, may_write, writes),
        }
    }
}

#[async_trait]
impl Inspector for RedisInspector {
    async fn streams(&self) -> Result<Looked<StreamReport>, BusError> {
        if self.profile == Profile::PubSub {
            return Err(BusError::Unsupported(
                "the profile pubsub has no streams: a Pub/Sub channel keeps nothing that could be counted"
                    .to_owned(),
            ));
        }
        let mut asker = self.askers.take().await?;
        let survey = Survey::take(&mut asker, &self.layout).await?;
        let streams = survey.report(&mut asker).await?;
        self.askers.give_back(asker).await;
        Ok(streams)
    }

    async fn handlers(&self) -> Result<Looked<HandlerReport>, BusError> {
        if self.profile == Profile::PubSub {
            return Err(BusError::Unsupported(
                "the profile pubsub has no handlers: Pub/Sub keeps no record of who listens to what"
                    .to_owned(),
            ));
        }
        let mut asker = self.askers.take().await?;
        let survey = Survey::take(&mut asker, &self.layout).await?;
        let mut tallies = self.tallies.lock().await;
        tallies.renew(&mut asker, &survey.streams).await?;
        let look = handlers::Look {
            survey: &survey,
            waiting: None,
            layout: &self.layout,
            lock: &self.lock,
            tallies: &tallies,
            alga_group: &self.alga_group,
            lease: self.lease,
        };
        let found = look.take(&mut asker).await?;
        self.askers.give_back(asker).await;
        Ok(Looked { found, denied: survey.denied()? })
    }

    async fn handler(&self, report: &HandlerReport) -> Result<HandlerDetail, BusError> {
        let mut asker = self.askers.take().await?;
        let detail = closely::take(&mut asker, report, &self.layout, &self.lock).await?;
        self.askers.give_back(asker).await;
        Ok(detail)
    }

    async fn receivers(
        &self,
        event_type: &EventType,
        channel: Option<&Channel>,
    ) -> Result<Receivers, BusError> {
        let stream = self.layout.stream_for(event_type, channel).ok_or_else(|| BusError::Refused {
            what: format!("the key of a stream of {event_type} would be too long for this bus"),
            next: "Choose a shorter type or channel, or a shorter prefix in the config.".to_owned(),
        })?;
        let mut asker = self.askers.take().await?;
        let mut receivers = Receivers::default();
        if self.profile != Profile::PubSub {
            receivers =
                receivers::of_stream(&mut asker, &self.layout, self.lease, event_type, &stream).await?;
        }
        if self.fanout || self.profile == Profile::PubSub {
            let (subscribers, patterns) = receivers::of_channel(&mut asker, stream.as_str()).await?;
            (receivers.subscribers, receivers.patterns) = (Some(subscribers), Some(patterns));
        }
        self.askers.give_back(asker).await;
        Ok(receivers)
    }

    async fn fates(&self, published: &Published) -> Result<Vec<Fate>, BusError> {
        if self.profile == Profile::PubSub {
            return Err(BusError::Unsupported(
                "the profile pubsub cannot say what became of an event: a Pub/Sub channel keeps nothing, and nobody \
                 tells what he did with what he heard"
                    .to_owned(),
            ));
        }
        let _turn = self.turn.lock().await;
        let mut asker = self.askers.take().await?;
        let fates = self.fates.of(&mut asker, published).await?;
        self.askers.give_back(asker).await;
        Ok(fates)
    }

    async fn examine(&self) -> Result<Examined, BusError> {
        let mut asker = self.askers.take().await?;
        let (mut examined, lying) = self.examination.examine(&mut asker).await?;
        if let Some(lying) = lying {
            let facts = Facts {
                settings: &self.settings,
                layout: &self.layout,
                lock: &self.lock,
                tallies: &self.tallies,
            };
            examined.bus = Some(facts.gather(&mut asker, lying).await?);
        }
        self.askers.give_back(asker).await;
        Ok(examined)
    }
}
