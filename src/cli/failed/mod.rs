//! `tidings failed`: finds failed events, retries them by hand, puts them aside, and follows what becomes of them.

mod act;
mod args;
mod consent;
mod diff;
mod discard;
mod edit;
mod export;
mod found;
mod import;
mod letters;
mod line;
mod list;
mod preview;
mod purge;
mod release;
mod retry;
mod select;
mod show;
mod site;
mod suits;
mod watch;
mod would;

use clap::{Args, Subcommand};

use super::args::{Patience, Reveal};
use super::connect::Contexts;
use super::desk::Desk;
use super::exit::{Exit, Stop};
use crate::schema::Registry;
use discard::DiscardArgs;
use edit::EditArgs;
use export::ExportArgs;
use import::ImportArgs;
use list::ListArgs;
use purge::PurgeArgs;
use release::ReleaseArgs;
use retry::RetryArgs;
use show::ShowArgs;
use site::Site;

pub(super) use args::rate;
pub(super) use export::write as export;
pub(super) use line::time;

/// `tidings failed`
#[derive(Debug, Clone, Args)]
pub(super) struct FailedArgs {
    #[command(subcommand)]
    verb: Option<FailedVerb>,
    #[command(flatten)]
    reveal: Reveal,
    #[command(flatten)]
    patience: Patience,
}

/// What `tidings failed` does; without one of them it lists.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum FailedVerb {
    /// List failed events: dead, invalid, stuck, and those that are tried again by themselves
    List(ListArgs),
    /// Show one failed event: its error, attempts, fields, where it came from and what it was retried as
    Show(ShowArgs),
    /// Retry dead letters, and waiting retries at once
    ///
    /// What is selected is frozen first: what fails later is not in the plan. Each event is retried in one atomic step,
    /// so that a crash, a second try or a second operator can neither lose nor double it.
    Retry(RetryArgs),
    /// Change the payload of a dead letter in $VISUAL or $EDITOR, or with --payload and --set, and retry it
    ///
    /// It keeps its id, type, time and tenant. The dead letter stays until the edited event is accepted.
    Edit(EditArgs),
    /// Put dead letters and waiting retries aside, so that `failed restore` can bring them back
    Discard(DiscardArgs),
    /// Put discarded events back among the dead letters
    Restore(DiscardArgs),
    /// Offer pending entries to consumers again at once
    Release(ReleaseArgs),
    /// Print failed events with all their fields as JSON Lines, for `failed import`
    Export(ExportArgs),
    /// Put exported dead letters back; those that are there already are not doubled
    Import(ImportArgs),
    /// Remove discarded events for good; dead letters only by id, or with --state
    Purge(PurgeArgs),
}

pub(super) async fn run(args: &FailedArgs, contexts: &Contexts, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let verb = args.verb.clone().unwrap_or_else(|| FailedVerb::List(ListArgs::default()));
    let site = if verb.changes_nothing() {
        Site::preview(contexts, (args.patience, args.reveal)).await?
    } else {
        Site::open(contexts, (args.patience, args.reveal)).await?
    };
    let registry = || {
        let registry = contexts.registry(&contexts.effective().context);
        registry.map_err(|error| Stop::error(Exit::Usage, error, None))
    };
    perform(&verb, &registry, &site, desk).await
}

impl FailedVerb {
    /// Whether it was asked to act, and only to show what it would do.
    fn changes_nothing(&self) -> bool {
        match self {
            Self::List(_) | Self::Show(_) | Self::Export(_) => false,
            Self::Retry(args) => args.agreeing.dry_run,
            Self::Edit(args) => args.agreeing.dry_run,
            Self::Discard(args) | Self::Restore(args) => args.agreeing.dry_run,
            Self::Release(args) => args.agreeing.dry_run,
            Self::Import(args) => args.agreeing.dry_run,
            Self::Purge(args) => args.agreeing.dry_run,
        }
    }
}

async fn perform(
    verb: &FailedVerb,
    registry: &dyn Fn() -> Result<Registry, Stop>,
    site: &Site,
    desk: &mut Desk<'_>,
) -> Result<Exit, Stop> {
    match verb {
        FailedVerb::List(args) => list::run(args, site, desk).await,
        FailedVerb::Show(args) => show::run(args, site, desk).await,
        FailedVerb::Retry(args) => retry::run(args, site, desk).await,
        FailedVerb::Edit(args) => edit::run(args, registry, site, desk).await,
        FailedVerb::Discard(args) => discard::run(args, site, desk).await,
        FailedVerb::Restore(args) => discard::restore(args, site, desk).await,
        FailedVerb::Release(args) => release::run(args, site, desk).await,
        FailedVerb::Export(args) => export::run(args, site, desk).await,
        FailedVerb::Import(args) => import::run(args, site, desk).await,
        FailedVerb::Purge(args) => purge::run(args, site, desk).await,
    }
}

#[cfg(test)]
mod tests;
