//! Failed events as fields: as they would lie in a Redis that is laid out like this bus, and as they are exported.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};

use super::kept::{Discarded, Record};
use crate::broker::memory::bus;
use crate::broker::memory::dead::DeadLetter;
use crate::broker::memory::group::Retry;
use crate::bus::{Claim, Delivery, FailedAt, Failure, Intake, Reason, Runs};
use crate::event::{EntryId, Envelope, Field, HandlerName, StreamKey, TenantId};

/// What an export of a discarded event has more than a dead letter.
const DISCARDED: [&str; 4] = ["discardedBy", "discardedAt", "discardReason", "discardedFrom"];

/// The text of the event among `fields`.
pub(super) fn event_text(fields: &[Field]) -> Option<&str> {
    let (_, value) = fields.iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes())?;
    std::str::from_utf8(value).ok()
}

/// The tenant of the event among `fields`.
pub(super) fn tenant(fields: &[Field]) -> Option<TenantId> {
    Envelope::read(event_text(fields)?).tenant
}

/// The fields with this event in place of the one among them.
pub(super) fn with_event(fields: &[Field], text: &str) -> Vec<Field> {
    let mut fields = fields.to_vec();
    let event = (Intake::EVENT_FIELD.as_bytes().to_vec(), text.as_bytes().to_vec());
    match fields.iter_mut().find(|(name, _)| *name == event.0) {
        Some(field) => *field = event,
        None => fields.insert(0, event),
    }
    fields
}

/// A dead letter: what was published, and behind it what is known of its failure.
pub(super) fn of_letter(letter: &DeadLetter) -> Vec<Field> {
    let mut fields = letter.fields.to_vec();
    let died = moment(letter.at_ms);
    fields.push(text("sourceStream", letter.source.stream.as_str()));
    fields.push(text("sourceMessageId", letter.source.id.to_string()));
    fields.push(text("handler", letter.handler.as_str()));
    fields.push(text("error", json(&letter.error)));
    fields.push(text("attempts", letter.attempts.to_string()));
    fields.push(text("history", json(&letter.history)));
    let first = letter.history.first().map_or_else(|| died.clone(), |failure| written(failure.at));
    fields.push(text("firstFailedAt", first));
    fields.push(text("deadLetteredAt", died));
    fields.push(text("reason", letter.reason.map_or("", Reason::word)));
    fields
}

/// Reads a dead letter for the stream of a type, as it was exported. An error says why it is none.
pub(super) fn to_letter(stream: &StreamKey, mut fields: Vec<Field>) -> Result<DeadLetter, String> {
    // Ours stand last, so that what lay beside the event may have any name.
    let mut take = |name: &str| {
        let at = fields.iter().rposition(|field| field.0 == name.as_bytes())?;
        String::from_utf8(fields.remove(at).1).ok()
    };
    for name in DISCARDED {
        take(name);
    }
    let needed = |name: &str, text: Option<String>| {
        text.ok_or_else(|| {
            format!(
                "it is no dead letter: it has no field '{name}'; 'tidings failed export' writes what can be imported"
            )
        })
    };
    let wrong = |name: &str, why: &dyn std::fmt::Display| format!("its field '{name}' cannot be read: {why}");
    let published = needed("sourceStream", take("sourceStream"))?;
    if published != stream.as_str() {
        let published = crate::text::display_safe(&published);
        return Err(format!("it was published to {published}, and cannot lie beside {stream}"));
    }
    let id = needed("sourceMessageId", take("sourceMessageId"))?;
    let id = id.parse::<EntryId>().map_err(|why| wrong("sourceMessageId", &why))?;
    let handler = needed("handler", take("handler"))?;
    let handler = handler.parse::<HandlerName>().map_err(|why| wrong("handler", &why))?;
    let error = take("error").unwrap_or_default();
    // Another program may have written one plain text.
    let error = serde_json::from_str(&error).unwrap_or_else(|_| vec![error]);
    let attempts = take("attempts").unwrap_or_else(|| "0".to_owned());
    let attempts = attempts.parse().map_err(|why| wrong("attempts", &why))?;
    let history = take("history").unwrap_or_else(|| "[]".to_owned());
    let history: Vec<Failure> = serde_json::from_str(&history).map_err(|why| wrong("history", &why))?;
    let reason = take("reason").filter(|word| !word.is_empty());
    let reason = reason.map(|word| serde_json::from_value(word.into()).map_err(|why| wrong("reason", &why)));
    let reason = reason.transpose()?;
    take("firstFailedAt");
    let at = needed("deadLetteredAt", take("deadLetteredAt"))?;
    let at = DateTime::parse_from_rfc3339(&at).map_err(|why| wrong("deadLetteredAt", &why))?;
    Ok(DeadLetter {
        id: EntryId::ZERO,
        handler,
        source: Claim { stream: stream.clone(), id },
        fields: Arc::new(fields),
        attempts,
        reason,
        error,
        history,
        at_ms: bus::millis(at.with_timezone(&Utc)),
    })
}

/// A discarded event: the dead letter, and who put it aside, when, and why.
pub(super) fn of_discarded(discarded: &Discarded) -> Vec<Field> {
    let [by, at, reason, from] = DISCARDED;
    let mut fields = of_letter(&discarded.letter);
    fields.push(text(by, discarded.by.as_str()));
    fields.push(text(at, moment(discarded.at_ms)));
    fields.push(text(reason, discarded.reason.clone().unwrap_or_default()));
    let lay = match &discarded.from {
        FailedAt::DeadLetter { id, .. } => id.to_string(),
        from => from.to_string(),
    };
    fields.push(text(from, lay));
    fields
}

/// A retry on its way: ours stand right behind the event.
pub(super) fn of_retry(retry: &Retry) -> Vec<Field> {
    let mut beside = retry.fields.to_vec();
    let is_event = |field: &Field| field.0 == Intake::EVENT_FIELD.as_bytes();
    let event = beside.iter().position(is_event).map(|at| beside.remove(at));
    let mut fields: Vec<Field> = event.into_iter().collect();
    fields.push(text("attempt", retry.attempt.to_string()));
    fields.push(text("crashes", retry.crashes.to_string()));
    fields.push(text("retryOf", retry.source.id.to_string()));
    fields.push(text("plan", retry.plan.clone().unwrap_or_default()));
    fields.push(text("history", json(&retry.history)));
    if retry.force {
        fields.push(text(Delivery::FORCE_FIELD, "1"));
    }
    fields.append(&mut beside);
    fields
}

/// The record of a retry by hand.
pub(super) fn of_record(record: &Record) -> Vec<Field> {
    let to: Vec<_> = record.to.iter().map(|claim| (claim.stream.as_str(), claim.id.to_string())).collect();
    let lay = match &record.from {
        FailedAt::DeadLetter { id, .. } => id.to_string(),
        from => from.to_string(),
    };
    let mut fields = vec![
        text("deadLetterId", lay),
        text("stream", record.source.stream.as_str()),
        text("source", record.source.id.to_string()),
        text("to", json(&to)),
        text("plan", record.plan.as_str()),
        text("who", record.who.as_str()),
        text("at", moment(record.at_ms)),
        text("handler", record.handler.as_str()),
        text("eventId", record.event.map(|id| id.to_string()).unwrap_or_default()),
        text("tenant", record.tenant.as_ref().map_or("", AsRef::as_ref)),
        text("type", record.event_type.as_str()),
        text("attempts", record.attempts.to_string()),
        text("error", record.error.clone().unwrap_or_default()),
        text("runs", Runs::word(record.runs)),
    ];
    if record.edited {
        fields.push(text("edited", "1"));
    }
    fields
}

fn text(name: &str, value: impl Into<String>) -> Field {
    (name.as_bytes().to_vec(), value.into().into_bytes())
}

fn json(value: &impl serde::Serialize) -> String {
    // Texts, numbers and times: nothing that could fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn moment(ms: u64) -> String {
    bus::at(ms).map(written).unwrap_or_default()
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> DeadLetter {
        let field = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
        DeadLetter {
            id: EntryId::ZERO,
            handler: HandlerName::new("sla").unwrap(),
            source: Claim { stream: StreamKey::new("event::A").unwrap(), id: EntryId::new(7, 1) },
            // A name of ours beside the event is the event's own.
            fields: Arc::new(vec![field("event", b"{}"), field("handler", b"\xff\x00")]),
            attempts: 3,
            reason: Some(Reason::Exhausted),
            error: vec!["no".to_owned(), "because".to_owned()],
            history: Vec::new(),
            at_ms: 1_795_462_958_555,
        }
    }

    #[test]
    fn a_dead_letter_is_read_as_it_was_written() {
        let letter = letter();
        assert_eq!(to_letter(&letter.source.stream, of_letter(&letter)), Ok(letter));
    }

    #[test]
    fn a_discarded_event_is_read_as_the_dead_letter_that_it_was() {
        let letter = letter();
        let discarded = Discarded {
            letter: Arc::new(letter.clone()),
            by: "jo@web-1".to_owned(),
            at_ms: 1,
            reason: None,
            from: FailedAt::DeadLetter { stream: letter.source.stream.clone(), id: EntryId::new(9, 0) },
        };
        assert_eq!(to_letter(&letter.source.stream, of_discarded(&discarded)), Ok(letter));
    }

    #[test]
    fn what_is_no_dead_letter_is_refused_with_the_reason() {
        let letter = letter();
        let stream = &letter.source.stream;
        for (name, value, why) in [
            ("sourceStream", "event::B", "published to event::B"),
            ("sourceMessageId", "x", "'sourceMessageId'"),
            ("handler", "Not A Name", "'handler'"),
            ("attempts", "-1", "'attempts'"),
            ("history", "{}", "'history'"),
            ("reason", "whim", "'reason'"),
            ("deadLetteredAt", "noon", "'deadLetteredAt'"),
        ] {
            let mut fields = of_letter(&letter);
            let at = fields.iter().rposition(|field| field.0 == name.as_bytes()).unwrap();
            fields[at].1 = value.as_bytes().to_vec();
            let error = to_letter(stream, fields).unwrap_err();
            assert!(error.contains(why), "{name}: {error}");
        }
        let error = to_letter(stream, Vec::new()).unwrap_err();
        assert!(
            error.contains("no field 'sourceStream'") && error.contains("tidings failed export"),
            "{error}"
        );
    }
}
