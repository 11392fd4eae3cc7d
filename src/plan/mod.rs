//! The retry plan: the exact events, frozen; a pace; and what became of each. One engine drives it for the dashboard
//! and for the verbs, through the ports of [`crate::bus`] alone.

mod pace;
mod progress;
mod summary;

pub use pace::{Pace, PaceError};
pub use progress::{Phase, Progress, Tally};
pub use summary::{Share, Summary};

use chrono::{DateTime, Utc};

use crate::bus::{Because, FailedAt, FailedEvent, KeptPlan, Runs};

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
    /// What there is to know of them.
    pub summary: Summary,
}

impl Plan {
    /// Freezes `events`, oldest failure first: who waited longest comes first.
    pub fn freeze(events: &[FailedEvent], at: DateTime<Utc>, who: &str) -> Self {
        let mut order: Vec<&FailedEvent> = events.iter().collect();
        order.sort_by(|a, b| a.failed_at().cmp(&b.failed_at()).then_with(|| a.at.cmp(&b.at)));
        Self {
            id: format!("plan-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]),
            frozen_at: at,
            who: who.to_owned(),
            reason: None,
            runs: Runs::default(),
            pace: Pace::default(),
            items: order.iter().map(|event| event.at.clone()).collect(),
            summary: Summary::of(events, at),
        }
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
        }
    }
}
