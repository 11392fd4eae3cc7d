//! Errors of handlers: opening groups, occurrences and events, and the ways between an event and what became of it.

use super::movement::Movement;
use super::{events, filter, flow, rewind};
use crate::tui::app::{App, ErrorsPage, FlowPane, OpenEvent, TableState, Trail, View, term, type_term};
use crate::tui::views;

/// Why nothing can be looked for.
pub(super) const NO_TERMS: &str = "neither its handler nor its type is known: no filter finds its events";

/// Counts the groups anew, for the pane of the Flow view and for the page that is open.
pub(super) fn renew(app: &mut App) {
    let now = app.monitor.link().stale_since().unwrap_or(app.clock.now);
    let (scope, applied) = (&app.scope, &app.filter.live.good);
    let query = crate::monitor::FailureQuery { scope, filter: applied, handler: None };
    app.flow.renew_errors(app.monitor.error_groups(&query, now));
    if let Some(page) = &mut app.errors.page {
        page.renew(&app.monitor, (scope, applied), now);
    }
}

fn show(app: &mut App, page: ErrorsPage) {
    app.errors.page = Some(Box::new(page));
    renew(app);
}

/// Opens the list of groups: in the Handlers view those of the handler under the cursor.
pub(super) fn list(app: &mut App) {
    let chosen = if app.view == View::Handlers { app.handlers.chosen() } else { None };
    let handler = chosen.map(|report| report.name.clone());
    show(app, ErrorsPage::list(handler));
}

/// Opens the group under the cursor of the Flow view.
pub(super) fn open_from_flow(app: &mut App) {
    let at = app.flow.errors_table.cursor.unwrap_or(app.flow.errors_table.top);
    let Some(group) = app.flow.errors.groups.get(at).cloned() else { return };
    app.errors.look_at(group.id);
    show(app, ErrorsPage::group(group));
}

/// Opens what is under the cursor of the page: a group, or the event of an occurrence.
pub(super) fn open(app: &mut App) {
    let Some(page) = &mut app.errors.page else { return };
    if let Some(group) = &mut page.group {
        let at = group.table.cursor.unwrap_or(group.table.top);
        let Some(seq) = group.list.get(at).copied() else { return };
        group.table.cursor = Some(at);
        let id = app.monitor.failures().get(seq).and_then(|occurrence| occurrence.record.attempt.event);
        page.event = Some(OpenEvent::of(id, Some(seq), &app.monitor));
        return;
    }
    let at = page.table.cursor.unwrap_or(page.table.top);
    let Some(about) = page.groups.groups.get(at).cloned() else { return };
    page.table.cursor = Some(at);
    page.group = ErrorsPage::group(about.clone()).group;
    app.errors.look_at(about.id);
    renew(app);
}

/// Closes the innermost of the page. Whether there was one.
pub(super) fn back(app: &mut App) -> bool {
    let Some(page) = &mut app.errors.page else { return false };
    let closes_event = page.event.take().is_some() && page.group.is_some();
    if closes_event || page.has_list && page.group.take().is_some() {
        return true;
    }
    let page = app.errors.page.take();
    if let Some(page) = page.filter(|page| page.has_list) {
        if page.handler.is_some() || app.scope.tenant.is_some() || app.filter.is_on() {
            // The others were not on the list.
            app.errors.look_at_all(&page.groups.groups);
        } else {
            app.errors.look(&app.monitor);
        }
    }
    true
}

/// From an event to what its handlers did with it; from there to the event.
pub(super) fn outcomes(app: &mut App) {
    if let Some(page) = app.errors.page.take() {
        return if page.event.is_some() { show_event(app, page) } else { show_events(app, page) };
    }
    let id = app.shown_entry().and_then(|row| row.event_id());
    show(app, ErrorsPage::event(OpenEvent::of(id, None, &app.monitor)));
}

/// Shows the events of the group that is open, or under the cursor, in the Events view: those of its type at which its
/// handler failed. Esc brings the page back.
fn show_events(app: &mut App, page: Box<ErrorsPage>) {
    let Some(terms) = terms_of_group(&page) else {
        app.errors.page = Some(page);
        return app.tell(NO_TERMS);
    };
    leave_for_events(app, page);
    filter::set(app, &terms);
}

/// What finds the events of the group that is open, or under the cursor: its handler and its type.
pub(super) fn terms_of_group(page: &ErrorsPage) -> Option<String> {
    let at = page.table.cursor.unwrap_or(page.table.top);
    let about = page.group.as_ref().map(|group| &group.about).or_else(|| page.groups.groups.get(at))?;
    let handler = about.handler.as_ref().map(|name| term("handler:", name.as_str()));
    let event_type = about.event_type.as_ref().map(type_term);
    let terms = handler.into_iter().chain(event_type).collect::<Vec<_>>().join(" ");
    (!terms.is_empty()).then_some(terms)
}

/// Shows the event of the page in the Events view; Esc brings the page back.
fn show_event(app: &mut App, page: Box<ErrorsPage>) {
    let Some((id, entry)) = page.event.as_ref().and_then(|event| Some((event.id?, event.entry?))) else {
        app.errors.page = Some(page);
        return;
    };
    leave_for_events(app, page);
    filter::set(app, &format!("id:{id}"));
    app.events.cursor = Some(entry);
}

fn leave_for_events(app: &mut App, page: Box<ErrorsPage>) {
    // They are of what came.
    rewind::leave(app);
    app.trail = Some(Trail { errors: Some(page), ..flow::trail(app) });
    app.view = View::Events;
    events::leave_cursor(app);
}

/// The table that is open, and how many rows it has.
pub(super) fn table(app: &mut App) -> Option<(&mut TableState, usize)> {
    let page = app.errors.page.as_mut()?;
    Some(match &mut page.group {
        Some(group) => (&mut group.table, group.list.len()),
        None => (&mut page.table, page.groups.groups.len()),
    })
}

/// Moves in what is open.
pub(super) fn go(app: &mut App, to: Movement) {
    let body = views::body(app);
    let shown = views::errors::page(body);
    let extent = views::errors::event(body, app);
    let Some(page) = &mut app.errors.page else { return };
    if let Some(event) = &mut page.event {
        let last = extent.lines.saturating_sub(extent.page);
        event.top = to.target(event.top, last + 1, extent.page);
        return;
    }
    let Some((table, len)) = table(app) else { return };
    table.go(to.row(table.cursor, table.top, len, shown), len, shown);
}

pub(super) fn settle(app: &mut App) {
    let body = views::body(app);
    let shown = views::errors::page(body).max(1);
    let extent = views::errors::event(body, app);
    let Some(page) = &mut app.errors.page else { return };
    page.table.settle(page.groups.groups.len(), shown);
    if let Some(group) = &mut page.group {
        group.table.settle(group.list.len(), shown);
    }
    if let Some(event) = &mut page.event {
        event.top = event.top.min(extent.lines.saturating_sub(extent.page));
    }
}

/// The focus leaves a pane: what the pane of errors showed has been looked at.
pub(super) fn leave_pane(app: &mut App, pane: FlowPane) {
    if pane == FlowPane::Errors {
        app.errors.look(&app.monitor);
    }
}
