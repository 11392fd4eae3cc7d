//! Reading the envelope: what can be known of an event before its schema is asked.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{EventId, EventType, Fault, FaultKind, Report, TenantId, pick};

/// Deeper JSON than this is neither published nor parsed into a tree.
pub const MAX_DEPTH: usize = 100;

/// What an event's text says of itself. Each part is `None` where it is missing or wrong; then `fault` says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// `id`
    pub id: Option<EventId>,
    /// `eventType`
    pub event_type: Option<EventType>,
    /// `timestamp`
    pub timestamp: Option<DateTime<Utc>>,
    /// `payload.tenantId`
    pub tenant: Option<TenantId>,
    /// Where in the text the payload lies: its bytes, when it is an object.
    pub payload: Option<Range<usize>>,
    /// What is wrong with the envelope. The payload's schema is not judged here.
    pub fault: Option<Fault>,
}

impl Envelope {
    /// Reads the envelope of `text`. Never fails: what is wrong is in [`Envelope::fault`].
    pub fn read(text: &str) -> Self {
        let mut envelope =
            Self { id: None, event_type: None, timestamp: None, tenant: None, payload: None, fault: None };
        let mut faults = Faults::default();
        match pick(text, &["id", "eventType", "timestamp", "payload"]) {
            Err(error) => faults.json("", "an event as a JSON object", &error),
            Ok([id, event_type, timestamp, payload]) => {
                envelope.id = faults.text("/id", "a UUID", id, |id| id.parse().ok());
                envelope.event_type =
                    faults.text("/eventType", "an event type such as TICKET_UPDATED", event_type, |t| {
                        t.parse().ok()
                    });
                envelope.timestamp =
                    faults.text("/timestamp", "a date and time in ISO 8601", timestamp, parse_instant);
                envelope.tenant = envelope.read_payload(text, payload, &mut faults);
            }
        }
        if faults.reports.is_empty() && depth_exceeds(text, MAX_DEPTH) {
            faults.push(
                FaultKind::Json,
                Report::new("", format!("at most {MAX_DEPTH} levels of nesting"), "more"),
            );
        }
        envelope.fault = faults.into_fault();
        envelope
    }

    fn read_payload(&mut self, text: &str, payload: Option<&str>, faults: &mut Faults) -> Option<TenantId> {
        let Some(payload) = payload else {
            faults.push(FaultKind::Missing, Report::new("/payload", "an object", "nothing"));
            return None;
        };
        let Ok([tenant]) = pick(payload, &["tenantId"]) else {
            faults.push(FaultKind::Schema, Report::new("/payload", "an object", payload));
            return None;
        };
        // `pick` borrows from `text`, so the distance of the two pointers is the payload's place in it.
        let start = payload.as_ptr().addr() - text.as_ptr().addr();
        self.payload = Some(start..start + payload.len());
        faults.text("/payload/tenantId", "a text of 1 to 128 bytes", tenant, |t| t.parse().ok())
    }
}

#[derive(Default)]
struct Faults {
    kind: Option<FaultKind>,
    reports: Vec<Report>,
}

impl Faults {
    fn push(&mut self, kind: FaultKind, report: Report) {
        // The first fault names the kind: a missing field is worse than a wrong one only in the order met.
        self.kind.get_or_insert(kind);
        self.reports.push(report);
    }

    fn json(&mut self, path: &str, expected: &str, error: &serde_json::Error) {
        let kind = if error.is_data() { FaultKind::Schema } else { FaultKind::Json };
        self.push(kind, Report::new(path, expected, &error.to_string()));
    }

    fn text<T>(
        &mut self,
        path: &str,
        expected: &str,
        raw: Option<&str>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(raw) = raw else {
            self.push(FaultKind::Missing, Report::new(path, expected, "nothing"));
            return None;
        };
        // Ids, types and times need no escapes: borrow the text between the quotes where there are none.
        let value = match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => read(plain),
            Some(_) => serde_json::from_str::<String>(raw).ok().and_then(|text| read(&text)),
            None => None,
        };
        if value.is_none() {
            self.push(FaultKind::Schema, Report::new(path, expected, raw));
        }
        value
    }

    fn into_fault(self) -> Option<Fault> {
        self.kind.map(|kind| Fault { kind, reports: self.reports })
    }
}

/// Whether `json` nests arrays and objects deeper than `limit`. One pass over the bytes, no recursion.
pub fn depth_exceeds(json: &str, limit: usize) -> bool {
    // Counting is many times faster than following strings, and settles all but the strangest texts.
    if json.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() <= limit {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Reads an ISO 8601 date-time with a zone, as `Date.toISOString` and RFC 3339 write it.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"TICKET_UPDATED","timestamp":"2026-11-23T19:42:38.555Z","payload":{"tenantId":"acme","n":1.10}}"#;

    #[test]
    fn a_good_envelope_has_everything() {
        let envelope = Envelope::read(GOOD);
        assert_eq!(envelope.fault, None);
        assert_eq!(envelope.tenant.unwrap().as_str(), "acme");
        assert_eq!(&GOOD[envelope.payload.unwrap()], r#"{"tenantId":"acme","n":1.10}"#);
        assert_eq!(envelope.timestamp.unwrap().timestamp_millis(), 1_795_462_958_555);
    }

    #[test]
    fn each_fault_has_its_kind_and_path() {
        for (from, to, kind, path) in [
            (r#""id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","#, "", FaultKind::Missing, "/id"),
            ("57f7e9a7-", "x", FaultKind::Schema, "/id"),
            ("TICKET_UPDATED", "ticket", FaultKind::Schema, "/eventType"),
            ("2026-11-23T19:42:38.555Z", "yesterday", FaultKind::Schema, "/timestamp"),
            (r#""acme""#, "7", FaultKind::Schema, "/payload/tenantId"),
            (r#""tenantId":"acme","#, "", FaultKind::Missing, "/payload/tenantId"),
            (r#"{"tenantId":"acme","n":1.10}"#, "null", FaultKind::Schema, "/payload"),
            ("}}", "}", FaultKind::Json, ""),
        ] {
            let fault = Envelope::read(&GOOD.replace(from, to)).fault.unwrap();
            assert_eq!((fault.kind, fault.reports[0].path.as_str()), (kind, path), "{from} -> {to}");
        }
    }

    #[test]
    fn what_can_be_read_is_read_beside_a_fault() {
        let envelope = Envelope::read(&GOOD.replace("57f7e9a7-", "x"));
        assert!(envelope.fault.is_some() && envelope.tenant.is_some() && envelope.event_type.is_some());
    }

    #[test]
    fn deep_json_is_a_fault_not_a_crash() {
        let deep = GOOD.replace("1.10", &format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)));
        assert!(Envelope::read(&deep).fault.is_some());
    }
}
