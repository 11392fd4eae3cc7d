//! The filter and its field.

use super::{errors, lens};
use crate::tui::app::{App, Editing, Field, Narrows};

/// Opens the field, with the filter as it was typed; in the journal, with the words that narrow it.
pub(super) fn open(app: &mut App) {
    let (before, narrows) = match app.journal() {
        Some(page) => (page.words().to_owned(), Narrows::Journal),
        None => (app.filter.live.text.clone(), Narrows::Events),
    };
    app.events.held = app.events.cursor;
    app.filter.editing = Some(Editing { field: Field::new(&before), before, narrows });
}

/// Changes the text in the field; what is a whole filter applies at once.
pub(super) fn edit(app: &mut App, change: impl FnOnce(&mut Field) -> bool) {
    let Some(editing) = &mut app.filter.editing else { return };
    if change(&mut editing.field) {
        let (text, narrows) = (editing.field.text().to_owned(), editing.narrows);
        apply(app, narrows, &text);
    }
}

/// Leaves the field, and keeps the filter.
pub(super) fn accept(app: &mut App) {
    app.events.held = None;
    if let Some(editing) = app.filter.editing.take()
        && editing.narrows == Narrows::Events
        && editing.before != app.filter.live.text
    {
        // It is the person's own now: Esc takes it away, and leads nowhere else.
        app.trail = None;
    }
}

/// Leaves the field, and puts the filter back.
pub(super) fn cancel(app: &mut App) {
    if let Some(editing) = app.filter.editing.take() {
        apply(app, editing.narrows, &editing.before);
    }
    app.events.held = None;
}

fn apply(app: &mut App, narrows: Narrows, text: &str) {
    match (narrows, &mut app.failed.journal) {
        (Narrows::Events, _) => set(app, text),
        (Narrows::Journal, Some(page)) => page.narrow(text),
        (Narrows::Journal, None) => {}
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
