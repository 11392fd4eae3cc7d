//! What operators did, as the bus records it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{FailedAt, Runs};
use crate::event::EntryId;

/// Something an operator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// A retry plan began.
    PlanStarted,
    /// It went on, after an interruption or a pause.
    PlanResumed,
    /// A person paused it.
    PlanPaused,
    /// It stopped by itself, because too many failed again.
    PlanStopped,
    /// A person cancelled it.
    PlanCancelled,
    /// Everything of it was retried.
    PlanFinished,
    /// Events were edited and retried.
    Edited,
    /// Events were put aside.
    Discarded,
    /// Discarded events were put back among the dead letters.
    Restored,
    /// Pending entries were offered to consumers again.
    Released,
    /// Events were removed for good.
    Purged,
    /// Events of a file were put among the dead letters.
    Imported,
}

impl Deed {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PlanStarted => "plan-started",
            Self::PlanResumed => "plan-resumed",
            Self::PlanPaused => "plan-paused",
            Self::PlanStopped => "plan-stopped",
            Self::PlanCancelled => "plan-cancelled",
            Self::PlanFinished => "plan-finished",
            Self::Edited => "edited",
            Self::Discarded => "discarded",
            Self::Restored => "restored",
            Self::Released => "released",
            Self::Purged => "purged",
            Self::Imported => "imported",
        }
    }

    /// The deed that `word` names.
    pub fn of(word: &str) -> Option<Self> {
        [
            Self::PlanStarted,
            Self::PlanResumed,
            Self::PlanPaused,
            Self::PlanStopped,
            Self::PlanCancelled,
            Self::PlanFinished,
            Self::Edited,
            Self::Discarded,
            Self::Restored,
            Self::Released,
            Self::Purged,
            Self::Imported,
        ]
        .into_iter()
        .find(|deed| deed.word() == word)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One line of the journal. All texts are hostile.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Its position.
    pub id: EntryId,
    /// When, by the broker's clock.
    pub at: DateTime<Utc>,
    /// Who: user and machine, as that machine says.
    pub who: String,
    /// What.
    pub deed: Deed,
    /// Of which plan.
    pub plan: Option<String>,
    /// How many events.
    pub count: u64,
    /// Why, as the operator wrote it.
    pub reason: Option<String>,
    /// More, for people: `206 of 412 done`.
    pub note: Option<String>,
}

/// A retry plan as the bus keeps it, so that it can be gone on with after whoever ran it is gone. Kept for a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPlan {
    /// Its name.
    pub id: String,
    /// Who made it.
    pub who: String,
    /// When it was frozen.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
    /// What runs.
    pub runs: Runs,
    /// The pace, as the command line writes it.
    pub pace: String,
    /// What is retried, in this order.
    pub items: Vec<FailedAt>,
    /// Of those that waited, how often each had been tried when the plan was frozen.
    pub attempts: BTreeMap<FailedAt, u64>,
}
