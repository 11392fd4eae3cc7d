//! What is said before the dashboard, or a context, is left, in each of its variants.

use ratatui::layout::Size;
use tidings::bus::{ChannelScope, PublishError};
use tidings::compose::{Doubt, Progress, SendPhase};
use tidings::event::NewEvent;
use tidings::plan::Phase;
use tidings::tui::app::{App, Goal, Popup, What};
use tidings::tui::effect::{EffectDone, SendDone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::queue::{after, half, press, running};
use super::sending::{asked, composed, sent, take};
use super::stage::{MIDDLE, SMALL, busy, screen};

/// Copies, so far.
fn copies(size: Size, progress: Progress) -> App {
    let mut app = asked(size);
    press(&mut app, "up up ctrl-u 2 0 0 esc tab enter");
    let number = app.sending.many().unwrap().number;
    take(&mut app, SendDone::CopiesAt { number, progress: Box::new(progress) });
    app
}

fn under_way() -> Progress {
    Progress { total: Some(200), asked: 120, published: 120, rate: 50.0, ..Progress::default() }
}

/// Of some of them nobody knows it.
fn unknown(app: &App) -> Progress {
    let event = app.sending.many().unwrap().first.clone();
    let doubtful: Vec<NewEvent> = vec![event; 37];
    let doubt = |event: &NewEvent| Doubt { number: 1, event: event.id() };
    Progress {
        phase: SendPhase::Stopped("redis://127.0.0.1:6379/0 closed the connection".to_owned()),
        asked: 137,
        published: 100,
        unknown: 37,
        doubts: doubtful.iter().map(doubt).collect(),
        doubtful,
        ..under_way()
    }
}

fn in_doubt(size: Size) -> App {
    let mut app = copies(size, under_way());
    let number = app.sending.many().unwrap().number;
    let progress = Box::new(unknown(&app));
    take(&mut app, SendDone::CopiesAt { number, progress });
    app
}

fn one_in_doubt(size: Size) -> App {
    sent(size, |_| Err(PublishError::Unknown("redis://127.0.0.1:6379/0 closed the connection".to_owned())))
}

/// A payload that was typed, and not sent.
fn typed(size: Size, payload: &str) -> App {
    let mut app = composed(size, payload);
    press(&mut app, "tab space esc");
    assert!(app.compose.is_typed());
    app
}

const PAYLOAD: &str = r#"{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6"}"#;

#[test]
fn what_leaving_would_break_off_or_lose() {
    for size in [SMALL, MIDDLE] {
        let mut unanswered = asked(size);
        press(&mut unanswered, "tab enter");
        let mut elsewhere = typed(size, PAYLOAD);
        let away = std::mem::take(&mut elsewhere.compose);
        elsewhere.compose.id = away.id;
        elsewhere.put_away.insert("sta\u{202e}ging\u{1b}[2J".to_owned(), away);
        // All at once: what a person has typed is below what is on its way.
        let mut all = in_doubt(size);
        press(&mut all, "tab space esc");
        for (name, mut app) in [
            ("copies", Box::new(copies(size, under_way()))),
            ("answer", Box::new(unanswered)),
            ("doubts", Box::new(in_doubt(size))),
            ("doubt", Box::new(one_in_doubt(size))),
            ("typed", Box::new(typed(size, PAYLOAD))),
            ("elsewhere", Box::new(elsewhere)),
            ("all", Box::new(all)),
        ] {
            app.notices.toast = None;
            press(&mut app, "q");
            insta::assert_snapshot!(format!("leave-{name}-{size}"), screen(&app));
        }
    }
}

#[test]
fn what_opening_another_context_would_break_off() {
    for size in [SMALL, MIDDLE] {
        let mut app = running(size, Phase::Retrying, half());
        press(&mut app, "K \"stag\" enter");
        insta::assert_snapshot!(format!("switch-{size}"), screen(&app));
        // What is not known is cleared up first.
        let mut app = in_doubt(size);
        press(&mut app, "1 K \"stag\" enter");
        insta::assert_snapshot!(format!("switch-doubts-{size}"), screen(&app));
    }
}

#[test]
fn what_is_left_of_a_file_that_is_being_written() {
    for size in [SMALL, MIDDLE] {
        let mut app = busy(size);
        press(&mut app, "2 ctrl-s enter q");
        insta::assert_snapshot!(format!("leave-export-{size}"), screen(&app));
        press(&mut app, "enter K \"stag\" enter");
        insta::assert_snapshot!(format!("switch-export-{size}"), screen(&app));
        if let Some(Popup::Form(form)) = &mut app.popup {
            form.what = What::Switch(Goal::Channels(ChannelScope::All));
        }
        insta::assert_snapshot!(format!("channels-export-{size}"), screen(&app));
        let mut app = after(size, "esc ctrl-s enter");
        update(&mut app, Message::Done(EffectDone::ExportedSoFar(3)));
        insta::assert_snapshot!(format!("failed-exporting-{size}"), screen(&app));
        press(&mut app, "q");
        insta::assert_snapshot!(format!("leave-export-failed-{size}"), screen(&app));
        // It has come to its end since.
        app.failed.exporting = None;
        insta::assert_snapshot!(format!("leave-nothing-{size}"), screen(&app));
    }
}

#[test]
fn what_may_be_there_is_asked_about_as_a_whole() {
    for size in [SMALL, MIDDLE] {
        let mut app = in_doubt(size);
        press(&mut app, "s");
        insta::assert_snapshot!(format!("send-again-{size}"), screen(&app));
    }
}
