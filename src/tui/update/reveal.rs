//! Showing what is masked: of one event while it is looked at, or of all after a question.

use crate::event::REDACTED;
use crate::tui::action::Action;
use crate::tui::app::{App, Form, Popup, Revealed, What};
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;

/// Shows what is masked of the event under the cursor, or hides what is shown.
pub(super) fn turn(app: &mut App) {
    if hide(app) {
        return;
    }
    app.redacting.revealed = app.looked_at();
    app.tell("what is masked of this event is shown until you leave it");
}

/// Asks before everything is shown; hides it again at once.
pub(super) fn all(app: &mut App) {
    if app.redacting.revealed == Some(Revealed::All) {
        hide(app);
        return;
    }
    app.popup = Some(Popup::Form(Box::new(Form::new(What::RevealAll, app.context.production))));
}

/// Shows everything.
pub(super) fn reveal_all(app: &mut App) {
    app.redacting.revealed = Some(Revealed::All);
    app.tell(format!(
        "nothing is masked any more, in copies and exports neither: {} masks it again",
        key(app)
    ));
}

fn hide(app: &mut App) -> bool {
    let was = app.redacting.revealed.take().is_some();
    if was {
        app.tell("masked again");
    }
    was
}

/// What was revealed of one event is masked again when somebody looks elsewhere.
pub(super) fn settle(app: &mut App) {
    if let Some(revealed) = &app.redacting.revealed
        && *revealed != Revealed::All
        && app.looked_at().as_ref() != Some(revealed)
    {
        app.redacting.revealed = None;
    }
}

/// Copies the JSON of the event that is looked at, as it is shown.
pub(super) fn copy(app: &mut App) -> Vec<Effect> {
    let Some(text) = app.text_to_copy() else { return Vec::new() };
    let text = app.as_shown(text).into_owned();
    copied(app, text)
}

/// Copies a text as it is shown, and says so if something is missing in it.
pub(super) fn copied(app: &mut App, text: String) -> Vec<Effect> {
    app.redacting.copied_less = !app.masks_here().is_none() && text.contains(REDACTED);
    vec![Effect::Copy(text)]
}

/// What is told behind `copied ..`.
pub(super) fn told_of_copy(app: &mut App) -> String {
    if std::mem::take(&mut app.redacting.copied_less) {
        format!(", redacted: {} reveals it first", key(app))
    } else {
        String::new()
    }
}

/// Why an event is not opened as a text that is sent: its values would be shown, or their signs sent.
pub(super) fn refusal(app: &App) -> String {
    format!("values of it are masked, and would be sent: {} shows them, then try again", key(app))
}

/// The key that reveals.
pub(super) fn key(app: &App) -> String {
    let keys = app.setup.keymap.keys_of(Context::Global, Action::Reveal);
    keys.first().map_or_else(|| "the action reveal".to_owned(), ToString::to_string)
}
