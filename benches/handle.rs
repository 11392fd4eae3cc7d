//! `cargo bench --bench handle`: a handler that does nothing, schema validation and the fenced finish included, against a
//! bare loop of XREADGROUP and one XACK for each batch. Both handle the same entries of ten streams. First with a dedup
//! window (`ratio handle-dedup`), last without (`ratio handle`).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{compare, events};
use redis::Value;
use redis_server::PrivateRedis;
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{Bus, HandlerContext, Intake, StartAt, Subscription, TenantLock};
use tidings::event::{Event, HandlerName};
use tidings::schema::{Catalogue, Registry};
use tokio::sync::Notify;

const COUNT: usize = 200_000;

#[tokio::main]
async fn main() {
    let server = PrivateRedis::start();
    let settings = Settings { url: SecretString::from(server.url()), ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let session = open("bench", &settings, intake.clone(), false, None).unwrap();
    let bus = Bus::of(&session, intake).unwrap();
    let raw = redis_server::dial(&server.url()).await;
    for chunk in events(COUNT).chunks(10_000) {
        assert!(bus.publish_all(chunk).await.iter().all(Result::is_ok));
    }
    let keys: Vec<String> = redis::cmd("KEYS").arg("event::*").query_async(&mut raw.clone()).await.unwrap();
    let mut round = 0;
    let mut name = |side: &str| {
        round += 1;
        format!("{side}-{round}")
    };
    let mut names = (0..100).map(|_| (name("raw"), name("ours"))).collect::<Vec<_>>().into_iter();
    let mut ours_names = names.clone();
    // Each event has an id of its own: nothing is passed over, all of it is remembered.
    let window = Some(Duration::from_hours(1));
    compare(
        "handle-dedup",
        COUNT,
        async || bare(raw.clone(), &keys, &names.next().unwrap().0).await,
        async || ours(&bus, raw.clone(), &keys, &ours_names.next().unwrap().1, window).await,
    )
    .await;
    compare(
        "handle",
        COUNT,
        async || bare(raw.clone(), &keys, &names.next().unwrap().0).await,
        async || ours(&bus, raw.clone(), &keys, &ours_names.next().unwrap().1, None).await,
    )
    .await;
}

/// The raw limit: read what is new for a group, acknowledge each batch, look at nothing.
async fn bare(mut raw: redis::aio::MultiplexedConnection, keys: &[String], group: &str) -> Duration {
    for key in keys {
        let () = redis::cmd("XGROUP")
            .arg("CREATE")
            .arg(key)
            .arg(group)
            .arg("0")
            .query_async(&mut raw)
            .await
            .unwrap();
    }
    let (start, mut seen) = (Instant::now(), 0);
    while seen < COUNT {
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(group).arg("bare").arg("COUNT").arg(500).arg("STREAMS").arg(keys);
        for _ in keys {
            read.arg(">");
        }
        let Value::Array(streams) = read.query_async(&mut raw).await.unwrap() else { continue };
        let mut acks = redis::pipe();
        for stream in streams {
            let [Value::BulkString(key), Value::Array(entries)] = pair(stream) else { continue };
            seen += entries.len();
            let ack = acks.cmd("XACK").arg(key).arg(group);
            for entry in entries {
                let [Value::BulkString(id), _] = pair(entry) else { continue };
                ack.arg(id);
            }
        }
        let _: Vec<u64> = acks.query_async(&mut raw).await.unwrap();
    }
    start.elapsed()
}

/// How much of the group is not recorded yet.
async fn pending(mut raw: redis::aio::MultiplexedConnection, keys: &[String], group: &str) -> i64 {
    let mut questions = redis::pipe();
    for key in keys {
        questions.cmd("XPENDING").arg(key).arg(group);
    }
    let answers: Vec<Vec<Value>> = questions.query_async(&mut raw).await.unwrap();
    let count = |answer: &Vec<Value>| if let Some(Value::Int(count)) = answer.first() { *count } else { 0 };
    answers.iter().map(count).sum()
}

fn pair(value: Value) -> [Value; 2] {
    let Value::Array(parts) = value else { return [Value::Nil, Value::Nil] };
    parts.try_into().unwrap_or([Value::Nil, Value::Nil])
}

async fn ours(
    bus: &Bus,
    raw: redis::aio::MultiplexedConnection,
    keys: &[String],
    group: &str,
    dedup: Option<Duration>,
) -> Duration {
    let (count, all) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let handler = {
        let (count, all) = (Arc::clone(&count), Arc::clone(&all));
        move |_: Arc<Event>, _: HandlerContext| {
            if count.fetch_add(1, Ordering::Relaxed) + 1 == COUNT {
                all.notify_one();
            }
            async { Ok(()) }
        }
    };
    let subscription =
        Subscription::new(HandlerName::new(group).unwrap(), ["*"], handler).start(StartAt::Beginning);
    let subscription = match dedup {
        Some(window) => subscription.dedup(window),
        None => subscription,
    };
    let start = Instant::now();
    let worker = bus.subscribe(subscription);
    all.notified().await;
    // Recording what was done last is part of the work; waiting for more before it stops is not.
    while pending(raw.clone(), keys, group).await > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let took = start.elapsed();
    let stats = worker.stop().await.unwrap();
    assert_eq!((stats.done, stats.fenced), (COUNT as u64, 0));
    took
}
