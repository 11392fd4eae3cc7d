//! The journal over the Failed view.

use tidings::bus::{BusError, JournalEntry};
use tidings::tui::app::App;
use tidings::tui::effect::EffectDone;
use tidings::tui::message::Message;
use tidings::tui::update::update;

use ratatui::layout::Size;

use super::queue::{after, press};
use super::queued;
use super::stage::{self, MIDDLE, SMALL, ascii, draw, now, screen, text};
use super::views::NARROW;

fn read(size: Size, answer: Result<Vec<JournalEntry>, BusError>, keys: &str) -> App {
    let mut app = after(size, "J");
    let context = app.context.name.clone();
    update(&mut app, Message::Done(EffectDone::Journal { context, answer }));
    press(&mut app, keys);
    app
}

fn journal(size: Size, keys: &str) -> App {
    read(size, Ok(queued::journal(now())), keys)
}

#[test]
fn what_operators_did_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("journal-{size}"), screen(&journal(size, "")));
        insta::assert_snapshot!(format!("journal-plan-{size}"), screen(&journal(size, "enter G")));
    }
    for size in [SMALL, MIDDLE] {
        let found = "/ \"kim\" space \"spam\"";
        insta::assert_snapshot!(format!("journal-found-{size}"), screen(&journal(size, found)));
    }
    insta::assert_snapshot!("journal-found-nothing", screen(&journal(SMALL, "/ \"nothing\" enter")));
}

#[test]
fn a_plan_without_an_end_says_how_to_go_on() {
    let shown = |skip: usize| {
        let lines = queued::journal(now()).split_off(skip);
        screen(&read(MIDDLE, Ok(lines), ""))
    };
    assert!(!shown(0).contains("--resume"), "it is finished");
    assert!(shown(1).contains("no end of it is recorded"), "{}", shown(1));
    let stopped = shown(4);
    assert!(
        stopped.contains("`tidings failed retry --resume plan-7f3a9c12` goes on with what is left"),
        "{stopped}"
    );
    let mut lines = queued::journal(now()).split_off(4);
    lines[0].at -= chrono::TimeDelta::days(8);
    assert!(!screen(&read(MIDDLE, Ok(lines), "")).contains("--resume"), "it is not kept any more");
}

#[test]
fn without_a_line_it_says_why_and_what_helps() {
    insta::assert_snapshot!("journal-reading", screen(&after(SMALL, "J")));
    insta::assert_snapshot!("journal-empty", screen(&read(SMALL, Ok(Vec::new()), "")));
    let none = "the profile pubsub has no failed events: a Pub/Sub channel keeps nothing".to_owned();
    insta::assert_snapshot!("journal-none", screen(&read(SMALL, Err(BusError::Unsupported(none)), "")));
    let why =
        BusError::Refused { what: "NOPERM for XREVRANGE".to_owned(), next: "Grant +xrevrange.".to_owned() };
    insta::assert_snapshot!("journal-refused", screen(&read(SMALL, Err(why.clone()), "")));
    let mut app = journal(SMALL, "");
    let context = app.context.name.clone();
    update(&mut app, Message::Done(EffectDone::Journal { context, answer: Err(why) }));
    insta::assert_snapshot!("journal-stale", screen(&app));
}

#[test]
fn every_line_can_be_reached_and_hostile_texts_are_drawn_safely() {
    for width in [1, 40, 60, 80, 140] {
        for height in [1, 12, 16, 24, 40] {
            for name in ["\u{1b}[2J", "日本語テキスト日本語テキスト日本語テキスト", "👩‍👩‍👧‍👦", "a\u{202e}b"]
            {
                let mut lines = queued::journal(now());
                for line in &mut lines {
                    name.clone_into(&mut line.who);
                    line.plan = line.plan.take().map(|_| name.to_owned());
                    (line.reason, line.note) = (Some(name.repeat(40)), Some(name.to_owned()));
                }
                let size = Size::new(width, height);
                let mut app = read(size, Ok(lines), "");
                for keys in ["j", "G", "g enter", "G", "esc"] {
                    press(&mut app, keys);
                    super::hostile::check(&draw(&app, &stage::theme()), false);
                    super::hostile::check(&draw(&app, &ascii()), true);
                }
            }
            let mut app = journal(Size::new(width, height), "");
            if width >= 60 && height >= 12 {
                for line in queued::journal(now()) {
                    let (shown, what) = (text(&draw(&app, &ascii())), line.deed.word().replace('-', " "));
                    assert!(shown.contains(&what), "{what} at {width}x{height}:\n{shown}");
                    press(&mut app, "j");
                }
            }
        }
    }
    let shown = text(&draw(&journal(MIDDLE, "enter"), &ascii()));
    assert!(shown.is_ascii(), "{shown}");
}
