//! A frame of failed events costs what it shows, however large they are: counted, not timed.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::bus::{
    BusSignal, Counted, FailedAt, FailedEvent, FailedPage, FailedSource, Link, ServerFacts, Start, Watch,
};
use crate::event::{EntryId, EventType, FailedState, StreamKey};
use crate::filter::Filter;
use crate::monitor::FailedAsk;
use crate::text::work;
use crate::tui::app::{App, Clock, Setup, View, Zone};
use crate::tui::message::Message;
use crate::tui::theme::{Look, Theme};
use crate::tui::update::update;
use crate::tui::views;

/// Bytes that a frame may look at: of each row a beginning of 8 KiB.
const FRAME: usize = 1_000_000;
/// Of each event, and how many there are: no more are kept whole.
const BYTES: usize = 4_000_000;
const EVENTS: u64 = 12;

/// What nobody recorded an error of.
fn event(n: u64) -> FailedEvent {
    let stream = StreamKey::new("event::BIG").unwrap();
    let at = FailedAt::Pending { stream: stream.clone(), group: "g".into(), id: EntryId::new(n, 0) };
    let text = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","payload":{{"tenantId":"acme","status":"open{n}","text":"{}"}}}}"#,
        "x".repeat(BYTES)
    );
    FailedEvent {
        at,
        state: FailedState::Stuck,
        handler: Some("g".into()),
        source: None,
        event_type: EventType::new("BIG").unwrap(),
        stream,
        channel: None,
        tenant: None,
        event: None,
        attempts: Some(3),
        max_attempts: None,
        reason: None,
        error: None,
        first_failed_at: None,
        last_failed_at: None,
        next_at: None,
        idle: Some(std::time::Duration::from_secs(n)),
        plan: None,
        outcome: None,
        text: Some(text.into()),
    }
}

fn page(events: Vec<FailedEvent>) -> FailedPage {
    let totals = BTreeMap::from([(FailedSource::Pending, Counted::Exactly(events.len() as u64))]);
    FailedPage { events, totals: Some(totals), ..FailedPage::default() }
}

#[test]
fn rows_of_large_events_without_an_error_are_read_once_and_not_for_every_frame() {
    let now: DateTime<Utc> = "2026-11-23T13:02:31Z".parse().unwrap();
    let clock = Clock { now, zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()) };
    let setup = Setup::new("demo", Watch::following(Start::Last(1)));
    let (mut app, _) = App::start(setup, clock, Size::new(140, 40));
    let live = BusSignal::Link(Link::Live(ServerFacts::default()));
    update(&mut app, Message::Signals(vec![live, BusSignal::CaughtUp]));
    app.view = View::Failed;
    app.failed.list.begin(FailedSource::FAILED, false);
    let ((), once) = work::counted(|| app.failed.take(page((1..=EVENTS).map(event).collect())));
    assert!(once >= BYTES, "they are read when they come: {once}");
    let theme = Theme::load(&Look::default()).0;
    let frame = |app: &mut App| {
        update(app, Message::Spare);
        let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
        let ((), work) = work::counted(|| {
            terminal.draw(|frame| views::draw(frame, app, &theme)).unwrap();
        });
        let symbols = terminal.backend().buffer().content.iter().map(ratatui::buffer::Cell::symbol);
        (symbols.collect::<String>(), work)
    };
    let (shown, work) = frame(&mut app);
    assert!(shown.contains("status open3"), "{shown}");
    assert!(work < FRAME, "{work}");
    // A filter asks every event; where it asks for no payload nothing is read.
    let ((), work) = work::counted(|| {
        app.failed.ask(FailedAsk { filter: Filter::parse("is:stuck").unwrap(), ..FailedAsk::default() });
        while app.has_work() {
            update(&mut app, Message::Spare);
        }
    });
    assert!(work < FRAME, "{work}");
    assert_eq!(app.failed.sift.rows().len() as u64, EVENTS);
    // What only lies idle for longer is not read again.
    app.failed.list.begin(FailedSource::FAILED, false);
    let again = (1..=EVENTS).map(|n| FailedEvent { idle: None, ..event(n) }).collect();
    let ((), work) = work::counted(|| app.failed.take(page(again)));
    assert!(work < FRAME, "{work}");
}
