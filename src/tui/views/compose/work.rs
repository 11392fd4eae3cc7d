//! A frame costs what it shows, however large the payload is: counted, not timed.

use chrono::{DateTime, FixedOffset, Utc};
use crossterm::event::KeyEvent;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::bus::{Start, Watch};
use crate::event::EventType;
use crate::text::work;
use crate::tui::app::compose::Known;
use crate::tui::app::{App, Clock, Popup, Setup, View, What, Zone};
use crate::tui::effect::{EffectDone, Prospect, SendDone};
use crate::tui::keymap::Key;
use crate::tui::message::Message;
use crate::tui::theme::{Look, Theme};
use crate::tui::update::update;
use crate::tui::views;

/// Bytes and rows that a frame of this size may look at, and what comes before it.
const FRAME: usize = 400_000;

fn app(payload: &str, keys: &str) -> App {
    let watch = Watch::following(Start::Last(1));
    let setup = Setup::new("demo", watch);
    let now: DateTime<Utc> = "2026-11-23T13:02:31Z".parse().unwrap();
    let clock = Clock { now, zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()) };
    let (mut app, _) = App::start(setup, clock, Size::new(140, 40));
    app.view = View::Compose;
    app.sending.may = Ok(());
    let known = Known { schemas: None, ring: app.monitor.ring(), now, masks: &crate::event::Masks::NONE };
    app.compose.start_from((Some(EventType::new("BIG").unwrap()), None), payload, known);
    press(&mut app, keys);
    app
}

fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        update(app, Message::Key(KeyEvent::from(key.parse::<Key>().unwrap())));
    }
}

/// What drawing a frame looked at, with the message before it that changes nothing of the event.
fn frame(app: &mut App) -> usize {
    let theme = Theme::load(&Look::default()).0;
    let mut terminal = Terminal::new(TestBackend::new(140, 40)).unwrap();
    // What is found out once after a change is found out now.
    terminal.draw(|frame| views::draw(frame, app, &theme)).unwrap();
    let ((), work) = work::counted(|| {
        update(app, Message::Tick);
        terminal.draw(|frame| views::draw(frame, app, &theme)).unwrap();
    });
    work
}

#[test]
fn a_frame_does_not_grow_with_the_payload() {
    let long = "x".repeat(5_000_000);
    let wide = "日\u{301}\u{1b}".repeat(1_000_000);
    let items = (0..20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let value = "v".repeat(2_500);
    let fields = (0..2_000).map(|n| format!("\"field{n}\":\"{value}\"")).collect::<Vec<_>>().join(",");
    let payloads = [
        ("a long text", format!(r#"{{"tenantId":"acme","text":"{long}"}}"#)),
        ("a wide text", format!(r#"{{"tenantId":"acme","text":{}}}"#, crate::event::json::quoted(&wide))),
        ("a long name", format!(r#"{{"tenantId":"acme","{long}":1}}"#)),
        ("a list", format!(r#"{{"tenantId":"acme","items":[{items}]}}"#)),
        ("many fields", format!(r#"{{"tenantId":"acme",{fields}}}"#)),
    ];
    for (what, payload) in payloads {
        // On the payload, on its last row, with the list open, in the JSON, at its end.
        for keys in ["g", "G", "G enter", "G l G", "G l G K", "tab", "G tab end"] {
            let mut app = app(&payload, keys);
            let work = frame(&mut app);
            assert!(work < FRAME, "{what} after '{keys}': {work}");
        }
    }
}

#[test]
fn one_long_line_of_json_with_the_caret_at_its_end_is_no_more_work() {
    let mut app = app("{}", "");
    let line = format!(r#"{{"tenantId":"acme","text":"{}"}}"#, "é".repeat(2_500_000));
    press(&mut app, "ctrl-o");
    update(&mut app, Message::Done(EffectDone::Edited(Ok(line))));
    press(&mut app, "tab end");
    let work = frame(&mut app);
    assert!(work < FRAME, "{work}");
}

#[test]
fn a_send_dialog_with_a_command_of_megabytes_is_no_more_work() {
    let mut app = app(r#"{"tenantId":"acme"}"#, "alt-enter");
    let Some(Popup::Form(form)) = &app.popup else { panic!("nothing is asked: {:?}", app.notices.toast) };
    let What::Send(draft) = &form.what else { panic!("something else is asked") };
    let number = draft.number;
    let commands = vec![format!("XADD event::BIG '*' event '{}'", "y".repeat(5_000_000))];
    let prospect = Prospect { commands, stream: None, vetted: Ok(()) };
    update(&mut app, Message::Done(EffectDone::Compose(Box::new(SendDone::Prospect { number, prospect }))));
    for keys in ["", "x", "pgup"] {
        press(&mut app, keys);
        let work = frame(&mut app);
        assert!(work < FRAME, "after '{keys}': {work}");
    }
}
