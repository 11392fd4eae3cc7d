//! The filter and its field.

use super::{errors, lens};
use crate::tui::app::{App, Editing, Field};

/// Opens the field, with the filter as it was typed.
pub(super) fn open(app: &mut App) {
    let before = app.filter.live.text.clone();
    app.filter.editing = Some(Editing { field: Field::new(&before), before });
}

/// Changes the text in the field; what is a whole filter applies at once.
pub(super) fn edit(app: &mut App, change: impl FnOnce(&mut Field) -> bool) {
    let Some(editing) = &mut app.filter.editing else { return };
    if change(&mut editing.field) {
        let text = editing.field.text().to_owned();
        set(app, &text);
    }
}

/// Leaves the field, and keeps the filter.
pub(super) fn accept(app: &mut App) {
    if let Some(editing) = app.filter.editing.take()
        && editing.before != app.filter.live.text
    {
        // It is the person's own now: Esc takes it away, and leads nowhere else.
        app.trail = None;
    }
}

/// Leaves the field, and puts the filter back.
pub(super) fn cancel(app: &mut App) {
    if let Some(editing) = app.filter.editing.take() {
        set(app, &editing.before);
    }
}

/// Turns the filter round.
pub(super) fn invert(app: &mut App) {
    let inverted = app.filter.live.good.inverted();
    app.trail = None;
    set(app, inverted.text());
}

/// Makes `text` the filter. One that is not whole keeps the last that was.
pub(super) fn set(app: &mut App, text: &str) {
    app.filter.live.set(text);
    lens::renew(app);
    errors::renew(app);
}
