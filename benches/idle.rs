//! `cargo bench --bench idle`: what a worker costs that has nothing to do: a real `tidings work` with 100 handlers on the
//! streams of 300 types, for a minute (`TIDINGS_IDLE_SECONDS` says otherwise). Prints what the server is asked for and what
//! its share is, in per cent of one core, and last `ratio idle VALUE`: the worker's.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

#[path = "common/crew.rs"]
mod crew;
#[path = "common/process.rs"]
mod process;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crew::{Crew, HANDLERS, STREAMS, alive};
use process::cpu;
use redis::aio::MultiplexedConnection;
use redis_server::PrivateRedis;

/// How long it is looked at, without a word in the environment.
const SECONDS: u64 = 60;
/// So many commands of the server are named.
const NAMED: usize = 6;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let seconds = std::env::var("TIDINGS_IDLE_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let server = PrivateRedis::start();
    let mut raw = redis_server::dial(&server.url()).await;
    let crew = Crew::settled(&server, &mut raw).await;

    let pids = [crew.pid(), server.pid()];
    let (began, before_cpu, before) = (Instant::now(), pids.map(cpu), commands(&mut raw).await);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let (took, after) = (began.elapsed().as_secs_f64(), commands(&mut raw).await);
    let [ours, servers] = [0, 1].map(|at| 100.0 * (cpu(pids[at]) - before_cpu[at]) / took);
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

/// The program that is measured.
fn program() -> &'static str {
    env!("CARGO_BIN_EXE_tidings")
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
