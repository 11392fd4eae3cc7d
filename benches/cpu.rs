//! `cargo bench --bench cpu`: what a dashboard costs that is left open: the program in a terminal of 140x40, on a real Redis,
//! in per cent of one core. At 4,000 entries a second, of 320 bytes, on the Events view and on Flow, both following; beside it
//! what a bare loop takes at the same time that reads the same streams every 8 ms and parses the envelopes. Then idle: connected,
//! and nothing comes. Last the views where a hundred handlers have their groups on three hundred streams. Each is looked
//! at for 30 s (`TIDINGS_CPU_SECONDS` says otherwise). Prints `ratio cpu-.. VALUE`: the share of what it may take at most,
//! so that 1 is the limit.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "common/crew.rs"]
mod crew;
#[path = "common/dashboard.rs"]
mod dashboard;
#[path = "common/process.rs"]
mod process;
#[path = "../tests/support/pty.rs"]
mod pty;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;
#[path = "../tests/support/screen.rs"]
mod screen;
#[path = "common/traffic.rs"]
mod traffic;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use common::Envelope;
use crew::{Crew, HANDLERS, STREAMS};
use dashboard::{Dashboard, program};
use process::{cpu, cpu_here};
use redis::Value;
use redis_server::{PrivateRedis, dial};
use traffic::Traffic;

/// How long each is looked at, without a word in the environment.
const SECONDS: u64 = 30;
const SIZE: (u16, u16) = (140, 40);
/// Entries a second.
const RATE: usize = 4_000;
/// It runs like this for a while before it counts.
const SETTLING: Duration = Duration::from_secs(5);
/// What it may take, in per cent of one core: with traffic, and without; and where there are a hundred handlers.
const BUSY: f64 = 10.0;
const IDLE: f64 = 1.0;
const CROWDED: f64 = 2.0;
/// The bare loop reads so often: as the program does on a bus like this.
const ROUND: Duration = Duration::from_millis(8);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let seconds = std::env::var("TIDINGS_CPU_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let seconds = Duration::from_secs(seconds);
    let server = PrivateRedis::start();
    let events = Arc::new(common::events(10_000));
    for (name, key) in [("events", "2"), ("flow", "1")] {
        let traffic = Traffic::begin(server.url(), RATE, Arc::clone(&events));
        let mut dashboard = Dashboard::open(&server.url(), "", SIZE);
        dashboard.press(key);
        dashboard.until("TICKET_CREATED");
        let bare = Bare::begin(server.url());
        tokio::time::sleep(SETTLING).await;
        let shares = look(&format!("cpu-{name}"), &dashboard, &server, seconds, BUSY).await;
        let (took, read) = bare.end();
        println!(
            "cpu-{name}: a bare loop beside it takes {took:.2} ({read:.0} entries/s), so {:.1} times that",
            shares / took
        );
        traffic.end();
    }
    for (name, key) in [("idle-events", "2"), ("idle-flow", "1")] {
        let mut dashboard = Dashboard::open(&server.url(), "", SIZE);
        dashboard.press(key);
        dashboard.until("TICKET_CREATED");
        tokio::time::sleep(SETTLING).await;
        look(&format!("cpu-{name}"), &dashboard, &server, seconds, IDLE).await;
    }
    drop(server);

    let server = PrivateRedis::start();
    let _crew = Crew::settled(&server, &mut dial(&server.url()).await).await;
    println!("cpu-health: {HANDLERS} handlers, {STREAMS} streams");
    for (name, key, shown) in [
        ("health", "6", "passed"),
        ("crowd-events", "2", "TYPE_29"),
        ("crowd-flow", "1", "TYPE_29"),
        ("crowd-handlers", "3", "idle-10"),
        ("crowd-failed", "4", "Nothing has failed"),
    ] {
        let mut dashboard = Dashboard::open(&server.url(), "", SIZE);
        dashboard.press(key);
        dashboard.until(shown);
        tokio::time::sleep(SETTLING).await;
        look(&format!("cpu-{name}"), &dashboard, &server, seconds.max(Duration::from_mins(1)), CROWDED).await;
    }
}

/// Looks at a dashboard for a while. Its share, in per cent of one core.
async fn look(name: &str, dashboard: &Dashboard, server: &PrivateRedis, time: Duration, most: f64) -> f64 {
    let pids = [dashboard.pid(), server.pid()];
    let (began, before, written) = (Instant::now(), pids.map(cpu), dashboard.written());
    tokio::time::sleep(time).await;
    let took = began.elapsed().as_secs_f64();
    let [ours, servers] = [0, 1].map(|at| 100.0 * (cpu(pids[at]) - before[at]) / took);
    let (frames, bytes) = dashboard.written();
    let per_second = |now: u64, before: u64| (now - before) as f64 / took;
    println!(
        "{name}: {ours:.2} per cent of one core over {took:.0} s, at most {most:.0}; redis-server {servers:.2}; {:.1} frames/s, {:.1} kB/s to the terminal",
        per_second(frames, written.0),
        per_second(bytes, written.1) / 1e3
    );
    println!("ratio {name} {:.2}", ours / most);
    ours
}

/// The least that reading such a bus costs: a loop on a thread of its own.
struct Bare {
    stop: Arc<AtomicBool>,
    reader: JoinHandle<(f64, f64)>,
}

impl Bare {
    fn begin(url: String) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let reader = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let (began, before) = (Instant::now(), cpu_here());
                let read = runtime.block_on(read(&url, &stop));
                let took = began.elapsed().as_secs_f64();
                (100.0 * (cpu_here() - before) / took, read as f64 / took)
            }
        });
        Self { stop, reader }
    }

    /// Its share, in per cent of one core, and how many entries a second it read.
    fn end(self) -> (f64, f64) {
        self.stop.store(true, Ordering::Relaxed);
        self.reader.join().unwrap()
    }
}

async fn read(url: &str, stop: &AtomicBool) -> usize {
    let mut raw = dial(url).await;
    let keys: Vec<String> = redis::cmd("KEYS").arg("event::*").query_async(&mut raw).await.unwrap();
    let mut cursors: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for key in keys {
        // From its end on, by its id: `$` would lose what comes between two reads.
        let newest: Value = redis::cmd("XREVRANGE")
            .arg(&key)
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(1)
            .query_async(&mut raw)
            .await
            .unwrap();
        let Value::Array(mut entries) = newest else { continue };
        let [Value::BulkString(id), _] = pair(entries.remove(0)) else { continue };
        cursors.insert(key.into(), id);
    }
    let mut seen = 0;
    while !stop.load(Ordering::Relaxed) {
        let began = tokio::time::Instant::now();
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(500).arg("BLOCK").arg(1_000).arg("STREAMS");
        for key in cursors.keys() {
            read.arg(key);
        }
        for id in cursors.values() {
            read.arg(id);
        }
        if let Value::Array(streams) = read.query_async(&mut raw).await.unwrap() {
            for stream in streams {
                let [Value::BulkString(key), Value::Array(entries)] = pair(stream) else { continue };
                for entry in entries {
                    let [Value::BulkString(id), Value::Array(fields)] = pair(entry) else { continue };
                    let Value::BulkString(json) = &fields[1] else { continue };
                    std::hint::black_box(serde_json::from_slice::<Envelope<'_>>(json).unwrap());
                    seen += 1;
                    cursors.insert(key.clone(), id);
                }
            }
        }
        tokio::time::sleep_until(began + ROUND).await;
    }
    seen
}

fn pair(value: Value) -> [Value; 2] {
    let Value::Array(parts) = value else { return [Value::Nil, Value::Nil] };
    parts.try_into().unwrap_or([Value::Nil, Value::Nil])
}
