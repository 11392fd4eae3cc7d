//! What an earlier run of the same plan did: known before anything is retried, so that it is neither done again nor taken
//! for somebody else's work, and uses up no pace.

use std::collections::{BTreeSet, HashSet};

use tokio::sync::mpsc;

use super::drive::{Driver, told};
use crate::bus::{BusError, FailedAt, FailedPage, FailedQuery, FailedSource, Retried, RetriedBy};
use crate::text::count;

impl Driver {
    /// Books what the plan did before, and follows it. What is left is what is neither recorded nor, where records were
    /// trimmed, gone.
    pub(super) async fn look_back(&mut self) -> Result<(), String> {
        let by = self.retried_by(&self.plan.items).await;
        let by = by.map_err(|error| format!("what it did before cannot be read: {}", told(&error)))?;
        let recorded: HashSet<&FailedAt> = by.retried.iter().map(|retried| &retried.from).collect();
        let mut left = self.plan.items.clone();
        left.retain(|at| !recorded.contains(at));
        drop(recorded);
        self.take_back(by.retried);
        self.trimmed = by.trimmed;
        if left.iter().any(|at| self.trimmed.contains(at.stream()))
            && let Some(lying) = self.lying(&left).await
        {
            let is_gone = |at: &FailedAt| self.trimmed.contains(at.stream()) && !lying.contains(at);
            self.shared.book(|books| left.iter().filter(|at| is_gone(at)).for_each(|at| books.untold(at)));
            left.retain(|at| !is_gone(at));
            // What lies there now, and not when its turn comes, is another's work.
            self.trimmed.clear();
        }
        self.plan.items = left;
        Ok(())
    }

    /// What this plan has retried of `events`, and of others of their types.
    pub(super) async fn retried_by(&self, events: &[FailedAt]) -> Result<RetriedBy, BusError> {
        let streams: BTreeSet<_> = events.iter().map(FailedAt::stream).cloned().collect();
        self.ports.failed.retried_by(&self.plan.id, self.plan.frozen_at, &streams).await
    }

    /// Books what the records say that this plan has retried. Answers how many count as retried in this run.
    pub(super) fn take_back(&self, retried: Vec<Retried>) -> usize {
        let fresh = self
            .shared
            .book(|books| retried.iter().filter(|retried| books.retried(&retried.from, true)).count());
        self.shared.follow(retried);
        fresh
    }

    /// Those of `events` that lie there; `None` where not everything could be looked at.
    async fn lying(&self, events: &[FailedAt]) -> Option<HashSet<FailedAt>> {
        let query = FailedQuery::of([FailedSource::Waiting, FailedSource::DeadLetters]);
        let (out, pages) = mpsc::channel(2);
        let (read, lying) = tokio::join!(self.ports.failed.read(&query, out), among(pages, events));
        read.is_ok().then_some(lying).flatten()
    }

    /// Says what there was to find of an earlier run.
    pub(super) fn say_what_was_before(&self) {
        let (tally, fresh, untold) =
            self.shared.book(|books| (books.tally(), books.fresh(), books.untold_of()));
        if untold > 0 {
            self.shared.note(format!(
                "of {} that are gone it is not known whether this plan retried them before: their records are not kept any more",
                count(untold)
            ));
        }
        if !self.plan.resumed || tally.left + tally.refused + fresh.retried() > 0 {
            return;
        }
        let others = tally.gone + untold;
        self.shared.note(match others {
            0 => "nothing was left: all of it was retried before".to_owned(),
            others => format!(
                "nothing was left: {} were retried before, and {} are gone",
                count(tally.retried() - untold),
                count(others)
            ),
        });
    }
}

/// Those of `events` that are on the pages; `None` where something of the bus is not on them.
async fn among(mut pages: mpsc::Receiver<FailedPage>, events: &[FailedAt]) -> Option<HashSet<FailedAt>> {
    let wanted: HashSet<&FailedAt> = events.iter().collect();
    let (mut lying, mut is_whole) = (HashSet::new(), true);
    while let Some(page) = pages.recv().await {
        is_whole &=
            page.other_tenants + page.unattributed == 0 && page.denied.is_empty() && page.unseen.is_none();
        lying.extend(page.events.into_iter().map(|event| event.at).filter(|at| wanted.contains(at)));
    }
    is_whole.then_some(lying)
}
