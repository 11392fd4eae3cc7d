//! The Handlers view.

use std::time::Duration;

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{
    BusError, ConsumerReport, Counted, DeadLetterReport, HandlerDetail, HandlerReport, HandlerStats,
    Heartbeat, Lag, LastAttempt, LastError, Latency, Looked, PendingEntry, WaitingRetry,
};
use tidings::event::{EntryId, EventType, StreamKey};
use tidings::tui::app::{App, View};

use super::stage::{self, MIDDLE, SMALL, ascii, busy, draw, fresh, go_live, now, screen, text};
use super::views::NARROW;

fn consumer(name: &str, pending: u64, idle: u64, beat: Option<(u64, u64, u64)>) -> ConsumerReport {
    let heartbeat = beat.map(|(done, failed, running)| {
        let mut latency = Latency::default();
        for (at, count) in latency.0.iter_mut().zip([0, 12, 90, 240, 600, 210, 44, 9, 1]) {
            *at = count;
        }
        Heartbeat {
            consumer: name.to_owned(),
            handler: "of no matter".to_owned(),
            types: vec!["TICKET_*".to_owned()],
            host: name.rsplit_once('-').map_or(name, |(host, _)| host).to_owned(),
            pid: 4_711,
            started: now() - TimeDelta::hours(7),
            stats: HandlerStats { done, failed, running, ..HandlerStats::default() },
            latency,
            lease_ms: Some(30_000),
        }
    });
    let last_seen = heartbeat.as_ref().map(|_| now() - TimeDelta::seconds(3));
    ConsumerReport { name: name.to_owned(), pending, idle: Duration::from_secs(idle), heartbeat, last_seen }
}

fn waiting(n: u64, consumer: &str, idle: u64, deliveries: u64) -> PendingEntry {
    let ms = u64::try_from(now().timestamp_millis()).unwrap() - idle * 1_000;
    PendingEntry {
        stream: StreamKey::new("event::TICKET_UPDATED").unwrap(),
        id: EntryId::new(ms, n),
        consumer: consumer.to_owned(),
        idle: Duration::from_secs(idle),
        deliveries,
        is_retry: false,
        is_released: false,
        lease: PendingEntry::LEASE,
    }
}

fn report(name: &str, types: &[&str], consumers: Vec<ConsumerReport>) -> HandlerReport {
    HandlerReport {
        name: name.to_owned(),
        types: types.iter().map(|name| EventType::new(name).unwrap()).collect(),
        streams: types.iter().map(|name| StreamKey::new(&format!("event::{name}")).unwrap()).collect(),
        registered: Some(now() - TimeDelta::days(2)),
        lag: Lag::Exactly(0),
        pending: 0,
        waiting: Vec::new(),
        scheduled: Some(Counted::Exactly(0)),
        next_retry: None,
        dead_letters: Counted::Exactly(0),
        last_error: None,
        lease: PendingEntry::LEASE,
        consumers,
    }
}

/// One that works, one that fails, one that nobody works for, and one of another program.
pub(crate) fn reports(done: u64) -> Vec<HandlerReport> {
    let audit = report("audit", &["TICKET_CREATED"], vec![consumer("web-1-5512", 0, 1, Some((done, 0, 0)))]);
    let mut mail = report(
        "ticket-email",
        &["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED", "TICKET_ASSIGNED"],
        vec![
            consumer("web-1-5513", 2, 0, Some((done, done / 50, 2))),
            consumer("web-2-77", 1, 2, Some((done / 2, done / 20, 1))),
        ],
    );
    (mail.pending, mail.scheduled, mail.dead_letters) =
        (3, Some(Counted::Exactly(4)), Counted::AtLeast(1_315));
    mail.next_retry = Some(now() + TimeDelta::seconds(3));
    mail.last_error = Some(LastError {
        at: now() - TimeDelta::seconds(8),
        text: "SMTP 451 greylisted for 7b9d493c".to_owned(),
    });
    mail.waiting =
        vec![waiting(0, "web-1-5513", 1, 1), waiting(1, "web-1-5513", 2, 3), waiting(2, "web-2-77", 2, 1)];
    let mut sla = report("sla", &["TICKET_UPDATED"], vec![consumer("web-2-78", 1_204, 4_000, None)]);
    (sla.lag, sla.pending) = (Lag::MoreThan(18_000), 1_204);
    sla.waiting = (0..50).map(|n| waiting(n, "web-2-78", 4_000 - n, 1 + n % 3)).collect();
    let mut alga = report("ticket-email-service", &["TICKET_UPDATED"], vec![consumer("c", 0, 3, None)]);
    (alga.registered, alga.scheduled) = (None, None);
    let gone = report("forgotten", &["TICKET_CLOSED"], Vec::new());
    vec![audit, gone, sla, mail, alga]
}

/// Two reports, five seconds one after the other.
fn table(size: Size) -> App {
    let mut app = busy(size);
    app.view = View::Handlers;
    app.handlers.renew(Ok(Looked::whole(reports(1_000))), now() - TimeDelta::seconds(5));
    app.handlers.renew(Ok(Looked::whole(reports(1_500))), now());
    app
}

/// Puts the handlers into an app, and opens one.
pub(crate) fn open(app: &mut App, name: &str) {
    app.view = View::Handlers;
    app.handlers.renew(Ok(Looked::whole(reports(1_500))), now());
    app.handlers.table.cursor = app.handlers.reports.iter().position(|report| report.name == name);
    app.handlers.whole = true;
}

/// With the handler of that row looked at closely, where there is something to see.
fn chosen(size: Size, row: usize) -> App {
    let mut app = table(size);
    app.handlers.table.cursor = Some(row);
    if row == 3 {
        let report = app.handlers.to_ask_closely(now()).unwrap();
        app.handlers.renew_closely(&report.name, Ok(detail()), now());
    }
    app
}

/// Two retries, and dead letters of two tenants.
fn detail() -> HandlerDetail {
    let stream = StreamKey::new("event::TICKET_CREATED").unwrap();
    let tenants: Vec<_> = tidings::demo::labels().all().into_iter().map(|(id, _)| id.clone()).collect();
    let retry = |seconds, failed| WaitingRetry {
        stream: stream.clone(),
        source: EntryId::new(1_795_459_752_545, 1),
        due: now() + TimeDelta::seconds(seconds),
        failed,
    };
    let last = LastAttempt {
        attempt: 3,
        tenant: Some(tenants[0].clone()),
        error: "SMTP 451 greylisted for 7b9d493c".to_owned(),
    };
    let letter = |minutes, reason: &str, tenant: usize, error: Option<&str>| DeadLetterReport {
        stream: stream.clone(),
        event_type: EventType::new("TICKET_CREATED").unwrap(),
        source: Some(EntryId::new(1_795_459_752_545, 1)),
        event: None,
        tenant: tenants.get(tenant).cloned(),
        attempts: Some(10),
        reason: Some(reason.to_owned()),
        error: error.map(str::to_owned),
        at: Some(now() - TimeDelta::minutes(minutes)),
    };
    HandlerDetail {
        retries: vec![retry(3, Some(last)), retry(61, None)],
        dead_letters: vec![
            letter(2, "exhausted", 0, Some("SMTP 451 greylisted for 7b9d493c")),
            letter(9, "permanent", 1, Some("the mail server refused the recipient")),
            letter(200, "trimmed", 99, None),
        ],
        withheld: 0,
        unseen: Some("in 1 of 4 streams only the newest dead letters were looked at".to_owned()),
    }
}

/// Where the close look was answered with an error.
fn unanswered(size: Size, why: &str) -> App {
    let mut app = table(size);
    app.handlers.table.cursor = Some(3);
    let report = app.handlers.to_ask_closely(now()).unwrap();
    app.handlers.renew_closely(&report.name, Err(BusError::Unavailable { what: why.to_owned() }), now());
    app
}

fn whole(size: Size) -> App {
    let mut app = chosen(size, 2);
    (app.handlers.whole, app.handlers.top) = (true, 4);
    app
}

fn empty(answer: Option<Result<Vec<HandlerReport>, BusError>>) -> App {
    let mut app = fresh(SMALL);
    go_live(&mut app);
    app.view = View::Handlers;
    if let Some(answer) = answer {
        app.handlers.renew(answer.map(Looked::whole), now());
    }
    app
}

#[test]
fn handlers_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("handlers-{size}"), screen(&table(size)));
        insta::assert_snapshot!(format!("handler-failing-{size}"), screen(&chosen(size, 3)));
    }
    insta::assert_snapshot!("handler-stuck", screen(&chosen(MIDDLE, 2)));
    insta::assert_snapshot!("handler-whole", screen(&whole(SMALL)));
    for size in [SMALL, MIDDLE] {
        let mut app = chosen(size, 3);
        app.handlers.whole = true;
        insta::assert_snapshot!(format!("handler-failing-whole-{size}"), screen(&app));
    }
}

#[test]
fn a_bus_without_handlers_says_so() {
    insta::assert_snapshot!("handlers-asking", screen(&empty(None)));
    insta::assert_snapshot!("handlers-none", screen(&empty(Some(Ok(Vec::new())))));
    let why = "reading the groups of event::TICKET_UPDATED at redis://prod:6379: no answer within 2 s";
    let refused = BusError::Unavailable { what: why.to_owned() };
    insta::assert_snapshot!("handlers-refused", screen(&empty(Some(Err(refused.clone())))));
    let mut app = chosen(SMALL, 0);
    app.clock.now += TimeDelta::seconds(90);
    app.handlers.renew(Err(refused), app.clock.now);
    insta::assert_snapshot!("handlers-stale", screen(&app));
}

#[test]
fn what_is_old_or_was_never_asked_says_so() {
    let mut app = chosen(MIDDLE, 3);
    app.handlers.whole = true;
    assert!(!screen(&app).contains("are old"));
    let why = BusError::Unavailable { what: "no answer within 2 s".to_owned() };
    app.handlers.renew_closely("ticket-email", Err(why), now());
    let shown = screen(&app);
    assert!(shown.contains("retries and dead letters are old: asked again, no answer within 2 s"), "{shown}");
    let mut app = empty(None);
    app.clock.now += TimeDelta::seconds(1);
    app.events.lens.freeze(&app.monitor);
    let shown = screen(&app);
    assert!(shown.contains("held still") && !shown.contains("Looking for handlers"), "{shown}");
}

#[test]
fn a_retry_under_a_lock_may_be_of_a_tenant_outside_it() {
    let mut app = chosen(MIDDLE, 3);
    app.context.locked_to = vec!["Acme MSP".to_owned()];
    app.handlers.whole = true;
    assert!(screen(&app).contains("of a tenant outside the lock, or its last failure is older"));
}

#[test]
fn ascii_is_all_that_is_drawn_of_handlers() {
    let apps: [fn() -> App; 4] =
        [|| table(MIDDLE), || chosen(MIDDLE, 2), || chosen(MIDDLE, 3), || whole(SMALL)];
    for app in apps {
        let shown = text(&draw(&app(), &ascii()));
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn hostile_names_are_drawn_whole_at_every_size() {
    for width in [1, 3, 16, 40, 60, 79, 80, 96, 110, 124, 140, 200] {
        for height in [1, 9, 12, 16, 24, 40] {
            for name in
                ["\u{1b}[2J", "שלום עולם", "日本語テキスト日本語テキスト日本語テキスト", "👩‍👩‍👧‍👦", "a\u{202e}b"]
            {
                let mut app = chosen(Size::new(width, height), 3);
                for report in &mut app.handlers.reports {
                    if report.name != "ticket-email" {
                        report.name = name.to_owned();
                    }
                    report.last_error = Some(LastError { at: now(), text: name.to_owned() });
                    for consumer in &mut report.consumers {
                        consumer.name = name.to_owned();
                        if let Some(beat) = &mut consumer.heartbeat {
                            beat.host = name.to_owned();
                        }
                    }
                    for entry in &mut report.waiting {
                        entry.consumer = name.to_owned();
                    }
                }
                let mut hostile = detail();
                for letter in &mut hostile.dead_letters {
                    (letter.reason, letter.error) = (Some(name.to_owned()), Some(name.to_owned()));
                }
                for failed in hostile.retries.iter_mut().filter_map(|retry| retry.failed.as_mut()) {
                    failed.error = name.to_owned();
                }
                app.handlers.renew_closely("ticket-email", Ok(hostile), now());
                let mut refused = app.handlers.clone();
                super::hostile::check(&draw(&app, &stage::theme()), false);
                app.handlers.whole = true;
                super::hostile::check(&draw(&app, &ascii()), true);
                app.handlers.reports[3].name = name.to_owned();
                super::hostile::check(&draw(&app, &stage::theme()), false);
                if width != 80 {
                    continue;
                }
                let why = BusError::Unavailable { what: name.to_owned() };
                refused.renew_closely("ticket-email", Err(why), now());
                app.handlers = refused;
                super::hostile::check(&draw(&app, &ascii()), true);
                let mut app = unanswered(Size::new(width, height), name);
                app.handlers.whole = true;
                super::hostile::check(&draw(&app, &ascii()), true);
            }
        }
    }
}

#[test]
fn what_is_asked_of_the_view_is_what_it_draws() {
    use tidings::tui::views;
    for (row, last) in [(2, "none"), (3, "only the newest dead letters were looked at")] {
        for size in [SMALL, MIDDLE] {
            let mut app = chosen(size, row);
            app.handlers.whole = true;
            if row == 2 {
                let report = app.handlers.to_ask_closely(now()).unwrap();
                app.handlers.renew_closely(&report.name, Ok(HandlerDetail::default()), now());
            }
            let extent = views::handlers::detail(views::body(&app), &app);
            let page = usize::from(views::body(&app).height) - 1;
            assert_eq!(extent.page, page);
            app.handlers.top = extent.lines.saturating_sub(extent.page);
            let shown = screen(&app);
            let lines: Vec<_> = shown.lines().collect();
            // Between header and footer: heading, lines, and nothing of them is missing at the end.
            let body = &lines[3..lines.len() - 3];
            let end = body.iter().rposition(|line| !line.is_empty()).unwrap();
            assert!(body[end].contains(last), "{shown}");
            assert_eq!(end, extent.lines.min(extent.page), "{shown}");
        }
    }
    let app = chosen(SMALL, 0);
    assert_eq!(views::handlers::page(views::body(&app), &app), 6);
}

#[test]
fn a_tenant_in_scope_leaves_numbers_whole_and_says_so() {
    let mut app = chosen(MIDDLE, 3);
    app.scope.tenant = tidings::demo::labels().all().first().map(|(id, _)| (*id).clone());
    insta::assert_snapshot!("handler-of-a-tenant", screen(&app));
    let mut app = chosen(MIDDLE, 3);
    app.context.locked_to = vec!["Acme MSP".to_owned()];
    assert!(screen(&app).contains("numbers are of all tenants"), "a lock is a scope, too");
}

#[test]
fn a_stream_that_may_not_be_looked_at_is_named() {
    let mut app = table(SMALL);
    let denied = tidings::bus::Denied {
        stream: StreamKey::new("event::INVOICE_GENERATED").unwrap(),
        why: BusError::Refused { what: "NOPERM".to_owned(), next: "grant ~event::*".to_owned() },
    };
    app.handlers.renew(Ok(Looked { found: reports(1_500), denied: vec![denied] }), now());
    let shown = screen(&app);
    assert!(shown.contains("event::INVOICE_GENERATED may not be looked at and is left out"), "{shown}");
}

#[test]
fn rates_that_are_not_known_yet_and_a_handler_that_stopped_say_so() {
    let mut first = busy(MIDDLE);
    first.view = View::Handlers;
    let mut gone = reports(1_000);
    gone[1].dead_letters = Counted::Exactly(1_234_567);
    first.handlers.renew(Ok(Looked::whole(gone)), now());
    let shown = screen(&first);
    assert!(shown.contains("rates with the next report"), "{shown}");
    assert!(shown.contains(" stopped 1"), "{shown}");
    let row = shown.lines().find(|line| line.contains(" forgotten ")).unwrap();
    assert!(row.contains(" stopped ") && row.contains("   1.2M"), "{row}");
    assert!(!screen(&table(MIDDLE)).contains("rates with the next report"));
}
