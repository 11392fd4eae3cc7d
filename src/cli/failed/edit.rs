//! `tidings failed edit`: changes the payload of a dead letter, and retries it.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use tokio::time::{Duration, sleep};

use super::act::write_down;
use super::args::{Agreeing, Running, one};
use super::diff::changes;
use super::preview;
use super::show::gone;
use super::site::Site;
use super::suits::reason;
use crate::bus::{
    ActionError, Because, BusError, Deed, FailedAt, FailedWhole, Followed, Operator, PublishError, Retried,
    RetryOrder, Verb,
};
use crate::cli::desk::Desk;
use crate::cli::editor::Draft;
use crate::cli::exit::{Exit, Stop};
use crate::cli::patient::patiently;
use crate::cli::publish::PayloadArgs;
use crate::cli::who::who;
use crate::event::json::{Pointer, set};
use crate::event::{NewEvent, Report, pick};
use crate::schema::Registry;
use crate::text::display_safe;
use crate::tui::pretty::indented;

/// Between two looks at what became of it.
const INTERVAL: Duration = Duration::from_millis(500);

/// `tidings failed edit`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct EditArgs {
    /// The dead letter's id, as `failed list -o json` gives it
    #[arg(value_name = "ID", value_parser = one)]
    id: FailedAt,
    #[command(flatten)]
    payload: PayloadArgs,
    #[command(flatten)]
    running: Running,
    /// Follow to the outcome; ends with 1 when it did not succeed
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

/// What was retried, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EditedLine {
    id: String,
    event_id: Option<String>,
    to: Vec<EntryLine>,
    outcome: Option<&'static str>,
}

/// An entry that was appended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryLine {
    stream: String,
    entry_id: String,
}

pub(super) async fn run(
    args: &EditArgs,
    registry: &dyn Fn() -> Result<Registry, Stop>,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let operator = site.operator("nothing was retried")?;
    let is_dry = args.agreeing.dry_run;
    if !is_dry {
        args.agreeing.check(&site.session.info)?;
    }
    if !is_dry && !site.may(Verb::Retry, desk).await? {
        return Ok(Exit::Interrupted);
    }
    let Some(whole) = patiently(site.patience, desk, || site.session.failed.whole(&args.id)).await? else {
        return Ok(Exit::Interrupted);
    };
    let whole = whole.ok_or_else(|| gone(&args.id))?;
    let before = event_of(&whole)?;
    let payload = payload_of(before)?;
    if site.masks.payload(&payload).is_some() {
        return Err(Stop::usage(
            "values of its payload are masked, and editing it shows them: nothing was retried",
            "Say --reveal, to edit it all the same.",
        ));
    }
    let (edited, draft) = changed(args, &whole, &payload, registry, desk)?;
    let lines = changes(&payload, &edited, desk.paint);
    if lines.is_empty() {
        desk.notes.say("nothing was changed: nothing was retried");
        return Ok(Exit::Failed);
    }
    let event = match vetted(before, &edited, &whole, site) {
        Ok(event) => event,
        Err(stop) => {
            if let Some(draft) = draft {
                desk.notes.say(&format!("what you wrote is kept in {}", draft.keep().display()));
            }
            return Err(stop);
        }
    };
    desk.notes.say(&lines.join("\n"));
    let order = RetryOrder { edited: Some(event), ..RetryOrder::new(args.id.clone(), args.running.runs()) };
    if is_dry {
        if let Some(draft) = draft {
            desk.notes.say(&format!("what you wrote is kept in {}", draft.keep().display()));
        }
        let because = Because { who: who(), plan: None, reason: args.agreeing.reason.clone() };
        let each = [(args.id.to_string(), operator.preview(&order, &because))];
        preview::send(each.into_iter(), desk)?;
        return Ok(Exit::Ok);
    }
    if !args.agreeing.is_given("Retry it like this", 1, &site.session.info, desk)? {
        if let Some(draft) = draft {
            desk.notes.say(&format!("what you wrote is kept in {}", draft.keep().display()));
        }
        desk.notes.say("nothing was retried");
        return Ok(Exit::Failed);
    }
    let ended = retry(args, order, &operator, site, desk).await;
    if let (Err(Stop::Error(_)), Some(draft)) = (&ended, draft) {
        desk.notes.say(&format!("what you wrote is kept in {}", draft.keep().display()));
    }
    ended
}

fn event_of(whole: &FailedWhole) -> Result<&str, Stop> {
    if !matches!(whole.event.at, FailedAt::DeadLetter { .. }) {
        return Err(Stop::failed(
            format!("{}: {}", whole.event.at, reason(&whole.event.at, "edited")),
            "Only dead letters are edited: `tidings failed list --state dead,invalid`.",
        ));
    }
    whole.event.text.as_deref().ok_or_else(|| {
        Stop::failed(
            format!("{} holds no event that can be read: there is nothing to edit", whole.event.at),
            "`tidings failed export` shows its fields; publish the event anew with `tidings publish`.",
        )
    })
}

fn payload_of(event: &str) -> Result<String, Stop> {
    let [payload] = pick(event, &["payload"]).map_err(|error| {
        Stop::failed(
            format!("its event is not a JSON object: {error}"),
            "Publish it anew with `tidings publish`.",
        )
    })?;
    Ok(indented(payload.unwrap_or("{}")))
}

/// The payload as it is to be, on lines of its own, and the file that a person wrote it in.
fn changed(
    args: &EditArgs,
    whole: &FailedWhole,
    payload: &str,
    registry: &dyn Fn() -> Result<Registry, Stop>,
    desk: &Desk<'_>,
) -> Result<(String, Option<Draft>), Stop> {
    if args.payload.is_empty() {
        let next = "give the payload with --payload or --set";
        let mut draft = Draft::new(payload, ".json", next)?;
        let held = desk.busy.editing();
        let text = draft.edit(next)?;
        drop(held);
        if let Err(error) = pick(&text, &[]) {
            return Err(Stop::failed(
                format!(
                    "this is no JSON object: {error}\nwhat you wrote is kept in {}",
                    draft.keep().display()
                ),
                "Mend it, and give it with --payload-file.",
            ));
        }
        return Ok((indented(&text), Some(draft)));
    }
    let text = args.payload.text(payload, &whole.event.event_type, &registry()?, &mut std::io::stdin())?;
    Ok((indented(&text), None))
}

/// The whole event with the new payload in it: its id, type, time and tenant are those that it had.
fn vetted(before: &str, payload: &str, whole: &FailedWhole, site: &Site) -> Result<NewEvent, Stop> {
    let text = set(before, &Pointer::of(["payload"]), payload)
        .map_err(|error| Stop::failed(error, "Publish it anew."))?;
    let next = "Mend the payload, then try again.";
    let event = NewEvent::from_text(text)
        .map_err(|fault| Stop::failed(format!("this makes no event: {}", fault.summary()), next))?;
    if let Some(tenant) = &whole.event.tenant
        && tenant != event.tenant()
    {
        return Err(Stop::failed(
            format!("the payload says tenant '{}', and the event is of '{tenant}'", event.tenant()),
            "An edited event stays its tenant's: publish another one with `tidings publish`.",
        ));
    }
    let event = match &whole.event.channel {
        Some(channel) => event.on_channel(channel.clone()),
        None => event,
    };
    if let Ok(publisher) = &site.session.publisher {
        publisher.vet(&event).map_err(|error| {
            let mut told = vec![error.to_string()];
            if let PublishError::Invalid(fault) = &error {
                // The first one stands in the error itself.
                told.extend(fault.reports.iter().skip(1).map(Report::to_string));
            }
            Stop::failed(told.join("\n"), next)
        })?;
    }
    Ok(event)
}

async fn retry(
    args: &EditArgs,
    order: RetryOrder,
    operator: &Arc<dyn Operator>,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let plan = format!("edit-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    let because = Because { who: who(), plan: Some(plan.clone()), reason: args.agreeing.reason.clone() };
    let unknown = format!("`tidings failed show {}` tells whether it is still there", args.id);
    let held = desk.busy.sending(unknown);
    let answers = operator.retry(std::slice::from_ref(&order), &because).await;
    drop(held);
    let retried = match answers.map(|mut answers| answers.pop()) {
        Ok(Some(Ok(retried))) => retried,
        Ok(Some(Err(error))) => {
            let exit = if matches!(error, ActionError::Unknown(_)) { Exit::Unknown } else { Exit::Failed };
            let next = "The dead letter stays as it was, unless the outcome is unknown: `tidings failed show` tells.";
            return Err(Stop::error(exit, format!("{}: {error}", args.id), Some(next)));
        }
        Ok(None) => {
            return Err(Stop::failed("the broker did not answer for it", "`tidings failed show` tells."));
        }
        Err(BusError::Unavailable { what }) => {
            let next = "`tidings failed show` tells whether it is still there.";
            return Err(Stop::error(Exit::Unknown, format!("outcome unknown: {what}"), Some(next)));
        }
        Err(error) => return Err(error.into()),
    };
    write_down(operator, Deed::Edited, &because, 1, desk).await;
    let outcome = if args.wait { follow(&plan, &retried, site, desk).await? } else { None };
    tell(&retried, outcome, desk)?;
    let failed = args.wait && outcome != Some(Followed::Succeeded);
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

/// What became of it; `None` where Ctrl-C came first.
async fn follow(
    plan: &str,
    retried: &Retried,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Option<Followed>, Stop> {
    let mut follower = site.session.failed.follower(plan);
    follower.add(std::slice::from_ref(retried));
    let stop = desk.stop.clone();
    loop {
        match follower.look().await {
            Ok(changes) => {
                if let Some((_, outcome)) = changes.last() {
                    if outcome.is_final() {
                        return Ok(Some(*outcome));
                    }
                    desk.notes.say(outcome.words());
                }
            }
            Err(error @ BusError::Unavailable { .. }) => desk.notes.say(error.what()),
            Err(error) => return Err(error.into()),
        }
        tokio::select! {
            () = sleep(INTERVAL) => {}
            () = stop.cancelled() => return Ok(None),
        }
    }
}

fn tell(retried: &Retried, outcome: Option<Followed>, desk: &mut Desk<'_>) -> Result<(), Stop> {
    if desk.is_json() {
        let entry = |claim: &crate::bus::Claim| EntryLine {
            stream: claim.stream.as_str().to_owned(),
            entry_id: claim.id.to_string(),
        };
        return desk.out.json(&EditedLine {
            id: retried.from.to_string(),
            event_id: retried.event.map(|id| id.to_string()),
            to: retried.to.iter().map(entry).collect(),
            outcome: outcome.map(Followed::words),
        });
    }
    let to: Vec<_> = retried.to.iter().map(|claim| format!("{} {}", claim.stream, claim.id)).collect();
    let outcome = outcome.map(|outcome| format!(": {}", outcome.words())).unwrap_or_default();
    let from = display_safe(&retried.from.to_string()).into_owned();
    desk.out.line(&format!(
        "retried, edited  {from}{}{}{outcome}",
        desk.paint.sign("  → ", "  -> "),
        to.join(", ")
    ))
}
