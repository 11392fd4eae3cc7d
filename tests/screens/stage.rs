//! Dashboards in a known state: a fixed clock, a fixed zone, a fixed day.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use tidings::bus::{
    Admission, Batch, BusSignal, ContextInfo, DiscoveryReport, Intake, Link, Origin, Raw, ServerFacts, Start,
    TenantLock, Watch,
};
use tidings::demo::{Day, Settings, labels};
use tidings::event::{Channel, Entry, EntryId, EventType, Field, StreamKey};
use tidings::filter::Filter;
use tidings::monitor::FailureQuery;
use tidings::schema::{Catalogue, Registry};
use tidings::tui::app::{App, Clock, Setup, Zone};
use tidings::tui::effect::{Effect, EffectDone, SendDone, SendEffect};
use tidings::tui::message::Message;
use tidings::tui::theme::{Depth, Look, Theme};
use tidings::tui::update::update;
use tidings::tui::views;

pub(crate) const SMALL: Size = Size { width: 80, height: 24 };
pub(crate) const MIDDLE: Size = Size { width: 140, height: 40 };

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T13:02:31.400Z".parse().unwrap()
}

pub(crate) fn theme() -> Theme {
    Theme::load(&Look::default()).0
}

pub(crate) fn ascii() -> Theme {
    Theme::load(&Look { theme: "mono".into(), ascii: true, depth: Depth::None, ..Look::default() }).0
}

/// What a config says of its contexts.
fn contexts() -> Vec<ContextInfo> {
    let context = |name: &str, profile: &str, target: &str| ContextInfo {
        name: name.into(),
        profile: profile.into(),
        target: target.into(),
        ..ContextInfo::default()
    };
    let prod = context("prod", "alga-psa", "rediss://tidings@redis.example.com:6380/0");
    vec![
        ContextInfo { production: true, read_only: true, ..prod },
        context("staging", "native", "redis://10.0.3.7:6379/0"),
        context("demo", "native", "in memory"),
    ]
}

/// A dashboard that has just been started.
pub(crate) fn fresh(size: Size) -> App {
    let watch = Watch::following(Start::Last(5_000));
    let setup = Setup {
        demo: Some("demo".into()),
        labels: labels(),
        who: "jo@web-1".to_owned(),
        contexts: contexts(),
        themes: [
            ("dark", Ok(())),
            ("light", Ok(())),
            ("high-contrast", Ok(())),
            ("mono", Ok(())),
            ("tide", Ok(())),
            ("broken", Err("themes/broken.toml, line 1: unknown key 'colour'".to_owned())),
        ]
        .map(|(name, answer)| (name.to_owned(), answer))
        .to_vec(),
        ..Setup::new("demo", watch)
    };
    let zone = Zone::Fixed(FixedOffset::east_opt(3_600).unwrap());
    let (mut app, _) = App::start(setup, Clock { now: now(), zone }, size);
    app.context.profile = "native".into();
    app
}

/// One that reads from a Redis of this machine, and offers the demo.
pub(crate) fn local(size: Size) -> App {
    let mut app = fresh(size);
    app.context = ContextInfo {
        name: "local".into(),
        profile: "native".into(),
        target: "redis://127.0.0.1:6379/0".into(),
        ..ContextInfo::default()
    };
    app
}

pub(crate) fn facts() -> ServerFacts {
    ServerFacts {
        version: "7.0.15".into(),
        target: "redis://127.0.0.1:6379/0".into(),
        clock_skew_ms: 0,
        replayable: true,
    }
}

pub(crate) fn apply(app: &mut App, signal: BusSignal) {
    let now = app.clock.now;
    app.monitor.apply(signal, now);
}

pub(crate) fn go_live(app: &mut App) {
    apply(app, BusSignal::Link(Link::Live(facts())));
    apply(app, BusSignal::Discovered(DiscoveryReport { streams: 11, ..DiscoveryReport::default() }));
    apply(app, BusSignal::CaughtUp);
}

/// Takes entries in, as if they had just come.
pub(crate) fn take(app: &mut App, entries: Vec<Entry>) {
    apply(app, BusSignal::Entries(Batch { origin: Origin::Live, entries }));
    look(app);
}

/// Brings lens and flow up to date, as the event loop does.
pub(crate) fn look(app: &mut App) {
    let now = app.clock.now;
    while app.events.lens.advance(&app.monitor, now, 10_000) {}
    app.flow.renew(app.monitor.flow(&app.scope, now), now);
    let filter = &app.filter.live.good;
    let query = FailureQuery { scope: &app.scope, filter, handler: None };
    app.flow.renew_errors(app.monitor.error_groups(&query, now));
}

/// Schemas are compiled once: they are most of the time of a test.
static SCHEMAS: LazyLock<Arc<Registry>> = LazyLock::new(|| Arc::new(Registry::builtin(Catalogue::Native)));

/// Six minutes of the demo.
static DAY: LazyLock<Vec<Entry>> = LazyLock::new(|| day(12.0, 6, None));

pub(crate) fn intake() -> Intake {
    Intake::new(Arc::clone(&SCHEMAS), TenantLock::default())
}

/// An entry as a broker would find it.
pub(crate) fn entry(
    intake: &mut Intake,
    id: EntryId,
    event_type: &str,
    channel: Option<&str>,
    fields: Vec<Field>,
) -> Entry {
    let raw = Raw {
        stream: StreamKey::new(&format!("event::{event_type}")).unwrap(),
        id,
        replayable: true,
        channel: channel.map(|name| Channel::new(name).unwrap()),
        event_type: EventType::new(event_type).ok(),
        fields,
    };
    match intake.admit(raw) {
        Admission::Entry(entry) => entry,
        other => panic!("there is no lock: {other:?}"),
    }
}

/// Some minutes of the demo's day until now.
pub(crate) fn day(rate: f64, minutes: i64, channel: Option<&str>) -> Vec<Entry> {
    let mut day = Day::new(Settings { rate, seed: 0 }, now() - TimeDelta::minutes(minutes));
    let mut intake = intake();
    let mut entries = Vec::new();
    loop {
        let what = day.next().what;
        if day.now() > now() {
            return entries;
        }
        let ms = u64::try_from(day.now().timestamp_millis()).unwrap();
        let id = EntryId::new(ms, entries.len() as u64 % 3);
        let fields = vec![(what.field.into(), what.text.into_bytes())];
        entries.push(entry(&mut intake, id, what.event_type, channel, fields));
    }
}

/// The demo after six minutes.
pub(crate) fn busy(size: Size) -> App {
    let mut app = fresh(size);
    go_live(&mut app);
    take(&mut app, DAY.clone());
    app
}

pub(crate) fn set_filter(app: &mut App, text: &str) {
    app.filter.live.set(text);
    let filter: Filter = app.filter.live.good.clone();
    app.events.lens.set(filter, app.scope.clone(), &app.monitor);
    look(app);
}

/// Puts the cursor of the Events view on row `row`.
pub(crate) fn put_cursor(app: &mut App, row: usize) {
    app.events.cursor = app.events.seq_in(row);
}

/// The newest invalid event's row.
pub(crate) fn invalid_row(app: &App) -> usize {
    (0..app.events.len())
        .find(|row| app.events.seq_in(*row).and_then(|seq| app.monitor.ring().get(seq)?.fault()).is_some())
        .unwrap()
}

pub(crate) fn draw(app: &App, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
    terminal.draw(|frame| views::draw(frame, app, theme)).unwrap();
    terminal.backend().buffer().clone()
}

/// The screen as text.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(tidings::text::width(symbol)).unwrap().max(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

pub(crate) fn screen(app: &App) -> String {
    text(&draw(app, &theme()))
}

/// Presses these keys, one after the other.
pub(crate) fn press(app: &mut App, keys: &str) {
    for key in keys.split(' ') {
        let key: tidings::tui::keymap::Key = key.parse().unwrap();
        tidings::tui::update::update(app, tidings::tui::message::Message::Key(key.into()));
    }
}

/// Answers where an event would go, as the event loop does at once.
pub(crate) fn aim(app: &mut App, effects: Vec<Effect>) {
    for effect in effects {
        let Effect::Compose(effect) = effect else { continue };
        let SendEffect::Aim(it) = *effect else { continue };
        let stream = StreamKey::new(&format!("event::{}", it.event.event_type())).ok();
        let done = SendDone::Aimed { number: it.number, stream };
        update(app, Message::Done(EffectDone::Compose(Box::new(done))));
    }
}
