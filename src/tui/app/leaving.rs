//! What would be lost by leaving: the dashboard, or the bus as it is watched.

use super::sending::SentWhat;
use super::{App, Draft, RunningPlan};
use crate::bus::ChannelScope;

/// Something that ends, or is lost, when the dashboard is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// A retry plan is running.
    Plan,
    /// Copies are being sent: so many of so many.
    Copies {
        /// Those that were sent.
        sent: u64,
        /// All of them, where that is known.
        total: Option<u64>,
    },
    /// An event was sent, and is not answered yet.
    Answer,
    /// Events are being written into a file.
    Export,
    /// Failed events are being written into a file.
    ExportOfFailed,
    /// The payload of a failed event was edited, and not sent.
    Edited,
    /// Nobody knows of so many that were sent last, if they are on the bus.
    Doubt(u64),
    /// Something was typed in Compose that was not sent, and is kept nowhere.
    Typed,
    /// The same, in contexts that were left for others in this run.
    TypedElsewhere,
}

/// What is watched in place of what is watched now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// Another context.
    Context(String),
    /// Other channels of this one, which is read anew.
    Channels(ChannelScope),
    /// The same once more, where watching it has ended.
    Anew,
}

impl App {
    /// What would be lost by leaving the dashboard now.
    pub fn losses(&self) -> Vec<Loss> {
        let mut losses = Vec::new();
        if self.plan.as_ref().is_some_and(RunningPlan::is_retrying) {
            losses.push(Loss::Plan);
        }
        match &self.sending.last {
            Some(SentWhat::Many(many)) if self.sending.is_busy() => {
                losses.push(Loss::Copies { sent: many.progress.asked, total: many.progress.total });
            }
            Some(SentWhat::One(_)) if self.sending.is_busy() => losses.push(Loss::Answer),
            _ => {}
        }
        self.lose_exports(&mut losses, true);
        if let n @ 1.. = self.sending.doubts() {
            losses.push(Loss::Doubt(n));
        }
        if self.draft.as_deref().is_some_and(Draft::is_changed) {
            losses.push(Loss::Edited);
        }
        if self.compose.has_unsent() {
            losses.push(Loss::Typed);
        }
        if self.put_away.values().any(|composed| composed.has_unsent()) {
            losses.push(Loss::TypedElsewhere);
        }
        losses
    }

    /// What would be lost by going there. What was composed is put away, and comes back with its context.
    pub fn lost_by(&self, goal: &Goal) -> Vec<Loss> {
        let leaves_context = matches!(goal, Goal::Context(_));
        let mut losses = Vec::new();
        if self.draft.as_deref().is_some_and(Draft::is_changed) {
            losses.push(Loss::Edited);
        }
        if leaves_context && self.plan.as_ref().is_some_and(RunningPlan::is_retrying) {
            losses.push(Loss::Plan);
        }
        // What is read of failed events goes by their own places, which are the same however the bus is watched.
        self.lose_exports(&mut losses, leaves_context);
        losses
    }

    /// Whether a file of events that is whole by now is being put in its place.
    pub fn keeps_file(&self) -> bool {
        self.events.exporting.as_deref().is_some_and(|exporting| exporting.keeps)
    }

    /// A file that is whole by now stays in any case.
    fn lose_exports(&self, losses: &mut Vec<Loss>, with_failed: bool) {
        if self.events.exporting.as_deref().is_some_and(|exporting| !exporting.keeps) {
            losses.push(Loss::Export);
        }
        if with_failed && self.failed.exporting.is_some() {
            losses.push(Loss::ExportOfFailed);
        }
    }

    /// Whether that may be watched now; the reason if not. What was sent last is shown in its own context alone, and cleared
    /// up there.
    pub fn may_go_to(&self, goal: &Goal) -> Result<(), &'static str> {
        if self.keeps_file() {
            // Nobody would be told whether it is there.
            return Err("a file is being put in its place: once more when that is told");
        }
        if !matches!(goal, Goal::Context(_)) {
            return Ok(());
        }
        if self.sending.is_busy() {
            return Err("what was sent last is not answered yet: wait for it");
        }
        if self.sending.doubts() > 0 {
            return Err(
                "nobody knows yet if what was sent last is on the bus: send it again in Compose first, \
                        which makes no double",
            );
        }
        Ok(())
    }
}
