//! What a composed event starts from.

use super::known;
use crate::event::{Channel, EventType, pick};
use crate::tui::app::compose::{Basis, Known};
use crate::tui::app::{App, Form, Popup, View, What, Whence};
use crate::tui::update::reveal;

/// Whether events of this bus are for a channel each, also before one was seen.
fn has_channels(app: &App) -> bool {
    app.has_channels() || app.context.channel.is_some() || app.context.profile == "alga-psa"
}

/// The view is opened.
pub(crate) fn show(app: &mut App) {
    app.compose.has_channels = has_channels(app);
    let tenant = app.scope.tenant.clone();
    app.compose.prefer(tenant.as_ref());
    if app.compose.basis() == &Basis::Nothing {
        // By now an event of that type may have come.
        app.compose.renew_model(known!(app));
        app.compose.read_anew();
        app.compose.seek_anew();
    }
}

/// A context was opened.
pub(crate) fn meet(app: &mut App) {
    app.compose.has_channels = has_channels(app);
    let info = app.context.clone();
    app.compose.meet(&info, known!(app));
    let tenant = app.scope.tenant.clone();
    app.compose.prefer(tenant.as_ref());
}

/// Every pane is narrowed to another tenant: the event that is composed is of that one, as long as nobody said whose it
/// is.
pub(super) fn follow_scope(app: &mut App) {
    if !app.compose.knows_scope(app.scope.tenant.as_ref()) {
        let tenant = app.scope.tenant.clone();
        app.compose.prefer(tenant.as_ref());
    }
}

/// Starts from the event under the cursor.
pub(crate) fn from_event(app: &mut App) {
    let Some((event_type, channel, payload)) = under_cursor(app) else {
        return app.tell("the payload of this event cannot be read");
    };
    if app.masks_here().payload(&payload).is_some() {
        let why = reveal::refusal(app);
        return app.tell(why);
    }
    let was_typed = app.compose.is_typed();
    let (view, errors, trail) = (app.view, app.errors.page.take(), app.trail.take());
    app.whence = Some(Box::new(Whence { view, errors, trail }));
    app.view = View::Compose;
    app.compose.has_channels = has_channels(app);
    app.compose.start_from((event_type, channel), &payload, known!(app));
    if was_typed {
        app.tell("a new event; u brings back what was composed before");
    }
}

/// Goes back to the event that the composed one was started from. Whether there is one.
pub(crate) fn come_back(app: &mut App) -> bool {
    if app.view != View::Compose {
        return false;
    }
    let Some(Whence { view, errors, trail }) = app.whence.take().map(|whence| *whence) else { return false };
    (app.view, app.errors.page, app.trail) = (view, errors, trail);
    true
}

/// Type, channel and payload of the event under the cursor.
fn under_cursor(app: &App) -> Option<(Option<EventType>, Option<Channel>, String)> {
    if app.errors.page.is_none() && app.view == View::Failed {
        let event = app.failed_event()?;
        let [payload] = pick(event.text.as_deref()?, &["payload"]).ok()?;
        return Some((Some(event.event_type.clone()), event.channel.clone(), payload?.to_owned()));
    }
    let row = match &app.errors.page {
        Some(page) => app.monitor.ring().get(page.event.as_ref()?.entry?)?,
        None => app.shown_entry()?,
    };
    Some((row.event_type().cloned(), row.channel().cloned(), row.payload()?.to_owned()))
}

/// Starts from a payload that was kept: what was composed before can be brought back.
pub(crate) fn start_from(app: &mut App, of: (Option<EventType>, Option<Channel>), payload: &str) {
    app.compose.has_channels = has_channels(app);
    app.compose.start_from(of, payload, known!(app));
}

/// Asks before what was typed is put away.
pub(crate) fn ask_anew(app: &mut App) {
    if app.compose.is_typed() {
        app.popup = Some(Popup::Form(Box::new(Form::new(What::Anew, false))));
    } else {
        anew(app);
    }
}

/// Begins with an empty event.
pub(crate) fn anew(app: &mut App) {
    app.compose.anew(known!(app));
    let tenant = app.scope.tenant.clone();
    app.compose.prefer(tenant.as_ref());
}
