//! The way in: raw fields of a stream become an [`Entry`], judged by its schema and admitted by the tenant lock.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::event::{
    Channel, Content, Entry, EntryId, Envelope, EventType, Fault, FaultKind, Field, Interner, NewEvent,
    Report, StreamKey, TenantId, Verdict,
};
use crate::schema::{Check, Registry};

use super::PublishError;

/// The tenants a run is locked to. Empty: not locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantLock(BTreeSet<TenantId>);

impl TenantLock {
    /// Locks to `tenants`; none of them means no lock.
    pub fn to(tenants: impl IntoIterator<Item = TenantId>) -> Self {
        Self(tenants.into_iter().collect())
    }

    /// Whether there is a lock at all.
    pub fn is_locked(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether events of `tenant` may enter.
    pub fn admits(&self, tenant: &TenantId) -> bool {
        self.0.is_empty() || self.0.contains(tenant)
    }

    /// Whether something of `tenant` may enter; what is nobody's may not where there is a lock.
    pub fn admits_attributed(&self, tenant: Option<&TenantId>) -> bool {
        tenant.map_or(!self.is_locked(), |tenant| self.admits(tenant))
    }

    /// The tenants it is locked to.
    pub fn tenants(&self) -> impl Iterator<Item = &TenantId> {
        self.0.iter()
    }
}

/// An entry as a broker found it.
#[derive(Debug)]
pub struct Raw {
    /// Where.
    pub stream: StreamKey,
    /// At which position.
    pub id: EntryId,
    /// False for Pub/Sub.
    pub replayable: bool,
    /// The channel its stream belongs to.
    pub channel: Option<Channel>,
    /// The type its stream is named for.
    pub event_type: Option<EventType>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

impl Raw {
    /// Bytes of bus text in it.
    pub fn size(&self) -> usize {
        self.fields.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

/// What became of a raw entry.
#[derive(Debug, PartialEq)]
pub enum Admission {
    /// It may enter.
    Entry(Entry),
    /// It belongs to a tenant outside the lock.
    OtherTenant,
    /// The run is locked, and its tenant cannot be read.
    Unattributed,
}

/// Decodes, judges and admits entries. One per reading task; the registry is shared.
#[derive(Debug)]
pub struct Intake {
    registry: Arc<Registry>,
    lock: TenantLock,
    types: Interner<EventType>,
    tenants: Interner<TenantId>,
}

impl Clone for Intake {
    /// A fresh intake with the same registry and lock.
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.registry), self.lock.clone())
    }
}

impl Intake {
    /// The field that holds an event's JSON.
    pub const EVENT_FIELD: &'static str = "event";

    /// An intake with these schemas and this lock.
    pub fn new(registry: Arc<Registry>, lock: TenantLock) -> Self {
        Self { registry, lock, types: Interner::default(), tenants: Interner::default() }
    }

    /// The schemas it judges by.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The tenants it is locked to.
    pub fn lock(&self) -> &TenantLock {
        &self.lock
    }

    /// Decodes `raw`; of tenants outside the lock nothing is kept.
    pub fn admit(&mut self, raw: Raw) -> Admission {
        let Raw { stream, id, replayable, channel, event_type, mut fields } = raw;
        let blank = |content, fault| Entry {
            stream,
            id,
            replayable,
            channel,
            event_type,
            tenant: None,
            event_id: None,
            timestamp: None,
            content,
            verdict: Verdict::Invalid(Box::new(fault)),
        };
        let Some(at) = fields.iter().position(|(name, _)| name == Self::EVENT_FIELD.as_bytes()) else {
            let names: Vec<_> = fields.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
            let kind = if fields.iter().any(|(name, _)| std::str::from_utf8(name).is_err()) {
                FaultKind::Utf8
            } else {
                FaultKind::Missing
            };
            let report = Report::new("", "a field 'event'", &format!("fields {}", names.join(", ")));
            return self.unreadable(blank(Content::Fields(fields), Fault::new(kind, report)));
        };
        let text = match String::from_utf8(std::mem::take(&mut fields[at].1)) {
            Ok(text) => text.into_boxed_str(),
            Err(error) => {
                let report = Report::new(
                    "",
                    "UTF-8 in the field 'event'",
                    &format!("a wrong byte at offset {}", error.utf8_error().valid_up_to()),
                );
                fields[at].1 = error.into_bytes();
                return self.unreadable(blank(Content::Fields(fields), Fault::new(FaultKind::Utf8, report)));
            }
        };
        let envelope = Envelope::read(&text);
        if let Some(fault) = &envelope.fault
            && fault.kind == FaultKind::Json
            && envelope.payload.is_none()
        {
            fields[at].1 = text.into_string().into_bytes();
            return self.unreadable(blank(Content::Fields(fields), fault.clone()));
        }
        match &envelope.tenant {
            Some(tenant) if !self.lock.admits(tenant) => return Admission::OtherTenant,
            None if self.lock.is_locked() => return Admission::Unattributed,
            _ => {}
        }
        let verdict = self.judge(&envelope, &text);
        let mut entry = blank(
            Content::Json { text, payload: envelope.payload },
            // Replaced on the next line: `blank` makes invalid entries.
            Fault { kind: FaultKind::Schema, reports: Vec::new() },
        );
        entry.verdict = verdict;
        entry.event_type =
            envelope.event_type.or(entry.event_type).map(|event_type| self.types.share(event_type));
        entry.tenant = envelope.tenant.map(|tenant| self.tenants.share(tenant));
        entry.event_id = envelope.id;
        entry.timestamp = envelope.timestamp;
        Admission::Entry(entry)
    }

    /// What publishing would refuse: other tenants than the lock's, too many bytes, and payloads that do not fit, unless
    /// a person said that the event is sent all the same.
    pub fn vet(&self, event: &NewEvent, max_bytes: usize) -> Result<(), PublishError> {
        if !self.lock.admits(event.tenant()) {
            return Err(PublishError::Tenant {
                tenant: event.tenant().clone(),
                why: "this run is locked to other tenants by --tenant".to_owned(),
            });
        }
        let size = event.text().len();
        if size > max_bytes {
            return Err(PublishError::TooLarge { size, limit: max_bytes });
        }
        match self.registry.check(event.event_type(), event.payload()) {
            Check::Valid | Check::Unchecked => Ok(()),
            Check::Invalid(_) if event.is_unchecked() => Ok(()),
            Check::Invalid(reports) => Err(PublishError::Invalid(Fault { kind: FaultKind::Schema, reports })),
        }
    }

    fn unreadable(&self, entry: Entry) -> Admission {
        if self.lock.is_locked() { Admission::Unattributed } else { Admission::Entry(entry) }
    }

    fn judge(&self, envelope: &Envelope, text: &str) -> Verdict {
        let payload = envelope.payload.clone().and_then(|range| text.get(range));
        let check = match (&envelope.event_type, payload) {
            (Some(event_type), Some(payload)) => self.registry.check(event_type, payload),
            _ => Check::Unchecked,
        };
        match (envelope.fault.clone(), check) {
            (None, Check::Valid) => Verdict::Valid,
            (None, Check::Unchecked) => Verdict::Unchecked,
            (None, Check::Invalid(reports)) => {
                Verdict::Invalid(Box::new(Fault { kind: FaultKind::Schema, reports }))
            }
            // The envelope's own reports come first; a tenantId is reported once.
            (Some(mut fault), Check::Invalid(reports)) => {
                fault.reports.extend(reports.into_iter().filter(|report| report.path != "/payload/tenantId"));
                Verdict::Invalid(Box::new(fault))
            }
            (Some(fault), _) => Verdict::Invalid(Box::new(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(fields: Vec<Field>) -> Raw {
        Raw {
            stream: StreamKey::new("event::TICKET_UPDATED").unwrap(),
            id: EntryId::new(1, 0),
            replayable: true,
            channel: None,
            event_type: Some(EventType::new("TICKET_UPDATED").unwrap()),
            fields,
        }
    }

    fn event(json: &str) -> Raw {
        raw(vec![(b"event".to_vec(), json.as_bytes().to_vec())])
    }

    const GOOD: &str = r#"{"id":"57f7e9a7-7e13-452d-81b7-9892c8fdd92e","eventType":"X","timestamp":"2026-11-23T19:42:38.555Z","payload":{"tenantId":"acme"}}"#;

    fn intake(tenants: &[&str]) -> Intake {
        let lock = TenantLock::to(tenants.iter().map(|tenant| TenantId::new(tenant).unwrap()));
        Intake::new(Arc::new(Registry::default()), lock)
    }

    #[test]
    fn a_good_entry_is_unchecked_without_a_schema() {
        let Admission::Entry(entry) = intake(&[]).admit(event(GOOD)) else { panic!() };
        assert_eq!(entry.verdict, Verdict::Unchecked);
        assert_eq!(entry.payload(), Some(r#"{"tenantId":"acme"}"#));
        assert_eq!(entry.event_type.unwrap().as_str(), "X", "the event's own type counts");
    }

    #[test]
    fn what_cannot_be_read_is_an_entry_with_a_reason() {
        for (fields, kind) in [
            (vec![], FaultKind::Missing),
            (vec![(b"evnt".to_vec(), b"{}".to_vec())], FaultKind::Missing),
            (vec![(b"\xff".to_vec(), b"{}".to_vec())], FaultKind::Utf8),
            (vec![(b"event".to_vec(), b"{\"a\":\"\xff\"}".to_vec())], FaultKind::Utf8),
            (vec![(b"event".to_vec(), b"{".to_vec())], FaultKind::Json),
            (vec![(b"event".to_vec(), b"[]".to_vec())], FaultKind::Schema),
            (vec![(b"event".to_vec(), b"{}".to_vec())], FaultKind::Missing),
        ] {
            let Admission::Entry(entry) = intake(&[]).admit(raw(fields.clone())) else { panic!() };
            assert_eq!(entry.fault().unwrap().kind, kind, "{fields:?}");
            assert_eq!(
                entry.event_type.as_ref().unwrap().as_str(),
                "TICKET_UPDATED",
                "the stream's type is known"
            );
            if let Content::Fields(kept) = &entry.content {
                assert_eq!(*kept, fields, "nothing of it is lost");
            }
        }
    }

    #[test]
    fn a_lock_keeps_others_and_the_unattributable_out() {
        assert!(matches!(intake(&["acme"]).admit(event(GOOD)), Admission::Entry(_)));
        assert_eq!(intake(&["globex"]).admit(event(GOOD)), Admission::OtherTenant);
        assert_eq!(intake(&["acme"]).admit(event("{")), Admission::Unattributed);
        assert_eq!(intake(&["acme"]).admit(event("{}")), Admission::Unattributed);
    }
}
