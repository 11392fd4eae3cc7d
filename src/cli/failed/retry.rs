//! `tidings failed retry`: freezes a plan, shows it or asks, and runs it to its end.

use clap::Args;

use super::args::{Agreeing, Pacing, Running, Selecting};
use super::consent::events;
use super::preview;
use super::select::{Selection, Usual};
use super::site::Site;
use super::watch;
use crate::bus::{FailedAt, FailedEvent, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::patient::patiently;
use crate::cli::who::who;
use crate::plan::{Pace, Plan, Ports, start};
use crate::text::{count, display_safe};

/// `tidings failed retry`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct RetryArgs {
    #[command(flatten)]
    which: Selecting,
    #[command(flatten)]
    pacing: Pacing,
    #[command(flatten)]
    running: Running,
    /// Change nothing: show the plan, what it would run, and the exact commands
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Follow to the outcome; ends with 1 when any did not succeed
    #[arg(long)]
    wait: bool,
    /// Go on with a plan that was interrupted, stopped or cancelled: the same events; nothing is doubled
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["ids", "filter", "state", "handler", "limit", "force", "as_new"])]
    resume: Option<String>,
    #[command(flatten)]
    agreeing: Agreeing,
}

pub(super) async fn run(args: &RetryArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if args.dry_run {
        return dry_run(args, site, desk).await;
    }
    let operator = site.operator("nothing was retried")?;
    if args.resume.is_none() {
        Selection::for_acting(&args.which, Usual::Failed, site)?;
    }
    args.agreeing.check(&site.session.info)?;
    if !site.may(Verb::Retry, desk).await? {
        return Ok(Exit::Interrupted);
    }
    let Some(made) = make(args, site, desk).await? else { return Ok(Exit::Interrupted) };
    let left = if made.missing { Exit::Failed } else { Exit::Ok };
    if made.plan.items.is_empty() {
        desk.notes.say("nothing was retried: nothing fits");
        return Ok(if made.unsuitable > 0 { Exit::Failed } else { left });
    }
    say_unsuitable(made.unsuitable, desk);
    if !made.events.is_empty() {
        let foreseen = site.session.failed.foresee(&made.events, made.plan.runs).await?;
        for note in preview::warnings(&foreseen, made.plan.summary.count) {
            desk.notes.say(&note);
        }
    }
    let total = made.plan.items.len() as u64;
    let what = match &args.resume {
        Some(plan) => format!("Go on with {}, {} in all,", display_safe(plan), events(total)),
        None => format!("Retry {}", events(total)),
    };
    if !args.agreeing.is_given(&what, total, &site.session.info, desk)? {
        desk.notes.say("nothing was retried");
        return Ok(Exit::Failed);
    }
    let ports = Ports { operator, failed: site.session.failed.clone() };
    let name = made.plan.id.clone();
    let progress = watch::to_the_end(start(made.plan, ports), args.wait, desk).await?;
    let exit = watch::tell(&name, &progress, args.wait, desk)?;
    Ok(if exit == Exit::Ok { left } else { exit })
}

async fn dry_run(args: &RetryArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if args.resume.is_none() {
        Selection::for_acting(&args.which, Usual::Failed, site)?;
    }
    let Some(made) = make(args, site, desk).await? else { return Ok(Exit::Interrupted) };
    say_unsuitable(made.unsuitable, desk);
    if made.plan.items.is_empty() {
        desk.notes.say("nothing would be retried: nothing fits");
        return Ok(if made.missing || made.unsuitable > 0 { Exit::Failed } else { Exit::Ok });
    }
    preview::show(&made.plan, &made.events, site, desk).await?;
    Ok(if made.missing { Exit::Failed } else { Exit::Ok })
}

fn say_unsuitable(unsuitable: u64, desk: &mut Desk<'_>) {
    if unsuitable > 0 {
        desk.notes.say(&format!(
            "{} of what fits cannot be retried: `failed release` offers pending entries again, `failed restore` puts discarded events back",
            count(unsuitable)
        ));
    }
}

/// A plan that was made, and what it was made of.
struct Made {
    plan: Plan,
    /// None of a plan that is gone on with.
    events: Vec<FailedEvent>,
    /// Selected, and nothing that a retry could be done to.
    unsuitable: u64,
    /// Something was named that is not there.
    missing: bool,
}

async fn make(args: &RetryArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Option<Made>, Stop> {
    if let Some(name) = &args.resume {
        return resume(name, args, site, desk).await;
    }
    let selection = Selection::for_acting(&args.which, Usual::Failed, site)?;
    let Some(frozen) = selection.freeze(site, desk).await? else { return Ok(None) };
    let all = frozen.events.len();
    let suits = |at: &FailedAt| matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Waiting { .. });
    let events: Vec<_> = frozen.events.into_iter().filter(|event| suits(&event.at)).collect();
    let plan = Plan {
        reason: args.agreeing.reason.clone(),
        runs: args.running.runs(),
        pace: args.pacing.pace().unwrap_or_default(),
        ..Plan::freeze(&events, desk.now(), &who())
    };
    let unsuitable = (all - events.len()) as u64;
    Ok(Some(Made { plan, unsuitable, events, missing: !frozen.missing.is_empty() }))
}

async fn resume(
    name: &str,
    args: &RetryArgs,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Option<Made>, Stop> {
    let Some(kept) = patiently(site.patience, desk, || site.session.failed.plan(name)).await? else {
        return Ok(None);
    };
    let kept = kept.ok_or_else(|| {
        Stop::failed(
            format!("there is no plan '{name}' on this bus"),
            "A plan is kept for a week. `tidings journal` names those that were made.",
        )
    })?;
    let mut plan = Plan::resume(kept, &who()).map_err(|error| {
        Stop::failed(
            error,
            "Name a pace yourself, with --rate or --ramp, once this version can read the plan.",
        )
    })?;
    if let Some(pace) = args.pacing.pace() {
        plan.pace = pace;
    } else if plan.pace != Pace::AtOnce {
        desk.notes.say(&format!("its pace is {}", plan.pace));
    }
    if let Some(reason) = &args.agreeing.reason {
        plan.reason = Some(reason.clone());
    }
    Ok(Some(Made { plan, events: Vec::new(), unsuitable: 0, missing: false }))
}
