//! `tidings handlers show`: one handler, looked at closely.

use serde::Serialize;

use super::{HandlerLine, HandlersArgs, print_text};
use crate::bus::{
    DeadLetterReport, HandlerDetail, HandlerReport, PendingEntry, PendingState, Session, WaitingRetry,
};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::paint::Meaning;
use crate::cli::patient::patiently;
use crate::cli::table::{Cell, Column, Table};
use crate::text::{age, count, display_safe, nearest, rfc3339_ms, whole_ms};
use crate::tui::app::Clock;

/// The handler `name` among `handlers`, and what there is to see of it.
pub(super) async fn run(
    args: &HandlersArgs,
    name: &str,
    handlers: &[HandlerReport],
    session: &Session,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let Some(report) = handlers.iter().find(|report| report.name == name) else {
        return Err(unknown(name, handlers));
    };
    let Some(detail) = patiently(args.patience, desk, || session.inspector.handler(report)).await? else {
        return Ok(Exit::Ok);
    };
    if desk.is_json() {
        desk.out.json(&DetailLine::of(report, &detail))?;
        return Ok(Exit::Ok);
    }
    print(report, &detail, desk)?;
    Ok(Exit::Ok)
}

fn unknown(name: &str, handlers: &[HandlerReport]) -> Stop {
    let names: Vec<_> = handlers.iter().map(|report| report.name.as_str()).collect();
    let hint = nearest(name, &names).map_or_else(
        || "`tidings handlers` lists them.".to_owned(),
        |name| format!("Did you mean '{}'? `tidings handlers` lists them.", display_safe(name)),
    );
    Stop::failed(format!("there is no handler '{}' on this bus", display_safe(name)), &hint)
}

/// A handler in JSON, with what there is to see of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailLine<'a> {
    #[serde(flatten)]
    handler: HandlerLine<'a>,
    in_flight: Vec<PendingLine<'a>>,
    soonest_retries: Vec<RetryLine<'a>>,
    newest_dead_letters: Vec<LetterLine<'a>>,
    withheld: u64,
    unseen: Option<&'a str>,
}

/// An entry that was given to a consumer and is not finished.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PendingLine<'a> {
    state: &'static str,
    stream: &'a str,
    entry_id: String,
    consumer: &'a str,
    idle_ms: u64,
    deliveries: u64,
}

/// A failed event that waits to be tried again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RetryLine<'a> {
    next_at: String,
    stream: &'a str,
    entry_id: String,
    tenant: Option<&'a str>,
    attempts: Option<u32>,
    error: Option<&'a str>,
}

/// A dead letter.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LetterLine<'a> {
    dead_lettered_at: Option<String>,
    reason: Option<&'a str>,
    #[serde(rename = "type")]
    event_type: &'a str,
    tenant: Option<&'a str>,
    stream: &'a str,
    entry_id: Option<String>,
    event_id: Option<String>,
    attempts: Option<u64>,
    error: Option<&'a str>,
}

fn word(entry: &PendingEntry) -> &'static str {
    match entry.state() {
        PendingState::Running => "running",
        PendingState::Retrying => "retrying",
        PendingState::Stuck => "stuck",
    }
}

impl<'a> DetailLine<'a> {
    fn of(report: &'a HandlerReport, detail: &'a HandlerDetail) -> Self {
        let pending = report.waiting.iter().map(|entry| PendingLine {
            state: word(entry),
            stream: entry.stream.as_str(),
            entry_id: entry.id.to_string(),
            consumer: &entry.consumer,
            idle_ms: whole_ms(entry.idle),
            deliveries: entry.deliveries,
        });
        let retries = detail.retries.iter().map(|retry| RetryLine {
            next_at: rfc3339_ms(retry.due),
            stream: retry.stream.as_str(),
            entry_id: retry.source.to_string(),
            tenant: retry.failed.as_ref().and_then(|failed| failed.tenant.as_ref()).map(AsRef::as_ref),
            attempts: retry.failed.as_ref().map(|failed| failed.attempt),
            error: retry.failed.as_ref().map(|failed| failed.error.as_str()),
        });
        let letters = detail.dead_letters.iter().map(|letter| LetterLine {
            dead_lettered_at: letter.at.map(rfc3339_ms),
            reason: letter.reason.as_deref(),
            event_type: letter.event_type.as_str(),
            tenant: letter.tenant.as_ref().map(AsRef::as_ref),
            stream: letter.stream.as_str(),
            entry_id: letter.source.map(|id| id.to_string()),
            event_id: letter.event.map(|id| id.to_string()),
            attempts: letter.attempts,
            error: letter.error.as_deref(),
        });
        Self {
            handler: HandlerLine::of(report),
            in_flight: pending.collect(),
            soonest_retries: retries.collect(),
            newest_dead_letters: letters.collect(),
            withheld: detail.withheld,
            unseen: detail.unseen.as_deref(),
        }
    }
}

const CONSUMERS: [Column; 8] = [
    Column("CONSUMER", false),
    Column("PENDING", true),
    Column("IDLE", false),
    Column("SEEN", false),
    Column("DONE", true),
    Column("FAILED", true),
    Column("RUNNING", true),
    Column("HOST", false),
];

const IN_FLIGHT: [Column; 6] = [
    Column("IN FLIGHT", false),
    Column("IDLE", false),
    Column("DELIVERIES", true),
    Column("ENTRY", false),
    Column("STREAM", false),
    Column("CONSUMER", false),
];

const RETRIES: [Column; 6] = [
    Column("NEXT RETRY", false),
    Column("ENTRY", false),
    Column("STREAM", false),
    Column("TENANT", false),
    Column("FAILED", true),
    Column("ERROR", false),
];

const LETTERS: [Column; 7] = [
    Column("DEAD LETTER", false),
    Column("REASON", false),
    Column("ATTEMPTS", true),
    Column("TYPE", false),
    Column("TENANT", false),
    Column("ENTRY", false),
    Column("ERROR", false),
];

fn plain(text: impl Into<String>) -> Cell {
    (text.into(), None)
}

fn safe(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| display_safe(text).into_owned())
}

fn print(report: &HandlerReport, detail: &HandlerDetail, desk: &mut Desk<'_>) -> Result<(), Stop> {
    print_text(std::slice::from_ref(report), desk)?;
    let clock = Clock { now: (desk.clock)(), zone: desk.zone };
    let tables = [
        (&CONSUMERS[..], consumers(report, &clock)),
        (&IN_FLIGHT[..], report.waiting.iter().map(in_flight).collect()),
        (&RETRIES[..], detail.retries.iter().map(|retry| retry_row(retry, &clock)).collect()),
        (&LETTERS[..], detail.dead_letters.iter().map(|letter| letter_row(letter, &clock)).collect()),
    ];
    for (columns, rows) in tables.into_iter().filter(|(_, rows): &(_, Vec<_>)| !rows.is_empty()) {
        desk.out.line("")?;
        let mut table = Table::new(columns);
        for row in rows {
            table.row(row);
        }
        for line in table.lines(desk.paint) {
            desk.out.line(&line)?;
        }
    }
    if detail.withheld > 0 {
        let of = "dead letters of tenants outside the lock, or of an unknown one, are not shown";
        desk.notes.say(&format!("{} {of}", count(detail.withheld)));
    }
    if let Some(unseen) = &detail.unseen {
        desk.notes.say(unseen);
    }
    Ok(())
}

fn consumers(report: &HandlerReport, clock: &Clock) -> Vec<Vec<Cell>> {
    let row = |consumer: &crate::bus::ConsumerReport| {
        let beat = consumer.heartbeat.as_ref();
        let stat = |of: fn(&crate::bus::HandlerStats) -> u64| {
            plain(beat.map_or_else(|| "-".to_owned(), |beat| count(of(&beat.stats))))
        };
        let host = beat.map(|beat| format!("{} {}", display_safe(&beat.host), beat.pid));
        vec![
            (display_safe(&consumer.name).into_owned(), Some(Meaning::Name)),
            plain(count(consumer.pending)),
            plain(age(consumer.idle)),
            plain(consumer.last_seen.map_or_else(|| "-".to_owned(), |at| clock.ago(at))),
            stat(|stats| stats.done),
            stat(|stats| stats.failed),
            stat(|stats| stats.running),
            plain(host.unwrap_or_else(|| "-".to_owned())),
        ]
    };
    report.consumers.iter().map(row).collect()
}

fn in_flight(entry: &PendingEntry) -> Vec<Cell> {
    let meaning = match entry.state() {
        PendingState::Running => None,
        PendingState::Retrying => Some(Meaning::Warning),
        PendingState::Stuck => Some(Meaning::Bad),
    };
    vec![
        (word(entry).to_owned(), meaning),
        plain(age(entry.idle)),
        plain(count(entry.deliveries)),
        plain(entry.id.to_string()),
        plain(entry.stream.to_string()),
        plain(display_safe(&entry.consumer)),
    ]
}

fn retry_row(retry: &WaitingRetry, clock: &Clock) -> Vec<Cell> {
    let due = match (retry.due - clock.now).to_std() {
        Ok(left) => format!("in {}", age(left)),
        Err(_) => "due".to_owned(),
    };
    let failed = retry.failed.as_ref();
    vec![
        (due, Some(Meaning::Warning)),
        plain(retry.source.to_string()),
        plain(retry.stream.to_string()),
        plain(safe(failed.and_then(|failed| failed.tenant.as_ref()).map(AsRef::as_ref))),
        plain(failed.map_or_else(|| "-".to_owned(), |failed| count(failed.attempt.into()))),
        (safe(failed.map(|failed| failed.error.as_str())), Some(Meaning::Bad)),
    ]
}

fn letter_row(letter: &DeadLetterReport, clock: &Clock) -> Vec<Cell> {
    vec![
        plain(letter.at.map_or_else(|| "-".to_owned(), |at| clock.ago(at))),
        (safe(letter.reason.as_deref()), Some(Meaning::Bad)),
        plain(letter.attempts.map_or_else(|| "-".to_owned(), count)),
        plain(letter.event_type.as_str()),
        plain(safe(letter.tenant.as_ref().map(AsRef::as_ref))),
        plain(letter.source.map_or_else(|| "-".to_owned(), |id| id.to_string())),
        (safe(letter.error.as_deref()), Some(Meaning::Bad)),
    ]
}
