//! `cargo bench --bench filter`: a pass of a filter over 1,000,000 retained events of 320 bytes, in the slices of the
//! dashboard, against what nothing can be quicker than. Prints, for each kind of filter, `ratio NAME VALUE`: type and
//! tenant against a memmem scan of the same bytes, text against the same, a payload path against a `RawValue` parse of
//! the candidates. And how long the longest slice took: for so long a key waits.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench reports to its terminal, and stops at a fault"
)]

mod common;
#[path = "common/feed.rs"]
mod feed;

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::Utc;
use feed::Feed;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;
use tidings::event::TenantLabels;
use tidings::filter::Filter;
use tidings::monitor::{Lens, Limits, Monitor, Scope};

const RETAINED: usize = 1_000_000;
/// What the dashboard looks at between two keys.
const SLICE: u64 = 20_000;
const ROUNDS: usize = 7;

fn main() {
    let mut feed = Feed::new();
    let limits = Limits { bytes: usize::MAX, entries: RETAINED };
    let mut monitor = Monitor::new(limits, TenantLabels::default());
    for _ in 0..RETAINED / 10_000 {
        monitor.apply(feed.batch(10_000), Utc::now());
    }
    let ring = monitor.ring();
    let tenant = ring.get(ring.first_seq()).unwrap().tenant().unwrap().to_string();
    // What the texts are, in one piece: nothing is quicker to look through.
    let all: String = ring.rows(ring.first_seq()..ring.end_seq()).filter_map(|row| row.text()).collect();
    let memmem = |needle: &str| Finder::new(needle).find_iter(all.as_bytes()).count();

    compare("filter", || memmem(&tenant), || pass(&monitor, &format!("type:TICKET_CREATED tenant:{tenant}")));
    // Upper case, so that both compare letters as they are; it is in one of a thousand.
    let needle = "\"n\":1234";
    compare("filter-text", || memmem(needle), || pass(&monitor, "\"\\\"n\\\":1234\""));
    compare("filter-folded", || memmem("on_hold"), || pass(&monitor, "on_hold"));
    compare(
        "filter-path",
        || candidates(&monitor, "TICKET_UPDATED"),
        || pass(&monitor, "type:TICKET_UPDATED payload.changes.n=1231"),
    );
}

/// How many events pass, once all have been looked at; and the longest slice.
fn pass(monitor: &Monitor, filter: &str) -> usize {
    let mut lens = Lens::new(Filter::parse(filter).unwrap(), Scope::default(), monitor);
    let now = Utc::now();
    while lens.advance(monitor, now, SLICE) {}
    lens.shown()
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    payload: Payload<'a>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    changes: Option<Changes<'a>>,
}

#[derive(Deserialize)]
struct Changes<'a> {
    #[serde(borrow)]
    n: &'a RawValue,
}

/// Reads the value out of each event of a type.
fn candidates(monitor: &Monitor, event_type: &str) -> usize {
    let ring = monitor.ring();
    ring.rows(ring.first_seq()..ring.end_seq())
        .filter(|row| row.event_type().is_some_and(|of| of.as_str() == event_type))
        .filter(|row| {
            let envelope: Envelope<'_> = serde_json::from_str(row.text().unwrap()).unwrap();
            envelope.payload.changes.is_some_and(|changes| changes.n.get() == "1231")
        })
        .count()
}

fn compare(name: &str, mut raw: impl FnMut() -> usize, mut ours: impl FnMut() -> usize) {
    let (mut raws, mut passes, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = (0, 0);
    for round in 0..=ROUNDS {
        let (raw_took, raw_found) = timed(&mut raw);
        let (our_took, our_found) = timed(&mut ours);
        found = (raw_found, our_found);
        // The first round warms the caches.
        if round > 0 {
            raws.push(raw_took);
            passes.push(our_took);
            ratios.push(raw_took.as_secs_f64() / our_took.as_secs_f64());
        }
    }
    raws.sort_unstable();
    passes.sort_unstable();
    ratios.sort_by(f64::total_cmp);
    let ms = |times: &[Duration]| times[times.len() / 2].as_secs_f64() * 1e3;
    println!(
        "{name}: raw {:.2} ms ({} found), ours {:.2} ms ({} found), ratio from {:.2} to {:.2}",
        ms(&raws),
        found.0,
        ms(&passes),
        found.1,
        ratios[0],
        ratios[ratios.len() - 1]
    );
    println!("ratio {name} {:.2}", ratios[ratios.len() / 2]);
}

fn timed(work: &mut impl FnMut() -> usize) -> (Duration, usize) {
    let start = Instant::now();
    let found = black_box(work());
    (start.elapsed(), found)
}
