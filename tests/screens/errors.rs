//! Errors of handlers: the pane of the Flow view, and the page over a view.

use chrono::TimeDelta;
use ratatui::layout::Size;
use tidings::bus::{BusSignal, FailureBatch, FailureFeed, FailureKind, Origin, RecordedFailure};
use tidings::event::{EventId, TenantId};
use tidings::filter::Filter;
use tidings::monitor::{ErrorGroup, FailureQuery, Scope};
use tidings::tui::app::{App, ErrorsPage, FlowPane, OpenEvent, View};
use tidings::tui::views;

use super::failed::{again, batch, dead, failed};
use super::stage::{self, MIDDLE, SMALL, apply, ascii, busy, draw, fresh, go_live, look, now, screen, text};
use super::views::NARROW;

/// The newest events of the demo's day that have an id, their types and tenants.
fn events(app: &App) -> Vec<(EventId, String, String)> {
    let ring = app.monitor.ring();
    let rows = ring.rows(ring.first_seq()..ring.end_seq()).rev();
    let known = rows.filter_map(|row| {
        Some((row.event_id()?, row.event_type()?.as_str().to_owned(), row.tenant()?.as_str().to_owned()))
    });
    known.take(60).collect()
}

fn failures(app: &App) -> Vec<RecordedFailure> {
    let mut all = Vec::new();
    for (n, (event, event_type, tenant)) in events(app).iter().enumerate().rev() {
        let at = now() - TimeDelta::milliseconds(4_321) * i32::try_from(n).unwrap();
        let id = uuid::Uuid::from_u128(n as u128 * 7_919).to_string();
        let (handler, error): (&str, Vec<String>) = match n % 5 {
            0 | 1 => {
                ("sla", vec!["TypeError: Cannot read properties of undefined (reading 'dueAt')".to_owned()])
            }
            2 => ("ticket-email", vec!["sending failed".to_owned(), format!("SMTP 451 greylisted for {id}")]),
            3 => ("search-index", vec![format!("no end within {n}s")]),
            _ => ("audit", vec![format!("row {n} is locked by user{n}@example.com")]),
        };
        let error: Vec<&str> = error.iter().map(String::as_str).collect();
        let mut first = again(&failed(n as u64, (handler, event_type, tenant), &error, at), *event, 1);
        if n % 5 == 3 {
            first.attempt.failure.as_mut().unwrap().kind = FailureKind::TimedOut;
        }
        let mut later = again(&first, *event, 2);
        later.at += TimeDelta::seconds(3);
        all.push(first);
        if n % 5 == 2 {
            all.push(dead(&later));
        }
    }
    all
}

fn failing(size: Size) -> App {
    let mut app = busy(size);
    apply(&mut app, BusSignal::FailureFeed(FailureFeed::Read));
    let mut failures = failures(&app);
    let live = failures.split_off(failures.len() - 6);
    apply(&mut app, batch(Origin::History, failures));
    app.errors.look(&app.monitor);
    apply(&mut app, batch(Origin::Live, live));
    look(&mut app);
    app
}

fn groups(app: &App) -> Vec<ErrorGroup> {
    let query = FailureQuery { scope: &app.scope, filter: &app.filter.live.good, handler: None };
    app.monitor.error_groups(&query, now()).groups
}

fn open(app: &mut App, page: ErrorsPage) {
    let mut page = page;
    page.renew(&app.monitor, (&app.scope, &app.filter.live.good), now());
    app.errors.page = Some(Box::new(page));
}

pub(super) fn list(size: Size, handler: Option<&str>) -> App {
    let mut app = failing(size);
    open(&mut app, ErrorsPage::list(handler.map(str::to_owned)));
    app.errors.page.as_mut().unwrap().table.cursor = Some(1);
    app
}

fn of_mail(app: &App) -> ErrorGroup {
    let of_mail =
        |group: &&ErrorGroup| group.handler.as_ref().is_some_and(|name| name.as_str() == "ticket-email");
    groups(app).iter().find(of_mail).unwrap().clone()
}

fn group(size: Size) -> App {
    let mut app = failing(size);
    let group = of_mail(&app);
    open(&mut app, ErrorsPage::group(group));
    app.errors.page.as_mut().unwrap().group.as_mut().unwrap().table.cursor = Some(0);
    app
}

fn event(size: Size) -> App {
    let mut app = failing(size);
    let event = events(&app)[2].0;
    let event = OpenEvent::of(Some(event), None, &app.monitor);
    open(&mut app, ErrorsPage::event(event));
    app
}

/// A handler of the Handlers view, open.
fn handler(feed: FailureFeed) -> App {
    let mut app = if feed == FailureFeed::Read { failing(MIDDLE) } else { without(MIDDLE, feed) };
    super::handlers::open(&mut app, "sla");
    app
}

fn without(size: Size, feed: FailureFeed) -> App {
    let mut app = busy(size);
    apply(&mut app, BusSignal::FailureFeed(feed));
    look(&mut app);
    app
}

#[test]
fn errors_at_every_size() {
    for size in [NARROW, SMALL, MIDDLE] {
        insta::assert_snapshot!(format!("errors-flow-{size}"), screen(&failing(size)));
        insta::assert_snapshot!(format!("errors-list-{size}"), screen(&list(size, None)));
        insta::assert_snapshot!(format!("errors-group-{size}"), screen(&group(size)));
        insta::assert_snapshot!(format!("errors-event-{size}"), screen(&event(size)));
    }
    let mut app = failing(MIDDLE);
    (app.flow.focus, app.flow.errors_table.cursor) = (FlowPane::Errors, Some(1));
    insta::assert_snapshot!("errors-flow-focus", screen(&app));
    insta::assert_snapshot!("errors-of-handler", screen(&list(MIDDLE, Some("sla"))));
}

/// Led to the failed events of a group, of which none is there.
fn nothing_waits(size: Size) -> App {
    let mut app = list(size, None);
    stage::press(&mut app, "r");
    app
}

#[test]
fn where_nothing_of_an_error_waits_failed_says_so_and_leads_back() {
    let shown = screen(&nothing_waits(SMALL));
    assert!(shown.contains("Reading failed events"), "not read yet: {shown}");
    for size in [SMALL, MIDDLE] {
        let mut app = nothing_waits(size);
        let other = super::queued::letter(1, ("ledger-sync", "TICKET_CLOSED", "x"), "503", (60, now()));
        super::queue::take(&mut app, vec![other]);
        insta::assert_snapshot!(format!("errors-nothing-waits-{size}"), screen(&app));
        stage::press(&mut app, "esc");
        assert!(app.errors.page.is_some() && !app.filter.is_on());
    }
}

#[test]
fn a_handler_shows_its_errors() {
    insta::assert_snapshot!("errors-handler", screen(&handler(FailureFeed::Read)));
    let app = handler(FailureFeed::NotRecorded);
    let shown = screen(&app);
    assert!(shown.contains("ERRORS  not recorded on this bus"), "{shown}");
    let lines = |app: &App| views::handlers::detail(views::body(app), app).lines;
    // Five groups, each a line.
    assert_eq!(lines(&handler(FailureFeed::Read)), lines(&app) + 5);
}

#[test]
fn a_row_of_events_says_which_handlers_failed() {
    let mut app = failing(MIDDLE);
    app.view = View::Events;
    stage::put_cursor(&mut app, 2);
    insta::assert_snapshot!("errors-events", screen(&app));
}

#[test]
fn what_is_not_recorded_or_cannot_be_read_is_said() {
    for size in [SMALL, MIDDLE] {
        let shown = screen(&without(size, FailureFeed::NotRecorded));
        assert!(
            shown.contains("errors are not recorded on this bus") && shown.contains("3 Handlers"),
            "{shown}"
        );
        assert!(shown.contains("invalid") && !shown.contains(" failed"), "nobody can count them: {shown}");
    }
    let mut app = without(MIDDLE, FailureFeed::NotRecorded);
    open(&mut app, ErrorsPage::list(None));
    let shown = screen(&app);
    assert!(shown.contains("errors are not recorded on this bus") && !shown.contains("0 failed"), "{shown}");
    let why = FailureFeed::Unreadable("the user may not do this (NOPERM)\u{1b}[2J".to_owned());
    let shown = screen(&without(MIDDLE, why));
    assert!(shown.contains("errors cannot be read: the user may not do this"), "{shown}");
    assert!(shown.contains("(NOPERM)\\x1b[2J"), "{shown}");
    let shown = screen(&without(MIDDLE, FailureFeed::Read));
    assert!(shown.contains("no handler has failed") && shown.contains("failed"), "{shown}");
    let mut app = failing(MIDDLE);
    stage::set_filter(&mut app, "handler:nobody");
    assert!(screen(&app).contains("no failed attempt fits filter and tenant"));
}

#[test]
fn the_errors_of_ten_thousand_failures_fit_on_one_screen_and_add_up() {
    for size in [SMALL, MIDDLE] {
        let mut app = fresh(size);
        go_live(&mut app);
        stage::take(&mut app, stage::day(12.0, 1, None));
        apply(&mut app, BusSignal::FailureFeed(FailureFeed::Read));
        let many = (0..10_000_u64).map(|n| {
            let handler = ["sla", "ticket-email", "search-index"][usize::try_from(n % 3).unwrap()];
            let error = format!("request {n} to 10.0.0.{} ended after {n}ms", n % 250);
            failed(n, (handler, "TICKET_UPDATED", &format!("tenant-{}", n % 40)), &[&error], now())
        });
        apply(&mut app, batch(Origin::Live, many.collect()));
        open(&mut app, ErrorsPage::list(None));
        let shown = screen(&app);
        assert!(shown.contains("ERRORS  10,000 failed attempts in 3 groups"), "{shown}");
        let counts = shown.lines().filter_map(|line| line.split_once('×')?.1.split_whitespace().next());
        let counts: Vec<u64> = counts.map(|count| count.replace(',', "").parse().unwrap()).collect();
        assert_eq!((counts.len(), counts.iter().sum::<u64>()), (3, 10_000), "{shown}");
    }
}

#[test]
fn the_headings_of_the_pane_stand_over_their_columns() {
    let mut widest = 0;
    // On a low screen it takes the whole width.
    for (width, height) in [(250, 40), (140, 28), (180, 28)] {
        let shown = screen(&failing(Size::new(width, height)));
        let lines: Vec<&str> = shown.lines().collect();
        let heading = lines.iter().position(|line| line.contains("HANDLER ERRORS")).unwrap();
        let place = |word: &str| {
            let (before, _) = lines[heading].split_once(word).unwrap_or_else(|| panic!("{word}: {shown}"));
            before.chars().count()
        };
        let (tenants, seen) = (place("tenants"), place("seen") + "seen".len());
        widest = widest.max(usize::from(width) - place("HANDLER ERRORS"));
        let row: Vec<char> = lines[heading + 1].chars().collect();
        assert!(row[tenants - 1] == ' ' && row[tenants] != ' ', "{width}: {shown}");
        let age: String = row[seen - 6..seen].iter().collect();
        assert!(age.starts_with("  ") && !age.ends_with(' '), "{width}: '{age}': {shown}");
        // Between them there is no other column.
        let between: String = row[tenants..seen - 6].iter().collect();
        assert!(!between.trim_end().contains("  "), "{width}: '{between}': {shown}");
    }
    assert!(widest > 125, "{widest} cells have room for a column that the page has");
}

#[test]
fn what_is_missing_is_said() {
    let mut app = failing(MIDDLE);
    let missing = FailureBatch { unreadable: 2, trimmed: 3, ..FailureBatch::new(Origin::Live) };
    apply(&mut app, BusSignal::Failures(missing));
    open(&mut app, ErrorsPage::list(None));
    assert!(screen(&app).contains("3 trimmed, 2 unreadable"));
}

#[test]
fn errors_are_shown_where_no_event_is() {
    let mut app = fresh(MIDDLE);
    go_live(&mut app);
    apply(&mut app, BusSignal::FailureFeed(FailureFeed::Read));
    let failure = failed(1, ("sla", "TICKET_UPDATED", "acme"), &["no end within 30ms"], now());
    apply(&mut app, batch(Origin::History, vec![failure]));
    open(&mut app, ErrorsPage::list(None));
    let shown = screen(&app);
    assert!(
        shown.contains("ERRORS  1 failed attempt in 1 group") && shown.contains("no end within"),
        "{shown}"
    );
}

#[test]
fn why_there_are_no_errors_is_said_of_a_handler_and_of_a_lock() {
    let mut app = failing(MIDDLE);
    open(&mut app, ErrorsPage::list(Some("nobody".to_owned())));
    let shown = screen(&app);
    assert!(shown.contains("no failed attempt of it is known") && !shown.contains("fits filter"), "{shown}");
    stage::set_filter(&mut app, "handler:sla");
    assert!(screen(&app).contains("no failed attempt of it fits filter and tenant"));
    for (missing, why) in [
        (FailureBatch { other_tenants: 3, ..FailureBatch::new(Origin::Live) }, "of a tenant within the lock"),
        (
            FailureBatch { unreadable: 3, ..FailureBatch::new(Origin::Live) },
            "no failed attempt could be read",
        ),
    ] {
        let mut app = without(MIDDLE, FailureFeed::Read);
        apply(&mut app, BusSignal::Failures(missing));
        let shown = screen(&app);
        assert!(shown.contains(why) && !shown.contains("no handler has failed"), "{shown}");
    }
}

#[test]
fn a_group_says_how_many_of_it_are_listed_and_what_is_left_in_a_scope() {
    let mut app = fresh(MIDDLE);
    go_live(&mut app);
    stage::take(&mut app, stage::day(12.0, 1, None));
    apply(&mut app, BusSignal::FailureFeed(FailureFeed::Read));
    let many = (0..1_200).map(|n| failed(n, ("sla", "TICKET_UPDATED", "acme"), &["no end"], now()));
    apply(&mut app, batch(Origin::Live, many.collect()));
    let group = groups(&app).remove(0);
    open(&mut app, ErrorsPage::group(group.clone()));
    let shown = screen(&app);
    assert!(shown.contains("1,200 failed attempts, the newest 1,000 below"), "{shown}");
    app.scope.tenant = Some(TenantId::new("globex").unwrap());
    open(&mut app, ErrorsPage::group(group));
    let shown = screen(&app);
    assert!(shown.contains("0 failed attempts") && !shown.contains("1,200"), "{shown}");
}

#[test]
fn tenants_that_left_memory_are_unknown_and_not_none() {
    let mut app = failing(MIDDLE);
    let first = failed(1, ("gone", "TICKET_UPDATED", "acme"), &["no end"], now());
    let later = failed(2, ("sla", "TICKET_UPDATED", "acme"), &["no end"], now());
    apply(&mut app, batch(Origin::Live, std::iter::once(first).chain(vec![later; 50_000]).collect()));
    open(&mut app, ErrorsPage::list(Some("gone".to_owned())));
    let shown = screen(&app);
    assert!(shown.contains("×1  (unknown)"), "{shown}");
}

#[test]
fn a_command_to_read_an_event_is_one_command_whatever_its_stream_is_called() {
    let mut app = failing(MIDDLE);
    let mut failure = failed(1, ("sla", "TICKET_UPDATED", "acme"), &["no end"], now());
    failure.attempt.source.stream = tidings::event::StreamKey::new("event::X'; reboot; '").unwrap();
    let event = failure.attempt.event;
    apply(&mut app, batch(Origin::Live, vec![failure]));
    let page = ErrorsPage::event(OpenEvent::of(event, None, &app.monitor));
    open(&mut app, page);
    let shown = screen(&app);
    assert!(shown.contains(r"XRANGE 'event::X'\''; reboot; '\''' 7-1 7-1"), "{shown}");
}

#[test]
fn the_tenant_narrows_the_errors() {
    let mut app = failing(MIDDLE);
    let all: u64 = groups(&app).iter().map(|group| group.count).sum();
    let tenant = TenantId::new(&events(&app)[0].2).unwrap();
    app.scope = Scope { tenant: Some(tenant), ..Scope::default() };
    look(&mut app);
    let some: u64 = app.flow.errors.groups.iter().map(|group| group.count).sum();
    assert!(some > 0 && some < all);
}

#[test]
fn ascii_is_all_that_is_drawn_of_errors() {
    let makes: [fn() -> App; 4] =
        [|| failing(MIDDLE), || list(MIDDLE, None), || group(MIDDLE), || event(MIDDLE)];
    for make in makes {
        let app = make();
        let shown = text(&draw(&app, &ascii()));
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn hostile_errors_are_drawn_whole_at_every_size() {
    let hostile =
        ["\u{1b}[2J", "שלום עולם", "日本語テキスト日本語テキスト", "👩‍👩‍👧‍👦", "a\u{202e}b", "", "x\ny\tz"];
    for width in [1, 3, 16, 40, 60, 79, 80, 96, 110, 124, 140, 200] {
        for height in [1, 9, 12, 16, 24, 40] {
            let mut app = fresh(Size::new(width, height));
            go_live(&mut app);
            stage::take(&mut app, stage::day(2.0, 1, None));
            apply(&mut app, BusSignal::FailureFeed(FailureFeed::Read));
            let event = events(&app)[0].0;
            let all = hostile.iter().enumerate().map(|(n, text)| {
                let mut failure = failed(n as u64, ("sla", "TICKET_UPDATED", "acme"), &[*text, *text], now());
                (failure.host, failure.attempt.consumer) = ((*text).to_owned(), (*text).to_owned());
                again(&failure, event, 1)
            });
            let all: Vec<_> = all.collect();
            apply(&mut app, batch(Origin::Live, all));
            look(&mut app);
            super::hostile::check(&draw(&app, &stage::theme()), false);
            let group = groups(&app)[0].clone();
            let event = OpenEvent::of(Some(event), None, &app.monitor);
            for page in [ErrorsPage::list(None), ErrorsPage::group(group), ErrorsPage::event(event)] {
                open(&mut app, page);
                super::hostile::check(&draw(&app, &stage::theme()), false);
                super::hostile::check(&draw(&app, &ascii()), true);
            }
        }
    }
}

#[test]
fn what_is_asked_of_the_event_is_what_it_draws() {
    let mut app = event(SMALL);
    let extent = views::errors::event(views::body(&app), &app);
    assert!(extent.lines > extent.page && extent.page > 10);
    app.errors.page.as_mut().unwrap().event.as_mut().unwrap().top = extent.lines - extent.page;
    let shown = screen(&app);
    let last = shown.lines().nth(3 + extent.page).unwrap();
    assert_eq!(last.trim(), "}", "the last line is that of the JSON: {shown}");
}

#[test]
fn a_filter_of_text_looks_into_the_errors() {
    let mut app = failing(MIDDLE);
    app.filter.live.set("greylisted");
    assert_eq!(app.filter.live.good, Filter::parse("greylisted").unwrap());
    look(&mut app);
    assert!(app.flow.errors.groups.iter().all(|group| group.message.contains("greylisted")));
    assert!(!app.flow.errors.groups.is_empty());
}
