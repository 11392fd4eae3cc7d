//! `tidings tail`: prints events, recent ones first, then live ones as they come.

mod columns;
mod filter;
mod json;
mod note;

use clap::Args;
use tokio::sync::mpsc;

use super::args::{Patience, Reveal};
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::output::Out;
use super::{reader, when};
use crate::bus::{self, BusSignal, ChannelScope, Connector as _, Session, Start, Watch};
use crate::event::{Entry, Masks, TenantLabels};
use crate::monitor::FailureLog;
use columns::Columns;
use filter::TailFilter;
use json::TailLine;
use note::NoteTaker;

/// Signals that may wait between the observer and the output; then the observer waits, and the stream is the buffer.
const WAITING_SIGNALS: usize = 64;

/// `tidings tail`
#[derive(Debug, Args)]
pub(super) struct TailArgs {
    /// Print only what fits, such as 'type:TICKET_* tenant:acme'
    #[arg(long, short, value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// Begin at a time: 2026-11-23T14:02:31Z, 14:02, 2026-11-23, 10m for so long ago, or 0 for the beginning
    #[arg(long, value_name = "TIME", conflicts_with = "last")]
    pub(super) since: Option<String>,
    /// Begin with the newest N entries of all selected streams together, before the filter
    #[arg(long, value_name = "N")]
    pub(super) last: Option<usize>,
    /// End after what is there
    #[arg(long)]
    pub(super) no_follow: bool,
    /// End after N printed entries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    #[command(flatten)]
    pub(super) reveal: Reveal,
    #[command(flatten)]
    pub(super) patience: Patience,
}

/// Adds a line of `tail -o json` for `entry`.
pub(super) fn json_line(entry: &Entry, out: &mut Out<'_>) -> Result<(), Stop> {
    out.json(&TailLine::new(entry))
}

pub(super) async fn run(args: &TailArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let effective = contexts.effective();
    let name = &effective.context;
    let filter = TailFilter::parse(args.filter.as_deref())?;
    let watch = Watch {
        start: start(args, effective.config.history.last, desk)?,
        follow: !args.no_follow,
        channels: contexts.channels()?,
        patience: bus::Patience::GiveUp(args.patience.connect_timeout),
        failures: filter.failures(),
    };
    let session = contexts.open_chosen()?;
    let printer = Printer {
        columns: Columns::new(
            watch.channels == ChannelScope::All,
            contexts.effective().config.events.look().about,
        ),
        labels: contexts.labels(name),
        failures: FailureLog::default(),
        filter,
        masks: contexts.masks(args.reveal),
        left: args.limit,
    };
    print(session, watch, printer, desk).await
}

fn start(args: &TailArgs, last: usize, desk: &Desk<'_>) -> Result<Start, Stop> {
    match &args.since {
        Some(since) => when::parse(since, desk.now(), desk.zone)
            .map_err(|error| Stop::usage(format!("--since: {error}"), when::FORMS)),
        None => Ok(Start::Last(args.last.unwrap_or(last))),
    }
}

/// Watches until the watch ends, `limit` is reached, the output is closed, or Ctrl-C.
async fn print(
    session: Session,
    watch: Watch,
    mut printer: Printer,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let (sender, mut signals) = mpsc::channel(WAITING_SIGNALS);
    let stop = desk.stop.child_token();
    let _stop_at_the_end = stop.clone().drop_guard();
    let observer = session.observer;
    let observing = tokio::spawn({
        let stop = stop.clone();
        async move { observer.observe(watch, sender, stop).await }
    });
    let mut notes = NoteTaker::default();
    let mut unread = std::pin::pin!(reader::gone());
    loop {
        let signal = tokio::select! {
            signal = signals.recv() => signal,
            () = &mut unread => return Err(Stop::PipeClosed),
        };
        let Some(signal) = signal else { break };
        if let Some(note) = notes.take(&signal, desk) {
            desk.notes.say(&note);
        }
        if let BusSignal::Failures(batch) = signal {
            printer.failures.take(batch);
        } else if let BusSignal::Entries(batch) = signal {
            for entry in &batch.entries {
                printer.entry(entry, desk)?;
                if printer.left == Some(0) {
                    desk.out.flush()?;
                    return Ok(Exit::Ok);
                }
            }
            desk.out.flush()?;
        }
        if stop.is_cancelled() {
            break;
        }
    }
    if let Some(note) = notes.last() {
        desk.notes.say(&note);
    }
    match observing.await {
        _ if stop.is_cancelled() => Ok(Exit::Ok),
        Ok(ended) => Ok(ended.map(|()| Exit::Ok)?),
        Err(error) => Err(Stop::failed(
            format!("the observer broke off: {error}"),
            "This is a fault of Tidings: please report it.",
        )),
    }
}

/// Prints the entries that fit.
struct Printer {
    columns: Columns,
    labels: TenantLabels,
    /// What is known of failed attempts, where the filter asks for them.
    failures: FailureLog,
    filter: TailFilter,
    masks: Masks,
    /// How many entries may still be printed.
    left: Option<u64>,
}

impl Printer {
    fn entry(&mut self, entry: &Entry, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if !self.filter.matches(entry, (&self.labels, &self.failures), desk) {
            return Ok(());
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        // What is masked can be looked for, and is not shown.
        let entry = self.masks.entry(entry);
        if desk.is_json() {
            return desk.out.json(&TailLine::new(&entry));
        }
        let line = self.columns.line(&entry, &self.labels, desk);
        desk.out.line(&line)
    }
}

#[cfg(test)]
mod tests;
