//! Following retries of a native bus to what becomes of them.

use std::sync::Arc;

use tidings::bus::{
    Bus, Claim, FailedAt, Followed, HandlerContext, HandlerError, Retried, StartAt, Subscription,
};
use tidings::event::{EntryId, Event};

use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, intake, native, session, until};
use crate::{ACME, event, letter, stream};

const RETRIES: &str = "event::TICKET_CLOSED:retry:mail";

/// The dead letter of the event published at `n-0`, as if it was retried as the entry `id`.
fn retried(n: u64, id: &str, key: &str) -> Retried {
    Retried {
        from: FailedAt::DeadLetter { stream: stream("event::TICKET_CLOSED"), id: EntryId::new(n, 9) },
        stream: stream("event::TICKET_CLOSED"),
        source: Some(EntryId::new(n, 0)),
        event: None,
        to: vec![Claim { stream: stream(key), id: id.parse().unwrap() }],
        plan: "plan-1".to_owned(),
        repeated: false,
    }
}

/// Appends to the retry stream as a retry by hand does.
async fn append(admin: &mut Admin, n: u64, plan: &str) -> String {
    let body = event(n, "TICKET_CLOSED", ACME).replace(
        "\"tenantId\"",
        "\"ticketId\":\"7b9d493c-9d7c-46d6-a6b0-99ba984ea078\",\"userId\":\"88bec41e-a074-43d9-873d-8c8d1d83c358\",\"tenantId\"",
    );
    let words =
        format!("XADD {RETRIES} * event {body} attempt 1 crashes 0 retryOf {n}-0 plan {plan} history []");
    admin.get(&words).await
}

/// Succeeds for the first event, fails for good for the second, for now for all others.
async fn handle(event: Arc<Event>, _: HandlerContext) -> Result<(), HandlerError> {
    match event.id().to_string().as_str() {
        "57f7e9a7-7e13-452d-81b7-000000000001" => Ok(()),
        "57f7e9a7-7e13-452d-81b7-000000000002" => Err(HandlerError::permanent("no")),
        _ => Err(HandlerError::retry_after("later", std::time::Duration::from_mins(10))),
    }
}

#[tokio::test]
async fn what_a_worker_makes_of_retries_is_told_once_and_nothing_before_is_missed() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let settings = native(&server.url());
    let session = session(&settings);
    admin.run("XGROUP CREATE event::TICKET_CLOSED mail 0 MKSTREAM").await;
    admin.run(&format!("XGROUP CREATE {RETRIES} mail 0 MKSTREAM")).await;
    let mut all = Vec::new();
    for n in 1..=3 {
        all.push(retried(n, &append(&mut admin, n, "plan-1").await, RETRIES));
    }
    // Another plan's outcome for the same event is none of ours.
    admin.run("XADD event::TICKET_CLOSED:outcomes * handler mail retryOf 3-0 plan plan-0 outcome done").await;
    let mut follower = session.failed.follower("plan-1");
    follower.add(&all[..2]);
    assert_eq!(follower.look().await.unwrap(), [], "none was tried yet");
    let bus = Bus::of(&session, intake(&settings)).unwrap();
    let subscription = Subscription::new("mail".parse().unwrap(), ["*"], handle).start(StartAt::Beginning);
    let worker = bus.subscribe(subscription);
    until("all were tried", async || admin.get::<u64>("XLEN event::TICKET_CLOSED:outcomes").await == 4).await;
    worker.stop().await.unwrap();
    let from = |n: usize| all[n].from.clone();
    assert_eq!(
        follower.look().await.unwrap(),
        [(from(0), Followed::Succeeded), (from(1), Followed::DeadAgain)]
    );
    // Told of it only after what became of it was read.
    follower.add(&all[2..]);
    assert_eq!(follower.look().await.unwrap(), [(from(2), Followed::Retrying)]);
    assert_eq!(follower.look().await.unwrap(), []);
    // The handler is forgotten: its retry is nowhere any more.
    admin.run("ZREM event::TICKET_CLOSED:schedule mail|3-0").await;
    assert_eq!(follower.look().await.unwrap(), [(from(2), Followed::Lost)]);
    let mut again = session.failed.follower("plan-1");
    again.add(&all);
    let told = again.look().await.unwrap();
    assert_eq!(told[..2], [(from(0), Followed::Succeeded), (from(1), Followed::DeadAgain)]);
}

#[tokio::test]
async fn one_that_is_gone_without_an_outcome_is_looked_for_among_the_dead_letters() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    let (mut all, mut ids) = (Vec::new(), Vec::new());
    for n in 1..=3 {
        ids.push(append(&mut admin, n, "plan-1").await);
        all.push(retried(n, &ids[ids.len() - 1], RETRIES));
    }
    let mut follower = session.failed.follower("plan-1");
    follower.add(&all);
    assert_eq!(follower.look().await.unwrap(), []);
    admin.run(&format!("XDEL {RETRIES} {} {}", ids[0], ids[1])).await;
    // Its letter names where the event was published.
    admin
        .run(
            "XADD event::TICKET_CLOSED:dead-letter * event x sourceMessageId 1-0 handler mail reason trimmed",
        )
        .await;
    letter(&mut admin, "TICKET_CLOSED", 2, "sla", ACME).await;
    let from = |n: usize| all[n].from.clone();
    assert_eq!(follower.look().await.unwrap(), [(from(0), Followed::DeadAgain), (from(1), Followed::Lost)]);
    admin.run("FLUSHALL").await;
    assert_eq!(follower.look().await.unwrap(), [(from(2), Followed::Lost)]);
}

#[tokio::test]
async fn of_several_handlers_the_least_good_counts() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    let one = append(&mut admin, 1, "plan-1").await;
    let mut all = retried(1, &one, RETRIES);
    let other = "event::TICKET_CLOSED:retry:sla";
    let two: String = admin.get(&format!("XADD {other} * event x attempt 1 retryOf 1-0 plan plan-1")).await;
    all.to.push(Claim { stream: stream(other), id: two.parse().unwrap() });
    let mut follower = session.failed.follower("plan-1");
    follower.add(std::slice::from_ref(&all));
    let tell = |handler: &str, outcome: &str| {
        format!(
            "XADD event::TICKET_CLOSED:outcomes * handler {handler} eventId x retryOf 1-0 plan plan-1 attempt 1 outcome {outcome}"
        )
    };
    admin.run(&tell("mail", "done")).await;
    assert_eq!(follower.look().await.unwrap(), [], "the other has not done it");
    admin.run(&tell("sla", "retry")).await;
    assert_eq!(follower.look().await.unwrap(), [(all.from.clone(), Followed::Retrying)]);
    admin.run(&tell("sla", "done")).await;
    assert_eq!(follower.look().await.unwrap(), [(all.from.clone(), Followed::Succeeded)]);
}

#[tokio::test]
async fn an_event_that_was_sent_anew_is_followed_through_every_group() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    let key = "event::TICKET_CLOSED";
    for group in ["mail", "sla"] {
        admin.run(&format!("XGROUP CREATE {key} {group} 0 MKSTREAM")).await;
    }
    let mut all = Vec::new();
    for n in 1..=3 {
        let id: String = admin.get(&format!("XADD {key} * event x")).await;
        all.push(retried(n, &id, key));
    }
    let id = |n: usize| all[n].to[0].id;
    let mut follower = session.failed.follower("plan-1");
    follower.add(&all);
    assert_eq!(follower.look().await.unwrap(), []);
    for group in ["mail", "sla"] {
        admin.run(&format!("XREADGROUP GROUP {group} c STREAMS {key} >")).await;
        admin.run(&format!("XACK {key} {group} {} {} {}", id(0), id(1), id(2))).await;
    }
    // The second is tried again by one of them, the third is a dead letter of the other.
    admin.run(&format!("ZADD {key}:schedule 5 mail|{}", id(1))).await;
    admin.run(&format!("XADD {key}:dead-letter * event x handler sla sourceMessageId {}", id(2))).await;
    let from = |n: usize| all[n].from.clone();
    assert_eq!(
        follower.look().await.unwrap(),
        [(from(0), Followed::Succeeded), (from(1), Followed::Retrying), (from(2), Followed::DeadAgain)]
    );
    // On its way from the schedule to its end it is tried again still.
    admin.run(&format!("ZREM {key}:schedule mail|{}", id(1))).await;
    assert_eq!(follower.look().await.unwrap(), []);
    admin
        .send(&[
            b"XADD",
            format!("{key}:outcomes").as_bytes(),
            b"*",
            b"handler",
            b"mail",
            b"retryOf",
            id(1).to_string().as_bytes(),
            b"plan",
            b"",
            b"outcome",
            b"done",
        ])
        .await;
    assert_eq!(follower.look().await.unwrap(), [(from(1), Followed::Succeeded)]);
}

#[tokio::test]
async fn a_retry_that_was_due_already_is_followed_whatever_plan_it_belongs_to() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&native(&server.url()));
    // What became of it before does not count.
    let outcome = "XADD event::TICKET_CLOSED:outcomes * handler mail retryOf 1-0 plan old outcome";
    admin.run(&format!("{outcome} dead")).await;
    until("a later millisecond", async || {
        let time: (u64, u64) = admin.get("TIME").await;
        let last: Vec<(String, redis::Value)> =
            admin.get("XREVRANGE event::TICKET_CLOSED:outcomes + - COUNT 1").await;
        time.0 * 1_000 + time.1 / 1_000 > last[0].0.parse::<EntryId>().unwrap().ms
    })
    .await;
    let id = append(&mut admin, 1, "old").await;
    let mut due = retried(1, &id, RETRIES);
    due.from = FailedAt::Due { stream: stream(RETRIES), id: id.parse().unwrap() };
    let mut follower = session.failed.follower("plan-1");
    follower.add(std::slice::from_ref(&due));
    assert_eq!(follower.look().await.unwrap(), []);
    admin.run(&format!("{outcome} done")).await;
    assert_eq!(follower.look().await.unwrap(), [(due.from, Followed::Succeeded)]);
}
