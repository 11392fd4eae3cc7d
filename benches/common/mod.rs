//! What the benches share: events of some 320 bytes, of ten types and fifty tenants, and a ratio printed last.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::time::{Duration, Instant};

use tidings::event::{EventId, EventType, NewEvent};

/// An event as a program reads it.
#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "parsed, as a program that reads events would, and not looked at")]
pub(crate) struct Envelope<'a> {
    id: &'a str,
    #[serde(rename = "eventType")]
    event_type: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    payload: &'a serde_json::value::RawValue,
}

/// How often each side of a comparison runs; the median counts.
const ROUNDS: usize = 5;

const TYPES: [&str; 10] = [
    "TICKET_CREATED",
    "TICKET_UPDATED",
    "TICKET_CLOSED",
    "PROJECT_CREATED",
    "PROJECT_UPDATED",
    "PROJECT_CLOSED",
    "TIME_ENTRY_SUBMITTED",
    "TIME_ENTRY_APPROVED",
    "INVOICE_GENERATED",
    "INVOICE_FINALIZED",
];

/// `count` valid events of about 320 bytes: ten types, fifty tenants.
pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    let uuid = |kind: usize, n: usize| format!("{kind:08x}-7e13-452d-81b7-{n:012x}");
    (0..count)
        .map(|n| {
            let event_type = TYPES[n % TYPES.len()];
            let (tenant, a, b, c) = (uuid(1, n % 50), uuid(2, n), uuid(3, n % 700), uuid(4, n % 90));
            let about = match event_type.split('_').next() {
                Some("TICKET") => format!(r#""ticketId":"{a}","changes":{{"status":"on_hold","n":{n}}}"#),
                Some("PROJECT") => format!(r#""projectId":"{a}","changes":{{"status":"open","n":{n}}}"#),
                Some("TIME") => {
                    format!(r#""timeEntryId":"{a}","workItemId":"{c}","workItemType":"TICKET""#)
                }
                _ => format!(r#""invoiceId":"{a}","companyId":"{c}","amount":{n}.25"#),
            };
            let payload = format!(r#"{{"tenantId":"{tenant}",{about},"userId":"{b}"}}"#);
            let event_type = EventType::new(event_type).unwrap();
            NewEvent::compose(EventId::random(), &event_type, chrono::Utc::now(), &payload).unwrap()
        })
        .collect()
}

/// Runs two sides by turns, so that what else the machine does meets both, and prints how fast each is and, last,
/// `ratio NAME VALUE`: ours against the raw limit. Each side answers how long it took for `count` events.
pub(crate) async fn compare<A: AsyncFnMut() -> Duration, B: AsyncFnMut() -> Duration>(
    name: &str,
    count: usize,
    mut raw: A,
    mut ours: B,
) {
    let (mut raw_times, mut our_times) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (raw, ours) = (raw().await, ours().await);
        // The first round warms caches and connections.
        if round > 0 {
            raw_times.push(raw);
            our_times.push(ours);
        }
    }
    let ratios: Vec<f64> =
        raw_times.iter().zip(&our_times).map(|(raw, ours)| raw.as_secs_f64() / ours.as_secs_f64()).collect();
    let rate = |times: &mut Vec<Duration>| {
        times.sort();
        count as f64 / times[times.len() / 2].as_secs_f64()
    };
    println!("{name}: raw  {:>9.0} events/s (median of {ROUNDS})", rate(&mut raw_times));
    println!("{name}: ours {:>9.0} events/s (median of {ROUNDS})", rate(&mut our_times));
    let mut sorted = ratios;
    sorted.sort_by(f64::total_cmp);
    println!("{name}: ratio from {:.2} to {:.2}", sorted[0], sorted[sorted.len() - 1]);
    println!("ratio {name} {:.2}", sorted[sorted.len() / 2]);
}

/// How long `work` takes.
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let start = Instant::now();
    let answer = work.await;
    (start.elapsed(), answer)
}
