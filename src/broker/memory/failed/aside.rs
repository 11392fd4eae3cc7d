//! Putting failed events aside and back, offering them again, and removing them: each in one step under the lock.

use std::sync::Arc;

use super::fields;
use super::kept::Discarded;
use super::lying::{self, Lying};
use crate::broker::memory::dead::DeadLetter;
use crate::broker::memory::group::Retry;
use crate::broker::memory::state::State;
use crate::bus::{ActionError, Because, DiscardOrder, FailedAt, TenantLock};
use crate::event::{EntryId, HandlerName};

impl State {
    /// What lies at `at`, if it may be touched.
    fn touchable(&self, at: &FailedAt, lock: &TenantLock) -> Result<Lying, ActionError> {
        let lying = self.lying(at).ok_or(ActionError::Gone)?;
        lying::admit(lock, lying.tenant().as_ref())?;
        Ok(lying)
    }

    /// Puts a dead letter or a waiting retry aside.
    pub(super) fn discard(
        &mut self,
        order: &DiscardOrder,
        because: &Because,
        lock: &TenantLock,
        now_ms: u64,
    ) -> Result<FailedAt, ActionError> {
        let DiscardOrder { at, attempts } = order;
        let letter = match self.touchable(at, lock) {
            Ok(Lying::Letter(letter)) => letter,
            Ok(Lying::Waiting(_, _, retry))
                if attempts.is_some_and(|tried| tried != u64::from(retry.attempt.saturating_sub(1))) =>
            {
                return Err(ActionError::MovedOn);
            }
            Ok(Lying::Waiting(_, handler, retry)) => Arc::new(given_up(&handler, &retry, now_ms)),
            Ok(_) => {
                return Err(unsuitable(
                    "only dead letters and what waits to be tried again can be put aside",
                ));
            }
            // The answer to the first time may have been lost.
            Err(ActionError::Gone) => {
                let (aside, item) = self.failed.discarded_before(at, because).ok_or(ActionError::Gone)?;
                lying::admit(lock, fields::tenant(&item.letter.fields).as_ref())?;
                return Ok(aside);
            }
            Err(why) => return Err(why),
        };
        match at {
            FailedAt::DeadLetter { stream, id } => drop(self.failed.letters.remove(stream, *id)),
            _ => drop(self.schedule.take(&letter.handler, &letter.source)),
        }
        let stream = letter.source.stream.clone();
        let id = self.failed.discarded.put(&stream, now_ms, |_| Discarded {
            letter,
            by: because.who.clone(),
            at_ms: now_ms,
            reason: because.reason.clone(),
            from: at.clone(),
        });
        Ok(FailedAt::Discarded { stream, id })
    }

    /// Puts a discarded event back among the dead letters.
    pub(super) fn restore(
        &mut self,
        at: &FailedAt,
        lock: &TenantLock,
        now_ms: u64,
    ) -> Result<FailedAt, ActionError> {
        let FailedAt::Discarded { stream, id } = at else {
            return Err(unsuitable("only what was put aside can be put back"));
        };
        self.touchable(at, lock)?;
        let discarded = self.failed.discarded.remove(stream, *id).ok_or(ActionError::Gone)?;
        Ok(self.failed.bury(now_ms, (*discarded.letter).clone()))
    }

    /// Offers what is pending to every consumer again.
    pub(super) fn offer(
        &mut self,
        at: &FailedAt,
        force: bool,
        lock: &TenantLock,
        now_ms: u64,
    ) -> Result<(), ActionError> {
        let FailedAt::Pending { stream, group, id } = at else {
            return Err(unsuitable("only what is pending with a consumer can be released"));
        };
        let lying = self.lying(at).ok_or(ActionError::Gone)?;
        let (Lying::Given(pending, ..) | Lying::Pending(pending, ..)) = &lying else {
            return Err(ActionError::Gone);
        };
        if matches!(lying, Lying::Pending(_, _, None)) {
            return Err(ActionError::Trimmed);
        }
        lying::admit(lock, lying.tenant().as_ref())?;
        let idle = pending.idle(now_ms);
        // Given back already, it stays as it is.
        if pending.is_released() {
            return Ok(());
        }
        if !force && idle < pending.lease() {
            return Err(ActionError::Busy { idle_ms: u64::try_from(idle.as_millis()).unwrap_or(u64::MAX) });
        }
        let registered = HandlerName::new(group).ok().and_then(|handler| self.handlers.get_mut(&handler));
        let registered = registered.ok_or(ActionError::Gone)?;
        let pending = match registered.groups.get_mut(stream) {
            Some(group) => group.pending.get_mut(id),
            None => registered.retries.given.get_mut(id).map(|(pending, _)| pending),
        };
        pending.ok_or(ActionError::Gone)?.give_back(now_ms);
        Ok(())
    }

    /// Removes a dead letter or a discarded event for good.
    pub(super) fn purge(&mut self, at: &FailedAt, lock: &TenantLock) -> Result<(), ActionError> {
        if !matches!(at, FailedAt::DeadLetter { .. } | FailedAt::Discarded { .. }) {
            return Err(unsuitable("only dead letters and what was put aside can be removed for good"));
        }
        self.touchable(at, lock)?;
        match at {
            FailedAt::Discarded { stream, id } => drop(self.failed.discarded.remove(stream, *id)),
            _ => drop(self.failed.letters.remove(at.stream(), at.id())),
        }
        Ok(())
    }
}

/// A retry that nobody waits for any more, as a dead letter.
pub(super) fn given_up(handler: &HandlerName, retry: &Retry, now_ms: u64) -> DeadLetter {
    DeadLetter {
        id: EntryId::ZERO,
        handler: handler.clone(),
        source: retry.source.clone(),
        fields: Arc::clone(&retry.fields),
        attempts: retry.attempt.saturating_sub(1),
        reason: None,
        error: retry.history.last().map(|failure| failure.error.clone()).unwrap_or_default(),
        history: retry.history.clone(),
        at_ms: now_ms,
    }
}

fn unsuitable(why: &str) -> ActionError {
    ActionError::Unsuitable(why.to_owned())
}
