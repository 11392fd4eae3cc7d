//! One read over all sources: what is small first, then the others in rounds.

use tokio::sync::mpsc;

use super::lying::Look;
use super::pager::{Pager, Stop};
use super::records::Records;
use super::unfit::Budget;
use super::{Scope, pending, retried, rounds, unfit, waiting};
use crate::broker::redis::asker::Asker;
use crate::bus::{BusError, FailedPage, FailedQuery, FailedSource};

/// What a read works with.
pub(super) struct Reading<'a> {
    pub(super) asker: &'a mut Asker,
    pub(super) scope: &'a Scope,
    pub(super) records: Records,
    pub(super) pager: Pager,
}

/// Sends what `query` asks for, until all was sent or nobody wants more.
pub(super) async fn read(
    asker: &mut Asker,
    scope: &Scope,
    query: &FailedQuery,
    out: mpsc::Sender<FailedPage>,
) -> Result<(), BusError> {
    let look = Look::take(asker, &scope.layout, &query.sources).await?;
    let first = FailedPage {
        totals: Some(look.totals(&query.sources)),
        lying: look.letters(),
        denied: look.denied(),
        ..FailedPage::default()
    };
    let mut reading = Reading {
        asker,
        scope,
        records: scope.records(),
        pager: Pager::new(out, scope.lock.clone(), query.at_most, first),
    };
    let wants_unfit = query.sources.contains(&FailedSource::Invalid);
    let mut unfit = wants_unfit.then(|| unfit::Look::over(&look.lying, scope));
    let ended = reading.sources(&look, query, unfit.as_mut()).await;
    if let (Some(unfit), Ok(()) | Err(Stop::Enough)) = (unfit, &ended) {
        unfit.end(&mut reading.pager, scope);
    }
    let flushed = match ended {
        Ok(()) | Err(Stop::Enough) => reading.pager.flush().await,
        Err(Stop::Failed(error)) => return Err(error),
    };
    match flushed {
        Ok(()) | Err(Stop::Enough) => Ok(()),
        Err(Stop::Failed(error)) => Err(error),
    }
}

impl Reading<'_> {
    async fn sources(
        &mut self,
        look: &Look,
        query: &FailedQuery,
        mut unfit: Option<&mut unfit::Look<'_>>,
    ) -> Result<(), Stop> {
        if query.at_most == Some(0) {
            return Err(Stop::Enough);
        }
        let wants = |source| query.sources.contains(&source);
        if wants(FailedSource::Pending) {
            pending::read(self, &look.lying).await?;
        }
        if wants(FailedSource::Waiting) {
            waiting::read(self, &look.lying).await?;
            rounds::read(self, rounds::due(&look.lying)).await?;
        }
        // They are not held back for the sake of a full page: a person is waiting for them.
        self.pager.flush_events().await?;
        if let Some(unfit) = &mut unfit {
            unfit.go_on(self, Budget::FIRST).await?;
            self.pager.flush_events().await?;
        }
        let mut streams = Vec::new();
        if wants(FailedSource::DeadLetters) {
            streams.extend(rounds::letters(&look.lying, &query.after));
        }
        if wants(FailedSource::Discarded) {
            streams.extend(rounds::discarded(&look.lying, &self.scope.layout));
        }
        rounds::read(self, streams).await?;
        if let Some(unfit) = unfit {
            // Who sets no bounds wants all; who does will ask again.
            let rest = if query.at_most.is_none() { Budget::ALL } else { Budget::REST };
            unfit.go_on(self, rest).await?;
        }
        if wants(FailedSource::Retried) {
            retried::read(self, &look.lying).await?;
        }
        Ok(())
    }
}
