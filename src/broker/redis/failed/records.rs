//! What lies in dead letters, retry streams, schedules and records, read: from fields to failed events. Ours stand behind
//! what lay in an entry, so that of two fields of one name the last one is ours. Nothing here fails: what cannot be read
//! is left out, and the entry is shown as it is.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::broker::redis::consume::body::{self, Progress};
use crate::broker::redis::discovery::Source;
use crate::broker::redis::due::Due;
use crate::broker::redis::told::text;
use crate::bus::{
    Claim, Deed, FailedAt, FailedEvent, Failure, Intake, JournalEntry, PendingEntry, PendingState, Reason,
};
use crate::event::{
    Content, Entry, EntryId, Envelope, EventId, EventType, FailedState, FaultKind, Field, HandlerName,
    Interner, StreamKey, TenantId,
};

/// The most bytes of an error that a list holds: there may be a few hundred thousand of them, each another one.
const MAX_ERROR: usize = 1024;

/// What is the same for every entry of a bus whose handlers record nothing (`alga-psa`).
#[derive(Debug, Clone)]
pub(super) struct Unrecorded {
    /// The group whose dead letters they are.
    pub(super) group: Arc<str>,
    /// How often an entry is delivered before it becomes a dead letter.
    pub(super) max_deliveries: u64,
}

/// Reads entries; one copy of each type, tenant and name, however many carry it.
#[derive(Debug, Default)]
pub(super) struct Records {
    unrecorded: Option<Unrecorded>,
    types: Interner<EventType>,
    tenants: Interner<TenantId>,
    texts: Interner<Arc<str>>,
}

impl Records {
    /// Of a bus whose handlers record nothing, or of a native one.
    pub(super) fn new(unrecorded: Option<Unrecorded>) -> Self {
        Self { unrecorded, ..Self::default() }
    }

    /// A dead letter beside the stream of `source`.
    pub(super) fn letter(&mut self, source: &Source, id: EntryId, fields: &[Field]) -> FailedEvent {
        let at = FailedAt::DeadLetter { stream: source.key.clone(), id };
        self.kept(source, at, FailedState::Dead, fields)
    }

    /// One that was put aside: all that the dead letter had, and who did it.
    pub(super) fn discarded(&mut self, source: &Source, id: EntryId, fields: &[Field]) -> FailedEvent {
        let at = FailedAt::Discarded { stream: source.key.clone(), id };
        self.kept(source, at, FailedState::Discarded, fields)
    }

    fn kept(&mut self, source: &Source, at: FailedAt, state: FailedState, fields: &[Field]) -> FailedEvent {
        let mut event = self.blank(source, at, state);
        let fault = self.note_event(&mut event, fields);
        event.source = text(fields, "sourceMessageId").and_then(|id| id.parse().ok());
        event.last_failed_at = text(fields, "deadLetteredAt").and_then(time);
        let unreadable = if let Some(Unrecorded { group, .. }) = &self.unrecorded {
            event.handler = Some(Arc::clone(group));
            event.attempts = number(fields, "deliveries");
            // Nothing says why: but what is no event at all can be seen.
            matches!(fault, Some(FaultKind::Json | FaultKind::Utf8)) || event.text.is_none()
        } else {
            event.handler =
                text(fields, "handler").filter(|name| name.len() <= 128).map(|name| self.share(name));
            event.reason =
                text(fields, "reason").filter(|word| word.len() <= 64).map(|word| self.share(word));
            event.first_failed_at = text(fields, "firstFailedAt").and_then(time);
            event.attempts = number(fields, "attempts");
            event.error = self.error(&error_chain(fields));
            matches!(event.reason.as_deref(), Some("invalid" | "malformed"))
        };
        if unreadable && state == FailedState::Dead {
            event.state = FailedState::Invalid;
        }
        event
    }

    /// An entry of a type's stream that is no event.
    pub(super) fn unfit(&mut self, source: &Source, entry: Entry) -> FailedEvent {
        let at = FailedAt::Invalid { stream: source.key.clone(), id: entry.id };
        let mut event = self.blank(source, at, FailedState::Invalid);
        event.source = Some(entry.id);
        event.last_failed_at = entry.id.time();
        if let Some(fault) = entry.fault() {
            let reason = if fault.kind == FaultKind::Schema { Reason::Invalid } else { Reason::Malformed };
            event.reason = Some(self.share(reason.word()));
            event.error = self.error(&[fault.summary()]);
        }
        match entry.content {
            Content::Fields(fields) => drop(self.note_event(&mut event, &fields)),
            Content::Json { text, .. } => {
                event.event = entry.event_id;
                event.tenant = entry.tenant.map(|tenant| self.tenants.share(tenant));
                if let Some(event_type) = entry.event_type {
                    event.event_type = self.types.share(event_type);
                }
                event.text = Some(text.into());
            }
        }
        event
    }

    /// An entry that `group` has not finished; without fields when it was trimmed.
    pub(super) fn pending(
        &mut self,
        source: &Source,
        group: &str,
        entry: &PendingEntry,
        fields: Option<Vec<Field>>,
    ) -> FailedEvent {
        let group: Arc<str> = self.share(group);
        let at = FailedAt::Pending { stream: entry.stream.clone(), group: Arc::clone(&group), id: entry.id };
        let state = match entry.state() {
            PendingState::Running => FailedState::Running,
            PendingState::Retrying => FailedState::Retrying,
            PendingState::Stuck => FailedState::Stuck,
        };
        let mut event = self.blank(source, at, state);
        event.handler = Some(group);
        event.idle = Some(entry.idle);
        event.attempts = Some(entry.deliveries);
        if entry.is_retry {
            let progress = fields.map(|fields| self.note_retry(&mut event, fields));
            event.attempts = progress.map(|progress| u64::from(progress.attempt));
        } else {
            event.source = Some(entry.id);
            if let Some(fields) = fields {
                self.note_event(&mut event, &fields);
            }
        }
        event
    }

    /// A retry that is due, and was not given to anybody.
    pub(super) fn due(
        &mut self,
        source: &Source,
        retries: &StreamKey,
        handler: &HandlerName,
        id: EntryId,
        fields: Vec<Field>,
    ) -> FailedEvent {
        let at = FailedAt::Due { stream: retries.clone(), id };
        let mut event = self.blank(source, at, FailedState::Retrying);
        event.handler = Some(self.share(handler.as_str()));
        event.next_at = id.time();
        let progress = self.note_retry(&mut event, fields);
        event.attempts = Some(u64::from(progress.attempt.saturating_sub(1)));
        event
    }

    /// A retry that waits; without fields when its body is gone.
    pub(super) fn waiting(
        &mut self,
        source: &Source,
        handler: &HandlerName,
        due: &Due,
        fields: Option<Vec<Field>>,
    ) -> FailedEvent {
        let at =
            FailedAt::Waiting { stream: source.key.clone(), handler: handler.clone(), source: due.source };
        let mut event = self.blank(source, at, FailedState::Retrying);
        event.handler = Some(self.share(handler.as_str()));
        if let Some(fields) = fields {
            let progress = self.note_retry(&mut event, fields);
            event.attempts = Some(u64::from(progress.attempt.saturating_sub(1)));
        }
        event.source = Some(due.source);
        event.next_at = Some(due.at);
        event
    }

    /// One that was retried by hand. What became of it is not in its record.
    pub(super) fn retried(&mut self, source: &Source, id: EntryId, record: &Record) -> FailedEvent {
        let at = FailedAt::Retried { stream: source.key.clone(), id };
        let mut event = self.blank(source, at, FailedState::Retried);
        if let Some(event_type) = &record.event_type {
            event.event_type = self.types.share(event_type.clone());
        }
        event.handler = match &self.unrecorded {
            Some(Unrecorded { group, .. }) => Some(Arc::clone(group)),
            None => record.handler.as_deref().map(|name| self.share(name)),
        };
        event.tenant = record.tenant.clone().map(|tenant| self.tenants.share(tenant));
        event.event = record.event;
        event.source = record.source;
        event.attempts = record.attempts;
        event.error = self.error(record.error.as_slice());
        event.last_failed_at = Some(record.at);
        event.plan = record.plan.as_deref().map(|plan| self.share(plan));
        event
    }

    fn blank(&mut self, source: &Source, at: FailedAt, state: FailedState) -> FailedEvent {
        // What lies among the dead letters is given to nobody any more: its deliveries are no part of a number.
        let is_given = !matches!(
            at,
            FailedAt::DeadLetter { .. }
                | FailedAt::Discarded { .. }
                | FailedAt::Retried { .. }
                | FailedAt::Invalid { .. }
        );
        FailedEvent {
            at,
            state,
            handler: None,
            stream: source.key.clone(),
            source: None,
            event_type: source.event_type.clone(),
            channel: source.channel.clone(),
            tenant: None,
            event: None,
            attempts: None,
            max_attempts: self.unrecorded.as_ref().filter(|_| is_given).map(|bus| bus.max_deliveries),
            reason: None,
            error: None,
            first_failed_at: None,
            last_failed_at: None,
            next_at: None,
            idle: None,
            plan: None,
            outcome: None,
            text: None,
        }
    }

    /// What the event says of itself; what is wrong with it.
    fn note_event(&mut self, event: &mut FailedEvent, fields: &[Field]) -> Option<FaultKind> {
        // The event's own field stands first: what else has this name lay beside it.
        let (_, value) = fields.iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes())?;
        let Ok(json) = std::str::from_utf8(value) else { return Some(FaultKind::Utf8) };
        let envelope = Envelope::read(json);
        event.event = envelope.id;
        event.tenant = envelope.tenant.map(|tenant| self.tenants.share(tenant));
        if let Some(event_type) = envelope.event_type {
            event.event_type = self.types.share(event_type);
        }
        event.text = Some(json.into());
        envelope.fault.map(|fault| fault.kind)
    }

    /// What a retry brings with it.
    fn note_retry(&mut self, event: &mut FailedEvent, fields: Vec<Field>) -> Progress {
        let (fields, progress) = body::read(fields);
        self.note_event(event, &fields);
        if progress.source != EntryId::ZERO {
            event.source = Some(progress.source);
        }
        event.plan = progress.plan.as_deref().map(|plan| self.share(plan));
        event.first_failed_at = progress.history.first().map(|failure| failure.at);
        if let Some(last) = progress.history.last() {
            event.last_failed_at = Some(last.at);
            event.error = self.error(&last.error);
        }
        progress
    }

    /// What happened, and what caused it: of many a handler only the cause tells one failure from another.
    fn error(&mut self, chain: &[String]) -> Option<Arc<str>> {
        let error = chain.join(": ");
        let cut = cut(&error);
        (!cut.is_empty()).then(|| self.share(cut))
    }

    fn share(&mut self, text: &str) -> Arc<str> {
        self.texts.share(text.into())
    }
}

/// A record of a retry by hand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// Its position among the source's entries, where that was known.
    pub(super) source: Option<EntryId>,
    /// What was appended.
    pub(super) to: Vec<Claim>,
    pub(super) plan: Option<String>,
    pub(super) who: String,
    pub(super) at: DateTime<Utc>,
    pub(super) handler: Option<String>,
    pub(super) event: Option<EventId>,
    pub(super) tenant: Option<TenantId>,
    pub(super) event_type: Option<EventType>,
    pub(super) attempts: Option<u64>,
    pub(super) error: Option<String>,
    pub(super) edited: bool,
}

/// The record at `id`.
pub(super) fn record(id: EntryId, fields: &[Field]) -> Record {
    let filled = |name| text(fields, name).filter(|text| !text.is_empty());
    let short = |name| filled(name).filter(|text| text.len() <= 512).map(str::to_owned);
    let to: Vec<(String, String)> =
        filled("to").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let claim = |(stream, id): (String, String)| {
        Some(Claim { stream: StreamKey::new(&stream).ok()?, id: id.parse().ok()? })
    };
    Record {
        source: filled("source").and_then(|id| id.parse().ok()),
        to: to.into_iter().filter_map(claim).collect(),
        plan: short("plan"),
        who: short("who").unwrap_or_default(),
        at: filled("at").and_then(time).or_else(|| id.time()).unwrap_or_default(),
        handler: short("handler"),
        event: filled("eventId").and_then(|id| id.parse().ok()),
        tenant: filled("tenant").and_then(|tenant| tenant.parse().ok()),
        event_type: filled("type").and_then(|name| name.parse().ok()),
        attempts: number(fields, "attempts"),
        error: filled("error").map(str::to_owned),
        edited: filled("edited") == Some("1"),
    }
}

/// What became of one attempt, as the finish script records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Retry,
    Dead,
}

/// An entry among the outcomes: its plan (empty without one), handler, where the event was published, and what became
/// of the attempt.
pub(super) fn outcome(fields: &[Field]) -> Option<(&str, &str, EntryId, Outcome)> {
    let outcome = match text(fields, "outcome")? {
        "done" => Outcome::Done,
        "retry" => Outcome::Retry,
        "dead" => Outcome::Dead,
        _ => return None,
    };
    let source = text(fields, "retryOf")?.parse().ok()?;
    Some((text(fields, "plan").unwrap_or_default(), text(fields, "handler")?, source, outcome))
}

/// A line of the journal.
pub(super) fn journal_entry(id: EntryId, fields: &[Field]) -> Option<JournalEntry> {
    let filled = |name| text(fields, name).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(JournalEntry {
        id,
        at: text(fields, "at").and_then(time).or_else(|| id.time())?,
        who: filled("who").unwrap_or_default(),
        deed: Deed::of(text(fields, "deed")?)?,
        plan: filled("plan"),
        count: number(fields, "count").unwrap_or(0),
        reason: filled("reason"),
        note: filled("note"),
    })
}

/// The chain of errors of a dead letter; of another program's, its text.
pub(super) fn error_chain(fields: &[Field]) -> Vec<String> {
    let Some(error) = text(fields, "error").filter(|error| !error.is_empty()) else { return Vec::new() };
    serde_json::from_str(error).unwrap_or_else(|_| vec![error.to_owned()])
}

/// How the attempts of a dead letter failed.
pub(super) fn history(fields: &[Field]) -> Vec<Failure> {
    text(fields, "history").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// A time as our programs write it, or in milliseconds since 1970.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok().or_else(|| DateTime::from_timestamp_millis(text.parse().ok()?))
}

/// As much of an error as is kept of one.
pub(super) fn cut(error: &str) -> &str {
    &error[..error.floor_char_boundary(MAX_ERROR)]
}

fn number(fields: &[Field], name: &str) -> Option<u64> {
    text(fields, name)?.parse().ok()
}
