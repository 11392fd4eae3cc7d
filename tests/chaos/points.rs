//! Crash points on both brokers: a worker ends between any two of its steps, and others go on.
//!
//! What is a single step on a broker has no point inside: `cuts` shows that for Redis; on the embedded broker a step is
//! done under one lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::Utc;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use tidings::broker::memory::MemoryBroker;
use tidings::broker::redis::Settings;
use tidings::bus::{
    Bus, Delivery, Finish, FinishAs, HandlerContext, Intake, Joining, Lag, Membership, PublishError, Reason,
    Session, StartAt, Subscription, Suspects, TypeSelection,
};
use tidings::event::{Event, HandlerName};
use tokio::runtime::Runtime;

use crate::mute::Proxy;
use crate::producer::with;
use crate::redis_server::PrivateRedis;
use crate::seed::Chance;
use crate::sessions::{self, native, session, until};
use crate::worker::{Rule, STEADY};

pub(crate) const LEASE: Duration = Duration::from_millis(100);
const NOW: Duration = Duration::ZERO;

/// The built-in schemas, and no lock.
pub(crate) fn intake() -> Intake {
    sessions::intake(&Settings::default())
}

/// One more consumer, by hand.
pub(crate) async fn join(session: &Session) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: HandlerName::new(STEADY).unwrap(),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: LEASE,
        dedup: None,
    };
    session.consumer.clone().unwrap().join(joining).await.unwrap()
}

pub(crate) async fn take(member: &Arc<dyn Membership>, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(member.take(count - taken.len(), Duration::from_secs(1)).await.unwrap());
    }
    taken
}

/// Takes over what another left, as soon as its lease is over.
async fn claim(member: &Arc<dyn Membership>, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let more = member.reclaim(count - taken.len(), Suspects::ANY).await.unwrap();
        taken.extend(more.deliveries);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    taken
}

/// What becomes of a delivery.
pub(crate) fn finish(delivery: &Delivery, what: FinishAs) -> Finish {
    let Delivery { claim, source, attempt, crashes, .. } = delivery;
    let (claim, source) = (claim.clone(), source.clone());
    let (attempt, crashes) = (*attempt, *crashes);
    Finish { claim, source, event: None, about: None, attempt, crashes, force: false, plan: None, what }
}

pub(crate) fn retry(delivery: &Delivery) -> Finish {
    let fields = Arc::new(delivery.raw.fields.clone());
    finish(delivery, FinishAs::Retry { fields, after: NOW, history: Vec::new() })
}

pub(crate) fn dead(delivery: &Delivery) -> Finish {
    let (fields, error) = (Arc::new(delivery.raw.fields.clone()), vec!["never".to_owned()]);
    finish(delivery, FinishAs::Dead { fields, reason: Reason::Permanent, error, history: Vec::new() })
}

/// A worker that does everything, and how many attempts it made.
pub(crate) fn subscription(runs: &Arc<AtomicUsize>) -> Subscription {
    let runs = Arc::clone(runs);
    let work = move |_: Arc<Event>, _: HandlerContext| {
        runs.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    };
    Subscription::new(HandlerName::new(STEADY).unwrap(), ["*"], work).start(StartAt::Beginning).lease(LEASE)
}

/// What a broker says: pending, scheduled, dead, and not given yet.
async fn books(session: &Session) -> (u64, u64, u64, Lag) {
    let [report] = &session.inspector.handlers().await.unwrap().found[..] else { panic!("one handler") };
    (report.pending, report.scheduled.unwrap().number(), report.dead_letters.number(), report.lag)
}

/// Breaks off at a point. Three events were published.
type BreakOff = for<'a> fn(&'a Session) -> LocalBoxFuture<'a, ()>;

/// A point, and what must be true of three events behind it.
struct Point {
    name: &'static str,
    break_off: BreakOff,
    /// What the books say when the worker is gone: pending, scheduled, dead.
    then: (u64, u64, u64),
    /// How many attempts its heir makes; in the end nothing is pending or scheduled.
    heir: usize,
    dead: u64,
}

const POINTS: [Point; 7] = [
    Point {
        name: "after the delivery",
        break_off: |session| async { drop(take(&join(session).await, 3).await) }.boxed_local(),
        then: (3, 0, 0),
        heir: 3,
        dead: 0,
    },
    Point {
        name: "after the effect and before the acknowledgement",
        break_off: |session| after_the_effect(session).boxed_local(),
        then: (3, 0, 0),
        heir: 3,
        dead: 0,
    },
    Point {
        name: "after the claim",
        break_off: |session| {
            async {
                take(&join(session).await, 3).await;
                claim(&join(session).await, 3).await;
            }
            .boxed_local()
        },
        then: (3, 0, 0),
        heir: 3,
        dead: 0,
    },
    Point {
        name: "after the dead letter, which is the acknowledgement",
        break_off: |session| {
            async {
                let member = join(session).await;
                let taken = take(&member, 3).await;
                member.finish(&[dead(&taken[0]), dead(&taken[1])]).await.unwrap();
            }
            .boxed_local()
        },
        then: (1, 0, 2),
        heir: 1,
        dead: 2,
    },
    Point {
        name: "after a retry was scheduled",
        break_off: |session| {
            async {
                let member = join(session).await;
                let taken = take(&member, 3).await;
                member.finish(&[retry(&taken[0]), retry(&taken[1])]).await.unwrap();
            }
            .boxed_local()
        },
        then: (1, 2, 0),
        heir: 3,
        dead: 0,
    },
    Point {
        name: "after the promotion",
        break_off: |session| {
            async {
                let member = join(session).await;
                let taken = take(&member, 3).await;
                member.finish(&[retry(&taken[0]), retry(&taken[1])]).await.unwrap();
                member.keep_up().await.unwrap();
            }
            .boxed_local()
        },
        then: (1, 0, 0),
        heir: 3,
        dead: 0,
    },
    Point {
        name: "after the release at shutdown",
        break_off: |session| {
            async {
                let member = join(session).await;
                take(&member, 3).await;
                member.leave(&[]).await.unwrap();
            }
            .boxed_local()
        },
        then: (3, 0, 0),
        heir: 3,
        dead: 0,
    },
];

/// A whole worker is gone in the middle of its attempts, as with its process.
async fn after_the_effect(session: &Session) {
    let effects = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&effects);
    let work = move |_: Arc<Event>, _: HandlerContext| {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::pending()
    };
    let name = HandlerName::new(STEADY).unwrap();
    let subscription = Subscription::new(name, ["*"], work).start(StartAt::Beginning).lease(LEASE);
    let runtime = Runtime::new().unwrap();
    let bus = Bus::of(session, intake()).unwrap();
    runtime.spawn(async move {
        let _worker = bus.subscribe(subscription);
    });
    until("all have begun", async || effects.load(Ordering::SeqCst) == 3).await;
    runtime.shutdown_background();
}

async fn check(broker: &str, point: &Point, session: Session) {
    let bus = Bus::of(&session, intake()).unwrap();
    let mut chance = Chance::of(7);
    let events: Vec<_> = (0..3).map(|_| with(&mut chance, Rule::default())).collect();
    assert!(bus.publish_all(&events).await.iter().all(Result::is_ok));
    (point.break_off)(&session).await;
    let (pending, scheduled, letters, _) = books(&session).await;
    println!("{broker}, {}: {pending} pending, {scheduled} scheduled, {letters} dead", point.name);
    assert_eq!((pending, scheduled, letters), point.then, "{broker}, {}", point.name);
    let runs = Arc::<AtomicUsize>::default();
    let worker = bus.subscribe(subscription(&runs));
    until(point.name, async || {
        runs.load(Ordering::SeqCst) >= point.heir
            && (books(&session).await.0, books(&session).await.1) == (0, 0)
    })
    .await;
    worker.stop().await.unwrap();
    assert_eq!(books(&session).await, (0, 0, point.dead, Lag::Exactly(0)), "{broker}, {}", point.name);
    assert_eq!(runs.load(Ordering::SeqCst), point.heir, "{broker}, {}", point.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_point_a_worker_breaks_off_at_the_books_are_whole() {
    let redis = POINTS.iter().map(|point| async move {
        let server = PrivateRedis::start_durable();
        check("redis", point, session(&native(&server.url()))).await;
    });
    let memory = POINTS.iter().map(|point| async move {
        let broker = MemoryBroker::new(intake(), Arc::new(Utc::now));
        check("memory", point, broker.session("memory")).await;
    });
    futures_util::future::join(futures_util::future::join_all(redis), futures_util::future::join_all(memory))
        .await;
}

/// After the publishing and before its answer: whoever sends it again makes no double, and it is handled once.
async fn check_lost_answer(session: &Session, lose: impl Fn(bool)) {
    let bus = Bus::of(session, intake()).unwrap();
    let mut chance = Chance::of(9);
    // The server has to know the script: an answer that says that it does not is no answer to an event.
    bus.publish(&with(&mut chance, Rule::default())).await.unwrap();
    let event = with(&mut chance, Rule::default());
    lose(true);
    let unknown = bus.publish(&event).await;
    assert!(matches!(unknown, Err(PublishError::Unknown(_))), "{unknown:?}");
    lose(false);
    // A busy machine may need more than one try.
    let published = loop {
        if let Ok(published) = bus.publish(&event).await {
            break published;
        }
    };
    assert!(published.repeated, "it was there already");
    let runs = Arc::<AtomicUsize>::default();
    let worker = bus.subscribe(subscription(&runs));
    until("both are handled", async || runs.load(Ordering::SeqCst) > 1).await;
    worker.stop().await.unwrap();
    assert_eq!((runs.load(Ordering::SeqCst), books(session).await), (2, (0, 0, 0, Lag::Exactly(0))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_answer_is_lost_is_there_once() {
    let server = PrivateRedis::start_durable();
    let proxy = Proxy::to(server.port());
    let session = session(&Settings { command_timeout_ms: 500, ..native(&proxy.url()) });
    check_lost_answer(&session, |lose| proxy.lose_answers(lose)).await;
    let broker = MemoryBroker::new(intake(), Arc::new(Utc::now));
    check_lost_answer(&broker.session("memory"), |lose| broker.faults().lose_answers(usize::from(lose)))
        .await;
}
