//! The retry plan: the exact events, frozen; a pace; and what became of each. One engine drives it for the dashboard
//! and for the verbs, through the ports of [`crate::bus`] alone.

mod before;
mod books;
mod drive;
mod engine;
mod follow;
mod pace;
mod progress;
mod ramp;
mod shared;
mod step;
mod summary;
mod unattended;
mod unkept;
mod why;

pub use engine::{Ports, Running, start};
pub use pace::{Pace, PaceError};
pub use progress::{Phase, Progress, Tally};
pub use summary::{Share, Summary, shares};
pub use unattended::note_unattended;
pub use unkept::DATA_LOST;

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use crate::bus::{Because, FailedAt, FailedEvent, KeptPlan, RetryOrder, Runs};

/// A retry plan: what is retried, frozen. What fails later is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its name, unlike that of any other: `plan-7f3a9c`.
    pub id: String,
    /// When it was frozen.
    pub frozen_at: DateTime<Utc>,
    /// Who made it: `jo@web-1`.
    pub who: String,
    /// Why, as the operator wrote it.
    pub reason: Option<String>,
    /// What runs.
    pub runs: Runs,
    /// How fast.
    pub pace: Pace,
    /// What is retried, in this order.
    pub items: Vec<FailedAt>,
    /// Of those that wait, how often each was tried: what is tried meanwhile is not what was frozen.
    pub attempts: BTreeMap<FailedAt, u64>,
    /// What there is to know of them.
    pub summary: Summary,
    /// It was started before, and is gone on with.
    pub resumed: bool,
}

impl Plan {
    /// Freezes `events`, oldest failure first: who waited longest comes first. What was read twice is in it once.
    pub fn freeze<E: Borrow<FailedEvent>>(events: &[E], at: DateTime<Utc>, who: &str) -> Self {
        let events = events.iter().map(Borrow::borrow);
        let mut seen = HashSet::new();
        let mut order: Vec<&FailedEvent> = events.filter(|event| seen.insert(&event.at)).collect();
        order.sort_by(|a, b| a.failed_at().cmp(&b.failed_at()).then_with(|| a.at.cmp(&b.at)));
        let waits = |event: &&&FailedEvent| matches!(event.at, FailedAt::Waiting { .. });
        let tried = |event: &&FailedEvent| Some((event.at.clone(), event.attempts?));
        Self {
            id: format!("plan-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]),
            frozen_at: at,
            who: who.to_owned(),
            reason: None,
            runs: Runs::default(),
            pace: Pace::default(),
            items: order.iter().map(|event| event.at.clone()).collect(),
            attempts: order.iter().filter(waits).filter_map(tried).collect(),
            summary: Summary::of(order.iter().copied(), at),
            resumed: false,
        }
    }

    /// Goes on with a plan that was kept: the same events under the same name. What it retried before is found in
    /// the broker's records when it starts, and followed, too, without using up the pace. `who` does it now.
    ///
    /// # Errors
    /// When its pace cannot be read: it was kept by another version of Tidings.
    pub fn resume(kept: KeptPlan, who: &str) -> Result<Self, PaceError> {
        let pace = kept.pace.parse()?;
        let mut seen = HashSet::new();
        let mut items = kept.items;
        items.retain(|at| seen.insert(at.clone()));
        Ok(Self {
            id: kept.id,
            frozen_at: kept.at,
            who: who.to_owned(),
            reason: kept.reason,
            runs: kept.runs,
            pace,
            summary: Summary { count: items.len() as u64, ..Summary::default() },
            items,
            attempts: kept.attempts,
            resumed: true,
        })
    }

    /// How many of `events`, which the same selection takes now, came since it was frozen: '+6 since'. They are not in
    /// it, and what it retried itself is not counted. Times are the broker's, and `frozen_at` is ours.
    pub fn late<'a>(&self, events: impl IntoIterator<Item = &'a FailedEvent>) -> usize {
        let since = |event: &&FailedEvent| {
            event.failed_at().is_some_and(|at| at > self.frozen_at)
                && event.plan.as_deref() != Some(self.id.as_str())
        };
        let late: Vec<_> = events.into_iter().filter(since).collect();
        if late.is_empty() {
            return 0;
        }
        let frozen: HashSet<&FailedAt> = self.items.iter().collect();
        late.into_iter().filter(|event| !frozen.contains(&event.at)).count()
    }

    /// The order to retry what lies `at`.
    pub fn order(&self, at: &FailedAt) -> RetryOrder {
        RetryOrder { attempts: self.attempts.get(at).copied(), ..RetryOrder::new(at.clone(), self.runs) }
    }

    /// On whose behalf its steps are done.
    pub fn because(&self) -> Because {
        Because { who: self.who.clone(), plan: Some(self.id.clone()), reason: self.reason.clone() }
    }

    /// As the bus keeps it.
    pub fn kept(&self) -> KeptPlan {
        KeptPlan {
            id: self.id.clone(),
            who: self.who.clone(),
            at: self.frozen_at,
            reason: self.reason.clone(),
            runs: self.runs,
            pace: self.pace.to_string(),
            items: self.items.clone(),
            attempts: self.attempts.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
