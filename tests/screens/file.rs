//! A file of events: which one, what it holds, how far it is sent, and what of it was not published.

use ratatui::layout::Size;
use tidings::compose::lines::read;
use tidings::compose::{Doubt, Progress, SendPhase, Survey};
use tidings::event::{EventId, StreamKey};
use tidings::tui::app::sending::{Unsent, UnsentFate};
use tidings::tui::app::{App, Popup, View, What};
use tidings::tui::effect::{EffectDone, FileDone, SendDone};
use tidings::tui::host::{BadWritten, FileStamp};
use tidings::tui::message::Message;
use tidings::tui::update::update;

use super::queue::press;
use super::stage::{MIDDLE, SMALL, busy, screen};

const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";

fn opened(size: Size) -> App {
    let mut app = busy(size);
    app.sending.may = Ok(());
    app.compose.uuid = || uuid::Uuid::from_u128(0x57f7_e9a7_7e13_452d_81b7_9892_c8fd_d92e);
    app.compose.new_id();
    press(&mut app, "5 F");
    app
}

fn take(app: &mut App, done: FileDone) {
    update(app, Message::Done(EffectDone::Compose(Box::new(SendDone::File(done)))));
}

fn survey(lines: u64) -> Box<Survey> {
    let mut survey = Survey::default();
    for number in 1..=lines {
        let event_type =
            ["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED\u{1b}"][(number % 3) as usize].trim_end();
        let tenant = if number.is_multiple_of(2) { ACME } else { "new\u{202e}comer" };
        let event = format!(
            r#"{{"id":"00000000-0000-4000-8000-{number:012}","eventType":"{}","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"{tenant}"}}}}"#,
            event_type.trim_end_matches('\u{1b}')
        );
        let text = if number.is_multiple_of(40) { b"{\"id\": 7\x1b[2J".to_vec() } else { event.into_bytes() };
        survey.take(&read(number, text), |event| {
            StreamKey::new(&format!("event::{}", event.event_type())).ok()
        });
    }
    Box::new(survey)
}

fn number(app: &App) -> u64 {
    match &app.popup {
        Some(Popup::Form(form)) => match &form.what {
            What::File(draft) => draft.number,
            _ => panic!("something else is asked"),
        },
        _ => app.sending.many().unwrap().number,
    }
}

fn looked(size: Size, lines: u64) -> App {
    let mut app = opened(size);
    press(&mut app, "e v e n t s . j s o n l enter");
    let stamp = FileStamp { bytes: lines * 170, ..FileStamp::default() };
    let number = number(&app);
    take(&mut app, FileDone::Looked { number, answer: Ok((survey(lines), stamp)) });
    app
}

fn sent(size: Size, progress: Progress) -> App {
    let mut app = looked(size, 400);
    press(&mut app, "up up up space down b a d . j s o n l enter 5 0 0 enter tab enter");
    let (number, progress) = (number(&app), Box::new(progress));
    let unsent =
        |number, fate, event: Option<EventId>, why: &str| Unsent { number, fate, event, why: why.to_owned() };
    let id = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().ok();
    let mut lines = vec![
        unsent(40, UnsentFate::Bad, None, "/: found no JSON in it, at line 1 column 11"),
        unsent(80, UnsentFate::Bad, None, "not UTF-8: a wrong byte at offset 0"),
        unsent(120, UnsentFate::Bad, id, "2,000,000 bytes, and 1,048,576 are the limit"),
        unsent(160, UnsentFate::Bad, None, "/payload/ticketId: a UUID was expected, 'x' was found"),
    ];
    if progress.unknown > 0 {
        lines.push(unsent(201, UnsentFate::Unknown, id, "no answer in 5 s"));
        lines.push(unsent(202, UnsentFate::NotSent, id, "it ended before its turn came"));
    }
    take(&mut app, FileDone::Unsent { number, lines });
    update(&mut app, Message::Done(EffectDone::Compose(Box::new(SendDone::CopiesAt { number, progress }))));
    app.notices.toast = None;
    app
}

fn under_way() -> Progress {
    Progress {
        total: Some(400),
        asked: 200,
        published: 186,
        repeated: 10,
        bad: 4,
        rate: 480.0,
        ..Progress::default()
    }
}

#[test]
fn what_is_asked_of_a_file() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("file-{size}"), screen(&opened(size)));
        let mut offered = opened(size);
        press(&mut offered, "e v");
        let (id, paths) = (number(&offered), ["evening/", "events-1.jsonl", "events-2\u{202e}.jsonl"]);
        let answer = Ok(paths.map(ToOwned::to_owned).to_vec());
        take(&mut offered, FileDone::Completed { number: id, typed: "ev".to_owned(), answer });
        insta::assert_snapshot!(format!("file-offers-{size}"), screen(&offered));
        let mut looking = opened(size);
        press(&mut looking, "e v e n t s . j s o n l enter");
        let id = number(&looking);
        take(&mut looking, FileDone::LooksAt { number: id, survey: survey(120), read: 20_400, of: 68_000 });
        insta::assert_snapshot!(format!("file-looking-{size}"), screen(&looking));
        insta::assert_snapshot!(format!("file-looked-{size}"), screen(&looked(size, 400)));
        insta::assert_snapshot!(format!("file-good-{size}"), screen(&looked(size, 39)));
        let mut failed = opened(size);
        press(&mut failed, "/ t m p enter");
        let id = number(&failed);
        let answer = Err("'/tmp' is a folder: name a file in it".to_owned());
        take(&mut failed, FileDone::Looked { number: id, answer });
        insta::assert_snapshot!(format!("file-failed-{size}"), screen(&failed));
        let mut production = opened(size);
        "prod".clone_into(&mut production.context.name);
        production.context.production = true;
        production.sending.may = Err("this run has --read-only".to_owned());
        press(&mut production, "esc enter F e v enter");
        let id = number(&production);
        let answer = Ok((survey(400), FileStamp { bytes: 68_000, ..FileStamp::default() }));
        take(&mut production, FileDone::Looked { number: id, answer });
        insta::assert_snapshot!(format!("file-production-{size}"), screen(&production));
    }
}

#[test]
fn how_far_a_file_is_and_what_of_it_was_not_published() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("file-sending-{size}"), screen(&sent(size, under_way())));
        let mut elsewhere = sent(size, under_way());
        elsewhere.view = View::Flow;
        insta::assert_snapshot!(format!("file-elsewhere-{size}"), screen(&elsewhere));
        let mut leaving = sent(size, under_way());
        press(&mut leaving, "q");
        insta::assert_snapshot!(format!("file-leaving-{size}"), screen(&leaving));
        let all = Progress { asked: 400, published: 380, bad: 10, ..under_way() };
        let mut ended = sent(size, Progress { phase: SendPhase::Finished, ..all });
        let (file, reasons) = ("bad.jsonl".to_owned(), "bad.jsonl.reasons.jsonl".to_owned());
        let id = number(&ended);
        take(
            &mut ended,
            FileDone::Written { number: id, answer: Ok(BadWritten { lines: 10, file, reasons }) },
        );
        insta::assert_snapshot!(format!("file-ended-{size}"), screen(&ended));
        let doubts =
            vec![Doubt { number: 201, event: "57f7e9a7-7e13-452d-81b7-9892c8fdd92e".parse().unwrap() }];
        let phase = SendPhase::Stopped("outcome unknown: no answer in 5 s".to_owned());
        let stopped = Progress { phase, asked: 202, unknown: 1, not_sent: 1, doubts, ..under_way() };
        let mut stopped = sent(size, stopped);
        insta::assert_snapshot!(format!("file-stopped-{size}"), screen(&stopped));
        press(&mut stopped, "L");
        insta::assert_snapshot!(format!("file-unsent-{size}"), screen(&stopped));
    }
}
