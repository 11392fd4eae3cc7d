//! `cargo bench --bench idle`: what a worker costs that has nothing to do: a real `tidings work` with 100 handlers on the
//! streams of 300 types, for a minute (`TIDINGS_IDLE_SECONDS` says otherwise). Prints what the server is asked for and what
//! its share is, in per cent of one core, and last `ratio idle VALUE`: the worker's.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis_server::PrivateRedis;

const HANDLERS: usize = 100;
const STREAMS: usize = 300;
/// How long it is looked at, without a word in the environment.
const SECONDS: u64 = 60;
/// From the last handler's first sign of life on: joining is over, and takes that find nothing wait as long as they ever do.
const SETTLING: Duration = Duration::from_secs(30);
/// How long the handlers may take to join.
const JOINING: Duration = Duration::from_mins(1);
/// So many commands of the server are named.
const NAMED: usize = 6;

/// A `tidings work`, killed when dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let seconds = std::env::var("TIDINGS_IDLE_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let server = PrivateRedis::start();
    let mut raw = redis_server::dial(&server.url()).await;
    publish(&mut raw).await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = format!("[contexts.idle]\nurl = \"{}\"\n", server.url());
    for n in 0..HANDLERS {
        write!(config, "[[handlers]]\nname = \"idle-{n}\"\ntypes = [\"*\"]\nkind = \"log\"\n").unwrap();
    }
    let file = folder.path().join("config.toml");
    fs::write(&file, config).unwrap();
    let notes = folder.path().join("notes");
    let work = Command::new(env!("CARGO_BIN_EXE_tidings"))
        .args(["--context", "idle", "--config"])
        .arg(&file)
        .arg("work")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&notes).unwrap())
        .spawn();
    let mut worker = Worker(work.unwrap());
    let deadline = Instant::now() + JOINING;
    while alive(&mut raw).await < HANDLERS {
        let said = || fs::read_to_string(&notes).unwrap();
        assert!(Instant::now() < deadline, "not all handlers joined within {JOINING:?}: {}", said());
        assert!(worker.0.try_wait().unwrap().is_none(), "the worker ended: {}", said());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(SETTLING).await;

    let pids = [worker.0.id(), server.pid()];
    let (began, cpu, before) = (Instant::now(), pids.map(cpu), commands(&mut raw).await);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let (took, after) = (began.elapsed().as_secs_f64(), commands(&mut raw).await);
    let [ours, servers] = [0, 1].map(|at| 100.0 * (self::cpu(pids[at]) - cpu[at]) / took);
    assert_eq!(alive(&mut raw).await, HANDLERS, "a handler ended meanwhile");

    let mut asked: Vec<_> = after
        .iter()
        .map(|(name, (calls, us))| {
            let (earlier, earlier_us) = before.get(name).copied().unwrap_or_default();
            (us - earlier_us, calls - earlier, name)
        })
        .collect();
    asked.sort_by(|a, b| b.0.total_cmp(&a.0));
    // By the clock: on a busy machine that is more than the work.
    for (us, calls, name) in asked.iter().take(NAMED) {
        println!("idle: {name:<22} {:>8.1} calls/s {:>8.1} ms/s", calls / took, us / took / 1e3);
    }
    println!("idle: {HANDLERS} handlers, {STREAMS} streams, {took:.0} s; per cent of one core:");
    println!("idle: redis-server {servers:.2}");
    println!("idle: the worker   {ours:.2}");
    println!("ratio idle {ours:.2}");
}

/// One event of each type, so that there are so many streams.
async fn publish(raw: &mut MultiplexedConnection) {
    let mut pipeline = redis::pipe();
    for n in 0..STREAMS {
        let id = format!("{n:08x}-7e13-452d-81b7-{n:012x}");
        let event = format!(
            r#"{{"id":"{id}","eventType":"TYPE_{n}","timestamp":"2026-01-01T00:00:00Z","payload":{{"tenantId":"{id}"}}}}"#
        );
        pipeline.cmd("XADD").arg(format!("event::TYPE_{n}")).arg("*").arg("event").arg(event).ignore();
    }
    let () = pipeline.query_async(raw).await.unwrap();
}

/// How many handlers gave a sign of life.
async fn alive(raw: &mut MultiplexedConnection) -> usize {
    redis::cmd("ZCARD").arg("event::$workers").query_async(raw).await.unwrap()
}

/// The time that a process has worked, in seconds.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name may hold anything; behind it the state is the first field, user and system time are the 12th and 13th.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..=12].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// What the server has done so far: calls and microseconds, by command.
async fn commands(raw: &mut MultiplexedConnection) -> BTreeMap<String, (f64, f64)> {
    let text: String = redis::cmd("INFO").arg("commandstats").query_async(raw).await.unwrap();
    let number = |facts: &str, name: &str| {
        facts
            .split(',')
            .find_map(|fact| fact.strip_prefix(name)?.strip_prefix('=')?.parse::<f64>().ok())
            .unwrap()
    };
    text.lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(':'))
        .map(|(name, facts)| (name.to_owned(), (number(facts, "calls"), number(facts, "usec"))))
        .collect()
}
