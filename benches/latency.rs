//! `cargo bench --bench latency`: from just before a publish to the first line of the handler, at 1,000 and at 20,000 events a
//! second, 320-byte events of ten types, everything on one machine. Prints p50 and p99 in milliseconds; there is no raw
//! limit to compare with, and so no ratio.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use common::events;
use redis_server::PrivateRedis;
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{Bus, HandlerContext, Intake, StartAt, Subscription, TenantLock};
use tidings::event::{Event, EventId, HandlerName};
use tidings::schema::{Catalogue, Registry};
use tokio::sync::Notify;

/// How long each rate is held.
const SECONDS: usize = 10;
/// What is published at a time: as a publisher that gathers for a few milliseconds does.
const TICK: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() {
    for rate in [1_000, 20_000] {
        run(rate).await;
    }
}

/// When an event was published and when its handler began, in ns since the start; 0 before that.
#[derive(Default)]
struct Times {
    sent: AtomicU64,
    begun: AtomicU64,
}

async fn run(rate: usize) {
    let server = PrivateRedis::start();
    let settings = Settings { url: SecretString::from(server.url()), ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let session = open("bench", &settings, intake.clone(), false, None).unwrap();
    let bus = Bus::of(&session, intake).unwrap();
    let (warm, count) = (events(1_000), rate * SECONDS);
    let events = events(count);
    let times: HashMap<EventId, Times> = events.iter().map(|event| (event.id(), Times::default())).collect();
    let (times, start) = (Arc::new(times), Arc::new(OnceLock::<Instant>::new()));
    let (seen, all) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let handler = {
        let (times, start, seen, all) =
            (Arc::clone(&times), Arc::clone(&start), Arc::clone(&seen), Arc::clone(&all));
        let wanted = count + warm.len();
        move |event: Arc<Event>, _: HandlerContext| {
            if let (Some(times), Some(start)) = (times.get(&event.id()), start.get()) {
                times.begun.store(nanos(*start), Ordering::Relaxed);
            }
            if seen.fetch_add(1, Ordering::Relaxed) + 1 == wanted {
                all.notify_one();
            }
            async { Ok(()) }
        }
    };
    // The streams are there and the connections are made before it counts.
    assert!(bus.publish_all(&warm).await.iter().all(Result::is_ok));
    let name = HandlerName::new("latency").unwrap();
    let worker = bus.subscribe(Subscription::new(name, ["*"], handler).start(StartAt::Beginning));
    while seen.load(Ordering::Relaxed) < warm.len() {
        tokio::time::sleep(TICK).await;
    }
    let began = *start.get_or_init(Instant::now);
    let per_tick = rate / 200;
    let mut ticks = tokio::time::interval(TICK);
    for chunk in events.chunks(per_tick) {
        ticks.tick().await;
        for event in chunk {
            times[&event.id()].sent.store(nanos(began), Ordering::Relaxed);
        }
        assert!(bus.publish_all(chunk).await.iter().all(Result::is_ok));
    }
    let took = began.elapsed();
    all.notified().await;
    worker.stop().await.unwrap();
    let mut waited: Vec<u64> = times
        .values()
        .map(|times| times.begun.load(Ordering::Relaxed) - times.sent.load(Ordering::Relaxed))
        .collect();
    waited.sort_unstable();
    let ms = |percent: usize| waited[(waited.len() - 1) * percent / 100] as f64 / 1e6;
    println!(
        "latency at {:.0} events/s: p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
        count as f64 / took.as_secs_f64(),
        ms(50),
        ms(99),
        ms(100)
    );
}

fn nanos(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap()
}
