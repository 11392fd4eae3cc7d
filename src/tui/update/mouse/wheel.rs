//! The wheel: it scrolls what is under the pointer, whichever pane has the keys. A cursor stays on the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Position;

use crate::tui::app::{App, FlowPane, Pane, Part, Popup};
use crate::tui::update::movement::Movement;
use crate::tui::update::{compose, detail, errors, events, flow, form, help, picker};

pub(super) fn turn(app: &mut App, at: Position, by: isize) {
    let Some((area, part)) = app.areas.at(at) else { return };
    let shown = usize::from(area.height);
    match part {
        Part::Rows(pane, _) | Part::Event(pane, _) | Part::Caret(pane, _) => scroll(app, pane, by, shown),
        Part::Cell(..) => scroll(app, Pane::Flow(FlowPane::Matrix), by, shown),
        _ => {}
    }
}

fn scroll(app: &mut App, pane: Pane, by: isize, shown: usize) {
    match pane {
        Pane::Flow(FlowPane::Strip) | Pane::Events => events::scroll(app, by),
        Pane::Flow(pane) => {
            let (len, shown) = (app.flow.rows(pane), flow::page(app, pane).unwrap_or(shown));
            if let Some(table) = app.flow.table(pane) {
                table.scroll(by, len, shown);
            }
        }
        Pane::Detail => detail::scroll_lines(app, by),
        Pane::Handlers => {
            let before = app.handlers.table.cursor;
            app.handlers.table.scroll(by, app.handlers.reports.len(), shown);
            if app.handlers.table.cursor != before {
                app.handlers.top = 0;
            }
        }
        // What is beyond its end is put right after each message.
        Pane::Handler => app.handlers.top = app.handlers.top.saturating_add_signed(by),
        Pane::Failed => {
            let len = app.failed.len();
            app.failed.open_table_mut().scroll(by, len, shown);
            app.failed.note_cursor();
        }
        Pane::FailedEvent => {
            if let Some(detail) = &mut app.failed.detail {
                detail.top = detail.top.saturating_add_signed(by);
            }
        }
        Pane::Journal => {
            if let Some(journal) = &mut app.failed.journal {
                let len = journal.len();
                journal.table_mut().scroll(by, len, shown);
            }
        }
        Pane::Health => app.health.table.scroll(by, app.health.rows.len(), shown),
        Pane::Errors => {
            if let Some((table, len)) = errors::table(app) {
                table.scroll(by, len, shown);
            }
        }
        Pane::ErrorsEvent => {
            if let Some(event) = app.errors.page.as_mut().and_then(|page| page.event.as_mut()) {
                event.top = event.top.saturating_add_signed(by);
            }
        }
        Pane::Head | Pane::Fields => {
            app.compose.close_field();
            compose::go(app, Movement::Rows(by));
        }
        Pane::Suggestions => app.compose.take_suggestion(by.signum(), app.clock.now),
        Pane::Json => {
            app.compose.scrolled.shift(by);
            for key in arrows(by) {
                compose::type_in(app, key);
            }
        }
        Pane::Edit => {
            if let Some(draft) = &mut app.draft {
                draft.scrolled.shift(by);
            }
            for key in arrows(by) {
                form::type_in(app, key);
            }
        }
        Pane::List => {
            if let Some((list, len)) = picker::list(app) {
                list.scroll(by, len, shown);
            }
        }
        Pane::Palette => {
            if let Some(Popup::Palette(open)) = &mut app.popup {
                let len = open.len();
                open.list.scroll(by, len, shown);
            }
        }
        Pane::Help => help::scroll(app, Movement::Rows(by)),
        Pane::Said => form::scroll(app, Movement::Rows(by)),
    }
}

/// An editor scrolls with its caret.
fn arrows(by: isize) -> impl Iterator<Item = KeyEvent> {
    let code = if by < 0 { KeyCode::Up } else { KeyCode::Down };
    std::iter::repeat_n(KeyEvent::new(code, KeyModifiers::NONE), by.unsigned_abs())
}
