//! A retry plan that runs, or has run.

use crate::plan::{Phase, Progress, Tally};
use crate::text::{count, display_safe};

/// The plan that was started last, as far as a person must see it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningPlan {
    /// How far it has come.
    pub progress: Progress,
    /// A person asked to hold it.
    pub is_held: bool,
    /// Its end was told.
    pub is_told: bool,
    /// A person has seen its end.
    pub is_hidden: bool,
}

impl RunningPlan {
    /// One that has just been started, of so many events.
    pub fn new(plan: &str, count: u64) -> Self {
        let tally = Tally { left: count, ..Tally::default() };
        let progress = Progress { plan: plan.to_owned(), tally, ..Progress::default() };
        Self { progress, is_held: false, is_told: false, is_hidden: false }
    }

    /// Whether it retries still: leaving would stop it.
    pub fn is_retrying(&self) -> bool {
        !self.progress.phase.is_over() && self.progress.phase != Phase::Following
    }

    /// Whether it is shown: until every outcome is known; where not all succeeded, until a person hides it.
    pub fn is_shown(&self) -> bool {
        let tally = self.progress.tally;
        !(self.is_hidden || self.progress.is_settled() && tally.succeeded == tally.total())
    }

    /// What came of it, in one line. Safe to show.
    pub fn outcome(&self) -> String {
        let Progress { plan, phase, tally, .. } = &self.progress;
        let parts = [
            (tally.succeeded, "succeeded"),
            (tally.dead_again, "failed again"),
            (tally.retrying, "failed again and wait for their next attempt"),
            (tally.running, "still running"),
            (tally.lost, "unknown"),
            (tally.gone, "dealt with by somebody else"),
            (tally.refused, "refused"),
            (tally.left, "not retried"),
        ];
        let said = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n)));
        let said = said.collect::<Vec<_>>().join(", ");
        let how = match phase {
            Phase::Stopped(why) => format!("stopped: {why}; "),
            Phase::Cancelled => "cancelled; ".to_owned(),
            _ => String::new(),
        };
        display_safe(&format!("{plan} {how}{said}")).into_owned()
    }
}
