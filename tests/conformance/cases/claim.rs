//! Whose an entry is: leases, crashes, fencing. Groups are joined by hand, as a worker does.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{
    Claim, Delivery, Finish, FinishAs, Finished, Joining, Left, Membership, Reason, StartAt, TypeSelection,
};

use crate::events::{ACME, append_many, json, place, ticket};
use crate::handling::{Log, eventually, name};
use crate::harness::Handles;

const LEASE: Duration = Duration::from_millis(150);
const NOW: Duration = Duration::ZERO;

async fn join(harness: &impl Handles, lease: Duration) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name("by-hand"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease,
        dedup: None,
    };
    harness.consumer().join(joining).await.unwrap()
}

fn claims(deliveries: &[Delivery]) -> Vec<Claim> {
    deliveries.iter().map(|delivery| delivery.claim.clone()).collect()
}

pub(crate) fn finish(delivery: &Delivery, what: FinishAs) -> Finish {
    Finish {
        claim: delivery.claim.clone(),
        source: delivery.source.clone(),
        event: None,
        about: None,
        attempt: delivery.attempt,
        crashes: delivery.crashes,
        plan: None,
        force: false,
        what,
    }
}

fn done(deliveries: &[Delivery]) -> Vec<Finish> {
    deliveries.iter().map(|delivery| finish(delivery, FinishAs::Done)).collect()
}

pub(crate) async fn take(member: &Arc<dyn Membership>, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(member.take(count - taken.len(), Duration::from_secs(5)).await.unwrap());
    }
    taken
}

/// Takes over so many, as soon as that may be.
async fn reclaim(member: &Arc<dyn Membership>, count: usize) -> Vec<Delivery> {
    let found = tokio::sync::Mutex::new(Vec::new());
    eventually("what was left can be taken over", || async {
        let mut found = found.lock().await;
        let more = member.reclaim(count - found.len()).await.unwrap();
        found.extend(more);
        (found.len() == count).then_some(())
    })
    .await;
    let mut found = found.into_inner();
    found.sort_by(|a: &Delivery, b| a.claim.cmp(&b.claim));
    found
}

pub(crate) async fn what_a_dead_consumer_left_is_taken_over_and_counted(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 10).await;
    let dies = join(harness, LEASE).await;
    let taken = take(&dies, 10).await;
    assert!(taken.iter().all(|delivery| (delivery.attempt, delivery.crashes) == (1, 0)));
    drop(dies);
    let heir = join(harness, LEASE).await;
    assert_eq!(heir.take(10, NOW).await.unwrap().len(), 0, "they are another's still");
    let found = reclaim(&heir, 10).await;
    assert_eq!(claims(&found), claims(&taken));
    assert!(found.iter().all(|delivery| (delivery.attempt, delivery.crashes) == (1, 1)));
    assert_eq!(heir.finish(&done(&found)).await.unwrap(), [Finished::Recorded; 10]);
    // The whole worker does so as well.
    append_many(harness, &place("TICKET_CREATED"), 5).await;
    let dies = join(harness, LEASE).await;
    take(&dies, 5).await;
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("by-hand").lease(LEASE));
    log.until(5).await;
    assert_eq!(worker.stop().await.unwrap().reclaimed, 5);
}

pub(crate) async fn three_crashes_make_a_dead_letter(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    take(&join(harness, LEASE).await, 1).await;
    for crashes in 1..=2 {
        let found = reclaim(&join(harness, LEASE).await, 1).await;
        assert_eq!(found[0].crashes, crashes);
    }
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("by-hand").lease(LEASE));
    let dead =
        eventually("a dead letter", || async { harness.dead_letters().await.into_iter().next() }).await;
    worker.stop().await.unwrap();
    assert_eq!((dead.reason, log.len()), (Reason::Crashed, 0));
    assert!(dead.error[0].contains("3 times"), "{:?}", dead.error);
}

pub(crate) async fn a_late_finish_is_fenced(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let slow = join(harness, LEASE).await;
    let taken = take(&slow, 2).await;
    let heir = join(harness, LEASE).await;
    let found = reclaim(&heir, 2).await;
    assert_eq!(slow.renew(&claims(&taken)).await.unwrap(), claims(&taken), "they are lost");
    let dead = FinishAs::Dead {
        fields: Arc::new(json("{}")),
        reason: Reason::Permanent,
        error: vec!["late".to_owned()],
        history: Vec::new(),
    };
    let late = [finish(&taken[0], FinishAs::Done), finish(&taken[1], dead)];
    assert_eq!(slow.finish(&late).await.unwrap(), [Finished::Fenced; 2]);
    assert_eq!(harness.dead_letters().await, [], "what a late one says does not count");
    assert_eq!(heir.finish(&done(&found)).await.unwrap(), [Finished::Recorded; 2]);
}

pub(crate) async fn a_renewed_lease_is_not_taken_over(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let busy = join(harness, LEASE).await;
    let taken = take(&busy, 2).await;
    let greedy = join(harness, LEASE).await;
    // The second one is let go of; by the time it can be taken over, the first one could have been as well.
    let found = eventually("the other one can be taken over", || async {
        assert_eq!(busy.renew(&claims(&taken[..1])).await.unwrap(), []);
        Some(greedy.reclaim(2).await.unwrap()).filter(|found| !found.is_empty())
    })
    .await;
    assert_eq!(claims(&found), claims(&taken[1..]));
    assert_eq!(busy.finish(&done(&taken)).await.unwrap(), [Finished::Recorded, Finished::Fenced]);
}

pub(crate) async fn a_lost_delivery_is_found_again(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 6).await;
    let member = join(harness, LEASE).await;
    let known = take(&member, 2).await;
    let lost = take(&member, 4).await;
    let found = member.recover(&claims(&known), 10).await.unwrap();
    assert_eq!(claims(&found), claims(&lost));
    assert!(found.iter().all(|delivery| delivery.crashes == 0), "that is no crash");
    assert_eq!(member.finish(&done(&found)).await.unwrap(), [Finished::Recorded; 4]);
    assert_eq!(member.recover(&claims(&known), 10).await.unwrap().len(), 0);
}

pub(crate) async fn a_lost_delivery_is_found_among_many(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 1_500).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 1_500).await;
    let (known, lost) = taken.split_at(1_400);
    let found = member.recover(&claims(known), 1_000).await.unwrap();
    assert_eq!(claims(&found), claims(lost));
}

pub(crate) async fn what_was_trimmed_while_it_runs_goes_on(harness: &impl Handles) {
    let place = place("TICKET_CREATED");
    append_many(harness, &place, 2).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 2).await;
    harness.trim(&place, 0).await;
    for _ in 0..3 {
        assert_eq!(member.renew(&claims(&taken)).await.unwrap(), [], "nobody else has it");
    }
    let retry = || FinishAs::Retry { fields: Arc::new(json("{}")), after: NOW, history: Vec::new() };
    let finishes = [finish(&taken[0], retry()), finish(&taken[1], retry())];
    assert_eq!(member.finish(&finishes).await.unwrap(), [Finished::Vanished; 2]);
    member.keep_up().await.unwrap();
    assert_eq!(take(&member, 2).await.len(), 2);
}

pub(crate) async fn a_lost_delivery_is_given_back_as_well(harness: &impl Handles) {
    const LONG: Duration = Duration::from_hours(1);
    append_many(harness, &place("TICKET_CREATED"), 6).await;
    let leaves = join(harness, LONG).await;
    let taken = take(&leaves, 6).await;
    // It knows of two; the answer with the others never came.
    leaves.leave(&claims(&taken[..2])).await.unwrap();
    let found = reclaim(&join(harness, LONG).await, 6).await;
    assert_eq!(claims(&found), claims(&taken));
    assert!(found.iter().all(|delivery| delivery.crashes == 0));
}

pub(crate) async fn finishing_twice_does_no_harm(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 2).await;
    let retry = FinishAs::Retry { fields: Arc::new(json("{}")), after: NOW, history: Vec::new() };
    let finishes = [finish(&taken[0], retry), finish(&taken[1], FinishAs::Done)];
    for _ in 0..2 {
        assert_eq!(member.finish(&finishes).await.unwrap(), [Finished::Recorded; 2]);
    }
    member.keep_up().await.unwrap();
    let again = take(&member, 1).await;
    assert_eq!((again[0].attempt, &again[0].source), (2, &taken[0].claim));
    assert_eq!(member.take(5, NOW).await.unwrap().len(), 0, "it is there once");
}

pub(crate) async fn what_is_given_back_is_taken_at_once_and_is_no_crash(harness: &impl Handles) {
    const LONG: Duration = Duration::from_hours(1);
    append_many(harness, &place("TICKET_CREATED"), 8).await;
    let leaves = join(harness, LONG).await;
    let taken = take(&leaves, 8).await;
    let (kept, given_back) = taken.split_at(3);
    leaves.finish(&done(kept)).await.unwrap();
    leaves.leave(&claims(given_back)).await.unwrap();
    // A lease of an hour would keep others waiting, were they not given back.
    let other = join(harness, LONG).await;
    let found = reclaim(&other, 5).await;
    assert_eq!(claims(&found), claims(given_back));
    assert!(found.iter().all(|delivery| delivery.crashes == 0));
    assert_eq!(other.finish(&done(&found)).await.unwrap(), [Finished::Recorded; 5]);
}

pub(crate) async fn what_was_trimmed_while_pending_is_told(harness: &impl Handles) {
    let place = place("TICKET_CREATED");
    append_many(harness, &place, 3).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 3).await;
    harness.trim(&place, 0).await;
    let dead = FinishAs::Dead {
        fields: Arc::new(json(ticket(ACME).text())),
        reason: Reason::Permanent,
        error: vec!["kept".to_owned()],
        history: Vec::new(),
    };
    let finishes = [finish(&taken[0], FinishAs::Done), finish(&taken[1], dead)];
    assert_eq!(member.finish(&finishes).await.unwrap(), [Finished::Vanished; 2]);
    let letters = harness.dead_letters().await;
    assert_eq!(letters.iter().map(|dead| dead.reason).collect::<Vec<_>>(), [Reason::Permanent]);
    // What nobody kept leaves a tombstone, when it is to be taken over.
    let heir = join(harness, LEASE).await;
    let letters = eventually("a tombstone", || async {
        assert_eq!(heir.reclaim(5).await.unwrap().len(), 0);
        Some(harness.dead_letters().await).filter(|letters| letters.len() == 2)
    })
    .await;
    assert_eq!((letters[1].reason, &letters[1].source), (Reason::Trimmed, &taken[2].claim));
}

pub(crate) async fn handlers_are_reported_with_what_they_have_and_who_works_for_them(harness: &impl Handles) {
    let inspector = harness.session(crate::events::open()).inspector;
    assert_eq!(inspector.handlers().await, Ok(vec![]));
    append_many(harness, &place("TICKET_CREATED"), 7).await;
    append_many(harness, &place("TICKET_CLOSED"), 3).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 4).await;
    let later =
        FinishAs::Retry { fields: Arc::new(json("{}")), after: Duration::from_hours(1), history: Vec::new() };
    member.finish(&[finish(&taken[0], later), finish(&taken[1], FinishAs::Done)]).await.unwrap();
    let [report] = &inspector.handlers().await.unwrap()[..] else { panic!("one handler") };
    let types: Vec<_> = report.types.iter().map(tidings::event::EventType::as_str).collect();
    assert_eq!((report.name.as_str(), types), ("by-hand", vec!["TICKET_CLOSED", "TICKET_CREATED"]));
    let left = 10 - taken.len() as u64;
    assert_eq!((report.streams, report.lag), (2, tidings::bus::Lag::Exactly(left)));
    let pending = taken.len() - 2;
    assert_eq!((report.pending, report.waiting.len(), report.scheduled), (pending as u64, pending, Some(1)));
    let mut waiting: Vec<_> = report
        .waiting
        .iter()
        .map(|entry| {
            assert_eq!((entry.consumer.as_str(), entry.deliveries), (member.consumer(), 1));
            Claim { stream: entry.stream.clone(), id: entry.id }
        })
        .collect();
    waiting.sort();
    let mut expected = claims(&taken[2..]);
    expected.sort();
    assert_eq!(waiting, expected);
    assert!(report.registered.is_some());
    // A worker gives signs of life, and takes its leave.
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("alive").start(StartAt::Beginning));
    log.until(10).await;
    let beat = eventually("a sign of life", || async {
        let handlers = inspector.handlers().await.unwrap();
        let alive = handlers.into_iter().find(|report| report.name == "alive")?;
        alive.consumers.into_iter().find_map(|consumer| consumer.heartbeat)
    })
    .await;
    assert_eq!(
        (beat.handler.as_str(), beat.types, beat.pid),
        ("alive", vec!["*".to_owned()], std::process::id())
    );
    worker.stop().await.unwrap();
    let handlers = inspector.handlers().await.unwrap();
    let alive = handlers.into_iter().find(|report| report.name == "alive").unwrap();
    assert_eq!((alive.pending, alive.consumers.len()), (0, 0), "nothing is left behind");
}

pub(crate) async fn what_is_left_is_told(harness: &impl Handles) {
    let left = |unread, pending, scheduled| Left { unread, pending, scheduled };
    let early = join(harness, LEASE).await;
    assert_eq!(early.left().await, Ok(left(0, 0, 0)), "nothing was ever published");
    append_many(harness, &place("TICKET_CREATED"), 3).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 2).await;
    let now = member.left().await.unwrap();
    assert_eq!((now.unread + now.pending, now.pending), (3, taken.len() as u64));
    let other = join(harness, LEASE).await;
    let rest = if taken.len() < 3 { take(&other, 3 - taken.len()).await } else { Vec::new() };
    assert_eq!(member.left().await, Ok(left(0, 3, 0)), "by this consumer and others");
    let wait = |after| FinishAs::Retry { fields: Arc::new(json("{}")), after, history: Vec::new() };
    let finishes =
        [finish(&taken[0], wait(Duration::from_hours(1))), finish(&taken[1], wait(Duration::ZERO))];
    member.finish(&finishes).await.unwrap();
    for delivery in taken.iter().skip(2) {
        member.finish(&[finish(delivery, FinishAs::Done)]).await.unwrap();
    }
    for delivery in &rest {
        other.finish(&[finish(delivery, FinishAs::Done)]).await.unwrap();
    }
    let waiting = member.left().await.unwrap();
    assert_eq!((waiting.unread + waiting.scheduled, waiting.pending), (2, 0));
    // The one that is due comes back, and is read again.
    eventually("the retry is due", || async {
        member.keep_up().await.unwrap();
        (member.left().await.unwrap() == left(1, 0, 1)).then_some(())
    })
    .await;
    let again = take(&member, 1).await;
    assert_eq!(member.left().await, Ok(left(0, 1, 1)));
    member.finish(&[finish(&again[0], FinishAs::Done)]).await.unwrap();
    assert_eq!(member.left().await, Ok(left(0, 0, 1)));
    // What was trimmed unread is not left to anybody.
    append_many(harness, &place("TICKET_CREATED"), 4).await;
    harness.trim(&place("TICKET_CREATED"), 0).await;
    assert_eq!(member.left().await, Ok(left(0, 0, 1)));
}
