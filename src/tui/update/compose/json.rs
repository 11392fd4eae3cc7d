//! The JSON of the payload: typed here, or in an editor of the person's own.

use crossterm::event::KeyEvent;

use crate::text::display_safe;
use crate::tui::app::{App, ComposePane};
use crate::tui::effect::Effect;

/// A key for the editor.
pub(crate) fn type_in(app: &mut App, key: KeyEvent) {
    app.compose.type_in(key);
}

/// Pasted text, for the editor.
pub(crate) fn paste(app: &mut App, text: &str) {
    app.compose.paste(text);
}

/// Opens the payload in an editor of the person's own.
pub(crate) fn open_editor(app: &mut App) -> Vec<Effect> {
    app.compose.close_field();
    app.compose.awaits_editor = true;
    vec![Effect::EditText { text: app.compose.text().to_owned(), suffix: ".json" }]
}

/// What the editor left of it. False where it was not asked for here.
pub(crate) fn edited(app: &mut App, answer: &Result<String, String>) -> bool {
    if !std::mem::take(&mut app.compose.awaits_editor) {
        return false;
    }
    match answer {
        Ok(text) if app.compose.replace(text) => {
            app.tell("what the editor left is in the payload; undo brings back what was there");
        }
        Ok(_) => app.tell("nothing was changed in the editor"),
        Err(why) => app.tell(format!("the payload is as it was: {}", display_safe(why))),
    }
    true
}

/// Lays the JSON out.
pub(super) fn lay_out(app: &mut App) -> Result<(), String> {
    if !app.compose.lay_out()? {
        app.tell("it is laid out already");
    }
    Ok(())
}

/// Goes to the next fault, or the one before: the form's cursor and the caret.
pub(super) fn go_to_fault(app: &mut App, by: isize) {
    if app.compose.broken().is_some() {
        // There it can be mended.
        app.compose.pane = ComposePane::Json;
    }
    app.compose.step_to_fault(by);
}
