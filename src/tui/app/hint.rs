//! What the footer says of a key, where that depends on what is shown.

use super::{App, Popup, View};
use crate::tui::action::Action;

impl App {
    /// What the footer says of `action` now.
    pub fn hint(&self, action: Action) -> &'static str {
        match action {
            Action::Pause if self.is_paused() => "go on",
            Action::PausePlan if self.plan.as_ref().is_some_and(|plan| plan.is_held) => "resume plan",
            Action::CancelPlan if self.plan.as_ref().is_some_and(|plan| !plan.is_retrying()) => "hide plan",
            Action::ShowAll if self.failed.all => "show failed",
            Action::Group if self.failed.is_grouped => "ungroup",
            Action::Choose => match &self.popup {
                Some(Popup::Form(form)) => form.enter_does(),
                Some(Popup::Help(_)) => "do it",
                _ => action.hint(),
            },
            Action::EditField => self.compose.enter_does(),
            Action::Review if self.is_composing() => "send",
            Action::NextPane if self.is_composing() && self.compose.edits_json() => "form",
            Action::NextPane if self.is_composing() => "JSON",
            Action::Wrap if self.events.detail.wrap => "cut lines",
            Action::Context if self.events.lens.has_context() => "hide others",
            Action::Raw if self.events.detail.raw => "lay out",
            Action::Left if self.is_in_events() => "fold",
            Action::Right if self.is_in_events() => "unfold",
            Action::Open if self.view == View::Health && self.errors.page.is_none() => "go there",
            Action::Open if self.journal().is_some() => "its plan",
            Action::Copy if self.journal().is_some() => "copy plan's name",
            Action::Filter if self.journal().is_some() => "find",
            Action::Outcomes if let Some(page) = &self.errors.page => {
                if page.event.is_some() {
                    "event"
                } else {
                    "events"
                }
            }
            _ => action.hint(),
        }
    }
}
