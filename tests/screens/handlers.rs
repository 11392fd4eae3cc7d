//! The Handlers view.

use std::time::Duration;

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{
    BusError, ConsumerReport, HandlerReport, HandlerStats, Heartbeat, Lag, Latency, PendingEntry,
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
            types: Vec::new(),
            host: name.rsplit_once('-').map_or(name, |(host, _)| host).to_owned(),
            pid: 4_711,
            started: now() - TimeDelta::hours(7),
            stats: HandlerStats { done, failed, running, ..HandlerStats::default() },
            latency,
        }
    });
    ConsumerReport { name: name.to_owned(), pending, idle: Duration::from_secs(idle), heartbeat }
}

fn waiting(n: u64, consumer: &str, idle: u64, deliveries: u64) -> PendingEntry {
    let ms = u64::try_from(now().timestamp_millis()).unwrap() - idle * 1_000;
    PendingEntry {
        stream: StreamKey::new("event::TICKET_UPDATED").unwrap(),
        id: EntryId::new(ms, n),
        consumer: consumer.to_owned(),
        idle: Duration::from_secs(idle),
        deliveries,
    }
}

fn report(name: &str, types: &[&str], consumers: Vec<ConsumerReport>) -> HandlerReport {
    HandlerReport {
        name: name.to_owned(),
        types: types.iter().map(|name| EventType::new(name).unwrap()).collect(),
        streams: types.len(),
        registered: Some(now() - TimeDelta::days(2)),
        lag: Lag::Exactly(0),
        pending: 0,
        waiting: Vec::new(),
        scheduled: Some(0),
        dead_letters: 0,
        consumers,
    }
}

/// One that works, one that fails, one that nobody works for, and one of another program.
fn reports(done: u64) -> Vec<HandlerReport> {
    let audit = report("audit", &["TICKET_CREATED"], vec![consumer("web-1-5512", 0, 1, Some((done, 0, 0)))]);
    let mut mail = report(
        "ticket-email",
        &["TICKET_CREATED", "TICKET_UPDATED", "TICKET_CLOSED", "TICKET_ASSIGNED"],
        vec![
            consumer("web-1-5513", 2, 0, Some((done, done / 50, 2))),
            consumer("web-2-77", 1, 2, Some((done / 2, done / 20, 1))),
        ],
    );
    (mail.pending, mail.scheduled, mail.dead_letters) = (3, Some(4), 1_315);
    mail.waiting =
        vec![waiting(0, "web-1-5513", 1, 1), waiting(1, "web-1-5513", 2, 3), waiting(2, "web-2-77", 2, 1)];
    let mut sla = report("sla", &["TICKET_UPDATED"], vec![consumer("web-2-78", 1_204, 4_000, None)]);
    (sla.lag, sla.pending, sla.scheduled) = (Lag::MoreThan(18_000), 1_204, Some(0));
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
    app.handlers.renew(Ok(reports(1_000)), now() - TimeDelta::seconds(5));
    app.handlers.renew(Ok(reports(1_500)), now());
    app
}

/// Puts the handlers into an app, and opens one.
pub(crate) fn open(app: &mut App, name: &str) {
    app.view = View::Handlers;
    app.handlers.renew(Ok(reports(1_500)), now());
    app.handlers.table.cursor = app.handlers.reports.iter().position(|report| report.name == name);
    app.handlers.whole = true;
}

fn chosen(size: Size, row: usize) -> App {
    let mut app = table(size);
    app.handlers.table.cursor = Some(row);
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
        app.handlers.renew(answer, now());
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
fn ascii_is_all_that_is_drawn_of_handlers() {
    for app in [table(MIDDLE), chosen(MIDDLE, 2), chosen(MIDDLE, 3), whole(SMALL)] {
        let shown = text(&draw(&app, &ascii()));
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
                    report.name = name.to_owned();
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
                super::hostile::check(&draw(&app, &stage::theme()), false);
                app.handlers.whole = true;
                super::hostile::check(&draw(&app, &ascii()), true);
            }
        }
    }
}

#[test]
fn what_is_asked_of_the_view_is_what_it_draws() {
    use tidings::tui::views;
    let app = whole(SMALL);
    let extent = views::handlers::detail(views::body(&app), &app);
    let report = app.handlers.chosen().unwrap();
    assert_eq!((extent.lines, extent.page), (6 + report.consumers.len() + report.waiting.len(), 17));
    let wanted = report.waiting.last().unwrap().id.to_string();
    let mut app = whole(SMALL);
    app.handlers.top = extent.lines - extent.page;
    let shown = screen(&app);
    // The last line is the last that waits.
    assert!(shown.contains(&wanted), "{shown}");
    let app = chosen(SMALL, 0);
    assert_eq!(views::handlers::page(views::body(&app), &app), 6);
}
