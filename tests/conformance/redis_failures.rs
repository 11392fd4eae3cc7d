//! What only a Redis can do to the records of failed attempts: hostile entries, keys that are something else, trimming.

use tidings::bus::{BusSignal, FailureBatch, FailureFeed, Watch};

use crate::events::{ACME, append, open, place};
use crate::harness::Harness as _;
use crate::redis::NativeRedis;
use crate::watching::{Watching, everything};

const KEY: &str = "event::$failures";
const GOOD: [&str; 30] = [
    "handler",
    "sla",
    "eventId",
    "57f7e9a7-7e13-452d-81b7-9892c8fdd92e",
    "type",
    "TICKET_UPDATED",
    "tenant",
    ACME,
    "sourceStream",
    "event::TICKET_UPDATED",
    "sourceMessageId",
    "7-1",
    "attempt",
    "1",
    "kind",
    "error",
    "ms",
    "12",
    "at",
    "2026-11-23T19:42:38.555Z",
    "error",
    "[\"no\"]",
    "next",
    "retry",
    "nextAt",
    "2026-11-23T19:42:39Z",
    "consumer",
    "web-1-2",
    "host",
    "web",
];

async fn add(harness: &NativeRedis, fields: &[&str]) {
    harness.command(&[&["XADD", KEY, "*"], fields].concat()).await;
}

async fn watch(harness: &NativeRedis) -> Watching {
    let watch = Watch { failures: Some(100), ..everything() };
    let mut watching = Watching::start(&harness.session(open()), watch);
    watching.until_caught_up().await;
    watching
}

/// How many were sent, were unreadable, and were trimmed.
fn counts(watching: &Watching) -> (usize, u64, u64) {
    let batches = watching.seen.iter().filter_map(|signal| match signal {
        BusSignal::Failures(batch) => Some(batch),
        _ => None,
    });
    batches.fold((0, 0, 0), |(sent, unreadable, trimmed), batch: &FailureBatch| {
        (sent + batch.failures.len(), unreadable + batch.unreadable, trimmed + batch.trimmed)
    })
}

async fn until_counted(watching: &mut Watching, wanted: (usize, u64, u64)) {
    while counts(watching) != wanted {
        watching.until(|signal| matches!(signal, BusSignal::Failures(_))).await;
    }
}

fn feeds(watching: &Watching) -> Vec<&'static str> {
    let feeds = watching.seen.iter().filter_map(|signal| match signal {
        BusSignal::FailureFeed(FailureFeed::Read) => Some("read"),
        BusSignal::FailureFeed(FailureFeed::NotRecorded) => Some("not recorded"),
        BusSignal::FailureFeed(FailureFeed::Unreadable(why)) => {
            assert!(why.contains("WRONGTYPE") && why.contains("TYPE"), "{why}");
            Some("unreadable")
        }
        _ => None,
    });
    feeds.collect()
}

#[tokio::test]
async fn what_is_no_record_is_counted_and_the_others_are_read() {
    let harness = NativeRedis::start().await;
    let hostile = [&["\u{1b}[2J", "x"][..], &["handler", "../../etc"], &[&GOOD[..], &["x", "y"]].concat()];
    add(&harness, &GOOD).await;
    add(&harness, hostile[0]).await;
    let mut watching = watch(&harness).await;
    assert_eq!(counts(&watching), (1, 1, 0));
    for fields in hostile {
        add(&harness, fields).await;
    }
    add(&harness, &GOOD).await;
    until_counted(&mut watching, (3, 3, 0)).await;
    watching.stop().await.unwrap();
}

#[tokio::test]
async fn watching_them_sends_read_commands_only() {
    let harness = NativeRedis::start().await;
    add(&harness, &GOOD).await;
    append(&harness, &place("TICKET_CREATED"), None, ACME).await;
    harness.command(&["CONFIG", "RESETSTAT"]).await;
    let mut watching = watch(&harness).await;
    add(&harness, &GOOD).await;
    until_counted(&mut watching, (2, 0, 0)).await;
    watching.stop().await.unwrap();
    let stats: String = redis::from_redis_value(harness.command(&["INFO", "commandstats"]).await).unwrap();
    let sent = stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(':'));
    let sent: Vec<_> = sent.map(|(name, _)| name).collect();
    for name in &sent {
        let reads = [
            "xread",
            "xrevrange",
            "xrange",
            "xinfo|stream",
            "exists",
            "scan",
            "dbsize",
            "info",
            "time",
            "ping",
        ];
        let is_ours = ["xadd", "config|resetstat"].contains(name);
        assert!(
            reads.contains(name) || name.starts_with("client|") || *name == "hello" || is_ours,
            "{sent:?}"
        );
    }
    assert!(stats.contains("cmdstat_xadd:calls=1,"), "that one was ours: {stats}");
}

#[tokio::test]
async fn a_key_that_is_something_else_holds_up_no_stream_and_is_said() {
    let harness = NativeRedis::start().await;
    harness.command(&["SET", KEY, "x"]).await;
    let mut watching = watch(&harness).await;
    append(&harness, &place("TICKET_CREATED"), None, ACME).await;
    watching.until_entries(1).await;
    assert_eq!(feeds(&watching), ["unreadable"]);
    watching.stop().await.unwrap();

    harness.command(&["DEL", KEY]).await;
    add(&harness, &GOOD).await;
    let mut watching = watch(&harness).await;
    harness.command(&["DEL", KEY]).await;
    harness.command(&["SET", KEY, "x"]).await;
    watching.until(|signal| matches!(signal, BusSignal::FailureFeed(FailureFeed::Unreadable(_)))).await;
    append(&harness, &place("TICKET_CREATED"), None, ACME).await;
    watching.until_entries(2).await;
    assert_eq!(feeds(&watching), ["read", "unreadable"]);
    watching.stop().await.unwrap();
}

#[tokio::test]
async fn records_that_were_trimmed_unread_are_counted_and_those_that_were_read_are_not() {
    let harness = NativeRedis::start().await;
    for _ in 0..10 {
        add(&harness, &GOOD).await;
    }
    let mut watching = watch(&harness).await;
    harness.command(&["XTRIM", KEY, "MAXLEN", "5"]).await;
    // Twelve come and nine of them go before anything can be read.
    let script = "for i = 1, 12 do redis.call('XADD', KEYS[1], '*', unpack(ARGV)) end \
                  return redis.call('XTRIM', KEYS[1], 'MAXLEN', 3)";
    harness.command(&[&["EVAL", script, "1", KEY], &GOOD[..]].concat()).await;
    until_counted(&mut watching, (13, 0, 9)).await;
    add(&harness, &GOOD).await;
    until_counted(&mut watching, (14, 0, 9)).await;
    watching.stop().await.unwrap();
}
