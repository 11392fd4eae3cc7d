//! What lies on that broker, and what became of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{Does, Fake, event, retried};
use crate::bus::{
    BusError, Deed, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedQueue, FailedWhole, Followed,
    Follower, Foreseen, JournalEntry, KeptPlan, Retried, RetriedBy, Runs, Verb,
};
use crate::event::{EntryId, StreamKey};

#[async_trait]
impl FailedQueue for Fake {
    async fn read(&self, _: &FailedQuery, out: mpsc::Sender<FailedPage>) -> Result<(), BusError> {
        // What lies there still, and what is a dead letter again.
        let lying = self.table(|table| {
            let kept = table.kept.iter().flat_map(|plan| plan.items.iter().cloned());
            kept.filter(|at| !table.done.contains_key(at) && table.does.get(at) != Some(&Does::IsGone))
                .collect::<Vec<_>>()
        });
        let dead = self.table(|table| {
            let dies = |at: &FailedAt| table.does.get(at) == Some(&Does::Dies);
            let again = table.done.iter().filter(|(at, _)| dies(at));
            again.map(|(at, plan)| (at.clone(), plan.clone())).collect::<Vec<_>>()
        });
        let events =
            dead.into_iter().map(|(at, plan)| FailedEvent { at, plan: Some(plan.into()), ..event(0) });
        let lying = lying.into_iter().map(|at| FailedEvent { at, error: None, ..event(0) });
        let events = events.chain(lying).collect();
        let _ = out.send(FailedPage { events, ..FailedPage::default() }).await;
        Ok(())
    }

    async fn whole(&self, _: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
        unreachable!("a running plan looks at none closely")
    }

    async fn foresee(&self, _: &[FailedEvent], _: Runs) -> Result<Foreseen, BusError> {
        unreachable!("a running plan foresees nothing")
    }

    fn follower(&self, _: &str) -> Box<dyn Follower> {
        Box::new(Follows { fake: self.clone(), open: HashSet::new(), told: HashMap::new() })
    }

    async fn journal(&self, at_most: usize) -> Result<Vec<JournalEntry>, BusError> {
        let lines = self.table(|table| table.journal.clone());
        let line = |(deed, note, plan): (Deed, String, Option<String>)| JournalEntry {
            id: EntryId::new(1, 0),
            at: DateTime::default(),
            who: "jo@web-1".to_owned(),
            deed,
            plan,
            count: 0,
            reason: None,
            note: Some(note),
        };
        Ok(lines.into_iter().rev().take(at_most).map(line).collect())
    }

    async fn plan(&self, id: &str) -> Result<Option<KeptPlan>, BusError> {
        Ok(self.table(|table| table.kept.iter().find(|plan| plan.id == id).cloned()))
    }

    async fn retried_by(
        &self,
        plan: &str,
        _: DateTime<Utc>,
        streams: &BTreeSet<StreamKey>,
    ) -> Result<RetriedBy, BusError> {
        Ok(self.table(|table| {
            let is_ours = |(at, by): &(&FailedAt, &String)| *by == plan && !table.trimmed.contains(*at);
            let retried = table.done.iter().filter(is_ours).map(|(at, _)| retried(at, plan, true));
            let trimmed = if table.trimmed.is_empty() { BTreeSet::new() } else { streams.clone() };
            RetriedBy { retried: retried.collect(), trimmed }
        }))
    }

    async fn may(&self, _: Verb) -> Result<(), BusError> {
        unreachable!("a running plan may")
    }
}

struct Follows {
    fake: Fake,
    open: HashSet<FailedAt>,
    told: HashMap<FailedAt, Followed>,
}

#[async_trait]
impl Follower for Follows {
    fn add(&mut self, retried: &[Retried]) {
        self.open.extend(retried.iter().map(|retried| retried.from.clone()));
    }

    async fn look(&mut self) -> Result<Vec<(FailedAt, Followed)>, BusError> {
        let open = &self.open;
        let outcomes = self.fake.table(|table| {
            if table.following_is_shut {
                let (what, next) = ("no right to XRANGE".to_owned(), "Grant it.".to_owned());
                return Err(BusError::Refused { what, next });
            }
            let outcome = |at: &FailedAt| {
                let looks = table.looked.entry(at.clone()).or_insert(0);
                *looks += 1;
                let outcome = match table.does.get(at).copied().unwrap_or(Does::Succeeds(0)) {
                    Does::Succeeds(after) if *looks <= after => Followed::Pending,
                    Does::Dies => Followed::DeadAgain,
                    Does::Stumbles if *looks < 4 => Followed::Retrying,
                    Does::Succeeds(_) | Does::Stumbles => Followed::Succeeded,
                    Does::IsLost => Followed::Lost,
                    Does::Hangs | Does::IsGone | Does::IsRefused => Followed::Pending,
                };
                (at.clone(), outcome)
            };
            Ok(open.iter().map(outcome).collect::<Vec<_>>())
        })?;
        self.open.retain(|at| !outcomes.iter().any(|(of, outcome)| of == at && outcome.is_final()));
        Ok(outcomes
            .into_iter()
            .filter(|(at, outcome)| self.told.insert(at.clone(), *outcome) != Some(*outcome))
            .collect())
    }
}
