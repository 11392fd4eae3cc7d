//! The second line: the views.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::bus::Counted;
use crate::text::{count, width};
use crate::tui::action::Action;
use crate::tui::app::{App, Part, View};
use crate::tui::keymap::Context;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset, span};

/// From so many columns on there is room for wide gaps.
const ROOMY: u16 = 100;

/// What is said of the views, as much as there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    gap: usize,
    /// Whether events are counted: what is wrong is counted longer than they are.
    events: bool,
    faults: bool,
    /// Whether views that are not open have their names.
    names: bool,
}

impl Shape {
    /// What there is room for in `room` cells.
    fn of(room: usize, widest: usize, app: &App) -> Self {
        let shape = |gap, events, faults, names| Self { gap, events, faults, names };
        let shapes = [
            shape(widest, true, true, true),
            shape(2, true, true, true),
            shape(2, false, true, true),
            shape(1, false, true, true),
            shape(1, false, false, true),
        ];
        shapes.into_iter().find(|shape| shape.cells(app) <= room).unwrap_or(shape(1, false, true, false))
    }

    fn cells(self, app: &App) -> usize {
        let tab = |view: View| {
            let key = key(app, view.action()).map_or(0, |key| width(&key) + 1);
            let note = self.note(view, app).map_or(0, |(note, _)| width(&note) + 1);
            key + width(view.title()) + note
        };
        View::ALL.into_iter().map(|view| tab(view) + self.gap).sum::<usize>().saturating_sub(self.gap)
    }

    /// What is counted in a view.
    fn note(self, view: View, app: &App) -> Option<(String, Meaning)> {
        let shown = if view == View::Events { self.events } else { self.faults };
        if !shown {
            return None;
        }
        match view {
            View::Events => Some((count(app.events.len() as u64), Meaning::Dim)),
            View::Failed => {
                let failed = app.failed.count(!app.context.locked_to.is_empty())?;
                let meaning = if failed.number() > 0 { Meaning::Failed } else { Meaning::Dim };
                Some((failed_of_all(&failed, app), meaning))
            }
            View::Health => {
                let (faults, warnings) = app.health.health.counts();
                let meaning = if faults > 0 { Meaning::Failed } else { Meaning::Waiting };
                (faults + warnings > 0).then(|| (count((faults + warnings) as u64), meaning))
            }
            View::Flow | View::Handlers | View::Compose => None,
        }
    }
}

/// Draws the tabs.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let widest = if area.width < ROOMY { 2 } else { 3 };
    let area = inset(area);
    let shape = Shape::of(usize::from(area.width), widest, app);
    let mut line = Words::new(theme);
    for view in View::ALL {
        let before = line.cells();
        let is_open = app.view == view;
        let key = key(app, view.action());
        let has_name = is_open || shape.names || key.is_none();
        if let Some(key) = key {
            line = line.put(key, Meaning::Dim).gap(usize::from(has_name));
        }
        if has_name {
            line = line.put(view.title(), if is_open { Meaning::TabOpen } else { Meaning::Tab });
        }
        if let Some((note, meaning)) = shape.note(view, app) {
            line = line.gap(1).put(note, meaning);
        }
        app.areas.add(span(area, before, line.cells()), Part::Tab(view));
        line = line.gap(shape.gap);
    }
    line.draw(frame, area);
}

/// How many events failed. They are counted, not read: whose they are is not known, so that where a tenant is chosen it is
/// said that these are not all of that tenant.
pub(super) fn failed_of_all(failed: &Counted, app: &App) -> String {
    let all = if app.scope.tenant.is_some() { " in all" } else { "" };
    format!("{}{all}", failed.show())
}

/// The key that opens a view from any other: it names the tab also while text is typed.
fn key(app: &App, action: Action) -> Option<String> {
    let keys = app.setup.keymap.keys(Context::Global);
    keys.iter().find(|(_, bound)| *bound == action).map(|(key, _)| key.to_string())
}
