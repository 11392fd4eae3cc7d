//! Looking over a real Redis: streams, lags, and what `doctor` says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::collections::BTreeSet;

use chrono::Utc;
use redis_server::{PrivateRedis, load_fixture};
use sessions::{Admin, alga, native, read_only, session, until};
use tidings::broker::redis::{Profile, Settings};
use tidings::bus::{
    ArchiveQuery, BusError, ChannelScope, Direction, Finding, GroupReport, Lag, Level, Session, StreamReport,
};
use tidings::event::EntryId;
use tidings::monitor::Health;

fn group<'a>(reports: &'a [StreamReport], stream: &str, name: &str) -> &'a GroupReport {
    let report = reports.iter().find(|report| report.stream.as_str() == stream).unwrap();
    report.groups.iter().find(|group| group.name == name).unwrap()
}

#[tokio::test]
async fn the_captured_bus_is_counted_as_it_is() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let streams = session(&alga(&server.url())).inspector.streams().await.unwrap().found;
    // Of its 294 streams three hold the dead letters of another, and one is the workflow copy.
    assert_eq!(streams.len(), 290);
    assert_eq!(streams.iter().filter(|stream| stream.dead_letters > 0).count(), 3);
    assert!(streams.is_sorted_by(|a, b| a.stream < b.stream), "by key, each once");
    let with_entries = streams.iter().filter(|stream| stream.length > 0);
    let types: BTreeSet<_> = with_entries.map(|stream| stream.event_type.as_str()).collect();
    assert_eq!(types.len(), 9);
    assert_eq!(streams.iter().map(|stream| stream.dead_letters).sum::<u64>(), 21);
    let pending = |stream: &StreamReport| stream.groups.iter().map(|group| group.pending).sum::<u64>();
    assert_eq!(streams.iter().map(pending).sum::<u64>(), 6);
    let elsewhere = |stream: &&StreamReport| stream.channel.as_ref().unwrap().as_str() != "global";
    assert_eq!(streams.iter().filter(elsewhere).map(|stream| stream.dead_letters).sum::<u64>(), 8);
    assert_eq!(streams.iter().filter(elsewhere).map(pending).sum::<u64>(), 5);
}

/// The lag of the group `g` on a stream of ten entries, after `arrange`.
async fn lag_after(arrange: &[&str]) -> Lag {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for ms in 1..=10 {
        admin.run(&format!("XADD event::A {ms}-0 event x")).await;
    }
    for words in arrange {
        admin.run(words).await;
    }
    group(&session(&native(&server.url())).inspector.streams().await.unwrap().found, "event::A", "g").lag
}

#[tokio::test]
async fn a_lag_that_the_server_does_not_know_is_counted() {
    for (arrange, lag) in [
        (&["XGROUP CREATE event::A g 0"][..], 10),
        (&["XGROUP CREATE event::A g $"], 0),
        // Made at an arbitrary id: unknown to the server.
        (&["XGROUP CREATE event::A g 4-0"], 6),
        (&["XGROUP CREATE event::A g 10-0", "XDEL event::A 10-0"], 0),
        (
            &[
                "XGROUP CREATE event::A g 0",
                "XREADGROUP GROUP g c COUNT 3 STREAMS event::A >",
                "XDEL event::A 6-0",
            ],
            6,
        ),
        // What was trimmed will be given to nobody.
        (&["XGROUP CREATE event::A g 0", "XTRIM event::A MAXLEN 4"], 4),
        (&["XGROUP CREATE event::A g 0", "XTRIM event::A MAXLEN 0"], 0),
    ] {
        assert_eq!(lag_after(arrange).await, Lag::Exactly(lag), "{arrange:?}");
    }
}

#[tokio::test]
async fn counting_ends_at_a_thousand() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for ms in 1..=1_010 {
        admin.run(&format!("XADD event::A {ms}-0 event x")).await;
    }
    for (name, last_delivered) in [("exact", 10), ("more", 9), ("few", 1_007)] {
        admin.run(&format!("XGROUP CREATE event::A {name} {last_delivered}-0")).await;
    }
    let streams = session(&native(&server.url())).inspector.streams().await.unwrap().found;
    assert_eq!(group(&streams, "event::A", "exact").lag, Lag::Exactly(1_000));
    assert_eq!(group(&streams, "event::A", "more").lag, Lag::MoreThan(1_000));
    assert_eq!(group(&streams, "event::A", "few").lag, Lag::Exactly(3));
}

#[tokio::test]
async fn odd_keys_and_names_do_no_harm() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for words in [
        "XADD event::A 5-0 event x",
        "XADD event::A:dead-letter 5-0 event x",
        "XADD event::A:retry:mail 5-0 event x",
        "XADD event::$failures 5-0 event x",
        "XADD event::lower 5-0 event x",
        "SET event::STRING x",
        "SET event::B:dead-letter x",
        "XGROUP CREATE event::B g $ MKSTREAM",
        "XADD other 5-0 event x",
    ] {
        admin.run(words).await;
    }
    admin.send(&[b"XGROUP", b"CREATE", b"event::A", b"g\xff\x1b[2J", b"0"]).await;
    let session = session(&native(&server.url()));
    let streams = session.inspector.streams().await.unwrap().found;
    let [a, b] = &streams[..] else { panic!("{streams:?}") };
    assert_eq!((a.stream.as_str(), a.length, a.dead_letters), ("event::A", 1, 1));
    assert_eq!((a.first, a.last), (Some(EntryId::new(5, 0)), Some(EntryId::new(5, 0))));
    assert_eq!(a.groups[0].name, "g\u{fffd}\x1b[2J");
    assert_eq!(
        (b.stream.as_str(), b.length, b.dead_letters, b.first, b.last),
        ("event::B", 0, 0, None, None)
    );
    // The held connection serves the next look, and a lost one is replaced.
    admin.run("CLIENT KILL TYPE normal SKIPME yes").await;
    assert_eq!(session.inspector.streams().await.unwrap().found, streams);
}

/// The findings of `doctor` with these settings.
async fn examine(settings: &Settings) -> Vec<Finding> {
    look(&session(settings)).await
}

/// What `doctor` says after one look.
async fn look(session: &Session) -> Vec<Finding> {
    let mut health = Health::default();
    health.look(session.inspector.examine().await.unwrap(), Utc::now());
    health.report()
}

/// Every finding of this check.
fn of<'a>(findings: &'a [Finding], check: &str) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| finding.check == check).collect()
}

/// The one finding of this check has this level; answers what it says.
#[track_caller]
fn said(findings: &[Finding], check: &str, level: Level) -> String {
    let [finding] = of(findings, check)[..] else { panic!("one '{check}': {findings:#?}") };
    assert_eq!(finding.level, level, "{finding:?}");
    format!("{}\n{}", finding.found, finding.mend.as_deref().unwrap_or_default())
}

/// What is worse than a note.
fn troubles(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().filter(|finding| finding.level > Level::Note).map(|finding| finding.check).collect()
}

#[tokio::test]
async fn a_healthy_server_has_no_troubles() {
    let server = PrivateRedis::start_durable();
    let mut admin = Admin::at(&server.url()).await;
    let settings = native(&server.url());
    let findings = examine(&settings).await;
    assert_eq!(troubles(&findings), [""; 0], "{findings:#?}");
    assert!(said(&findings, "streams", Level::Note).contains("event::*"));
    admin.run("XADD event::A 5-0 event x").await;
    admin.run("XGROUP CREATE event::A g 0").await;
    admin.run("XREADGROUP GROUP g c STREAMS event::A >").await;
    let findings = examine(&settings).await;
    for check in [
        "version",
        "role",
        "clock",
        "clients",
        "memory",
        "memory-policy",
        "persistence",
        "rights-watch",
        "rights-look",
        "rights-publish",
        "streams",
        "groups",
        "handlers",
        "consumers",
        "consumers-left",
        "pending",
        "trimming",
        "retries",
        "retry-loop",
        "worker-clock",
    ] {
        said(&findings, check, Level::Ok);
    }
    assert_eq!(findings.len(), 20, "and of nothing else: {findings:#?}");
}

#[tokio::test]
async fn the_captured_bus_is_examined() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let findings = examine(&alga(&server.url())).await;
    assert!(said(&findings, "streams", Level::Note).contains("290 type streams"));
    assert!(said(&findings, "streams", Level::Note).contains("21 dead letters"));
    assert!(said(&findings, "groups", Level::Ok).contains("290 of 290 streams"));
    // The groups that nobody has read from since have no consumers at all.
    assert!(said(&findings, "consumers", Level::Warning).contains("no consumer"));
    assert_eq!(troubles(&findings), ["persistence", "consumers"], "{findings:#?}");
    // With the wrong profile nothing is found, and it says what would be.
    let findings = examine(&native(&server.url())).await;
    assert!(said(&findings, "streams", Level::Warning).contains("--profile alga-psa"));
}

#[tokio::test]
async fn an_evicting_server_is_at_fault() {
    let server = PrivateRedis::start_with(&[
        "--save",
        "",
        "--appendonly",
        "yes",
        "--maxmemory",
        "64mb",
        "--maxmemory-policy",
        "allkeys-lru",
    ]);
    let findings = examine(&native(&server.url())).await;
    assert!(said(&findings, "memory-policy", Level::Fault).contains("allkeys-lru"));
    Admin::at(&server.url()).await.run("CONFIG SET maxmemory-policy noeviction").await;
    let findings = examine(&native(&server.url())).await;
    assert_eq!(troubles(&findings), [""; 0], "{findings:#?}");
    Admin::at(&server.url()).await.run("CONFIG SET maxmemory 100kb").await;
    let findings = examine(&native(&server.url())).await;
    assert!(said(&findings, "memory", Level::Fault).contains("OOM"));
}

/// The user that watches and nothing else, as doctor advises it.
const OBSERVER: &str = "ACL SETUSER observer reset on >pw ~* &* +@read +@connection +@pubsub -@dangerous -publish \
    -spublish -keys +time +info +role +slowlog|get +latency|latest +client|setname +client|list +config|get \
    +memory|usage +acl|whoami +acl|dryrun";

/// `settings` with this user.
fn as_user(server: &PrivateRedis, user: &str) -> String {
    format!("redis://{user}:pw@127.0.0.1:{}/0", server.port())
}

#[tokio::test]
async fn the_user_of_the_recipe_sees_everything_and_may_publish_nothing() {
    let server = PrivateRedis::start_durable();
    let mut admin = Admin::at(&server.url()).await;
    admin.run(OBSERVER).await;
    load_fixture(&server.url()).await;
    let settings = alga(&as_user(&server, "observer"));
    admin.run("CONFIG RESETSTAT").await;
    let findings = examine(&settings).await;
    assert_eq!(session(&settings).inspector.streams().await.unwrap().found.len(), 290);
    said(&findings, "rights-watch", Level::Ok);
    said(&findings, "rights-look", Level::Ok);
    assert!(said(&findings, "rights-publish", Level::Note).contains("EVALSHA"));
    assert!(!findings.iter().any(|finding| finding.found.contains("cannot be seen")), "{findings:#?}");
    let rejected: String = admin.get("INFO commandstats").await;
    let rejected: Vec<_> = rejected
        .lines()
        .filter(|line| line.contains("rejected_calls=") && !line.contains("rejected_calls=0"))
        .collect();
    assert_eq!(rejected, [""; 0], "nothing is tried out");
    // A session that only watches does not ask for the right to publish.
    let findings = look(&read_only(&settings)).await;
    assert!(of(&findings, "rights-publish").is_empty());
}

#[tokio::test]
async fn rights_that_are_lacking_are_named_and_the_rest_goes_on() {
    let server = PrivateRedis::start_durable();
    let mut admin = Admin::at(&server.url()).await;
    load_fixture(&server.url()).await;
    let url = as_user(&server, "narrow");
    admin.run(&format!("{} -config -info", OBSERVER.replace("observer", "narrow"))).await;
    let findings = examine(&alga(&url)).await;
    for check in ["version", "role", "clients", "memory", "memory-policy", "persistence"] {
        assert!(said(&findings, check, Level::Note).contains("grant +info"), "{findings:#?}");
    }
    assert!(said(&findings, "rights-look", Level::Note).contains("ACL SETUSER narrow +info +config|get"));
    said(&findings, "streams", Level::Note);

    admin.run("ACL SETUSER narrow -acl|dryrun").await;
    assert!(said(&examine(&alga(&url)).await, "rights", Level::Note).contains("rights unknown"));
    admin.run("ACL SETUSER narrow +acl|dryrun resetkeys ~alga-psa:event-stream:global:*").await;
    let findings = examine(&alga(&url)).await;
    assert!(said(&findings, "streams", Level::Fault).contains("may not be looked at"), "{findings:#?}");

    admin.run("ACL SETUSER narrow -scan ~*").await;
    let findings = examine(&alga(&url)).await;
    assert!(said(&findings, "rights-watch", Level::Fault).contains("ACL SETUSER narrow +scan"));
    assert!(said(&findings, "streams", Level::Fault).contains("NOPERM"));
    let error = session(&alga(&url)).inspector.streams().await.unwrap_err();
    assert!(matches!(error, BusError::Fatal { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_fatal_and_says_nothing_of_it() {
    let server = PrivateRedis::start();
    Admin::at(&server.url()).await.run(OBSERVER).await;
    let url = format!("redis://observer:s3cret@127.0.0.1:{}/0", server.port());
    for error in [
        session(&native(&url)).inspector.examine().await.unwrap_err(),
        session(&native(&url)).inspector.streams().await.unwrap_err(),
    ] {
        assert!(matches!(&error, BusError::Fatal { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("password") && !text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn a_replica_watches_and_does_not_publish() {
    let primary = PrivateRedis::start_durable();
    let mut replica = PrivateRedis::start_durable();
    let mut admin = Admin::at(&replica.url()).await;
    admin.run(&format!("REPLICAOF 127.0.0.1 {}", primary.port())).await;
    until("the replica is in touch", async || {
        admin.get::<String>("INFO replication").await.contains("master_link_status:up")
    })
    .await;
    let settings = native(&replica.url());
    assert!(said(&examine(&settings).await, "role", Level::Warning).contains("--url"));
    let watching = look(&read_only(&settings)).await;
    said(&watching, "role", Level::Ok);
    let findings = examine(&native(&primary.url())).await;
    assert!(said(&findings, "role", Level::Ok).contains("1 replica"));
    drop(primary);
    until("the replica is cut off", async || {
        admin.get::<String>("INFO replication").await.contains("master_link_status:down")
    })
    .await;
    assert!(said(&examine(&settings).await, "role", Level::Fault).contains("cut off"));
    replica.kill9();
}

#[tokio::test]
async fn trimming_that_is_about_to_eat_unread_entries_is_seen_before_it_does() {
    const KEY: &str = "alga-psa:event-stream:global:TICKET_CREATED";
    let server = PrivateRedis::start_durable();
    let mut admin = Admin::at(&server.url()).await;
    let settings = alga(&server.url());
    admin.run(&format!("XGROUP CREATE {KEY} event-processors $ MKSTREAM")).await;
    for ms in 1..=950 {
        admin.run(&format!("XADD {KEY} {ms}-0 event x")).await;
    }
    admin.run(&format!("XREADGROUP GROUP event-processors consumer-1 COUNT 10 NOACK STREAMS {KEY} >")).await;
    let danger = said(&examine(&settings).await, "trimming", Level::Warning);
    assert!(danger.contains("950 of about 1,000 entries, 940 unread"), "{danger}");
    // Alga's publisher goes on.
    for ms in 951..=1_200 {
        admin.run(&format!("XADD {KEY} MAXLEN = 1000 {ms}-0 event x")).await;
    }
    let findings = examine(&settings).await;
    let lost = of(&findings, "trimming");
    assert_eq!(lost[0].level, Level::Fault);
    assert!(
        lost[0].found.contains("event-processors on alga-psa:event-stream:global:TICKET_CREATED: 190 unread")
    );
    // Once all is read, a full stream is nothing to worry about.
    admin.run(&format!("XREADGROUP GROUP event-processors consumer-1 NOACK STREAMS {KEY} >")).await;
    said(&examine(&settings).await, "trimming", Level::Ok);
}

#[tokio::test]
async fn strangers_and_streams_that_nobody_consumes_are_named() {
    let server = PrivateRedis::start_durable();
    let mut admin = Admin::at(&server.url()).await;
    for words in [
        "XGROUP CREATE alga-psa:event-stream:global:A event-processors $ MKSTREAM",
        "XADD alga-psa:event-stream:global:B 5-0 event x",
        "XADD alga-psa:event-stream:global:ticket 5-0 event x",
    ] {
        admin.run(words).await;
    }
    let findings = examine(&alga(&server.url())).await;
    assert!(said(&findings, "strangers", Level::Note).contains("global:ticket"));
    assert!(said(&findings, "groups", Level::Warning).contains("global:B (1 entry)"));
}

#[tokio::test]
async fn pubsub_has_no_streams_and_says_so() {
    let server = PrivateRedis::start_durable();
    let session = session(&Settings { profile: Profile::PubSub, ..native(&server.url()) });
    assert!(matches!(session.inspector.streams().await, Err(BusError::Unsupported(_))));
    let findings = look(&session).await;
    assert!(said(&findings, "channels", Level::Note).contains("live only"));
    assert_eq!(troubles(&findings), [""; 0]);
    assert!(session.publisher.is_err_and(|why| why.contains("fanout")));
}

#[tokio::test]
async fn looking_changes_nothing() {
    let server = PrivateRedis::start_durable();
    load_fixture(&server.url()).await;
    let mut admin = Admin::at(&server.url()).await;
    let settings = alga(&server.url());
    let session = session(&settings);
    admin.run("CONFIG RESETSTAT").await;
    for _ in 0..3 {
        session.inspector.streams().await.unwrap();
        session.inspector.examine().await.unwrap();
    }
    let stats: String = admin.get("INFO commandstats").await;
    let known: BTreeSet<_> = [
        "acl|dryrun",
        "acl|whoami",
        "client|setname",
        "config|get",
        "config|resetstat",
        "info",
        "ping",
        "scan",
        "select",
        "time",
        "xinfo|consumers",
        "xinfo|groups",
        "xinfo|stream",
        "xlen",
        "xpending",
        "xrange",
        "hello",
    ]
    .into();
    for line in stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")) {
        let command = line.split(':').next().unwrap();
        assert!(known.contains(command), "it only reads: {command}");
    }
    let dirty: String = admin.get("INFO persistence").await;
    let aof = dirty.lines().find(|line| line.starts_with("rdb_changes_since_last_save")).unwrap().to_owned();
    session.inspector.examine().await.unwrap();
    let after: String = admin.get("INFO persistence").await;
    assert!(after.contains(&aof), "nothing was written");
}

/// How many bytes the server has sent so far.
async fn sent(admin: &mut Admin) -> u64 {
    let stats: String = admin.get("INFO stats").await;
    stats.lines().find_map(|line| line.strip_prefix("total_net_output_bytes:")?.trim().parse().ok()).unwrap()
}

#[tokio::test]
async fn a_page_of_several_streams_fetches_little_more_than_its_entries() {
    const WIDE: usize = 1_000;
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let text = "x".repeat(WIDE);
    for n in 1..=3_000 {
        admin.run(&format!("XADD event::TYPE_{} {n}-0 event {text}", n % 10)).await;
    }
    let archive = session(&native(&server.url())).archive;
    let query = |ms, direction| ArchiveQuery::new(EntryId::new(ms, 0), direction, 200, ChannelScope::All);
    // The first one looks for the streams.
    archive.page(&query(3_001, Direction::Older)).await.unwrap();
    for direction in [Direction::Older, Direction::Newer] {
        let before = sent(&mut admin).await;
        let page = archive.page(&query(1_500, direction)).await.unwrap();
        assert_eq!(page.entries.len(), 200);
        let bytes = sent(&mut admin).await - before;
        assert!(bytes < 3 * 200 * WIDE as u64, "{bytes} bytes for 200 entries of {WIDE}, {direction:?}");
    }
}
