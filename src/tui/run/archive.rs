//! Pages of what lies on the bus that is watched: asked for beside the event loop, one at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::watching::Watching;
use crate::bus::{ArchivePage, ArchiveQuery, BusError};
use crate::tui::effect::EffectDone;

/// How long a page may take.
const PAGE: Duration = Duration::from_secs(10);

/// What an answer is to the dashboard.
type Told = fn(u64, ArchiveQuery, Result<Box<ArchivePage>, BusError>) -> EffectDone;

/// The question on its way.
pub(super) struct ArchiveDesk {
    answers: mpsc::Sender<EffectDone>,
    told: Told,
    reading: Option<AbortHandle>,
}

impl ArchiveDesk {
    /// One for the list, whose answers go there.
    pub(super) fn new(answers: mpsc::Sender<EffectDone>) -> Self {
        let told: Told = |number, query, answer| EffectDone::ReadBack { number, query, answer };
        Self { answers, told, reading: None }
    }

    /// One for a file: neither it nor the list takes the other's place.
    pub(super) fn to_export(answers: mpsc::Sender<EffectDone>) -> Self {
        let told: Told = |number, query, answer| EffectDone::ReadToExport { number, query, answer };
        Self { answers, told, reading: None }
    }

    /// From now on answers go there: those about another bus reach nobody.
    pub(super) fn meet(&mut self, answers: mpsc::Sender<EffectDone>) {
        self.answers = answers;
    }

    /// Reads a page, in place of the one that is being read. An answer at once is why it is not.
    pub(super) fn read(
        &mut self,
        watching: Option<&Watching>,
        number: u64,
        query: ArchiveQuery,
    ) -> Option<EffectDone> {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
        let Some(watching) = watching else {
            let why = BusError::Unavailable { what: "there is no connection".to_owned() };
            return Some((self.told)(number, query, Err(why)));
        };
        let (archive, answers, told) = (Arc::clone(&watching.archive), self.answers.clone(), self.told);
        let task = tokio::spawn(async move {
            let late = || BusError::Unavailable { what: "reading back took longer than 10 s".to_owned() };
            let page = timeout(PAGE, archive.page(&query)).await.unwrap_or_else(|_| Err(late()));
            // Nobody waits for it any more when the dashboard has ended, or another bus is watched.
            let _ = answers.send(told(number, query, page.map(Box::new))).await;
        });
        self.reading = Some(task.abort_handle());
        None
    }
}
