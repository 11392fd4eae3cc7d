//! What is pressed stays where it is: in editors and in the JSON of an event that are scrolled; and paths that are offered.

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{Batch, BusSignal, Origin};
use tidings::event::Content;
use tidings::tui::app::{App, Pane, Popup, Slot, What};
use tidings::tui::effect::{Effect, EffectDone, FileDone, FileEffect, SendDone, SendEffect};
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tui_textarea::TextArea;

use crate::composed::several_lines;
use crate::mouse::{DOWN, click, click_at_once, draw, in_row, rows, text, turn, twice};
use crate::queue::edited;
use crate::sending::{press as press_all, writable};
use crate::start::{entry, events, press, with};

/// What stands on the screen, without the sign of a cursor.
fn lines(app: &App) -> Vec<String> {
    draw(app).iter().map(|line| line.replace('▌', " ")).collect()
}

/// Presses somewhere in a pane, and nothing of it may move by that; but for a long line that the caret leaves.
fn press_and_nothing_moves(app: &mut App, pane: Pane, at: &[(u16, u16)]) {
    for (x, y) in at {
        let area = rows(app, pane);
        // Long after the press before, and what is drawn says that time.
        app.clock.now += TimeDelta::seconds(1);
        let before = lines(app);
        click_at_once(app, (area.x + x, area.y + y));
        let pairs = before.iter().zip(lines(app)).skip(area.y.into()).take(area.height.into());
        for (before, after) in pairs.collect::<Vec<_>>() {
            let is_left = before.contains("end\"");
            assert!(is_left || *before == after, "pressed at {x}, {y}:\n{before}\n{after}");
        }
    }
}

fn long_text() -> Vec<String> {
    let line = |n: u32| match n % 10 {
        5 => format!("\"line{n}\": \"{}end\",", "0123456789".repeat(30)),
        _ => format!("\"line{n}\": {n},"),
    };
    (0..120).map(line).collect()
}

/// Through the text, to the middle of it, and to the end of a line that is longer than the screen.
fn go_into(app: &mut App) {
    for _ in 0..65 {
        press(app, "down");
    }
    press(app, "end");
}

const PLACES: [(u16, u16); 6] = [(9, 2), (3, 15), (20, 8), (0, 0), (5, 12), (9, 3)];

#[test]
fn a_press_into_a_long_text_of_compose_moves_nothing() {
    for size in [Size::new(140, 40), Size::new(80, 24)] {
        let mut app = several_lines();
        app.size = size;
        press(&mut app, "tab");
        app.compose.area = TextArea::new(long_text());
        draw(&app);
        go_into(&mut app);
        press_and_nothing_moves(&mut app, Pane::Json, &PLACES);
        let (line, area) = (app.compose.area.cursor().0, rows(&app, Pane::Json));
        let before = text(&app, &format!("\"line{line}\""));
        turn(&mut app, DOWN, (area.x + 3, area.y + 3), 1);
        assert_eq!(app.compose.area.cursor().0, line + 3);
        assert_eq!(text(&app, &format!("\"line{}\"", line + 3)), before, "the wheel turns the text");
    }
}

#[test]
fn a_press_into_the_caret_s_own_line_moves_nothing_where_that_is_scrolled() {
    let mut app = several_lines();
    press(&mut app, "tab");
    app.compose.area = TextArea::new(long_text());
    draw(&app);
    go_into(&mut app);
    let end = text(&app, "end\"");
    for back in [20, 3, 40, 0] {
        app.clock.now += TimeDelta::seconds(1);
        let before = lines(&app);
        click_at_once(&mut app, (end.0 - back, end.1));
        assert_eq!(lines(&app), before, "{back}");
    }
    // What has become short is seen from its beginning.
    for _ in 0..300 {
        press(&mut app, "backspace");
    }
    text(&app, "\"line65\": \"");
}

#[test]
fn a_press_into_the_editor_of_a_payload_moves_nothing() {
    for size in [Size::new(140, 40), Size::new(80, 24)] {
        let mut app = edited();
        app.size = size;
        app.draft.as_mut().unwrap().area = TextArea::new(long_text());
        draw(&app);
        go_into(&mut app);
        press_and_nothing_moves(&mut app, Pane::Edit, &PLACES);
    }
}

/// With an event of many long lines, whole on the screen.
fn large_event() -> App {
    let mut event = entry(0);
    let members: Vec<_> =
        (0..80).map(|n| format!("\"m{n}\":{{\"a\":\"{}\",\"b\":{n}}}", "x".repeat(200))).collect();
    let json = format!("{{\"payload\":{{{}}}}}", members.join(","));
    let payload = 11..json.len() - 1;
    event.content = Content::Json { text: json.into(), payload: Some(payload) };
    event.id = tidings::event::EntryId::new(1_795_438_951_900, 7);
    with(events(), vec![BusSignal::Entries(Batch { origin: Origin::Live, entries: vec![event] })])
}

#[test]
fn a_press_into_the_json_of_an_event_moves_nothing_however_it_is_scrolled() {
    for size in [Size::new(140, 40), Size::new(80, 24)] {
        for whole in [true, false] {
            for keys in ["", "> > > ctrl-d ctrl-d", "> ctrl-d j j j", "w ctrl-d ctrl-d", "G > >"] {
                let mut app = large_event();
                app.size = size;
                press(&mut app, "g");
                press(&mut app, if whole { "enter" } else { "tab" });
                for key in keys.split_whitespace() {
                    press(&mut app, key);
                }
                press_and_nothing_moves(&mut app, Pane::Detail, &[(9, 2), (3, 5), (20, 1), (0, 0)]);
                if !whole {
                    // Also where the list has the keys.
                    press(&mut app, "tab");
                    press_and_nothing_moves(&mut app, Pane::Detail, &[(9, 3), (0, 1)]);
                }
            }
        }
    }
}

/// The form of a file, where paths are offered for what is typed.
fn offered(paths: &[&str]) -> App {
    let mut app = writable();
    app.size = Size::new(80, 24);
    press_all(&mut app, "F e");
    take_paths(&mut app, "e", paths);
    app
}

fn take_paths(app: &mut App, typed: &str, paths: &[&str]) {
    let number = draft(app).0;
    let answer = Ok(paths.iter().map(ToString::to_string).collect());
    let done = FileDone::Completed { number, typed: typed.to_owned(), answer };
    update(app, Message::Done(EffectDone::Compose(Box::new(SendDone::File(done)))));
}

/// The number of the question, the path as it is typed, and how many are offered.
fn draft(app: &App) -> (u64, String, usize) {
    let Some(Popup::Form(form)) = &app.popup else { panic!("no form is open") };
    let What::File(draft) = &form.what else { panic!("it asks something else") };
    let typed = form.file.as_ref().map_or("", |file| file.text()).to_owned();
    (draft.number, typed, draft.offers.len())
}

fn completes(effects: &[Effect]) -> Option<String> {
    let [Effect::Compose(effect)] = effects else { return None };
    match &**effect {
        SendEffect::File(FileEffect::Complete { typed, .. }) => Some(typed.clone()),
        _ => None,
    }
}

#[test]
fn a_path_that_is_offered_is_taken_by_a_press_and_a_folder_is_looked_into() {
    let long = format!("evening/{}/c.jsonl", "far".repeat(60));
    let mut app = offered(&["evening/", "events-1.jsonl", &long]);
    let at = text(&app, "events-1.jsonl");
    assert_eq!(click(&mut app, at), []);
    let (_, typed, offers) = draft(&app);
    assert_eq!((typed.as_str(), offers), ("events-1.jsonl", 0));

    let mut app = offered(&["evening/", "events-1.jsonl", &long]);
    let at = text(&app, " evening/ ");
    let effects = click(&mut app, (at.0 + 1, at.1));
    assert_eq!(completes(&effects).as_deref(), Some("evening/"));
    take_paths(&mut app, "evening/", &["evening/a", "evening/b"]);
    assert_eq!(draft(&app).2, 2);

    // One that takes several lines is pressed on in each.
    let mut app = offered(&["evening/", &long]);
    let at = text(&app, "c.jsonl");
    click(&mut app, at);
    assert_eq!(draft(&app).1, long);
}

#[test]
fn what_is_no_offer_is_no_path_and_two_fast_presses_are_one() {
    let mut app = offered(&["evening/", "events-1.jsonl"]);
    let at = text(&app, "It may go on as");
    assert_eq!(click(&mut app, at), []);
    assert_eq!((draft(&app).1.as_str(), draft(&app).2), ("even", 2), "what is common to both was typed");
    // What is in the folder comes under the pointer: it was not seen when it was pressed.
    let at = text(&app, " evening/ ");
    let effects = twice(&mut app, (at.0 + 1, at.1));
    assert_eq!(completes(&effects).as_deref(), Some("evening/"));
    assert_eq!(draft(&app).1, "evening/");
    let area = rows(&app, Pane::Said);
    click(&mut app, in_row(area, 0));
    assert_eq!(draft(&app).1, "evening/", "nothing is offered");
}

#[test]
fn what_was_offered_for_one_path_is_not_taken_for_another() {
    let mut app = offered(&["evening/", "events-1.jsonl"]);
    let label = text(&app, "bad into");
    click(&mut app, label);
    let Some(Popup::Form(form)) = &app.popup else { panic!("no form is open") };
    assert_eq!(form.focus, Slot::BadFile);
    assert_eq!(draft(&app).2, 0);
    let mut app = offered(&["evening/", "events-1.jsonl"]);
    press(&mut app, "down");
    assert_eq!(draft(&app).2, 0);
}
