//! `cargo bench --bench memory`: what a retained event costs, against the bytes of its JSON: how much a process grows (`VmRSS`)
//! that watches a real Redis as the dashboard does, from the observer to its state, with the list of events up to date. Three
//! kinds of events: of 320 bytes; those of the captured bus of Alga PSA, in its profile; and of 20 kB. As many come as are
//! kept, and then twice as many again, so that what is dropped is seen to be given back. Each kind has a process of its own,
//! which publishes nothing. Prints, for each, `ratio memory-.. VALUE`: at most 1.5 (ARCHITECTURE.md).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "common/process.rs"]
mod process;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::Utc;
use ratatui::layout::Size;
use redis_server::{PrivateRedis, dial};
use secrecy::SecretString;
use tidings::broker::redis::{Profile, Settings, open};
use tidings::bus::{BusSignal, Intake, Start, TenantLock, Watch};
use tidings::monitor::Limits;
use tidings::schema::{Catalogue, Registry};
use tidings::tui::app::{App, Clock, Setup, Zone};
use tidings::tui::keymap::Key;
use tidings::tui::message::Message;
use tidings::tui::update::update;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The kinds, and how many are kept.
const KINDS: [(&str, usize); 3] = [("small", 500_000), ("alga", 500_000), ("large", 100_000)];
/// As many come as are kept, so many times.
const TIMES: usize = 3;
/// Published at a time; then it is waited for them.
const STEP: usize = 10_000;
/// Fields of an entry, and its stream.
type Published = (String, Vec<(String, String)>);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--watch") {
        let [kind, kept, url] = &arguments[at + 1..at + 4] else { unreachable!("this bench says them") };
        return watch(kind, kept.parse().unwrap(), url).await;
    }
    for (kind, kept) in KINDS {
        measure(kind, kept).await;
    }
}

/// Starts the process that watches, and publishes.
async fn measure(kind: &str, kept: usize) {
    let server = PrivateRedis::start();
    let mut to = dial(&server.url()).await;
    let entries = entries(kind);
    // The streams are there before it looks.
    add(&mut to, &entries[..entries.len().min(100)]).await;
    let watching = Command::new(std::env::current_exe().unwrap())
        .args(["--watch", kind, &kept.to_string(), &server.url()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut watching = watching.unwrap();
    let mut said = BufReader::new(watching.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");
    let pid = watching.id();
    let empty = process::resident(pid);
    let json = |from: usize, to: usize| -> u64 {
        (from..to).map(|at| entries[at % entries.len()].1[0].1.len() as u64).sum()
    };
    for round in 1..=TIMES {
        for from in (0..kept).step_by(STEP) {
            let from = (round - 1) * kept + from;
            let step: Vec<_> = (from..from + STEP).map(|at| entries[at % entries.len()].clone()).collect();
            add(&mut to, &step).await;
            assert_eq!(said.next().unwrap().unwrap(), (from + STEP).to_string());
        }
        let grown = process::resident(pid) - empty;
        let bytes = json((round - 1) * kept, round * kept);
        println!(
            "memory-{kind}: {kept} kept of {}: {:.1} MB for {:.1} MB of JSON, {:.0} bytes for {:.0}: {:.3}",
            round * kept,
            grown as f64 / 1e6,
            bytes as f64 / 1e6,
            grown as f64 / kept as f64,
            bytes as f64 / kept as f64,
            grown as f64 / bytes as f64
        );
        if round == TIMES {
            println!("ratio memory-{kind} {:.2}", grown as f64 / bytes as f64);
        }
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
}

/// What is published: for each entry its stream and fields, the event's JSON first.
fn entries(kind: &str) -> Vec<Published> {
    let native = |text: &str, event_type: &str| {
        (format!("event::{event_type}"), vec![("event".to_owned(), text.to_owned())])
    };
    match kind {
        "small" => common::events(STEP)
            .iter()
            .map(|event| native(event.text(), event.event_type().as_str()))
            .collect(),
        "large" => common::events(1_000)
            .iter()
            .map(|event| {
                let text = event.text().strip_suffix("}}").unwrap();
                let words = "lorem ipsum dolor sit amet, ".repeat((20_000 - text.len()) / 28);
                native(&format!(r#"{text},"note":"{words}"}}}}"#), event.event_type().as_str())
            })
            .collect(),
        _ => captured(),
    }
}

/// The entries of the captured bus.
fn captured() -> Vec<Published> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/alga-capture.json");
    let keys: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut all = Vec::new();
    for (key, content) in &keys {
        for entry in content["entries"].as_array().into_iter().flatten() {
            let word = |name: &str| entry[1][name].as_str().map(str::to_owned);
            if let (Some(event), Some(channel), None) = (word("event"), word("channel"), word("sourceStream"))
            {
                all.push((key.clone(), vec![("event".to_owned(), event), ("channel".to_owned(), channel)]));
            }
        }
    }
    all
}

async fn add(to: &mut redis::aio::MultiplexedConnection, entries: &[Published]) {
    for some in entries.chunks(500) {
        let mut adds = redis::pipe();
        for (key, fields) in some {
            adds.cmd("XADD").arg(key).arg("MAXLEN").arg("~").arg(10_000).arg("*");
            for (name, value) in fields {
                adds.arg(name).arg(value);
            }
            adds.ignore();
        }
        adds.query_async::<()>(to).await.unwrap();
    }
}

/// The process that is measured. Says `ready`, and then how many it has, each time that there are [`STEP`] more.
async fn watch(kind: &str, kept: usize, url: &str) {
    let (profile, catalogue) = match kind {
        "alga" => (Profile::AlgaPsa, Catalogue::AlgaPsa),
        _ => (Profile::Native, Catalogue::Native),
    };
    let settings = Settings { url: SecretString::from(url), profile, ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(catalogue)), TenantLock::default());
    let session = open("bench", &settings, intake, true, Some("only looking")).unwrap();
    let watch = Watch::following(Start::Last(0));
    let limits = Limits { bytes: usize::MAX, entries: kept };
    let setup = Setup { limits, ..Setup::new("bench", watch.clone()) };
    let clock = Clock { now: Utc::now(), zone: Zone::default() };
    let (mut app, _) = App::start(setup, clock, Size::new(140, 40));
    update(&mut app, Message::Key("2".parse::<Key>().unwrap().into()));
    // As many as wait for the dashboard.
    let (out, mut signals) = mpsc::channel(16);
    let stop = CancellationToken::new();
    tokio::spawn(async move { session.observer.observe(watch, out, stop).await });
    let mut said = 0;
    while let Some(signal) = signals.recv().await {
        let is_ready = signal == BusSignal::CaughtUp;
        app.clock.now = Utc::now();
        update(&mut app, Message::Signals(vec![signal]));
        while app.has_work() {
            update(&mut app, Message::Spare);
        }
        if is_ready {
            println!("ready");
        }
        let counts = app.monitor.counts();
        assert_eq!((counts.trimmed, counts.gaps_unknown), (0, 0), "nothing is trimmed before it is read");
        let steps = usize::try_from(counts.received).unwrap() / STEP;
        while said < steps {
            said += 1;
            println!("{}", said * STEP);
        }
        std::io::stdout().flush().unwrap();
    }
}
