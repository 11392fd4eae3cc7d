//! Going to a time: the field in which it is typed.

use super::rewind;
use crate::tui::app::{App, Field, Moment, Popup};

/// Opens the field.
pub(super) fn open(app: &mut App) {
    app.popup = Some(Popup::Jump(Field::default()));
}

/// Changes what is typed.
pub(super) fn edit(field: &mut Field, change: impl FnOnce(&mut Field) -> bool) {
    change(field);
}

/// Goes to what is typed. What is no time stays to be corrected: the field says what is wrong with it.
pub(super) fn choose(app: &mut App) {
    let Some(Popup::Jump(field)) = &app.popup else { return };
    let Ok(moment) = Moment::read(field.text(), &app.clock) else { return };
    app.popup = None;
    match moment.place() {
        Some(place) => rewind::jump(app, place),
        None => super::events::follow(app),
    }
}
