//! Ten thousand events at a rate: never faster than asked, paused, cancelled, gone on with, and every outcome told.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tidings::bus::{Bus, HandlerContext, HandlerError, StartAt, Subscription};
use tidings::event::{EntryId, Event, HandlerName};
use tidings::plan::{Pace, Phase, Plan, Progress, start};

use crate::letters::{STREAM, event_id, field, fill, length, lying};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, intake, native, session};
use crate::{plan, ports};

const COUNT: u64 = 10_000;
/// One in so many fails again.
const ONE_FAILS_IN: u64 = 100;
/// So many a second, unless `TIDINGS_PLAN_RATE` says another number.
const RATE: f64 = 2_000.0;

/// When each retry was recorded, by the server's clock, oldest first.
async fn times(admin: &mut Admin) -> Vec<DateTime<Utc>> {
    let records: Vec<(String, Vec<String>)> = admin.get(&format!("XRANGE {STREAM}:retried - +")).await;
    records.iter().map(|(id, _)| id.parse::<EntryId>().unwrap().time().unwrap()).collect()
}

/// How many were retried.
async fn retried(admin: &mut Admin) -> u64 {
    length(admin, &format!("{STREAM}:retried")).await
}

/// Waits for as long as even a slow machine takes.
async fn wait(
    what: &str,
    progress: &tokio::sync::watch::Receiver<Progress>,
    is_there: impl FnMut(&Progress) -> bool,
) {
    let mut progress = progress.clone();
    let seen = tokio::time::timeout(Duration::from_mins(10), progress.wait_for(is_there)).await;
    assert!(matches!(seen, Ok(Ok(_))), "waited in vain: {what}");
}

/// How many go together.
fn chunk(rate: f64) -> f64 {
    (rate / 10.0).clamp(1.0, 200.0).floor()
}

/// Nothing of `times`, which went on from `began`, came sooner than the rate allows, counted from there: one chunk is
/// given at first. Nor does any other window hold more than a second's worth beside that, which a plan may catch up.
fn is_never_faster(times: &[DateTime<Utc>], began: DateTime<Utc>, rate: f64) {
    let chunk = chunk(rate);
    // The clock of a position has whole milliseconds.
    let seconds =
        |from: DateTime<Utc>, to: DateTime<Utc>| ((to - from).num_milliseconds() + 1) as f64 / 1_000.0;
    for (n, at) in times.iter().enumerate() {
        let most = rate * seconds(began, *at) + chunk;
        assert!((n + 1) as f64 <= most, "{} within {} s at {rate}/s", n + 1, seconds(began, *at));
        let window = &times[n..times.len().min(n + 4_000)];
        for (k, to) in window.iter().enumerate().step_by(50) {
            let most = rate * seconds(*at, *to) + rate + chunk;
            assert!((k + 1) as f64 <= most, "{} within {} s at {rate}/s", k + 1, seconds(*at, *to));
        }
    }
}

/// Must hold at 500 a second: `TIDINGS_PLAN_RATE=500 cargo nextest run --test plan --no-capture ten_thousand` takes half a
/// minute. By itself it goes faster, at [`RATE`]. It prints how long it took, and what rate was held.
// One thread: whoever waits for the plan here is not starved by it.
#[tokio::test]
async fn ten_thousand_at_a_rate_are_paused_cancelled_and_gone_on_with_and_every_outcome_is_told() {
    let rate = std::env::var("TIDINGS_PLAN_RATE").map_or(RATE, |rate| rate.parse().unwrap());
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let settings = native(&server.url());
    let places = fill(&mut admin, COUNT, "mail").await;
    admin.run(&format!("XGROUP CREATE {STREAM} mail $ MKSTREAM")).await;

    // A handler that counts how often it runs each, and for which one in a hundred still fails.
    let runs = Arc::new(Mutex::new(HashMap::<String, u64>::new()));
    let fails: HashSet<String> = (0..COUNT).filter(|n| n % ONE_FAILS_IN == 0).map(event_id).collect();
    let work = {
        let runs = Arc::clone(&runs);
        move |event: Arc<Event>, _: HandlerContext| {
            let id = event.id().to_string();
            let ends = if fails.contains(&id) { Err(HandlerError::permanent("SMTP 550")) } else { Ok(()) };
            *runs.lock().unwrap().entry(id).or_default() += 1;
            async { ends }
        }
    };
    let subscription = Subscription::new(HandlerName::new("mail").unwrap(), ["*"], work);
    let bus = Bus::of(&session(&settings), intake(&settings)).unwrap();
    let worker = bus.subscribe(subscription.start(StartAt::Beginning).concurrency(16));

    // A third of it, then a pause.
    let ports = ports(&settings);
    let plan = plan(places, Pace::PerSecond(rate));
    let name = plan.id.clone();
    let first_began = Utc::now();
    let running = start(plan, ports.clone());
    let progress = running.progress.clone();
    wait("a third", &progress, |now| now.tally.total() - now.tally.left >= COUNT / 3).await;
    running.pause();
    wait("it holds", &progress, |now| now.phase == Phase::Paused).await;
    let held = retried(&mut admin).await;
    wait("what was retried is followed meanwhile", &progress, |now| now.tally.running == 0).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(retried(&mut admin).await, held, "nothing is retried while it is paused");

    // A third more, and it is cancelled: the rest stays where it is.
    let second_began = Utc::now();
    running.resume();
    wait("two thirds", &progress, |now| now.tally.total() - now.tally.left >= COUNT * 2 / 3).await;
    running.cancel();
    wait("it is cancelled", &progress, Progress::is_settled).await;
    let cancelled = progress.borrow().clone();
    let done = retried(&mut admin).await;
    assert_eq!((&cancelled.phase, cancelled.tally.left), (&Phase::Cancelled, COUNT - done), "{cancelled:?}");
    assert_eq!(cancelled.tally.total(), COUNT);
    let letters = format!("{STREAM}:dead-letter");
    assert_eq!(length(&mut admin, &letters).await, COUNT - done + cancelled.tally.dead_again);
    drop(running);

    // Gone on with from what the bus keeps of it.
    let kept = ports.failed.plan(&name).await.unwrap().unwrap();
    let third_began = Utc::now();
    let running = start(Plan::resume(kept, "al@web-2").unwrap(), ports);
    let progress = running.progress.clone();
    wait("all of it", &progress, Progress::is_settled).await;
    worker.stop().await.unwrap();
    let end = progress.borrow().clone();
    let tally = end.tally;
    assert_eq!((&end.phase, end.before), (&Phase::Finished, done), "{end:?}");
    assert_eq!(tally.succeeded + tally.failed_again() + tally.running + tally.lost, COUNT, "{end:?}");
    let again = COUNT / ONE_FAILS_IN;
    assert_eq!((tally.succeeded, tally.dead_again), (COUNT - again, again), "{end:?}");

    // Each was published again once, and handled once.
    let records = lying(&mut admin, &format!("{STREAM}:retried")).await;
    let each: HashSet<_> = records.iter().map(|(_, fields)| field(fields, "eventId").unwrap()).collect();
    let published: HashSet<_> = records.iter().map(|(_, fields)| field(fields, "to").unwrap()).collect();
    assert_eq!((records.len() as u64, each.len() as u64, published.len() as u64), (COUNT, COUNT, COUNT));
    let runs = runs.lock().unwrap().clone();
    assert!(runs.len() as u64 == COUNT && runs.values().all(|times| *times == 1), "each is handled once");
    assert_eq!(length(&mut admin, &letters).await, again);

    let times = times(&mut admin).await;
    let (held, done) = (usize::try_from(held).unwrap(), usize::try_from(done).unwrap());
    for (what, part, began) in [
        ("until the pause", &times[..held], first_began),
        ("until it was cancelled", &times[held..done], second_began),
        ("gone on with", &times[done..], third_began),
    ] {
        is_never_faster(part, began, rate);
        let took = (part[part.len() - 1] - part[0]).num_milliseconds() as f64 / 1_000.0;
        // Of the first chunk nobody can say how long it took.
        let held = (part.len() as f64 - chunk(rate)) / took;
        println!("{} at {rate}/s {what}: {took:.2} s, {held:.0}/s", part.len());
    }
    println!("{} succeeded, {} failed again of {COUNT}", tally.succeeded, tally.dead_again);
}
