//! The second line: the views.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::text::count;
use crate::tui::action::Action;
use crate::tui::app::{App, Part, View};
use crate::tui::keymap::Context;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::{Words, inset, span};

/// From so many columns on there is room for wide gaps.
const ROOMY: u16 = 100;

/// Draws the tabs.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let gap = if area.width < ROOMY { 2 } else { 3 };
    let mut line = Words::new(theme);
    let area = inset(area);
    for view in View::ALL {
        let before = line.cells();
        let (action, shown) = match view {
            View::Flow => (Action::ShowFlow, None),
            View::Events => (Action::ShowEvents, Some(app.events.len() as u64)),
            View::Handlers => (Action::ShowHandlers, None),
            View::Failed => (Action::ShowFailed, None),
            View::Compose => (Action::ShowCompose, None),
            View::Health => (Action::ShowHealth, None),
        };
        if let Some(key) = key(app, action) {
            line = line.put(key, Meaning::Dim).gap(1);
        }
        let meaning = if app.view == view { Meaning::TabOpen } else { Meaning::Tab };
        line = line.put(view.title(), meaning);
        if let Some(shown) = shown {
            line = line.gap(1).put(count(shown), Meaning::Dim);
        }
        if view == View::Failed
            && let Some(failed) = app.failed.count(!app.context.locked_to.is_empty())
        {
            let meaning = if failed.number() > 0 { Meaning::Failed } else { Meaning::Dim };
            line = line.gap(1).put(failed.show(), meaning);
        }
        if view == View::Health {
            let (faults, warnings) = app.health.health.counts();
            if faults + warnings > 0 {
                let meaning = if faults > 0 { Meaning::Failed } else { Meaning::Waiting };
                line = line.gap(1).put(count((faults + warnings) as u64), meaning);
            }
        }
        app.areas.add(span(area, before, line.cells()), Part::Tab(view));
        line = line.gap(gap);
    }
    line.draw(frame, area);
}

/// The key that opens a view from any other: it names the tab also while text is typed.
fn key(app: &App, action: Action) -> Option<String> {
    let keys = app.setup.keymap.keys(Context::Global);
    keys.iter().find(|(_, bound)| *bound == action).map(|(key, _)| key.to_string())
}
