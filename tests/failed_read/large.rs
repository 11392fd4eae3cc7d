//! A hundred thousand dead letters: all of them come, in bounded pages. The times are printed, for people.

use std::time::Instant;

use tidings::bus::{Claim, Counted, FailedAt, FailedQuery, FailedSource, Followed, Retried};
use tidings::event::EntryId;
use tokio::sync::mpsc;

use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native, session};
use crate::{ACME, stream};

/// Fills ten types' dead letters, within the server.
const FILL: &str = "
for n = 1, 10000 do
  redis.call('XADD', KEYS[1], n .. '-0', 'event', string.format(ARGV[1], n), 'sourceStream', ARGV[2],
    'sourceMessageId', n .. '-1', 'handler', 'h' .. (n % 3), 'error', '[\"boom ' .. (n % 7) .. '\",\"cause\"]',
    'attempts', '10', 'history', '[]', 'deadLetteredAt', '2026-11-23T19:42:41Z', 'reason', 'exhausted')
end";

#[tokio::test]
async fn a_hundred_thousand_dead_letters_come_page_by_page() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let event = format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-%012x","eventType":"A","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"{ACME}","more":"{}"}}}}"#,
        "x".repeat(200)
    );
    for n in 0..10 {
        let key = format!("event::TYPE_{n}");
        admin.run(&format!("XGROUP CREATE {key} h0 0 MKSTREAM")).await;
        let dead = format!("{key}:dead-letter");
        admin
            .send(&[b"EVAL", FILL.as_bytes(), b"1", dead.as_bytes(), event.as_bytes(), key.as_bytes()])
            .await;
    }
    let session = session(&native(&server.url()));
    let (out, mut pages) = mpsc::channel(1);
    let began = Instant::now();
    let queue = std::sync::Arc::clone(&session.failed);
    let reading = tokio::spawn(async move { queue.read(&FailedQuery::of(FailedSource::FAILED), out).await });
    let first = pages.recv().await.unwrap();
    println!("first page of {} after {:.0?}", first.events.len(), began.elapsed());
    assert_eq!(first.totals.unwrap()[&FailedSource::DeadLetters], Counted::Exactly(100_000));
    assert_eq!(first.lying.len(), 10);
    let mut seen: std::collections::HashSet<FailedAt> =
        first.events.iter().map(|event| event.at.clone()).collect();
    assert!(!seen.is_empty());
    while let Some(page) = pages.recv().await {
        assert!(page.events.len() <= 500 && page.unseen.is_none());
        let bytes: usize = page.events.iter().map(tidings::bus::FailedEvent::size).sum();
        assert!(bytes < (1 << 20) + 4_096, "{bytes}");
        seen.extend(page.events.into_iter().map(|event| event.at));
    }
    println!("all after {:.0?}", began.elapsed());
    reading.await.unwrap().unwrap();
    assert_eq!(seen.len(), 100_000, "each once");
}

#[tokio::test]
async fn ten_thousand_retries_are_followed_in_a_few_round_trips() {
    const RETRIED: u64 = 10_000;
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let fill = "
for n = 1, tonumber(ARGV[1]) do
  redis.call('XADD', KEYS[1], (1000000 + n) .. '-0', 'event', 'x', 'retryOf', n .. '-0', 'plan', 'p')
  if n % 2 == 0 then
    redis.call('XADD', KEYS[2], (1000000 + n) .. '-0', 'handler', 'sla', 'retryOf', n .. '-0', 'plan', 'p', 'outcome', 'done')
  end
end";
    let count = RETRIED.to_string();
    admin
        .send(&[
            b"EVAL",
            fill.as_bytes(),
            b"2",
            b"event::A:retry:sla",
            b"event::A:outcomes",
            count.as_bytes(),
        ])
        .await;
    let all: Vec<_> = (1..=RETRIED)
        .map(|n| Retried {
            from: FailedAt::DeadLetter { stream: stream("event::A"), id: EntryId::new(n, 9) },
            stream: stream("event::A"),
            source: Some(EntryId::new(n, 0)),
            event: None,
            to: vec![Claim { stream: stream("event::A:retry:sla"), id: EntryId::new(1_000_000 + n, 0) }],
            plan: "p".to_owned(),
            repeated: false,
        })
        .collect();
    let session = session(&native(&server.url()));
    let mut follower = session.failed.follower("p");
    follower.add(&all);
    let began = Instant::now();
    let told = follower.look().await.unwrap();
    println!("first look at {RETRIED} retries: {:.0?}", began.elapsed());
    assert_eq!(told.len() as u64, RETRIED / 2);
    assert!(told.iter().all(|(_, now)| *now == Followed::Succeeded));
    admin.run("CONFIG RESETSTAT").await;
    let began = Instant::now();
    assert_eq!(follower.look().await.unwrap(), []);
    println!("a look at the {} that are open: {:.0?}", RETRIED / 2, began.elapsed());
    let stats: String = admin.get("INFO commandstats").await;
    let reads = stats.lines().find(|line| line.starts_with("cmdstat_xrange:")).unwrap();
    assert!(reads.starts_with("cmdstat_xrange:calls=2,"), "not one for each: {reads}");
}
