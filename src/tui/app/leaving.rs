//! What would be lost by leaving: the dashboard, or the context that is open.

use super::sending::SentWhat;
use super::{App, RunningPlan};

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
    /// Nobody knows of so many that were sent last, if they are on the bus.
    Doubt(u64),
    /// Something was typed in Compose that was not sent, and is kept nowhere.
    Typed,
    /// The same, in contexts that were left for others in this run.
    TypedElsewhere,
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
        if let n @ 1.. = self.sending.doubts() {
            losses.push(Loss::Doubt(n));
        }
        if self.compose.has_unsent() {
            losses.push(Loss::Typed);
        }
        if self.put_away.values().any(|composed| composed.has_unsent()) {
            losses.push(Loss::TypedElsewhere);
        }
        losses
    }

    /// Whether another context may be opened in place of this one; the reason if not. What was sent last is shown in its
    /// own context alone, and cleared up there.
    pub fn may_leave_context(&self) -> Result<(), &'static str> {
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
