//! `tidings failed discard` and `restore`: puts failed events aside, and back among the dead letters.

use clap::Args;

use super::act::{self, Act, Done};
use super::args::{Agreeing, Selecting};
use super::select::Usual;
use super::site::Site;
use super::suits::Aim;
use crate::bus::{Action, Deed, DiscardOrder, FailedAt, Verb};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};

/// `tidings failed discard`, `tidings failed restore`
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct DiscardArgs {
    #[command(flatten)]
    which: Selecting,
    #[command(flatten)]
    pub(super) agreeing: Agreeing,
}

const DISCARD: Act = Act {
    verb: Verb::Discard,
    deed: Deed::Discarded,
    order: "Discard",
    aim: Aim {
        done: "discarded",
        usual: Usual::Failed,
        suits: |at| matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Waiting { .. }),
    },
    preview: |operator, event, because| {
        operator.preview_action(&Action::Discard(&DiscardOrder::of(event)), because)
    },
};

const RESTORE: Act = Act {
    verb: Verb::Discard,
    deed: Deed::Restored,
    order: "Put back",
    aim: Aim {
        done: "restored",
        usual: Usual::Discarded,
        suits: |at| matches!(at, FailedAt::Discarded { .. }),
    },
    preview: |operator, event, because| operator.preview_action(&Action::Restore(&event.at), because),
};

pub(super) async fn run(args: &DiscardArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    act::run(&DISCARD, &args.which, &args.agreeing, site, desk, async |operator, events, because| {
        let orders: Vec<_> = events.iter().map(DiscardOrder::of).collect();
        Ok(operator.discard(&orders, because).await?.into_iter().map(|answer| answer.map(moved)).collect())
    })
    .await
}

pub(super) async fn restore(args: &DiscardArgs, site: &Site, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    act::run(&RESTORE, &args.which, &args.agreeing, site, desk, async |operator, events, _| {
        Ok(operator
            .restore(&act::places(events))
            .await?
            .into_iter()
            .map(|answer| answer.map(moved))
            .collect())
    })
    .await
}

fn moved(now: FailedAt) -> Done {
    Done { now: Some(now), note: None }
}
