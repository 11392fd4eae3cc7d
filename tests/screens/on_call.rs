//! What somebody on call must be able to believe at first sight.

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{BusError, BusSignal, FailedEvent, Link, Verb};
use tidings::event::{FailedState, Masks};
use tidings::tui::app::{App, Redacting, View};

use super::queue::{opened, press};
use super::queued::{letter, stuck, waiting};
use super::stage::{MIDDLE, SMALL, apply, busy, local, now, screen};

const OF: (&str, &str, &str) = ("ticket-email", "TICKET_CREATED", "acme");

fn one(n: u64) -> FailedEvent {
    letter(n, OF, "SMTP 451 greylisted", (90, now()))
}

/// The line of `shown` with `part` in it.
fn line<'s>(shown: &'s str, part: &str) -> &'s str {
    shown.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part:?} in\n{shown}"))
}

#[test]
fn how_many_failed_is_said_to_be_of_all_tenants_while_one_is_chosen() {
    let mut app = opened(MIDDLE, vec![one(1), one(2)]);
    let (header, tab) = ("failed 2", "4 Failed 2");
    assert!(!screen(&app).contains("in all"), "{}", screen(&app));
    app.scope.tenant = app.failed.list.get(&one(1).at).and_then(|event| event.tenant.clone());
    for view in [View::Flow, View::Failed] {
        app.view = view;
        let shown = screen(&app);
        for part in [header, tab] {
            assert!(line(&shown, part).contains(&format!("{part} in all")), "{shown}");
        }
    }
}

#[test]
fn the_numbers_of_failed_add_up() {
    let running = FailedEvent { state: FailedState::Running, ..stuck(one(3), 1) };
    let mut app = opened(MIDDLE, vec![one(1), one(2), running]);
    let shown = screen(&app);
    assert!(shown.contains("shown 2  hidden 0  running 1  of 3 known"), "{shown}");
    // With all that nobody has to act on it is one of those that are shown.
    app.failed.all = true;
    assert!(!screen(&app).contains("running 1  of"), "{}", screen(&app));
}

#[test]
fn a_plan_says_which_of_its_events_would_be_tried_again_anyway() {
    let state = |events| {
        let mut app = opened(MIDDLE, events);
        press(&mut app, "R");
        screen(&app)
    };
    let shown = state(vec![one(1), one(2), waiting(one(3), TimeDelta::seconds(9))]);
    assert!(
        line(&shown, "age ").contains("dead 2") && line(&shown, "age ").contains("retrying 1"),
        "{shown}"
    );
    assert!(!line(&state(vec![one(1), one(2)]), "age ").contains("dead"), "all of them are dead");
}

#[test]
fn events_without_a_recorded_error_can_be_told_apart_and_what_is_masked_is_not_told() {
    let silent = |n| FailedEvent { error: None, ..one(n) };
    let mut app = opened(MIDDLE, vec![silent(1), silent(2)]);
    let shown = screen(&app);
    let rows: Vec<_> = shown.lines().filter(|line| line.contains("(not recorded)")).collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("ticket ")), "{shown}");
    app.redacting = Redacting::of(Masks::new(&["ticketId".to_owned(), "payload.title".to_owned()]).unwrap());
    let shown = screen(&app);
    assert!(line(&shown, "(not recorded)").contains("[redacted]"), "{shown}");
    assert!(!shown.contains("Printer"), "{shown}");
    // Where there is little room, that there is none is all that is said.
    assert!(screen(&opened(SMALL, vec![silent(1)])).contains("(not recorded)"));
}

#[test]
fn a_user_who_may_only_look_is_told_in_the_first_line() {
    let mut app = opened(MIDDLE, vec![one(1)]);
    let refused = |verb| (verb, Err(BusError::Refused { what: "NOPERM".to_owned(), next: "ask".to_owned() }));
    app.rights.take(vec![refused(Verb::Retry), refused(Verb::Discard)]);
    assert!(!screen(&app).contains("read-only"), "one thing may still be done");
    app.rights.take([Verb::Retry, Verb::Discard, Verb::Release].map(refused).into());
    assert!(screen(&app).lines().next().unwrap().contains("read-only user"), "{}", screen(&app));
}

fn locked_out(size: Size) -> App {
    let mut app = busy(size);
    let why = "connecting to redis://127.0.0.1:6379/0: the server asks for a password (NOAUTH)".into();
    let next = "put it into the url: redis://:PASSWORD@HOST:PORT, or into REDIS_URL, or into a context of the config";
    let retry_at = now() + TimeDelta::seconds(12);
    apply(&mut app, BusSignal::Link(Link::Fatal { why, next: next.into(), retry_at }));
    app
}

#[test]
fn what_to_do_about_a_lost_connection_is_not_cut() {
    for size in [SMALL, MIDDLE] {
        let shown = screen(&locked_out(size));
        let words: Vec<_> = shown.split_whitespace().collect();
        let said = "redis://:PASSWORD@HOST:PORT, or into REDIS_URL, or into a context of the config";
        if size == MIDDLE {
            assert!(words.join(" ").contains(said), "{shown}");
        }
        assert!(
            words.join(" ").contains("(NOAUTH)") && words.join(" ").contains("put it into the url"),
            "{shown}"
        );
    }
}

#[test]
fn the_key_that_tries_the_connection_now_stands_beside_it_in_every_view() {
    for view in [View::Flow, View::Events, View::Handlers, View::Failed, View::Health] {
        let mut app = busy(MIDDLE);
        app.view = view;
        let why = "connection refused".to_owned();
        let (since, retry_at) = (now(), now() + TimeDelta::seconds(3));
        apply(&mut app, BusSignal::Link(Link::Down { since, why, retry_at, attempt: 1 }));
        let shown = screen(&app);
        assert!(line(&shown, "connection refused").contains("Ctrl-r tries now"), "{view:?}\n{shown}");
    }
}

#[test]
fn a_server_that_is_there_and_silent_is_not_one_to_be_started() {
    let silent = |why: &str| {
        let mut app = local(MIDDLE);
        let (since, retry_at) = (now(), now() + TimeDelta::seconds(3));
        apply(&mut app, BusSignal::Link(Link::Down { since, why: why.to_owned(), retry_at, attempt: 1 }));
        app
    };
    let shown = screen(&silent("connecting to redis://127.0.0.1:6379/0: no answer in time"));
    assert!(!shown.contains("Start one with") && shown.contains("overloaded or loading its data"), "{shown}");
    assert!(!shown.contains("following") && shown.contains("not connected"), "{shown}");
    let mut refused = silent("connecting to redis://127.0.0.1:6379/0: connection refused");
    for view in [View::Flow, View::Failed, View::Health] {
        refused.view = view;
        let shown = screen(&refused);
        assert!(
            shown.contains("Start one with") && shown.contains("Ctrl-r tries again now"),
            "{view:?} {shown}"
        );
    }
}
