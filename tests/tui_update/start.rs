//! Where scripts start. 200 events, numbered in the order of arrival: the even ones of type A, the odd ones of type B;
//! of every four, two of the tenant acme and two of beta; 155 and 175 are invalid.

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use ratatui::layout::Size;
use tidings::bus::{
    Batch, BusSignal, ChannelScope, ContextInfo, DiscoveryReport, Gap, Link, Origin, Patience, ServerFacts,
    Start, Watch,
};
use tidings::event::{
    Channel, Content, Entry, EntryId, EventType, Fault, FaultKind, Report, StreamKey, TenantId, Verdict,
};
use tidings::monitor::Limits;
use tidings::tui::app::{App, Clock, Setup, Zone};
use tidings::tui::message::Message;
use tidings::tui::update::update;

pub(crate) const EVENTS: u64 = 200;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T13:02:31Z".parse().unwrap()
}

pub(crate) fn entry(n: u64) -> Entry {
    let (event_type, tenant) = (["A", "B"][(n % 2) as usize], ["acme", "beta"][(n / 2 % 2) as usize]);
    let parity = ["even", "odd"][(n % 2) as usize];
    // Holds its terms as words too, so that the filter's stand-in finds them.
    let note = format!("type:{event_type} tenant:{tenant}, wider than a small screen");
    let text = format!(r#"{{"payload":{{"n":"{parity}","note":"{note}"}}}}"#);
    let payload = 11..text.len() - 1;
    let at = now() - TimeDelta::seconds(20);
    let invalid = || Fault::new(FaultKind::Schema, Report::new("/payload", "a ticket", "none"));
    Entry {
        stream: StreamKey::new(&format!("event::{event_type}")).unwrap(),
        id: EntryId::new(u64::try_from(at.timestamp_millis()).unwrap() + n, 0),
        replayable: true,
        channel: None,
        event_type: Some(EventType::new(event_type).unwrap()),
        tenant: Some(TenantId::new(tenant).unwrap()),
        event_id: None,
        timestamp: Some(at),
        content: Content::Json { text: text.into(), payload: Some(payload) },
        verdict: if [155, 175].contains(&n) { Verdict::Invalid(Box::new(invalid())) } else { Verdict::Valid },
    }
}

pub(crate) fn entries(from: u64, to: u64) -> BusSignal {
    BusSignal::Entries(Batch { origin: Origin::Live, entries: (from..to).map(entry).collect() })
}

pub(crate) fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

fn live() -> BusSignal {
    BusSignal::Link(Link::Live(ServerFacts::default()))
}

/// Connected to a silent bus, with room for so many entries.
pub(crate) fn blank_app(room: usize) -> App {
    let limits = Limits { entries: room, ..Limits::default() };
    with(blank_with(ChannelScope::All, limits), vec![live(), BusSignal::CaughtUp])
}

fn blank(channels: ChannelScope) -> App {
    blank_with(channels, Limits::default())
}

/// What a config says of a context.
fn context(name: &str) -> ContextInfo {
    ContextInfo { name: name.to_owned(), production: name == "staging", ..ContextInfo::default() }
}

fn blank_with(channels: ChannelScope, limits: Limits) -> App {
    let watch = Watch {
        start: Start::Last(1_000),
        follow: true,
        channels,
        patience: Patience::Forever,
        failures: None,
    };
    let setup = Setup {
        demo: Some("demo".to_owned()),
        limits,
        who: "jo@web-1".to_owned(),
        contexts: ["prod", "staging", "demo"].map(context).to_vec(),
        themes: [
            ("dark", Ok(())),
            ("light", Ok(())),
            ("broken", Err("themes/broken.toml, line 1: no".to_owned())),
        ]
        .map(|(name, answer)| (name.to_owned(), answer))
        .to_vec(),
        ..Setup::new("prod", watch)
    };
    let zone = Zone::Fixed(FixedOffset::east_opt(3_600).unwrap());
    App::start(setup, Clock { now: now(), zone }, Size::new(140, 50)).0
}

pub(crate) fn with(mut app: App, signals: Vec<BusSignal>) -> App {
    assert_eq!(update(&mut app, Message::Signals(signals)), []);
    app
}

/// Connected, and all events have come.
pub(crate) fn full() -> App {
    with(blank(ChannelScope::All), vec![live(), entries(0, EVENTS), BusSignal::CaughtUp])
}

/// As [`full`], in the Events view.
pub(crate) fn events() -> App {
    let mut app = full();
    press(&mut app, "2");
    app
}

/// Connected to a bus where nothing happens.
pub(crate) fn silent() -> App {
    with(blank(ChannelScope::All), vec![live(), BusSignal::CaughtUp])
}

/// As [`full`], of a bus with two channels.
pub(crate) fn with_channels() -> App {
    with(full(), vec![discovered(&["global", "mail"])])
}

/// As [`full`], where one of several channels is watched.
pub(crate) fn on_one_channel() -> App {
    let app = blank(ChannelScope::Only(channel("global")));
    with(app, vec![live(), entries(0, EVENTS), BusSignal::CaughtUp, discovered(&["global"])])
}

fn discovered(channels: &[&str]) -> BusSignal {
    let channels = channels.iter().map(|name| channel(name)).collect();
    BusSignal::Discovered(DiscoveryReport { streams: 2, channels, ..DiscoveryReport::default() })
}

/// No connection has come about yet.
pub(crate) fn down() -> App {
    let why = "refused".to_owned();
    let down = Link::Down { since: now(), why, retry_at: now() + TimeDelta::seconds(2), attempt: 3 };
    with(blank(ChannelScope::All), vec![BusSignal::Link(down)])
}

/// As [`full`], and entries were lost.
pub(crate) fn with_gap() -> App {
    let gap = Gap {
        stream: StreamKey::new("event::A").unwrap(),
        after: EntryId::ZERO,
        before: EntryId::new(1, 0),
        lost: Some(7),
        why: "trimmed before it was read",
    };
    with(full(), vec![BusSignal::Gap(gap)])
}

pub(crate) fn press(app: &mut App, key: &str) {
    let key: tidings::tui::keymap::Key = key.parse().unwrap();
    update(app, Message::Key(key.into()));
}

/// What is told, if anything.
pub(crate) fn told(app: &App) -> &str {
    app.notices.toast.as_ref().map_or("", |toast| toast.text.as_str())
}
