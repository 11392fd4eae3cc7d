//! The help: going through it, searching it, and doing what it lists.

use std::collections::BTreeMap;

use super::act;
use super::movement::Movement;
use crate::tui::action::Action;
use crate::tui::app::{App, Extent, Field, HelpState, Popup};
use crate::tui::effect::Effect;
use crate::tui::views;

/// Enter: does the action under the cursor in the view below; `None` for what is none of the help's.
pub(super) fn act(app: &mut App, action: Action) -> Option<Vec<Effect>> {
    if action != Action::Choose || !matches!(app.popup, Some(Popup::Help(_))) {
        return None;
    }
    let actions = views::popups::help_actions(app);
    let help = app.popup.take();
    let chosen = match &help {
        Some(Popup::Help(state)) => actions.get(state.cursor).map(|(action, ..)| *action),
        _ => None,
    };
    let Some(chosen) = chosen else {
        app.popup = help;
        app.tell("nothing is found: Esc puts the search back");
        return Some(Vec::new());
    };
    if let Err(why) = app.allows_by_name(chosen) {
        // It stays open: there is something else to choose.
        app.popup = help;
        app.tell(why);
        return Some(Vec::new());
    }
    Some(act::act(app, chosen))
}

pub(super) fn open(app: &mut App) {
    app.popup = None;
    let refusals = refusals(app);
    app.popup = Some(Popup::Help(HelpState { refusals, ..HelpState::default() }));
}

/// Judges anew what can be done: a second has gone by, and the bus goes on below.
pub(super) fn renew(app: &mut App) {
    if let Some(Popup::Help(mut help)) = app.popup.take_if(|popup| matches!(popup, Popup::Help(_))) {
        help.refusals = refusals(app);
        app.popup = Some(Popup::Help(help));
    }
}

/// Why actions cannot be done in what is shown, those that cannot.
fn refusals(app: &App) -> BTreeMap<Action, String> {
    let refused = |action: &Action| Some((*action, app.allows_by_name(*action).err()?.into_owned()));
    Action::ALL.iter().filter_map(refused).collect()
}

/// Moves the cursor from action to action.
pub(super) fn scroll(app: &mut App, to: Movement) {
    let page = views::popups::help(app).page;
    let actions = views::popups::help_actions(app).len();
    if let Some(Popup::Help(help)) = &mut app.popup {
        // Most actions take a line or two, and there are headings between them.
        help.cursor = to.target(help.cursor, actions, (page / 2).max(1));
    }
}

/// Puts the cursor on what stands in a line.
pub(super) fn point(app: &mut App, line: usize) {
    let actions = views::popups::help_actions(app);
    let at = actions.iter().position(|(_, first, many)| (*first..first + many).contains(&line));
    if let (Some(Popup::Help(help)), Some(at)) = (&mut app.popup, at) {
        help.cursor = at;
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
        (help.top, help.cursor) = (0, 0);
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
    (help.top, help.cursor) = (0, 0);
}

/// Keeps the cursor on what is listed, and on the screen.
pub(super) fn settle(app: &mut App) {
    if !matches!(app.popup, Some(Popup::Help(_))) {
        return;
    }
    let Extent { lines, page, .. } = views::popups::help(app);
    let actions = views::popups::help_actions(app);
    if let Some(Popup::Help(help)) = &mut app.popup {
        help.cursor = help.cursor.min(actions.len().saturating_sub(1));
        if let Some((_, first, many)) = actions.get(help.cursor) {
            // With the heading above the first one, and as many of its lines as fit.
            let first_shown = if help.cursor == 0 { 0 } else { *first };
            help.top = help.top.min(first_shown).max((first + many).saturating_sub(page));
        }
        help.top = help.top.min(lines.saturating_sub(page));
    }
}
