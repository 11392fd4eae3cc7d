//! Keys and pasted text: to the keymap, or into the field that is open.

use crossterm::event::{KeyEvent, KeyEventKind};

use super::{act, compose, filter, form, help, jump, palette, picker, scope};
use crate::tui::app::{App, Popup};
use crate::tui::effect::Effect;
use crate::tui::keymap::Key;

/// How much of a pasted text is taken: no filter is longer, and a clipboard may hold a book.
const MAX_PASTE: usize = 4_096;

pub(super) fn press(app: &mut App, event: KeyEvent) -> Vec<Effect> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    // What was told about an earlier key is read by now.
    app.notices.toast = None;
    let (contexts, key) = (app.contexts(), Key::from(event));
    if let Some(action) = app.setup.keymap.action(contexts, key) {
        return match app.allows(action) {
            Ok(()) => act::act(app, action),
            Err(why) => {
                app.tell(why);
                Vec::new()
            }
        };
    }
    if matches!(app.popup, Some(Popup::Edit)) {
        form::type_in(app, event);
    } else if compose::is_here(app) && app.compose.edits_json() {
        compose::type_in(app, event);
    } else if contexts.iter().any(|context| context.has_field()) {
        edit(app, |field| field.key(event));
    } else {
        app.tell(format!("{key} does nothing here; ? shows the keys"));
    }
    Vec::new()
}

pub(super) fn paste(app: &mut App, text: &str) {
    if matches!(app.popup, Some(Popup::Edit)) {
        return form::paste(app, text);
    }
    if compose::is_here(app) && app.compose.edits_json() {
        return compose::paste(app, text);
    }
    if !app.contexts().iter().any(|context| context.has_field()) {
        app.tell("there is no field to paste into; / opens the filter");
        return;
    }
    let end = text.floor_char_boundary(MAX_PASTE);
    edit(app, |field| field.insert(&text[..end]));
    if end < text.len() {
        app.tell("only the beginning was pasted: the text is too long");
    }
}

/// Puts the caret of the open field where a pointer is, so many cells from the left of what it holds.
pub(super) fn point(app: &mut App, cells: usize) {
    if compose::has_field(app) {
        return compose::edit(app, |field| pointed(field, cells));
    }
    match &mut app.popup {
        // What is offered for a path stays: nothing is typed.
        Some(Popup::Form(open)) => {
            if let Some(field) = open.field() {
                field.point(cells);
            }
        }
        _ => edit(app, |field| pointed(field, cells)),
    }
}

/// Nothing is changed by it.
fn pointed(field: &mut crate::tui::app::Field, cells: usize) -> bool {
    field.point(cells);
    false
}

/// Changes the text of the open field, and what goes by it.
fn edit(app: &mut App, change: impl FnOnce(&mut crate::tui::app::Field) -> bool) {
    if compose::has_field(app) {
        return compose::edit(app, change);
    }
    match &mut app.popup {
        Some(Popup::Help(state)) => help::edit(state, change),
        Some(Popup::Tenants(open)) => scope::edit_tenants(open, &app.context.locked_to, change),
        Some(Popup::Channels(open)) => picker::edit(open, change),
        Some(Popup::Contexts(open)) => picker::edit(open, change),
        Some(Popup::Palette(open)) => palette::edit(open, change),
        Some(Popup::Compose(open)) => compose::edit_picker(open, change),
        Some(Popup::Shelf(open)) => picker::edit(&mut open.picker, change),
        Some(Popup::Events(open)) => picker::edit(&mut open.picker, change),
        Some(Popup::Jump(field)) => jump::edit(field, change),
        Some(Popup::Form(open)) => form::edit(open, change),
        // Its keys go to the editor.
        Some(Popup::Edit) => {}
        None => filter::edit(app, change),
    }
}
