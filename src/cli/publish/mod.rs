//! `tidings publish`: one event, or several alike.

mod edit;
mod payload;
mod report;

use clap::Args;

use super::args::Patience;
use super::connect::{Contexts, channel_scope};
use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::patient::patiently;
use crate::bus::{ChannelScope, Form, Publisher};
use crate::event::{Channel, EventId, EventType, NewEvent, TenantId};
use report::Report;

pub(super) use edit::set;
pub(super) use payload::PayloadArgs;

/// Events that are sent together.
const BATCH: usize = 100;

/// `tidings publish`
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// Event type, such as `TICKET_UPDATED`
    #[arg(value_name = "TYPE")]
    pub(super) event_type: EventType,
    #[command(flatten)]
    pub(super) payload: PayloadArgs,
    /// Event id; publishing again with the same id makes no double
    #[arg(long, value_name = "UUID")]
    pub(super) id: Option<EventId>,
    /// How many events to publish, each with an id of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: u64,
    /// Connect to nothing: check the event, and print the exact commands
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) patience: Patience,
}

pub(super) async fn run(args: &PublishArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let plan = Plan::new(args, contexts, desk)?;
    let session = if args.dry_run { contexts.open_for_preview()? } else { contexts.open_chosen()? };
    let publisher = session.publisher.map_err(|why| {
        let next = if session.info.read_only {
            "--dry-run shows what would be sent."
        } else {
            "Name another context with --context, or another --profile."
        };
        Stop::failed(format!("nothing was published: {why}"), next)
    })?;
    if args.dry_run {
        return plan.preview(publisher.as_ref(), desk);
    }
    // Nothing is sent before there is a connection, so that a server that is just coming up costs no event.
    if patiently(args.patience, desk, || publisher.reach()).await?.is_none() {
        desk.notes.say("interrupted: nothing was sent");
        return Ok(Exit::Ok);
    }
    plan.send(publisher.as_ref(), desk).await
}

/// What is to be published.
struct Plan<'a> {
    args: &'a PublishArgs,
    payload: String,
    channel: Option<Channel>,
}

impl<'a> Plan<'a> {
    fn new(args: &'a PublishArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Self, Stop> {
        if args.id.is_some() && args.count > 1 {
            return Err(Stop::usage(
                "--id and --count above 1 exclude each other",
                "Each event has an id of its own: leave out one of them.",
            ));
        }
        let tenant = the_tenant(contexts)?;
        let effective = contexts.effective();
        if let Some(why) = effective.config.tenants.refusal(&tenant) {
            return Err(Stop::failed(
                format!("tenant '{tenant}' is refused: {why}"),
                "Check the id, or add it to [tenants].",
            ));
        }
        let registry =
            contexts.registry(&effective.context).map_err(|error| Stop::error(Exit::Usage, error, None))?;
        let payload = payload::payload(args, &tenant, &registry, &mut std::io::stdin())?;
        if registry.info(&args.event_type).is_none() {
            desk.notes.say(&format!("{} has no schema: its payload is not checked", args.event_type));
        }
        Ok(Self { args, payload, channel: the_channel(contexts)? })
    }

    /// The next event, with an id of its own.
    fn event(&self, desk: &Desk<'_>) -> Result<NewEvent, Stop> {
        let id = self.args.id.unwrap_or_else(EventId::random);
        let event =
            NewEvent::compose(id, &self.args.event_type, desk.now(), &self.payload).map_err(|fault| {
                Stop::usage(
                    format!("this makes no event: {}", fault.summary()),
                    "Mend the payload, then try again.",
                )
            })?;
        Ok(match &self.channel {
            Some(channel) => event.on_channel(channel.clone()),
            None => event,
        })
    }

    fn preview(&self, publisher: &dyn Publisher, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
        let mut report = Report::default();
        for _ in 0..self.args.count {
            let event = self.event(desk)?;
            match publisher.vet(&event) {
                Ok(()) => Report::preview(&event, &publisher.preview(&event, Form::Once), desk)?,
                Err(error) => report.refused(&event, &error, desk),
            }
        }
        Ok(report.exit())
    }

    async fn send(&self, publisher: &dyn Publisher, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
        let mut report = Report::default();
        let mut left = self.args.count;
        // The events are alike: what befell one befalls the next, and with a server that is gone each batch would wait
        // for a whole time-out.
        while left > 0 && !desk.stop.is_cancelled() && report.exit() == Exit::Ok {
            let size = left.min(BATCH as u64);
            left -= size;
            let events: Vec<_> = (0..size).map(|_| self.event(desk)).collect::<Result<_, _>>()?;
            // Not cut short by Ctrl-C: an answer comes within the command time-out, and without it the outcome
            // would be unknown.
            let answers = publisher.publish(&events, Form::Once).await;
            for (event, answer) in events.iter().zip(answers) {
                match answer {
                    Ok(taken) => Report::published(&taken, desk)?,
                    Err(error) => report.refused(event, &error, desk),
                }
            }
            desk.out.flush()?;
        }
        if left > 0 {
            desk.notes.say(&format!("stopped: {left} more events were not sent"));
        }
        Ok(report.exit())
    }
}

/// The tenant of the event: the one that this run is locked to.
fn the_tenant(contexts: &Contexts) -> Result<TenantId, Stop> {
    let mut tenants = contexts.lock().tenants();
    match (tenants.next(), tenants.next()) {
        (Some(tenant), None) => Ok(tenant.clone()),
        (None, _) => Err(Stop::usage(
            "--tenant is missing",
            "Say whose event it is: --tenant ID, or a label of [tenants].",
        )),
        (Some(_), Some(_)) => {
            Err(Stop::usage("an event has one tenant, and --tenant names more", "Give --tenant once."))
        }
    }
}

/// The channel that the flag names; without it the profile's own.
fn the_channel(contexts: &Contexts) -> Result<Option<Channel>, Stop> {
    let effective = contexts.effective();
    if !effective.names_channel() {
        return Ok(None);
    }
    match channel_scope(effective.chosen())? {
        ChannelScope::Only(channel) => Ok(Some(channel)),
        ChannelScope::All => Err(Stop::usage(
            "an event is published on one channel, and --channel says 'all'",
            "Name one channel.",
        )),
    }
}

#[cfg(test)]
mod tests;
