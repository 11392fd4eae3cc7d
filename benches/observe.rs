//! `cargo bench --bench observe`: from Redis to the read model, schema validation included, against a bare XREAD loop
//! that parses the envelope. Both read the same 300,000 entries from ten streams; the clock starts after the first
//! tenth, so that what was read ahead before it does not count. `observe` is the live path; `observe-history`, beside
//! it, merges the streams by time as `tail --since 0` does.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Envelope, compare, events};
use redis::Value;
use redis_server::PrivateRedis;
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{BusSignal, ChannelScope, Form, Intake, Patience, Session, Start, TenantLock, Watch};
use tidings::event::{NewEvent, TenantLabels};
use tidings::monitor::{Limits, Monitor};
use tidings::schema::{Catalogue, Registry};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const COUNT: usize = 300_000;
/// Read before the clock starts.
const SKIP: usize = COUNT / 10;

#[tokio::main]
async fn main() {
    let server = PrivateRedis::start();
    let settings = Settings { url: SecretString::from(server.url()), ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let session = open("bench", &settings, intake, false, None).unwrap();
    let raw = redis_server::dial(&server.url()).await;
    let events = events(COUNT);
    let counted = COUNT - SKIP;
    fill(&session, &events).await;
    compare("observe-history", counted, async || bare(raw.clone()).await, async || history(&session).await)
        .await;
    let live = async || {
        redis::cmd("FLUSHALL").exec_async(&mut raw.clone()).await.unwrap();
        live(&session, &events).await
    };
    compare("observe", counted, async || bare(raw.clone()).await, live).await;
}

async fn fill(session: &Session, events: &[NewEvent]) {
    let publisher = session.publisher.as_ref().unwrap();
    for chunk in events.chunks(10_000) {
        assert!(publisher.publish(chunk, Form::Batch).await.iter().all(Result::is_ok));
    }
}

/// The raw limit: XREAD from each stream's cursor, parse each envelope, keep nothing.
async fn bare(mut raw: redis::aio::MultiplexedConnection) -> Duration {
    let keys: Vec<String> = redis::cmd("KEYS").arg("event::*").query_async(&mut raw).await.unwrap();
    let mut cursors: BTreeMap<Vec<u8>, Vec<u8>> =
        keys.into_iter().map(|key| (key.into(), b"0-0".to_vec())).collect();
    let (mut start, mut seen) = (Instant::now(), 0);
    while seen < COUNT {
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(500).arg("STREAMS");
        for key in cursors.keys() {
            read.arg(key);
        }
        for id in cursors.values() {
            read.arg(id);
        }
        let Value::Array(streams) = read.query_async(&mut raw).await.unwrap() else { continue };
        for stream in streams {
            let [Value::BulkString(key), Value::Array(entries)] = pair(stream) else { continue };
            for entry in entries {
                let [Value::BulkString(id), Value::Array(fields)] = pair(entry) else { continue };
                let Value::BulkString(json) = &fields[1] else { continue };
                std::hint::black_box(serde_json::from_slice::<Envelope<'_>>(json).unwrap());
                seen += 1;
                if seen == SKIP {
                    start = Instant::now();
                }
                cursors.insert(key.clone(), id);
            }
        }
    }
    start.elapsed()
}

fn pair(value: Value) -> [Value; 2] {
    let Value::Array(parts) = value else { return [Value::Nil, Value::Nil] };
    parts.try_into().unwrap_or([Value::Nil, Value::Nil])
}

/// Everything that was there: merged by time.
async fn history(session: &Session) -> Duration {
    let mut watched = Watched::begin(session, Start::Beginning, false);
    watched.drain().await
}

/// The live path: the observer has caught up with an empty bus and is held up by a full channel while the bus fills.
async fn live(session: &Session, events: &[NewEvent]) -> Duration {
    let mut watched = Watched::begin(session, Start::Last(0), true);
    while watched.signals.recv().await.unwrap() != BusSignal::CaughtUp {}
    fill(session, events).await;
    watched.drain().await
}

struct Watched {
    signals: mpsc::Receiver<BusSignal>,
    stop: CancellationToken,
}

impl Watched {
    fn begin(session: &Session, start: Start, follow: bool) -> Self {
        let patience = Patience::GiveUp(Duration::from_secs(5));
        let watch = Watch { start, follow, channels: ChannelScope::All, patience, failures: None };
        let (out, signals) = mpsc::channel(4);
        let (stop, observer) = (CancellationToken::new(), Arc::clone(&session.observer));
        tokio::spawn({
            let stop = stop.clone();
            async move { observer.observe(watch, out, stop).await.unwrap() }
        });
        Self { signals, stop }
    }

    /// Applies everything to a read model; how long all but the first tenth took.
    async fn drain(&mut self) -> Duration {
        let unlimited = Limits { bytes: usize::MAX, entries: usize::MAX };
        let mut monitor = Monitor::new(unlimited, TenantLabels::default());
        let mut start = None;
        while monitor.counts().received < COUNT as u64 {
            monitor.apply(self.signals.recv().await.unwrap(), chrono::Utc::now());
            if start.is_none() && monitor.counts().received >= SKIP as u64 {
                start = Some(Instant::now());
            }
        }
        let took = start.unwrap().elapsed();
        assert_eq!(monitor.counts().invalid, 0, "every event fits its schema");
        self.stop.cancel();
        took
    }
}
