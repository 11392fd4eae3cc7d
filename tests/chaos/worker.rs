//! A worker process: this executable once more, told by its environment to work instead of testing.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use tidings::bus::{Bus, HandlerContext, HandlerError, RetryPolicy, StartAt, Subscription};
use tidings::event::{Event, HandlerName};
use tokio::signal::unix::{SignalKind, signal};

use crate::books::Books;
use crate::crew::Hand;
use crate::producer::{Rates, compose};
use crate::redis_server::PrivateRedis;
use crate::runs::{self, Ending};
use crate::seed::Chance;
use crate::sessions::{intake, native, session};

/// Where a worker process finds what it is to do.
pub(crate) const ORDERS: &str = "TIDINGS_CHAOS_ORDERS";
/// The test that a worker process is started as.
pub(crate) const AS: &str = "worker::a_process_that_is_told_to_end_leaves_nothing_pending";

/// Does its work.
pub(crate) const STEADY: &str = "steady";
/// Fails as often as the event says, and is tried again.
pub(crate) const FLAKY: &str = "flaky";
/// Says of some events that it can never do them.
pub(crate) const STRICT: &str = "strict";
/// Some events end its process.
pub(crate) const FRAGILE: &str = "fragile";
pub(crate) const HANDLERS: [&str; 4] = [STEADY, FLAKY, STRICT, FRAGILE];

/// How often `flaky` is tried.
pub(crate) const ATTEMPTS: u32 = 4;
/// How many crashes make a dead letter.
pub(crate) const CRASHES: u32 = 3;

/// What a worker process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) url: String,
    /// Where it writes what runs.
    pub(crate) log: PathBuf,
    pub(crate) handlers: Vec<String>,
    pub(crate) lease: Duration,
    pub(crate) concurrency: usize,
}

/// What handlers do with an event: it says so itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Rule {
    /// How long an attempt takes, in milliseconds.
    pub(crate) ms: u64,
    /// How many attempts of `flaky` fail.
    pub(crate) fails: u32,
    /// `strict` can never do it.
    pub(crate) permanent: bool,
    /// It ends the process of `fragile`.
    pub(crate) poison: Poison,
}

/// When an event ends the process of `fragile`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Poison {
    #[default]
    Never,
    /// Before its work is done.
    Before,
    /// When its work is done, and before anybody knows.
    After,
}

#[derive(Deserialize)]
struct Payload {
    rule: Rule,
}

/// Microseconds since 1970: one clock for all processes of this machine.
pub(crate) fn now_us() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// Works until it is told to end, if this process was started to; then it ends here.
fn serve_if_told() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    // The tests hold the other end: when they are gone, so is this.
    thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(3);
    });
    let log = Arc::new(OpenOptions::new().create(true).append(true).open(&orders.log).unwrap());
    thread::spawn({
        let log = Arc::clone(&log);
        let most = orders.lease / 4;
        move || note_gaps(&log, most)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(serve(orders, log));
    std::process::exit(0);
}

async fn serve(orders: Orders, log: Arc<File>) {
    let mut told_to_end = signal(SignalKind::terminate()).unwrap();
    let settings = native(&orders.url);
    let bus = Bus::of(&session(&settings), intake(&settings)).unwrap();
    let workers: Vec<_> = orders
        .handlers
        .iter()
        .map(|handler| bus.subscribe(subscription(handler, &orders, Arc::clone(&log))))
        .collect();
    told_to_end.recv().await;
    let stopping: Vec<_> = workers.into_iter().map(|worker| tokio::spawn(worker.stop())).collect();
    for stopped in stopping {
        stopped.await.unwrap().unwrap();
    }
}

fn subscription(handler: &str, orders: &Orders, log: Arc<File>) -> Subscription {
    let name = HandlerName::new(handler).unwrap();
    let work = move |event: Arc<Event>, context: HandlerContext| work(Arc::clone(&log), event, context);
    let policy = RetryPolicy {
        attempts: NonZeroU32::new(ATTEMPTS).unwrap(),
        base: Duration::from_millis(50),
        cap: Duration::from_millis(400),
        crashes: NonZeroU32::new(CRASHES).unwrap(),
    };
    Subscription::new(name, ["*"], work)
        .start(StartAt::Beginning)
        .policy(policy)
        .lease(orders.lease)
        .concurrency(orders.concurrency)
}

async fn work(log: Arc<File>, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
    let rule = event.decode::<Payload>()?.rule;
    let (handler, id, attempt) = (context.handler().as_str(), event.id(), context.attempt());
    let note = |what: &str| write(&log, &format!("{} {what} {handler} {id} {attempt}", now_us()));
    note("starts");
    let fragile = handler == FRAGILE;
    if fragile && rule.poison == Poison::Before {
        end_of_this_process();
    }
    // Also without a pause other events get their turn here, so that a fault meets attempts that have begun.
    tokio::time::sleep(Duration::from_millis(rule.ms)).await;
    if handler == FLAKY && attempt <= rule.fails {
        note(Ending::Retry.word());
        return Err(HandlerError::retry("not yet"));
    }
    if handler == STRICT && rule.permanent {
        note(Ending::Permanent.word());
        return Err(HandlerError::permanent("never"));
    }
    note(Ending::Done.word());
    if fragile && rule.poison == Poison::After {
        end_of_this_process();
    }
    Ok(())
}

fn end_of_this_process() {
    kill_process(getpid(), Signal::KILL).unwrap();
    // The signal may come a moment later; nothing is done in between.
    loop {
        thread::park();
    }
}

/// One line in one write: a process that is killed behind it has written it.
fn write(mut log: &File, line: &str) {
    log.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Writes down when this machine did not run us for longer than `most`: that is no fault of anybody's, and may cost us a
/// lease all the same.
fn note_gaps(log: &File, most: Duration) {
    loop {
        let (before, before_us) = (Instant::now(), now_us());
        thread::sleep(Duration::from_millis(20));
        if before.elapsed() > most {
            write(log, &format!("{} gap {before_us}", now_us()));
        }
    }
}

#[test]
fn a_process_that_is_told_to_end_leaves_nothing_pending() {
    serve_if_told();
    let server = PrivateRedis::start_durable();
    let logs = tempfile::tempdir().unwrap();
    let orders = |log: &str| Orders {
        url: server.url(),
        log: logs.path().join(log),
        handlers: vec![STEADY.to_owned()],
        lease: Duration::from_hours(1),
        concurrency: 4,
    };
    let mut books = Books::at(&server.url());
    let mut chance = Chance::of(1);
    let rates = Rates { ms: 5, ..Rates::default() };
    let events: Vec<_> = (0..400).map(|_| compose(&mut chance, rates).0).collect();
    books.add(&events);
    let first = Hand::start(orders("first"));
    books.until("it works", |_| runs::read(&logs.path().join("first")).runs.len() > 20);
    assert!(first.terminate().success(), "it ends in good order");
    assert!(books.pending().iter().all(|pending| pending.consumer == "$released"));
    let heir = Hand::start(orders("heir"));
    books.until("the heir does the rest", |books| books.left(&[STEADY]) == 0);
    assert!(heir.terminate().success());
    let both = ["first", "heir"].map(|log| runs::read(&logs.path().join(log)).runs);
    assert!(!both[1].is_empty(), "some were left");
    let ran: Vec<_> = both.into_iter().flatten().map(|run| run.event).collect();
    let each: BTreeSet<_> = ran.iter().collect();
    assert_eq!((ran.len(), each.len()), (400, 400), "each ran, and none twice");
}
