//! Which effects change something on the bus.

use super::Effect;

impl Effect {
    /// Whether it changes anything on the bus: none of these comes of a session that may not.
    pub fn is_acting(&self) -> bool {
        match self {
            Self::Act(_) | Self::StartPlan(_) | Self::ResumePlan | Self::PausePlan | Self::CancelPlan => true,
            Self::Compose(effect) => effect.is_acting(),
            Self::Observe { .. }
            | Self::Reconnect
            | Self::Survey
            | Self::Examine
            | Self::Inspect(_)
            | Self::ReadFailed { .. }
            | Self::ReadJournal { .. }
            | Self::AskRights
            | Self::ShowFailed(_)
            | Self::ReadAround { .. }
            | Self::Foresee(_)
            | Self::ReadBack { .. }
            | Self::ReadToExport { .. }
            | Self::Copy(_)
            | Self::Export(_)
            | Self::EndExport
            | Self::ExportEvents { .. }
            | Self::EditText { .. }
            | Self::Theme(_)
            | Self::Mouse(_)
            | Self::Redraw
            | Self::Suspend
            | Self::Quit(_) => false,
        }
    }
}
