//! `tidings failed release`: offers pending entries to consumers again at once.

use clap::Args;

use super::act::{self, Act, Done};
use super::args::{Agreeing, Selecting};
use super::select::Usual;
use super::site::Site;
use super::suits::Aim;
use crate::bus::{Action, Deed, FailedAt, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};

/// `tidings failed release`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ReleaseArgs {
    #[command(flatten)]
    which: Selecting,
    /// Also what somebody may still be at: it may run twice
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

const RELEASE: Act = Act {
    verb: Verb::Release,
    deed: Deed::Released,
    order: "Release",
    aim: Aim { done: "released", usual: Usual::Failed, suits: |at| matches!(at, FailedAt::Pending { .. }) },
    preview: |operator, event, because| {
        operator.preview_action(&Action::Release { at: &event.at, force: false }, because)
    },
};

pub(super) async fn run(args: &ReleaseArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let force = args.force;
    let forced = Act {
        preview: |operator, event, because| {
            operator.preview_action(&Action::Release { at: &event.at, force: true }, because)
        },
        ..RELEASE
    };
    let act = if force { forced } else { RELEASE };
    act::run(&act, &args.which, &args.agreeing, site, desk, async |operator, events, _| {
        let answers = operator.release(&act::places(events), force).await?;
        Ok(answers.into_iter().map(|answer| answer.map(|note| Done { now: None, note })).collect())
    })
    .await
}
