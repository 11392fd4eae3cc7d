//! `cargo bench --bench render`: a second of the dashboard at 200x60 with 1,000,000 events retained and 500 more coming in
//! between two frames. For each view it prints what a frame costs, the difference to the terminal included, and what
//! `update` costs before it; last, `ratio render VALUE`: 8 ms against the median frame of the slowest view.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "common/feed.rs"]
mod feed;

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use feed::Feed;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{TerminalOptions, Viewport};
use tidings::bus::{BusSignal, Link, ServerFacts, Start, Watch};
use tidings::monitor::Limits;
use tidings::tui::app::{App, Clock, Setup, Zone};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::theme::{Look, Theme};
use tidings::tui::update::update;
use tidings::tui::views;

const RETAINED: usize = 1_000_000;
/// What comes between two frames at 15,000 events a second.
const PER_FRAME: usize = 500;
const FRAMES: usize = 300;
/// ARCHITECTURE.md, What it costs.
const LIMIT: Duration = Duration::from_millis(8);

/// What is looked at, and the keys that lead there.
const VIEWS: [(&str, &str); 5] = [
    ("flow", "1"),
    ("events", "2 f"),
    ("events, detail", "2 j"),
    ("events, filtered", "2 f / t y p e : T I C K E T _ * enter"),
    ("flow, help over it", "esc esc 1 ?"),
];

fn main() {
    let mut feed = Feed::new();
    let mut app = app();
    fill(&mut app, &mut feed);
    assert_eq!(app.monitor.counts().invalid, 0, "every event fits its schema");
    let mut slowest = Duration::ZERO;
    for (name, keys) in VIEWS {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            update(&mut app, Message::Key(key.into()));
        }
        while app.has_work() {
            update(&mut app, Message::Spare);
        }
        let (frame, state) = frames(&mut app, &mut feed);
        println!("render: {name:<18}  frame {}   update before it {}", shown(&frame), shown(&state));
        slowest = slowest.max(median(&frame));
    }
    assert_eq!(app.monitor.ring().len(), RETAINED as u64);
    println!("render: frame median {:.2} ms", slowest.as_secs_f64() * 1e3);
    println!("ratio render {:.2}", LIMIT.as_secs_f64() / slowest.as_secs_f64());
}

/// How long each frame took, and how long `update` took for what came before it.
fn frames(app: &mut App, feed: &mut Feed) -> (Vec<Duration>, Vec<Duration>) {
    let (theme, _) = Theme::load(&Look::default());
    let area = Rect::new(0, 0, app.size.width, app.size.height);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(std::io::sink()), options).unwrap();
    let (mut drawn, mut updated) = (Vec::new(), Vec::new());
    for frame in 0..FRAMES {
        app.clock.now = Utc::now();
        let signal = feed.batch(PER_FRAME);
        let start = Instant::now();
        update(app, Message::Signals(vec![signal]));
        if frame % 30 == 0 {
            update(app, Message::Tick);
        }
        let ready = Instant::now();
        terminal.draw(|frame| views::draw(frame, app, &theme)).unwrap();
        updated.push(ready - start);
        drawn.push(ready.elapsed());
    }
    (drawn, updated)
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

fn shown(times: &[Duration]) -> String {
    let most = times.iter().max().unwrap();
    format!("median {:>6.2} ms, most {:>6.2} ms", median(times).as_secs_f64() * 1e3, most.as_secs_f64() * 1e3)
}

fn app() -> App {
    let watch = Watch::following(Start::Last(0));
    let setup =
        Setup { limits: Limits { bytes: usize::MAX, entries: RETAINED }, ..Setup::new("bench", watch) };
    let clock = Clock { now: Utc::now(), zone: Zone::default() };
    let (mut app, _) = App::start(setup, clock, Size::new(200, 60));
    let live = BusSignal::Link(Link::Live(ServerFacts::default()));
    update(&mut app, Message::Signals(vec![live, BusSignal::CaughtUp]));
    app
}

/// Everything that is retained, spread over the last five minutes.
fn fill(app: &mut App, feed: &mut Feed) {
    let start = Utc::now() - TimeDelta::minutes(5);
    for at in (0..RETAINED).step_by(10_000) {
        let ms = i64::try_from(at * 300_000 / RETAINED).unwrap();
        let signal = feed.batch_at(10_000, (start + TimeDelta::milliseconds(ms)).timestamp_millis());
        app.clock.now = Utc::now();
        update(app, Message::Signals(vec![signal]));
    }
}
