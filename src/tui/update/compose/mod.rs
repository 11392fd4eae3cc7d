//! The Compose view: an event as a form and as JSON.

mod ask;
mod field;
mod json;
mod pick;
mod start;

use super::movement::Movement;
use super::send;
use crate::event::json::Pointer;
use crate::schema::form::{Entry, FieldKind, Row, State};
use crate::tui::action::Action;
use crate::tui::app::compose::{ComposePane, Edits, Known, Line};
use crate::tui::app::{App, Popup, View};
use crate::tui::effect::Effect;
use crate::tui::views;

pub(super) use ask::{aimed, ask, sought};
pub(super) use field::{edit, is_open as has_field};
pub(super) use json::{edited, paste, type_in};
pub(super) use pick::edit_picker;
pub(super) use start::{anew, come_back, meet, show, start_from};

/// What is known of the bus. A macro, so that the state beside it can be changed meanwhile.
macro_rules! known {
    ($app:expr) => {
        Known {
            schemas: $app.schemas.0.as_deref(),
            ring: $app.monitor.ring(),
            now: $app.clock.now,
            masks: $app.redacting.elsewhere(),
        }
    };
}
use known;

/// Whether the view has the keys, and nothing lies over it.
pub(super) fn is_here(app: &App) -> bool {
    app.view == View::Compose && app.popup.is_none() && app.errors.page.is_none() && !app.filter.is_open()
}

/// What an action does that this view has a say in; `None` where it has none.
pub(super) fn act(app: &mut App, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Choose => {
            let Some(Popup::Compose(open)) = &app.popup else { return None };
            let open = open.clone();
            app.popup = None;
            pick::choose(app, &open);
        }
        Action::Review if is_here(app) => {
            app.compose.close_field();
            return Some(send::open(app));
        }
        Action::OpenEditor if is_here(app) => return Some(json::open_editor(app)),
        Action::Accept if field::is_open(app) => field::accept(app),
        Action::Compose => start::from_event(app),
        Action::StartAnew => start::ask_anew(app),
        _ => {
            if let Err(why) = change(app, action)? {
                app.tell(why);
            }
        }
    }
    Some(Vec::new())
}

/// A change of the event, or a way through it; `None` where it is neither. In one line why it cannot be done.
fn change(app: &mut App, action: Action) -> Option<Result<(), String>> {
    Some(match action {
        Action::EditField => enter(app),
        Action::Toggle => turn(app, 1),
        Action::Generate if app.compose.field.is_some() => app.compose.generate_typed(app.clock.now),
        Action::Generate => app.compose.generate(app.clock.now),
        Action::Complete => {
            app.compose.take_suggestion(1, app.clock.now);
            Ok(())
        }
        Action::CompleteBack => {
            app.compose.take_suggestion(-1, app.clock.now);
            Ok(())
        }
        Action::AddEntry => add(app),
        Action::ClearField => on_row(app, |app, at| app.compose.clear(&at)),
        Action::RenameField => {
            if let Some(row) = app.compose.row().cloned() {
                app.compose.open_field(&row, Edits::Name, Vec::new());
            }
            Ok(())
        }
        Action::SetNull => on_row(app, |app, at| app.compose.set_null(&at)),
        Action::ChooseVariant => {
            pick::variants(app);
            Ok(())
        }
        Action::ItemUp => app.compose.move_item(-1),
        Action::ItemDown => app.compose.move_item(1),
        Action::UndoChange | Action::RedoChange => {
            app.compose.undo(action == Action::UndoChange);
            if app.compose.needs_model() {
                app.compose.renew_model(known!(app));
                app.compose.read_anew();
            }
            Ok(())
        }
        Action::NextFault | Action::PreviousFault => {
            json::go_to_fault(app, if action == Action::NextFault { 1 } else { -1 });
            Ok(())
        }
        Action::LayOut => json::lay_out(app),
        _ => return None,
    })
}

fn on_row(app: &mut App, change: impl FnOnce(&mut App, Pointer) -> Result<(), String>) -> Result<(), String> {
    match app.compose.row().map(|row| row.pointer.clone()) {
        Some(at) => change(app, at),
        None => Ok(()),
    }
}

/// Enter: what it does depends on the line.
fn enter(app: &mut App) -> Result<(), String> {
    match app.compose.line().clone() {
        Line::Type => pick::types(app),
        Line::Tenant => pick::tenants(app),
        Line::Channel => pick::channels(app),
        Line::Field(_) => {
            if app.compose.broken().is_some() {
                json::go_to_fault(app, 1);
                return Ok(());
            }
            let Some(row) = app.compose.row().cloned() else { return Ok(()) };
            return enter_field(app, &row);
        }
    }
    Ok(())
}

fn enter_field(app: &mut App, row: &Row) -> Result<(), String> {
    if row.pointer.names() == ["tenantId"] {
        pick::tenants(app);
        return Ok(());
    }
    if row.opens && !row.pointer.is_root() {
        app.compose.fold(&row.pointer, !row.is_open);
        return Ok(());
    }
    match &row.editor {
        FieldKind::Boolean => turn(app, 1),
        FieldKind::Choice(choices) if row.state == State::Absent && choices.len() == 1 => turn(app, 1),
        FieldKind::Choice(_) => {
            pick::values(app, row);
            Ok(())
        }
        FieldKind::Union(_) => {
            pick::variants(app);
            Ok(())
        }
        FieldKind::List(_) | FieldKind::Free { .. } | FieldKind::Object { .. }
            if row.state != State::WrongKind =>
        {
            add_to(app, row)
        }
        _ => {
            field::open(app, row);
            Ok(())
        }
    }
}

/// Adds to the list or object under the cursor, or to the one around it.
fn add(app: &mut App) -> Result<(), String> {
    match app.compose.holder().cloned() {
        Some(row) => add_to(app, &row),
        None => Ok(()),
    }
}

fn add_to(app: &mut App, row: &Row) -> Result<(), String> {
    match &row.editor {
        FieldKind::List(_) => app.compose.add_item(&row.pointer, app.clock.now),
        FieldKind::Object { open: false } if row.state == State::Set => {
            Err("its schema names its fields, and takes no others".to_owned())
        }
        FieldKind::Object { open: false } => {
            let empty = Entry::of_json("{}").map_err(|why| why.to_string())?;
            app.compose.set(&row.pointer, &empty)
        }
        _ => {
            app.compose.open_field(row, Edits::NewName, Vec::new());
            Ok(())
        }
    }
}

/// The next value of a choice, or the one before; what holds fields opens and closes.
fn turn(app: &mut App, by: isize) -> Result<(), String> {
    let Some(row) = app.compose.row().cloned() else { return Ok(()) };
    let now = app.clock.now;
    match &row.editor {
        _ if row.opens => {
            if !row.pointer.is_root() {
                app.compose.fold(&row.pointer, !row.is_open);
            }
            Ok(())
        }
        FieldKind::Boolean => {
            let entry = Entry::of_json(if row.shown.as_deref() == Some("true") { "false" } else { "true" });
            app.compose.set(&row.pointer, &entry.map_err(|why| why.to_string())?)
        }
        FieldKind::Choice(choices) => {
            let at = choices.iter().position(|choice| Some(choice.label.as_str()) == row.shown.as_deref());
            let next = at.map_or(if by < 0 { choices.len().saturating_sub(1) } else { 0 }, |at| {
                (at + choices.len()).saturating_add_signed(by) % choices.len().max(1)
            });
            let Some(choice) = choices.get(next) else { return Ok(()) };
            let entry = Entry::of_json(&choice.json).map_err(|why| why.to_string())?;
            app.compose.set(&row.pointer, &entry)
        }
        FieldKind::Union(variants) => {
            let next = row
                .variant
                .map_or(0, |at| (at + variants.len()).saturating_add_signed(by) % variants.len().max(1));
            app.compose.choose_variant(&row.pointer, next, now)
        }
        _ => Ok(()),
    }
}

/// Left and right: a choice turns; what is open closes, and what is closed opens.
pub(super) fn sideways(app: &mut App, by: isize) {
    let Some(row) = app.compose.row().cloned() else { return };
    let done = if row.opens {
        if !row.pointer.is_root() {
            app.compose.fold(&row.pointer, by > 0);
        }
        Ok(())
    } else {
        turn(app, by)
    };
    if let Err(why) = done {
        app.tell(why);
    }
}

/// Moves the cursor of the form.
pub(super) fn go(app: &mut App, to: Movement) {
    let page = views::compose::page(views::body(app), app);
    let (now, len) = (app.compose.cursor(), app.compose.lines());
    app.compose.go_to(to.target(now, len, page));
    app.compose.show_caret();
}

/// Puts the cursor of the form on a line.
pub(super) fn point(app: &mut App, line: usize) {
    app.compose.go_to(line);
    app.compose.show_caret();
}

/// Gives the keys to the form, or to the JSON.
pub(super) fn next_pane(app: &mut App) {
    app.compose.pane = match app.compose.pane {
        ComposePane::Form => {
            app.compose.close_field();
            ComposePane::Json
        }
        ComposePane::Json => {
            app.compose.show_line();
            ComposePane::Form
        }
    };
}

/// Esc: the field, then the JSON. False where neither has the keys.
pub(super) fn back(app: &mut App) -> bool {
    if !is_here(app) {
        return false;
    }
    if app.compose.close_field() {
        return true;
    }
    let is_json = app.compose.edits_json();
    if is_json {
        next_pane(app);
    }
    is_json
}

/// Keeps the cursor on the screen, and the tenant in step with the scope.
pub(super) fn settle(app: &mut App) {
    start::follow_scope(app);
    if app.view != View::Compose {
        return;
    }
    let page = views::compose::page(views::body(app), app);
    let len = app.compose.rows().len();
    app.compose.table.cursor = app.compose.row_number().or(app.compose.table.cursor);
    app.compose.table.settle(len, page);
}
