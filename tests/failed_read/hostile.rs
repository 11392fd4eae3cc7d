//! What other programs may write, and keys that are something else.

use tidings::bus::{FailedAt, FailedSource};
use tidings::event::{EntryId, FailedState};

use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native, session};
use crate::{ACME, event, find, letter, locked, stream};

#[tokio::test]
async fn odd_bytes_and_broken_json_are_listed_as_they_are() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let dead = b"event::A:dead-letter";
    let add: &[&[&[u8]]] = &[
        &[b"\xff\xfe", b"\x00"],
        &[b"event", b"\xff{", b"handler", b"\xff", b"attempts", b"-1", b"reason", b"malformed"],
        &[
            b"event",
            b"{}",
            b"error",
            b"[\"broken",
            b"history",
            b"{]",
            b"handler",
            b"\x1b[2J",
            b"attempts",
            b"x",
        ],
        &[b"event", b"{}", b"error", b"[]", b"deadLetteredAt", b"1795459752545", b"sourceMessageId", b"?"],
        // Ours stand last: an event may have had fields of the same names.
        &[b"event", b"{}", b"handler", b"its own", b"attempts", b"99", b"handler", b"sla", b"attempts", b"3"],
    ];
    for (n, fields) in add.iter().enumerate() {
        let id = format!("{}-0", n + 1);
        admin.send(&[&[&b"XADD"[..], dead, id.as_bytes()][..], fields].concat()).await;
    }
    let session = session(&native(&server.url()));
    let events = find(&session, FailedSource::ALL).await.events;
    let shown: Vec<_> = events
        .iter()
        .map(|event| (event.at.id().ms, event.state, event.handler.as_deref(), event.attempts))
        .collect();
    assert_eq!(
        shown,
        [
            (5, FailedState::Dead, Some("sla"), Some(3)),
            (4, FailedState::Dead, None, None),
            (3, FailedState::Dead, Some("\x1b[2J"), None),
            (2, FailedState::Invalid, None, None),
            (1, FailedState::Dead, None, None),
        ]
    );
    assert_eq!(events[1].last_failed_at.unwrap().timestamp_millis(), 1_795_459_752_545);
    assert_eq!(events[2].error.as_deref(), Some("[\"broken"));
    assert_eq!((&events[3].text, &events[4].text), (&None, &None));
    for event in &events {
        let whole = session.failed.whole(&event.at).await.unwrap().unwrap();
        assert!(!whole.fields.is_empty() && whole.history.is_empty());
    }
    let found = find(&locked(&native(&server.url()), &[ACME]), FailedSource::ALL).await;
    assert_eq!((found.events.len(), found.unattributed), (0, 5), "nobody knows whose they are");
}

#[tokio::test]
async fn keys_that_are_something_else_hold_up_no_other() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    letter(&mut admin, "B", 1, "sla", ACME).await;
    for words in [
        "XADD event::A 1-0 event x",
        "XGROUP CREATE event::A g 0",
        "SET event::A:dead-letter x",
        "SET event::A:discarded x",
        "SET event::A:retried x",
        "SET event::A:schedule x",
        "SET event::A:scheduled x",
        "SET event::A:outcomes x",
        "ZADD event::B:schedule 5 sla|7-0",
        "SET event::B:scheduled x",
        "SET event::$journal x",
        "SET event::$plan:p x",
    ] {
        admin.run(words).await;
    }
    let session = session(&native(&server.url()));
    let found = find(&session, FailedSource::ALL).await;
    assert_eq!((found.events.len(), found.denied.len()), (2, 0), "{:?}", found.events);
    // Nobody would look why nothing is written down if it were called empty.
    let journal = session.failed.journal(10).await.unwrap_err();
    assert!(
        journal.what().contains("'event::$journal'") && journal.what().contains("WRONGTYPE"),
        "{journal}"
    );
    assert_eq!(session.failed.plan("p").await.unwrap(), None);
    let at = FailedAt::DeadLetter { stream: stream("event::A"), id: EntryId::new(1, 0) };
    assert_eq!(session.failed.whole(&at).await.unwrap(), None);
    let nowhere = FailedAt::DeadLetter { stream: stream("other"), id: EntryId::new(1, 0) };
    assert_eq!(session.failed.whole(&nowhere).await.unwrap(), None, "no key of this bus");
}

#[tokio::test]
async fn large_events_come_a_few_at_a_time_and_a_reader_who_leaves_ends_the_read() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let large = "x".repeat(1 << 20);
    let body = event(1, "A", ACME).replace("\"tenantId\"", &format!("\"more\":\"{large}\",\"tenantId\""));
    admin.run("XGROUP CREATE event::A sla 0 MKSTREAM").await;
    for n in 1..=12 {
        let id = format!("{n}-0");
        for key in [&b"event::A"[..], b"event::A:dead-letter"] {
            admin.send(&[b"XADD", key, id.as_bytes(), b"event", body.as_bytes()]).await;
        }
        let pack =
            "return redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack({'event', ARGV[2], 'attempt', '2'}))";
        let member = format!("sla|{id}");
        let pack: &[&[u8]] =
            &[b"EVAL", pack.as_bytes(), b"1", b"event::A:scheduled", member.as_bytes(), body.as_bytes()];
        admin.send(pack).await;
        admin.run(&format!("ZADD event::A:schedule {n} {member}")).await;
    }
    admin.run("XREADGROUP GROUP sla c STREAMS event::A >").await;
    let session = session(&native(&server.url()));
    let query = tidings::bus::FailedQuery::of(FailedSource::ALL);
    let pages = crate::pages(&session.failed, query.clone()).await.unwrap();
    assert_eq!(pages.iter().map(|page| page.events.len()).sum::<usize>(), 36);
    for page in &pages {
        assert!(page.events.len() <= 2, "{}", page.events.len());
        assert!(page.events.iter().all(|event| event.text.as_deref() == Some(&body)));
    }
    let (out, mut pages) = tokio::sync::mpsc::channel(1);
    let queue = std::sync::Arc::clone(&session.failed);
    let reading = tokio::spawn(async move { queue.read(&query, out).await });
    pages.recv().await.unwrap();
    drop(pages);
    reading.await.unwrap().unwrap();
}

#[tokio::test]
async fn of_a_long_list_of_pending_entries_the_oldest_are_read_and_the_rest_is_told() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for n in 1..=1_100 {
        admin.run(&format!("XADD event::A {n}-0 event {}", event(n, "A", ACME))).await;
    }
    admin.run("XGROUP CREATE event::A sla 0").await;
    admin.run("XREADGROUP GROUP sla c COUNT 2000 STREAMS event::A >").await;
    let found = find(&session(&native(&server.url())), [FailedSource::Pending]).await;
    assert_eq!(found.events.len(), 1_000);
    assert_eq!(found.events.last().unwrap().at.id(), EntryId::new(1, 0));
    assert_eq!(
        found.unseen,
        ["of what is pending with sla on event::A only the oldest 1,000 were looked at"]
    );
    assert_eq!(found.first.totals.unwrap()[&FailedSource::Pending].number(), 1_100);
}
