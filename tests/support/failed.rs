//! Failed attempts, as an observer sends them.

use chrono::{DateTime, TimeDelta, Utc};
use tidings::bus::{
    BusSignal, Claim, FailedAttempt, Failure, FailureBatch, FailureKind, NextStep, Origin, Reason,
    RecordedFailure,
};
use tidings::event::{EntryId, EventId, EventType, HandlerName, StreamKey, TenantId};

/// The `n`-th failed attempt: the first one at an event, to be tried again three seconds later.
pub(crate) fn failed(
    n: u64,
    (handler, event_type, tenant): (&str, &str, &str),
    error: &[&str],
    at: DateTime<Utc>,
) -> RecordedFailure {
    let error: Vec<String> = error.iter().map(|text| (*text).to_owned()).collect();
    RecordedFailure {
        id: EntryId::new(u64::try_from(at.timestamp_millis()).unwrap(), n),
        at,
        host: "web".to_owned(),
        attempt: FailedAttempt {
            handler: HandlerName::new(handler).unwrap(),
            event: Some(EventId::from(uuid::Uuid::from_u128(u128::from(n) + 1))),
            event_type: Some(EventType::new(event_type).unwrap()),
            tenant: Some(TenantId::new(tenant).unwrap()),
            source: Claim {
                stream: StreamKey::new(&format!("event::{event_type}")).unwrap(),
                id: EntryId::new(7, n),
            },
            attempt: 1,
            failure: Some(Failure { at, ms: 12, kind: FailureKind::Error, error: error.clone() }),
            error,
            next: NextStep::Retry(at + TimeDelta::seconds(3)),
            consumer: "web-1-2".to_owned(),
        },
    }
}

/// The same at another event, as a later attempt.
pub(crate) fn again(failure: &RecordedFailure, event: EventId, attempt: u32) -> RecordedFailure {
    let mut again = failure.clone();
    again.attempt.event = Some(event);
    again.attempt.attempt = attempt;
    again
}

/// The same, and that was the last attempt.
pub(crate) fn dead(failure: &RecordedFailure) -> RecordedFailure {
    let mut dead = failure.clone();
    dead.attempt.next = NextStep::Dead(Reason::Exhausted);
    dead
}

pub(crate) fn batch(origin: Origin, failures: Vec<RecordedFailure>) -> BusSignal {
    BusSignal::Failures(FailureBatch { failures, ..FailureBatch::new(origin) })
}
