//! Looking a bus on Redis over.

use async_trait::async_trait;

use super::asker::Askers;
use super::connection::Dialer;
use super::doctor::Examination;
use super::handlers;
use super::profile::Layout;
use super::survey::Survey;
use super::{Profile, Settings};
use crate::bus::{BusError, Finding, HandlerReport, Inspector, StreamReport};

/// Looks one Redis over. Everything it sends is a [`Question`](super::question::Question).
pub(super) struct RedisInspector {
    askers: Askers,
    layout: Layout,
    profile: Profile,
    examination: Examination,
}

impl RedisInspector {
    /// Connects to nothing yet. `writes`: whether the session may publish, so that `doctor` looks for the right to.
    pub(super) fn new(dialer: Dialer, settings: &Settings, writes: bool) -> Self {
        Self {
            askers: Askers::new(dialer),
            layout: Layout::of(settings),
            profile: settings.profile,
            examination: Examination::new(settings, writes),
        }
    }
}

#[async_trait]
impl Inspector for RedisInspector {
    async fn streams(&self) -> Result<Vec<StreamReport>, BusError> {
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

    async fn handlers(&self) -> Result<Vec<HandlerReport>, BusError> {
        if self.profile == Profile::PubSub {
            return Err(BusError::Unsupported(
                "the profile pubsub has no handlers: Pub/Sub keeps no record of who listens to what"
                    .to_owned(),
            ));
        }
        let mut asker = self.askers.take().await?;
        let survey = Survey::take(&mut asker, &self.layout).await?;
        let handlers = handlers::take(&mut asker, &survey, &self.layout).await?;
        self.askers.give_back(asker).await;
        Ok(handlers)
    }

    async fn examine(&self) -> Result<Vec<Finding>, BusError> {
        let mut asker = self.askers.take().await?;
        let findings = self.examination.examine(&mut asker).await?;
        self.askers.give_back(asker).await;
        Ok(findings)
    }
}
