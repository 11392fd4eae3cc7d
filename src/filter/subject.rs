//! What a filter looks at.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event::{
    Channel, Entry, EntryId, EventId, EventType, FailedState, HandlerName, TenantId, TenantLabels, Verdict,
};

/// One entry, as a filter sees it: borrowed parts, so that the read model and the verbs share one matcher.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The key of its stream.
    pub stream: &'a str,
    /// Its position.
    pub entry_id: EntryId,
    /// Its channel.
    pub channel: Option<&'a str>,
    /// Its type.
    pub event_type: Option<&'a str>,
    /// Its tenant's id.
    pub tenant: Option<&'a str>,
    /// Its tenant's label.
    pub label: Option<&'a str>,
    /// Its id.
    pub event_id: Option<EventId>,
    /// When it happened: the event's own timestamp, else the entry's time.
    pub at: DateTime<Utc>,
    /// The event's JSON; of an entry without one, nothing.
    pub text: Option<&'a str>,
    /// Whether there may be a backslash in that text. Without one it is read as it is written, and looked through once.
    pub escaped: bool,
    /// The payload's JSON.
    pub payload: Option<&'a str>,
    /// What its schema says.
    pub standing: Standing,
    /// The failed attempts at it that are known, oldest first.
    pub failures: &'a [FailureSeen],
    /// The state of a failed event; `None` of an entry of a type's stream, of which only `failures` tell.
    pub state: Option<FailedState>,
}

/// A failed attempt, as a filter sees it. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureSeen {
    /// Whose attempt it was.
    pub handler: HandlerName,
    /// What happened and what caused it, in one text: as it came, not safe to show.
    pub error: Arc<str>,
    /// Which attempt, counted from 1; 0 when it was never tried.
    pub attempt: u32,
    /// Whether the event is a dead letter of the handler since; else it waits for a retry.
    pub is_dead: bool,
}

impl FailureSeen {
    /// The last failed attempt of each handler, out of those at one event, oldest first.
    pub fn last_of_each(failures: &[Self]) -> impl Iterator<Item = &Self> {
        failures.iter().enumerate().filter_map(|(at, failure)| {
            let is_last = failures[at + 1..].iter().all(|later| later.handler != failure.handler);
            is_last.then_some(failure)
        })
    }
}

impl<'a> Subject<'a> {
    /// An entry as a filter sees it, with the failed attempts at it that are known, oldest first.
    pub fn of(entry: &'a Entry, labels: &'a TenantLabels, failures: &'a [FailureSeen]) -> Self {
        let tenant = entry.tenant.as_ref().map(TenantId::as_str);
        Self {
            stream: entry.stream.as_str(),
            entry_id: entry.id,
            channel: entry.channel.as_ref().map(Channel::as_str),
            event_type: entry.event_type.as_ref().map(EventType::as_str),
            tenant,
            label: tenant.and_then(|tenant| labels.label(tenant)),
            event_id: entry.event_id,
            at: entry.timestamp.or_else(|| entry.id.time()).unwrap_or_default(),
            text: entry.text(),
            escaped: true,
            payload: entry.payload(),
            standing: match &entry.verdict {
                Verdict::Valid => Standing::Valid,
                Verdict::Unchecked => Standing::Unchecked,
                Verdict::Invalid(_) => Standing::Invalid,
            },
            failures,
            state: None,
        }
    }
}

/// A verdict without its reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It fits its schema.
    Valid,
    /// Its type has no schema.
    Unchecked,
    /// It cannot be decoded, or does not fit.
    Invalid,
}
