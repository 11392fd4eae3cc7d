//! `tidings publish`: one event, or several alike.

mod bad;
mod kept;
mod lines;
mod many;
mod overheard;
mod payload;
mod report;
mod template;
mod totals;
mod unread;
mod wait;
mod written;

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::args::Patience;
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Complaint, Exit, Stop};
use super::patient::patiently;
use crate::bus::{ChannelScope, Form, Inspector, Publisher};
use crate::compose::{Admission, Leavable, Refusal};
use crate::event::{Channel, EventId, EventType, NewEvent, TenantId};
use crate::text::plural;
use kept::Remembering;
use lines::{EventLines, LinesArgs};
use many::Many;
use overheard::Overheard;
use report::{Report, UNREAD};
use template::{Filled, TemplateArgs};
use unread::Targets;
use wait::{Noting, WaitArgs};

pub(super) use payload::PayloadArgs;
pub(super) use written::Written;

/// Events that are sent together.
const BATCH: usize = 100;
/// And how large that may become: all of it has to be answered within the command time-out.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Why nobody knows what came of some.
const NOT_WAITED_FOR: &str = "it was ended before there was an answer";

/// `tidings publish`
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// Event type, such as `TICKET_UPDATED`
    #[arg(value_name = "TYPE", required_unless_present_any = ["events", "template"])]
    pub(super) event_type: Option<EventType>,
    #[command(flatten)]
    pub(super) payload: PayloadArgs,
    #[command(flatten)]
    pub(super) lines: LinesArgs,
    #[command(flatten)]
    template: TemplateArgs,
    /// Event id; publishing again with the same id makes no double within a day
    #[arg(long, value_name = "UUID")]
    pub(super) id: Option<EventId>,
    /// How many events to publish, each with an id of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: u64,
    /// Write Alga's flat copy for workflows as well, in the same step (profile alga-psa): workflows may start with it
    #[arg(long)]
    pub(super) workflow_copy: bool,
    /// Connect to nothing: check the event, and print the exact commands
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) wait: WaitArgs,
    #[command(flatten)]
    pub(super) patience: Patience,
}

pub(super) async fn run(args: &PublishArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if let Some(path) = &args.lines.events {
        return many(args, path, contexts, desk).await;
    }
    let mut plan = match &args.template.template {
        Some(name) => template::plan(name, args, contexts, desk).await?,
        None => Plan::new(args, contexts, desk)?,
    };
    let (publisher, inspector) = open(args, contexts)?;
    if args.dry_run {
        return plan.preview(publisher.as_ref(), desk);
    }
    // Nothing is sent before there is a connection, so that a server that is just coming up costs no event.
    if patiently(args.patience, desk, || publisher.reach()).await?.is_none() {
        desk.notes.say("interrupted: nothing was sent");
        return Ok(Exit::Ok);
    }
    let publisher = Leavable::by(publisher, desk.busy.left(), NOT_WAITED_FOR);
    let targets = Overheard::by(Targets::default(), publisher as _);
    let remembering = Overheard::by(Remembering::here(contexts, desk), Arc::clone(&targets) as _);
    let noting = args.wait.wait.then(|| Overheard::by(Noting::default(), Arc::clone(&remembering) as _));
    let sent = match &noting {
        Some(noting) => plan.send(noting.as_ref(), desk).await,
        None => plan.send(remembering.as_ref(), desk).await,
    };
    remembering.ear.tell(desk);
    targets.ear.warn(inspector.as_ref(), contexts, desk).await;
    match noting {
        Some(noting) => wait::follow(&noting.ear, &inspector, args.wait, sent?, desk).await,
        None => sent,
    }
}

/// The events of a file or a pipe.
async fn many(
    args: &PublishArgs,
    path: &Path,
    contexts: &Contexts,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let channel = the_channel(contexts)?;
    let (publisher, inspector) = open(args, contexts)?;
    let tenants = contexts.effective().config.tenants.clone();
    let refusal: Refusal = Arc::new(move |tenant| tenants.refusal(tenant));
    let admission = Admission { refusal: Some(refusal), channel, workflow_copy: args.workflow_copy };
    let publisher = Leavable::by(publisher, desk.busy.left(), NOT_WAITED_FOR);
    let targets = Overheard::by(Targets::default(), publisher as _);
    let remembering = Overheard::by(Remembering::doubts(contexts, desk), Arc::clone(&targets) as _);
    let publisher = Arc::clone(&remembering) as Arc<dyn Publisher>;
    let noting = args.wait.wait.then(|| Overheard::by(Noting::default(), Arc::clone(&publisher)));
    let publisher = noting.clone().map_or(publisher, |noting| noting as _);
    let many = Many { args: &args.lines, lines: EventLines(path), admission, publisher };
    if args.dry_run {
        return many.preview(desk);
    }
    let sent = many.send(args.patience, desk).await;
    remembering.ear.tell(desk);
    targets.ear.warn(inspector.as_ref(), contexts, desk).await;
    let sent = sent?;
    match noting {
        Some(noting) => wait::follow(&noting.ear, &inspector, args.wait, sent, desk).await,
        None => Ok(sent),
    }
}

/// For publishing, and for asking what became of it.
type Ports = (Arc<dyn Publisher>, Arc<dyn Inspector>);

/// What is published through, and what is asked about it. With `--dry-run` it connects to nothing.
fn open(args: &PublishArgs, contexts: &Contexts) -> Result<Ports, Stop> {
    let session = if args.dry_run { contexts.open_for_preview()? } else { contexts.open_chosen()? };
    let publisher = session.publisher.map_err(|why| {
        let next = contexts.what_next("--dry-run shows what would be sent.");
        Stop::failed(format!("nothing was published: {why}"), &next)
    })?;
    if args.workflow_copy && session.info.workflow_copy.is_none() {
        return Err(Stop::usage(
            "--workflow-copy: this profile has no copy for workflows",
            "Leave it out, or name a context with the profile alga-psa.",
        ));
    }
    Ok((publisher, session.inspector))
}

/// What is to be published.
struct Plan {
    what: What,
    /// How many are left.
    left: u64,
    channel: Option<Channel>,
    workflow_copy: bool,
}

/// Where the events come from.
enum What {
    /// They are alike.
    Alike { event_type: EventType, id: Option<EventId>, payload: String },
    /// A template makes them.
    Filled(Box<Filled>),
}

impl Plan {
    fn new(args: &PublishArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Self, Stop> {
        let channel = the_channel(contexts)?;
        let Some(event_type) = args.event_type.clone() else {
            return Err(Stop::usage(
                "no event type is named",
                "Name one, or give whole events with --events.",
            ));
        };
        if args.id.is_some() && args.count > 1 {
            return Err(id_and_count());
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
        let payload =
            payload::payload(&args.payload, &event_type, &tenant, &registry, &mut std::io::stdin())?;
        if registry.info(&event_type).is_none() {
            desk.notes.say(&format!("{event_type} has no schema: its payload is not checked"));
        }
        let what = What::Alike { event_type, id: args.id, payload };
        Ok(Self { what, left: args.count, channel, workflow_copy: args.workflow_copy })
    }

    /// The next event, with an id of its own. `None` when all were made.
    fn next(&mut self, desk: &Desk<'_>) -> Result<Option<NewEvent>, Stop> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut event = match &mut self.what {
            What::Filled(filled) => filled.event(desk.now())?,
            What::Alike { event_type, id, payload } => {
                let id = id.unwrap_or_else(EventId::random);
                NewEvent::compose(id, event_type, desk.now(), payload).map_err(|fault| {
                    Stop::usage(
                        format!("this makes no event: {}", fault.summary()),
                        "Mend the payload, then try again.",
                    )
                })?
            }
        };
        if let Some(channel) = &self.channel {
            event = event.on_channel(channel.clone());
        }
        if self.workflow_copy {
            event = event.with_workflow_copy(true);
        }
        Ok(Some(event))
    }

    fn preview(&mut self, publisher: &dyn Publisher, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
        let mut report = Report::default();
        while let Some(event) = self.next(desk)? {
            match publisher.vet(&event) {
                Ok(()) => Report::preview(&event, &publisher.preview(&event, Form::Once), desk)?,
                Err(error) => report.refused(&event, &error, desk),
            }
        }
        Ok(report.exit())
    }

    async fn send(&mut self, publisher: &dyn Publisher, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
        let mut report = Report::default();
        desk.out.go_on_unread();
        let (mut was_read, mut taken_in, mut trouble) = (true, 0, None);
        // What befell one befalls the next, where they are alike, and with a server that is gone each batch would wait
        // for a whole time-out.
        while self.left > 0 && !desk.stop.is_cancelled() && report.exit() == Exit::Ok && trouble.is_none() {
            let (mut events, mut bytes) = (Vec::new(), 0);
            while events.len() < BATCH
                && bytes < BATCH_BYTES
                && let Some(event) = self.next(desk)?
            {
                bytes += event.text().len();
                events.push(event);
            }
            // Not cut short by Ctrl-C: an answer comes within the command time-out, and without it the outcome
            // would be unknown.
            let held = desk.busy.sending(unknown(&events));
            let answers = publisher.publish(&events, Form::Once).await;
            drop(held);
            for (event, answer) in events.iter().zip(answers) {
                match answer {
                    Ok(taken) => {
                        taken_in += 1;
                        trouble = trouble.or(Report::published(&taken, desk).err());
                    }
                    Err(error) => report.refused(event, &error, desk),
                }
            }
            trouble = trouble.or(desk.out.flush().err());
            if was_read && desk.out.is_unread() {
                was_read = false;
                desk.notes.say(UNREAD);
            }
        }
        if trouble.is_some() || !was_read {
            desk.notes.say(&format!("{} published", plural(taken_in, "event was", "events were")));
        }
        if self.left > 0 {
            desk.notes.say(&format!(
                "stopped: {} not sent",
                plural(self.left, "more event was", "more events were")
            ));
        }
        match (trouble, report.exit()) {
            // What nobody knows weighs more than that it could not be written.
            (Some(Stop::Error(error)), exit @ Exit::Unknown) => Err(Stop::Error(Complaint { exit, ..error })),
            (Some(stop), _) => Err(stop),
            (None, exit) => Ok(exit),
        }
    }
}

/// What to know of events whose answer is not waited for.
fn unknown(events: &[NewEvent]) -> String {
    let ids: Vec<_> = events.iter().map(|event| event.id().to_string()).collect();
    format!(
        "published or not: {}; run the same again with --id and without --count for each: no double is made within a day",
        ids.join(" ")
    )
}

fn id_and_count() -> Stop {
    Stop::usage(
        "--id and --count above 1 exclude each other",
        "Each event has an id of its own: leave out one of them.",
    )
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
    match contexts.channels()? {
        ChannelScope::Only(channel) => Ok(Some(channel)),
        ChannelScope::All => Err(Stop::usage(
            "an event is published on one channel, and --channel says 'all'",
            "Name one channel.",
        )),
    }
}

#[cfg(test)]
mod tests;
