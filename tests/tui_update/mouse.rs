//! The mouse: what is drawn is what it hits, and it does what a key does.

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::{Rect, Size};
use tidings::monitor::Order;
use tidings::tui::app::{App, EventsPane, FlowPane, Pane, Part, Popup, Slot, View};
use tidings::tui::effect::Effect;
use tidings::tui::message::Message;
use tidings::tui::theme::{Look, Theme};
use tidings::tui::update::update;
use tidings::tui::views;

use crate::composed::several_lines;
use crate::queue::queue;
use crate::script::Script;
use crate::start::{entries, events, full, press, told, with};

pub(crate) const SCRIPTS: &[Script] = &[
    (full, "M", "effects=mouse false; told=it selects text"),
    (full, "M M", "effects=mouse true; told=with Shift held"),
    (full, "ctrl-p \"mouse\" enter", "effects=mouse false"),
];

/// What stands on the screen, line by line; the dashboard has noted what lies where.
pub(crate) fn draw(app: &App) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
    let theme = Theme::load(&Look::default()).0;
    let drawn = terminal.draw(|frame| views::draw(frame, app, &theme)).unwrap();
    let line = |y| (0..app.size.width).map(|x| drawn.buffer[(x, y)].symbol()).collect();
    (0..app.size.height).map(line).collect()
}

/// Where a part was drawn.
pub(crate) fn place(app: &App, wanted: impl Fn(&Part) -> bool) -> Rect {
    draw(app);
    let found = app.areas.all().into_iter().rev().find(|(_, part)| wanted(part));
    found.unwrap_or_else(|| panic!("it is not on the screen:\n{}", draw(app).join("\n"))).0
}

/// Where a text stands.
pub(crate) fn text(app: &App, wanted: &str) -> (u16, u16) {
    let lines = draw(app);
    let found = lines.iter().enumerate().find_map(|(y, line)| {
        let byte = line.find(wanted)?;
        Some((line[..byte].chars().count(), y))
    });
    let (x, y) = found.unwrap_or_else(|| panic!("'{wanted}' is not there:\n{}", lines.join("\n")));
    (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

fn mouse(app: &mut App, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    draw(app);
    mouse_at(app, kind, (column, row), app.clock.now)
}

/// What was done at a time, and is taken now.
fn mouse_at(
    app: &mut App,
    kind: MouseEventKind,
    (column, row): (u16, u16),
    when: DateTime<Utc>,
) -> Vec<Effect> {
    update(app, Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }, when))
}

/// Presses and lets go, well after whatever was pressed before.
pub(crate) fn click(app: &mut App, at: (u16, u16)) -> Vec<Effect> {
    app.clock.now += TimeDelta::seconds(1);
    click_at_once(app, at)
}

pub(crate) fn click_at_once(app: &mut App, at: (u16, u16)) -> Vec<Effect> {
    let mut effects = mouse(app, MouseEventKind::Down(MouseButton::Left), at);
    effects.extend(mouse(app, MouseEventKind::Up(MouseButton::Left), at));
    effects
}

pub(crate) fn twice(app: &mut App, at: (u16, u16)) -> Vec<Effect> {
    let mut effects = click(app, at);
    effects.extend(click_at_once(app, at));
    effects
}

fn drag(app: &mut App, from: (u16, u16), to: (u16, u16)) {
    app.clock.now += TimeDelta::seconds(1);
    mouse(app, MouseEventKind::Down(MouseButton::Left), from);
    mouse(app, MouseEventKind::Drag(MouseButton::Left), to);
    mouse(app, MouseEventKind::Up(MouseButton::Left), to);
}

pub(crate) fn turn(app: &mut App, kind: MouseEventKind, at: (u16, u16), times: usize) {
    for _ in 0..times {
        assert_eq!(mouse(app, kind, at), []);
    }
}

pub(crate) const UP: MouseEventKind = MouseEventKind::ScrollUp;
pub(crate) const DOWN: MouseEventKind = MouseEventKind::ScrollDown;

pub(crate) fn rows(app: &App, pane: Pane) -> Rect {
    place(app, |part| matches!(part, Part::Rows(found, _) if *found == pane))
}

pub(crate) fn in_row(area: Rect, row: u16) -> (u16, u16) {
    (area.x + 2, area.y + row)
}

#[test]
fn a_press_of_a_tab_opens_its_view() {
    let mut app = full();
    for view in [View::Handlers, View::Compose, View::Health, View::Failed, View::Events, View::Flow] {
        let at = text(&app, &format!(" {}", view.title()));
        click(&mut app, (at.0 + 1, at.1));
        assert_eq!(app.view, view);
    }
    let at = text(&app, "Flow");
    click(&mut app, at);
    assert_eq!(told(&app), "this is Flow");
}

#[test]
fn a_press_chooses_a_row_and_two_open_it_though_the_detail_covers_it_by_then() {
    for (width, height) in [(140, 50), (80, 24)] {
        let mut app = events();
        app.size = Size::new(width, height);
        let list = rows(&app, Pane::Events);
        click(&mut app, in_row(list, 12));
        assert_eq!((app.events.cursor_row(), app.events.whole), (Some(12), false));
        press(&mut app, "esc");
        twice(&mut app, in_row(list, 12));
        assert_eq!((app.events.cursor_row(), app.events.whole), (Some(12), true), "{width}");
        // Of three, the third is one of its own: it is in the detail.
        click_at_once(&mut app, in_row(list, 12));
        assert!(app.events.whole);
    }
    let mut app = events();
    let list = rows(&app, Pane::Events);
    click(&mut app, in_row(list, 3));
    click(&mut app, in_row(list, 3));
    assert!(!app.events.whole, "a second later it is another press");
}

#[test]
fn how_fast_two_presses_followed_each_other_is_told_by_when_they_were_made_not_by_when_they_are_taken() {
    for (apart, taken_after, opens) in [(600, 0, false), (200, 5_000, true)] {
        let mut app = events();
        let at = in_row(rows(&app, Pane::Events), 3);
        let made = app.clock.now + TimeDelta::seconds(1);
        let down = MouseEventKind::Down(MouseButton::Left);
        app.clock.now = made + TimeDelta::seconds(1);
        mouse_at(&mut app, down, at, made);
        app.clock.now += TimeDelta::milliseconds(taken_after);
        draw(&app);
        mouse_at(&mut app, down, at, made + TimeDelta::milliseconds(apart));
        assert_eq!(app.events.whole, opens, "{apart} ms apart");
    }
}

#[test]
fn what_arrives_between_two_presses_moves_nothing_under_them() {
    let mut app = events();
    let at = in_row(rows(&app, Pane::Events), 3);
    click(&mut app, at);
    let cursor = app.events.cursor;
    let mut app = with(app, vec![entries(200, 220)]);
    click_at_once(&mut app, at);
    assert_eq!((app.events.cursor, app.events.whole), (cursor, true));
}

#[test]
fn the_event_that_is_seen_is_chosen_also_where_more_have_come_since_it_was_drawn() {
    let mut app = events();
    let (column, row) = in_row(rows(&app, Pane::Events), 3);
    app = with(app, vec![entries(200, 220)]);
    let kind = MouseEventKind::Down(MouseButton::Left);
    // Not drawn again before.
    let now = app.clock.now;
    mouse_at(&mut app, kind, (column, row), now);
    assert_eq!((app.events.cursor, app.events.cursor_row()), (Some(196), Some(23)));
}

#[test]
fn the_wheel_scrolls_the_list_without_a_cursor_and_back_it_follows() {
    let mut app = events();
    let at = in_row(rows(&app, Pane::Events), 1);
    turn(&mut app, DOWN, at, 2);
    assert_eq!((app.events.top_row(), app.events.cursor, app.events.is_following()), (6, None, false));
    // What arrives moves nothing.
    let top = app.events.top;
    app = with(app, vec![entries(200, 203)]);
    assert_eq!((app.events.top, app.events.top_row()), (top, 9));
    press(&mut app, "j");
    assert_eq!(app.events.cursor_row(), Some(9), "the first step enters where it was scrolled to");
    press(&mut app, "esc");
    assert!(app.events.is_following());
    turn(&mut app, DOWN, at, 2);
    press(&mut app, "esc");
    assert_eq!((app.view, app.events.is_following()), (View::Events, true), "Esc goes back to the newest");
    turn(&mut app, DOWN, at, 1);
    turn(&mut app, UP, at, 9);
    assert!(app.events.is_following());
    turn(&mut app, DOWN, at, 500);
    let page = views::events::page(views::body(&app), &app);
    assert_eq!(app.events.top_row(), app.events.len() - page, "it ends at its end");
}

#[test]
fn a_cursor_stays_on_the_screen_while_the_wheel_turns() {
    let mut app = events();
    press(&mut app, "j");
    let at = in_row(rows(&app, Pane::Events), 1);
    turn(&mut app, DOWN, at, 4);
    assert_eq!((app.events.top_row(), app.events.cursor_row()), (12, Some(12)));
    let page = views::events::page(views::body(&app), &app);
    turn(&mut app, UP, at, 1);
    assert_eq!((app.events.top_row(), app.events.cursor_row()), (9, Some(12)));
    press(&mut app, "G");
    turn(&mut app, UP, at, 9);
    assert_eq!(app.events.cursor_row().map(|row| row - app.events.top_row()), Some(page - 1));
}

#[test]
fn the_wheel_scrolls_what_is_under_it_whichever_pane_has_the_keys() {
    let mut app = several_lines();
    press(&mut app, "1");
    let mut app = with(app, vec![]);
    app.size = Size::new(80, 24);
    let at = in_row(rows(&app, Pane::Flow(FlowPane::Strip)), 0);
    turn(&mut app, DOWN, at, 1);
    assert_eq!((app.flow.focus, app.events.top_row()), (FlowPane::Types, 3));
    let mut app = events();
    app.size = Size::new(80, 24);
    press(&mut app, "j");
    let detail = rows(&app, Pane::Detail);
    app.size.height = 20;
    turn(&mut app, DOWN, in_row(detail, 1), 1);
    assert_eq!((app.events.focus, app.events.cursor_row()), (EventsPane::List, Some(0)));
}

#[test]
fn a_heading_sorts_and_says_where_it_cannot() {
    let mut app = events();
    let at = text(&app, "TYPE");
    click(&mut app, at);
    assert_eq!(app.events.lens.order(), Order::Type);
    let at = text(&app, "TENANT");
    click(&mut app, at);
    assert_eq!(app.events.lens.order(), Order::Tenant);
    click(&mut app, at);
    assert_eq!(app.events.lens.order(), Order::Time, "once more is back to time");
    let at = text(&app, "ABOUT");
    click(&mut app, at);
    assert!(told(&app).contains("by time, by type and by tenant"));
    let mut failed = queue();
    let at = text(&failed, " AGE");
    click(&mut failed, (at.0 + 1, at.1));
    assert_eq!(failed.failed.sort.word(), "oldest");
    click(&mut failed, (at.0 + 1, at.1));
    assert_eq!(failed.failed.sort.word(), "newest");
}

#[test]
fn the_divide_goes_along_with_the_pointer_and_stays_for_the_run() {
    let is_split = |part: &Part| matches!(part, Part::Split { .. });
    let mut app = events();
    press(&mut app, "j");
    let divide = place(&app, is_split);
    drag(&mut app, (divide.x + 1, divide.y + 4), (60, 9));
    assert_eq!(place(&app, is_split).x + 1, 60);
    assert_eq!(app.events.cursor_row(), Some(0), "nothing was chosen by the way");
    // Both keep something of the screen.
    drag(&mut app, (60, 9), (0, 9));
    assert_eq!(rows(&app, Pane::Events).width, 30);
    drag(&mut app, (32, 9), (139, 9));
    assert_eq!(rows(&app, Pane::Detail).width, 30);
    // Without a button held nothing moves; and a smaller terminal keeps both.
    assert_eq!(mouse(&mut app, MouseEventKind::Drag(MouseButton::Left), (70, 9)), []);
    assert_eq!(rows(&app, Pane::Detail).width, 30);
    app.size = Size::new(120, 40);
    assert_eq!(rows(&app, Pane::Detail).width, 30);
    app.size = Size::new(80, 24);
    let divide = place(&app, is_split);
    drag(&mut app, (20, divide.y), (20, 14));
    assert_eq!(place(&app, is_split).y, 14);
    drag(&mut app, (20, 14), (20, 0));
    assert_eq!(rows(&app, Pane::Events).height, 3, "and its heading");
    press(&mut app, "esc");
    press(&mut app, "j");
    assert_eq!(rows(&app, Pane::Events).height, 3);
}

#[test]
fn a_list_to_choose_from_is_chosen_from_and_what_is_below_it_cannot_be_pressed() {
    let mut app = events();
    press(&mut app, "t");
    let tab = text(&app, "Handlers");
    // All, acme, beta.
    let at = in_row(rows(&app, Pane::List), 2);
    click(&mut app, at);
    let Some(Popup::Tenants(open)) = &app.popup else { panic!("it is open still") };
    assert_eq!(open.chosen().map(|choice| choice.name.as_str()), Some("beta"));
    twice(&mut app, at);
    assert_eq!(app.scope.tenant.as_ref().map(AsRef::as_ref), Some("beta"));
    press(&mut app, "t");
    click(&mut app, tab);
    assert_eq!((app.view, app.popup.is_none()), (View::Events, true), "beside it is Esc");
    press(&mut app, "?");
    let at = text(&app, "Mark what is under the cursor");
    twice(&mut app, at);
    assert!(told(&app).contains("no event is under the cursor") || app.popup.is_some(), "{}", told(&app));
    press(&mut app, "esc");
    press(&mut app, ":");
    let at = text(&app, "show-handlers");
    twice(&mut app, at);
    assert_eq!(app.view, View::Handlers);
}

#[test]
fn a_button_does_what_enter_does_when_it_is_let_go_of() {
    let mut app = queue();
    press(&mut app, "r");
    let button = |app: &App, slot| place(app, |part| *part == Part::Button(slot));
    let go = in_row(button(&app, Slot::Go), 0);
    app.clock.now += TimeDelta::seconds(1);
    assert_eq!(mouse(&mut app, MouseEventKind::Down(MouseButton::Left), go), []);
    // Let go of elsewhere, nothing is done.
    assert_eq!(mouse(&mut app, MouseEventKind::Up(MouseButton::Left), (2, 20)), []);
    assert!(matches!(&app.popup, Some(Popup::Form(form)) if form.focus == Slot::Go));
    let effects = click(&mut app, go);
    assert!(matches!(effects[..], [Effect::StartPlan(_)]), "{effects:?}");
    let mut app = queue();
    press(&mut app, "r");
    let cancel = in_row(button(&app, Slot::Cancel), 0);
    assert_eq!(click(&mut app, cancel), []);
    assert!(app.popup.is_none());
    // Beside a question nothing is done, and it stays.
    press(&mut app, "r");
    assert_eq!(click(&mut app, (1, 1)), []);
    assert!(told(&app).contains("Esc closes it") && app.popup.is_some());
}

#[test]
fn a_button_asks_for_what_a_key_is_asked_for() {
    let mut app = queue();
    app.context.production = true;
    press(&mut app, "r");
    let go = in_row(place(&app, |part| *part == Part::Button(Slot::Go)), 0);
    assert_eq!(click(&mut app, go), []);
    assert!(told(&app).contains("a production context asks for a reason"), "{}", told(&app));
    assert!(matches!(app.popup, Some(Popup::Form(_))));
    let mut forbidden = queue();
    press(&mut forbidden, "r");
    forbidden.rights.operator = Err("this context is read-only".to_owned());
    let go = in_row(place(&forbidden, |part| *part == Part::Button(Slot::Go)), 0);
    assert_eq!(click(&mut forbidden, go), []);
    assert!(told(&forbidden).contains("read-only"), "{}", told(&forbidden));
}

#[test]
fn a_choice_of_a_form_is_taken_and_a_field_gets_the_keys() {
    let mut app = queue();
    press(&mut app, "r");
    let at = text(&app, "( ) 50/s");
    click(&mut app, at);
    assert!(draw(&app).join("\n").contains("(●) 50/s"));
    let at = text(&app, "( ) as a new event");
    click(&mut app, at);
    assert!(draw(&app).join("\n").contains("(●) as a new event"));
    let at = text(&app, "reason ");
    click(&mut app, at);
    assert!(matches!(&app.popup, Some(Popup::Form(form)) if form.focus == Slot::Reason));
}

#[test]
fn a_form_that_opens_under_two_quick_presses_is_not_pressed() {
    let mut app = queue();
    press(&mut app, "r");
    let go = in_row(place(&app, |part| *part == Part::Button(Slot::Go)), 0);
    press(&mut app, "esc");
    click(&mut app, go);
    press(&mut app, "r");
    assert_eq!(click_at_once(&mut app, go), [], "it was not there a moment ago");
    assert!(matches!(app.popup, Some(Popup::Form(_))));
    assert!(matches!(click(&mut app, go)[..], [Effect::StartPlan(_)]));
    assert_eq!(click_at_once(&mut app, go), [], "and it is gone now");
}

#[test]
fn a_filter_that_is_typed_is_kept_by_a_press_elsewhere_if_it_is_one() {
    let mut app = events();
    for key in ["/", "t", "y", "p", "e", ":", "A"] {
        press(&mut app, key);
    }
    let at = in_row(rows(&app, Pane::Events), 2);
    click(&mut app, at);
    assert_eq!((app.filter.applied(), app.filter.is_open()), ("type:A", false));
    assert_eq!(app.events.cursor_row(), Some(2));
    for key in ["/", "space", "("] {
        press(&mut app, key);
    }
    click(&mut app, at);
    assert!(app.filter.is_open() && told(&app).contains("not complete"), "{}", told(&app));
}

#[test]
fn in_compose_fields_and_json_are_gone_to() {
    let mut app = several_lines();
    press(&mut app, "=");
    let at = in_row(rows(&app, Pane::Head), 1);
    click(&mut app, at);
    assert_eq!(app.compose.cursor(), 1);
    let at = in_row(rows(&app, Pane::Fields), 2);
    click(&mut app, at);
    assert_eq!(app.compose.cursor(), app.compose.heads() + 2);
    let json = rows(&app, Pane::Json);
    click(&mut app, (json.x + 4, json.y + 1));
    assert!(app.compose.edits_json());
    assert_eq!(app.compose.area.cursor().0, 1);
    let at = text(&app, "Flow");
    click(&mut app, at);
    assert_eq!(app.view, View::Flow);
}

#[test]
fn what_nothing_comes_of_is_not_taken_and_turned_off_nothing_is() {
    let mut app = events();
    let says = |app: &App, kind| {
        let event = MouseEvent { kind, column: 3, row: 9, modifiers: KeyModifiers::NONE };
        app.takes(&Message::Mouse(event, app.clock.now))
    };
    assert!(!says(&app, MouseEventKind::Moved));
    assert!(!says(&app, MouseEventKind::Drag(MouseButton::Left)), "nothing is held");
    assert!(!says(&app, MouseEventKind::Up(MouseButton::Left)));
    assert!(!says(&app, MouseEventKind::Down(MouseButton::Right)));
    assert!(says(&app, MouseEventKind::Down(MouseButton::Left)) && says(&app, DOWN));
    let at = in_row(rows(&app, Pane::Events), 3);
    press(&mut app, "M");
    assert!(!says(&app, DOWN));
    click(&mut app, at);
    assert_eq!(app.events.cursor, None);
}

/// Presses everything there is, in every view: no press asks for anything that changes the bus, but in a form.
#[test]
fn no_press_goes_around_a_question() {
    for (start, view) in [(queue as fn() -> App, "4"), (several_lines, "5"), (full, "1"), (full, "6")] {
        let mut app = start();
        app.size = Size::new(80, 24);
        press(&mut app, view);
        for (y, x) in (0..24).flat_map(|y| (0..80).step_by(17).map(move |x| (y, x))) {
            let effects = twice(&mut app, (x, y));
            let acting: Vec<_> = effects.iter().filter(|effect| effect.is_acting()).collect();
            assert!(acting.is_empty(), "at {x},{y}: {acting:?}");
            // A form is a question, and its buttons are answers.
            app.popup = None;
        }
    }
}

#[test]
fn nothing_below_the_field_for_a_time_is_pressed() {
    let mut app = full();
    app.size = Size::new(80, 24);
    let facts = tidings::bus::ServerFacts { replayable: true, ..Default::default() };
    let link = tidings::bus::BusSignal::Link(tidings::bus::Link::Live(facts));
    app.monitor.apply(link, app.clock.now);
    press(&mut app, "2");
    press(&mut app, "T");
    // The first tab, and what lies in the middle of the view.
    for at in [(4, 1), (40, 5), (40, 20)] {
        assert!(app.popup.is_some(), "before {at:?}");
        let cursor = app.events.cursor;
        twice(&mut app, at);
        assert_eq!((app.view, app.events.cursor), (View::Events, cursor), "at {at:?}");
        // Beside it, a press closes it.
        if app.popup.is_none() {
            press(&mut app, "T");
        }
    }
}
