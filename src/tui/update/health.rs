//! The Health view: looking, moving, and going to where something is wrong.

use super::movement::Movement;
use super::{events, failed, filter, flow, handlers, lens, scope};
use crate::bus::{BusError, Examined, FailedEvent};
use crate::monitor::Scope;
use crate::tui::app::{App, View};
use crate::tui::effect::Effect;
use crate::tui::views;

/// Looks when it is time: often while the view is open, rarely for the number in its tab.
pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    if !app.monitor.link().is_live() || app.is_paused() {
        return Vec::new();
    }
    if !app.health.is_due(app.view == View::Health, app.clock.now) {
        return Vec::new();
    }
    app.health.begin(app.clock.now);
    vec![Effect::Examine]
}

/// Looks now.
pub(super) fn refresh(app: &mut App) -> Vec<Effect> {
    if app.health.is_asking() {
        app.tell("looking already");
        return Vec::new();
    }
    app.tell("looking the bus over anew");
    app.health.begin(app.clock.now);
    vec![Effect::Examine]
}

/// Judges what was heard, every few seconds.
pub(super) fn hear(app: &mut App) {
    if app.monitor.link().is_live() && app.health.hear(&app.monitor, app.clock.now) {
        renew(app);
    }
}

/// Takes a look.
pub(super) fn take(app: &mut App, answer: Result<Examined, BusError>) {
    app.health.take(answer, app.clock.now);
    renew(app);
}

/// Takes failed events as they are read, for the view Failed or for the number in its tab.
pub(super) fn read(app: &mut App, events: &[FailedEvent]) {
    app.health.health.read_dead(events, app.clock.now);
}

/// They were read.
pub(super) fn end_read(app: &mut App) {
    app.health.health.end_dead(app.monitor.labels(), app.clock.now);
    renew(app);
}

/// Shows what is known now; while the screen is held still it stays as it is.
pub(super) fn renew(app: &mut App) {
    if !app.is_paused() {
        let scope = app.scope.tenant.clone();
        app.health.health.look_at(scope.as_ref(), app.monitor.labels(), app.clock.now);
        app.health.renew(scope.as_ref());
    }
}

pub(super) fn go(app: &mut App, to: Movement) {
    let (len, page) = (app.health.rows.len(), views::health::page(views::body(app), app));
    if len == 0 {
        return app.tell("there are no findings");
    }
    let table = &mut app.health.table;
    table.go(to.row(table.cursor, table.top, len, page), len, page);
}

/// Goes to the place of the finding under the cursor: the tenant's dead letters, the handler, the events of the type.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if app.health.table.cursor.is_none() {
        go(app, Movement::First);
        return Vec::new();
    }
    let Some(known) = app.health.chosen() else { return Vec::new() };
    let (check, place) = (known.lint.check, known.lint.place.clone());
    match check {
        "dead-letters" => {
            if let Some(tenant) = place.tenant {
                scope::narrow(app, Scope { tenant: Some(tenant), ..app.scope.clone() });
            }
            filter::set(app, "is:dead");
            app.view = View::Failed;
            app.failed.is_entered = false;
            failed::advance(app);
            return failed::ask(app);
        }
        "schema" | "groups" if let Some(event_type) = place.event_type => {
            let invalid = if check == "schema" { " is:invalid" } else { "" };
            show_events(app, &format!("type:{event_type}{invalid}"));
        }
        "unattributed" => show_events(app, "not tenant:*"),
        _ => {
            let Some(name) = place.handler else {
                app.tell("this is of the server, and has no view of its own: what to do stands below");
                return Vec::new();
            };
            app.view = View::Handlers;
            app.handlers.find(name);
            return handlers::ask(app);
        }
    }
    Vec::new()
}

/// The events that `text` finds; Esc leads back.
fn show_events(app: &mut App, text: &str) {
    super::rewind::leave(app);
    let trail = flow::trail(app);
    app.view = View::Events;
    events::leave_cursor(app);
    filter::set(app, text);
    lens::renew(app);
    app.trail = Some(trail);
}

/// Puts the finding into the clipboard.
pub(super) fn copy(app: &App) -> Vec<Effect> {
    app.health.text().map(Effect::Copy).into_iter().collect()
}

/// Lets go of the cursor. Whether there was one.
pub(super) fn back(app: &mut App) -> bool {
    app.health.table.cursor.take().is_some()
}

pub(super) fn settle(app: &mut App) {
    let page = views::health::page(views::body(app), app);
    let len = app.health.rows.len();
    app.health.table.settle(len, page.max(1));
}
