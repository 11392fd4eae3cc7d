//! Sending a file of events: which file, what it holds, what is asked, and what became of its lines.

use tidings::compose::lines::read;
use tidings::compose::{Doubt, Progress, SendPhase, Survey};
use tidings::event::EventId;
use tidings::tui::app::sending::{FileDraft, FileLook, FileSent, Unsent, UnsentFate};
use tidings::tui::app::{App, Popup, View, What};
use tidings::tui::effect::{Effect, EffectDone, FileDone, FileEffect, SendDone, SendEffect};
use tidings::tui::host::{BadWritten, FileStamp};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use crate::composed::kinds;
use crate::script::Script;
use crate::sending::{press, writable};

pub(crate) const SCRIPTS: &[Script] = &[
    // The name comes first; Enter looks at the file, and then Cancel has the focus.
    (writable, "F", "popup=file; focus=File; effects="),
    (writable, "F enter", "focus=File; effects="),
    (writable, "F \"a.jsonl\" enter", "focus=Cancel; about=0; effects=look at a.jsonl"),
    (writable, "F \"a.jsonl\" down", "focus=BadLines; effects=look at a.jsonl"),
    (writable, "F \"a.jsonl\" enter up up up up", "focus=File; effects="),
    (writable, "F \"a.jsonl\" enter up up up up down", "focus=BadLines; effects="),
    (writable, "F \"a.jsonl\" enter up up up up up", "focus=Cancel; effects="),
    (writable, "F \"a.jsonl\" enter up up up up shift-tab", "focus=Cancel; effects="),
    (writable, "F \"a.jsonl\" enter up up up up enter", "focus=Cancel; effects=look at a.jsonl"),
    (writable, "F \"a\" tab", "focus=File; effects=complete a"),
    (writable, "F \"a\" esc", "focus=Cancel; effects="),
    (writable, "F esc enter", "popup=-; effects="),
    (writable, "F \"a.jsonl\" enter tab enter", "popup=file; told=being looked at; effects="),
    (writable, "F \"a.jsonl\" esc tab enter", "popup=file; told=was not looked at yet; effects="),
    // Nothing is sent without being asked, and nothing that is bad.
    (looked, "enter", "popup=-; effects=; sending=-"),
    (looked, "tab enter", "popup=-; effects=send 2 of a.jsonl at - bad into -; sending=0 of 2: sending"),
    (bad, "tab enter", "popup=file; told=1 line is bad; effects="),
    (bad, "up up up space down esc enter", "popup=-; effects="),
    (
        bad,
        "up up up space down \"bad\" enter \"50\" enter tab enter",
        "effects=send 3 of a.jsonl at 50 bad into bad passing over; sending=0 of 3: sending",
    ),
    (bad, "up up up space tab \"b\" tab", "focus=BadFile; effects=complete b"),
    (bad, "up \"fast\" enter tab enter", "popup=file; told=1 line is bad; effects="),
    (read_only, "tab enter", "popup=file; told=read-only here; effects="),
    (production, "tab enter", "popup=file; told=type the number of events, 200; effects="),
    (production, "up \"200\" enter tab enter", "popup=-; sending=0 of 200: sending"),
    // While it is sent.
    (under_way, "p", "effects=hold; sending=0 of 3: holding after this batch"),
    (under_way, "p p", "effects=go on"),
    (under_way, "x", "effects=end; told=no more are sent"),
    (under_way, "F", "popup=-; told=not answered yet; effects="),
    (under_way, "L", "told=no line of a file was left out"),
    (under_way, "q", "popup=leave; effects="),
    // Afterwards.
    (ended, "L", "popup=unsent; focus=Cancel"),
    (ended, "L space", "popup=unsent; focus=Cancel"),
    (ended, "L enter", "popup=-; effects="),
    (ended, "s", "popup=file; focus=File; effects="),
    (ended, "s enter", "focus=Cancel; effects=look at a.jsonl"),
    (ended, "x", "told=nothing is being sent"),
];

fn draft(app: &App) -> &FileDraft {
    match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::File(draft) => draft,
            _ => panic!("something else is asked"),
        },
        _ => panic!("nothing is asked"),
    }
}

pub(crate) fn take(app: &mut App, done: FileDone) -> Vec<Effect> {
    update(app, Message::Done(EffectDone::Compose(Box::new(SendDone::File(done)))))
}

/// What a file of so many good and bad lines holds.
pub(crate) fn survey(good: u64, bad: u64) -> Box<Survey> {
    let mut survey = Survey::default();
    for number in 1..=good {
        let event = format!(
            r#"{{"id":"00000000-0000-4000-8000-{number:012}","eventType":"KINDS","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"acme"}}}}"#
        );
        survey.take(&read(number, event.into_bytes()), |_| None);
    }
    for number in good + 1..=good + bad {
        survey.take(&read(number, b"{".to_vec()), |_| None);
    }
    Box::new(survey)
}

fn looked_at(mut app: App, good: u64, bad: u64) -> App {
    press(&mut app, "F a . j s o n l enter");
    let number = draft(&app).number;
    let answer = Ok((survey(good, bad), FileStamp::default()));
    assert!(take(&mut app, FileDone::Looked { number, answer }).is_empty());
    app
}

fn looked() -> App {
    looked_at(writable(), 2, 0)
}

fn bad() -> App {
    looked_at(writable(), 2, 1)
}

fn read_only() -> App {
    let mut app = kinds();
    app.sending.may = Err("this context is read-only here".to_owned());
    looked_at(app, 2, 0)
}

fn production() -> App {
    let mut app = writable();
    app.context.production = true;
    looked_at(app, 200, 0)
}

fn under_way() -> App {
    let mut app = bad();
    press(&mut app, "up up up space down b a d enter enter tab enter");
    app
}

fn number(app: &App) -> u64 {
    app.sending.many().unwrap().number
}

fn file(app: &App) -> &FileSent {
    app.sending.file().unwrap()
}

fn progress(app: &mut App, progress: Progress) {
    let (number, progress) = (number(app), Box::new(progress));
    update(app, Message::Done(EffectDone::Compose(Box::new(SendDone::CopiesAt { number, progress }))));
}

fn ended() -> App {
    let mut app = under_way();
    let number = number(&app);
    let unsent = |number, fate| Unsent { number, fate, event: None, why: "no JSON".to_owned() };
    let lines = vec![unsent(2, UnsentFate::Unknown), unsent(3, UnsentFate::Bad)];
    take(&mut app, FileDone::Unsent { number, lines });
    let doubts = vec![Doubt { number: 2, event: EventId::random() }];
    let phase = SendPhase::Stopped("no answer".to_owned());
    let numbers =
        Progress { total: Some(3), asked: 3, published: 1, bad: 1, unknown: 1, ..Progress::default() };
    progress(&mut app, Progress { phase, doubts, ..numbers });
    app
}

pub(crate) fn spell(effect: &FileEffect) -> String {
    match effect {
        FileEffect::Look { file, .. } => format!("look at {file}"),
        FileEffect::Forget { number } => format!("look no more {number}"),
        FileEffect::Complete { typed, .. } => format!("complete {typed}"),
        FileEffect::Send(order) => format!(
            "send {} of {} at {} bad into {}{}",
            order.lines,
            order.file,
            order.rate.map_or("-".to_owned(), |rate| rate.to_string()),
            order.bad_file.as_deref().unwrap_or("-"),
            if order.skips_bad { " passing over" } else { "" }
        ),
    }
}

#[test]
fn a_look_that_nobody_waits_for_ends_and_its_answer_is_not_taken() {
    let mut app = writable();
    press(&mut app, "F a enter");
    let number = draft(&app).number;
    let so_far = FileDone::LooksAt { number, survey: survey(1, 0), read: 10, of: 40 };
    assert!(take(&mut app, so_far.clone()).is_empty());
    assert_eq!(draft(&app).look, FileLook::Now { survey: survey(1, 0), read: 10, of: 40 });
    // Another file is named: the answer about the first one says nothing of it.
    press(&mut app, "up up up up b enter");
    let answer = Ok((survey(1, 0), FileStamp::default()));
    take(&mut app, FileDone::Looked { number, answer });
    assert!(matches!(draft(&app).look, FileLook::Now { read: 0, .. }), "{:?}", draft(&app).look);
    press(&mut app, "esc");
    let effects = take(&mut app, so_far);
    assert_eq!(effects, [Effect::Compose(Box::new(SendEffect::File(FileEffect::Forget { number })))]);
}

#[test]
fn a_path_is_completed_where_it_is_typed_still() {
    let mut app = writable();
    press(&mut app, "F e");
    let number = draft(&app).number;
    let paths = |all: &[&str]| Ok(all.iter().map(ToString::to_string).collect());
    let told = |typed: &str, answer| FileDone::Completed { number, typed: typed.to_owned(), answer };
    let typed = |app: &App| match &app.popup {
        Some(Popup::Form(form)) => form.file.as_ref().unwrap().text().to_owned(),
        _ => String::new(),
    };
    take(&mut app, told("x", paths(&["xylophone"])));
    assert_eq!(typed(&app), "e", "of what was typed before");
    take(&mut app, told("e", paths(&["events-1", "events-2"])));
    assert_eq!((typed(&app).as_str(), draft(&app).offers.len()), ("events-", 2));
    press(&mut app, "1");
    assert!(draft(&app).offers.is_empty(), "another letter makes another offer");
    take(&mut app, told("events-1", paths(&["events-1"])));
    assert_eq!((typed(&app).as_str(), draft(&app).offers.len()), ("events-1", 0));
    take(&mut app, told("events-1", paths(&[])));
    assert!(app.notices.toast.as_ref().unwrap().text.contains("no file or folder"));
    take(&mut app, told("events-1", Err("'.' cannot be read\u{1b}".to_owned())));
    assert!(!app.notices.toast.as_ref().unwrap().text.contains('\u{1b}'));
}

#[test]
fn a_file_that_could_not_be_begun_says_that_nothing_was_sent() {
    let mut app = under_way();
    let number = number(&app);
    app.view = View::Flow;
    take(&mut app, FileDone::NotBegun { number, why: "'a.jsonl' was changed".to_owned() });
    let many = app.sending.many().unwrap();
    assert_eq!((many.progress.asked, many.progress.left()), (0, Some(3)));
    assert_eq!(many.phase(), "stopped: nothing was sent: 'a.jsonl' was changed");
    assert!(app.notices.toast.as_ref().unwrap().text.contains("nothing was sent"));
    assert!(!app.sending.is_busy());
}

#[test]
fn bad_lines_that_cannot_be_written_end_the_sending() {
    let mut app = under_way();
    let number = number(&app);
    let effects = take(&mut app, FileDone::Written { number, answer: Err("the disk is full".to_owned()) });
    assert_eq!(effects, [Effect::Compose(Box::new(SendEffect::End))]);
    assert_eq!(file(&app).of_bad_file(), Some(("the disk is full".to_owned(), false)));
    assert!(app.notices.toast.as_ref().unwrap().text.contains("the disk is full"));
}

#[test]
fn what_became_of_a_file_is_told_wherever_a_person_is() {
    let mut app = under_way();
    app.view = View::Events;
    let numbers = Progress { total: Some(3), asked: 3, published: 2, bad: 1, ..Progress::default() };
    progress(&mut app, Progress { phase: SendPhase::Finished, ..numbers });
    let told = &app.notices.toast.as_ref().unwrap().text;
    assert_eq!(told, "a.jsonl: the file is at its end; of 3 lines 2 are on the bus, 1 bad");
    let number = number(&app);
    let written = BadWritten { lines: 1, file: "bad".to_owned(), reasons: "bad.reasons.jsonl".to_owned() };
    take(&mut app, FileDone::Written { number, answer: Ok(written) });
    let (told, is_well) = file(&app).of_bad_file().unwrap();
    assert_eq!(
        (told.as_str(), is_well),
        ("1 bad line is in bad, and what is wrong in bad.reasons.jsonl", true)
    );
}
