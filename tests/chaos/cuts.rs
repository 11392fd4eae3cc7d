//! There is no point inside an atomic step: whatever part of what it wrote has reached the disk when the server is killed,
//! the step was done, or it was not.
//!
//! Each step is done once on a server that writes everything through (`appendfsync always`). Then the server is started
//! again and again, each time with its append-only file cut off at another place within what the step wrote: between any
//! two commands, and in the middle of each.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings::bus::{Bus, Delivery, FinishAs, Membership, Session, Suspects};
use tidings::event::NewEvent;
use tokio::runtime::Runtime;

use crate::books::Books;
use crate::points::{LEASE, dead, finish, intake, join, retry, subscription, take};
use crate::producer::with;
use crate::redis_server::PrivateRedis;
use crate::seed::Chance;
use crate::sessions::{self, native};
use crate::worker::{Rule, STEADY};

/// How many events are on the bus.
const EVENTS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Publish one event more in the form `once`.
    Publish,
    Claim,
    FinishAsRetry,
    FinishAsDead,
    Promote,
    /// Done, at the second attempt.
    FinishRetry,
    Release,
}

const STEPS: [Step; 7] = [
    Step::Publish,
    Step::Claim,
    Step::FinishAsRetry,
    Step::FinishAsDead,
    Step::Promote,
    Step::FinishRetry,
    Step::Release,
];

/// Everything that a step changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    entries: usize,
    markers: u64,
    /// By consumer.
    pending: BTreeMap<String, usize>,
    scheduled: u64,
    bodies: u64,
    retries: u64,
    letters: usize,
    outcomes: usize,
}

impl State {
    fn of(books: &mut Books) -> Self {
        let ledger = books.ledger();
        let mut pending = BTreeMap::new();
        for one in books.pending() {
            *pending.entry(one.consumer).or_default() += 1;
        }
        let mut count = |pattern: &str, command: &str| -> u64 {
            let keys: Vec<String> = books.run(&["KEYS", pattern]);
            keys.iter().map(|key| books.run::<u64>(&[command, key])).sum()
        };
        Self {
            markers: count("event::*:sent:*", "EXISTS"),
            scheduled: count("event::*:schedule", "ZCARD"),
            bodies: count("event::*:scheduled", "HLEN"),
            retries: count("event::*:retry:*", "XLEN"),
            entries: ledger.entries.len(),
            pending,
            letters: ledger.letters.len(),
            outcomes: ledger.outcomes.len(),
        }
    }
}

/// What a step begins with.
struct Stage {
    bus: Bus,
    member: Arc<dyn Membership>,
    given: Vec<Delivery>,
    extra: NewEvent,
}

async fn arrange(step: Step, session: &Session) -> Stage {
    let bus = Bus::of(session, intake()).unwrap();
    let mut chance = Chance::of(3);
    let extra = with(&mut chance, Rule::default());
    // All in one type: a step is one for each stream.
    let events: Vec<_> = std::iter::repeat_with(|| with(&mut chance, Rule::default()))
        .filter(|event| event.event_type() == extra.event_type())
        .take(EVENTS)
        .collect();
    assert!(bus.publish_all(&events).await.iter().all(Result::is_ok));
    let mut member = join(session).await;
    let mut given = take(&member, EVENTS).await;
    if matches!(step, Step::Promote | Step::FinishRetry) {
        member.finish(&given.iter().map(retry).collect::<Vec<_>>()).await.unwrap();
    }
    if step == Step::FinishRetry {
        member.keep_up().await.unwrap();
        given = take(&member, EVENTS).await;
    }
    if step == Step::Claim {
        member = join(session).await;
        // All of them may be taken over by now, so that it is one step.
        tokio::time::sleep(LEASE * 2).await;
    }
    Stage { bus, member, given, extra }
}

async fn act(step: Step, stage: &Stage) {
    let Stage { bus, member, given, extra } = stage;
    match step {
        Step::Publish => assert!(!bus.publish(extra).await.unwrap().repeated),
        Step::Claim => {
            let claimed = member.reclaim(EVENTS, Suspects::ANY).await.unwrap();
            assert_eq!(claimed.deliveries.len(), EVENTS);
        }
        Step::FinishAsRetry => {
            member.finish(&given.iter().map(retry).collect::<Vec<_>>()).await.unwrap();
        }
        Step::FinishAsDead => drop(member.finish(&given.iter().map(dead).collect::<Vec<_>>()).await.unwrap()),
        Step::Promote => assert_eq!(member.keep_up().await.unwrap(), 0),
        Step::FinishRetry => {
            let done: Vec<_> = given.iter().map(|delivery| finish(delivery, FinishAs::Done)).collect();
            member.finish(&done).await.unwrap();
        }
        Step::Release => member.leave(&[]).await.unwrap(),
    }
}

/// The places within `log[from..]` where a command ends or is half written, the first and the last place included.
fn places(log: &[u8], from: usize) -> Vec<usize> {
    let number = |at: usize| -> (usize, usize) {
        let end = at + log[at..].windows(2).position(|pair| pair == b"\r\n").unwrap();
        (std::str::from_utf8(&log[at + 1..end]).unwrap().parse().unwrap(), end + 2)
    };
    let (mut places, mut at) = (vec![from], from);
    while at < log.len() {
        let (begin, (words, mut next)) = (at, number(at));
        for _ in 0..words {
            let (length, text) = number(next);
            next = text + length + 2;
        }
        at = next;
        places.extend([begin.midpoint(at), at]);
    }
    places
}

/// Lets a worker do what is left: every event is done or dead once.
async fn inherit(step: Step, session: &Session, books: &mut Books, extra: &NewEvent, done: bool) {
    let bus = Bus::of(session, intake()).unwrap();
    let state = State::of(books);
    if step == Step::Publish {
        // Whoever got no answer sends it once more.
        assert_eq!(bus.publish(extra).await.unwrap().repeated, done);
    }
    let runs = Arc::<AtomicUsize>::default();
    let worker = bus.subscribe(subscription(&runs));
    while books.left(&[STEADY]) > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    worker.stop().await.unwrap();
    let after = State::of(books);
    let all = EVENTS + usize::from(step == Step::Publish);
    let finished_before = if step == Step::FinishRetry && done { EVENTS } else { state.letters };
    assert_eq!(runs.load(Ordering::SeqCst), all - finished_before, "{step:?}: each is handled once");
    assert_eq!((after.entries, after.letters, after.pending.len()), (all, state.letters, 0), "{step:?}");
}

fn cut_everywhere(step: Step) {
    let options = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    let mut server =
        PrivateRedis::start_with(&[&options[..], &["--auto-aof-rewrite-percentage", "0"]].concat());
    let log: PathBuf = server.folder().join("appendonlydir/appendonly.aof.1.incr.aof");
    let runtime = Runtime::new().unwrap();
    let session = sessions::session(&native(&server.url()));
    let mut books = Books::at(&server.url());
    let begun = runtime.block_on(arrange(step, &session));
    let (before, from) = (State::of(&mut books), fs::read(&log).unwrap().len());
    runtime.block_on(act(step, &begun));
    let after = State::of(&mut books);
    assert_ne!(before, after, "{step:?} does something");
    server.kill9();
    let whole = fs::read(&log).unwrap();
    let places = places(&whole, from);
    assert!(places.len() > 3, "{step:?} writes more than one command: {places:?}");
    let mut seen = Vec::new();
    for (at, place) in places.iter().enumerate() {
        fs::write(&log, &whole[..*place]).unwrap();
        server.restart();
        books = Books::at(&server.url());
        let state = State::of(&mut books);
        let done = *place == whole.len();
        let expected = if done { &after } else { &before };
        assert_eq!(&state, expected, "{step:?}, cut at {place} of {from}..{}", whole.len());
        seen.push(done);
        // From the last place within, and from the end, others go on.
        if at + 2 >= places.len() {
            let heirs = sessions::session(&native(&server.url()));
            runtime.block_on(inherit(step, &heirs, &mut books, &begun.extra, done));
        }
        server.kill9();
    }
    println!("{step:?}: cut at {} places, {} of them before its end", seen.len(), seen.len() - 1);
}

#[test]
fn a_step_is_done_or_not_wherever_the_server_is_killed() {
    std::thread::scope(|scope| {
        let rows: Vec<_> = STEPS.map(|step| scope.spawn(move || cut_everywhere(step))).into_iter().collect();
        for row in rows {
            row.join().unwrap();
        }
    });
}
