//! `cargo bench --bench rewind`: a page of 500 entries from anywhere in 1,000,000, in 10 and in 300 streams, read back on
//! a real Redis; older and newer ones in turn, at places all over. Then the same as a person does it: from Enter on a
//! place in the dashboard to the frame that shows it (pages on both sides, the list, the drawing), and from a key at the
//! end of what is read to the frame with more. Prints p50, p99 and the longest in milliseconds, and,
//! last, `ratio rewind`: the time of ten bare `XREVRANGE` of fifty entries each, one after the other in one pipeline
//! (the ids known, nothing decoded), against that of a page.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{events, timed};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use redis_server::{PrivateRedis, dial};
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{
    Archive, ArchiveQuery, BusSignal, ChannelScope, Direction, Intake, Link, ServerFacts, Start, TenantLock,
    Watch,
};
use tidings::event::EntryId;
use tidings::schema::{Catalogue, Registry};
use tidings::tui::app::{App, Clock, Setup, Zone};
use tidings::tui::effect::{Effect, EffectDone};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::theme::{Look, Theme};
use tidings::tui::update::update;
use tidings::tui::views;

const ENTRIES: usize = 1_000_000;
const PAGE: usize = 500;
/// How many pages are read, all over the entries.
const PLACES: u64 = 400;
/// Entry ids are a millisecond apart from here on.
const FIRST_MS: u64 = 1_700_000_000_000;

#[tokio::main]
async fn main() {
    let few = run(10).await;
    run(300).await;
    println!("ratio rewind {few:.2}");
}

async fn run(streams: usize) -> f64 {
    let server = PrivateRedis::start();
    fill(&server, streams).await;
    let settings = Settings { url: SecretString::from(server.url()), ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let session = open("bench", &settings, intake, true, Some("only looking")).unwrap();
    let mut connection = dial(&server.url()).await;
    let (mut pages, mut raws) = (Vec::new(), Vec::new());
    for place in 0..=PLACES {
        // All over, in no order.
        let ms = FIRST_MS + (place * 7_919_777) % ENTRIES as u64;
        let direction = if place % 2 == 0 { Direction::Older } else { Direction::Newer };
        let query = ArchiveQuery::new(EntryId::new(ms, 0), direction, PAGE, ChannelScope::All);
        let (took, page) = timed(session.archive.page(&query)).await;
        let page = page.unwrap();
        assert!(page.entries.len() == PAGE || page.is_end);
        let mut bare = redis::pipe();
        for stream in 0..10 {
            bare.cmd("XREVRANGE").arg(key(stream)).arg(ms).arg("-").arg("COUNT").arg(PAGE / 10);
        }
        let (raw, answer) = timed(bare.query_async::<redis::Value>(&mut connection)).await;
        answer.unwrap();
        // The first page finds the streams, once.
        if place > 0 {
            pages.push(took);
            raws.push(raw);
        } else {
            println!("rewind, {streams} streams: the first page, with finding them, {:.1} ms", ms_of(took));
        }
    }
    pages.sort_unstable();
    raws.sort_unstable();
    let at = |percent: usize| ms_of(pages[(pages.len() - 1) * percent / 100]);
    println!(
        "rewind, {streams} streams: a page of {PAGE} from {ENTRIES}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(50),
        at(99),
        at(100)
    );
    let mut person = Person::new(session.archive);
    let (mut jumps, mut steps) = (Vec::new(), Vec::new());
    for place in 0..PLACES / 4 {
        let ms = FIRST_MS + (place * 7_919_777) % ENTRIES as u64;
        for letter in format!("T{ms}-0").chars() {
            person.key(letter.to_string().parse().unwrap());
        }
        jumps.push(person.jump(ms).await);
        steps.extend(person.read_on().await);
    }
    for (what, mut all) in [("a jump, from Enter to the frame", jumps), ("reading on, to the frame", steps)] {
        all.sort_unstable();
        let at = |percent: usize| ms_of(all[(all.len() - 1) * percent / 100]);
        println!(
            "rewind, {streams} streams: {what}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
            at(50),
            at(99),
            at(100)
        );
    }
    raws[raws.len() / 2].as_secs_f64() / pages[pages.len() / 2].as_secs_f64()
}

/// A person at a dashboard whose questions this archive answers.
struct Person {
    app: App,
    archive: Arc<dyn Archive>,
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

impl Person {
    fn new(archive: Arc<dyn Archive>) -> Self {
        let watch = Watch::following(Start::Last(0));
        let clock = Clock { now: chrono::Utc::now(), zone: Zone::Local };
        let size = Size::new(200, 60);
        let mut app = App::start(Setup::new("bench", watch), clock, size).0;
        let facts = ServerFacts { replayable: true, ..ServerFacts::default() };
        update(&mut app, Message::Signals(vec![BusSignal::Link(Link::Live(facts)), BusSignal::CaughtUp]));
        let terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
        let mut this = Self { app, archive, terminal, theme: Theme::load(&Look::default()).0 };
        this.key("2".parse().unwrap());
        this
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        update(&mut self.app, Message::Key(key.into()))
    }

    /// Does all that is asked for; answers when it was enough for a frame, with that drawn.
    async fn obey(&mut self, mut effects: Vec<Effect>, enough: impl Fn(&App) -> bool) -> Option<Instant> {
        let mut drawn = None;
        while let Some(effect) = effects.pop() {
            let Effect::ReadBack { number, query } = effect else { continue };
            let answer = self.archive.page(&query).await.map(Box::new);
            let done = Message::Done(EffectDone::ReadBack { number, query, answer });
            effects.extend(update(&mut self.app, done));
            if drawn.is_none() && enough(&self.app) {
                self.draw();
                drawn = Some(Instant::now());
            }
        }
        drawn
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| views::draw(frame, &self.app, &self.theme)).unwrap();
    }

    /// How long it takes from Enter to the frame with the event of that time.
    async fn jump(&mut self, ms: u64) -> Duration {
        let start = Instant::now();
        let effects = self.key("enter".parse().unwrap());
        let is_there = |app: &App| app.shown_entry().is_some_and(|row| row.id().ms == ms);
        self.obey(effects, is_there).await.unwrap() - start
    }

    /// How long it takes from the key that asks for more to the frame with it; nothing at the end of all.
    async fn read_on(&mut self) -> Option<Duration> {
        while !self.app.rewound()?.stretch.is_end(Direction::Older) {
            let first = self.app.over().ring.first_seq();
            let start = Instant::now();
            let effects = self.key("pgdn".parse().unwrap());
            let has_more = |app: &App| app.over().ring.first_seq() < first;
            if let Some(drawn) = self.obey(effects, has_more).await {
                return Some(drawn - start);
            }
        }
        None
    }
}

fn ms_of(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn key(stream: usize) -> String {
    format!("event::TYPE_{stream}")
}

async fn fill(server: &PrivateRedis, streams: usize) {
    let mut connection = dial(&server.url()).await;
    // The same texts again and again: only where they lie differs.
    let events = events(10_000);
    for from in (0..ENTRIES).step_by(events.len()) {
        let mut pipeline = redis::pipe();
        for (at, event) in events.iter().enumerate() {
            let at = from + at;
            let id = format!("{}-0", FIRST_MS + at as u64);
            pipeline.cmd("XADD").arg(key(at % streams)).arg(id).arg("event").arg(event.text()).ignore();
        }
        pipeline.query_async::<()>(&mut connection).await.unwrap();
    }
}
