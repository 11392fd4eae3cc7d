//! `cargo bench --bench screen`: from the reply of an `XADD` to the flushed frame that shows the event: the program in a
//! terminal of 140x40, on a real Redis, on the Events view. Each event has a number in its id, which stands on the screen; a
//! frame shows an event when it, or one that came after it, stands there, since at 10,000 a second most come and go between
//! two frames. Beside it, in the same run, how long a bare `XREAD` that waits takes to bring it. At 20, 1,000 and 10,000
//! events a second; prints p50 and p99 in milliseconds, and, last, `ratio screen VALUE`: p99 at 10,000 a second in frame
//! intervals of 33 ms, at most 2.5 (ARCHITECTURE.md).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

#[path = "common/dashboard.rs"]
mod dashboard;
#[path = "../tests/support/pty.rs"]
mod pty;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;
#[path = "../tests/support/screen.rs"]
mod screen;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dashboard::Dashboard;
use redis::Value;
use redis_server::{PrivateRedis, dial};
use screen::Screen;

/// How long each rate is held.
const SECONDS: usize = 20;
/// The rates, in events a second.
const RATES: [usize; 3] = [20, 1_000, 10_000];
const SIZE: (u16, u16) = (140, 40);
/// Between two steps of the publisher.
const STEP: Duration = Duration::from_millis(1);
/// Between two frames, in milliseconds.
const FRAME: f64 = 33.0;
/// So many come first, and are not counted.
const WARM: usize = 100;
const COLUMNS: &str = "[events]\ncolumns = [\"time\", \"type\", \"tenant\", \"about\", \"id\"]\n";

/// When each event was answered for and when it was seen, in ns since the start; 0 before that.
struct Times {
    start: Instant,
    sent: Vec<AtomicU64>,
    seen: Vec<AtomicU64>,
}

impl Times {
    fn of(count: usize) -> Self {
        let none = || (0..count).map(|_| AtomicU64::new(0)).collect();
        Self { start: Instant::now(), sent: none(), seen: none() }
    }

    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from((at - self.start).as_nanos()).unwrap()
    }

    fn is_seen(&self, number: usize) -> bool {
        self.seen[number].load(Ordering::Acquire) > 0
    }

    /// Everything up to `newest` is seen, what was not before at this time.
    fn see(&self, newest: usize, at: Instant) {
        for seen in self.seen[..=newest].iter().rev() {
            if seen.load(Ordering::Relaxed) > 0 {
                break;
            }
            seen.store(self.nanos(at), Ordering::Release);
        }
    }

    /// How long those took that count, sorted, in milliseconds.
    fn waited(&self) -> Vec<f64> {
        let ns = |at: &AtomicU64| at.load(Ordering::Acquire) as f64;
        // What was seen before its reply was read here took no time.
        let took = self.sent.iter().zip(&self.seen).skip(WARM);
        let mut took: Vec<f64> = took.map(|(sent, seen)| ((ns(seen) - ns(sent)) / 1e6).max(0.0)).collect();
        took.sort_by(f64::total_cmp);
        took
    }
}

#[tokio::main]
async fn main() {
    let mut last = 0.0;
    for rate in RATES {
        let raw = shown(&format!("screen at {rate}/s: a bare XREAD"), &bare(rate).await);
        let ours = shown(&format!("screen at {rate}/s: on screen"), &on_screen(rate).await);
        println!("screen at {rate}/s: p99 {:.1} ms behind the bare XREAD", ours - raw);
        last = ours / FRAME;
    }
    println!("ratio screen {last:.2}");
}

/// Prints how long they took; answers p99.
fn shown(name: &str, waited: &[f64]) -> f64 {
    let at = |percent: usize| waited[(waited.len() - 1) * percent / 100];
    println!("{name:<34} p50 {:>6.2} ms, p99 {:>6.2} ms, longest {:>6.2} ms", at(50), at(99), at(100));
    at(99)
}

async fn on_screen(rate: usize) -> Vec<f64> {
    let server = PrivateRedis::start();
    let times = Arc::new(Times::of(rate * SECONDS + WARM));
    // The stream is there: a new one is found only after a while.
    publish(&server, &Times::of(1), rate).await;
    let watched = Arc::clone(&times);
    let mut dashboard = Dashboard::watched(&server.url(), COLUMNS, SIZE, move |screen, at| {
        if let Some(newest) = newest(screen) {
            watched.see(newest, at);
        }
    });
    dashboard.press("2");
    dashboard.until("00000000");
    // That one has the number 0, too.
    times.seen[0].store(0, Ordering::Relaxed);
    publish(&server, &times, rate).await;
    until_seen(&times).await;
    times.waited()
}

/// The highest number in the last column.
fn newest(screen: &Screen) -> Option<usize> {
    let text = screen.text();
    let words = text.lines().filter_map(|line| line.split_whitespace().next_back());
    words.filter(|word| word.len() == 8).filter_map(|word| usize::from_str_radix(word, 16).ok()).max()
}

async fn bare(rate: usize) -> Vec<f64> {
    let server = PrivateRedis::start();
    let times = Arc::new(Times::of(rate * SECONDS + WARM));
    let reader = tokio::spawn({
        let (times, url) = (Arc::clone(&times), server.url());
        async move {
            let mut raw = dial(&url).await;
            let mut cursor = b"0".to_vec();
            while !times.is_seen(times.seen.len() - 1) {
                let mut read = redis::cmd("XREAD");
                read.arg("COUNT").arg(500).arg("BLOCK").arg(1_000).arg("STREAMS").arg(STREAM).arg(&cursor);
                let Value::Array(mut streams) = read.query_async(&mut raw).await.unwrap() else { continue };
                let at = Instant::now();
                let [_, Value::Array(mut entries)] = pair(streams.remove(0)) else { continue };
                let [Value::BulkString(id), Value::Array(fields)] = pair(entries.remove(entries.len() - 1))
                else {
                    continue;
                };
                let Value::BulkString(json) = &fields[1] else { continue };
                let number = std::str::from_utf8(&json[7..15]).unwrap();
                times.see(usize::from_str_radix(number, 16).unwrap(), at);
                cursor = id;
            }
        }
    });
    publish(&server, &times, rate).await;
    until_seen(&times).await;
    reader.await.unwrap();
    times.waited()
}

fn pair(value: Value) -> [Value; 2] {
    let Value::Array(parts) = value else { return [Value::Nil, Value::Nil] };
    parts.try_into().unwrap_or([Value::Nil, Value::Nil])
}

async fn until_seen(times: &Times) {
    let end = Instant::now() + Duration::from_mins(1);
    while !times.is_seen(times.seen.len() - 1) {
        assert!(Instant::now() < end, "the last event was not seen");
        tokio::time::sleep(STEP).await;
    }
}

const STREAM: &str = "event::TICKET_CREATED";

/// Publishes them all, evenly spread, and notes when each was answered for.
async fn publish(server: &PrivateRedis, times: &Times, rate: usize) {
    let mut to = dial(&server.url()).await;
    let (began, mut sent) = (Instant::now(), 0);
    while sent < times.sent.len() {
        let due = usize::try_from(began.elapsed().as_millis()).unwrap_or(0) * rate / 1_000 + 1;
        let upto = due.min(times.sent.len()).min(sent + 1_000);
        if upto > sent {
            let mut adds = redis::pipe();
            for number in sent..upto {
                let add = adds.cmd("XADD").arg(STREAM).arg("MAXLEN").arg("~").arg(50_000).arg("*");
                add.arg("event").arg(event(number)).ignore();
            }
            adds.query_async::<()>(&mut to).await.unwrap();
            let at = times.nanos(Instant::now());
            times.sent[sent..upto].iter().for_each(|sent| sent.store(at, Ordering::Release));
            sent = upto;
        }
        tokio::time::sleep(STEP).await;
    }
}

/// An event with a number, of about 320 bytes.
fn event(number: usize) -> String {
    let uuid = |kind: usize, n: usize| format!("{kind:08x}-7e13-452d-81b7-{n:012x}");
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    format!(
        r#"{{"id":"{}","eventType":"TICKET_CREATED","timestamp":"{now}","payload":{{"tenantId":"{}","ticketId":"{}","userId":"{}","changes":{{"status":"on_hold","n":{number}}}}}}}"#,
        uuid(number, 1),
        uuid(0xa000_0001, number % 50),
        uuid(0xa000_0002, number),
        uuid(0xa000_0003, number % 700),
    )
}
