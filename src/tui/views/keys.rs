//! What a key is called, for texts that name one.

use crate::tui::action::Action;
use crate::tui::app::App;

/// The key that does `action` where a person is now.
pub(super) fn key_for(app: &App, action: Action) -> Option<String> {
    let bindings = app.setup.keymap.bindings(app.contexts_below());
    let binding = bindings.iter().find(|binding| binding.action == action)?;
    binding.keys.first().map(ToString::to_string)
}

/// `Esc clears it`: the key that does `action`, and what that does; nothing where no key does it here.
pub(super) fn advice(app: &App, action: Action, what: &str) -> Option<String> {
    key_for(app, action).map(|key| format!("{key} {what}"))
}
