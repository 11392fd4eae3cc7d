//! What a user may not read, what he may not do, and that reading sends read commands only.

use std::collections::BTreeSet;

use tidings::broker::redis::{Profile, Settings};
use tidings::bus::{BusError, Counted, FailedSource, Retried, Runs, Verb};

use crate::redis_server::{PrivateRedis, dial, load_fixture};
use crate::sessions::{Admin, alga, native, session};
use crate::statistics::observer;
use crate::{ACME, find, letter};

const VERBS: [Verb; 5] = [Verb::Retry, Verb::Discard, Verb::Release, Verb::Purge, Verb::Import];

fn as_user(server: &PrivateRedis, name: &str) -> String {
    server.url().replace("redis://", &format!("redis://{name}:secret@"))
}

#[tokio::test]
async fn dead_letters_that_may_not_be_read_are_named_and_the_rest_is_shown() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    letter(&mut admin, "A", 1, "sla", ACME).await;
    letter(&mut admin, "B", 1, "sla", ACME).await;
    for words in [
        "XADD event::A 1-0 event x",
        "XGROUP CREATE event::A sla 0",
        "XREADGROUP GROUP sla c STREAMS event::A >",
        "ACL SETUSER half on >secret +@all ~event::A ~event::B* ~event::A:schedule*",
    ] {
        admin.run(words).await;
    }
    let session = session(&native(&as_user(&server, "half")));
    let found = find(&session, FailedSource::FAILED).await;
    let shown: Vec<_> = found.events.iter().map(|event| event.at.to_string()).collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0], "pending:1-0:sla:event::A");
    assert_eq!(found.denied, ["event::A:dead-letter"]);
    let totals = found.first.totals.unwrap();
    assert_eq!(totals[&FailedSource::DeadLetters], Counted::AtLeast(1));
    assert_eq!(totals[&FailedSource::Pending], Counted::Exactly(1));
    let why = &found.first.denied[0].why;
    assert!(why.what().contains("NOPERM"), "{why}");
    // Looked at by its name, the same is said.
    let letter = "dead:1-0:event::A".parse().unwrap();
    assert!(session.failed.whole(&letter).await.is_err());
}

#[tokio::test]
async fn what_a_user_may_do_is_asked_and_not_tried() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let watcher = observer(&mut dial(&server.url()).await, &server.url()).await;
    for words in
        ["ACL SETUSER blind on >secret ~* +@all -acl", "ACL SETUSER claimer on >secret ~* +@all -xdel"]
    {
        admin.run(words).await;
    }
    for (user, settings) in
        [("default", native(&server.url())), ("blind", native(&as_user(&server, "blind")))]
    {
        let session = session(&settings);
        for verb in VERBS {
            assert_eq!(session.failed.may(verb).await, Ok(()), "{user}: decided when it is refused");
        }
    }
    for profile in [Profile::Native, Profile::AlgaPsa] {
        let of = |url: &str| Settings { profile, ..native(url) };
        let watching = session(&of(&watcher));
        for verb in VERBS {
            let Err(BusError::Refused { what, next }) = watching.failed.may(verb).await else {
                panic!("{verb:?}")
            };
            assert!(what.starts_with("the user 'observer' may not "), "{what}");
            assert!(next.starts_with("grant it with ACL SETUSER observer +eval"), "{next}");
        }
        let claimer = session(&of(&as_user(&server, "claimer")));
        assert_eq!(claimer.failed.may(Verb::Release).await, Ok(()));
        assert_eq!(claimer.failed.may(Verb::Import).await, Ok(()));
        let refused = claimer.failed.may(Verb::Purge).await.unwrap_err();
        assert_eq!(refused.next(), Some("grant it with ACL SETUSER claimer +xdel"));
    }
    let pubsub = Settings { profile: Profile::PubSub, ..native(&server.url()) };
    assert!(matches!(session(&pubsub).failed.may(Verb::Retry).await, Err(BusError::Unsupported(_))));
}

/// Everything that can be asked.
async fn ask_all(settings: &Settings) -> usize {
    let session = session(settings);
    let events = find(&session, FailedSource::ALL).await.events;
    for event in &events {
        assert!(session.failed.whole(&event.at).await.unwrap().is_some());
    }
    for runs in [Runs::Failed, Runs::All, Runs::AsNew] {
        session.failed.foresee(&events, runs).await.unwrap();
    }
    let mut follower = session.failed.follower("p");
    let retried = |event: &tidings::bus::FailedEvent| Retried {
        from: event.at.clone(),
        stream: event.stream.clone(),
        source: event.source,
        event: event.event,
        to: vec![tidings::bus::Claim { stream: event.stream.clone(), id: event.at.id() }],
        plan: "p".to_owned(),
        repeated: false,
    };
    follower.add(&events.iter().map(retried).collect::<Vec<_>>());
    follower.look().await.unwrap();
    session.failed.journal(10).await.unwrap();
    session.failed.plan("p").await.unwrap();
    for verb in VERBS {
        session.failed.may(verb).await.unwrap_err();
    }
    events.len()
}

#[tokio::test]
async fn reading_needs_no_more_than_a_watcher_may_and_changes_nothing() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let mut admin = Admin::at(&server.url()).await;
    letter(&mut admin, "A", 1, "sla", ACME).await;
    let pack = "return redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack({'event', '{}', 'attempt', '2'}))";
    admin.send(&[b"EVAL", pack.as_bytes(), b"1", b"event::A:scheduled", b"sla|2-0"]).await;
    let watcher = observer(&mut dial(&server.url()).await, &server.url()).await;
    for words in [
        "ZADD event::A:schedule 5 sla|2-0",
        "XADD event::A:retry:sla 5-0 event x",
        "XADD event::A:retried 5-0 to [[\"event::A:retry:sla\",\"5-0\"]] handler sla plan p source 3-0",
        "XADD event::A 1-0 event x",
        "XGROUP CREATE event::A sla 0",
        "XREADGROUP GROUP sla c STREAMS event::A >",
        "CONFIG RESETSTAT",
    ] {
        admin.run(words).await;
    }
    let native = ask_all(&native(&watcher)).await;
    let alga = ask_all(&alga(&watcher)).await;
    assert_eq!((native, alga), (5, 27));
    let stats: String = admin.get("INFO commandstats").await;
    let mut sent = BTreeSet::new();
    for line in stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")) {
        let (name, rest) = line.split_once(':').unwrap();
        assert!(rest.contains("rejected_calls=0"), "{line}");
        sent.insert(name.split('|').next().unwrap().to_owned());
    }
    let writes: Vec<String> = admin.get("ACL CAT write").await;
    let written: Vec<_> = writes.iter().filter(|name| sent.contains(*name)).collect();
    assert!(written.is_empty(), "{written:?}");
    for scripting in ["eval", "evalsha", "fcall"] {
        assert!(!sent.contains(scripting), "{scripting}");
    }
    for read in ["scan", "xpending", "xrevrange", "xrange", "zrangebyscore", "hget", "smismember", "sscan"] {
        assert!(sent.contains(read), "{read}: {sent:?}");
    }
}
