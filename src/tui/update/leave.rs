//! Leaving the dashboard. What would be lost by it is said first.

use crate::tui::app::{App, Form, Popup, What};
use crate::tui::effect::{Effect, ExitReason};

/// Leaves, or asks where something would be lost.
pub(super) fn quit(app: &mut App) -> Vec<Effect> {
    if app.losses().is_empty() {
        return vec![Effect::Quit(ExitReason::Quit)];
    }
    app.popup = Some(Popup::Form(Box::new(Form::new(What::Leave, false))));
    Vec::new()
}
