//! A server that answers, and can do nothing for a while, in the middle of a plan: it cannot save its data, runs an endless
//! script, or loads its data.

use redis::aio::MultiplexedConnection;
use tidings::plan::{Pace, Phase, Running, start};

use crate::letters::{STREAM, copies, event_id, fill, length};
use crate::redis_server::{PrivateRedis, dial};
use crate::sessions::{Admin, native, until};
use crate::{plan, ports, until_it, waits};

const COUNT: u64 = 400;
/// What a second allows at most, after a slow step, is less than what is left when something happens.
const RATE: f64 = 200.0;

fn retries() -> String {
    format!("{STREAM}:retry:mail")
}

/// A plan that has begun on `server`.
async fn begun(server: &PrivateRedis, admin: &mut Admin) -> Running {
    let places = fill(admin, COUNT, "mail").await;
    let running = start(plan(places, Pace::PerSecond(RATE)), ports(&native(&server.url())));
    until("it has begun", async || length(admin, &retries()).await >= 20).await;
    running
}

/// The plan says why it waits; nothing of it is refused meanwhile.
async fn waiting(running: &Running, code: &str, said: &str) {
    let now = until_it(code, running, |now| waits(now, code)).await;
    assert!(waits(&now, said) && waits(&now, "it is tried again every"), "{:?}", now.phase);
    assert!(now.tally.left > 0 && now.tally.refused == 0, "{now:?}");
}

/// It goes on by itself, and each event is retried once.
async fn all_right(running: &Running, admin: &mut Admin, code: &str) {
    let end = until_it("it goes on", running, |now| now.phase == Phase::Following).await;
    assert_eq!((end.tally.left, end.tally.refused, end.tally.gone), (0, 0, 0), "{code}: {end:?}");
    assert_eq!(end.tally.retried(), COUNT, "{code}");
    let copies = copies(admin, &retries()).await;
    assert!((0..COUNT).all(|n| copies.get(&event_id(n)) == Some(&1)), "{code}: each of them once");
    assert_eq!(length(admin, &format!("{STREAM}:dead-letter")).await, 0);
}

/// Runs a command that nothing answers for a while, on a connection of its own.
async fn aside(server: &PrivateRedis, words: &'static [&'static str]) {
    let mut connection: MultiplexedConnection = dial(&server.url()).await;
    tokio::spawn(async move {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        // A script that is killed answers with an error.
        let _: redis::RedisResult<redis::Value> = command.query_async(&mut connection).await;
    });
}

#[tokio::test]
async fn one_that_cannot_save_its_data_is_waited_for() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let running = begun(&server, &mut admin).await;
    // Where its file should be lies a folder.
    std::fs::create_dir(server.folder().join("dump.rdb")).unwrap();
    admin.send(&[b"CONFIG", b"SET", b"save", b"3600 1"]).await;
    admin.run("BGSAVE").await;
    until("it has failed to save", async || {
        admin.get::<String>("INFO persistence").await.contains("rdb_last_bgsave_status:err")
    })
    .await;
    waiting(&running, "MISCONF", "cannot").await;
    let held = length(&mut admin, &retries()).await;
    std::fs::remove_dir(server.folder().join("dump.rdb")).unwrap();
    assert!(held < COUNT);
    until("it has saved", async || {
        // One that is under way already is the one that is waited for.
        let info = admin.get::<String>("INFO persistence").await;
        if info.contains("rdb_bgsave_in_progress:0") && info.contains("rdb_last_bgsave_status:err") {
            admin.run("BGSAVE").await;
        }
        info.contains("rdb_last_bgsave_status:ok")
    })
    .await;
    all_right(&running, &mut admin, "MISCONF").await;
}

#[tokio::test]
async fn one_that_runs_an_endless_script_is_waited_for() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    admin.run("CONFIG SET lua-time-limit 20").await;
    let running = begun(&server, &mut admin).await;
    aside(&server, &["EVAL", "while true do end", "0"]).await;
    waiting(&running, "BUSY", "script").await;
    admin.run("SCRIPT KILL").await;
    all_right(&running, &mut admin, "BUSY").await;
}

#[tokio::test]
async fn one_that_loads_its_data_is_waited_for() {
    let debug = ["--enable-debug-command", "yes"];
    let plain = ["--save", "", "--appendonly", "no", "--rdbcompression", "no"];
    let server = PrivateRedis::start_with(&[plain.as_slice(), &debug].concat());
    let mut admin = Admin::at(&server.url()).await;
    // Each key is larger than what is loaded between two looks at its connections.
    admin.run("DEBUG POPULATE 2000 filler 4096").await;
    let running = begun(&server, &mut admin).await;
    // So slow that it would load for minutes, and looks up after every key.
    admin.run("CONFIG SET loading-process-events-interval-bytes 1024").await;
    admin.run("CONFIG SET key-load-delay 100000").await;
    aside(&server, &["DEBUG", "RELOAD"]).await;
    waiting(&running, "LOADING", "load").await;
    admin.run("CONFIG SET key-load-delay 0").await;
    until("it has loaded", async || admin.get::<String>("INFO persistence").await.contains("\r\nloading:0"))
        .await;
    all_right(&running, &mut admin, "LOADING").await;
}
