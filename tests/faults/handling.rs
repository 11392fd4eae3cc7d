//! Handlers under fire: workers break off in the middle of everything, and so does their Redis. Every accepted event is
//! handled, nothing is left pending, and what runs twice is no more than what was in flight when something broke.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{Bus, HandlerContext, Intake, StartAt, Subscription, TenantLock, Worker};
use tidings::event::{Event, HandlerName};
use tidings::schema::Registry;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::publisher::Publisher;
use crate::redis_server::PrivateRedis;

const PATIENCE: Duration = Duration::from_mins(1);
/// How long an entry stays with a worker that broke off.
const LEASE: Duration = Duration::from_secs(1);
/// The most that a worker has at a time.
const IN_FLIGHT: usize = 3_000;

type Runs = Arc<Mutex<HashMap<Uuid, usize>>>;

/// A worker with a runtime of its own, which can be taken away from it.
struct Hand {
    runtime: Runtime,
    worker: Worker,
}

impl Hand {
    fn start(url: &str, handler: &str, runs: &Runs) -> Self {
        let runtime = Runtime::new().unwrap();
        let settings = Settings { url: SecretString::from(url), ..Settings::default() };
        let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
        let session = open("faults", &settings, intake.clone(), false, None).unwrap();
        let runs = Arc::clone(runs);
        let work = move |event: Arc<Event>, _: HandlerContext| {
            let runs = Arc::clone(&runs);
            async move {
                // Somewhere in between, so that breaking off meets attempts that have begun.
                tokio::task::yield_now().await;
                *runs.lock().unwrap().entry(event.id().uuid()).or_default() += 1;
                Ok(())
            }
        };
        let subscription = Subscription::new(HandlerName::new(handler).unwrap(), ["*"], work);
        let subscription = subscription.start(StartAt::Beginning).lease(LEASE);
        let bus = Bus::of(&session, intake).unwrap();
        let worker = runtime.block_on(async { bus.subscribe(subscription) });
        Self { runtime, worker }
    }

    /// Breaks off wherever it is: nothing is finished, released or said.
    fn break_off(self) {
        self.runtime.shutdown_background();
    }

    fn stop(self) {
        let stats = self.runtime.block_on(self.worker.stop()).unwrap();
        println!("{stats:?}");
    }
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "it never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Pending entries and waiting retries over all streams.
fn left(url: &str) -> u64 {
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("event::*").query(&mut connection).unwrap();
    let mut left = 0;
    for key in keys {
        if key.ends_with(":schedule") {
            left += redis::cmd("ZCARD").arg(&key).query::<u64>(&mut connection).unwrap();
        }
        for handler in ["fired-at", "spared"] {
            let pending: Result<Vec<redis::Value>, _> =
                redis::cmd("XPENDING").arg(&key).arg(handler).query(&mut connection);
            if let Some(redis::Value::Int(count)) = pending.ok().and_then(|parts| parts.into_iter().next()) {
                left += u64::try_from(count).unwrap();
            }
        }
    }
    left
}

#[test]
fn every_event_is_handled_whatever_breaks_off() {
    const BREAKS: usize = 8;
    let mut server = PrivateRedis::start_durable();
    let url = server.url();
    let publisher = Publisher::start(&url);
    publisher.wait_for_more(500);
    let (fired_at, spared) = (Runs::default(), Runs::default());
    let calm = Hand::start(&url, "spared", &spared);
    let mut hands = vec![Hand::start(&url, "fired-at", &fired_at), Hand::start(&url, "fired-at", &fired_at)];
    for round in 0..BREAKS {
        publisher.wait_for_more(2_000);
        let before = fired_at.lock().unwrap().len();
        wait_until("the handler works", || fired_at.lock().unwrap().len() > before);
        hands.remove(0).break_off();
        hands.push(Hand::start(&url, "fired-at", &fired_at));
        if round % 4 == 1 {
            server.kill9();
            server.restart();
        }
        if round % 4 == 3 {
            server.stop();
            std::thread::sleep(Duration::from_millis(500));
            server.cont();
        }
    }
    let sent = publisher.finish(2);
    for (name, runs) in [("fired-at", &fired_at), ("spared", &spared)] {
        wait_until(name, || {
            let runs = runs.lock().unwrap();
            sent.answered.iter().all(|id| runs.contains_key(id))
        });
    }
    wait_until("nothing is pending", || left(&url) == 0);
    hands.into_iter().chain([calm]).for_each(Hand::stop);
    for (name, runs, breaks) in [("fired-at", &fired_at, BREAKS), ("spared", &spared, 0)] {
        let runs = runs.lock().unwrap();
        let made_up =
            runs.keys().filter(|id| !sent.answered.contains(id) && !sent.unknown.contains(id)).count();
        let twice = runs.values().filter(|times| **times > 1).count();
        println!("{name}: {} events, {twice} of them more than once, after {breaks} breaks", runs.len());
        assert_eq!(made_up, 0);
        // A server that was killed or stopped may keep an answer from a worker that had finished; then it is sent again
        // and makes no double. So only what a broken worker had in flight can run twice.
        assert!(twice <= breaks * IN_FLIGHT, "{name}: {twice}");
    }
    assert_eq!(left(&url), 0);
}
