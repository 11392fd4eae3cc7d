//! What a form asks about: the events, and what was chosen of them so far.

use std::collections::HashMap;
use std::sync::Arc;

use crate::bus::{BusError, FailedAt, FailedEvent, Foreseen, RetryOrder, Runs};
use crate::event::NewEvent;
use crate::monitor::{GroupKey, normalise};
use crate::plan::{Plan, Share, Summary};
use crate::text::plural;

/// An export before it is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportDraft<At = FailedAt> {
    /// What is marked, else what is under the cursor.
    pub chosen: Vec<At>,
    /// Everything that is shown.
    pub shown: Vec<At>,
    /// Whether everything that is shown is written.
    pub takes_shown: bool,
    /// How many more are marked, and left out: they do not pass filter and tenant.
    pub hidden: usize,
    /// The file that is there already: the same name once more replaces it.
    pub exists: Option<String>,
}

impl<At> ExportDraft<At> {
    /// Those that are written.
    pub fn events(&self) -> &[At] {
        if self.takes_shown { &self.shown } else { &self.chosen }
    }

    /// Whether there is a choice between what is selected and all.
    pub(super) fn has_choice(&self) -> bool {
        !self.chosen.is_empty() && self.shown.len() > self.chosen.len()
    }
}

impl ExportDraft {
    /// How many of them `tidings failed import` puts back.
    pub fn importable(&self) -> usize {
        let is_letter =
            |at: &&FailedAt| matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Discarded { .. });
        self.events().iter().filter(is_letter).count()
    }
}

/// Says how many are marked and left out.
pub fn marked_hidden(n: usize) -> String {
    let (one, more) = ("marked event does", "marked events do");
    format!("{} not pass filter and tenant: left out", plural(n as u64, one, more))
}

/// Events that were chosen for something.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The events.
    pub events: Vec<Arc<FailedEvent>>,
    /// What they are made of.
    pub summary: Summary,
    /// Their errors, without what differs from one to the next.
    pub errors: Vec<Share>,
    /// Why others that were chosen are left out, for people.
    pub notes: Vec<String>,
}

/// What the events of a plan were taken from: what comes there later is told of.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// All that passes filter and tenant.
    Shown,
    /// A group.
    Group(GroupKey),
    /// One by one: nothing that comes later is meant.
    Named,
}

/// A plan before it is started.
#[derive(Debug, Clone)]
pub struct RetryDraft {
    /// The plan.
    pub plan: Plan,
    /// Its events.
    pub events: Vec<Arc<FailedEvent>>,
    /// What it would do; nothing while that is asked.
    pub foreseen: Option<Result<Foreseen, BusError>>,
    /// The exact commands for the first event.
    pub commands: Vec<String>,
    /// What its events were taken from.
    pub origin: Origin,
    /// How many came there since.
    pub late: usize,
    /// Their errors, without what differs from one to the next.
    pub errors: Vec<Share>,
    /// Why others that were chosen are left out, for people.
    pub notes: Vec<String>,
}

/// An edited event before it is sent.
#[derive(Debug, Clone)]
pub struct EditedDraft {
    /// As it lies.
    pub event: Arc<FailedEvent>,
    /// Its payload as it lies, and as it is to be.
    pub before: String,
    /// The event as it will be sent.
    pub after: NewEvent,
    /// What its type's schema says against it, if anything.
    pub faults: Vec<String>,
    /// The exact commands.
    pub commands: Vec<String>,
}

/// What the errors of `summary` have in common, the largest share first. It takes a while for very many: of these the
/// most frequent are looked at, and the others are one share.
pub fn errors_in_common(summary: &Summary) -> Vec<Share> {
    const LOOKED_AT: usize = 20_000;
    let mut counts: HashMap<String, u64> = HashMap::new();
    for (at, share) in summary.errors.iter().enumerate() {
        let name = if at < LOOKED_AT { normalise(&share.name) } else { "(others)".to_owned() };
        *counts.entry(name).or_default() += share.count;
    }
    let mut shares: Vec<Share> = counts.into_iter().map(|(name, count)| Share { name, count }).collect();
    shares.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    shares
}

impl EditedDraft {
    /// The order for it.
    pub fn order(&self) -> RetryOrder {
        RetryOrder {
            edited: Some(self.after.clone()),
            ..RetryOrder::new(self.event.at.clone(), Runs::Failed)
        }
    }
}
