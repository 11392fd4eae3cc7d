//! `tidings handlers`: each handler with what it was given, has not finished, and who works for it.

mod forget;
mod show;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::bus::{Counted, HandlerReport, HandlerState, HandlerStats, Lag};
use crate::cli::args::Patience;
use crate::cli::connect::Contexts;
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::nothing::{NO_STREAMS, has_no_streams};
use crate::cli::paint::Meaning;
use crate::cli::patient::patiently;
use crate::cli::table::{Cell, Column, Table};
use crate::text::{age, count, display_safe, rfc3339_ms, whole_ms};
use forget::ForgetArgs;

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
    /// Show one handler closely: consumers, what is in flight, the soonest retries, the newest dead letters
    Show {
        /// Its name
        name: String,
    },
    /// Take a handler off the bus: its groups, retries and registration. Its dead letters stay
    Forget(ForgetArgs),
}

/// No handler is there.
const NOBODY: &str = "no handler has a group on a type stream here: nobody consumes these events";

pub(super) async fn run(args: &HandlersArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if let Some(HandlersVerb::Forget(forgetting)) = &args.verb {
        return forget::run(forgetting, args.patience, contexts, desk).await;
    }
    let session = contexts.open_with_handlers().await?;
    if !session.info.locked_to.is_empty() {
        desk.notes.say("handlers counts whole streams: --tenant narrows errors, retries and dead letters, and no numbers");
    }
    let channel = contexts.effective().chosen().and_then(|context| context.channel.as_deref());
    if channel.is_some_and(|channel| channel != "all") {
        desk.notes.say("handlers counts whole groups, over all channels: a channel does not narrow it");
    }
    let Some(looked) = patiently(args.patience, desk, || session.inspector.handlers()).await? else {
        return Ok(Exit::Ok);
    };
    if let Some(note) = looked.note() {
        desk.notes.say(&note);
    }
    let handlers = looked.found;
    if let Some(HandlersVerb::Show { name }) = &args.verb {
        return show::run(args, name, &handlers, &session, desk).await;
    }
    if handlers.is_empty() {
        desk.notes.say(if has_no_streams(&session).await { NO_STREAMS } else { NOBODY });
    }
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
    state: &'static str,
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
    /// False: there are more than `scheduled`, or may be.
    scheduled_exact: Option<bool>,
    next_retry_at: Option<String>,
    dead_letters: u64,
    /// False: there are more than `deadLetters`, or may be.
    dead_letters_exact: bool,
    done: Option<u64>,
    failed: Option<u64>,
    p50_ms: Option<u64>,
    p99_ms: Option<u64>,
    last_error: Option<&'a str>,
    last_error_at: Option<String>,
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
    last_seen_at: Option<String>,
    host: Option<&'a str>,
    pid: Option<u32>,
    started_at: Option<String>,
    stats: Option<HandlerStats>,
}

/// What those who live have done since they were started, in sum; `None` where nobody gives signs of life.
fn sum(handler: &HandlerReport, of: fn(&HandlerStats) -> u64) -> Option<u64> {
    handler.heartbeats().map(|beat| of(&beat.stats)).reduce(|sum, more| sum + more)
}

impl<'a> HandlerLine<'a> {
    fn of(handler: &'a HandlerReport) -> Self {
        let [running, retrying, stuck] = handler.pending_states();
        let (lag, lag_exact) = match handler.lag {
            Lag::Exactly(lag) => (lag, true),
            Lag::MoreThan(lag) => (lag, false),
        };
        let latency = handler.latency();
        let consumers = handler.consumers.iter().map(|consumer| ConsumerLine {
            name: &consumer.name,
            pending: consumer.pending,
            idle_ms: whole_ms(consumer.idle),
            alive: consumer.heartbeat.is_some(),
            last_seen_at: consumer.last_seen.map(rfc3339_ms),
            host: consumer.heartbeat.as_ref().map(|beat| beat.host.as_str()),
            pid: consumer.heartbeat.as_ref().map(|beat| beat.pid),
            started_at: consumer.heartbeat.as_ref().map(|beat| rfc3339_ms(beat.started)),
            stats: consumer.heartbeat.as_ref().map(|beat| beat.stats),
        });
        Self {
            handler: &handler.name,
            state: handler.state().word(),
            types: handler.types.iter().map(AsRef::as_ref).collect(),
            streams: handler.streams.len(),
            registered_at: handler.registered.map(rfc3339_ms),
            lag,
            lag_exact,
            pending: handler.pending,
            running,
            retrying,
            stuck,
            oldest_idle_ms: handler.waiting.first().map(|entry| whole_ms(entry.idle)),
            max_deliveries: handler.waiting.iter().map(|entry| entry.deliveries).max(),
            scheduled: handler.scheduled.map(Counted::number),
            scheduled_exact: handler.scheduled.map(Counted::is_exact),
            next_retry_at: handler.next_retry.map(rfc3339_ms),
            dead_letters: handler.dead_letters.number(),
            dead_letters_exact: handler.dead_letters.is_exact(),
            done: sum(handler, |stats| stats.done),
            failed: sum(handler, |stats| stats.failed),
            p50_ms: latency.quantile_ms(0.5),
            p99_ms: latency.quantile_ms(0.99),
            last_error: handler.last_error.as_ref().map(|error| error.text.as_str()),
            last_error_at: handler.last_error.as_ref().map(|error| rfc3339_ms(error.at)),
            consumers: consumers.collect(),
        }
    }
}

const COLUMNS: [Column; 16] = [
    Column("HANDLER", false),
    Column("STATE", false),
    Column("STREAMS", true),
    Column("LAG", true),
    Column("PENDING", true),
    Column("RUNNING", true),
    Column("RETRYING", true),
    Column("STUCK", true),
    Column("OLDEST", false),
    Column("SCHEDULED", true),
    Column("DEAD", true),
    Column("DONE", true),
    Column("FAILED", true),
    Column("P99", true),
    Column("CONSUMERS", false),
    Column("LAST ERROR", false),
];

fn print_text(handlers: &[HandlerReport], desk: &mut Desk<'_>) -> Result<(), Stop> {
    if handlers.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&COLUMNS);
    for handler in handlers {
        table.row(row(handler));
    }
    for line in table.lines(desk.paint) {
        desk.out.line(&line)?;
    }
    Ok(())
}

fn row(handler: &HandlerReport) -> Vec<Cell> {
    let plain = |text: String| (text, None);
    let number = |n: u64, meaning| (count(n), (n > 0).then_some(meaning));
    let counted = |n: Counted, meaning| (n.show(), (n != Counted::Exactly(0)).then_some(meaning));
    let known = |n: Option<u64>| plain(n.map_or_else(|| "-".to_owned(), count));
    let [running, retrying, stuck] = handler.pending_states();
    let lag = match handler.lag {
        Lag::Exactly(lag) => count(lag),
        Lag::MoreThan(lag) => format!("{}+", count(lag)),
    };
    let state = match handler.state() {
        HandlerState::Down | HandlerState::Stuck => Some(Meaning::Bad),
        HandlerState::Retrying | HandlerState::Stopped => Some(Meaning::Warning),
        HandlerState::Unused => Some(Meaning::Quiet),
        HandlerState::Working => None,
    };
    let p99 = match handler.latency().quantile_ms(0.99) {
        None => "-".to_owned(),
        Some(u64::MAX) => ">5 m".to_owned(),
        Some(ms) => format!("{} ms", count(ms)),
    };
    let error =
        handler.last_error.as_ref().map_or_else(String::new, |error| display_safe(&error.text).into_owned());
    vec![
        (display_safe(&handler.name).into_owned(), Some(Meaning::Name)),
        (handler.state().word().to_owned(), state),
        plain(count(handler.streams.len() as u64)),
        (lag.clone(), (lag != "0").then_some(Meaning::Warning)),
        plain(count(handler.pending)),
        plain(count(running)),
        number(retrying, Meaning::Warning),
        number(stuck, Meaning::Bad),
        plain(handler.waiting.first().map_or_else(String::new, |entry| age(entry.idle))),
        handler.scheduled.map_or_else(|| plain("-".to_owned()), |n| counted(n, Meaning::Warning)),
        counted(handler.dead_letters, Meaning::Bad),
        known(sum(handler, |stats| stats.done)),
        known(sum(handler, |stats| stats.failed)),
        plain(p99),
        plain(handler.who()),
        (error, Some(Meaning::Bad)),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
            is_retry: false,
            is_released: false,
            lease: PendingEntry::LEASE,
        };
        let consumer = ConsumerReport {
            name: "c\x1b".to_owned(),
            pending: 3,
            idle: Duration::from_mins(2),
            heartbeat: None,
            last_seen: None,
        };
        HandlerReport {
            name: "event-processors\x1b[2J".to_owned(),
            types: vec![EventType::new("A").unwrap()],
            streams: (0..294).map(|n| StreamKey::new(&format!("s{n}")).unwrap()).collect(),
            registered: None,
            lag: Lag::MoreThan(1_000),
            pending: 3,
            waiting: vec![entry(2, 7_200), entry(2, 40), entry(1, 3)],
            scheduled: None,
            next_retry: None,
            dead_letters: Counted::AtLeast(21),
            last_error: None,
            lease: PendingEntry::LEASE,
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
