//! The field of the form that is typed into.

use crate::schema::form::Row;
use crate::tui::app::compose::{Edits, Line};
use crate::tui::app::{App, ComposePane, Field};

/// Opens the field of a row.
pub(super) fn open(app: &mut App, row: &Row) {
    if let Some(why) = app.compose.fits_no_field(row) {
        app.compose.show_caret();
        app.compose.pane = ComposePane::Json;
        return app.tell(why);
    }
    let seen = app.compose.seen((app.monitor.ring(), app.redacting.elsewhere()), row);
    app.compose.open_field(row, Edits::Value, seen);
}

/// Whether a field is typed into.
pub(crate) fn is_open(app: &App) -> bool {
    super::is_here(app) && app.compose.field.is_some()
}

/// Changes what is typed.
pub(crate) fn edit(app: &mut App, change: impl FnOnce(&mut Field) -> bool) {
    app.compose.edit_field(change, app.clock.now);
}

/// Enter: leaves the field, and goes to the next line. From a new name to its value.
pub(crate) fn accept(app: &mut App) {
    let Some(typed) = &app.compose.field else { return };
    let (edits, error) = (typed.edits.clone(), typed.error.clone());
    let was_named = matches!(edits, Edits::Name | Edits::NewName);
    app.compose.close_field();
    match (edits, error) {
        (_, Some(why)) if was_named => app.tell(why),
        (Edits::NewName, None) => {
            if let Some(row) =
                app.compose.row().filter(|_| matches!(app.compose.line(), Line::Field(_))).cloned()
                && !row.pointer.is_root()
                && !row.editor.is_container()
            {
                open(app, &row);
            }
        }
        (Edits::Value, _) => {
            let next = app.compose.cursor() + 1;
            app.compose.go_to(next);
            app.compose.show_caret();
        }
        _ => {}
    }
}
