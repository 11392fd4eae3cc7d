//! `tidings handlers`: each handler with what it was given, has not finished, and who works for it.

use std::time::Duration;

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Patience;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::forget::{self, ForgetArgs};
use super::paint::Meaning;
use super::patient::patiently;
use super::table::{Column, Table};
use crate::bus::{HandlerReport, HandlerStats, Lag, Latency, PendingState};
use crate::text::{age, count, display_safe};

/// An entry may be taken over by another consumer after so long, on Alga's bus and by default on ours.
const LEASE: Duration = Duration::from_secs(30);

/// `tidings handlers`
#[derive(Debug, Clone, Args)]
pub(super) struct HandlersArgs {
    #[command(subcommand)]
    verb: Option<HandlersVerb>,
    #[command(flatten)]
    pub(super) patience: Patience,
}

/// What `tidings handlers` does; without one of them it lists.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum HandlersVerb {
    /// Show each handler: lag, pending entries and their state, retries, dead letters, consumers
    List,
    /// Take a handler off the bus: its groups, retries and registration. Its dead letters stay
    Forget(ForgetArgs),
}

pub(super) async fn run(args: &HandlersArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if let Some(HandlersVerb::Forget(forgetting)) = &args.verb {
        return forget::run(forgetting, args.patience, contexts, desk).await;
    }
    let session = contexts.open_chosen()?;
    if !session.info.locked_to.is_empty() {
        desk.notes.say("handlers counts whole streams: --tenant does not narrow it");
    }
    let channel = contexts.effective().chosen().and_then(|context| context.channel.as_deref());
    if channel.is_some_and(|channel| channel != "all") {
        desk.notes.say("handlers counts whole groups, over all channels: a channel does not narrow it");
    }
    let Some(handlers) = patiently(args.patience, desk, || session.inspector.handlers()).await? else {
        return Ok(Exit::Ok);
    };
    if desk.is_json() {
        for handler in &handlers {
            desk.out.json(&HandlerLine::of(handler))?;
        }
        return Ok(Exit::Ok);
    }
    print_text(&handlers, desk)?;
    Ok(Exit::Ok)
}

/// A handler in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HandlerLine<'a> {
    handler: &'a str,
    types: Vec<&'a str>,
    streams: usize,
    registered_at: Option<String>,
    lag: u64,
    /// False: there are more than `lag`, and the server does not know how many.
    lag_exact: bool,
    pending: u64,
    running: u64,
    retrying: u64,
    stuck: u64,
    oldest_idle_ms: Option<u64>,
    max_deliveries: Option<u64>,
    scheduled: Option<u64>,
    dead_letters: u64,
    p50_ms: Option<u64>,
    p99_ms: Option<u64>,
    consumers: Vec<ConsumerLine<'a>>,
}

/// One of its consumers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsumerLine<'a> {
    name: &'a str,
    pending: u64,
    idle_ms: u64,
    alive: bool,
    host: Option<&'a str>,
    pid: Option<u32>,
    started_at: Option<String>,
    stats: Option<HandlerStats>,
}

/// How many of the pending entries that were looked at are in each state.
fn states(handler: &HandlerReport) -> [u64; 3] {
    let mut states = [0; 3];
    for entry in &handler.waiting {
        let at = match entry.state(LEASE) {
            PendingState::Running => 0,
            PendingState::Retrying => 1,
            PendingState::Stuck => 2,
        };
        states[at] += 1;
    }
    states
}

fn latency(handler: &HandlerReport) -> Latency {
    let beats = handler.consumers.iter().filter_map(|consumer| consumer.heartbeat.as_ref());
    beats.fold(Latency::default(), |sum, beat| sum.plus(&beat.latency))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl<'a> HandlerLine<'a> {
    fn of(handler: &'a HandlerReport) -> Self {
        let [running, retrying, stuck] = states(handler);
        let (lag, lag_exact) = match handler.lag {
            Lag::Exactly(lag) => (lag, true),
            Lag::MoreThan(lag) => (lag, false),
        };
        let latency = latency(handler);
        let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let consumers = handler.consumers.iter().map(|consumer| ConsumerLine {
            name: &consumer.name,
            pending: consumer.pending,
            idle_ms: millis(consumer.idle),
            alive: consumer.heartbeat.is_some(),
            host: consumer.heartbeat.as_ref().map(|beat| beat.host.as_str()),
            pid: consumer.heartbeat.as_ref().map(|beat| beat.pid),
            started_at: consumer.heartbeat.as_ref().map(|beat| time(beat.started)),
            stats: consumer.heartbeat.as_ref().map(|beat| beat.stats),
        });
        Self {
            handler: &handler.name,
            types: handler.types.iter().map(AsRef::as_ref).collect(),
            streams: handler.streams,
            registered_at: handler.registered.map(time),
            lag,
            lag_exact,
            pending: handler.pending,
            running,
            retrying,
            stuck,
            oldest_idle_ms: handler.waiting.first().map(|entry| millis(entry.idle)),
            max_deliveries: handler.waiting.iter().map(|entry| entry.deliveries).max(),
            scheduled: handler.scheduled,
            dead_letters: handler.dead_letters,
            p50_ms: latency.quantile_ms(0.5),
            p99_ms: latency.quantile_ms(0.99),
            consumers: consumers.collect(),
        }
    }
}

const COLUMNS: [Column; 11] = [
    Column("HANDLER", false),
    Column("STREAMS", true),
    Column("LAG", true),
    Column("PENDING", true),
    Column("RUNNING", true),
    Column("RETRYING", true),
    Column("STUCK", true),
    Column("OLDEST", false),
    Column("SCHEDULED", true),
    Column("DEAD", true),
    Column("CONSUMERS", false),
];

fn print_text(handlers: &[HandlerReport], desk: &mut Desk<'_>) -> Result<(), Stop> {
    if handlers.is_empty() {
        desk.notes.say("no handler has a group on a type stream here: nobody consumes these events");
        return Ok(());
    }
    let mut table = Table::new(&COLUMNS);
    for handler in handlers {
        let plain = |text: String| (text, None);
        let number = |n: u64, meaning| (count(n), (n > 0).then_some(meaning));
        let [running, retrying, stuck] = states(handler);
        let lag = match handler.lag {
            Lag::Exactly(lag) => count(lag),
            Lag::MoreThan(lag) => format!("{}+", count(lag)),
        };
        let oldest = handler.waiting.first().map_or_else(String::new, |entry| age(entry.idle));
        let scheduled = handler.scheduled.map_or_else(|| "-".to_owned(), count);
        table.row(vec![
            (display_safe(&handler.name).into_owned(), Some(Meaning::Name)),
            plain(count(handler.streams as u64)),
            (lag.clone(), (lag != "0").then_some(Meaning::Warning)),
            plain(count(handler.pending)),
            plain(count(running)),
            number(retrying, Meaning::Warning),
            number(stuck, Meaning::Bad),
            plain(oldest),
            plain(scheduled),
            number(handler.dead_letters, Meaning::Bad),
            plain(who(handler)),
        ]);
    }
    for line in table.lines(desk.paint) {
        desk.out.line(&line)?;
    }
    Ok(())
}

/// `2 on 2 hosts`, or how long consumers that give no sign of life were quiet.
fn who(handler: &HandlerReport) -> String {
    let beats = handler.consumers.iter().filter_map(|consumer| consumer.heartbeat.as_ref());
    let mut hosts: Vec<_> = beats.map(|beat| beat.host.as_str()).collect();
    let alive = hosts.len();
    hosts.sort_unstable();
    hosts.dedup();
    let quietest = handler.consumers.iter().map(|consumer| consumer.idle).min();
    match (alive, quietest) {
        (0, None) => "none".to_owned(),
        (0, Some(idle)) => format!("{}, quiet for {}", handler.consumers.len(), age(idle)),
        (_, _) if hosts.len() == 1 => format!("{alive} on {}", display_safe(hosts[0])),
        (_, _) => format!("{alive} on {} hosts", hosts.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{ConsumerReport, PendingEntry};
    use crate::cli::test_desk::TestDesk;
    use crate::event::{EntryId, EventType, StreamKey};

    fn handler() -> HandlerReport {
        let entry = |deliveries, seconds| PendingEntry {
            stream: StreamKey::new("s").unwrap(),
            id: EntryId::new(1, 0),
            consumer: "c".to_owned(),
            idle: Duration::from_secs(seconds),
            deliveries,
        };
        let consumer = ConsumerReport {
            name: "c\x1b".to_owned(),
            pending: 3,
            idle: Duration::from_mins(2),
            heartbeat: None,
        };
        HandlerReport {
            name: "event-processors\x1b[2J".to_owned(),
            types: vec![EventType::new("A").unwrap()],
            streams: 294,
            registered: None,
            lag: Lag::MoreThan(1_000),
            pending: 3,
            waiting: vec![entry(2, 7_200), entry(2, 40), entry(1, 3)],
            scheduled: None,
            dead_letters: 21,
            consumers: vec![consumer],
        }
    }

    #[test]
    fn a_line_says_what_needs_a_look() {
        let mut test = TestDesk::text();
        test.run(|desk| print_text(&[handler()], desk)).unwrap();
        insta::assert_snapshot!(test.out());
    }

    #[test]
    fn json_has_names_that_last() {
        let mut test = TestDesk::json();
        test.run(|desk| desk.out.json(&HandlerLine::of(&handler()))).unwrap();
        insta::assert_snapshot!(test.out());
    }
}
