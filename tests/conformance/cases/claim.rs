//! Whose an entry is: leases, crashes, fencing. Groups are joined by hand, as a worker does.

use std::sync::Arc;
use std::time::Duration;

use tidings::bus::{
    Claim, Counted, Delivery, Failure, Finish, FinishAs, Finished, HandlerReport, Inspector, Joining, Left,
    Looked, Membership, Reason, StartAt, Suspects, TypeSelection,
};

use crate::events::{ACME, append_many, json, place, ticket};
use crate::handling::{Log, eventually, name};
use crate::harness::Handles;

pub(crate) const LEASE: Duration = Duration::from_millis(150);
const NOW: Duration = Duration::ZERO;

pub(crate) async fn join(harness: &impl Handles, lease: Duration) -> Arc<dyn Membership> {
    let joining = Joining {
        handler: name("by-hand"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease,
        dedup: None,
    };
    harness.consumer().join(joining).await.unwrap()
}

pub(crate) fn claims(deliveries: &[Delivery]) -> Vec<Claim> {
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
        let more = member.reclaim(count - found.len(), Suspects::ANY).await.unwrap().deliveries;
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

pub(crate) async fn what_was_in_flight_with_a_fatal_event_does_not_die_of_it(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 20).await;
    take(&join(harness, LEASE).await, 20).await;
    reclaim(&join(harness, LEASE).await, 20).await;
    // Whichever of them ended two processes: it comes alone.
    let one = Suspects { crashes: 2, at_most: 1 };
    let third = join(harness, LEASE).await;
    let found = eventually("what was left can be taken over", || async {
        Some(third.reclaim(20, one).await.unwrap()).filter(|found| !found.deliveries.is_empty())
    })
    .await;
    assert_eq!((found.deliveries.len(), found.deliveries[0].crashes, found.held_back), (1, 2, true));
    let none = third.reclaim(20, Suspects { at_most: 0, ..one }).await.unwrap();
    assert_eq!((none.deliveries.len(), none.held_back), (0, true));
    // It ends the third as well, and is dead; the others are done, one by one.
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("by-hand").lease(LEASE));
    log.until(19).await;
    let letters = eventually("a dead letter", || async {
        Some(harness.dead_letters().await).filter(|letters| !letters.is_empty())
    })
    .await;
    worker.stop().await.unwrap();
    let dead: Vec<_> = letters.iter().map(|dead| (dead.reason, &dead.source)).collect();
    assert_eq!(dead, [(Reason::Crashed, &found.deliveries[0].claim)]);
    assert!(log.times().values().all(|times| *times == 1));
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
        Some(greedy.reclaim(2, Suspects::ANY).await.unwrap().deliveries).filter(|found| !found.is_empty())
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

pub(crate) async fn what_is_given_back_waits_for_nobodys_lease(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 3).await;
    let leaves = join(harness, LEASE).await;
    let taken = take(&leaves, 3).await;
    leaves.leave(&claims(&taken)).await.unwrap();
    // A lease that is longer than that of the one who left, as in the middle of a rollout.
    let found = reclaim(&join(harness, Duration::from_hours(1)).await, 3).await;
    assert_eq!(claims(&found), claims(&taken));
    assert!(found.iter().all(|delivery| delivery.crashes == 0));
}

pub(crate) async fn what_is_ours_is_not_taken_over_from_ourselves(harness: &impl Handles) {
    append_many(harness, &place("TICKET_CREATED"), 2).await;
    let stalled = join(harness, LEASE).await;
    take(&stalled, 1).await;
    let dies = join(harness, LEASE).await;
    let left = take(&dies, 1).await;
    // When this one can be taken over, the lease of the first is over as well.
    let found = eventually("what was left can be taken over", || async {
        Some(stalled.reclaim(2, Suspects::ANY).await.unwrap().deliveries).filter(|found| !found.is_empty())
    })
    .await;
    assert_eq!(claims(&found), claims(&left), "that would count as a crash");
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
        assert_eq!(heir.reclaim(5, Suspects::ANY).await.unwrap().deliveries.len(), 0);
        Some(harness.dead_letters().await).filter(|letters| letters.len() == 2)
    })
    .await;
    assert_eq!((letters[1].reason, &letters[1].source), (Reason::Trimmed, &taken[2].claim));
}

/// What waits to be tried again, and the dead letter.
async fn looks_closely(inspector: &dyn Inspector, report: &HandlerReport, taken: &[Delivery]) {
    let detail = inspector.handler(report).await.unwrap();
    let [retry] = &detail.retries[..] else { panic!("{detail:?}") };
    assert_eq!((&retry.stream, retry.source), (&taken[0].source.stream, taken[0].source.id));
    assert_eq!(Some(retry.due), report.next_retry);
    let [letter] = &detail.dead_letters[..] else { panic!("{detail:?}") };
    assert_eq!((&letter.stream, letter.source), (&taken[2].source.stream, Some(taken[2].source.id)));
    assert_eq!(letter.tenant.as_ref().map(AsRef::as_ref), Some(ACME));
    assert_eq!(
        (letter.reason.as_deref(), letter.error.as_deref()),
        (Some("permanent"), Some("no such mailbox: 550"))
    );
    assert!(letter.event.is_some() && letter.at.is_some() && letter.attempts == Some(1), "{letter:?}");
    assert_eq!((detail.withheld, detail.unseen), (0, None));
}

pub(crate) async fn handlers_are_reported_with_what_they_have_and_who_works_for_them(harness: &impl Handles) {
    let inspector = harness.session(crate::events::open()).inspector;
    assert_eq!(inspector.handlers().await, Ok(Looked::whole(vec![])));
    append_many(harness, &place("TICKET_CREATED"), 7).await;
    append_many(harness, &place("TICKET_CLOSED"), 3).await;
    let member = join(harness, LEASE).await;
    let taken = take(&member, 4).await;
    let later =
        FinishAs::Retry { fields: Arc::new(json("{}")), after: Duration::from_hours(1), history: Vec::new() };
    let fields = |delivery: &Delivery| Arc::new(delivery.raw.fields.clone());
    let failure = Failure {
        at: chrono::Utc::now(),
        ms: 3,
        kind: tidings::bus::FailureKind::Error,
        error: vec!["no such mailbox".to_owned(), "550".to_owned()],
    };
    let dead = FinishAs::Dead {
        fields: fields(&taken[2]),
        reason: Reason::Permanent,
        error: failure.error.clone(),
        history: vec![failure],
    };
    member
        .finish(&[finish(&taken[0], later), finish(&taken[1], FinishAs::Done), finish(&taken[2], dead)])
        .await
        .unwrap();
    let [report] = &inspector.handlers().await.unwrap().found[..] else { panic!("one handler") };
    let types: Vec<_> = report.types.iter().map(tidings::event::EventType::as_str).collect();
    assert_eq!((report.name.as_str(), types), ("by-hand", vec!["TICKET_CLOSED", "TICKET_CREATED"]));
    let left = 10 - taken.len() as u64;
    assert_eq!((report.streams.len(), report.lag), (2, tidings::bus::Lag::Exactly(left)));
    let pending = taken.len() - 3;
    assert_eq!((report.pending, report.waiting.len()), (pending as u64, pending));
    assert_eq!((report.scheduled, report.dead_letters), (Some(Counted::Exactly(1)), Counted::Exactly(1)));
    let due = report.next_retry.unwrap() - chrono::Utc::now();
    assert!(due > chrono::TimeDelta::minutes(50) && due < chrono::TimeDelta::minutes(70), "{due}");
    looks_closely(&*inspector, report, &taken).await;
    let locked = harness.session(crate::events::locked_to(&[crate::events::GLOBEX])).inspector;
    let withheld = locked.handler(report).await.unwrap();
    assert_eq!((withheld.dead_letters, withheld.withheld), (vec![], 1), "it is of another tenant");
    let mut waiting: Vec<_> = report
        .waiting
        .iter()
        .map(|entry| {
            assert_eq!((entry.consumer.as_str(), entry.deliveries), (member.consumer(), 1));
            Claim { stream: entry.stream.clone(), id: entry.id }
        })
        .collect();
    waiting.sort();
    let mut expected = claims(&taken[3..]);
    expected.sort();
    assert_eq!(waiting, expected);
    assert!(report.registered.is_some());
    // A worker gives signs of life, and takes its leave.
    let log = Log::default();
    let worker = harness.bus().subscribe(log.noting("alive").start(StartAt::Beginning));
    log.until(10).await;
    let beat = eventually("a sign of life", || async {
        let handlers = inspector.handlers().await.unwrap().found;
        let alive = handlers.into_iter().find(|report| report.name == "alive")?;
        alive.consumers.into_iter().find_map(|consumer| consumer.heartbeat)
    })
    .await;
    assert_eq!(
        (beat.handler.as_str(), beat.types, beat.pid),
        ("alive", vec!["*".to_owned()], std::process::id())
    );
    worker.stop().await.unwrap();
    let handlers = inspector.handlers().await.unwrap().found;
    let alive = handlers.into_iter().find(|report| report.name == "alive").unwrap();
    assert_eq!((alive.pending, alive.consumers.len()), (0, 0), "nothing is left behind");
}

pub(crate) async fn streams_that_come_later_are_found_when_asked(harness: &impl Handles) {
    let consumer = harness.consumer();
    let joining = |handler: &str, event_type: &str| Joining {
        handler: name(handler),
        types: TypeSelection::new([event_type]),
        start: StartAt::Beginning,
        lease: LEASE,
        dedup: None,
    };
    let first = consumer.join(joining("first", "TICKET_CREATED")).await.unwrap();
    let second = consumer.join(joining("second", "TICKET_UPDATED")).await.unwrap();
    append_many(harness, &place("TICKET_UPDATED"), 2).await;
    first.discover().await.unwrap();
    assert_eq!(first.left().await, Ok(Left::default()), "that is none of its types");
    assert_eq!(second.left().await.map(|left| left.unread), Ok(2), "what one finds, all know of");
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
