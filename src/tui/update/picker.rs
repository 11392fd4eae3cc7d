//! A list to choose from: its field and its cursor.

use super::movement::Movement;
use crate::tui::app::{App, Field, Picker, Popup, TableState};
use crate::tui::views;

/// Changes what is typed, and narrows the choices to it.
pub(super) fn edit<T: Clone>(picker: &mut Picker<T>, change: impl FnOnce(&mut Field) -> bool) {
    if change(&mut picker.field) {
        picker.narrow();
    }
}

pub(super) fn go(app: &mut App, to: Movement) {
    let page = views::popups::picker_page(app);
    let Some((list, len)) = list(app) else { return };
    let row = to.target(list.cursor.unwrap_or(0), len, page);
    list.go(row, len, page);
}

/// Keeps the cursor on the screen.
pub(super) fn settle(app: &mut App) {
    let page = views::popups::picker_page(app);
    if let Some((list, len)) = list(app) {
        list.settle(len, page);
    }
}

/// The list that is open, and how many lines it has.
pub(super) fn list(app: &mut App) -> Option<(&mut TableState, usize)> {
    match app.popup.as_mut()? {
        Popup::Tenants(picker) => Some(list_of(picker)),
        Popup::Channels(picker) => Some(list_of(picker)),
        Popup::Contexts(picker) => Some(list_of(picker)),
        Popup::Compose(open) => Some(list_of(&mut open.picker)),
        Popup::Shelf(open) => Some(list_of(&mut open.picker)),
        Popup::Events(open) => Some(list_of(&mut open.picker)),
        Popup::Help(_) | Popup::Palette(_) | Popup::Jump(_) | Popup::Form(_) | Popup::Edit => None,
    }
}

fn list_of<T: Clone>(picker: &mut Picker<T>) -> (&mut TableState, usize) {
    let len = picker.len();
    (&mut picker.list, len)
}
