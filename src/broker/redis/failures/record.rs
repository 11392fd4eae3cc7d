//! A record of a failed attempt, as it lies in Redis (written by `consume::telling`). Anyone may write there: what does
//! not read to the letter is no record, and is counted.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::broker::redis::codec::RawEntry;
use crate::bus::{Claim, FailedAttempt, Failure, NextStep, RecordedFailure};
use crate::event::{EntryId, Field, HandlerName, StreamKey};

/// The most bytes of a record that are read: an attempt's error has 32 texts of 16 KiB each at most.
const MAX_BYTES: usize = 1 << 20;
/// The most bytes of a name of a consumer or a machine.
const MAX_NAME: usize = 512;

/// Reads a record; `None` if it is none.
pub(in crate::broker::redis) fn read(entry: &RawEntry) -> Option<RecordedFailure> {
    let fields = entry.fields.as_deref()?;
    if entry.size() > MAX_BYTES {
        return None;
    }
    let at: DateTime<Utc> = text(fields, "at")?.parse().ok()?;
    let error: Vec<String> = serde_json::from_str(text(fields, "error")?).ok()?;
    let failure = match word(fields, "kind")? {
        None => None,
        Some(kind) => {
            let ms = text(fields, "ms")?.parse().ok()?;
            Some(Failure { at, ms, kind, error: error.clone() })
        }
    };
    let next = match text(fields, "next")? {
        "retry" => NextStep::Retry(text(fields, "nextAt")?.parse().ok()?),
        "dead" => NextStep::Dead(word(fields, "reason")??),
        _ => return None,
    };
    Some(RecordedFailure {
        id: entry.id,
        at,
        host: name(fields, "host")?,
        attempt: FailedAttempt {
            handler: HandlerName::new(text(fields, "handler")?).ok()?,
            event: optional(fields, "eventId")?,
            event_type: optional(fields, "type")?,
            tenant: optional(fields, "tenant")?,
            source: Claim {
                stream: StreamKey::new(text(fields, "sourceStream")?).ok()?,
                id: text(fields, "sourceMessageId")?.parse::<EntryId>().ok()?,
            },
            attempt: text(fields, "attempt")?.parse().ok()?,
            failure,
            error,
            next,
            consumer: name(fields, "consumer")?,
        },
    })
}

fn text<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    let (_, value) = fields.iter().find(|(known, _)| known == name.as_bytes())?;
    std::str::from_utf8(value).ok()
}

fn name(fields: &[Field], name: &str) -> Option<String> {
    text(fields, name).filter(|text| text.len() <= MAX_NAME).map(str::to_owned)
}

/// A value that may be empty.
#[expect(clippy::option_option, reason = "outside: whether it can be read; inside: whether it is there")]
fn optional<T: std::str::FromStr>(fields: &[Field], name: &str) -> Option<Option<T>> {
    match text(fields, name)? {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

/// A word out of a list, which may be empty.
#[expect(clippy::option_option, reason = "outside: whether it can be read; inside: whether it is there")]
fn word<T: DeserializeOwned>(fields: &[Field], name: &str) -> Option<Option<T>> {
    match text(fields, name)? {
        "" => Some(None),
        text => serde_json::from_value(text.into()).ok().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bus::{FailureKind, Reason};

    const GOOD: [(&str, &str); 14] = [
        ("handler", "sla"),
        ("eventId", "57f7e9a7-7e13-452d-81b7-9892c8fdd92e"),
        ("type", "TICKET_UPDATED"),
        ("tenant", "acme"),
        ("sourceStream", "event::TICKET_UPDATED"),
        ("sourceMessageId", "7-1"),
        ("attempt", "3"),
        ("kind", "timed-out"),
        ("ms", "30"),
        ("at", "2026-11-23T19:42:38.555Z"),
        ("error", r#"["no end within 30ms"]"#),
        ("next", "dead"),
        ("reason", "exhausted"),
        ("consumer", "web-1-2"),
    ];

    fn entry(change: &[(&str, Option<&[u8]>)]) -> RawEntry {
        let mut fields: Vec<Field> = GOOD
            .iter()
            .chain(&[("host", "web")])
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect();
        for (name, value) in change {
            fields.retain(|(known, _)| known != name.as_bytes());
            fields.extend(value.map(|value| (name.as_bytes().to_vec(), value.to_vec())));
        }
        RawEntry { id: EntryId::new(9, 0), fields: Some(fields) }
    }

    #[test]
    fn a_record_is_read_as_it_was_told() {
        let read = read(&entry(&[])).unwrap();
        let failure = read.attempt.failure.as_ref().unwrap();
        assert_eq!((failure.kind, failure.ms, failure.at), (FailureKind::TimedOut, 30, read.at));
        assert_eq!((read.attempt.next, read.attempt.attempt), (NextStep::Dead(Reason::Exhausted), 3));
        assert_eq!((read.host.as_str(), read.attempt.error.len(), read.id.ms), ("web", 1, 9));
    }

    #[test]
    fn what_was_never_tried_and_what_is_no_event_has_empty_fields() {
        let empty: Vec<_> = ["eventId", "type", "tenant", "kind"].map(|name| (name, Some(&b""[..]))).into();
        let attempt = read(&entry(&empty)).unwrap().attempt;
        assert!(attempt.event.is_none() && attempt.event_type.is_none());
        assert!(attempt.tenant.is_none() && attempt.failure.is_none());
    }

    #[test]
    fn what_is_not_to_the_letter_is_no_record() {
        for name in GOOD.map(|(name, _)| name) {
            assert!(read(&entry(&[(name, None)])).is_none(), "without {name}");
            assert!(read(&entry(&[(name, Some(b"\xff"))])).is_none(), "{name} is not UTF-8");
        }
        for (name, value) in [
            ("handler", "No Such"),
            ("eventId", "7"),
            ("attempt", "-1"),
            ("kind", "odd"),
            ("at", "yesterday"),
            ("error", "boom"),
            ("error", "[1]"),
            ("next", "later"),
            ("next", "retry"),
            ("reason", ""),
            ("reason", "because"),
            ("sourceMessageId", "x"),
        ] {
            assert!(read(&entry(&[(name, Some(value.as_bytes()))])).is_none(), "{name} {value}");
        }
        let large = format!(r#"["{}"]"#, "x".repeat(MAX_BYTES));
        assert!(read(&entry(&[("error", Some(large.as_bytes()))])).is_none());
        assert!(read(&RawEntry { id: EntryId::ZERO, fields: None }).is_none());
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_do_no_harm(at in 0..GOOD.len(), value in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(&entry(&[(GOOD[at].0, Some(&value))]));
        }
    }
}
