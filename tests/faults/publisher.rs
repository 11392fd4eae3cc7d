//! A program that publishes all the time, and remembers what the server answered for.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// Events a second: batches of 25, every 5 ms.
const BATCH: usize = 25;
const EVERY: Duration = Duration::from_millis(5);
const TYPES: [&str; 5] =
    ["TICKET_CREATED", "TICKET_UPDATED", "PROJECT_CREATED", "TIME_ENTRY_SUBMITTED", "INVOICE_GENERATED"];
const PATIENCE: Duration = Duration::from_mins(1);

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The server answered: it has these.
    pub(crate) answered: HashSet<Uuid>,
    /// Sent, and no answer came: it may have these.
    pub(crate) unknown: HashSet<Uuid>,
    /// How often a connection failed.
    pub(crate) failures: u64,
    /// The last events, one for each stream.
    pub(crate) last: Vec<Uuid>,
}

pub(crate) struct Publisher {
    sent: Arc<Mutex<Sent>>,
    count: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    url: String,
    started: Instant,
}

impl Publisher {
    pub(crate) fn start(url: &str) -> Self {
        let (sent, count, stop) =
            (Arc::<Mutex<Sent>>::default(), Arc::<AtomicU64>::default(), Arc::default());
        let thread = std::thread::spawn({
            let (sent, count, stop, url) =
                (Arc::clone(&sent), Arc::clone(&count), Arc::clone(&stop), url.to_owned());
            move || publish_until(&stop, &url, &sent, &count)
        });
        Self { sent, count, stop, thread, url: url.to_owned(), started: Instant::now() }
    }

    /// Waits until so many more events are answered for.
    pub(crate) fn wait_for_more(&self, more: u64) {
        let (goal, deadline) = (self.count.load(Ordering::SeqCst) + more, Instant::now() + PATIENCE);
        while self.count.load(Ordering::SeqCst) < goal {
            assert!(Instant::now() < deadline, "the publisher gets no answers");
            sleep(Duration::from_millis(5));
        }
    }

    /// Stops, ends each stream with one event more, and answers for everything. At least so many faults must have
    /// been met.
    pub(crate) fn finish(self, at_least: u64) -> Sent {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
        let rate = self.count.load(Ordering::SeqCst) as f64 / self.started.elapsed().as_secs_f64();
        println!("answered for: {} events, {rate:.0} a second", self.count.load(Ordering::SeqCst));
        let mut sent = std::mem::take(&mut *self.sent.lock().unwrap());
        assert!(sent.failures >= at_least, "the publisher met {} faults only", sent.failures);
        let mut connection = connect(&self.url).expect("the server is back");
        for event_type in TYPES {
            let id = Uuid::new_v4();
            add(&mut redis::pipe(), event_type, id).exec(&mut connection).unwrap();
            sent.answered.insert(id);
            sent.last.push(id);
        }
        sent
    }
}

fn connect(url: &str) -> Option<redis::Connection> {
    let client = redis::Client::open(url).unwrap();
    let connection = client.get_connection_with_timeout(Duration::from_secs(1)).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    connection.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    Some(connection)
}

fn add<'a>(pipeline: &'a mut redis::Pipeline, event_type: &str, id: Uuid) -> &'a mut redis::Pipeline {
    let event = format!(
        r#"{{"id":"{id}","eventType":"{event_type}","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6","ticketId":"{id}","userId":"{id}"}}}}"#
    );
    pipeline.cmd("XADD").arg(format!("event::{event_type}")).arg("*").arg("event").arg(event)
}

fn publish_until(stop: &AtomicBool, url: &str, sent: &Mutex<Sent>, count: &AtomicU64) {
    let mut connection = None;
    let mut next = Instant::now();
    while !stop.load(Ordering::SeqCst) {
        let Some(open) = &mut connection else {
            connection = connect(url);
            if connection.is_none() {
                sleep(Duration::from_millis(10));
            }
            continue;
        };
        let ids: Vec<Uuid> = (0..BATCH).map(|_| Uuid::new_v4()).collect();
        let mut pipeline = redis::pipe();
        for (at, id) in ids.iter().enumerate() {
            add(&mut pipeline, TYPES[at % TYPES.len()], *id);
        }
        let answer = pipeline.query::<Vec<String>>(open);
        let mut sent = sent.lock().unwrap();
        if answer.is_ok() {
            sent.answered.extend(&ids);
            count.fetch_add(ids.len() as u64, Ordering::SeqCst);
        } else {
            sent.unknown.extend(&ids);
            sent.failures += 1;
            connection = None;
        }
        drop(sent);
        // What was missed is not made up for: a server that was away is not flooded.
        next = (next + EVERY).max(Instant::now());
        sleep(next.saturating_duration_since(Instant::now()));
    }
}
