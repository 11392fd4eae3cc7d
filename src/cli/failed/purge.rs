//! `tidings failed purge`: removes discarded events or dead letters for good.

use clap::Args;

use super::act::{self, Act, Done};
use super::args::{Agreeing, Selecting};
use super::select::Usual;
use super::site::Site;
use super::suits::Aim;
use crate::bus::{Action, Deed, FailedAt, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};

/// `tidings failed purge`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct PurgeArgs {
    #[command(flatten)]
    which: Selecting,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

const PURGE: Act = Act {
    verb: Verb::Purge,
    deed: Deed::Purged,
    order: "Remove for good",
    aim: Aim {
        done: "purged",
        usual: Usual::Discarded,
        suits: |at| matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Discarded { .. }),
    },
    preview: |operator, event, because| operator.preview_action(&Action::Purge(&event.at), because),
};

pub(super) async fn run(args: &PurgeArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    act::run(&PURGE, &args.which, &args.agreeing, site, desk, async |operator, events, _| {
        Ok(operator
            .purge(&act::places(events))
            .await?
            .into_iter()
            .map(|answer| answer.map(|()| Done::default()))
            .collect())
    })
    .await
}
