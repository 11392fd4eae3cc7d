//! A server that cannot write for a while, in the middle of a plan.

use tidings::plan::{Pace, Phase, Progress, start};

use crate::letters::{STREAM, copies, event_id, fill, length};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native, until};
use crate::{plan, ports, until_it, waits};

const COUNT: u64 = 400;
/// What a second allows at most, after a slow step, is less than what is left when something happens.
const RATE: f64 = 200.0;

/// What the server is told, so that it refuses to write, and so that it takes writes again; its code and what is said of it.
const TROUBLES: [(&str, &str, &str, &str); 3] = [
    ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "OOM", "out of memory"),
    ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "READONLY", "a read-only replica"),
    (
        "CONFIG SET min-replicas-to-write 1",
        "CONFIG SET min-replicas-to-write 0",
        "NOREPLICAS",
        "too few replicas",
    ),
];

#[tokio::test]
async fn a_server_that_cannot_write_for_a_while_is_waited_for_and_nothing_is_refused() {
    for (trouble, end_of_it, code, said) in TROUBLES {
        let server = PrivateRedis::start();
        let mut admin = Admin::at(&server.url()).await;
        let places = fill(&mut admin, COUNT, "mail").await;
        let running = start(plan(places, Pace::PerSecond(RATE)), ports(&native(&server.url())));
        let retries = format!("{STREAM}:retry:mail");
        until("it has begun", async || length(&mut admin, &retries).await >= 20).await;
        admin.run(trouble).await;
        let now = until_it(code, &running, |now| waits(now, "it is tried again every")).await;
        let Phase::Waiting(why) = &now.phase else { unreachable!() };
        assert!(why.contains(code) && why.contains(said), "{why}");
        assert!(now.tally.left > 0, "{now:?}");
        let held = length(&mut admin, &retries).await;
        // It is tried again meanwhile, less and less often.
        let is_later = |now: &Progress| waits(now, "every") && !waits(now, "ms");
        until_it("it is tried less and less often", &running, is_later).await;
        assert_eq!(length(&mut admin, &retries).await, held, "nothing is written meanwhile");
        admin.run(end_of_it).await;
        let end = until_it("it goes on", &running, |now| now.phase == Phase::Following).await;
        assert_eq!((end.tally.left, end.tally.refused, end.tally.gone), (0, 0, 0), "{code}: {end:?}");
        assert_eq!(end.tally.retried(), COUNT, "{code}");
        let copies = copies(&mut admin, &retries).await;
        assert!((0..COUNT).all(|n| copies.get(&event_id(n)) == Some(&1)), "{code}: each of them once");
        assert_eq!(length(&mut admin, &format!("{STREAM}:dead-letter")).await, 0);
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_stops_it_at_once_with_the_reason() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let places = fill(&mut admin, COUNT, "mail").await;
    admin.run("ACL SETUSER clumsy reset on >secret ~* &* +@all").await;
    let url = server.url().replace("redis://", "redis://clumsy:secret@");
    let running = start(plan(places, Pace::PerSecond(RATE)), ports(&native(&url)));
    let retries = format!("{STREAM}:retry:mail");
    until("it has begun", async || length(&mut admin, &retries).await >= 20).await;
    admin.run("ACL SETUSER clumsy -xdel").await;
    let end = until_it("it stops", &running, |now| now.phase.is_over()).await;
    assert!(
        matches!(&end.phase, Phase::Stopped(why) if why.contains("NOPERM") && why.contains("'xdel'")),
        "{end:?}"
    );
    let done = length(&mut admin, &retries).await;
    assert_eq!((end.tally.retried(), end.tally.left), (done, COUNT - done), "{end:?}");
    assert_eq!((end.tally.refused, end.refusals.len()), (0, 0), "what was not done is left, and not refused");
}
