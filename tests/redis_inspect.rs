//! Looking over a real Redis: streams, lags, and what `doctor` says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::collections::BTreeSet;

use redis_server::{PrivateRedis, load_fixture};
use sessions::{Admin, alga, native, session};
use tidings::bus::{GroupReport, Lag, StreamReport};
use tidings::event::EntryId;

fn group<'a>(reports: &'a [StreamReport], stream: &str, name: &str) -> &'a GroupReport {
    let report = reports.iter().find(|report| report.stream.as_str() == stream).unwrap();
    report.groups.iter().find(|group| group.name == name).unwrap()
}

#[tokio::test]
async fn the_captured_bus_is_counted_as_it_is() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let streams = session(&alga(&server.url())).inspector.streams().await.unwrap();
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
    group(&session(&native(&server.url())).inspector.streams().await.unwrap(), "event::A", "g").lag
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
    let streams = session(&native(&server.url())).inspector.streams().await.unwrap();
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
    let streams = session.inspector.streams().await.unwrap();
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
    assert_eq!(session.inspector.streams().await.unwrap(), streams);
}
