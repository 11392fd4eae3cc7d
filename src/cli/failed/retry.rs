//! `tidings failed retry`: freezes a plan, shows it or asks, and runs it to its end.

use clap::Args;

use super::args::{Agreeing, Pacing, Running, Selecting};
use super::consent::events;
use super::preview;
use super::select::{Selection, Usual};
use super::site::Site;
use super::suits::Aim;
use super::watch;
use crate::bus::{FailedAt, FailedEvent, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::cli::patient::patiently;
use crate::cli::who::who;
use crate::plan::{Pace, Plan, Ports, start};
use crate::text::display_safe;

/// `tidings failed retry`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct RetryArgs {
    #[command(flatten)]
    which: Selecting,
    #[command(flatten)]
    pacing: Pacing,
    #[command(flatten)]
    running: Running,
    /// Follow to the outcome; ends with 1 when any did not succeed
    #[arg(long)]
    wait: bool,
    /// Go on with a plan that was interrupted, stopped or cancelled: the same events; nothing is doubled
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["ids", "filter", "state", "handler", "limit", "force", "as_new"])]
    resume: Option<String>,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

const AIM: Aim = Aim {
    done: "retried",
    usual: Usual::Failed,
    suits: |at| matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Waiting { .. }),
};

pub(super) async fn run(args: &RetryArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    if args.agreeing.dry_run {
        return dry_run(args, site, desk).await;
    }
    let operator = site.operator("nothing was retried")?;
    if args.resume.is_none() {
        Selection::for_acting(&args.which, &AIM, site)?;
    }
    args.agreeing.check(&site.session.info)?;
    if !site.may(Verb::Retry, desk).await? {
        return Ok(Exit::Interrupted);
    }
    let Some(made) = make(args, "nothing was retried", site, desk).await? else {
        return Ok(Exit::Interrupted);
    };
    let left = made.left;
    if made.plan.items.is_empty() {
        if args.resume.is_some() {
            desk.notes.say("nothing was retried: the plan holds no events");
        }
        return Ok(left);
    }
    if !made.events.is_empty() {
        let foreseen = preview::foresee(&made.plan, &made.events, site).await?;
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
        Selection::for_acting(&args.which, &AIM, site)?;
    }
    let Some(made) = make(args, "nothing would be retried", site, desk).await? else {
        return Ok(Exit::Interrupted);
    };
    if !made.plan.items.is_empty() {
        preview::show(&made.plan, &made.events, site, desk).await?;
    }
    Ok(made.left)
}

/// A plan that was made, and what it was made of.
struct Made {
    plan: Plan,
    /// None of a plan that is gone on with.
    events: Vec<FailedEvent>,
    /// What it comes to when all of it is done.
    left: Exit,
}

async fn make(
    args: &RetryArgs,
    nothing: &str,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Option<Made>, Stop> {
    if let Some(name) = &args.resume {
        return resume(name, args, site, desk).await;
    }
    let selection = Selection::for_acting(&args.which, &AIM, site)?;
    let Some(frozen) = selection.freeze(site, desk).await? else { return Ok(None) };
    frozen.say_rest(AIM.done, nothing, desk);
    let left = frozen.exit();
    let plan = Plan {
        reason: args.agreeing.reason.clone(),
        runs: args.running.runs(),
        pace: args.pacing.pace().unwrap_or_default(),
        ..Plan::freeze(&frozen.events, desk.now(), &who())
    };
    Ok(Some(Made { plan, events: frozen.events, left }))
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
    Ok(Some(Made { plan, events: Vec::new(), left: Exit::Ok }))
}
