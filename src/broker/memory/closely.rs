//! One handler of an embedded bus, looked at closely.

use super::bus::at;
use super::dead::DeadLetter;
use super::state::State;
use crate::bus::{DeadLetterReport, HandlerDetail, Intake, RecordedFailure, TenantLock, WaitingRetry};
use crate::event::{Envelope, HandlerName};

/// What is to come and what came to nothing of the handler `name`, as far as `lock` admits it.
pub(super) fn detail(state: &State, name: &str, lock: &TenantLock) -> HandlerDetail {
    let mut detail = HandlerDetail::default();
    let Ok(handler) = HandlerName::new(name) else { return detail };
    for (due, source) in state.schedule.of(&handler).take(HandlerDetail::SHOWN) {
        let Some(due) = at(due) else { continue };
        let failed = failures(state, name, lock)
            .find(|failure| failure.attempt.source == *source)
            .map(RecordedFailure::last_attempt);
        detail.retries.push(WaitingRetry { stream: source.stream.clone(), source: source.id, due, failed });
    }
    let mut letters: Vec<_> = state.failed.letters.all().filter(|letter| letter.handler == handler).collect();
    letters.sort_by_key(|letter| std::cmp::Reverse(letter.id));
    for letter in letters {
        let Some(report) = report(state, letter) else { continue };
        if !lock.admits_attributed(report.tenant.as_ref()) {
            detail.withheld += 1;
        } else if detail.dead_letters.len() < HandlerDetail::SHOWN {
            detail.dead_letters.push(report);
        }
    }
    detail
}

/// The failed attempts of the handler `name` that `lock` admits, newest first.
pub(super) fn failures<'a>(
    state: &'a State,
    name: &'a str,
    lock: &'a TenantLock,
) -> impl Iterator<Item = &'a RecordedFailure> {
    state.failures.all().rev().filter(move |RecordedFailure { attempt, .. }| {
        lock.admits_attributed(attempt.tenant.as_ref()) && attempt.handler.as_str() == name
    })
}

fn report(state: &State, letter: &DeadLetter) -> Option<DeadLetterReport> {
    let event = letter.fields.iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes());
    let envelope = event.and_then(|(_, value)| std::str::from_utf8(value).ok()).map(Envelope::read);
    let stream = state.streams.get(&letter.source.stream)?;
    Some(DeadLetterReport {
        stream: letter.source.stream.clone(),
        event_type: stream.place.event_type().clone(),
        source: Some(letter.source.id),
        event: envelope.as_ref().and_then(|envelope| envelope.id),
        tenant: envelope.and_then(|envelope| envelope.tenant),
        attempts: Some(u64::from(letter.attempts)),
        reason: letter.reason.map(|reason| reason.word().to_owned()),
        error: Some(letter.error.join(": ")).filter(|error| !error.is_empty()),
        at: at(letter.at_ms),
    })
}
