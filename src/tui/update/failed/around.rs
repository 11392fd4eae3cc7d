//! What happened around the event that is open: looked up in what is retained.

use crate::tui::app::{App, EACH, Surroundings};

/// Looks anew while more may come after it.
pub(in crate::tui::update) fn tick(app: &mut App) {
    if app.failed.detail.as_ref().is_some_and(|detail| !detail.around.is_settled()) {
        look(app);
    }
}

/// Looks. What was found before stays where memory does not reach back so far any more.
pub(super) fn look(app: &mut App) {
    let Some(detail) = &mut app.failed.detail else { return };
    let around = match detail.spot() {
        Err(why) => why,
        Ok(spot) => match app.monitor.around(&spot, EACH) {
            Some(around) => Surroundings::Found(around),
            None if matches!(detail.around, Surroundings::Found(_)) => return,
            None => Surroundings::Older(spot),
        },
    };
    detail.around = around;
}
