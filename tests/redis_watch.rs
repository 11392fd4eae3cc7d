//! One stream of many that cannot be read, or is another one all of a sudden, hides none of the others.

#![expect(clippy::expect_used, clippy::panic, reason = "a failing test must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;
#[path = "support/statistics.rs"]
mod statistics;
#[allow(dead_code, reason = "each test uses a part")]
#[path = "conformance/watching.rs"]
mod watching;

use std::time::Duration;

use redis_server::PrivateRedis;
use sessions::{Admin, native, session, until};
use tidings::bus::{
    ArchiveQuery, BusError, BusSignal, ChannelScope, Direction, Link, Patience, Start, Watch,
};
use tidings::event::{EntryId, StreamKey};
use uuid::Uuid;
use watching::{Watching, everything};

const OPEN: &str = "event::TICKET_CREATED";
const SHUT: &str = "event::TICKET_CLOSED";

async fn add(admin: &mut Admin, key: &str, id: &str) {
    let event = format!(
        r#"{{"id":"{}","eventType":"{}","timestamp":"2026-01-01T00:00:00Z","payload":{{"tenantId":"{}"}}}}"#,
        Uuid::new_v4(),
        &key[7..],
        Uuid::new_v4()
    );
    admin.send(&[b"XADD", key.as_bytes(), id.as_bytes(), b"event", event.as_bytes()]).await;
}

/// The streams of the entries so far.
fn streams(watching: &Watching) -> Vec<&str> {
    watching.entries().iter().map(|entry| entry.stream.as_str()).collect()
}

/// The keys that were said to be refused last.
fn refused(signal: &BusSignal) -> Option<Vec<&str>> {
    match signal {
        BusSignal::Discovered(report) => Some(report.refused.iter().map(StreamKey::as_str).collect()),
        _ => None,
    }
}

fn is_broken(signal: &BusSignal) -> bool {
    matches!(signal, BusSignal::Link(Link::Down { .. } | Link::Fatal { .. }))
}

/// The url of a user with all commands, and no key but those that fit `keys`.
async fn user(server: &PrivateRedis, admin: &mut Admin, keys: &str) -> String {
    admin.run(&format!("ACL SETUSER bob reset on >secret +@all {keys}")).await;
    server.url().replace("redis://", "redis://bob:secret@")
}

#[tokio::test]
async fn a_key_that_may_not_be_read_is_named_and_the_others_are_read() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, OPEN, "*").await;
    add(&mut admin, SHUT, "*").await;
    let url = user(&server, &mut admin, &format!("~{OPEN}")).await;
    let mut watching = Watching::start(&session(&native(&url)), everything());
    watching.until_caught_up().await;
    assert_eq!(watching.seen.iter().find_map(refused), Some(vec![SHUT]));
    add(&mut admin, OPEN, "*").await;
    watching.until_entries(2).await;
    // A right that is granted counts with the next connection at the latest.
    user(&server, &mut admin, "~*").await;
    admin.run("CLIENT KILL TYPE normal USER bob").await;
    watching.until_entries(3).await;
    assert_eq!(streams(&watching), [OPEN, OPEN, SHUT], "from its first entry");
    assert_eq!(watching.seen.iter().rev().find_map(refused), Some(vec![]));
    watching.stop().await.unwrap();
}

#[tokio::test]
async fn a_right_that_is_taken_away_stops_one_stream() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, OPEN, "*").await;
    add(&mut admin, SHUT, "*").await;
    let url = user(&server, &mut admin, "~*").await;
    let mut watching = Watching::start(&session(&native(&url)), everything());
    watching.until_entries(2).await;
    watching.until_caught_up().await;
    admin.run(&format!("ACL SETUSER bob resetkeys ~{OPEN}")).await;
    watching.until(|signal| refused(signal) == Some(vec![SHUT])).await;
    add(&mut admin, OPEN, "*").await;
    watching.until_entries(3).await;
    assert!(!watching.seen.iter().any(is_broken), "{:#?}", watching.seen);
}

#[tokio::test]
async fn where_no_key_may_be_read_that_is_fatal() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, SHUT, "*").await;
    let url = user(&server, &mut admin, &format!("~{OPEN}")).await;
    let watch = Watch { patience: Patience::GiveUp(Duration::from_secs(10)), ..everything() };
    let ended = Watching::start(&session(&native(&url)), watch).end().await;
    assert!(matches!(&ended, Err(BusError::Fatal { what, .. }) if what.contains("NOPERM")), "{ended:?}");
}

#[tokio::test]
async fn a_key_that_is_no_stream_any_more_disturbs_none() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, OPEN, "*").await;
    add(&mut admin, SHUT, "*").await;
    let mut watching = Watching::start(&session(&native(&server.url())), everything());
    watching.until_entries(2).await;
    watching.until_caught_up().await;
    admin.run(&format!("SET {SHUT} something")).await;
    let lost = watching.until(|signal| matches!(signal, BusSignal::DataLost(_))).await;
    assert!(matches!(&lost, BusSignal::DataLost(keys) if keys[0].as_str() == SHUT), "{lost:?}");
    add(&mut admin, OPEN, "*").await;
    watching.until_entries(3).await;
    assert!(!watching.seen.iter().any(is_broken), "{:#?}", watching.seen);
}

#[tokio::test]
async fn a_stream_that_is_made_anew_with_lower_ids_is_read_from_its_beginning() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    // Once written with a wrong clock, such a stream takes no other ids, and is made anew.
    add(&mut admin, OPEN, "99999999999999-0").await;
    add(&mut admin, SHUT, "*").await;
    let mut watching = Watching::start(&session(&native(&server.url())), everything());
    watching.until_entries(2).await;
    watching.until_caught_up().await;
    add(&mut admin, "event::PROJECT_CREATED", "5-1").await;
    // The key is never gone: nobody who only asks whether it is there sees a thing.
    admin.run(&format!("RENAME event::PROJECT_CREATED {OPEN}")).await;
    watching.until(|signal| matches!(signal, BusSignal::DataLost(_))).await;
    watching.until_entries(3).await;
    assert_eq!(watching.entries().last().map(|entry| entry.id.ms), Some(5));
    assert!(!watching.seen.iter().any(is_broken), "{:#?}", watching.seen);
}

#[tokio::test]
async fn without_the_right_to_ask_for_the_time_a_new_stream_is_read_whole() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, OPEN, "*").await;
    let url = user(&server, &mut admin, "~* -time -info").await;
    let watch = Watch { start: Start::Last(10), ..everything() };
    let mut watching = Watching::start(&session(&native(&url)), watch);
    watching.until_caught_up().await;
    // The clock there may be far behind ours: what comes is not old for that.
    add(&mut admin, SHUT, "1000-0").await;
    watching.until_entries(2).await;
    assert_eq!(streams(&watching), [OPEN, SHUT]);
}

#[tokio::test]
async fn large_entries_of_many_streams_are_read_in_turn_and_none_is_missed() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    // So many streams with a mebibyte each are more than one answer may hold.
    for n in 0..40 {
        add(&mut admin, &format!("event::T{n}"), "1-0").await;
    }
    let watch = Watch { start: Start::Last(0), ..everything() };
    let mut watching = Watching::start(&session(&native(&server.url())), watch);
    watching.until_caught_up().await;
    let large = r#"'{"payload":{"tenantId":"acme","text":"' .. string.rep('x', 1048576) .. '"}}'"#;
    let publish = |from: usize, to: usize, each: usize| {
        format!(
            "local text = {large} for n = {from}, {to} do for i = 1, {each} do redis.call('XADD', 'event::T' .. n, '*', 'event', text) end end"
        )
    };
    // Now it is known how large they are.
    admin.send(&[b"EVAL", publish(0, 0, 1).as_bytes(), b"0"]).await;
    watching.until_entries(1).await;
    admin.send(&[b"EVAL", publish(0, 39, 2).as_bytes(), b"0"]).await;
    watching.until_entries(81).await;
    for n in 0..40 {
        let key = format!("event::T{n}");
        let ids: Vec<_> =
            watching.entries().iter().filter(|it| it.stream.as_str() == key).map(|it| it.id).collect();
        assert_eq!(ids.len(), if n == 0 { 3 } else { 2 }, "{key}");
        assert!(ids.is_sorted(), "{key}: {ids:?}");
    }
    assert!(!watching.seen.iter().any(is_broken), "no connection was lost");
    watching.stop().await.unwrap();
}

/// How often the server was sent a command, since the statistics were reset.
async fn calls(server: &PrivateRedis, names: [&str; 4]) -> [u64; 4] {
    let sent = statistics::statistics(&mut redis_server::dial(&server.url()).await).await;
    names.map(|name| sent.get(name).map_or(0, |(calls, ..)| *calls))
}

#[tokio::test]
async fn new_streams_are_found_by_the_number_of_keys_before_all_are_looked_over_again() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    // Keys of others lie there, too.
    let fill = "for n = 1, 2000 do redis.call('SET', 'session:' .. n, n) end";
    admin.send(&[b"EVAL", fill.as_bytes(), b"0"]).await;
    let mut watching = Watching::start(&session(&native(&server.url())), everything());
    watching.until_caught_up().await;
    admin.run("CONFIG RESETSTAT").await;
    for n in 1..=6 {
        add(&mut admin, &format!("event::TYPE_{n}"), "*").await;
        watching.until_entries(n).await;
    }
    let [counted, looked_over, ..] = calls(&server, ["dbsize", "exists", "scan", "xread"]).await;
    // Of those that were found by such looks each had one of its own, at the least; the first has nobody to ask for.
    assert!(looked_over < 5, "{looked_over} looks, {counted} counts");
    watching.stop().await.unwrap();
}

#[tokio::test]
async fn where_nothing_changes_keys_are_counted_once_for_a_read_and_not_walked_over() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, OPEN, "*").await;
    let mut watching = Watching::start(&session(&native(&server.url())), everything());
    watching.until_entries(1).await;
    watching.until_caught_up().await;
    let names = ["xread", "exists", "scan", "dbsize"];
    until("the first read waits", async || calls(&server, names).await[0] > 1).await;
    admin.run("CONFIG RESETSTAT").await;
    until("some reads", async || calls(&server, names).await[0] > 3).await;
    let [reads, looked_over, walked, counted] = calls(&server, names).await;
    assert!(counted <= reads + 1, "{counted} counts, {reads} reads");
    assert!(walked <= looked_over, "{walked} steps over the keys in {looked_over} looks");
    watching.stop().await.unwrap();
}

#[tokio::test]
async fn who_may_not_count_keys_watches_all_the_same() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    add(&mut admin, OPEN, "*").await;
    let url = user(&server, &mut admin, "~* -dbsize").await;
    let mut watching = Watching::start(&session(&native(&url)), everything());
    watching.until_caught_up().await;
    add(&mut admin, SHUT, "*").await;
    watching.until_entries(2).await;
    assert_eq!(streams(&watching), [OPEN, SHUT]);
    assert!(!watching.seen.iter().any(is_broken), "{:#?}", watching.seen);
    let sent = statistics::statistics(&mut redis_server::dial(&server.url()).await).await;
    assert_eq!(
        sent.get("dbsize").map(|(_, refused, _)| *refused),
        Some(1),
        "each refusal stands in the server's log"
    );
}

#[tokio::test]
async fn the_newest_entries_of_thousands_of_streams_are_found_by_looking_into_few() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    // Twenty entries each, of one stream after the other: entry n of stream m has the id m * 100 + n.
    let fill = "for m = 1, 3000 do for n = 1, 20 do \
        redis.call('XADD', 'event::TYPE_' .. m, (m * 100 + n) .. '-0', 'event', '{}') end end";
    admin.send(&[b"EVAL", fill.as_bytes(), b"0"]).await;
    admin.run("CONFIG RESETSTAT").await;
    let watch = Watch { start: Start::Last(100), follow: false, ..everything() };
    let mut watching = Watching::start(&session(&native(&server.url())), watch);
    watching.end().await.unwrap();
    let wanted: Vec<u64> = (2996..=3000).flat_map(|m| (1..=20).map(move |n| m * 100 + n)).collect();
    assert_eq!(watching.ids().iter().map(|id| id.ms).collect::<Vec<_>>(), wanted);
    let [pages, ..] = calls(&server, ["xrevrange", "xrange", "xread", "scan"]).await;
    assert!((5..500).contains(&pages), "{pages} pages");
}

/// Sixty streams of two entries of a megabyte each, in turn: more than is held at a time.
async fn many_large(admin: &mut Admin) -> Vec<String> {
    let mut keys = Vec::new();
    let text = "x".repeat(1 << 20);
    for n in 0..120_u32 {
        let key = format!("event::T{}", n % 60);
        let event = format!(
            r#"{{"id":"{}","eventType":"T{}","timestamp":"2026-01-01T00:00:00Z","payload":{{"tenantId":"a","text":"{text}"}}}}"#,
            Uuid::new_v4(),
            n % 60
        );
        let id = format!("{}-0", 1_000 + n);
        admin.send(&[b"XADD", key.as_bytes(), id.as_bytes(), b"event", event.as_bytes()]).await;
        keys.push(key);
    }
    keys
}

#[tokio::test]
async fn large_entries_of_many_streams_come_in_order_though_not_all_are_held_at_once() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let keys = many_large(&mut admin).await;
    let session = session(&native(&server.url()));
    for start in [Start::Beginning, Start::Last(120)] {
        let [before, ..] = calls(&server, ["xrange", "xread", "xinfo|stream", "scan"]).await;
        let watch = Watch { start, ..everything() };
        let mut watching = Watching::start(&session, watch);
        watching.until_caught_up().await;
        assert_eq!(streams(&watching), keys, "in the order of their ids: {start:?}");
        assert!(
            !watching.seen.iter().any(|signal| matches!(signal, BusSignal::Gap(_))),
            "nothing is missing"
        );
        let [after, ..] = calls(&server, ["xrange", "xread", "xinfo|stream", "scan"]).await;
        assert!(after - before > 60 * 2, "some were let go of, and read again: {}", after - before);
        watching.stop().await.expect("it ends when it is told to");
    }
    // Pages, in both directions.
    for direction in [Direction::Older, Direction::Newer] {
        let from = if direction == Direction::Older { EntryId::MAX } else { EntryId::ZERO };
        let (mut query, mut found) = (ArchiveQuery::new(from, direction, 500, ChannelScope::All), Vec::new());
        loop {
            let page = session.archive.page(&query).await.expect("it can be read");
            let ids: Vec<u64> = page.entries.iter().map(|entry| entry.id.ms).collect();
            found = if direction == Direction::Older { [ids, found].concat() } else { [found, ids].concat() };
            if page.is_end {
                break;
            }
            query.from = page.reached;
        }
        assert_eq!(found, (1_000..1_120).collect::<Vec<u64>>(), "{direction:?}");
    }
}

#[tokio::test]
async fn after_a_large_event_many_streams_are_asked_a_few_at_a_time_and_none_is_missed() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    many_large(&mut admin).await;
    let mut watching =
        Watching::start(&session(&native(&server.url())), Watch { start: Start::Last(1), ..everything() });
    watching.until_caught_up().await;
    // Each comes while others are handed on.
    for n in 0..60 {
        add(&mut admin, &format!("event::T{n}"), "*").await;
    }
    watching.until_entries(61).await;
    let mut found: Vec<_> = streams(&watching)[1..].to_vec();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 60);
    watching.stop().await.expect("it ends when it is told to");
}
