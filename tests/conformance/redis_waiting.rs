//! How a member waits for something to come on a Redis: long, and no longer once there is a reason.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{Consumer, Joining, Membership, StartAt, TypeSelection};

use crate::cases::claim::take;
use crate::events::{append_many, place};
use crate::handling::{eventually, name};
use crate::harness::{Handles as _, Harness as _};
use crate::proxy::Proxy;
use crate::redis::NativeRedis;

/// A take that may wait so long waits as long as any.
const LONG: Duration = Duration::from_mins(1);

/// A member that was given the one event that there is.
async fn waiting(harness: &NativeRedis) -> Arc<dyn Membership> {
    waiting_of(harness, &*harness.consumer()).await
}

async fn waiting_of(harness: &NativeRedis, consumer: &dyn Consumer) -> Arc<dyn Membership> {
    append_many(harness, &place("TICKET_CREATED"), 1).await;
    let joining = Joining {
        handler: name("patient"),
        types: TypeSelection::new(["*"]),
        start: StartAt::Beginning,
        lease: Duration::from_secs(30),
        dedup: None,
    };
    let member = consumer.join(joining).await.unwrap();
    take(&member, 1).await;
    member
}

async fn info(harness: &NativeRedis, section: &str, line: &str) -> String {
    let text = match harness.command(&["INFO", section]).await {
        Value::BulkString(text) => String::from_utf8(text).unwrap(),
        Value::VerbatimString { text, .. } => text,
        other => panic!("{other:?}"),
    };
    text.lines().find_map(|found| found.strip_prefix(line)).unwrap_or_default().to_owned()
}

/// How often the server was asked to end a wait, and how often it did not allow that.
async fn ended(harness: &NativeRedis) -> (u64, u64) {
    let facts = info(harness, "commandstats", "cmdstat_client|unblock:").await;
    let number = |name| {
        let found = facts.split(',').find_map(|fact| fact.strip_prefix(name));
        found.map_or(0, |number| number.parse().unwrap())
    };
    (number("calls="), number("rejected_calls="))
}

/// Until a read blocks.
async fn blocked(harness: &NativeRedis) {
    let is_blocked = || async { (info(harness, "clients", "blocked_clients:").await == "1").then_some(()) };
    eventually("a take waits", is_blocked).await;
}

#[tokio::test]
async fn a_take_waits_no_longer_when_its_worker_stops() {
    let harness = NativeRedis::start().await;
    let member = waiting(&harness).await;
    let (before, _) = ended(&harness).await;
    let stopping = async {
        blocked(&harness).await;
        member.wait_no_more();
    };
    let (taken, ()) = tokio::join!(member.take(1, LONG), stopping);
    assert_eq!(taken.unwrap().len(), 0);
    // Else it had waited until the time was over.
    assert!(ended(&harness).await.0 > before);
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    assert_eq!(member.take(1, LONG).await.unwrap().len(), 1, "what is there is given still");
}

#[tokio::test]
async fn a_take_that_waits_goes_on_with_streams_that_were_found_since() {
    let harness = NativeRedis::start().await;
    let member = waiting(&harness).await;
    let (before, _) = ended(&harness).await;
    let finding = async {
        blocked(&harness).await;
        append_many(&harness, &place("TICKET_CLOSED"), 1).await;
        member.discover().await.unwrap();
    };
    let (taken, ()) = tokio::join!(member.take(1, LONG), finding);
    assert_eq!(taken.unwrap().len(), 0, "it did not read the new one");
    assert!(ended(&harness).await.0 > before);
    assert_eq!(take(&member, 1).await[0].claim.stream.as_str(), "event::TICKET_CLOSED");
}

#[tokio::test]
async fn looking_for_streams_where_there_are_no_new_ones_ends_no_wait() {
    let harness = NativeRedis::start().await;
    let member = waiting(&harness).await;
    let (before, _) = ended(&harness).await;
    let looking = async {
        blocked(&harness).await;
        member.discover().await.unwrap();
        append_many(&harness, &place("TICKET_CREATED"), 1).await;
    };
    let (taken, ()) = tokio::join!(member.take(1, LONG), looking);
    assert_eq!(taken.unwrap().len(), 1);
    assert_eq!(ended(&harness).await.0, before);
}

#[tokio::test]
async fn a_read_that_was_cut_off_without_the_server_knowing_is_given_nothing_any_more() {
    let harness = NativeRedis::start().await;
    let proxy = Proxy::to(harness.port());
    let settings = Settings { url: SecretString::from(proxy.url()), ..Settings::default() };
    let session = open("cut", &settings, crate::events::open(), false, None).unwrap();
    let member = waiting_of(&harness, &*session.consumer.unwrap()).await;
    let cutting = async {
        blocked(&harness).await;
        proxy.cut_clients();
    };
    let (taken, ()) = tokio::join!(member.take(1, LONG), cutting);
    assert!(taken.is_err());
    assert_eq!(info(&harness, "clients", "blocked_clients:").await, "1", "it waits on");
    let lost = eventually("the server is reached", || async { member.recover(&[], 10).await.ok() }).await;
    assert_eq!(lost.len(), 1, "the one that was taken first");
    assert_eq!(info(&harness, "clients", "blocked_clients:").await, "0");
    // Given to that read it would be ours, and nobody would know of it.
    append_many(&harness, &place("TICKET_CREATED"), 1).await;
    assert_eq!(take(&member, 1).await.len(), 1);
}

#[tokio::test]
async fn without_the_right_to_end_a_wait_it_ends_by_itself() {
    let harness = NativeRedis::start().await;
    harness.command(&["ACL", "SETUSER", "default", "-client|unblock"]).await;
    let member = waiting(&harness).await;
    let stopping = async {
        blocked(&harness).await;
        member.wait_no_more();
    };
    let (taken, ()) = tokio::join!(member.take(1, LONG), stopping);
    assert_eq!(taken.unwrap().len(), 0);
    assert_eq!(ended(&harness).await, (0, 1), "it is tried out once");
}
