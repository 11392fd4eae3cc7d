//! A failed event as it lies: found by its name under the lock, and looked at closely outside of it.

use std::sync::Arc;

use super::fields;
use super::glance::Glance;
use super::kept::{Discarded, Record};
use crate::broker::memory::Place;
use crate::broker::memory::bus;
use crate::broker::memory::dead::DeadLetter;
use crate::broker::memory::examine;
use crate::broker::memory::group::{Pending, Retry};
use crate::broker::memory::state::State;
use crate::broker::memory::stream::Stored;
use crate::bus::{
    ActionError, Claim, FailedAt, FailedEvent, Failure, Followed, PendingState, Reason, TenantLock,
};
use crate::event::{EntryId, Envelope, FailedState, Field, HandlerName, StreamKey, TenantId};

/// A failed event; cheap to take along.
#[derive(Debug, Clone)]
pub(super) enum Lying {
    Letter(Arc<DeadLetter>),
    Discarded(Arc<Discarded>),
    /// And what became of it.
    Retried(Arc<Record>, Followed),
    /// Until when, in milliseconds.
    Waiting(u64, HandlerName, Retry),
    Due(HandlerName, Retry),
    /// A retry that was given to somebody.
    Given(Pending, HandlerName, Retry),
    /// An entry of a type's stream, where it is still there.
    Pending(Pending, HandlerName, Option<Arc<Stored>>),
}

impl State {
    /// What lies at `at`.
    pub(super) fn lying(&self, at: &FailedAt) -> Option<Lying> {
        match at {
            FailedAt::DeadLetter { stream, id } => {
                self.failed.letters.get(stream, *id).cloned().map(Lying::Letter)
            }
            FailedAt::Discarded { stream, id } => {
                self.failed.discarded.get(stream, *id).cloned().map(Lying::Discarded)
            }
            FailedAt::Invalid { .. } => None,
            FailedAt::Retried { stream, id } => {
                let record = self.failed.retried.get(stream, *id)?;
                Some(Lying::Retried(Arc::clone(record), Glance::at(self).of(record)))
            }
            FailedAt::Waiting { stream, handler, source } => {
                let source = Claim { stream: stream.clone(), id: *source };
                let (due_ms, retry) = self.schedule.get(handler, &source)?;
                Some(Lying::Waiting(due_ms, handler.clone(), retry.clone()))
            }
            FailedAt::Due { stream, id } => {
                let (handler, _) = Place::of_retries(stream)?;
                let retry = self.handlers.get(&handler)?.retries.due(*id)?;
                (retry.place.retry_stream(&handler) == *stream).then(|| Lying::Due(handler, retry.clone()))
            }
            FailedAt::Pending { stream, group, id } => {
                let handler = HandlerName::new(group).ok()?;
                let registered = self.handlers.get(&handler)?;
                if let Some(group) = registered.groups.get(stream) {
                    let pending = group.pending.get(id)?.clone();
                    let stored =
                        self.streams.get(stream).and_then(|stream| stream.get(pending.number)).cloned();
                    return Some(Lying::Pending(pending, handler, stored));
                }
                let (pending, retry) = registered.retries.given.get(id)?;
                let is_there = retry.place.retry_stream(&handler) == *stream;
                is_there.then(|| Lying::Given(pending.clone(), handler, retry.clone()))
            }
        }
    }
}

impl Lying {
    /// The fields of the event, as they were published.
    pub(super) fn original(&self) -> &[Field] {
        match self {
            Self::Letter(letter) => &letter.fields,
            Self::Discarded(discarded) => &discarded.letter.fields,
            Self::Retried(..) | Self::Pending(_, _, None) => &[],
            Self::Waiting(_, _, retry) | Self::Due(_, retry) | Self::Given(_, _, retry) => &retry.fields,
            Self::Pending(_, _, Some(stored)) => &stored.fields,
        }
    }

    /// About how many bytes it has.
    pub(super) fn size(&self) -> usize {
        self.original().iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Every field as it lies.
    pub(super) fn fields(&self) -> Vec<Field> {
        match self {
            Self::Letter(letter) => fields::of_letter(letter),
            Self::Discarded(discarded) => fields::of_discarded(discarded),
            Self::Retried(record, _) => fields::of_record(record),
            Self::Waiting(_, _, retry) | Self::Due(_, retry) | Self::Given(_, _, retry) => {
                fields::of_retry(retry)
            }
            Self::Pending(..) => self.original().to_vec(),
        }
    }

    /// How its attempts failed, oldest first.
    pub(super) fn history(&self) -> &[Failure] {
        match self {
            Self::Letter(letter) => &letter.history,
            Self::Discarded(discarded) => &discarded.letter.history,
            Self::Retried(..) | Self::Pending(..) => &[],
            Self::Waiting(_, _, retry) | Self::Due(_, retry) | Self::Given(_, _, retry) => &retry.history,
        }
    }

    /// What happened, and what caused that, and so on.
    pub(super) fn error(&self) -> Vec<String> {
        match self {
            Self::Letter(letter) => letter.error.clone(),
            Self::Discarded(discarded) => discarded.letter.error.clone(),
            Self::Retried(record, _) => record.error.clone().into_iter().collect(),
            _ => self.history().last().map(|failure| failure.error.clone()).unwrap_or_default(),
        }
    }

    /// Where it was published.
    pub(super) fn source(&self, at: &FailedAt) -> Claim {
        match self {
            Self::Letter(letter) => letter.source.clone(),
            Self::Discarded(discarded) => discarded.letter.source.clone(),
            Self::Retried(record, _) => record.source.clone(),
            Self::Waiting(_, _, retry) | Self::Due(_, retry) | Self::Given(_, _, retry) => {
                retry.source.clone()
            }
            Self::Pending(..) => Claim { stream: at.stream().clone(), id: at.id() },
        }
    }

    pub(super) fn handler(&self) -> &HandlerName {
        match self {
            Self::Letter(letter) => &letter.handler,
            Self::Discarded(discarded) => &discarded.letter.handler,
            Self::Retried(record, _) => &record.handler,
            Self::Waiting(_, handler, _)
            | Self::Due(handler, _)
            | Self::Given(_, handler, _)
            | Self::Pending(_, handler, _) => handler,
        }
    }

    /// Its tenant, where that can be read.
    pub(super) fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Retried(record, _) => record.tenant.clone(),
            _ => fields::tenant(self.original()),
        }
    }

    /// As a list has it; `None` where its stream is named for no type.
    pub(super) fn event(&self, at: &FailedAt, now_ms: u64) -> Option<FailedEvent> {
        let Claim { stream, id: source } = self.source(at);
        let place = Place::of(&stream)?;
        let text = fields::event_text(self.original());
        let envelope = text.map(Envelope::read);
        let (event, named, tenant) = envelope
            .map_or((None, None, None), |envelope| (envelope.id, envelope.event_type, envelope.tenant));
        let error = self.error().join(": ");
        let (first, last) = (self.history().first(), self.history().last());
        let blank = FailedEvent {
            at: at.clone(),
            state: FailedState::Retrying,
            handler: Some(self.handler().as_str().into()),
            stream,
            source: Some(source),
            event_type: named.unwrap_or_else(|| place.event_type().clone()),
            channel: place.channel().cloned(),
            tenant,
            event,
            attempts: None,
            max_attempts: None,
            reason: None,
            error: (!error.is_empty()).then(|| error.into()),
            first_failed_at: first.map(|failure| failure.at),
            last_failed_at: last.map(|failure| failure.at),
            next_at: None,
            idle: None,
            plan: None,
            outcome: None,
            text: text.map(Into::into),
        };
        let on_its_way = |retry: &Retry, attempts: u32| FailedEvent {
            attempts: Some(u64::from(attempts)),
            plan: retry.plan.as_deref().map(Into::into),
            ..blank.clone()
        };
        Some(match self {
            Self::Letter(letter) => dead(letter, blank),
            Self::Discarded(discarded) => {
                FailedEvent { state: FailedState::Discarded, ..dead(&discarded.letter, blank) }
            }
            Self::Retried(record, outcome) => FailedEvent {
                state: FailedState::Retried,
                event_type: record.event_type.clone(),
                tenant: record.tenant.clone(),
                event: record.event,
                attempts: Some(u64::from(record.attempts)),
                last_failed_at: bus::at(record.at_ms),
                plan: Some(record.plan.as_str().into()),
                outcome: Some(*outcome),
                ..blank
            },
            Self::Waiting(due_ms, _, retry) => FailedEvent {
                next_at: bus::at(*due_ms),
                ..on_its_way(retry, retry.attempt.saturating_sub(1))
            },
            Self::Due(_, retry) => on_its_way(retry, retry.attempt.saturating_sub(1)),
            Self::Given(pending, _, retry) => FailedEvent {
                state: state(at, pending, true, now_ms),
                idle: Some(pending.idle(now_ms)),
                ..on_its_way(retry, retry.attempt)
            },
            Self::Pending(pending, _, _) => FailedEvent {
                state: state(at, pending, false, now_ms),
                idle: Some(pending.idle(now_ms)),
                attempts: Some(u64::from(pending.crashes) + 1),
                ..blank
            },
        })
    }
}

fn dead(letter: &DeadLetter, blank: FailedEvent) -> FailedEvent {
    let died = bus::at(letter.at_ms);
    let is_unfit = matches!(letter.reason, Some(Reason::Malformed | Reason::Invalid));
    FailedEvent {
        state: if is_unfit { FailedState::Invalid } else { FailedState::Dead },
        attempts: Some(u64::from(letter.attempts)),
        reason: letter.reason.map(|reason| reason.word().into()),
        first_failed_at: blank.first_failed_at.or(died),
        last_failed_at: died,
        ..blank
    }
}

fn state(at: &FailedAt, pending: &Pending, is_retry: bool, now_ms: u64) -> FailedState {
    match examine::pending_entry(at.stream(), at.id(), pending, is_retry, now_ms).state() {
        PendingState::Running => FailedState::Running,
        PendingState::Retrying => FailedState::Retrying,
        PendingState::Stuck => FailedState::Stuck,
    }
}

/// Whether a run with this lock may see and touch what is `tenant`'s.
pub(super) fn admit(lock: &TenantLock, tenant: Option<&TenantId>) -> Result<(), ActionError> {
    match tenant {
        Some(tenant) if !lock.admits(tenant) => Err(ActionError::Tenant(tenant.clone())),
        None if lock.is_locked() => Err(ActionError::Unattributed),
        _ => Ok(()),
    }
}

/// The names of what is due or with somebody, and of what waits, over all handlers.
pub(super) fn pending_and_waiting(state: &State) -> (Vec<FailedAt>, Vec<FailedAt>) {
    let (mut pending, mut waiting) = (Vec::new(), Vec::new());
    for (handler, registered) in &state.handlers {
        let named =
            |stream: StreamKey, id: EntryId| FailedAt::Pending { stream, group: handler.as_str().into(), id };
        for (stream, group) in &registered.groups {
            pending.extend(group.pending.keys().map(|id| named(stream.clone(), *id)));
        }
        for (id, (_, retry)) in &registered.retries.given {
            pending.push(named(retry.place.retry_stream(handler), *id));
        }
        for (id, retry) in &registered.retries.waiting {
            waiting.push(FailedAt::Due { stream: retry.place.retry_stream(handler), id: *id });
        }
    }
    for (handler, source) in state.schedule.all() {
        waiting.push(FailedAt::Waiting {
            stream: source.stream.clone(),
            handler: handler.clone(),
            source: source.id,
        });
    }
    (pending, waiting)
}
