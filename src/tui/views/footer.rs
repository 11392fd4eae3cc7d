//! The last line: the keys that work here, now; for a few seconds, what a key did.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::app::{App, Part, Popup, View};
use crate::tui::keymap::{Binding, Context};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset, span};

/// Cells between two keys.
const GAP: usize = 3;

/// What hands know, and the way back of what is named: these would take the room of keys that are not known.
const NOT_NAMED: [Action; 24] = [
    Action::Interrupt,
    Action::Suspend,
    Action::Redraw,
    Action::Mouse,
    Action::PreviousPane,
    Action::PreviousHit,
    Action::MarkRange,
    Action::UnfoldAll,
    Action::Left,
    Action::Right,
    Action::Down,
    Action::Up,
    Action::PageDown,
    Action::PageUp,
    Action::ShowFlow,
    Action::ShowEvents,
    Action::ShowHandlers,
    Action::ShowFailed,
    Action::ShowCompose,
    Action::ShowHealth,
    Action::Contexts,
    Action::PreviousField,
    Action::ChangeBack,
    // The plan's own line names it.
    Action::CancelPlan,
];

/// Beside the keys of the filter field: what can be typed into it.
const LANGUAGE: &str =
    "type:TICKET_*  tenant:acme  payload.x=1  is:failed  error:text  age<5m  word  or  not  ( )";

/// The ways out of anything: at the right, whatever else there is.
const ALWAYS_NAMED: [Action; 3] = [Action::Back, Action::Palette, Action::Help];

/// Draws the footer.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let area = inset(area);
    if let Some(toast) = &app.notices.toast {
        Words::new(theme).put(toast.text.clone(), Meaning::Accent).draw(frame, area);
        return;
    }
    let bindings = app.setup.keymap.bindings(app.contexts());
    let (always, named): (Vec<_>, Vec<_>) = bindings
        .iter()
        .filter(|binding| is_named(binding, app) && app.allows(binding.action).is_ok())
        .partition(|binding| ALWAYS_NAMED.contains(&binding.action) && binding.context == Context::Global);
    let mut places = Vec::new();
    let always = always.iter().enumerate().fold(Words::new(theme), |line, (at, binding)| {
        let line = line.gap(if at > 0 { GAP } else { 0 });
        let before = line.cells();
        let line = line.then(key(binding, app, theme));
        places.push((before, line.cells(), binding.action));
        line
    });
    let left = usize::from(area.width).saturating_sub(always.cells());
    for (from, to, action) in places {
        app.areas.add(span(area, left + from, left + to), Part::Key(action));
    }
    let room = usize::from(area.width).saturating_sub(always.cells() + GAP);
    let mut line = Words::new(theme);
    let of = |binding: &&Binding| (key(binding, app, theme), Some(binding.action));
    let mut keys: Vec<_> = named.iter().map(|binding| of(&&**binding)).collect();
    // Behind what is special here, and before what works everywhere.
    let special = named.iter().take_while(|binding| binding.context != Context::Global).count();
    if let Some(moving) = moving(app, theme) {
        keys.insert(special, (moving, None));
    }
    for (next, action) in keys {
        let (before, behind) = (line.cells(), line.cells() + next.cells());
        if behind > room {
            break;
        }
        if let Some(action) = action {
            app.areas.add(span(area, before, behind), Part::Key(action));
        }
        line = line.then(next).gap(GAP);
    }
    let free = room.saturating_sub(line.cells());
    line.draw(frame, area);
    always.draw_right(frame, area);
    let language = Words::new(theme).put(LANGUAGE, Meaning::Dim);
    if app.contexts().contains(&Context::Filter) && app.filter.is_typed() && language.cells() <= free {
        language.draw_right(frame, area);
    }
}

/// The keys that move the cursor, where there are rows.
fn moving<'t>(app: &App, theme: &'t Theme) -> Option<Words<'t>> {
    let contexts = app.contexts();
    let bindings = app.setup.keymap.bindings(contexts);
    let key = |action| {
        let binding = bindings.iter().find(|binding| binding.action == action)?;
        binding.keys.first().map(ToString::to_string)
    };
    let keys = format!("{} {}", key(Action::Down)?, key(Action::Up)?);
    let is_empty = matches!(&app.popup, Some(Popup::Shelf(open)) if open.is_empty());
    let has_list = [Context::Picker, Context::Palette].iter().any(|context| contexts.contains(context));
    let is_empty = is_empty || matches!(app.popup, Some(Popup::Jump(_)));
    let has_rows = has_list && !is_empty
        || !has_list
            && match app.view {
                View::Health => !app.health.rows.is_empty(),
                View::Handlers => !app.handlers.reports.is_empty(),
                View::Failed => app.journal().map_or(!app.failed.is_empty(), |page| !page.is_empty()),
                View::Compose => true,
                View::Flow | View::Events => app.monitor.counts().received > 0,
            };
    has_rows.then(|| Words::new(theme).put(keys, Meaning::Key).put(" move", Meaning::KeyHelp))
}

fn is_named(binding: &Binding, app: &App) -> bool {
    // Where the list is empty, what fills it comes first.
    let is_for_rows = matches!(binding.action, Action::NextHit | Action::Export);
    !NOT_NAMED.contains(&binding.action)
        && binding.context != Context::Rows
        && !(app.view == View::Events && app.events.is_empty() && is_for_rows)
}

fn key<'t>(binding: &Binding, app: &App, theme: &'t Theme) -> Words<'t> {
    let key = binding.keys.first().map(ToString::to_string).unwrap_or_default();
    Words::new(theme).put(key, Meaning::Key).gap(1).put(app.hint(binding.action), Meaning::KeyHelp)
}
