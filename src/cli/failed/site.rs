//! Where a verb of `tidings failed` works: the open context, and what it may do there.

use std::sync::Arc;

use crate::bus::{Connector as _, Operator, Session, Verb};
use crate::cli::args::{Patience, Reveal};
use crate::cli::connect::Contexts;
use crate::cli::desk::Desk;
use crate::cli::exit::Stop;
use crate::cli::patient::patiently;
use crate::event::{Channel, Masks, TenantLabels};

/// Where a verb works.
pub(super) struct Site {
    pub(super) session: Session,
    pub(super) labels: TenantLabels,
    pub(super) patience: Patience,
    /// What is not printed of events.
    pub(super) masks: Masks,
    /// The channel that the run names; without it all are looked at.
    pub(super) channel: Option<Channel>,
    /// What to do where this run may not act.
    pub(super) next: String,
}

impl Site {
    /// Opens the context of this run.
    pub(super) async fn open(contexts: &Contexts, how: (Patience, Reveal)) -> Result<Self, Stop> {
        let session = contexts.open_with_handlers().await?;
        Self::of(session, contexts, how)
    }

    /// As [`Site::open`], for showing what would be done: also where a run may not write.
    pub(super) async fn preview(contexts: &Contexts, how: (Patience, Reveal)) -> Result<Self, Stop> {
        let session = contexts.open_for_preview_with_handlers().await?;
        Self::of(session, contexts, how)
    }

    fn of(
        session: Session,
        contexts: &Contexts,
        (patience, reveal): (Patience, Reveal),
    ) -> Result<Self, Stop> {
        let effective = contexts.effective();
        let named = effective.chosen().and_then(|context| context.channel.as_deref());
        let channel = named.filter(|name| *name != "all").map(Channel::new).transpose();
        let channel = channel.map_err(|error| Stop::usage(error, "Name a channel, or 'all'."))?;
        let labels = contexts.labels(&effective.context);
        let next = contexts.what_next("--dry-run shows what would be done.");
        let masks = contexts.masks(reveal);
        Ok(Self { session, labels, patience, masks, channel, next })
    }

    /// The way to act, where this run has one; `nothing` says what was not done: `nothing was retried`.
    pub(super) fn operator(&self, nothing: &str) -> Result<Arc<dyn Operator>, Stop> {
        let refused = |why| Stop::failed(format!("{nothing}: {why}"), &self.next);
        self.session.operator.clone().map_err(refused)
    }

    /// Asks the server whether this user may. That is the first contact, too. False: Ctrl-C came first.
    pub(super) async fn may(&self, verb: Verb, desk: &Desk<'_>) -> Result<bool, Stop> {
        let asked = patiently(self.patience, desk, || self.session.failed.may(verb)).await?;
        Ok(asked.is_some())
    }
}
