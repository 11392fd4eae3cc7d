//! `tidings history`: what was sent by hand from here, and what became of it.

use clap::{Args, Subcommand, ValueEnum};

use super::args::Reveal;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::paint::Meaning;
use super::store::store;
use super::table::{Cell, Column, Table};
use crate::bus::{Connector as _, Store, TenantLock};
use crate::compose::{Outcome, Redaction, Sent};
use crate::event::{EventId, EventType, Masks, TenantLabels};
use crate::text::{count, cut_safe, display_safe, json_safe, plural};
use crate::tui::pretty::indented;

/// `tidings history`
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct HistoryArgs {
    #[command(subcommand)]
    verb: Option<HistoryVerb>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    reveal: Reveal,
}

/// What `tidings history` does; without one of them it lists.
#[derive(Debug, Clone, Subcommand)]
enum HistoryVerb {
    /// Show what was sent to the context from here, the newest last
    List(Which),
    /// Show all that is known of an event that was sent, with its payload
    Show {
        /// Its id
        #[arg(value_name = "EVENT-ID")]
        event: EventId,
    },
}

/// Which of them.
#[derive(Debug, Clone, Args)]
struct Which {
    /// At most N: the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = at_least_one)]
    limit: usize,
    /// Only of this type; may be repeated
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<EventType>,
    /// Only what ended like this; may be repeated
    #[arg(long, value_enum, value_name = "OUTCOME")]
    outcome: Vec<Word>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    Published,
    Repeated,
    NotSent,
    Unknown,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "a whole number, 1 or more".to_owned())
}

impl Which {
    fn takes(&self, sent: &Sent) -> bool {
        let is = |word: &Word| {
            matches!(
                (word, &sent.outcome),
                (Word::Published, Outcome::Published)
                    | (Word::Repeated, Outcome::Repeated)
                    | (Word::NotSent, Outcome::NotSent(_))
                    | (Word::Unknown, Outcome::Unknown(_))
            )
        };
        (self.types.is_empty() || self.types.contains(&sent.event_type))
            && (self.outcome.is_empty() || self.outcome.iter().any(is))
    }
}

pub(super) async fn run(args: &HistoryArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let effective = contexts.effective();
    let context = &effective.context;
    let labels = contexts.labels(context);
    if !effective.config.history.enabled {
        desk.notes.say("the config says [history] enabled = false: nothing new is remembered");
    }
    let mut all = read(store(effective).as_ref(), context, contexts.lock(), desk).await?;
    mask(&mut all, &contexts.masks(args.reveal));
    match &args.verb {
        Some(HistoryVerb::Show { event }) => show(*event, &all, context, &labels, desk),
        Some(HistoryVerb::List(which)) => list(which, &all, context, &labels, desk),
        None => list(&args.which, &all, context, &labels, desk),
    }
}

/// Takes out of payloads what is masked.
fn mask(all: &mut [Sent], masks: &Masks) {
    for sent in all {
        if let Some(redacted) = masks.payload(&sent.payload) {
            sent.payload = redacted.text;
        }
    }
}

/// What was sent for the tenants of this run, newest first. Lines that cannot be read are told, and left out.
async fn read(
    store: &dyn Store,
    context: &str,
    lock: &TenantLock,
    desk: &mut Desk<'_>,
) -> Result<Vec<Sent>, Stop> {
    let lines = store.sent(context, usize::MAX).await.map_err(|error| {
        Stop::error(Exit::Failed, format!("the history of '{context}' cannot be shown: {error}"), None)
    })?;
    let (mut found, mut broken) = (Vec::new(), 0_u64);
    for line in &lines {
        match Sent::read(line) {
            Ok(sent) => found.push(sent),
            Err(error) => {
                tracing::debug!("a line of the history is left out: {error}");
                broken += 1;
            }
        }
    }
    if broken > 0 {
        desk.notes.say(&format!(
            "{} of the history cannot be read, and {} left out",
            plural(broken, "line", "lines"),
            if broken == 1 { "is" } else { "are" }
        ));
    }
    found.retain(|sent| lock.admits(&sent.tenant));
    Ok(found)
}

/// So wide a tenant or a channel may be: the id behind them is what is looked for.
const CELLS: usize = 36;

const COLUMNS: [Column; 7] = [
    Column("TIME", false),
    Column("OUTCOME", false),
    Column("TYPE", false),
    Column("TENANT", false),
    Column("CHANNEL", false),
    Column("EVENT", false),
    Column("ENTRY", false),
];

fn list(
    which: &Which,
    all: &[Sent],
    context: &str,
    labels: &TenantLabels,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let mut found: Vec<_> = all.iter().filter(|sent| which.takes(sent)).take(which.limit).collect();
    // As a log is read: the newest last.
    found.reverse();
    if found.is_empty() {
        desk.notes.say(&match all.len() as u64 {
            0 => format!("nothing that was sent to '{context}' from here is remembered"),
            n => format!("none of {} fits", count(n)),
        });
    }
    lines(&found, labels, desk)?;
    Ok(Exit::Ok)
}

fn lines(found: &[&Sent], labels: &TenantLabels, desk: &mut Desk<'_>) -> Result<(), Stop> {
    if desk.is_json() {
        // Each is a line of JSON, and safe to show, as it is.
        return found.iter().try_for_each(|sent| desk.out.line(&sent.to_line(&Redaction::default())));
    }
    if found.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&COLUMNS);
    for sent in found {
        table.row(row(sent, labels, desk));
    }
    table.lines(desk.paint).iter().try_for_each(|line| desk.out.line(line))
}

fn row(sent: &Sent, labels: &TenantLabels, desk: &Desk<'_>) -> Vec<Cell> {
    let plain = |text: String| (text, None);
    let channel = sent.channel.as_ref().map_or_else(String::new, ToString::to_string);
    vec![
        (desk.show_time(sent.at), Some(Meaning::Quiet)),
        (sent.outcome.word().to_owned(), Some(meaning(&sent.outcome))),
        plain(sent.event_type.to_string()),
        plain(cut_safe(&labels.show(sent.tenant.as_str()), CELLS)),
        plain(cut_safe(&channel, CELLS)),
        (sent.event.to_string(), Some(Meaning::Name)),
        plain(sent.entry.map_or_else(|| "-".to_owned(), |entry| entry.to_string())),
    ]
}

fn meaning(outcome: &Outcome) -> Meaning {
    match outcome {
        Outcome::Published | Outcome::Repeated => Meaning::Good,
        Outcome::NotSent(_) => Meaning::Bad,
        Outcome::Unknown(_) => Meaning::Warning,
    }
}

fn show(
    event: EventId,
    all: &[Sent],
    context: &str,
    labels: &TenantLabels,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    // The same may have been sent several times.
    let mut found: Vec<_> = all.iter().filter(|sent| sent.event == event).collect();
    found.reverse();
    let Some(newest) = found.last() else {
        return Err(Stop::failed(
            format!("the history of '{context}' does not know event {event}"),
            "`tidings history` lists what was sent from here; the oldest leave it. --context names another.",
        ));
    };
    lines(&found, labels, desk)?;
    if desk.is_json() {
        return Ok(Exit::Ok);
    }
    let told = |name: &str, text: &str| format!("{name}: {}", display_safe(text));
    if let Some(why) = newest.outcome.why() {
        desk.out.line(&told("why", why))?;
    }
    if let Some(stream) = &newest.stream {
        desk.out.line(&told("stream", stream.as_str()))?;
    }
    if newest.unchecked {
        desk.out.line("sent although it does not fit the schema of its type")?;
    }
    if newest.cut {
        return desk.out.line("its payload was too large to be remembered").map(|()| Exit::Ok);
    }
    if !newest.redacted.is_empty() {
        desk.out.line(&told("left out", &newest.redacted.join(" ")))?;
    }
    desk.out.line("payload:")?;
    desk.out.line(&json_safe(&indented(&newest.payload)))?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests;
