//! `cargo bench --bench soak -- --seconds 600`: 10,000 events a second on the Events view, following, in a terminal of 140x40
//! on a real Redis, for as long as is said (ten minutes by default). Memory of the program (`VmRSS`) every ten seconds. The
//! ring is at its limit after half a minute; after five minutes the window of rates is, too. From then on nothing may grow:
//! prints, last, `ratio soak VALUE`: the last against the first number after that.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "common/dashboard.rs"]
mod dashboard;
#[path = "common/process.rs"]
mod process;
#[path = "../tests/support/pty.rs"]
mod pty;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;
#[path = "../tests/support/screen.rs"]
mod screen;
#[path = "common/traffic.rs"]
mod traffic;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::Dashboard;
use process::{cpu, resident};
use redis_server::PrivateRedis;
use traffic::Traffic;

const SECONDS: u64 = 600;
const RATE: usize = 10_000;
const SAMPLE: Duration = Duration::from_secs(10);
/// Until everything that is bounded is full: the window of rates is five minutes long.
const WARMING: Duration = Duration::from_secs(310);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = arguments.iter().position(|argument| argument == "--seconds");
    let seconds = given.map_or(SECONDS, |at| arguments[at + 1].parse().unwrap());
    let time = Duration::from_secs(seconds);
    let warming = WARMING.min(time / 2);
    let server = PrivateRedis::start();
    let traffic = Traffic::begin(server.url(), RATE, Arc::new(common::events(10_000)));
    let mut dashboard = Dashboard::open(&server.url(), "", (140, 40));
    dashboard.press("2");
    dashboard.until("TICKET_CREATED");
    let (began, before) = (Instant::now(), cpu(dashboard.pid()));
    let mut samples = Vec::new();
    while began.elapsed() < time {
        std::thread::sleep(SAMPLE);
        let (at, mb) = (began.elapsed(), resident(dashboard.pid()) as f64 / 1e6);
        println!("soak: {:>4.0} s  {mb:.1} MB", at.as_secs_f64());
        if at >= warming {
            samples.push(mb);
        }
    }
    let took = began.elapsed().as_secs_f64();
    let share = 100.0 * (cpu(dashboard.pid()) - before) / took;
    println!(
        "soak: {}",
        dashboard.text().lines().find(|line| line.contains("received")).unwrap_or_default().trim()
    );
    let published = traffic.end();
    let (first, last) = (samples[0], samples[samples.len() - 1]);
    let most = samples.iter().copied().fold(0.0, f64::max);
    println!(
        "soak: {published} published in {took:.0} s, {:.0} a second; {share:.1} per cent of one core",
        published as f64 / took
    );
    println!(
        "soak: after {:.0} s: first {first:.1} MB, last {last:.1} MB, most {most:.1} MB",
        warming.as_secs_f64()
    );
    println!("ratio soak {:.3}", last / first);
}
