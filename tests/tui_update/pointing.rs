//! Pointing into text that is typed, and ways of the mouse between Flow and Events.

use ratatui::layout::{Rect, Size};
use tidings::tui::app::{App, EventsPane, FlowPane, Pane, Part, Popup, Slot, View};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::composed::{kinds, several_lines};
use crate::errors::failing;
use crate::mouse::{DOWN, UP, click, draw, in_row, place, rows, text, turn, twice};
use crate::queue::{edited, queue};
use crate::start::{events, full, press, told};

fn field(app: &App) -> Rect {
    place(app, |part| matches!(part, Part::Typed(..)))
}

/// Types a text where the caret is.
fn type_in(app: &mut App, text: &str) {
    update(app, Message::Paste(text.to_owned()));
}

/// Opens the first field below the cursor that is as it should be.
fn open_field(app: &mut App, is_wanted: impl Fn(&App) -> bool) {
    for _ in 0..app.compose.lines() {
        press(app, "enter");
        if app.compose.field.is_some() && is_wanted(app) {
            return;
        }
        if app.compose.field.is_some() || app.popup.is_some() {
            press(app, "esc");
        }
        press(app, "j");
    }
    panic!("there is no such field:\n{}", draw(app).join("\n"));
}

#[test]
fn a_press_puts_the_caret_of_the_filter_there_also_between_wide_characters() {
    let mut app = events();
    press(&mut app, "/");
    type_in(&mut app, "a東京b");
    let field = field(&app);
    // The second cell of the second wide character.
    click(&mut app, (field.x + 4, field.y));
    type_in(&mut app, "X");
    assert_eq!(app.filter.live.text, "a東X京b");
    click(&mut app, (field.x + 40, field.y));
    type_in(&mut app, "Y");
    assert_eq!(app.filter.live.text, "a東X京bY", "beyond its end is its end");
    click(&mut app, (field.x, field.y));
    type_in(&mut app, "Z");
    assert_eq!(app.filter.live.text, "Za東X京bY");
    assert!(app.filter.is_open(), "a press into it does not leave it");
}

#[test]
fn what_is_scrolled_is_pressed_on_as_it_is_seen_and_does_not_move_by_it() {
    let mut app = events();
    app.size = Size::new(80, 24);
    press(&mut app, "/");
    let long: String = (0..30).map(|n| format!("word{n:02}")).collect::<Vec<_>>().join(" ");
    type_in(&mut app, &long);
    let before = draw(&app);
    let at = text(&app, "word27");
    click(&mut app, at);
    assert_eq!(draw(&app)[usize::from(at.1)], before[usize::from(at.1)], "nothing moves");
    type_in(&mut app, "X");
    assert!(app.filter.live.text.contains("word26 Xword27"), "{}", app.filter.live.text);
}

#[test]
fn lists_the_palette_the_help_and_the_field_for_a_time_take_the_caret() {
    for open in ["t", "ctrl-p"] {
        let mut app = full();
        press(&mut app, open);
        type_in(&mut app, "ab");
        let field = field(&app);
        click(&mut app, (field.x + 1, field.y));
        type_in(&mut app, "X");
        let typed = match &app.popup {
            Some(Popup::Tenants(open)) => open.field.text(),
            Some(Popup::Palette(open)) => open.field.text(),
            other => panic!("{open}: {other:?}"),
        };
        assert_eq!(typed, "aXb", "{open}");
    }
    let mut app = full();
    for key in ["?", "/"] {
        press(&mut app, key);
    }
    type_in(&mut app, "ab");
    let at = field(&app);
    click(&mut app, (at.x, at.y));
    type_in(&mut app, "X");
    let Some(Popup::Help(help)) = &app.popup else { panic!("the help is open") };
    assert_eq!(help.search.as_ref().map(tidings::tui::app::Field::text), Some("Xab"));
}

#[test]
fn a_field_of_a_form_gets_keys_and_caret_by_one_press() {
    let mut app = queue();
    press(&mut app, "r");
    let label = text(&app, "reason ");
    click(&mut app, label);
    type_in(&mut app, "mail is back");
    press(&mut app, "tab");
    let at = text(&app, "is back");
    click(&mut app, at);
    type_in(&mut app, "server ");
    let Some(Popup::Form(form)) = &app.popup else { panic!("it is open still") };
    assert_eq!(form.focus, Slot::Reason);
    assert_eq!(form.reason.as_ref().map(tidings::tui::app::Field::text), Some("mail server is back"));
}

#[test]
fn a_press_in_a_field_of_compose_moves_its_caret_and_leaves_it_open() {
    let mut app = kinds();
    open_field(&mut app, |_| true);
    press(&mut app, "ctrl-u");
    type_in(&mut app, "ab");
    let at = field(&app);
    click(&mut app, (at.x + 1, at.y));
    type_in(&mut app, "X");
    assert_eq!(app.compose.field.as_ref().map(|open| open.field.text()), Some("aXb"));
}

#[test]
fn what_is_offered_for_a_field_is_taken_by_a_press_and_by_the_wheel() {
    let mut app = kinds();
    let offers = |app: &App| app.compose.field.as_ref().map_or(0, |open| open.suggestions.len());
    open_field(&mut app, |app| offers(app) > 1);
    let list = rows(&app, Pane::Suggestions);
    let wanted = app.compose.field.as_ref().unwrap().suggestions[1].text.clone();
    click(&mut app, in_row(list, 1));
    assert_eq!(app.compose.field.as_ref().map(|open| open.field.text()), Some(wanted.as_str()));
    turn(&mut app, UP, in_row(list, 0), 1);
    assert_eq!(app.compose.field.as_ref().and_then(|open| open.taken), Some(0));
}

#[test]
fn a_press_in_the_json_counts_cells_as_they_are_shown_also_in_a_line_that_is_scrolled() {
    let mut app = several_lines();
    app.size = Size::new(140, 40);
    press(&mut app, "tab");
    assert!(app.compose.edits_json());
    app.compose.area = tui_textarea::TextArea::new(vec![
        "{".to_owned(),
        format!("\"t\": \"東京{}end\"", "x".repeat(200)),
        "}".to_owned(),
    ]);
    let json = rows(&app, Pane::Json);
    // Both cells of the second wide character are before it.
    click(&mut app, (json.x + 9, json.y + 1));
    assert_eq!(app.compose.area.cursor(), (1, 7));
    press(&mut app, "end");
    let at = text(&app, "end\"");
    click(&mut app, at);
    assert_eq!(app.compose.area.cursor(), (1, 6 + 2 + 200));
}

#[test]
fn the_editor_of_a_payload_is_pointed_into_and_scrolled() {
    let mut app = edited();
    let at = text(&app, "Printer is fine");
    click(&mut app, (at.0 + 8, at.1));
    type_in(&mut app, "now ");
    let typed = app.draft.as_ref().unwrap().typed();
    assert!(typed.contains("Printer now is fine"), "{typed}");
    let line = |app: &App| app.draft.as_ref().unwrap().area.cursor().0;
    let before = line(&app);
    turn(&mut app, UP, at, 1);
    assert_eq!(line(&app), before.saturating_sub(3));
    turn(&mut app, DOWN, at, 1);
    assert!(line(&app) > before.saturating_sub(3));
    assert!(matches!(app.popup, Some(Popup::Edit)));
}

/// Where a row of a pane of Flow was opened with the mouse, Esc leads back to exactly that.
#[test]
fn every_pane_of_flow_is_opened_by_two_presses_and_esc_comes_back() {
    for (pane, filter) in [(FlowPane::Types, "type:"), (FlowPane::Tenants, "tenant=")] {
        let mut app = full();
        let at = in_row(rows(&app, Pane::Flow(pane)), 1);
        twice(&mut app, at);
        assert_eq!(app.view, View::Events, "{pane:?}");
        assert!(app.filter.applied().starts_with(filter), "{}", app.filter.applied());
        press(&mut app, "esc");
        assert_eq!((app.view, app.filter.applied(), app.flow.focus), (View::Flow, "", pane));
        let cursor = app.flow.table(pane).and_then(|table| table.cursor);
        assert_eq!(cursor, Some(1));
    }
    let mut app = full();
    let cell = place(&app, |part| *part == Part::Cell(1, 0));
    twice(&mut app, (cell.x, cell.y));
    assert!(app.filter.applied().contains("type:") && app.filter.applied().contains(" tenant="));
    press(&mut app, "esc");
    assert_eq!((app.view, app.filter.applied()), (View::Flow, ""));
    assert_eq!((app.flow.matrix.cursor, app.flow.matrix_column), (Some(1), 0));
    let mut app = full();
    let at = in_row(place(&app, |part| matches!(part, Part::Event(Pane::Flow(_), _))), 0);
    twice(&mut app, at);
    assert_eq!((app.view, app.events.focus), (View::Events, EventsPane::List));
    press(&mut app, "esc");
    assert_eq!((app.view, app.flow.focus), (View::Flow, FlowPane::Strip));
    let mut app = failing();
    let at = in_row(rows(&app, Pane::Flow(FlowPane::Errors)), 1);
    twice(&mut app, at);
    assert!(app.errors.page.as_ref().is_some_and(|page| page.group.is_some()), "{}", told(&app));
    press(&mut app, "o");
    assert_eq!(app.view, View::Events);
    assert!(app.filter.applied().contains("handler:"), "{}", app.filter.applied());
    press(&mut app, "esc");
    press(&mut app, "esc");
    assert_eq!((app.view, app.flow.focus, app.filter.applied()), (View::Flow, FlowPane::Errors, ""));
    assert_eq!(app.flow.errors_table.cursor, Some(1));
}

#[test]
fn the_way_back_leads_to_the_tenant_and_the_row_that_one_left() {
    let mut app = full();
    for key in ["j", "j", "enter"] {
        press(&mut app, key);
    }
    let row = app.flow.flow.types[1].name.clone();
    for key in ["t", "down", "enter"] {
        press(&mut app, key);
    }
    assert!(app.scope.tenant.is_some());
    update(&mut app, Message::Tick);
    press(&mut app, "esc");
    assert_eq!((app.view, app.scope.tenant.as_ref(), app.filter.applied()), (View::Flow, None, ""));
    update(&mut app, Message::Tick);
    let under = app.flow.types.cursor.map(|at| app.flow.flow.types[at].name.clone());
    assert_eq!(under, Some(row));
}
