//! Lists to choose from.

use std::collections::BTreeSet;

use super::known;
use crate::event::json::Pointer;
use crate::event::{Channel, EventType, TenantId};
use crate::schema::form::{Entry, FieldKind, Row};
use crate::text::display_safe;
use crate::tui::app::compose::{ComposePicker, Known, Picked};
use crate::tui::app::{App, Choice, Field, Picker, Popup};

/// Opens the list of types: those seen on this bus first, then those of the catalogue.
pub(super) fn types(app: &mut App) {
    let seen = app.monitor.event_types();
    let kept = |event_type: &EventType| {
        let mut rows = app.flow.flow.types.iter();
        rows.find(|row| row.key.as_ref() == Some(event_type)).map(|row| row.kept)
    };
    let catalogue: BTreeSet<EventType> =
        app.schemas.0.iter().flat_map(|schemas| schemas.types().cloned()).collect();
    let note = |event_type: &EventType| if catalogue.contains(event_type) { "" } else { "no schema" };
    let choice = |event_type: &EventType, count| Choice {
        value: Picked::Type(event_type.clone()),
        name: event_type.to_string(),
        note: note(event_type).to_owned(),
        count,
    };
    let mut choices: Vec<_> = seen.iter().map(|it| choice(it, kept(it))).collect();
    // Stable: what is equally frequent stays in order.
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.count));
    choices.extend(catalogue.iter().filter(|it| !seen.contains(it)).map(|it| choice(it, None)));
    let current = app.compose.event_type.clone().map(Picked::Type);
    open(app, ComposePicker::TYPE, Pointer::root(), choices, current.as_ref());
}

/// Opens the list of tenants, the most active first; of a locked run only its own.
pub(super) fn tenants(app: &mut App) {
    let labels = app.monitor.labels();
    let choice = |tenant: TenantId, count| Choice {
        name: labels.show(tenant.as_str()),
        note: display_safe(tenant.as_str()).into_owned(),
        count,
        value: Picked::Tenant(tenant),
    };
    let seen = app.monitor.tenants().into_iter().filter(|seen| app.compose.may_be(&seen.tenant));
    let mut choices: Vec<_> = seen.map(|seen| choice(seen.tenant, Some(seen.received))).collect();
    for tenant in app.compose.locked() {
        let value = Picked::Tenant(tenant.clone());
        if choices.iter().all(|known| known.value != value) {
            choices.push(choice(tenant.clone(), None));
        }
    }
    let current = app.compose.tenant.clone().map(Picked::Tenant);
    open(app, ComposePicker::TENANT, Pointer::root(), choices, current.as_ref());
}

/// Opens the list of channels.
pub(super) fn channels(app: &mut App) {
    let own = match &app.context.channel {
        Some(channel) => format!("that of the profile: {channel}"),
        None => "that of the profile".to_owned(),
    };
    let mut known: BTreeSet<Channel> = app.channels.iter().cloned().collect();
    known.extend(app.monitor.channels());
    let choice = |channel: Option<Channel>, name: String| Choice {
        value: Picked::Channel(channel),
        name,
        note: String::new(),
        count: None,
    };
    let mut choices = vec![choice(None, own)];
    choices.extend(known.into_iter().map(|channel| choice(Some(channel.clone()), channel.to_string())));
    let current = Some(Picked::Channel(app.compose.channel.clone()));
    open(app, ComposePicker::CHANNEL, Pointer::root(), choices, current.as_ref());
}

/// Opens the list of the values that a field may have.
pub(super) fn values(app: &mut App, row: &Row) {
    let FieldKind::Choice(values) = &row.editor else { return };
    let names = values.iter().map(|value| value.label.as_str());
    let current = values.iter().position(|value| Some(value.label.as_str()) == row.shown.as_deref());
    let choices = numbered(names, Picked::Value);
    open(app, &title(row), row.pointer.clone(), choices, current.map(Picked::Value).as_ref());
}

/// Opens the list of the kinds that the value under the cursor may be of.
pub(super) fn variants(app: &mut App) {
    let Some(row) = app.compose.row().cloned() else { return };
    let FieldKind::Union(variants) = &row.field.kind else { return };
    let mut choices = numbered(variants.iter().map(|variant| variant.label.as_str()), Picked::Variant);
    for (choice, variant) in choices.iter_mut().zip(variants) {
        variant.kind.name().clone_into(&mut choice.note);
    }
    open(app, &title(&row), row.pointer.clone(), choices, row.variant.map(Picked::Variant).as_ref());
}

fn title(row: &Row) -> String {
    display_safe(&row.field.label).into_owned()
}

fn numbered<'n>(
    names: impl Iterator<Item = &'n str>,
    value: impl Fn(usize) -> Picked,
) -> Vec<Choice<Picked>> {
    let choice = |(nth, name)| Choice {
        value: value(nth),
        name: display_safe(name).into_owned(),
        note: String::new(),
        count: None,
    };
    names.enumerate().map(choice).collect()
}

fn open(app: &mut App, title: &str, at: Pointer, choices: Vec<Choice<Picked>>, current: Option<&Picked>) {
    let mut picker = Picker::new(choices, |value| Some(value) == current);
    if picker.choices.is_empty() {
        picker.list.cursor = None;
    }
    app.popup = Some(Popup::Compose(Box::new(ComposePicker { title: title.to_owned(), at, picker })));
}

/// Changes what is typed, and narrows the choices to it.
pub(crate) fn edit_picker(open: &mut ComposePicker, change: impl FnOnce(&mut Field) -> bool) {
    if change(&mut open.picker.field) {
        open.narrow();
    }
}

/// Takes the choice under the cursor.
pub(crate) fn choose(app: &mut App, open: &ComposePicker) {
    let Some(choice) = open.picker.chosen() else { return };
    let now = app.clock.now;
    let done = match &choice.value {
        Picked::Type(event_type) => {
            app.compose.choose_type(event_type.clone(), known!(app));
            Ok(())
        }
        Picked::Tenant(tenant) => app.compose.choose_tenant(tenant),
        Picked::Channel(channel) => {
            app.compose.choose_channel(channel.clone());
            Ok(())
        }
        Picked::Value(nth) => value(app, &open.at, *nth),
        Picked::Variant(nth) => app.compose.choose_variant(&open.at, *nth, now),
    };
    match done {
        Ok(()) if !matches!(choice.value, Picked::Variant(_)) => {
            let next = app.compose.cursor() + 1;
            app.compose.go_to(next);
            app.compose.show_caret();
        }
        Ok(()) => {}
        Err(why) => app.tell(why),
    }
}

fn value(app: &mut App, at: &Pointer, nth: usize) -> Result<(), String> {
    let row = app.compose.rows().iter().find(|row| row.pointer == *at);
    let Some(FieldKind::Choice(choices)) = row.map(|row| &row.editor) else { return Ok(()) };
    let Some(choice) = choices.get(nth) else { return Ok(()) };
    let entry = Entry::of_json(&choice.json).map_err(|why| why.to_string())?;
    app.compose.set(at, &entry)
}
