//! Failed events, as a broker sends them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tidings::bus::{
    Claim, Counted, Deed, FailedAt, FailedEvent, FailedPage, FailedSource, FailedWhole, Failure, FailureKind,
    Followed, JournalEntry, Lineage, RetriedAs,
};
use tidings::event::{EntryId, EventId, EventType, FailedState, StreamKey, TenantId};

pub(crate) fn stream(event_type: &str) -> StreamKey {
    StreamKey::new(&format!("event::{event_type}")).unwrap()
}

/// The `n`-th failed event: a dead letter of so many seconds before `now`.
pub(crate) fn letter(
    n: u64,
    (handler, event_type, tenant): (&str, &str, &str),
    error: &str,
    (seconds, now): (i64, DateTime<Utc>),
) -> FailedEvent {
    let id = EventId::from(uuid::Uuid::from_u128(u128::from(n) + 1));
    let at = now - TimeDelta::seconds(seconds);
    let text = format!(
        r#"{{"id":"{id}","eventType":"{event_type}","timestamp":"{}","payload":{{"tenantId":"{tenant}","ticketId":"{id}","n":{n}.50,"title":"Printer on fire"}}}}"#,
        (at - TimeDelta::minutes(2)).to_rfc3339()
    );
    FailedEvent {
        at: FailedAt::DeadLetter { stream: stream(event_type), id: EntryId::new(n, 0) },
        state: FailedState::Dead,
        handler: Some(handler.into()),
        stream: stream(event_type),
        source: Some(EntryId::new(7, n)),
        event_type: EventType::new(event_type).unwrap(),
        channel: None,
        tenant: Some(TenantId::new(tenant).unwrap()),
        event: Some(id),
        attempts: Some(10),
        max_attempts: Some(10),
        reason: Some("exhausted".into()),
        error: Some(error.into()),
        first_failed_at: Some(at - TimeDelta::seconds(90)),
        last_failed_at: Some(at),
        next_at: None,
        idle: None,
        plan: None,
        outcome: None,
        text: Some(text.into()),
    }
}

/// The same, waiting for its next attempt.
pub(crate) fn waiting(event: FailedEvent, next: TimeDelta) -> FailedEvent {
    let handler = event.handler.clone().unwrap().parse().unwrap();
    FailedEvent {
        at: FailedAt::Waiting { stream: event.stream.clone(), handler, source: event.source.unwrap() },
        state: FailedState::Retrying,
        attempts: Some(3),
        next_at: event.last_failed_at.map(|at| at + next),
        reason: None,
        ..event
    }
}

/// The same, pending in a group that records no errors.
pub(crate) fn stuck(event: FailedEvent, idle: u64) -> FailedEvent {
    let (stream, id) = (event.stream.clone(), event.at.id());
    FailedEvent {
        at: FailedAt::Pending { stream, group: event.handler.clone().unwrap(), id },
        state: FailedState::Stuck,
        attempts: Some(7),
        max_attempts: None,
        error: None,
        reason: None,
        idle: Some(Duration::from_secs(idle)),
        ..event
    }
}

/// A page that is all there is.
pub(crate) fn page(events: Vec<FailedEvent>) -> FailedPage {
    let mut lying = BTreeMap::new();
    for event in events.iter().filter(|event| matches!(event.at, FailedAt::DeadLetter { .. })) {
        *lying.entry(event.stream.clone()).or_insert(0) += 1;
    }
    let dead = lying.values().sum();
    let totals = BTreeMap::from([(FailedSource::DeadLetters, Counted::Exactly(dead))]);
    FailedPage { events, totals: Some(totals), lying, ..FailedPage::default() }
}

/// All that is known of one: two attempts, and a retry by hand before.
pub(crate) fn whole(event: &Arc<FailedEvent>, now: DateTime<Utc>) -> FailedWhole {
    let claim = |stream: &str, n| Claim { stream: StreamKey::new(stream).unwrap(), id: EntryId::new(7, n) };
    let failure = |minutes, kind, error: &[&str]| Failure {
        at: now - TimeDelta::minutes(minutes),
        ms: 12 * minutes.unsigned_abs(),
        kind,
        error: error.iter().map(|text| (*text).to_owned()).collect(),
    };
    FailedWhole {
        event: (**event).clone(),
        fields: vec![(
            b"event".as_slice().into(),
            event.text.as_deref().unwrap_or_default().as_bytes().to_vec(),
        )],
        error: vec!["sending failed".to_owned(), "SMTP 451 greylisted".to_owned()],
        history: vec![
            failure(4, FailureKind::TimedOut, &["no end within 30s"]),
            failure(2, FailureKind::Error, &["sending failed", "SMTP 451 greylisted"]),
        ],
        lineage: Lineage {
            published: Some(claim(event.stream.as_str(), 3)),
            retried: vec![RetriedAs {
                at: now - TimeDelta::hours(3),
                who: "jo@web-1".to_owned(),
                plan: "plan-7f3a9c01".to_owned(),
                to: vec![claim("event::TICKET_CREATED:retry:ticket-email", 9)],
                edited: true,
                outcome: Followed::DeadAgain,
            }],
        },
    }
}

/// What operators did, newest first: a plan that stopped and was gone on with, a discard that was put back, a purge.
pub(crate) fn journal(now: DateTime<Utc>) -> Vec<JournalEntry> {
    let plan = Some("plan-7f3a9c12");
    let mended = "mail server is back; the queue of greylisted mails was emptied by hand before that, see \
                  INC-4711 for what the provider said";
    let lines = [
        (40, "jo@web-1", Deed::PlanFinished, plan, 412, None, Some("398 succeeded, 14 failed again")),
        (95, "jo@web-1", Deed::PlanResumed, plan, 206, Some("relay restarted"), Some("206 of 412 done")),
        (120, "kim@web-2", Deed::Restored, None, 3, None, None),
        (130, "kim@web-2", Deed::Discarded, None, 3, Some("spam"), None),
        (
            200,
            "jo@web-1",
            Deed::PlanStopped,
            plan,
            412,
            None,
            Some("1 of 1 failed again (SMTP 451), more than 20 %"),
        ),
        (230, "jo@web-1", Deed::PlanStarted, plan, 412, Some(mended), Some("ramp 1,5,25 stop 20%")),
        (90_000, "ops@bastion", Deed::Purged, None, 1_200, Some("older than a month"), None),
    ];
    let line = |(seconds, who, deed, plan, count, reason, note): (
        i64,
        &str,
        Deed,
        Option<&str>,
        u64,
        Option<&str>,
        Option<&str>,
    )| {
        let at = now - TimeDelta::seconds(seconds);
        JournalEntry {
            id: EntryId::new(u64::try_from(at.timestamp_millis()).unwrap(), 0),
            at,
            who: who.to_owned(),
            deed,
            plan: plan.map(str::to_owned),
            count,
            reason: reason.map(str::to_owned),
            note: note.map(str::to_owned),
        }
    };
    lines.into_iter().map(line).collect()
}
