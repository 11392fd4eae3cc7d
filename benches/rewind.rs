//! `cargo bench --bench rewind`: a page of 500 entries from anywhere in 1,000,000, in 10 and in 300 streams, read back on
//! a real Redis; older and newer ones in turn, at places all over. Prints p50, p99 and the longest in milliseconds, and,
//! last, `ratio rewind`: the time of ten bare `XREVRANGE` of fifty entries each, one after the other in one pipeline
//! (the ids known, nothing decoded), against that of a page.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "../tests/support/redis_server.rs"]
mod redis_server;

use std::sync::Arc;
use std::time::Duration;

use common::{events, timed};
use redis_server::{PrivateRedis, dial};
use secrecy::SecretString;
use tidings::broker::redis::{Settings, open};
use tidings::bus::{ArchiveQuery, ChannelScope, Direction, Intake, TenantLock};
use tidings::event::EntryId;
use tidings::schema::{Catalogue, Registry};

const ENTRIES: usize = 1_000_000;
const PAGE: usize = 500;
/// How many pages are read, all over the entries.
const PLACES: u64 = 400;
/// Entry ids are a millisecond apart from here on.
const FIRST_MS: u64 = 1_700_000_000_000;

#[tokio::main]
async fn main() {
    let few = run(10).await;
    run(300).await;
    println!("ratio rewind {few:.2}");
}

async fn run(streams: usize) -> f64 {
    let server = PrivateRedis::start();
    fill(&server, streams).await;
    let settings = Settings { url: SecretString::from(server.url()), ..Settings::default() };
    let intake = Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), TenantLock::default());
    let session = open("bench", &settings, intake, true, Some("only looking")).unwrap();
    let mut connection = dial(&server.url()).await;
    let (mut pages, mut raws) = (Vec::new(), Vec::new());
    for place in 0..=PLACES {
        // All over, in no order.
        let ms = FIRST_MS + (place * 7_919_777) % ENTRIES as u64;
        let direction = if place % 2 == 0 { Direction::Older } else { Direction::Newer };
        let query =
            ArchiveQuery { from: EntryId::new(ms, 0), direction, at_most: PAGE, channels: ChannelScope::All };
        let (took, page) = timed(session.archive.page(&query)).await;
        let page = page.unwrap();
        assert!(page.entries.len() == PAGE || page.is_end);
        let mut bare = redis::pipe();
        for stream in 0..10 {
            bare.cmd("XREVRANGE").arg(key(stream)).arg(ms).arg("-").arg("COUNT").arg(PAGE / 10);
        }
        let (raw, answer) = timed(bare.query_async::<redis::Value>(&mut connection)).await;
        answer.unwrap();
        // The first page finds the streams, once.
        if place > 0 {
            pages.push(took);
            raws.push(raw);
        } else {
            println!("rewind, {streams} streams: the first page, with finding them, {:.1} ms", ms_of(took));
        }
    }
    pages.sort_unstable();
    raws.sort_unstable();
    let at = |percent: usize| ms_of(pages[(pages.len() - 1) * percent / 100]);
    println!(
        "rewind, {streams} streams: a page of {PAGE} from {ENTRIES}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(50),
        at(99),
        at(100)
    );
    raws[raws.len() / 2].as_secs_f64() / pages[pages.len() / 2].as_secs_f64()
}

fn ms_of(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn key(stream: usize) -> String {
    format!("event::TYPE_{stream}")
}

async fn fill(server: &PrivateRedis, streams: usize) {
    let mut connection = dial(&server.url()).await;
    // The same texts again and again: only where they lie differs.
    let events = events(10_000);
    for from in (0..ENTRIES).step_by(events.len()) {
        let mut pipeline = redis::pipe();
        for (at, event) in events.iter().enumerate() {
            let at = from + at;
            let id = format!("{}-0", FIRST_MS + at as u64);
            pipeline.cmd("XADD").arg(key(at % streams)).arg(id).arg("event").arg(event.text()).ignore();
        }
        pipeline.query_async::<()>(&mut connection).await.unwrap();
    }
}
