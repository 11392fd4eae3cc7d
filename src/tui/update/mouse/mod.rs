//! The mouse: what a press, a drag or the wheel does. What lies under it is what was drawn there; what it does is what a
//! key does, asked of [`App::allows`] in the same way: no press goes around a question.

mod point;
mod wheel;

use chrono::{DateTime, Utc};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{act, failed, file, form, keys, lens};
use crate::tui::action::Action;
use crate::tui::app::{App, Pane, Part, Popup, Pressed};
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;

/// Rows that the wheel moves by.
const WHEEL: isize = 3;

/// Takes what the mouse did at a time.
pub(super) fn take(app: &mut App, event: MouseEvent, when: DateTime<Utc>) -> Vec<Effect> {
    if !app.pointer.takes(&event) {
        return Vec::new();
    }
    let at = Position { x: event.column, y: event.row };
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => press(app, at, when),
        MouseEventKind::Up(MouseButton::Left) => release(app, at),
        MouseEventKind::Drag(MouseButton::Left) => {
            drag(app, at);
            Vec::new()
        }
        MouseEventKind::ScrollUp => {
            wheel::turn(app, at, -WHEEL);
            Vec::new()
        }
        MouseEventKind::ScrollDown => {
            wheel::turn(app, at, WHEEL);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The mouse is ours from now on, or the terminal's.
pub(super) fn turn(app: &mut App) -> Vec<Effect> {
    app.pointer.is_on = !app.pointer.is_on;
    app.pointer.held = None;
    app.tell(if app.pointer.is_on {
        "the mouse scrolls and chooses here; with Shift held most terminals select text by it"
    } else {
        "the mouse is the terminal's: it selects text"
    });
    vec![Effect::Mouse(app.pointer.is_on)]
}

fn press(app: &mut App, at: Position, when: DateTime<Utc>) -> Vec<Effect> {
    // What was told before is read by now.
    app.notices.toast = None;
    app.pointer.held = None;
    let Some((area, part)) = app.areas.at(at) else { return Vec::new() };
    match app.pointer.press((at, part), app.popup.as_ref(), when) {
        Pressed::Hasty => return Vec::new(),
        Pressed::Twice => return enter(app),
        Pressed::Once => {}
    }
    if app.popup.is_none() && app.filter.is_open() && !matches!(part, Part::Key(_) | Part::Typed(..)) {
        // What is typed is kept, as by Enter; what is not complete is not lost by a press beside it.
        if let Err(why) = app.allows(Action::Accept) {
            app.tell(why);
            return Vec::new();
        }
        act::act(app, Action::Accept);
    }
    match part {
        Part::Tab(view) => as_key(app, view.action()),
        Part::Key(action) => as_key(app, action),
        Part::Rows(Pane::Said, top) => file::take_offer(app, top + usize::from(at.y.saturating_sub(area.y))),
        Part::Rows(pane, top) => {
            let row = top + usize::from(at.y.saturating_sub(area.y));
            point::at(app, pane, row, at.x.saturating_sub(area.x));
            Vec::new()
        }
        Part::Event(pane, seq) => {
            point::event(app, pane, seq);
            Vec::new()
        }
        Part::Cell(row, column) => {
            point::cell(app, row, column);
            Vec::new()
        }
        Part::Heading(column) => {
            lens::sort_by(app, column);
            Vec::new()
        }
        Part::FailedHeading(sort) => {
            failed::sort_by(app, sort);
            Vec::new()
        }
        Part::Slot(slot) => form::point(app, slot),
        Part::Choice(slot, by) => {
            let mut effects = form::point(app, slot);
            if by != 0 {
                effects.extend(form::change(app, by));
            }
            effects
        }
        Part::Button(slot) => {
            app.pointer.held = Some(part);
            form::point(app, slot)
        }
        Part::Typed(slot, left) => {
            let effects = slot.map_or_else(Vec::new, |slot| form::point(app, slot));
            keys::point(app, left + usize::from(at.x.saturating_sub(area.x)));
            effects
        }
        Part::Caret(pane, from) => {
            let cells = usize::from(at.x.saturating_sub(area.x));
            point::caret(app, pane, (from, cells));
            Vec::new()
        }
        Part::Split { .. } => {
            app.pointer.held = Some(part);
            Vec::new()
        }
        Part::Around if matches!(app.popup, Some(Popup::Form(_) | Popup::Edit)) => {
            app.tell("something is asked here: Esc closes it");
            Vec::new()
        }
        Part::Around => as_key(app, Action::Back),
        Part::Popup => Vec::new(),
    }
}

/// A button does what it says when it is let go of, where it was pressed.
fn release(app: &mut App, at: Position) -> Vec<Effect> {
    let held = app.pointer.held.take();
    let is_there = app.areas.at(at).map(|(_, part)| part) == held;
    // The keys may have been used meanwhile, or another form is open.
    let has_keys = |slot| matches!(&app.popup, Some(Popup::Form(form)) if form.focus == slot);
    match held {
        Some(Part::Button(slot)) if is_there && has_keys(slot) => as_key(app, Action::Choose),
        _ => Vec::new(),
    }
}

/// The divide between list and detail goes along with the pointer.
fn drag(app: &mut App, at: Position) {
    let Some(Part::Split { of, below }) = app.pointer.held else { return };
    let Rect { x, y, .. } = of;
    if below {
        app.events.split.below = Some(at.y.saturating_sub(y));
    } else {
        app.events.split.beside = Some(at.x.saturating_sub(x + 1));
    }
}

/// Does what a key for it would do, or says why not.
fn as_key(app: &mut App, action: Action) -> Vec<Effect> {
    match app.allows(action) {
        Ok(()) => act::act(app, action),
        Err(why) => {
            app.tell(why);
            Vec::new()
        }
    }
}

/// A row was pressed twice: what Enter does there.
fn enter(app: &mut App) -> Vec<Effect> {
    let action = match app.contexts().first() {
        Some(Context::Picker | Context::Palette | Context::Shelf | Context::Help | Context::Form) => {
            Action::Choose
        }
        Some(Context::Compose) => Action::EditField,
        Some(Context::Detail) => Action::ToggleFold,
        Some(context) if context.has_field() => return Vec::new(),
        _ => Action::Open,
    };
    as_key(app, action)
}
