//! Lints of a bus on a real Redis: each that can be provoked, and that it is silent when the cause is gone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;
#[path = "support/statistics.rs"]
mod statistics;

use chrono::Utc;
use redis_server::PrivateRedis;
use sessions::{Admin, native, session};
use tidings::broker::redis::Settings;
use tidings::bus::{Examined, Level};
use tidings::monitor::Health;
use tidings::monitor::health::{CheckState, Known};

/// What is found in one look.
async fn found(settings: &Settings) -> Vec<Known> {
    let mut health = Health::default();
    health.look(session(settings).inspector.examine().await.unwrap(), Utc::now());
    health.findings().into_iter().cloned().collect()
}

/// What `check` says; it may be silent.
async fn of(settings: &Settings, check: &str) -> Vec<(Level, String)> {
    let found = found(settings).await;
    let of_check = found.iter().filter(|known| known.lint.check == check);
    of_check.map(|known| (known.lint.level, known.lint.what.clone())).collect()
}

#[track_caller]
fn says(found: &[(Level, String)], level: Level, words: &str) {
    let [(seen, what)] = found else { panic!("one finding: {found:?}") };
    assert_eq!(*seen, level, "{what}");
    assert!(what.contains(words), "{what}");
}

fn ms() -> i64 {
    Utc::now().timestamp_millis()
}

/// A sign of life of the consumer `web-1-7` of `sla`.
async fn beat(admin: &mut Admin, seen_ms: i64) {
    let beat = r#"{"consumer":"web-1-7","handler":"sla","types":["A"],"host":"web-1","pid":7,"started":"2026-11-23T19:50:00Z","stats":{"done":1,"failed":0,"running":0},"latency":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}"#;
    admin.send(&[b"SET", b"event::$worker:web-1-7", beat.as_bytes()]).await;
    admin.run(&format!("ZADD event::$workers {seen_ms} web-1-7")).await;
}

/// A handler `sla` with one entry that was given to it, on a bus of our own.
async fn bus() -> (PrivateRedis, Admin, Settings) {
    let server = PrivateRedis::start_durable();
    let mut admin = Admin::at(&server.url()).await;
    for words in [
        "XADD event::A 5-0 event x",
        "XGROUP CREATE event::A sla 0",
        "XREADGROUP GROUP sla web-1-7 STREAMS event::A >",
    ] {
        admin.run(words).await;
    }
    admin.run(&format!("HSET event::$handlers sla {}", ms() - 7_200_000)).await;
    let settings = native(&server.url());
    (server, admin, settings)
}

#[tokio::test]
async fn an_entry_with_an_idle_consumer_is_stuck() {
    let (_server, mut admin, settings) = bus().await;
    beat(&mut admin, ms()).await;
    assert_eq!(of(&settings, "pending").await, []);
    admin.run("XCLAIM event::A sla web-1-7 0 5-0 IDLE 240000 RETRYCOUNT 1 JUSTID").await;
    says(&of(&settings, "pending").await, Level::Warning, "1 entry is stuck with sla: consumer web-1-7");
    admin.run("XCLAIM event::A sla web-1-7 0 5-0 IDLE 0 RETRYCOUNT 37 JUSTID").await;
    says(&of(&settings, "retry-loop").await, Level::Warning, "up to 37 times");
    admin.run("XACK event::A sla 5-0").await;
    assert_eq!(of(&settings, "pending").await, []);
    assert_eq!(of(&settings, "retry-loop").await, []);
}

#[tokio::test]
async fn a_registered_handler_that_nobody_runs_is_a_fault_once_work_waits() {
    let (_server, mut admin, settings) = bus().await;
    beat(&mut admin, ms()).await;
    assert_eq!(of(&settings, "handlers").await, []);
    admin.run("DEL event::$worker:web-1-7").await;
    // Its consumer has asked for more a moment ago: by that it lives.
    assert_eq!(of(&settings, "handlers").await, []);
    admin.run("XACK event::A sla 5-0").await;
    admin.run("XGROUP DELCONSUMER event::A sla web-1-7").await;
    says(&of(&settings, "handlers").await, Level::Note, "nobody runs sla: nothing waits for it");
    admin.run("XADD event::A:dead-letter 1-0 handler sla event x").await;
    admin.run("XADD event::A:dead-letter 2-0 handler mail event x").await;
    let left = found(&settings).await.into_iter().find(|known| known.lint.check == "handlers").unwrap();
    assert_eq!(left.lint.what, "nobody runs sla: nothing waits for it, but it left 1 dead letter");
    assert_eq!(left.lint.level, Level::Note);
    let next = left.lint.next;
    assert!(next[0].contains("tidings failed list --state dead --handler sla"), "{next:?}");
    assert!(next.iter().any(|step| step.contains("settled: tidings handlers forget sla")), "{next:?}");
    admin.run("XADD event::A 6-0 event x").await;
    says(&of(&settings, "handlers").await, Level::Fault, "nobody runs sla: 1 unread; it left 1 dead letter");
    admin.run("HSET event::$handlers ghost 5").await;
    assert_eq!(of(&settings, "handlers").await.len(), 2, "also one that has no group anywhere");
}

#[tokio::test]
async fn streams_without_a_group_are_named_where_others_have_one() {
    let (_server, mut admin, settings) = bus().await;
    assert_eq!(of(&settings, "groups").await, []);
    admin.run("XADD event::B 5-0 event x").await;
    says(&of(&settings, "groups").await, Level::Warning, "event::B (1 entry)");
    admin.run("XGROUP CREATE event::B sla 0").await;
    assert_eq!(of(&settings, "groups").await, []);
}

#[tokio::test]
async fn retries_that_nobody_moves_are_overdue() {
    let (_server, mut admin, settings) = bus().await;
    admin.run("HSET event::A:scheduled sla|5-0 x").await;
    admin.run(&format!("ZADD event::A:schedule {} sla|5-0", ms() + 60_000)).await;
    assert_eq!(of(&settings, "retries").await, []);
    admin.run(&format!("ZADD event::A:schedule {} sla|5-0", ms() - 240_000)).await;
    says(&of(&settings, "retries").await, Level::Warning, "retries of sla are overdue: the next one for 4 m");
}

#[tokio::test]
async fn a_worker_with_another_clock_is_named() {
    let (_server, mut admin, settings) = bus().await;
    beat(&mut admin, ms()).await;
    assert_eq!(of(&settings, "worker-clock").await, []);
    beat(&mut admin, ms() + 60_000).await;
    says(&of(&settings, "worker-clock").await, Level::Warning, "the clock of web-1, which runs sla, is");
}

#[tokio::test]
async fn refused_writes_and_pending_entries_that_are_gone_are_faults() {
    let (_server, mut admin, settings) = bus().await;
    admin.run("XADD event::A 6-0 event x").await;
    admin.run("XDEL event::A 5-0").await;
    says(&of(&settings, "trimming").await, Level::Fault, "pending entries from 5-0 on are trimmed");
    assert_eq!(of(&settings, "memory").await, []);
    admin.run("CONFIG SET maxmemory 100kb").await;
    says(&of(&settings, "memory").await, Level::Fault, "OOM");
    admin.run("CONFIG SET maxmemory-policy allkeys-lru").await;
    says(&of(&settings, "memory-policy").await, Level::Fault, "allkeys-lru");
}

#[tokio::test]
async fn rising_lag_is_seen_over_three_looks() {
    let (_server, mut admin, settings) = bus().await;
    beat(&mut admin, ms()).await;
    let session = session(&settings);
    let mut health = Health::default();
    for look in 0..3 {
        for n in 0..30 {
            admin.run(&format!("XADD event::A {}-{n} event x", look + 10)).await;
        }
        // Looks are some seconds apart by the clock that is given to it.
        let at = Utc::now() + chrono::TimeDelta::seconds(look * 3);
        health.look(session.inspector.examine().await.unwrap(), at);
        let rises = health.findings().iter().any(|known| known.lint.check == "lag");
        assert_eq!(rises, look == 2, "{:?}", health.findings());
    }
}

#[tokio::test]
async fn what_a_narrow_user_may_not_see_is_said_and_makes_no_finding() {
    let (server, mut admin, _) = bus().await;
    admin
        .run("ACL SETUSER narrow reset on >pw ~* &* +@read +@connection -@dangerous +time -xpending -hgetall")
        .await;
    let settings = native(&format!("redis://narrow:pw@127.0.0.1:{}/0", server.port()));
    let mut health = Health::default();
    health.look(session(&settings).inspector.examine().await.unwrap(), Utc::now());
    let unseen: Vec<_> = health
        .checks()
        .filter(|(.., state)| matches!(state, CheckState::Unseen { .. }))
        .map(|(check, ..)| check)
        .collect();
    for check in ["memory", "persistence", "pending", "trimming", "handlers"] {
        assert!(unseen.contains(&check), "{check} of {unseen:?}");
        assert!(health.findings().iter().all(|known| known.lint.check != check), "{:?}", health.findings());
    }
    let noperm = health.findings().into_iter().filter(|known| known.lint.what.contains("NOPERM")).count();
    assert_eq!(noperm, 0, "{:?}", health.findings());
}

#[tokio::test]
async fn a_look_asks_each_group_once() {
    let (server, _admin, settings) = bus().await;
    let session = session(&settings);
    let mut raw = redis_server::dial(&server.url()).await;
    statistics::reset(&mut raw).await;
    let mut health = Health::default();
    health.look(session.inspector.examine().await.unwrap(), Utc::now());
    let sent = statistics::statistics(&mut raw).await;
    let calls = |name: &str| sent.get(name).map_or(0, |(calls, ..)| *calls);
    // One stream, one group, one consumer with one entry.
    assert_eq!((calls("xinfo|groups"), calls("xinfo|consumers"), calls("xpending")), (1, 1, 1), "{sent:?}");
}

#[tokio::test]
async fn a_refused_command_is_tried_once_a_look_and_a_right_that_was_granted_counts() {
    let (server, mut admin, _) = bus().await;
    for n in 0..250 {
        admin.run(&format!("XGROUP CREATE event::A g{n} 0")).await;
        admin.run(&format!("XGROUP CREATECONSUMER event::A g{n} c")).await;
    }
    admin.run("ACL SETUSER narrow reset on >pw ~* &* +@read +@connection +time -xinfo|consumers").await;
    let settings = native(&format!("redis://narrow:pw@127.0.0.1:{}/0", server.port()));
    let session = session(&settings);
    let mut raw = redis_server::dial(&server.url()).await;
    let mut look = async || {
        statistics::reset(&mut raw).await;
        let mut health = Health::default();
        health.look(session.inspector.examine().await.unwrap(), Utc::now());
        let sent = statistics::statistics(&mut raw).await;
        let (calls, rejected, _) = sent.get("xinfo|consumers").copied().unwrap_or_default();
        let unseen = health
            .checks()
            .any(|(check, _, state)| check == "consumers" && matches!(state, CheckState::Unseen { .. }));
        (calls, rejected, unseen)
    };
    let (calls, rejected, unseen) = look().await;
    assert!(calls == 0 && (1..=100).contains(&rejected) && unseen, "one pipeline of them: {rejected}");
    assert_eq!(look().await, (0, 1, true), "it is tried again, once");
    admin.run("ACL SETUSER narrow +xinfo|consumers").await;
    assert_eq!(look().await, (251, 0, false), "each group is asked");
}

#[tokio::test]
async fn later_looks_ask_a_part_of_the_groups_and_find_what_changed() {
    const GROUPS: u64 = 1_400;
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let fill = "for i = 1, 700 do for _, g in ipairs({'sla', 'mail'}) do
        redis.call('XGROUP', 'CREATE', 'event::T' .. i, g, '0', 'MKSTREAM')
        redis.call('XGROUP', 'CREATECONSUMER', 'event::T' .. i, g, 'web-1-7') end end";
    admin.send(&[b"EVAL", fill.as_bytes(), b"0"]).await;
    let session = session(&native(&server.url()));
    let mut raw = redis_server::dial(&server.url()).await;
    let mut look = async || {
        statistics::reset(&mut raw).await;
        let examined = session.inspector.examine().await.unwrap();
        let sent = statistics::statistics(&mut raw).await;
        let calls = |name: &str| sent.get(name).map_or(0, |(calls, ..)| *calls);
        (calls("xinfo|consumers"), calls("xpending"), examined)
    };
    let of = |examined: &Examined, stream: &str, group: &str| {
        let streams = &examined.bus.as_ref().unwrap().streams;
        let stream = streams.iter().find(|facts| facts.stream.as_str() == stream).unwrap();
        stream.groups.iter().find(|facts| facts.name == group).unwrap().clone()
    };
    let (asked, _, first) = look().await;
    assert_eq!(asked, GROUPS, "nothing is known before");
    assert_eq!(of(&first, "event::T9", "sla").consumers.len(), 1);
    admin.run("XADD event::T5 5-0 event x").await;
    admin.run("XREADGROUP GROUP mail web-1-7 STREAMS event::T5 >").await;
    admin.run("XGROUP DELCONSUMER event::T9 sla web-1-7").await;
    for _ in 0..2 {
        let (asked, pending, later) = look().await;
        assert!((3..=510).contains(&asked), "a part of them: {asked}");
        assert_eq!(pending, 1);
        let given = of(&later, "event::T5", "mail");
        assert_eq!((given.pending, given.consumers[0].pending), (1, 1), "what is pending is asked each time");
        assert!(of(&later, "event::T9", "sla").consumers.is_empty());
        assert_eq!(of(&later, "event::T9", "mail").consumers.len(), 1, "who was not asked is there still");
        let reports = &later.bus.as_ref().unwrap().handlers;
        assert!(reports.iter().all(tidings::bus::HandlerReport::is_alive), "{reports:?}");
    }
}
