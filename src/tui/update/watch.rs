//! Which bus is watched, and what of it.

use super::export;
use crate::bus::{ChannelScope, Watch};
use crate::event::TenantLabels;
use crate::text::display_safe;
use crate::tui::app::{App, Choice, Form, Goal, Picker, Popup, Rights, What, context_note};
use crate::tui::effect::{Effect, Schemas};

/// Tries to connect now. Where watching has ended, it begins anew.
pub(super) fn reconnect(app: &mut App) -> Vec<Effect> {
    if app.ended {
        return go_or_ask(app, Goal::Anew);
    }
    app.tell("trying to connect now");
    vec![Effect::Reconnect]
}

/// Watches the demo in place of the bus that cannot be reached.
pub(super) fn demo(app: &mut App) -> Vec<Effect> {
    app.setup.demo.clone().map_or_else(Vec::new, |demo| switch(app, &demo))
}

/// Opens the list of contexts.
pub(super) fn pick(app: &mut App) {
    let choices = app.setup.contexts.iter().map(|context| Choice {
        value: context.name.clone(),
        name: display_safe(&context.name).into_owned(),
        note: context_note(context),
        count: None,
    });
    let picker = Picker::new(choices.collect(), |name| *name == app.context.name);
    app.popup = Some(Popup::Contexts(picker));
}

/// Opens another context.
pub(super) fn switch(app: &mut App, name: &str) -> Vec<Effect> {
    if name == app.context.name {
        if app.ended {
            return reconnect(app);
        }
        app.tell(format!("{} is open already", display_safe(name)));
        return Vec::new();
    }
    go_or_ask(app, Goal::Context(name.to_owned()))
}

/// Watches other channels of the same bus.
pub(super) fn channels(app: &mut App, channels: ChannelScope) -> Vec<Effect> {
    go_or_ask(app, Goal::Channels(channels))
}

/// Goes there; asks first where something would be broken off or lost.
fn go_or_ask(app: &mut App, goal: Goal) -> Vec<Effect> {
    if app.may_go_to(&goal).is_ok() && !app.lost_by(&goal).is_empty() {
        app.popup = Some(Popup::Form(Box::new(Form::new(What::Switch(goal), false))));
        return Vec::new();
    }
    go(app, goal)
}

/// Goes there, if that may be.
pub(super) fn go(app: &mut App, goal: Goal) -> Vec<Effect> {
    if let Err(why) = app.may_go_to(&goal) {
        app.tell(why);
        return Vec::new();
    }
    // What it writes is known by numbers that mean nothing from now on.
    let mut effects = export::give_up(app);
    if effects.is_empty() {
        match &goal {
            Goal::Context(_) => {}
            Goal::Channels(_) => app.tell("reading the bus anew, with its newest events first"),
            Goal::Anew => app.tell("trying to connect now"),
        }
    }
    match goal {
        Goal::Context(name) => go_to(app, &name),
        Goal::Channels(channels) => watch_channels(app, channels),
        Goal::Anew => {
            let scope = app.scope.clone();
            app.forget_bus();
            app.scope = scope;
            super::lens::renew(app);
        }
    }
    effects.push(Effect::Observe { context: app.context.name.clone(), watch: app.watch.clone() });
    effects
}

/// Opens another context. Nothing that is known of the bus before is kept: it would be shown under another name.
fn go_to(app: &mut App, name: &str) {
    app.compose.close_field();
    let mut composed = app.put_away.remove(name).unwrap_or_default();
    composed.uuid = app.compose.uuid;
    let before = std::mem::replace(&mut app.compose, composed);
    let left = std::mem::take(&mut app.context.name);
    put_filter_away(app, &left, name);
    app.put_away.insert(left, before);

    app.context = app.setup.context_named(name);
    let channels = app.context.channel.clone().map_or(ChannelScope::All, ChannelScope::Only);
    app.watch = Watch { channels, ..app.setup.watch.clone() };
    // What is known of it comes when it is open.
    app.setup.labels = TenantLabels::default();
    app.schemas = Schemas::default();
    app.rights = Rights::default();
    app.sending.leave();
    app.plan = None;
    app.popup = None;
    app.forget_bus();
    // What is answered of it reaches nobody here.
    app.failed.exporting = None;
}

/// A filter is about the bus for which it was typed: it stays with that, and comes back with it.
fn put_filter_away(app: &mut App, left: &str, opened: &str) {
    let filter = app.filter.live.text.clone();
    app.filter.editing = None;
    app.filter.live.set(&app.filters.remove(opened).unwrap_or_default());
    if !filter.is_empty() {
        let name = display_safe(left);
        app.tell(format!(
            "the filter was about {name}: it is put away, and comes back when that is opened again"
        ));
        app.filters.insert(left.to_owned(), filter);
    }
}

/// It is read anew, so what is known of it begins anew too: reading on in what is there would count its events twice.
fn watch_channels(app: &mut App, channels: ChannelScope) {
    let (known, tenant) = (std::mem::take(&mut app.channels), app.scope.tenant.clone());
    app.watch.channels = channels;
    app.forget_bus();
    app.channels = known;
    app.scope.tenant = tenant;
    super::lens::renew(app);
}
