//! The command palette: what is in it, and doing what is chosen.

use std::collections::BTreeSet;

use super::movement::Movement;
use super::{act, filter, flow, scope, watch};
use crate::event::EventType;
use crate::text::display_safe;
use crate::tui::action::Action;
use crate::tui::app::{App, Command, Field, Named, Palette, Popup, Stem, View, context_note};
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::views;

/// What an action does that the palette has a say in; `None` where it has none.
pub(super) fn act(app: &mut App, action: Action) -> Option<Vec<Effect>> {
    let Some(Popup::Palette(palette)) = &mut app.popup else {
        if action != Action::Palette {
            return None;
        }
        open(app);
        return Some(Vec::new());
    };
    match action {
        Action::Choose => return Some(choose(app)),
        Action::FillIn => palette.fill_in(),
        Action::Back => app.popup = palette.below.take().map(|below| *below),
        _ => return None,
    }
    Some(Vec::new())
}

/// Opens it over what is there.
fn open(app: &mut App) {
    let (commands, closed) = (commands(app), why_closed(app));
    let below = app.popup.take();
    app.popup = Some(Popup::Palette(Box::new(Palette::new(commands, closed, below))));
}

/// Changes what is typed, and looks for it.
pub(super) fn edit(palette: &mut Palette, change: impl FnOnce(&mut Field) -> bool) {
    if change(&mut palette.field) {
        palette.narrow();
    }
}

pub(super) fn go(app: &mut App, to: Movement) {
    let page = views::popups::picker_page(app);
    if let Some(Popup::Palette(palette)) = &mut app.popup {
        let len = palette.len();
        let row = to.target(palette.list.cursor.unwrap_or(0), len, page);
        palette.list.go(row, len, page);
    }
}

/// Keeps the cursor on the screen.
pub(super) fn settle(app: &mut App) {
    let page = views::popups::picker_page(app);
    if let Some(Popup::Palette(palette)) = &mut app.popup {
        let len = palette.len();
        palette.list.settle(len, page);
    }
}

/// Judges anew what can be done: a second has gone by, and the bus goes on below.
pub(super) fn renew(app: &mut App) {
    let Some(Popup::Palette(mut palette)) = app.popup.take_if(|popup| matches!(popup, Popup::Palette(_)))
    else {
        return;
    };
    app.popup = palette.below.take().map(|below| *below);
    for command in &mut palette.commands {
        if let Named::Action(action) = command.named {
            command.refusal = app.allows_by_name(action).err().map(Into::into);
        }
    }
    palette.below = app.popup.take().map(Box::new);
    app.popup = Some(Popup::Palette(palette));
}

/// The theme on the screen is the one under the cursor, else the one that stays.
pub(super) fn preview(app: &mut App) -> Vec<Effect> {
    let tried = match &app.popup {
        Some(Popup::Palette(palette)) => palette.tried(),
        _ => None,
    };
    let wanted = tried.unwrap_or(&app.theme.kept).to_owned();
    if wanted == app.theme.shown {
        return Vec::new();
    }
    app.theme.shown.clone_from(&wanted);
    vec![Effect::Theme(wanted)]
}

/// Enter: does what is under the cursor, with what lies below as if there had been no palette.
fn choose(app: &mut App) -> Vec<Effect> {
    let Some(Popup::Palette(mut palette)) = app.popup.take() else { return Vec::new() };
    let Some(chosen) = palette.chosen().cloned() else { return Vec::new() };
    if let Named::Stem(_) = chosen.named {
        palette.fill_in();
        app.popup = Some(Popup::Palette(palette));
        return Vec::new();
    }
    app.popup = palette.below.take().map(|below| *below);
    match chosen.named {
        Named::Action(action) => return by_name(app, action),
        Named::Type(event_type) => {
            act::show(app, app.view);
            flow::narrow_to(app, &crate::tui::app::type_term(&event_type));
        }
        Named::Tenant(tenant) => {
            let scope = crate::monitor::Scope { tenant, ..app.scope.clone() };
            scope::narrow(app, scope);
        }
        Named::Context(name) => return watch::switch(app, &name),
        Named::Theme(name) => app.theme.kept = name,
        Named::Filter(text) => {
            if matches!(app.view, View::Handlers | View::Compose) || app.journal().is_some() {
                act::show(app, View::Events);
            }
            app.trail = None;
            filter::set(app, &text);
        }
        Named::Stem(_) => {}
    }
    Vec::new()
}

/// Does what was asked for by its name, if it can be done here and now.
pub(super) fn by_name(app: &mut App, action: Action) -> Vec<Effect> {
    match app.allows_by_name(action) {
        Ok(()) => act::act(app, action),
        Err(why) => {
            app.tell(why);
            Vec::new()
        }
    }
}

/// Why nothing but actions and themes can be chosen, if so.
fn why_closed(app: &App) -> Option<&'static str> {
    if app.popup.is_some() {
        Some("something is asked, or a list is open: Esc closes it")
    } else if app.filter.is_open() {
        Some("a filter is being typed: Enter keeps it, Esc puts it back")
    } else {
        None
    }
}

fn commands(app: &App) -> Vec<Command> {
    let closed = why_closed(app).map(ToOwned::to_owned);
    let mut all: Vec<_> = Action::ALL
        .iter()
        .filter(|action| !matches!(action, Action::Palette | Action::FillIn))
        .map(|action| of_action(app, *action))
        .collect();
    all.extend(Stem::ALL.into_iter().map(|stem| Command {
        named: Named::Stem(stem),
        name: format!("{} {}", stem.word(), stem.rest()),
        help: stem.help().to_owned(),
        keys: String::new(),
        refusal: closed.clone().filter(|_| stem != Stem::Theme),
    }));
    let command = |named, stem: Stem, label: &str, help: String, refusal| Command {
        named,
        name: format!("{} {label}", stem.word()),
        help,
        keys: String::new(),
        refusal,
    };
    all.extend(types(app).into_iter().map(|event_type| {
        let name = display_safe(event_type.as_str()).into_owned();
        command(Named::Type(event_type), Stem::Type, &name, "Narrow Events to it".to_owned(), closed.clone())
    }));
    all.push(command(
        Named::Tenant(None),
        Stem::Tenant,
        "(all)",
        "Show all tenants".to_owned(),
        closed.clone(),
    ));
    let is_locked = !app.context.locked_to.is_empty();
    let seen = app.monitor.tenants().into_iter().filter(|seen| seen.received > 0 || !is_locked);
    all.extend(seen.map(|seen| {
        let label = app.monitor.labels().show(seen.tenant.as_str());
        let id = display_safe(seen.tenant.as_str()).into_owned();
        command(Named::Tenant(Some(seen.tenant)), Stem::Tenant, &label, id, closed.clone())
    }));
    all.extend(app.setup.contexts.iter().map(|context| {
        let is_open = context.name == app.context.name;
        let refusal = closed.clone().or_else(|| is_open.then(|| "it is open already".to_owned()));
        let name = display_safe(&context.name).into_owned();
        command(Named::Context(context.name.clone()), Stem::Context, &name, context_note(context), refusal)
    }));
    // The one that is looked at stands first: what is under the cursor is tried, and the screen changes with a choice only.
    let mut themes: Vec<_> = app.setup.themes.iter().collect();
    themes.sort_by_key(|(name, _)| *name != app.theme.kept);
    all.extend(themes.into_iter().map(|(name, mistake)| {
        let is_kept = *name == app.theme.kept;
        let help = if is_kept { "The theme of this run" } else { "Keep it for this run" };
        let refusal = mistake.as_ref().err().map(|why| display_safe(why).into_owned());
        command(Named::Theme(name.clone()), Stem::Theme, &display_safe(name), help.to_owned(), refusal)
    }));
    all
}

/// The types that were seen, and those of the catalogue.
fn types(app: &App) -> BTreeSet<EventType> {
    let catalogue = app.schemas.0.iter().flat_map(|schemas| schemas.types().cloned());
    app.monitor.event_types().into_iter().chain(catalogue).collect()
}

fn of_action(app: &App, action: Action) -> Command {
    let keymap = &app.setup.keymap;
    let here = keymap.bindings(app.contexts()).into_iter().find(|binding| binding.action == action);
    let elsewhere = || {
        let mut keys = Keymap::homes(action).map(|home| keymap.keys_of(home, action));
        keys.find(|keys| !keys.is_empty()).unwrap_or_default()
    };
    let keys = here.map_or_else(elsewhere, |binding| binding.keys);
    Command {
        named: Named::Action(action),
        name: action.spelling().to_owned(),
        help: action.help().to_owned(),
        keys: keys.iter().take(2).map(ToString::to_string).collect::<Vec<_>>().join("  "),
        refusal: app.allows_by_name(action).err().map(Into::into),
    }
}
