//! Whether something can be chosen of what lies over a view.

use super::{App, Popup};

impl App {
    /// Whether there is something under the cursor of what lies over the view.
    pub(super) fn has_choice(&self) -> bool {
        match &self.popup {
            Some(Popup::Tenants(picker)) => picker.chosen().is_some(),
            Some(Popup::Channels(picker)) => picker.chosen().is_some(),
            Some(Popup::Contexts(picker)) => picker.chosen().is_some(),
            Some(Popup::Compose(open)) => open.picker.chosen().is_some(),
            Some(Popup::Shelf(open)) => open.picker.chosen().is_some(),
            Some(Popup::Events(open)) => open.picker.chosen().is_some(),
            // An action of the help says itself why not.
            Some(Popup::Form(_) | Popup::Help(_)) => true,
            Some(Popup::Palette(_) | Popup::Jump(_) | Popup::Edit) | None => false,
        }
    }

    /// Why there is nothing.
    pub(super) fn why_no_choice(&self) -> &'static str {
        match &self.popup {
            Some(Popup::Tenants(picker)) if picker.own.is_some() => {
                "nothing fits what is typed; Down goes to it as it is typed, a tenant that nothing was seen of"
            }
            Some(Popup::Tenants(_)) if !self.context.locked_to.is_empty() => {
                "nothing fits what is typed: this run is locked to tenants, and nothing of others ever comes"
            }
            _ => "nothing fits what is typed",
        }
    }

    /// Whether a template is under the cursor.
    pub(super) fn has_template(&self) -> bool {
        matches!(&self.popup, Some(Popup::Shelf(open)) if open.template().is_some())
    }
}
