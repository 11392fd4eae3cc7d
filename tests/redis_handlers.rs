//! Handlers as a real Redis knows them: dead letters by their handler, retries that are due, and one handler looked at
//! closely.

#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

#[path = "support/redis_server.rs"]
mod redis_server;
#[path = "support/sessions.rs"]
mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use redis_server::{PrivateRedis, load_fixture};
use sessions::{Admin, alga, native, session};
use tidings::bus::{Counted, HandlerReport, HandlerState, Lag, Session};
use tidings::event::EntryId;

const TENANT: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";

async fn handler(session: &Session, name: &str) -> HandlerReport {
    let looked = session.inspector.handlers().await.unwrap();
    looked.found.into_iter().find(|report| report.name == name).unwrap()
}

/// A dead letter as the finish script writes it.
fn letter(stream: &str, id: u64, handler: &str, error: &str) -> String {
    let event = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"A","payload":{{"tenantId":"{TENANT}"}}}}"#
    );
    format!(
        "XADD {stream}:dead-letter {id}-0 event {event} sourceStream {stream} sourceMessageId {id}-1 handler {handler} \
         error [\"{error}\",\"cause\"] attempts 3 deadLetteredAt 2026-11-23T19:42:38.555Z reason exhausted"
    )
}

/// A server where `sla` and `mail` both handle the type A.
async fn shared() -> (PrivateRedis, Admin, Session) {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for words in
        ["XADD event::A 1-0 event x", "XGROUP CREATE event::A sla 0", "XGROUP CREATE event::A mail 0"]
    {
        admin.run(words).await;
    }
    let session = session(&native(&server.url()));
    (server, admin, session)
}

#[tokio::test]
async fn dead_letters_are_counted_by_the_handler_that_they_name() {
    let (_server, mut admin, session) = shared().await;
    let counted = async |session: &Session| {
        (handler(session, "sla").await.dead_letters, handler(session, "mail").await.dead_letters)
    };
    assert_eq!(counted(&session).await, (Counted::Exactly(0), Counted::Exactly(0)));
    for id in 1..=30 {
        let whose = if id % 3 == 0 { "mail" } else { "sla" };
        admin.run(&letter("event::A", id, whose, "boom")).await;
    }
    assert_eq!(counted(&session).await, (Counted::Exactly(20), Counted::Exactly(10)));
    admin.run(&letter("event::A", 31, "mail", "boom")).await;
    assert_eq!(counted(&session).await, (Counted::Exactly(20), Counted::Exactly(11)), "what came since");
    admin.run("XDEL event::A:dead-letter 1-0 2-0 3-0").await;
    assert_eq!(counted(&session).await, (Counted::Exactly(18), Counted::Exactly(10)), "some were taken away");
    admin.run("DEL event::A:dead-letter").await;
    assert_eq!(counted(&session).await, (Counted::Exactly(0), Counted::Exactly(0)));
}

#[tokio::test]
async fn counting_large_dead_letters_has_a_bound_says_so_and_goes_on_with_the_next_look() {
    let (_server, mut admin, session) = shared().await;
    for id in 1..=200 {
        admin.run(&letter("event::A", id, "sla", &"x".repeat(64 * 1024))).await;
    }
    let first = handler(&session, "sla").await.dead_letters;
    assert!(!first.is_exact() && (1..200).contains(&first.number()), "{first:?}");
    assert!(first.show().ends_with('+'));
    assert_eq!(handler(&session, "sla").await.dead_letters, Counted::Exactly(200));
}

#[tokio::test]
async fn retries_that_are_due_are_lag_and_pending_as_anything_else() {
    let (_server, mut admin, session) = shared().await;
    for words in [
        "XREADGROUP GROUP sla c-1 STREAMS event::A >",
        "XACK event::A sla 1-0",
        "XGROUP CREATE event::A:retry:sla sla 0 MKSTREAM",
        "XADD event::A:retry:sla * event x attempt 2 retryOf 1-0",
        "XADD event::A:retry:sla * event x attempt 3 retryOf 1-1",
        "XREADGROUP GROUP sla c-1 COUNT 1 STREAMS event::A:retry:sla >",
        "ZADD event::A:schedule 1795459752545 sla|1-2 1795459752999 sla|1-3 1 mail|1-2 5 odd",
    ] {
        admin.run(words).await;
    }
    let sla = handler(&session, "sla").await;
    assert_eq!((sla.lag, sla.pending), (Lag::Exactly(1), 1));
    assert_eq!(sla.waiting.iter().map(|entry| entry.is_retry).collect::<Vec<_>>(), [true]);
    assert_eq!(sla.consumers.iter().map(|consumer| consumer.pending).collect::<Vec<_>>(), [1]);
    assert_eq!((sla.scheduled, sla.retrying()), (Some(Counted::Exactly(2)), Counted::Exactly(3)));
    assert_eq!(sla.next_retry.unwrap().timestamp_millis(), 1_795_459_752_545);
    assert_eq!(sla.state(), HandlerState::Retrying);
    let mail = handler(&session, "mail").await;
    assert_eq!(
        (mail.lag, mail.scheduled, mail.state()),
        (Lag::Exactly(1), Some(Counted::Exactly(1)), HandlerState::Down)
    );

    let tell = |handler: &str, source: &str, error: &str| {
        format!(
            "XADD event::$failures * handler {handler} tenant {TENANT} sourceStream event::A sourceMessageId {source} \
             eventId 57f7e9a7-7e13-452d-81b7-9892c8fdd92e type A attempt 2 kind timed-out ms 5 consumer c-1 host web-1 \
             at 2026-11-23T19:42:38.555Z error [\"{error}\"] next retry nextAt 2026-11-23T19:42:39.555Z"
        )
    };
    for words in [
        tell("sla", "1-2", "old"),
        tell("sla", "1-2", "new\",\"its-cause"),
        tell("mail", "1-2", "mail"),
        "XADD event::$failures * odd x".to_owned(),
    ] {
        admin.run(&words).await;
    }
    let sla = handler(&session, "sla").await;
    assert_eq!(sla.last_error.as_ref().unwrap().text, "new: its-cause");
    let detail = session.inspector.handler(&sla).await.unwrap();
    let retries: Vec<_> = detail
        .retries
        .iter()
        .map(|retry| {
            (retry.source, retry.failed.as_ref().map(|failed| (failed.attempt, failed.error.as_str())))
        })
        .collect();
    assert_eq!(retries, [(EntryId::new(1, 2), Some((2, "new: its-cause"))), (EntryId::new(1, 3), None)]);
}

#[tokio::test]
async fn a_long_schedule_is_counted_up_to_a_bound() {
    let (_server, mut admin, session) = shared().await;
    let member = |n| format!("{n} {}|{n}-0", if n % 2 == 0 { "sla" } else { "mail" });
    let members: Vec<_> = (1..=1_200).map(member).collect();
    admin.run(&format!("ZADD event::A:schedule {}", members.join(" "))).await;
    let sla = handler(&session, "sla").await;
    assert_eq!((sla.scheduled, sla.next_retry.unwrap().timestamp_millis()), (Some(Counted::AtLeast(500)), 2));
    assert_eq!(session.inspector.handler(&sla).await.unwrap().retries.len(), 20);
}

#[tokio::test]
async fn looking_closely_finds_the_newest_of_a_handler_among_those_of_others() {
    let (_server, mut admin, session) = shared().await;
    admin.run(&letter("event::A", 1, "mail", "first")).await;
    for id in 2..=60 {
        admin.run(&letter("event::A", id, "sla", "boom")).await;
    }
    let mail = handler(&session, "mail").await;
    let detail = session.inspector.handler(&mail).await.unwrap();
    assert_eq!(
        detail.dead_letters.iter().map(|it| it.error.as_deref()).collect::<Vec<_>>(),
        [Some("first: cause")]
    );
    assert_eq!(detail.unseen, None);
    for id in 61..=300 {
        admin.run(&letter("event::A", id, "sla", "boom")).await;
    }
    let detail = session.inspector.handler(&mail).await.unwrap();
    assert!(
        detail.dead_letters.is_empty() && detail.unseen.is_some(),
        "it is too far down, and that is said: {detail:?}"
    );
    let sla = session.inspector.handler(&handler(&session, "sla").await).await.unwrap();
    assert_eq!((sla.dead_letters.len(), sla.unseen), (20, None));
    assert_eq!(sla.dead_letters[0].source, Some(EntryId::new(300, 1)), "newest first");
}

#[tokio::test]
async fn a_stream_that_may_not_be_looked_at_is_a_note_and_the_rest_is_reported() {
    let (server, mut admin, _) = shared().await;
    admin.run("XADD event::B 1-0 event x").await;
    admin.run("XGROUP CREATE event::B hidden 0").await;
    admin
        .run("ACL SETUSER narrow on >s3cret %R~event::A* %R~event::$* +@read +@connection +info +time")
        .await;
    let session = session(&native(&server.url().replace("redis://", "redis://narrow:s3cret@")));
    let streams = session.inspector.streams().await.unwrap();
    assert_eq!(streams.found.len(), 1);
    let note = streams.note().unwrap();
    assert!(
        note.starts_with("event::B may not be looked at and is left out: ") && note.contains("NOPERM"),
        "{note}"
    );
    let handlers = session.inspector.handlers().await.unwrap();
    let names: Vec<_> = handlers.found.iter().map(|report| report.name.as_str()).collect();
    assert_eq!((names, handlers.denied.len()), (vec!["mail", "sla"], 1));
    admin.run("ACL SETUSER narrow resetkeys %R~event::A %R~event::$*").await;
    let handlers = session.inspector.handlers().await.unwrap();
    assert!(handlers.found.iter().all(|report| report.dead_letters == Counted::AtLeast(0)), "not 0: unknown");
    assert!(handlers.denied.iter().any(|denied| denied.stream.as_str() == "event::A:dead-letter"));
    admin.run("ACL SETUSER narrow resetkeys ~nothing").await;
    let error = session.inspector.handlers().await.unwrap_err();
    assert!(error.what().contains("NOPERM"), "all is hidden: {error}");
}

#[tokio::test]
async fn of_algas_handler_it_shows_what_redis_knows() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let session = session(&alga(&server.url()));
    let looked = session.inspector.handlers().await.unwrap();
    let [report] = &looked.found[..] else { unreachable!("Alga has one group") };
    assert_eq!((report.name.as_str(), report.pending), ("event-processors", 6));
    assert_eq!(
        (report.dead_letters, report.scheduled, &report.last_error),
        (Counted::Exactly(21), None, &None)
    );
    assert!(report.waiting.iter().all(|entry| entry.deliveries == 2 && !entry.is_retry));
    let detail = session.inspector.handler(report).await.unwrap();
    assert_eq!((detail.retries.len(), detail.dead_letters.len(), detail.unseen), (0, 20, None));
    let deliveries: BTreeSet<_> = detail.dead_letters.iter().map(|it| it.attempts).collect();
    assert_eq!(deliveries, [Some(4)].into());
    assert!(
        detail.dead_letters.iter().all(|it| it.tenant.is_some() && it.at.is_some() && it.reason.is_none())
    );
    assert!(detail.dead_letters.is_sorted_by(|a, b| a.at >= b.at), "newest first");
}

#[tokio::test]
async fn looking_at_handlers_sends_commands_that_read_and_nothing_else() {
    let (_server, mut admin, session) = shared().await;
    admin.run(&letter("event::A", 1, "sla", "boom")).await;
    admin.run("XGROUP CREATE event::A:retry:sla sla 0 MKSTREAM").await;
    admin.run("XADD event::A:retry:sla * event x").await;
    admin.run("XREADGROUP GROUP sla c-1 STREAMS event::A >").await;
    admin.run("CONFIG RESETSTAT").await;
    let sla = handler(&session, "sla").await;
    session.inspector.handler(&sla).await.unwrap();
    let stats: String = admin.get("INFO commandstats").await;
    let sent: BTreeMap<&str, &str> = stats
        .lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(':'))
        .filter(|(command, _)| {
            !["config|resetstat", "client|setinfo", "client|setname", "hello", "select"].contains(command)
        })
        .collect();
    let expected = [
        "get",
        "hgetall",
        "scan",
        "xinfo|consumers",
        "xinfo|groups",
        "xinfo|stream",
        "xlen",
        "xpending",
        "xrange",
        "xrevrange",
        "zcard",
        "zmscore",
        "zrange",
    ];
    assert_eq!(
        sent.keys().copied().filter(|command| *command != "info" && *command != "ping").collect::<Vec<_>>(),
        expected
    );
}
