//! `tidings handlers forget NAME`: takes a handler off the bus, with its groups and retries.

use std::io::IsTerminal as _;

use clap::Args;
use serde::Serialize;

use crate::bus::{Forgetting, Forgotten};
use crate::cli::agree::agreed;
use crate::cli::args::Patience;
use crate::cli::connect::Contexts;
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::patient::patiently;
use crate::event::HandlerName;
use crate::text::plural;

/// `tidings handlers forget`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ForgetArgs {
    /// The handler's name
    #[arg(value_parser = name)]
    handler: HandlerName,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Also while workers run it: what they have is not given to others, and they take nothing more
    #[arg(long)]
    force: bool,
}

fn name(text: &str) -> Result<HandlerName, String> {
    HandlerName::new(text).map_err(|error| error.to_string())
}

/// What was removed, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ForgottenLine<'a> {
    handler: &'a str,
    forgotten: bool,
    streams: u64,
    pending: u64,
    scheduled: u64,
    due: u64,
    remembered: u64,
}

pub(super) async fn run(
    args: &ForgetArgs,
    patience: Patience,
    contexts: &Contexts,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    let session = contexts.open_chosen()?;
    let consumer = session.consumer.map_err(|why| {
        let next = contexts.what_next("`tidings handlers show` shows what there is.");
        Stop::failed(format!("nothing was forgotten: {why}"), &next)
    })?;
    if !args.yes && !std::io::stdin().is_terminal() {
        return Err(Stop::usage("nobody can be asked: standard input is no terminal", "Say --yes."));
    }
    let counting = || consumer.forget(&args.handler, Forgetting::Count);
    let Some(has) = patiently(patience, desk, counting).await? else { return Ok(Exit::Interrupted) };
    if has.is_nothing() {
        return Err(Stop::failed(
            format!("there is no handler '{}' here", args.handler),
            "'tidings handlers' lists those that there are.",
        ));
    }
    if has.is_used() && !args.force {
        return Err(Stop::failed(
            format!(
                "the handler '{}' is not forgotten: {} signs of life, and {} being worked at",
                args.handler,
                plural(has.alive.len() as u64, "worker gives", "workers give"),
                plural(has.busy, "entry is", "entries are")
            ),
            "Stop its workers first; --force forgets it under them.",
        ));
    }
    desk.notes.say(&format!("'{}': {}. Dead letters stay.", args.handler, told(&has)));
    if !args.yes && !agreed("Forget it?", "yes", &mut std::io::stdin().lock(), desk)? {
        desk.notes.say("nothing was forgotten");
        return Ok(Exit::Failed);
    }
    let how = if args.force { Forgetting::Forced } else { Forgetting::Unused };
    let forgotten = consumer.forget(&args.handler, how).await?;
    if desk.is_json() {
        desk.out.json(&line(&args.handler, &forgotten))?;
    } else {
        desk.out.line(&format!("forgot '{}': {}", args.handler, told(&forgotten)))?;
    }
    Ok(Exit::Ok)
}

fn line<'a>(handler: &'a HandlerName, forgotten: &Forgotten) -> ForgottenLine<'a> {
    ForgottenLine {
        handler: handler.as_str(),
        forgotten: true,
        streams: forgotten.streams,
        pending: forgotten.pending,
        scheduled: forgotten.scheduled,
        due: forgotten.due,
        remembered: forgotten.remembered,
    }
}

fn told(forgotten: &Forgotten) -> String {
    format!(
        "its groups on {} with {}, {} and {}, {}",
        plural(forgotten.streams, "stream", "streams"),
        plural(forgotten.pending, "pending entry", "pending entries"),
        plural(forgotten.scheduled, "retry that waits", "retries that wait"),
        plural(forgotten.due, "that is due", "that are due"),
        plural(forgotten.remembered, "remembered event", "remembered events")
    )
}
