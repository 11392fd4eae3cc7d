//! Whether entries belong to what is shown. Most filters ask for names, and scopes for nothing else: then an entry's key
//! decides, once for all entries that have it.

use chrono::{DateTime, Utc};

use super::lens::Retained;
use super::ring::Run;
use super::symbols::Symbol;
use super::{FailureLog, Scope};
use crate::event::{Channel, EntryId, EventType, TenantId};
use crate::filter::{Filter, Standing, Subject};

/// A filter and a scope over what is retained, for as long as that does not change.
pub(super) struct Judge<'a> {
    filter: &'a Filter,
    scope: &'a Scope,
    over: Retained<'a>,
    /// Only where the filter asks for them: they are looked up by event.
    failures: Option<&'a FailureLog>,
    now: DateTime<Utc>,
    /// By the symbol of the key.
    of_keys: Vec<OfKey>,
}

/// What is known of all entries of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfKey {
    Unasked,
    Shown,
    Hidden,
    /// It depends on the rest of the entry.
    Open,
}

impl<'a> Judge<'a> {
    pub(super) fn new(filter: &'a Filter, scope: &'a Scope, over: Retained<'a>, now: DateTime<Utc>) -> Self {
        let failures = filter.asks_for_failures().then_some(over.failures);
        let of_keys = vec![OfKey::Unasked; over.ring.keys.end()];
        Self { filter, scope, over, failures, now, of_keys }
    }

    /// Whether the entry number `at` of `run` is shown.
    pub(super) fn admits(&mut self, run: &Run<'_>, at: usize) -> bool {
        let Some(key) = run.keys.get(at) else { return false };
        match self.of_keys.get(key.place()) {
            Some(OfKey::Shown) => true,
            Some(OfKey::Hidden) => false,
            Some(OfKey::Open) => self.looks_into(run, at),
            Some(OfKey::Unasked) | None => {
                let of_key = self.of_key(*key);
                if let Some(known) = self.of_keys.get_mut(key.place()) {
                    *known = of_key;
                }
                match of_key {
                    OfKey::Shown => true,
                    OfKey::Hidden => false,
                    OfKey::Open | OfKey::Unasked => self.looks_into(run, at),
                }
            }
        }
    }

    fn looks_into(&self, run: &Run<'_>, at: usize) -> bool {
        let Some(row) = run.row(at) else { return false };
        self.filter.matches(&row.subject(self.over.labels, self.failures), self.now)
    }

    fn of_key(&self, key: Symbol) -> OfKey {
        let ring = self.over.ring;
        let Some(key) = ring.keys.value(key) else { return OfKey::Hidden };
        let (tenant, channel) = (ring.tenants.value(key.tenant), ring.channels.value(key.channel));
        if !self.scope.admits(tenant, channel) {
            return OfKey::Hidden;
        }
        let tenant = tenant.map(TenantId::as_str);
        let names = Subject {
            stream: "",
            entry_id: EntryId::ZERO,
            channel: channel.map(Channel::as_str),
            event_type: ring.types.value(key.event_type).map(EventType::as_str),
            tenant,
            label: tenant.and_then(|tenant| self.over.labels.label(tenant)),
            event_id: None,
            at: self.now,
            text: None,
            payload: None,
            standing: Standing::Unchecked,
            failures: &[],
            state: None,
        };
        match self.filter.by_names(&names) {
            Some(true) => OfKey::Shown,
            Some(false) => OfKey::Hidden,
            None => OfKey::Open,
        }
    }
}
