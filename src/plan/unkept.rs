//! A plan that is not on the bus any more, when some of its events are not there either: whether the bus lost its data, or
//! only the plan is gone. It was kept for a week, and a server that runs out of memory may drop it before. Its start stands in
//! the journal, which is dropped by nobody: it is gone only with the data.

use super::drive::{Driver, told};
use crate::bus::{BusError, Deed};

/// Why a plan stops that finds neither its events nor itself: nobody can go on with it.
pub const DATA_LOST: &str = "the bus lost its data: neither what is left of the plan, nor the plan itself, nor its start in \
    the journal is there any more";
/// As many lines as a journal has.
const LINES: usize = 10_000;

impl Driver {
    /// What it means that the plan is not kept any more: why nothing more can be done; `None` where only the plan is gone.
    /// Then it is kept anew, so that it can be gone on with.
    pub(super) async fn is_unkept(&mut self) -> Result<Option<String>, BusError> {
        let id = &self.plan.id;
        let is_start = |line: &crate::bus::JournalEntry| {
            line.deed == Deed::PlanStarted && line.plan.as_deref() == Some(id.as_str())
        };
        match self.ports.failed.journal(LINES).await {
            Ok(lines) if lines.iter().any(is_start) => {}
            Ok(_) => return Ok(Some(DATA_LOST.to_owned())),
            Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable),
            Err(error) => {
                return Ok(Some(format!(
                    "neither the plan nor some of its events are there any more, and the journal, which would tell \
                     whether the bus lost its data, cannot be read: {}",
                    told(&error)
                )));
            }
        }
        let kept = self.kept.clone().unwrap_or_else(|| self.plan.kept());
        let again = self.ports.operator.keep(&kept).await;
        if !std::mem::replace(&mut self.was_unkept, true) {
            let now = match again {
                Ok(()) => "it is kept anew, and can be gone on with".to_owned(),
                Err(error) => {
                    format!("it could not be kept anew, and cannot be gone on with: {}", told(&error))
                }
            };
            self.shared.note(format!(
                "the bus has not lost its data, but did not keep the plan any more: its week was over, or the server \
                 dropped it for want of memory; {now}"
            ));
        }
        Ok(None)
    }
}
