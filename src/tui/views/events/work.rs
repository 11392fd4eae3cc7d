//! What a key costs in the detail of an event does not grow with the event: counted, not timed.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Utc};
use crossterm::event::KeyEvent;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::bus::{Admission, Batch, BusSignal, Intake, Origin, Raw, Start, TenantLock, Watch};
use crate::event::{EntryId, EventType, StreamKey};
use crate::schema::Registry;
use crate::text::work;
use crate::tui::app::{App, Clock, Setup, Zone};
use crate::tui::keymap::Key;
use crate::tui::message::Message;
use crate::tui::theme::{Look, Theme};
use crate::tui::update::update;
use crate::tui::views;

/// Bytes that a key and its frame may look at: a screen of lines, each of 8 KiB at most, some more than once.
const KEY: usize = 1_000_000;

/// With one event, of which `rest` is the end of the payload.
fn app(rest: &str) -> App {
    let json = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"BIG","timestamp":"2026-11-23T13:02:31Z","payload":{{"tenantId":"acme",{rest}}}}}"#
    );
    let mut intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
    let raw = Raw {
        stream: StreamKey::new("event::BIG").unwrap(),
        id: EntryId::new(1_795_438_951_000, 0),
        replayable: true,
        channel: None,
        event_type: EventType::new("BIG").ok(),
        fields: vec![(b"event".to_vec(), json.into_bytes())],
    };
    let Admission::Entry(entry) = intake.admit(raw) else { panic!("it can be read") };
    let now: DateTime<Utc> = "2026-11-23T13:02:31Z".parse().unwrap();
    let clock = Clock { now, zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()) };
    let setup = Setup::new("demo", Watch::following(Start::Last(1)));
    let (mut app, _) = App::start(setup, clock, Size::new(140, 40));
    let batch = Batch { origin: Origin::Live, entries: vec![entry] };
    update(&mut app, Message::Signals(vec![BusSignal::Entries(batch)]));
    app
}

/// Takes a message and draws, and answers what was looked at for that.
fn cost(app: &mut App, message: Message) -> usize {
    let theme = Theme::load(&Look::default()).0;
    let ((), work) = work::counted(|| {
        update(app, message);
        let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
        terminal.draw(|frame| views::draw(frame, app, &theme)).unwrap();
    });
    work
}

fn key(name: &str) -> Message {
    Message::Key(KeyEvent::from(name.parse::<Key>().unwrap()))
}

#[test]
fn a_key_in_a_large_event_looks_at_what_it_shows() {
    let wide = "日\\u0301\\u001b".repeat(80_000);
    let items = (0..50_000).map(|n| format!("{{\"n\":{n},\"s\":\"hq日\"}}")).collect::<Vec<_>>().join(",");
    for (what, rest) in [
        ("a long text", format!(r#""text":"{}""#, "x".repeat(1_500_000))),
        ("a wide text", format!(r#""text":"{wide}""#)),
        ("a wide text as it is", format!(r#""text":"{}""#, "日é👩‍👧a".repeat(60_000))),
        ("a list", format!(r#""items":[{items}]"#)),
    ] {
        let mut app = app(&rest);
        cost(&mut app, key("2"));
        let first = cost(&mut app, key("enter"));
        assert!(app.events.whole);
        // As it is laid out, then as it came: each is done once.
        for layout in ["", "R"] {
            let laid = if layout.is_empty() { first } else { cost(&mut app, key(layout)) };
            assert!(laid > KEY, "{what}: {laid} says nothing of what follows");
            let keys = "G g j j j z z ctrl-d ctrl-u h l Z G k z Z w j ctrl-d l > < w G z pgup home end";
            for name in keys.split_whitespace() {
                let work = cost(&mut app, key(name));
                assert!(work < KEY, "{what}, {name} behind '{layout}': {work} (at first {laid})");
            }
            for width in [139, 90, 61, 200] {
                let work = cost(&mut app, Message::Resize(Size::new(width, 33)));
                assert!(work < KEY, "{what}, {width} cells behind '{layout}': {work} (at first {laid})");
            }
        }
    }
}
