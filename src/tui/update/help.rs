//! The help: scrolling and searching it.

use super::movement::Movement;
use crate::tui::app::{App, Extent, Field, HelpState, Popup};
use crate::tui::views;

pub(super) fn open(app: &mut App) {
    app.popup = Some(Popup::Help(HelpState::default()));
}

pub(super) fn scroll(app: &mut App, to: Movement) {
    let Extent { lines, page, .. } = views::popups::help(app);
    if let Some(Popup::Help(help)) = &mut app.popup {
        let tops = lines.saturating_sub(page) + 1;
        help.top = to.target(help.top, tops, page);
    }
}

/// Opens the search field.
pub(super) fn search(app: &mut App) {
    if let Some(Popup::Help(help)) = &mut app.popup {
        help.before.clone_from(&help.query);
        help.search = Some(Field::new(&help.query));
    }
}

/// Changes what is searched for; the lines that fit are shown at once.
pub(super) fn edit(help: &mut HelpState, change: impl FnOnce(&mut Field) -> bool) {
    if let Some(field) = &mut help.search
        && change(field)
    {
        field.text().clone_into(&mut help.query);
        help.top = 0;
    }
}

/// Leaves the field, and keeps what was searched for.
pub(super) fn accept(help: &mut HelpState) {
    help.search = None;
}

/// Leaves the field, and puts back what was searched for before.
pub(super) fn cancel(help: &mut HelpState) {
    help.search = None;
    help.query = std::mem::take(&mut help.before);
    help.top = 0;
}

/// Keeps what is shown within what there is.
pub(super) fn settle(app: &mut App) {
    if !matches!(app.popup, Some(Popup::Help(_))) {
        return;
    }
    let Extent { lines, page, .. } = views::popups::help(app);
    if let Some(Popup::Help(help)) = &mut app.popup {
        help.top = help.top.min(lines.saturating_sub(page));
    }
}
