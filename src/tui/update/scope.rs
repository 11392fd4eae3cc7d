//! The tenant and the channel that every pane is narrowed to.
//!
//! A channel that is watched already is shown at once, out of what is retained. One beyond that was never read, so the
//! bus is watched anew for it: an empty screen would be a lie.

use super::{health, lens, tick, watch};
use crate::bus::ChannelScope;
use crate::event::{Channel, TenantId};
use crate::monitor::Scope;
use crate::text::display_safe;
use crate::tui::app::{App, Choice, Field, Picker, Popup};
use crate::tui::effect::Effect;

/// Opens the list of tenants, the most active first.
pub(super) fn pick_tenant(app: &mut App) {
    let is_locked = !app.context.locked_to.is_empty();
    let labels = app.monitor.labels();
    let mut choices = vec![Choice {
        value: None,
        name: "all tenants".to_owned(),
        note: String::new(),
        count: Some(app.monitor.counts().received),
    }];
    // Of a locked run, the others never come.
    let seen = app.monitor.tenants().into_iter().filter(|seen| seen.received > 0 || !is_locked);
    choices.extend(seen.map(|seen| Choice {
        name: labels.show(seen.tenant.as_str()),
        note: display_safe(seen.tenant.as_str()).into_owned(),
        count: Some(seen.received),
        value: Some(seen.tenant),
    }));
    let current = app.scope.tenant.clone();
    app.popup = Some(Popup::Tenants(Picker::new(choices, |tenant| *tenant == current)));
    count_tenants(app);
}

/// What each tenant does, while they are listed: the Flow view's numbers are of one alone, where the screen is narrowed.
pub(super) fn count_tenants(app: &mut App) {
    if !matches!(app.popup, Some(Popup::Tenants(_))) {
        return;
    }
    let as_of = app.monitor.link().stale_since().unwrap_or(app.clock.now);
    let all = Scope { tenant: None, ..app.scope.clone() };
    let rows = app.monitor.flow(&all, as_of).tenants.into_iter();
    app.flow.by_tenant = rows.filter_map(|row| Some((row.key?, (row.per_second, row.failed)))).collect();
}

/// Changes what is typed. A tenant that nothing came of can be chosen, too: last, and never by Enter alone; not where the
/// run is locked to others, as nothing of it would ever come.
pub(super) fn edit_tenants(
    picker: &mut Picker<Option<TenantId>>,
    locked_to: &[String],
    change: impl FnOnce(&mut Field) -> bool,
) {
    super::picker::edit(picker, change);
    let typed = picker.field.text().trim();
    let is_known = picker.choices.iter().any(|choice| {
        choice.name == typed || choice.value.as_ref().is_some_and(|tenant| tenant.as_str() == typed)
    });
    let unknown = TenantId::new(typed).ok().filter(|_| locked_to.is_empty() && !is_known);
    picker.own = unknown.map(|tenant| Choice {
        name: display_safe(tenant.as_str()).into_owned(),
        note: "as typed; nothing of it was seen".to_owned(),
        count: Some(0),
        value: Some(tenant),
    });
}

/// Opens the list of channels.
pub(super) fn pick_channel(app: &mut App) {
    let all = Choice {
        value: None,
        name: "all channels".to_owned(),
        note: unless_watched(app, &ChannelScope::All),
        count: None,
    };
    let mut known = app.channels.clone();
    known.extend(app.monitor.channels());
    let choice = |channel: Channel| Choice {
        name: display_safe(channel.as_str()).into_owned(),
        note: unless_watched(app, &ChannelScope::Only(channel.clone())),
        count: None,
        value: Some(channel),
    };
    let choices = std::iter::once(all).chain(known.into_iter().map(choice)).collect();
    let current = app.scope.channel.clone();
    app.popup = Some(Popup::Channels(Picker::new(choices, |channel| scope_of(channel.clone()) == current)));
}

/// Says which choice takes a while.
fn unless_watched(app: &App, channels: &ChannelScope) -> String {
    if watches(app, channels) { String::new() } else { "reads the bus anew".to_owned() }
}

fn watches(app: &App, channels: &ChannelScope) -> bool {
    app.watch.channels == ChannelScope::All || app.watch.channels == *channels
}

fn scope_of(channel: Option<Channel>) -> ChannelScope {
    channel.map_or(ChannelScope::All, ChannelScope::Only)
}

/// Takes the choice under the cursor.
pub(super) fn choose(app: &mut App) -> Vec<Effect> {
    let mut scope = app.scope.clone();
    match app.popup.take() {
        Some(Popup::Tenants(picker)) => {
            let Some(choice) = picker.chosen() else { return Vec::new() };
            scope.tenant.clone_from(&choice.value);
        }
        Some(Popup::Channels(picker)) => {
            let Some(choice) = picker.chosen() else { return Vec::new() };
            scope.channel = scope_of(choice.value.clone());
            if !watches(app, &scope.channel) {
                return watch::channels(app, scope.channel);
            }
        }
        Some(Popup::Contexts(picker)) => {
            let chosen = picker.chosen().map(|choice| choice.value.clone());
            return chosen.map_or_else(Vec::new, |name| watch::switch(app, &name));
        }
        _ => {}
    }
    narrow(app, scope);
    Vec::new()
}

/// Narrows every pane at once, also while the screen is held still: it was a person who asked.
pub(super) fn narrow(app: &mut App, scope: Scope) {
    if scope == app.scope {
        return;
    }
    app.scope = scope;
    app.flow.leave_tables();
    lens::renew(app);
    tick::renew_flow(app);
    health::renew(app);
}
