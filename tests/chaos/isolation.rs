//! Two handlers side by side, of which one is sick: the other one never waits for it.
//!
//! Both run on one bus, in one process and on one runtime, unless the sick one ends its process. After each round of events
//! the healthy one must have done them all, while the sick one stands before a gate that is closed still.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tidings::broker::redis::Settings;
use tidings::bus::{
    Bus, Counted, HandlerContext, HandlerError, HandlerReport, Lag, RetryPolicy, Session, StartAt,
    Subscription,
};
use tidings::event::{Event, HandlerName, NewEvent};
use tokio::sync::Semaphore;

use crate::nemesis::{Kind, Scene};
use crate::producer::with;
use crate::redis_server::PrivateRedis;
use crate::seed::Chance;
use crate::sessions::{self, native, session, until};
use crate::worker::{FRAGILE, Poison, Rule};

const ROUNDS: usize = 5;
const EVENTS: usize = 100;
const HEALTHY: &str = "healthy";
const SICK: &str = "sick";
const PATIENCE: Duration = Duration::from_mins(1);

fn bus(session: &Session) -> Bus {
    Bus::of(session, sessions::intake(&Settings::default())).unwrap()
}

/// How a handler is sick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sickness {
    Fails,
    Hangs,
    Panics,
    /// Takes a hundred times as long as the healthy one.
    Slow,
}

/// What both handlers did, and the gate before the sick one.
#[derive(Default)]
struct Sides {
    healthy: AtomicUsize,
    sick: AtomicUsize,
    attempts: AtomicUsize,
    open: AtomicBool,
    /// For those who wait.
    gate: Option<Semaphore>,
}

impl Sides {
    async fn be_sick(&self, sickness: Sickness) -> Result<(), HandlerError> {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        if !self.open.load(Ordering::SeqCst) {
            match sickness {
                Sickness::Fails => return Err(HandlerError::retry("not yet")),
                // Without the hook, which would print a backtrace for each.
                Sickness::Panics => std::panic::resume_unwind(Box::new("not yet")),
                Sickness::Hangs | Sickness::Slow => self.gate.as_ref().unwrap().acquire().await?.forget(),
            }
        }
        self.sick.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn be_well(&self, sickness: Sickness) {
        let done = self.healthy.fetch_add(1, Ordering::SeqCst) + 1;
        if sickness == Sickness::Slow && done.is_multiple_of(100) {
            self.gate.as_ref().unwrap().add_permits(1);
        }
    }
}

fn subscription<F, W>(name: &str, work: F) -> Subscription
where
    F: Fn(Arc<Event>, HandlerContext) -> W + Send + Sync + 'static,
    W: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    // Enough attempts for as long as it takes, and short pauses: retries are a load as well.
    let (base, cap) = (Duration::from_millis(300), Duration::from_millis(600));
    let policy = RetryPolicy { attempts: NonZeroU32::MAX, base, cap, ..RetryPolicy::default() };
    Subscription::new(HandlerName::new(name).unwrap(), ["*"], work)
        .start(StartAt::Beginning)
        .policy(policy)
        .timeout(Duration::from_hours(1))
}

fn events(rule: Rule, round: usize) -> Vec<NewEvent> {
    let mut chance = Chance::of(round as u64);
    (0..EVENTS).map(|_| with(&mut chance, rule)).collect()
}

/// What the bus says of a handler.
async fn report(session: &Session, name: &str) -> Option<HandlerReport> {
    session.inspector.handlers().await.unwrap().found.into_iter().find(|report| report.name == name)
}

fn behind(report: Option<&HandlerReport>) -> String {
    let Some(report) = report else { return "not there yet".to_owned() };
    let scheduled = report.scheduled.map_or(0, Counted::number);
    format!("lag {:?}, {} pending, {scheduled} wait for a retry", report.lag, report.pending)
}

/// The healthy one has done so many and has nothing left; says how both stand.
async fn round(session: &Session, sick: &str, kind: &str, done: &AtomicUsize, goal: usize) {
    until("the healthy one has done all", async || done.load(Ordering::SeqCst) == goal).await;
    until("and it is recorded", async || {
        let healthy = report(session, HEALTHY).await.unwrap();
        (healthy.lag, healthy.pending, healthy.scheduled) == (Lag::Exactly(0), 0, Some(Counted::Exactly(0)))
    })
    .await;
    let (healthy, sick) = (report(session, HEALTHY).await, report(session, sick).await);
    println!("{kind}, after {goal}: healthy {} | sick {}", behind(healthy.as_ref()), behind(sick.as_ref()));
}

async fn side_by_side(sickness: Sickness) {
    let server = PrivateRedis::start_durable();
    let session = session(&native(&server.url()));
    let bus = bus(&session);
    let sides = Arc::new(Sides { gate: Some(Semaphore::new(0)), ..Sides::default() });
    let well = Arc::clone(&sides);
    let healthy = subscription(HEALTHY, move |_, _| {
        let sides = Arc::clone(&well);
        async move {
            sides.be_well(sickness);
            Ok(())
        }
    });
    let ill = Arc::clone(&sides);
    let sick = subscription(SICK, move |_, _| {
        let sides = Arc::clone(&ill);
        async move { sides.be_sick(sickness).await }
    });
    let workers = [bus.subscribe(sick), bus.subscribe(healthy)];
    for at in 1..=ROUNDS {
        assert!(bus.publish_all(&events(Rule::default(), at)).await.iter().all(Result::is_ok));
        until("the sick one tries", async || sides.attempts.load(Ordering::SeqCst) > 0).await;
        round(&session, SICK, &format!("{sickness:?}"), &sides.healthy, at * EVENTS).await;
        // A hundred of the healthy one's for each of the sick one's: no more may have come through the gate.
        let may = if sickness == Sickness::Slow { at * EVENTS / 100 } else { 0 };
        let did = sides.sick.load(Ordering::SeqCst);
        assert!(did <= may, "the gate is closed: {did} of {may}");
    }
    // It is only sick: once the gate is open, nothing of it is lost.
    sides.open.store(true, Ordering::SeqCst);
    sides.gate.as_ref().unwrap().add_permits(ROUNDS * EVENTS);
    until("the sick one gets well", async || sides.sick.load(Ordering::SeqCst) == ROUNDS * EVENTS).await;
    for worker in workers {
        worker.stop().await.unwrap();
    }
    assert_eq!(sides.sick.load(Ordering::SeqCst), ROUNDS * EVENTS);
    assert_eq!(sides.healthy.load(Ordering::SeqCst), ROUNDS * EVENTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_fails_holds_up_no_other() {
    side_by_side(Sickness::Fails).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_hangs_holds_up_no_other() {
    side_by_side(Sickness::Hangs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_panics_holds_up_no_other() {
    side_by_side(Sickness::Panics).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_is_a_hundred_times_slower_holds_up_no_other() {
    side_by_side(Sickness::Slow).await;
}

#[test]
fn a_handler_whose_process_is_killed_by_every_event_holds_up_no_other() {
    let mut scene = Scene::new(Duration::from_secs(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let session = session(&native(&scene.server.url()));
    let bus = bus(&session);
    let done = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&done);
    let healthy = subscription(HEALTHY, move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    });
    let worker = runtime.block_on(async { bus.subscribe(healthy) });
    scene.hire(&[FRAGILE], 4);
    let fatal = Rule { poison: Poison::Before, ..Rule::default() };
    for at in 1..=ROUNDS {
        runtime.block_on(async {
            assert!(bus.publish_all(&events(fatal, at)).await.iter().all(Result::is_ok));
            round(&session, FRAGILE, "Killed", &done, at * EVENTS).await;
        });
        let deadline = Instant::now() + PATIENCE;
        while scene.faults.iter().filter(|fault| fault.kind == Kind::Crash).count() < at {
            assert!(Instant::now() < deadline, "its process is not killed any more");
            scene.wait(Duration::from_millis(10));
        }
        assert!(scene.books.left(&[FRAGILE]) > 0, "the sick one has much left");
    }
    let by_sick = scene.logs.iter().flat_map(|(_, log)| crate::runs::read(log).runs);
    assert_eq!(by_sick.filter(|run| run.ending.is_some()).count(), 0);
    runtime.block_on(worker.stop()).unwrap();
    assert_eq!(done.load(Ordering::SeqCst), ROUNDS * EVENTS);
}
