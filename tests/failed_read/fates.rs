//! What became of a published event, on a real Redis: while it moves as fast as the server lets it, with read commands
//! only, and on the captured bus of Alga.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tidings::bus::{BusError, FailedAt, FailedSource, Fate, Published, Receiver, Session, Stage};
use tidings::event::{Channel, EntryId, EventId, EventType};

use crate::redis_server::{PrivateRedis, dial, load_fixture};
use crate::sessions::{Admin, alga, native, read_only, session};
use crate::statistics::{observer, reset, statistics, writes};
use crate::{ACME, GLOBEX, event, find, locked, stream};

const STREAM: &str = "event::TICKET_CLOSED";

/// As the scripts of workers do it: an attempt at what is in the retry stream ends, and its retry waits; then that is due.
/// Each step is a script of its own, so that a question may come between any two.
const ATTEMPT: &str = "
local entry = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
redis.call('HSET', KEYS[3], ARGV[1], cmsgpack.pack(entry[2]))
redis.call('ZADD', KEYS[2], '1', ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', '1000', '*', 'handler', 'mail', 'eventId', '', 'retryOf', ARGV[2], 'plan', '', 'attempt', '2', 'outcome', 'retry')
redis.call('XDEL', KEYS[1], entry[1])";
const PROMOTE: &str = "
local body = redis.call('HGET', KEYS[3], ARGV[1])
redis.call('XADD', KEYS[1], '*', unpack(cmsgpack.unpack(body)))
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])";

fn published(key: &str, entry: EntryId) -> Published {
    Published { event: EventId::random(), stream: stream(key), entry, repeated: false }
}

async fn fates(session: &Session, published: &Published) -> Vec<Fate> {
    session.inspector.fates(published).await.unwrap()
}

/// An event that was given to `mail` and is in its retry stream.
async fn retried(admin: &mut Admin) -> Published {
    admin.run(&format!("XGROUP CREATE {STREAM} mail 0 MKSTREAM")).await;
    let id: String = admin.get(&format!("XADD {STREAM} * event {}", event(1, "TICKET_CLOSED", ACME))).await;
    admin.run(&format!("XREADGROUP GROUP mail web-1 COUNT 1 STREAMS {STREAM} >")).await;
    let body = event(1, "TICKET_CLOSED", ACME);
    let retry = format!("attempt 2 crashes 0 retryOf {id} plan  history []").replace("plan  ", "plan p ");
    admin.run(&format!("XADD {STREAM}:retry:mail * event {body} {retry}")).await;
    admin.run(&format!("XGROUP CREATE {STREAM}:retry:mail mail 0")).await;
    admin.run(&format!("XACK {STREAM} mail {id}")).await;
    published(STREAM, id.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_questions_never_take_one_that_moves_for_one_that_is_done() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let published = retried(&mut admin).await;
    let source = published.entry.to_string();
    let moved = Arc::new(AtomicU64::new(0));
    let moving = tokio::spawn({
        let (mut connection, moved) = (dial(&server.url()).await, Arc::clone(&moved));
        async move {
            loop {
                for script in [ATTEMPT, PROMOTE] {
                    let mut step = redis::cmd("EVAL");
                    step.arg(script).arg(4);
                    for tail in [":retry:mail", ":schedule", ":scheduled", ":outcomes"] {
                        step.arg(format!("{STREAM}{tail}"));
                    }
                    step.arg(format!("mail|{source}")).arg(&source);
                    let () = step.query_async(&mut connection).await.unwrap();
                }
                moved.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let follows = session(&native(&server.url()));
    let mut seen = BTreeMap::new();
    for n in 0..2_000 {
        let found = match n % 50 {
            0 => fates(&session(&native(&server.url())), &published).await,
            _ => fates(&follows, &published).await,
        };
        let [Fate { name, stage }] = &found[..] else { panic!("{found:?}") };
        assert!(name == "mail" && matches!(stage, Stage::Retrying { .. }), "{found:?}");
        *seen.entry(stage.word()).or_insert(0) += 1;
    }
    moving.abort();
    let moved = moved.load(Ordering::SeqCst);
    assert!(moved > 2_000, "it moved {moved} times only");
    // And then it is done: nothing but its outcome says so.
    let _ = moving.await;
    admin.run(&format!("DEL {STREAM}:retry:mail {STREAM}:schedule {STREAM}:scheduled")).await;
    let done = format!("handler mail retryOf {} plan p attempt 3 outcome done", published.entry);
    admin.run(&format!("XADD {STREAM}:outcomes * {done}")).await;
    assert_eq!(fates(&follows, &published).await[0].stage, Stage::Succeeded);
}

#[tokio::test]
async fn what_is_nowhere_after_a_failed_attempt_is_not_made_out_to_have_succeeded() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let published = retried(&mut admin).await;
    let session = session(&native(&server.url()));
    let retry = format!("handler mail retryOf {} plan p attempt 2 outcome retry", published.entry);
    admin.run(&format!("XADD {STREAM}:outcomes * {retry}")).await;
    admin.run(&format!("DEL {STREAM}:retry:mail")).await;
    let Stage::Dead { reason: None, error: Some(error) } = &fates(&session, &published).await[0].stage else {
        panic!()
    };
    assert!(error.contains("it waits nowhere any more"), "{error}");
    // A dead letter that was purged leaves its outcome, and what was seen of it.
    admin.run(&format!("XADD {STREAM}:outcomes * {}", retry.replace("outcome retry", "outcome dead"))).await;
    let dead = Stage::Dead { reason: None, error: None };
    assert_eq!(fates(&session, &published).await[0].stage, dead);
}

#[tokio::test]
async fn a_long_retry_stream_is_gone_through_once() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    admin.run(&format!("XGROUP CREATE {STREAM} mail 0 MKSTREAM")).await;
    let id: String = admin.get(&format!("XADD {STREAM} * event {}", event(1, "TICKET_CLOSED", ACME))).await;
    admin.run(&format!("XREADGROUP GROUP mail web-1 COUNT 1 STREAMS {STREAM} >")).await;
    admin.run(&format!("XACK {STREAM} mail {id}")).await;
    let fill = "for n = 1, 3000 do redis.call('XADD', KEYS[1], '*', 'event', '{}', 'retryOf', n .. '-1') end";
    let key = format!("{STREAM}:retry:mail");
    let mut connection = dial(&server.url()).await;
    let () = redis::cmd("EVAL").arg(fill).arg(1).arg(&key).query_async(&mut connection).await.unwrap();
    let session = session(&native(&server.url()));
    let published = published(STREAM, id.parse().unwrap());
    assert_eq!(fates(&session, &published).await[0].stage, Stage::Succeeded);
    // It comes behind them all, with what another program wrote of it.
    admin.run(&format!("XADD {key} * event x retryOf {id}")).await;
    let found = fates(&session, &published).await;
    assert!(matches!(found[0].stage, Stage::Retrying { attempt: 2, error: None, .. }), "{found:?}");
}

#[tokio::test]
async fn other_programs_groups_receive_as_well() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let session = read_only(&native(&server.url()));
    let closed = EventType::new("TICKET_CLOSED").unwrap();
    assert_eq!(session.inspector.receivers(&closed, None).await.unwrap().groups, []);
    admin.run(&format!("XGROUP CREATE {STREAM} Odd/Name 0 MKSTREAM")).await;
    admin.run(&format!("XGROUP CREATECONSUMER {STREAM} Odd/Name c-1")).await;
    let id: String = admin.get(&format!("XADD {STREAM} * event {}", event(1, "TICKET_CLOSED", ACME))).await;
    let receiver = Receiver { name: "Odd/Name".to_owned(), consumers: 1 };
    assert_eq!(
        session.inspector.receivers(&closed, None).await.unwrap().groups,
        [receiver],
        "it asked just now"
    );
    let published = published(STREAM, id.parse().unwrap());
    assert_eq!(fates(&session, &published).await[0].stage, Stage::Waiting);
    admin.run(&format!("XREADGROUP GROUP Odd/Name c-1 COUNT 1 STREAMS {STREAM} >")).await;
    admin.run(&format!("XACK {STREAM} Odd/Name {id}")).await;
    assert_eq!(fates(&session, &published).await[0].stage, Stage::Succeeded);
}

#[tokio::test]
async fn an_event_of_the_captured_bus_has_the_fate_that_its_group_gave_it() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let settings = alga(&server.url());
    let session = read_only(&settings);
    let found = find(&session, FailedSource::FAILED).await.events;
    let (mut dead, mut retrying) = (0, 0);
    let mut of_tenant = None;
    for failed in &found {
        let published = published(failed.stream.as_str(), failed.source.unwrap());
        let stage = match session.inspector.fates(&published).await.unwrap().as_slice() {
            [Fate { name, stage }] if name == "event-processors" => stage.clone(),
            other => panic!("{other:?}"),
        };
        if let FailedAt::DeadLetter { .. } = failed.at {
            assert_eq!(stage, Stage::Dead { reason: None, error: None });
            dead += 1;
        } else {
            // Delivered twice.
            assert_eq!(stage, Stage::Retrying { attempt: 3, next_at: None, error: None });
            retrying += 1;
            of_tenant = failed.tenant.clone().map(|tenant| (tenant, published));
        }
    }
    assert_eq!((dead, retrying), (21, 6));
    let (tenant, published) = of_tenant.unwrap();
    let own = locked(&settings, &[tenant.as_str()]);
    assert_eq!(own.inspector.fates(&published).await.unwrap().len(), 1);
    let other = locked(&settings, &[if tenant.as_str() == GLOBEX { ACME } else { GLOBEX }]);
    assert!(matches!(other.inspector.fates(&published).await, Err(BusError::Refused { .. })));
    // Who receives what is published on a channel.
    let created = EventType::new("TICKET_CREATED").unwrap();
    let email = Channel::new("emailservice::v7").unwrap();
    let receivers = session.inspector.receivers(&created, Some(&email)).await.unwrap();
    let names: Vec<_> = receivers.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!((names, receivers.subscribers, receivers.patterns), (vec!["event-processors"], None, None));
    let nowhere = Channel::new("nowhere").unwrap();
    assert_eq!(session.inspector.receivers(&created, Some(&nowhere)).await.unwrap().groups, []);
}

#[tokio::test]
async fn on_algas_bus_an_entry_is_given_succeeds_or_dies() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let key = "alga-psa:event-stream:global:TICKET_CLOSED";
    admin.run(&format!("XGROUP CREATE {key} event-processors 0 MKSTREAM")).await;
    admin.run(&format!("XGROUP CREATE {key} another 0")).await;
    let id: String = admin.get(&format!("XADD {key} * event {}", event(1, "TICKET_CLOSED", ACME))).await;
    let session = session(&alga(&server.url()));
    let published = published(key, id.parse().unwrap());
    let stage = async || {
        let found = fates(&session, &published).await;
        assert_eq!(found.len(), 1, "Alga's own group is the one that counts: {found:?}");
        found[0].stage.clone()
    };
    assert_eq!(stage().await, Stage::Waiting);
    admin.run(&format!("XREADGROUP GROUP event-processors consumer-7 COUNT 1 STREAMS {key} >")).await;
    assert_eq!(stage().await, Stage::Running { consumer: "consumer-7".to_owned(), deliveries: 1 });
    admin.run(&format!("XCLAIM {key} event-processors consumer-8 0 {id} RETRYCOUNT 2 JUSTID")).await;
    assert_eq!(stage().await, Stage::Retrying { attempt: 3, next_at: None, error: None });
    admin.run(&format!("XACK {key} event-processors {id}")).await;
    assert_eq!(stage().await, Stage::Succeeded);
    // Alga's own record outlives the dead letter, which may be retried.
    admin.run(&format!("SADD dead_lettered_messages:{key} {id}")).await;
    assert_eq!(stage().await, Stage::Dead { reason: None, error: None });
    admin.run(&format!("DEL dead_lettered_messages:{key}")).await;
    admin.run(&format!("XADD {key}:dead-letter * event x sourceMessageId {id}")).await;
    assert_eq!(stage().await, Stage::Dead { reason: None, error: None });
}

#[tokio::test]
async fn a_user_who_may_only_read_may_ask_and_nothing_is_written() {
    let server = PrivateRedis::start();
    let mut admin = dial(&server.url()).await;
    let url = observer(&mut admin, &server.url()).await;
    let published = retried(&mut Admin::at(&server.url()).await).await;
    let session = read_only(&native(&url));
    reset(&mut admin).await;
    let closed = EventType::new("TICKET_CLOSED").unwrap();
    assert_eq!(session.inspector.receivers(&closed, None).await.unwrap().groups.len(), 1);
    assert_eq!(fates(&session, &published).await[0].stage.word(), "retrying");
    Admin::at(&server.url()).await.run(&format!("DEL {STREAM}:retry:mail")).await;
    assert_eq!(fates(&session, &published).await[0].stage, Stage::Succeeded);
    let mut sent = statistics(&mut admin).await;
    // That was the administrator's.
    sent.remove("del");
    for (command, (_, rejected, _)) in sent {
        assert_eq!(rejected, 0, "{command} was refused");
        assert!(!writes(&mut admin, &command).await, "{command} writes");
    }
}
