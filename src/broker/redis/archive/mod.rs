//! Reading back what lies in the streams, a page at a time: ids are time, so any place is as near as any other.

mod merge;
mod sources;

use async_trait::async_trait;
use tokio::sync::Mutex;

use merge::Merge;
use sources::Sources;

use super::Settings;
use super::asker::Askers;
use super::connection::Dialer;
use super::feed::Place;
use super::profile::Layout;
use crate::bus::{Archive, ArchivePage, ArchiveQuery, BusError, Intake, PageOf};
use crate::event::EventType;

/// Reads pages from one Redis. Everything it sends is a [`Question`](super::question::Question).
pub(super) struct RedisArchive {
    askers: Askers,
    layout: Layout,
    intake: Intake,
    /// The streams as they were found. Whoever asks waits for who asked before.
    sources: Mutex<Sources>,
}

impl RedisArchive {
    /// Connects to nothing yet.
    pub(super) fn new(dialer: Dialer, settings: &Settings, intake: Intake) -> Self {
        Self { askers: Askers::new(dialer), layout: Layout::of(settings), intake, sources: Mutex::default() }
    }
}

#[async_trait]
impl Archive for RedisArchive {
    async fn page(&self, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        self.read(query, |_| true).await
    }

    async fn page_of(&self, event_type: &EventType, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        let mut page = self.read(query, |place| place.event_type.as_ref() == Some(event_type)).await?;
        page.keep_type(event_type);
        Ok(page)
    }
}

impl RedisArchive {
    /// A page of the streams that are wanted.
    async fn read(
        &self,
        query: &ArchiveQuery,
        wants: impl Fn(&Place) -> bool + Send,
    ) -> Result<ArchivePage, BusError> {
        let mut sources = self.sources.lock().await;
        let mut asker = self.askers.take().await?;
        sources.renew(&mut asker, &self.layout, query).await?;
        let settled = sources.found_at().and_then(|ms| query.settled(ms));
        let mut merge = Merge::new(sources.of(&query.channels).filter(|place| wants(place)), query);
        let mut page = merge.fill(&mut asker, PageOf::new(query, &self.intake)).await?;
        self.askers.give_back(asker).await;
        page.settled = settled;
        Ok(page)
    }
}
