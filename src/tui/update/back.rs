//! Esc: closes what is open, one thing at a time, then goes back. It never quits.

use super::{compose, errors, events, failed, filter, flow, form, handlers, health, marks, rewind};
use crate::tui::app::{App, View};

pub(super) fn back(app: &mut App) {
    if form::is_open(app) {
        return form::close(app);
    }
    if app.popup.take().is_some() {
        return;
    }
    if app.view == View::Events && app.errors.page.is_none() && rewind::stop(app) {
        // What is looked for beyond the list.
    } else if compose::back(app) || errors::back(app) || compose::come_back(app) {
        // One thing at a time.
    } else if app.events.reads_whole(app.view) {
        app.events.whole = false;
    } else if app.view == View::Handlers && handlers::back(app)
        || app.view == View::Failed && failed::back(app)
        || app.view == View::Health && health::back(app)
    {
        // One thing at a time.
    } else if app.view == View::Events && marks::back(app) {
        // Marks are worth more than the way back.
    } else if app.view == View::Events && rewind::back(app) {
        // Back to what comes.
    } else if matches!(app.view, View::Events | View::Failed) && app.trail.is_some() {
        flow::come_back(app);
    } else if app.filter.is_on() {
        filter::set(app, "");
    } else if app.view == View::Flow {
        flow::leave_cursor(app);
    } else if app.view == View::Events && (app.events.cursor.is_some() || app.events.top.is_some()) {
        events::leave_cursor(app);
    } else if app.view != View::Failed || !failed::leave_cursor(app) {
        app.view = View::Flow;
    }
}
