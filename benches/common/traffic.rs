//! A bus with traffic on it, as other programs make it: single `XADD`s, evenly spread, on a thread of its own.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use tidings::event::NewEvent;

use crate::redis_server::dial;

/// Between two steps of a publisher.
const STEP: Duration = Duration::from_millis(1);
/// A stream is trimmed to about so many, so that the server does not grow.
const KEPT: usize = 20_000;

/// Someone who publishes at a rate until told to stop.
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    publisher: JoinHandle<u64>,
}

impl Traffic {
    /// Publishes `events`, over and over, so many a second.
    pub(crate) fn begin(url: String, rate: usize, events: Arc<Vec<NewEvent>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let publisher = std::thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { publish(&mut dial(&url).await, rate, &events, &stop).await })
            }
        });
        Self { stop, publisher }
    }

    /// How many were published.
    pub(crate) fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.publisher.join().unwrap()
    }
}

/// Whatever is due goes at each step; who is late catches up.
async fn publish(to: &mut MultiplexedConnection, rate: usize, events: &[NewEvent], stop: &AtomicBool) -> u64 {
    let began = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = began.elapsed().as_secs_f64() * rate as f64;
        let mut adds = redis::pipe();
        let first = sent;
        while (sent as f64) < due && sent - first < 1_000 {
            let event = &events[sent % events.len()];
            add(&mut adds, event);
            sent += 1;
        }
        if sent > first {
            adds.query_async::<()>(to).await.unwrap();
        }
        tokio::time::sleep(STEP).await;
    }
    sent as u64
}

/// One event, on the stream of its type.
pub(crate) fn add(adds: &mut redis::Pipeline, event: &NewEvent) {
    adds.cmd("XADD")
        .arg(format!("event::{}", event.event_type()))
        .arg("MAXLEN")
        .arg("~")
        .arg(KEPT)
        .arg("*")
        .arg("event")
        .arg(event.text())
        .ignore();
}
