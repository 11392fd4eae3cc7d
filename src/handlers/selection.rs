//! Which events of its types a handler takes: those of some tenants, those that a filter lets through.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::event::{Entry, TenantId, TenantLabels, Verdict};
use crate::filter::{Filter, Subject};

/// Which events of its types a handler takes.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Of these tenants; of all, when there are none here.
    pub tenants: BTreeSet<TenantId>,
    /// And that this lets through.
    pub filter: Filter,
    /// The names that the filter knows tenants by.
    pub labels: TenantLabels,
}

impl Selection {
    /// Whether `entry` is for the handler. An entry that cannot be handled at all is, unless it is known to be another
    /// tenant's: nobody can say what a filter would think of it, and a dead letter is better than silence.
    pub fn admits(&self, entry: &Entry, now: DateTime<Utc>) -> bool {
        let known_as_others = entry.tenant.as_ref().is_some_and(|tenant| !self.tenants.contains(tenant));
        if !self.tenants.is_empty() && known_as_others {
            return false;
        }
        matches!(entry.verdict, Verdict::Invalid(_))
            || self.filter.matches(&Subject::of(entry, &self.labels), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Content, EntryId, EventType, Fault, FaultKind, StreamKey};

    fn entry(tenant: Option<&str>, valid: bool) -> Entry {
        Entry {
            stream: StreamKey::new("event::A").unwrap(),
            id: EntryId::new(1, 0),
            replayable: true,
            channel: None,
            event_type: Some(EventType::new("A").unwrap()),
            tenant: tenant.map(|tenant| TenantId::new(tenant).unwrap()),
            event_id: None,
            timestamp: None,
            content: Content::Json { text: r#"{"payload":{"n":1}}"#.into(), payload: Some(11..18) },
            verdict: if valid {
                Verdict::Unchecked
            } else {
                Verdict::Invalid(Box::new(Fault { kind: FaultKind::Schema, reports: Vec::new() }))
            },
        }
    }

    #[test]
    fn tenants_and_filter_both_have_to_agree() {
        let of = |tenants: &[&str], filter: &str| Selection {
            tenants: tenants.iter().map(|tenant| TenantId::new(tenant).unwrap()).collect(),
            filter: Filter::parse(filter).unwrap(),
            labels: TenantLabels::new([(TenantId::new("t1").unwrap(), "Acme".to_owned())]),
        };
        for (selection, tenant, valid, admitted) in [
            (of(&[], ""), Some("t1"), true, true),
            (of(&["t1"], ""), Some("t1"), true, true),
            (of(&["t1"], ""), Some("t2"), true, false),
            (of(&["t1"], ""), Some("t2"), false, false),
            (of(&["t1"], ""), None, false, true),
            (of(&[], "payload.n=1"), Some("t1"), true, true),
            (of(&[], "payload.n=2"), Some("t1"), true, false),
            (of(&[], "payload.n=2"), Some("t1"), false, true),
            (of(&[], "tenant:Acme"), Some("t1"), true, true),
            (of(&["t1"], "payload.n=2"), Some("t1"), true, false),
        ] {
            assert_eq!(
                selection.admits(&entry(tenant, valid), DateTime::UNIX_EPOCH),
                admitted,
                "{selection:?} {tenant:?} {valid}"
            );
        }
    }
}
