//! `tidings stats`: each stream as it lies, the errors of handlers in groups, and totals.

mod errors;

use clap::Args;
use serde::Serialize;

use super::args::Patience;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::nothing::NO_STREAMS;
use super::paint::Meaning;
use super::patient::patiently;
use super::table::{Column, Table};
use crate::bus::{ChannelScope, Connector as _, GroupReport, Lag, StreamReport};
use crate::event::EntryId;
use crate::text::{count, display_safe, plural, rfc3339_ms};
use errors::FailureTotals;

/// `tidings stats`
#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    pub(super) patience: Patience,
}

pub(super) async fn run(args: &StatsArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let effective = contexts.effective();
    // Lag and dead letters matter on every channel, whichever is shown first elsewhere.
    let scope = if effective.names_channel() { contexts.channels()? } else { ChannelScope::All };
    let session = contexts.open_with_handlers().await?;
    if !session.info.locked_to.is_empty() {
        desk.notes.say("stats counts whole streams: --tenant narrows the errors alone");
    }
    let Some(looked) = patiently(args.patience, desk, || session.inspector.streams()).await? else {
        return Ok(Exit::Ok);
    };
    if let Some(note) = looked.note() {
        desk.notes.say(&note);
    }
    let mut streams = looked.found;
    streams.retain(|stream| scope.admits(stream.channel.as_ref()));
    let labels = contexts.labels(&effective.context);
    let Some(errors) = errors::read(&session, args.patience, labels, desk).await? else {
        return Ok(Exit::Ok);
    };
    print(&streams, desk)?;
    if desk.is_json() {
        errors.print_json(desk)?;
        desk.out
            .json(&TotalsLine { totals: Totals { failures: errors.totals(), ..Totals::of(&streams) } })?;
    } else {
        errors.print_text(desk)?;
    }
    Ok(Exit::Ok)
}

/// A stream in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamLine<'a> {
    stream: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    channel: Option<&'a str>,
    length: u64,
    first_entry_id: Option<String>,
    first_at: Option<String>,
    last_entry_id: Option<String>,
    last_at: Option<String>,
    dead_letters: u64,
    groups: Vec<GroupLine<'a>>,
}

/// A consumer group in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupLine<'a> {
    name: &'a str,
    pending: u64,
    lag: u64,
    /// False: there are more than `lag`, and the server does not know how many.
    lag_exact: bool,
    consumers: u64,
}

/// The last line of JSON.
#[derive(Debug, Serialize)]
struct TotalsLine {
    totals: Totals,
}

/// Sums over all streams.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    streams: u64,
    empty_streams: u64,
    length: u64,
    groups: u64,
    pending: u64,
    lag: u64,
    lag_exact: bool,
    dead_letters: u64,
    /// `None` where failed attempts are not recorded, or cannot be read.
    failures: Option<FailureTotals>,
}

impl Totals {
    fn of(streams: &[StreamReport]) -> Self {
        let mut totals = Self { lag_exact: true, ..Self::default() };
        for stream in streams {
            totals.streams += 1;
            totals.empty_streams += u64::from(stream.length == 0);
            totals.length += stream.length;
            totals.dead_letters += stream.dead_letters;
            for group in &stream.groups {
                let (lag, exact) = lag_of(group);
                totals.groups += 1;
                totals.pending += group.pending;
                totals.lag += lag;
                totals.lag_exact &= exact;
            }
        }
        totals
    }
}

fn lag_of(group: &GroupReport) -> (u64, bool) {
    match group.lag {
        Lag::Exactly(lag) => (lag, true),
        Lag::MoreThan(lag) => (lag, false),
    }
}

fn show_lag((lag, exact): (u64, bool)) -> String {
    format!("{}{}", count(lag), if exact { "" } else { "+" })
}

fn print_json(streams: &[StreamReport], desk: &mut Desk<'_>) -> Result<(), Stop> {
    let at = |id: Option<EntryId>| id.and_then(EntryId::time).map(rfc3339_ms);
    for stream in streams {
        let groups = stream.groups.iter().map(|group| {
            let (lag, lag_exact) = lag_of(group);
            let GroupReport { name, pending, consumers, .. } = group;
            GroupLine { name, pending: *pending, lag, lag_exact, consumers: *consumers }
        });
        desk.out.json(&StreamLine {
            stream: stream.stream.as_str(),
            event_type: stream.event_type.as_str(),
            channel: stream.channel.as_ref().map(AsRef::as_ref),
            length: stream.length,
            first_entry_id: stream.first.map(|id| id.to_string()),
            first_at: at(stream.first),
            last_entry_id: stream.last.map(|id| id.to_string()),
            last_at: at(stream.last),
            dead_letters: stream.dead_letters,
            groups: groups.collect(),
        })?;
    }
    Ok(())
}

const COLUMNS: [Column; 10] = [
    Column("TYPE", false),
    Column("CHANNEL", false),
    Column("LENGTH", true),
    Column("FIRST", false),
    Column("LAST", false),
    Column("DEAD", true),
    Column("GROUP", false),
    Column("PENDING", true),
    Column("LAG", true),
    Column("CONSUMERS", true),
];

fn print(streams: &[StreamReport], desk: &mut Desk<'_>) -> Result<(), Stop> {
    if streams.is_empty() {
        desk.notes.say(NO_STREAMS);
    }
    if desk.is_json() { print_json(streams, desk) } else { print_text(streams, desk) }
}

fn print_text(streams: &[StreamReport], desk: &mut Desk<'_>) -> Result<(), Stop> {
    let totals = Totals::of(streams);
    if streams.is_empty() {
        return Ok(());
    }
    let shown = |stream: &&StreamReport| {
        stream.length > 0 || stream.dead_letters > 0 || stream.groups.iter().any(|group| group.pending > 0)
    };
    let mut table = Table::new(&COLUMNS);
    let mut quiet = streams.len();
    for stream in streams.iter().filter(shown) {
        quiet -= 1;
        add_stream(&mut table, stream, desk);
    }
    for line in table.lines(desk.paint) {
        desk.out.line(&line)?;
    }
    if quiet > 0 {
        desk.out.line(&format!("+{} empty (-o json lists them too)", count(quiet as u64)))?;
    }
    desk.out.line(&format!(
        "total: {}, {}, {} with {} pending and lag {}, {}",
        plural(totals.streams, "stream", "streams"),
        plural(totals.length, "entry", "entries"),
        plural(totals.groups, "group", "groups"),
        count(totals.pending),
        show_lag((totals.lag, totals.lag_exact)),
        plural(totals.dead_letters, "dead letter", "dead letters")
    ))
}

fn add_stream(table: &mut Table, stream: &StreamReport, desk: &Desk<'_>) {
    let plain = |text: String| (text, None);
    let number = |n: u64, meaning| (count(n), (n > 0).then_some(meaning));
    let at = |id: Option<EntryId>| match id {
        Some(id) => plain(id.time().map_or_else(|| id.to_string(), |at| desk.show_time(at))),
        None => plain("-".to_owned()),
    };
    let of_stream = vec![
        (stream.event_type.to_string(), Some(Meaning::Name)),
        plain(stream.channel.as_ref().map_or_else(String::new, ToString::to_string)),
        plain(count(stream.length)),
        at(stream.first),
        at(stream.last),
        number(stream.dead_letters, Meaning::Bad),
    ];
    if stream.groups.is_empty() {
        let mut row = of_stream.clone();
        row.push(("no group".to_owned(), Some(Meaning::Quiet)));
        table.row(row);
    }
    for (at, group) in stream.groups.iter().enumerate() {
        let mut row = if at == 0 { of_stream.clone() } else { vec![plain(String::new()); of_stream.len()] };
        let lag = lag_of(group);
        row.extend([
            plain(display_safe(&group.name).into_owned()),
            number(group.pending, Meaning::Warning),
            (show_lag(lag), (lag.0 > 0).then_some(Meaning::Warning)),
            plain(count(group.consumers)),
        ]);
        table.row(row);
    }
}

#[cfg(test)]
mod tests;
