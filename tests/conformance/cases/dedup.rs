//! The dedup window: what a handler has done is not done again.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{
    Finish, FinishAs, HandlerError, HandlerStats, Joining, Membership, Reason, StartAt, Subscription,
    TypeSelection, Worker,
};

use super::claim::{finish, take};
use crate::events::{ACME, json, place, ticket};
use crate::handling::{Log, eventually, name};
use crate::harness::Handles;

const WINDOW: Duration = Duration::from_hours(1);

fn remembering(subscription: Subscription) -> Subscription {
    subscription.start(StartAt::Beginning).dedup(WINDOW)
}

/// Appends an event's text as it is, beside other fields, so often.
async fn append(harness: &impl Handles, text: &str, beside: &[(&str, &str)], times: usize) {
    let mut fields = json(text);
    fields.extend(beside.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())));
    harness.append(&place("TICKET_CREATED"), None, vec![fields; times]).await;
}

async fn until_passed_over(worker: &Worker, count: u64) {
    let look = || async { (worker.stats().deduplicated == count).then_some(()) };
    eventually("they are passed over", look).await;
}

/// What is left of a handler when it was stopped: nothing may be pending.
async fn stopped(harness: &impl Handles, worker: Worker) -> HandlerStats {
    let stats = worker.stop().await.unwrap();
    let handlers = harness.session(crate::events::open()).inspector.handlers().await.unwrap();
    assert_eq!(handlers.found.iter().map(|handler| handler.pending).sum::<u64>(), 0);
    stats
}

pub(crate) async fn what_was_done_is_acknowledged_without_a_run(harness: &impl Handles) {
    let (log, event) = (Log::default(), ticket(ACME));
    append(harness, event.text(), &[], 1).await;
    let worker = harness.bus().subscribe(remembering(log.noting("once")));
    log.until(1).await;
    append(harness, event.text(), &[], 1).await;
    until_passed_over(&worker, 1).await;
    let stats = stopped(harness, worker).await;
    assert_eq!((stats.taken, stats.done, stats.skipped), (2, 1, 0));
    // Another worker of the handler knows it, too; another event runs.
    append(harness, event.text(), &[], 3).await;
    append(harness, ticket(ACME).text(), &[], 1).await;
    let worker = harness.bus().subscribe(remembering(log.noting("once")));
    until_passed_over(&worker, 3).await;
    log.until(2).await;
    stopped(harness, worker).await;
    assert_eq!(log.attempts_at(event.id()), [1]);
}

pub(crate) async fn entries_of_one_event_side_by_side_run_once(harness: &impl Handles) {
    let (log, event) = (Log::default(), ticket(ACME));
    append(harness, event.text(), &[], 5).await;
    let slow = log.handler("once", |_, _| async {
        tokio::task::yield_now().await;
        Ok(())
    });
    let worker = harness.bus().subscribe(remembering(slow));
    until_passed_over(&worker, 4).await;
    stopped(harness, worker).await;
    assert_eq!(log.attempts_at(event.id()), [1]);
}

pub(crate) async fn a_failed_attempt_is_not_remembered(harness: &impl Handles) {
    let (log, event) = (Log::default(), ticket(ACME));
    append(harness, event.text(), &[], 2).await;
    let tries = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let second = log.handler("once", move |_, _| {
        let first = tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        async move { if first { Err(HandlerError::retry("no")) } else { Ok(()) } }
    });
    let worker = harness.bus().subscribe(remembering(second));
    // One of the two entries does the work: the twin, or the retry. The other one is passed over.
    until_passed_over(&worker, 1).await;
    let stats = stopped(harness, worker).await;
    assert_eq!((stats.done, stats.failed, log.len()), (1, 1, 2));
    assert_eq!(harness.dead_letters().await, []);
}

pub(crate) async fn what_is_forced_runs_all_the_same(harness: &impl Handles) {
    let (log, event) = (Log::default(), ticket(ACME));
    append(harness, event.text(), &[], 1).await;
    let fails_once_more = log.handler("once", {
        let tries = std::sync::atomic::AtomicUsize::new(0);
        move |_, _| {
            let second = tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 1;
            async move { if second { Err(HandlerError::retry("no")) } else { Ok(()) } }
        }
    });
    let worker = harness.bus().subscribe(remembering(fails_once_more));
    log.until(1).await;
    append(harness, event.text(), &[("force", "0")], 1).await;
    until_passed_over(&worker, 1).await;
    append(harness, event.text(), &[("trace", "x"), ("force", "1")], 1).await;
    // It fails; its retry is forced as well.
    log.until(3).await;
    let stats = stopped(harness, worker).await;
    assert_eq!((stats.done, stats.failed, stats.deduplicated), (2, 1, 1));
    assert_eq!(log.attempts_at(event.id()), [1, 1, 2]);
    // Force is about one delivery: a dead letter does not keep it.
    let dead = log.handler("never", |_, _| async { Err(HandlerError::permanent("no")) });
    let worker = harness.bus().subscribe(remembering(dead));
    let letters = eventually("dead letters", || async {
        Some(harness.dead_letters().await).filter(|letters| letters.len() == 3)
    })
    .await;
    stopped(harness, worker).await;
    let mut names: Vec<Vec<_>> = letters
        .iter()
        .map(|letter| letter.fields.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [vec!["event"], vec!["event", "force"], vec!["event", "trace"]],
        "force=0 is a field like others"
    );
}

async fn join(harness: &impl Handles, dedup: Duration) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name("by-hand"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: Duration::from_secs(30),
        dedup: Some(dedup),
    };
    harness.consumer().join(joining).await.unwrap()
}

pub(crate) async fn only_what_was_done_is_remembered_and_only_within_the_window(harness: &impl Handles) {
    let events: Vec<_> = (0..5).map(|_| ticket(ACME)).collect();
    for event in &events {
        append(harness, event.text(), &[], 1).await;
    }
    let member = join(harness, WINDOW).await;
    let taken = take(&member, 5).await;
    let retry =
        FinishAs::Retry { fields: Arc::new(json("{}")), after: Duration::from_hours(1), history: Vec::new() };
    let dead = FinishAs::Dead {
        fields: Arc::new(json("{}")),
        reason: Reason::Permanent,
        error: Vec::new(),
        history: Vec::new(),
    };
    let whats = [FinishAs::Done, FinishAs::Skipped, retry, dead, FinishAs::Done];
    let mut finishes: Vec<_> = taken
        .iter()
        .zip(&events)
        .zip(whats)
        .map(|((delivery, event), what)| Finish { event: Some(event.id()), ..finish(delivery, what) })
        .collect();
    // One that has more to say of it.
    finishes[4].attempt = 2;
    member.finish(&finishes).await.unwrap();
    let asked: Vec<_> = taken
        .iter()
        .zip(&events)
        .map(|(delivery, event)| (delivery.source.stream.clone(), event.id()))
        .collect();
    assert_eq!(member.done_already(&asked).await.unwrap(), [true, false, false, false, true]);
    let short = join(harness, Duration::from_millis(1)).await;
    eventually("it is forgotten", || async {
        (short.done_already(&asked).await.unwrap() == [false; 5]).then_some(())
    })
    .await;
    assert_eq!(member.done_already(&asked[..1]).await.unwrap(), [true], "each has its own window");
}

pub(crate) async fn handlers_remember_each_their_own(harness: &impl Handles) {
    let (one, other, plain) = (Log::default(), Log::default(), Log::default());
    let event = ticket(ACME);
    let first = harness.bus().subscribe(remembering(one.noting("one")));
    append(harness, event.text(), &[], 1).await;
    one.until(1).await;
    let workers = [
        harness.bus().subscribe(remembering(other.noting("other"))),
        harness.bus().subscribe(plain.noting("plain").start(StartAt::Beginning)),
    ];
    append(harness, event.text(), &[], 1).await;
    until_passed_over(&first, 1).await;
    until_passed_over(&workers[0], 1).await;
    plain.until(2).await;
    for worker in workers.into_iter().chain([first]) {
        worker.stop().await.unwrap();
    }
    assert_eq!((one.len(), other.len(), plain.len()), (1, 1, 2));
}
