//! Whether the event loop goes on.

use std::ops::ControlFlow;

use crate::tui::effect::ExitReason;

/// Goes on, or ends.
pub(super) type Step = ControlFlow<ExitReason>;

/// A terminal that cannot be written is gone: there is nobody to tell, and trying again would spin.
pub(super) fn gone_on_error(written: std::io::Result<()>) -> Step {
    match written {
        Ok(()) => Step::Continue(()),
        Err(error) => {
            tracing::info!(%error, "the terminal is gone");
            Step::Break(ExitReason::TerminalGone)
        }
    }
}
