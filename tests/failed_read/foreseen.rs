//! What a retry would do, before it is done.

use std::collections::BTreeMap;

use tidings::bus::{FailedSource, Runs};

use crate::redis_server::{PrivateRedis, load_fixture};
use crate::sessions::{Admin, alga, native, session};
use crate::{ACME, find, letter};

fn reached<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected.into_iter().map(|(name, events)| (name.to_owned(), events)).collect()
}

#[tokio::test]
async fn on_algas_bus_marks_say_what_is_skipped() {
    let server = PrivateRedis::start();
    load_fixture(&server.url()).await;
    let mut admin = Admin::at(&server.url()).await;
    let session = session(&alga(&server.url()));
    let dead = find(&session, [FailedSource::DeadLetters]).await.events;
    let foreseen = session.failed.foresee(&dead, Runs::Failed).await.unwrap();
    assert_eq!(foreseen.handlers, reached([("event-processors", 21)]));
    assert_eq!((foreseen.skipped, foreseen.skipped_runs, foreseen.notes.len()), (0, 0, 0));
    let mark = |event: &tidings::bus::FailedEvent| {
        (event.tenant.clone().unwrap().as_str().to_owned(), event.event.unwrap())
    };
    let (tenant, id) = mark(&dead[0]);
    admin.run(&format!("SADD processed_events:{tenant} {id}")).await;
    let (tenant, id) = mark(&dead[1]);
    admin.run(&format!("SADD processed_event_handlers:{tenant} {id}:sla {id}:audit:v7 odd")).await;
    let foreseen = session.failed.foresee(&dead, Runs::Failed).await.unwrap();
    assert_eq!(foreseen.handlers, reached([("event-processors", 20)]));
    assert_eq!((foreseen.skipped, foreseen.skipped_runs), (1, 2));
    assert_eq!(
        foreseen.notes,
        [
            "audit:v7 has done 1 of them, and passes over those",
            "sla has done 1 of them, and passes over those"
        ]
    );
    let all = session.failed.foresee(&dead, Runs::All).await.unwrap();
    assert_eq!((all.handlers, all.skipped), (reached([("event-processors", 21)]), 0));
    assert_eq!(
        all.notes,
        ["a consumer of an older Alga ignores 'force': it passes over 1 event and 2 single runs"]
    );
    let anew = session.failed.foresee(&dead, Runs::AsNew).await.unwrap();
    assert_eq!((anew.handlers, anew.notes.len()), (reached([("event-processors", 21)]), 0));

    let (tenant, _) = mark(&dead[0]);
    admin.run(&format!("DEL processed_events:{tenant} processed_event_handlers:{tenant}")).await;
    let of_tenant = dead.iter().filter(|event| mark(event).0 == tenant).count();
    let expired = session.failed.foresee(&dead, Runs::Failed).await.unwrap();
    let note = format!("marks expired: every handler will run ({of_tenant} events of 1 tenant)");
    assert!(expired.notes.contains(&note), "{:?}", expired.notes);
}

#[tokio::test]
async fn on_a_native_bus_it_is_the_handler_of_the_letter_or_every_group() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    for group in ["sla", "mail"] {
        admin.run(&format!("XGROUP CREATE event::A {group} 0 MKSTREAM")).await;
    }
    for n in 1..=3 {
        letter(&mut admin, "A", n, "sla", ACME).await;
    }
    letter(&mut admin, "A", 4, "forgotten", ACME).await;
    letter(&mut admin, "B", 5, "sla", ACME).await;
    admin.run("XADD event::A:dead-letter * event x").await;
    // Within its dedup window the handler has done it.
    admin.run("ZADD event::A:done:sla 5 57f7e9a7-7e13-452d-81b7-000000000002").await;
    let session = session(&native(&server.url()));
    let dead = find(&session, [FailedSource::DeadLetters]).await.events;
    assert_eq!(dead.len(), 6);
    let foreseen = session.failed.foresee(&dead, Runs::Failed).await.unwrap();
    assert_eq!(foreseen.handlers, reached([("forgotten", 1), ("sla", 3)]));
    assert_eq!((foreseen.skipped, foreseen.skipped_runs), (1, 1));
    assert_eq!(
        foreseen.notes,
        [
            "1 name no handler: nobody would get them",
            "forgotten has no group on event::A: its 1 wait until it runs again",
            "sla has no group on event::B: its 1 wait until it runs again",
        ]
    );
    for runs in [Runs::All, Runs::AsNew] {
        let all = session.failed.foresee(&dead, runs).await.unwrap();
        assert_eq!((all.handlers, all.skipped), (reached([("mail", 5), ("sla", 5)]), 0));
        assert_eq!(all.notes, ["nobody handles event::B: its 1 reach nobody"]);
    }
}
