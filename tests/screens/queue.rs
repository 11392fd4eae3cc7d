//! The Failed view, what is asked before anything is done, and the plan that runs.

use std::sync::Arc;

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{BusError, FailedEvent, Foreseen};
use tidings::event::FailedState;
use tidings::plan::{Phase, Progress, Tally};
use tidings::tui::app::{App, Popup, Rights, RunningPlan, View};
use tidings::tui::effect::{EffectDone, Schemas};
use tidings::tui::host::{Export, Exported, NotExported};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tidings::tui::views;

use super::queued::{letter, page, stuck, waiting, whole};
use super::stage::{self, MIDDLE, SMALL, ascii, busy, draw, fresh, go_live, now, screen, text};
use super::views::NARROW;

pub(super) fn press(app: &mut App, keys: &str) {
    for key in keys.split_whitespace() {
        let text = key.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let keys: Vec<Key> = match text {
            Some(text) => text.chars().map(|c| c.to_string().parse().unwrap()).collect(),
            None => vec![key.parse().unwrap()],
        };
        for key in keys {
            let effects = update(app, Message::Key(key.into()));
            super::stage::aim(app, effects);
        }
    }
}

fn tenants() -> Vec<String> {
    tidings::demo::labels().all().into_iter().map(|(id, _)| id.as_str().to_owned()).collect()
}

fn events() -> Vec<FailedEvent> {
    let tenants = tenants();
    let of = |n: u64| tenants[usize::try_from(n).unwrap() % 3].as_str();
    let mut events = Vec::new();
    for n in 1..=40_u64 {
        let seconds = i64::try_from(n * n).unwrap() * 9 + 100;
        let (handler, event_type) = match n % 4 {
            0 => ("sla", "TICKET_UPDATED"),
            1 => ("ledger-sync", "PROJECT_BILLING_SCHEDULE_STATUS_CHANGED"),
            _ => ("ticket-email", "TICKET_CREATED"),
        };
        let error = match n % 4 {
            0 => "TypeError: Cannot read properties of undefined (reading 'dueAt')".to_owned(),
            1 => "the ledger answered 503 Service Unavailable".to_owned(),
            _ => format!("SMTP 451 greylisted for {n:08x}-9d7c-46d6-a6b0-99ba984ea078"),
        };
        let event = letter(n, (handler, event_type, of(n)), &error, (seconds, now()));
        events.push(match n % 13 {
            5 => waiting(event, TimeDelta::seconds(seconds + 12)),
            7 => stuck(event, 180),
            9 => FailedEvent { state: FailedState::Invalid, attempts: Some(0), ..event },
            _ => event,
        });
    }
    events
}

pub(super) fn take(app: &mut App, events: Vec<FailedEvent>) {
    let reading = app.failed.reading.id;
    update(app, Message::Done(EffectDone::FailedPage { reading, page: Box::new(page(events)) }));
    update(app, Message::Done(EffectDone::FailedRead { reading, answer: Ok(()) }));
    while app.has_work() {
        update(app, Message::Spare);
    }
    app.notices.toast = None;
}

pub(super) fn opened(size: Size, events: Vec<FailedEvent>) -> App {
    let mut app = busy(size);
    app.rights = Rights::of(Ok(()));
    press(&mut app, "4");
    take(&mut app, events);
    app
}

fn queue(size: Size) -> App {
    opened(size, events())
}

/// With keys pressed.
pub(super) fn after(size: Size, keys: &str) -> App {
    let mut app = queue(size);
    press(&mut app, keys);
    app
}

fn detail(size: Size) -> App {
    let mut app = after(size, "g enter");
    let event = Arc::clone(&app.failed.detail.as_ref().unwrap().event);
    let answer = Ok(Some(Box::new(whole(&event, now()))));
    let context = app.context.name.clone();
    update(&mut app, Message::Done(EffectDone::Shown { context, at: event.at.clone(), answer }));
    app
}

/// The plan of everything, with what it would do.
fn plan(size: Size, keys: &str) -> App {
    let mut app = after(size, "R");
    let id = match &mut app.popup {
        Some(Popup::Form(form)) => match &mut form.what {
            tidings::tui::app::What::Retry(draft) => {
                // Ids differ from run to run.
                "plan-7f3a9c01".clone_into(&mut draft.plan.id);
                draft.late = 6;
                draft.plan.id.clone()
            }
            _ => panic!("it is a plan"),
        },
        _ => panic!("it is asked for"),
    };
    let handlers = [("ticket-email", 20), ("sla", 9), ("ledger-sync", 8)];
    let foreseen = Foreseen {
        handlers: handlers.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
        skipped: 2,
        skipped_runs: 4,
        notes: vec!["marks expired: every handler will run".to_owned()],
    };
    let commands = vec![
        "XADD event::TICKET_CREATED:retry:ticket-email * event '{\"id\":\"00000000-0000-0000-0000-000000000002\"}' attempt 1"
            .to_owned(),
        "XDEL event::TICKET_CREATED:dead-letter 2-0".to_owned(),
    ];
    let runs = tidings::bus::Runs::Failed;
    update(&mut app, Message::Done(EffectDone::Foreseen { plan: id, runs, answer: Ok(foreseen), commands }));
    press(&mut app, keys);
    app
}

pub(super) fn running(size: Size, phase: Phase, tally: Tally) -> App {
    let mut app = queue(size);
    let mut plan = RunningPlan::new("plan-7f3a9c01", 412);
    plan.progress = Progress { plan: "plan-7f3a9c01".to_owned(), phase, tally, ..Progress::default() };
    app.plan = Some(plan);
    app
}

pub(super) fn half() -> Tally {
    Tally { left: 206, succeeded: 198, retrying: 2, dead_again: 1, running: 5, ..Tally::default() }
}

fn edited(size: Size, keys: &str) -> App {
    let mut app = queue(size);
    let schemas = tidings::schema::Registry::builtin(tidings::schema::Catalogue::Native);
    app.schemas = Schemas(Some(Arc::new(schemas)));
    press(&mut app, "g j e");
    let draft = app.draft.as_mut().unwrap();
    let text = draft.typed().replace("Printer on fire", "Printer is fine");
    draft.area = tui_textarea::TextArea::new(text.lines().map(ToOwned::to_owned).collect());
    draft.check(app.schemas.0.as_deref());
    press(&mut app, keys);
    app
}

/// With the same change, written on one line.
fn typed(size: Size) -> App {
    let mut app = edited(size, "");
    let draft = app.draft.as_mut().unwrap();
    let line = draft.typed().lines().map(str::trim).collect::<String>();
    draft.area = tui_textarea::TextArea::new(vec![line]);
    press(&mut app, "alt-enter");
    app
}

#[test]
fn failed_events_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("failed-{size}"), screen(&after(size, "g j")));
        insta::assert_snapshot!(format!("failed-groups-{size}"), screen(&after(size, "z g")));
        insta::assert_snapshot!(format!("failed-detail-{size}"), screen(&detail(size)));
        insta::assert_snapshot!(format!("failed-help-{size}"), screen(&after(size, "?")));
    }
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("failed-group-{size}"), screen(&after(size, "z g enter")));
        insta::assert_snapshot!(
            format!("failed-marks-{size}"),
            screen(&after(size, "g space space j v j j"))
        );
    }
}

/// After everything that is shown was to be written into a file.
fn exported(size: Size, answer: Result<Exported, NotExported>) -> App {
    let mut app = queue(size);
    let events = app.failed.shown().iter().map(|event| event.at.clone()).collect();
    let export = Box::new(Export {
        file: "failed-2026-11-23.jsonl".to_owned(),
        replaces: false,
        events,
        masks: tidings::event::Masks::NONE,
    });
    update(&mut app, Message::Done(EffectDone::Exported { export, answer }));
    app
}

#[test]
fn what_is_asked_before_anything_is_done() {
    for size in [SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("failed-plan-{size}"), screen(&plan(size, "")));
        insta::assert_snapshot!(
            format!("failed-plan-commands-{size}"),
            screen(&plan(size, "x up \"mended\""))
        );
        insta::assert_snapshot!(format!("failed-discard-{size}"), screen(&after(size, "g D")));
        insta::assert_snapshot!(format!("failed-release-{size}"), screen(&release(size)));
        insta::assert_snapshot!(format!("failed-export-{size}"), screen(&after(size, "ctrl-s")));
        let exists = exported(size, Err(NotExported::Exists));
        insta::assert_snapshot!(format!("failed-export-exists-{size}"), screen(&exists));
        insta::assert_snapshot!(format!("failed-release-busy-{size}"), screen(&release_busy(size)));
        insta::assert_snapshot!(format!("failed-edit-{size}"), screen(&edited(size, "")));
        insta::assert_snapshot!(format!("failed-edit-fault-{size}"), screen(&edited(size, "ctrl-k \"x\"")));
        insta::assert_snapshot!(format!("failed-diff-{size}"), screen(&edited(size, "alt-enter")));
        insta::assert_snapshot!(format!("failed-diff-typed-{size}"), screen(&typed(size)));
        let mut app = running(size, Phase::Retrying, half());
        press(&mut app, "X");
        insta::assert_snapshot!(format!("failed-cancel-{size}"), screen(&app));
        let mut app = running(size, Phase::Retrying, half());
        press(&mut app, "q");
        insta::assert_snapshot!(format!("failed-leave-{size}"), screen(&app));
        let mut app = opened(size, many());
        app.context.production = true;
        press(&mut app, "R");
        if let Some(Popup::Form(form)) = &mut app.popup {
            form.focus = tidings::tui::app::Slot::Typed;
        }
        insta::assert_snapshot!(format!("failed-production-{size}"), screen(&app));
    }
}

fn release(size: Size) -> App {
    after(size, "/ \"is:stuck\" enter G L")
}

/// Somebody may be at the one that is to be released.
fn release_busy(size: Size) -> App {
    let mut event = stuck(events().remove(6), 3);
    event.state = FailedState::Retrying;
    let mut app = opened(size, vec![event]);
    press(&mut app, "j L");
    app
}

#[test]
fn why_a_plan_stopped_is_read_whole() {
    let why =
        "1 of 1 failed again (SMTP 451 greylisted for 00000001-9d7c-46d6-a6b0-99ba984ea078), more than 20 %";
    for (width, height) in [(60, 16), (80, 24), (140, 40)] {
        let tally = Tally { left: 411, dead_again: 1, ..Tally::default() };
        let app = running(Size::new(width, height), Phase::Stopped(why.to_owned()), tally);
        let shown = screen(&app).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(&format!("stopped: {why}; 411 not retried")), "{}", screen(&app));
    }
    let low =
        running(Size::new(80, 11), Phase::Stopped(why.to_owned()), Tally { left: 1, ..Tally::default() });
    assert!(screen(&low).contains("stopped: 1 of 1 failed again"), "{}", screen(&low));
}

#[test]
fn no_cursor_is_lit_while_something_lies_over_the_view() {
    let lit = |app: &App| {
        let (buffer, body) = (draw(app, &stage::theme()), views::body(app));
        // Left of any popup.
        (body.y..body.bottom()).any(|y| buffer[(1, y)].modifier.contains(ratatui::style::Modifier::REVERSED))
    };
    let mut app = after(MIDDLE, "j j");
    assert!(lit(&app));
    press(&mut app, "D");
    assert!(!lit(&app), "the popup has the keys");
    press(&mut app, "esc");
    assert!(lit(&app));
}

fn many() -> Vec<FailedEvent> {
    let tenant = tenants().remove(0);
    let of = ("ticket-email", "TICKET_CREATED", tenant.as_str());
    (1..=412).map(|n| letter(n, of, "SMTP 451", (i64::try_from(n).unwrap() * 26, now()))).collect()
}

#[test]
fn a_plan_that_runs_is_seen_in_every_view() {
    for size in [SMALL, MIDDLE] {
        let app = running(size, Phase::Retrying, half());
        insta::assert_snapshot!(format!("failed-running-{size}"), screen(&app));
        let mut app = running(size, Phase::Waiting("for room in a full stream".to_owned()), half());
        press(&mut app, "1");
        insta::assert_snapshot!(format!("failed-running-flow-{size}"), screen(&app));
        let why = "1 of 1 failed again (SMTP 451), more than 20 %".to_owned();
        let tally = Tally { left: 411, dead_again: 1, ..Tally::default() };
        insta::assert_snapshot!(
            format!("failed-stopped-{size}"),
            screen(&running(size, Phase::Stopped(why), tally))
        );
    }
}

#[test]
fn nothing_to_see_says_why_and_what_helps() {
    let mut app = fresh(SMALL);
    go_live(&mut app);
    app.rights = Rights::of(Ok(()));
    press(&mut app, "4");
    insta::assert_snapshot!("failed-reading", screen(&app));
    take(&mut app, Vec::new());
    insta::assert_snapshot!("failed-none", screen(&app));
    let app = after(SMALL, "/ \"nowhere\" enter");
    insta::assert_snapshot!("failed-all-hidden", screen(&app));
    let mut app = fresh(SMALL);
    go_live(&mut app);
    press(&mut app, "4");
    let why = BusError::Refused { what: "NOPERM for XRANGE".to_owned(), next: "Grant +xrange.".to_owned() };
    let reading = app.failed.reading.id;
    update(&mut app, Message::Done(EffectDone::FailedRead { reading, answer: Err(why) }));
    insta::assert_snapshot!("failed-refused", screen(&app));
    let mut app = after(SMALL, "g");
    app.rights = Rights::of(Err("this context is read-only: --write opens it for acting".to_owned()));
    press(&mut app, "r");
    insta::assert_snapshot!("failed-read-only", screen(&app));
}

#[test]
fn ascii_is_all_that_is_drawn_of_failed_events() {
    let apps: [fn() -> App; 8] = [
        || after(MIDDLE, "g space"),
        || after(MIDDLE, "z g space"),
        || detail(MIDDLE),
        || plan(SMALL, "x"),
        || edited(MIDDLE, ""),
        || edited(MIDDLE, "alt-enter"),
        || running(MIDDLE, Phase::Retrying, half()),
        || release(SMALL),
    ];
    for app in apps {
        let shown = text(&draw(&app(), &ascii()));
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn hostile_texts_are_drawn_whole_at_every_size() {
    for width in [1, 40, 60, 80, 140] {
        for height in [1, 12, 24] {
            for name in ["\u{1b}[2J", "日本語テキスト日本語テキスト日本語テキスト", "👩‍👩‍👧‍👦", "a\u{202e}b"]
            {
                let mut events = events();
                for event in &mut events {
                    (event.error, event.reason) = (Some(name.into()), Some(name.into()));
                    event.plan = Some(name.into());
                    if !matches!(event.at, tidings::bus::FailedAt::Waiting { .. }) {
                        event.handler = Some(name.into());
                    }
                    event.text = Some(format!(r#"{{"payload":{{"tenantId":"{name}"}}}}"#).into());
                }
                let mut app = opened(Size::new(width, height), events);
                for keys in ["j", "z", "j r x", "esc D", "esc z j e", "esc enter", "j j j"] {
                    press(&mut app, keys);
                    super::hostile::check(&draw(&app, &stage::theme()), false);
                    super::hostile::check(&draw(&app, &ascii()), true);
                }
                let mut app = running(Size::new(width, height), Phase::Stopped(name.to_owned()), half());
                app.plan.as_mut().unwrap().progress.plan = name.to_owned();
                super::hostile::check(&draw(&app, &stage::theme()), false);
                press(&mut app, "X");
                super::hostile::check(&draw(&app, &ascii()), true);
            }
        }
    }
}

#[test]
fn what_is_asked_of_the_view_is_what_it_draws() {
    for size in [SMALL, MIDDLE] {
        let app = queue(size);
        let page = views::failed::page(views::body(&app), &app);
        let shown = screen(&app);
        let rows =
            shown.lines().filter(|line| line.contains(" TICKET_") || line.contains(" PROJECT_")).count();
        assert_eq!(rows, page.min(40), "{shown}");
        let mut app = detail(size);
        press(&mut app, "G");
        let shown = screen(&app);
        let lines: Vec<_> = shown.lines().collect();
        let body = &lines[3..lines.len() - 3];
        let end = body.iter().rposition(|line| !line.is_empty()).unwrap();
        assert_eq!(body[end].trim(), "}", "{shown}");
        let extent = views::failed::detail(views::body(&app), &app);
        assert_eq!(end, extent.lines.min(extent.page), "{shown}");
        assert_eq!(app.view, View::Failed);
    }
}

#[test]
fn what_is_due_and_taken_by_nobody_says_since_when() {
    for (since, said) in [(-12, "retry 12 s"), (0, "retry now"), (14, "retry now"), (130, "due 2 m")] {
        let event = letter(1, ("sla", "TICKET_UPDATED", &tenants()[0]), "TypeError", (200, now()));
        let event = waiting(event, TimeDelta::seconds(200 - since));
        let shown = screen(&opened(MIDDLE, vec![event.clone()]));
        assert!(shown.contains(said), "{since}: {shown}");
        // Where there is no room for words only what is overdue is said, before the error.
        let shown = screen(&opened(NARROW, vec![event]));
        assert_eq!(shown.contains("due 2 m  Type"), since == 130, "{since}: {shown}");
        assert!(shown.contains("Type"), "{since}: {shown}");
    }
}

#[test]
fn what_is_due_takes_no_error_from_the_screen() {
    let tenant = &tenants()[0];
    let error = "TypeError: Cannot read properties of undefined";
    let late = |n, handler, event_type| {
        let event = letter(n, (handler, event_type, tenant), error, (200, now()));
        waiting(event, TimeDelta::seconds(200 - 130))
    };
    let events = vec![
        late(1, "sla", "TICKET_UPDATED"),
        late(2, "ticket-email", "PROJECT_BILLING_SCHEDULE_STATUS_CHANGED"),
    ];
    let shown = screen(&opened(NARROW, events));
    assert_eq!(shown.matches("TypeError: ").count(), 2, "{shown}");
    assert!(!shown.contains("due"), "{shown}");
}
