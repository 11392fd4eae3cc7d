//! Whether entries belong to what is shown. Most filters ask for names, and scopes for nothing else: then an entry's key
//! decides, once for all entries that have it.

use chrono::{DateTime, Utc};

use super::lens::{Lens, Retained};
use super::ring::Run;
use super::symbols::Symbol;
use super::{FailureLog, Order, Scope};
use crate::event::{Channel, EntryId, EventType, TenantId};
use crate::filter::{Filter, Standing, Subject};

/// A filter and a scope over what is retained, for as long as that does not change.
pub(super) struct Judge<'a> {
    filter: &'a Filter,
    scope: &'a Scope,
    order: Order,
    over: Retained<'a>,
    /// Only where the filter asks for them: they are looked up by event.
    failures: Option<&'a FailureLog>,
    now: DateTime<Utc>,
    /// By the symbol of the key.
    of_keys: Vec<OfKey>,
    /// As how many the entry counts that was judged last.
    price: u64,
}

/// What is known of all entries of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfKey {
    Unasked,
    /// Outside the scope.
    Outside,
    Match,
    NoMatch,
    /// It depends on the rest of the entry.
    Open,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        (filter, scope, order): (&'a Filter, &'a Scope, Order),
        over: Retained<'a>,
        now: DateTime<Utc>,
    ) -> Self {
        let failures = filter.asks_for_failures().then_some(over.failures);
        let of_keys = vec![OfKey::Unasked; over.ring.keys.end()];
        Self { filter, scope, order, over, failures, now, of_keys, price: 1 }
    }

    /// Whether the entry number `at` of `run` matches; `None` of one outside the scope.
    #[inline]
    pub(super) fn matches(&mut self, run: &Run<'_>, at: usize) -> Option<bool> {
        self.price = 1;
        let key = *run.keys.get(at)?;
        let known = self.of_keys.get(key.place()).copied().unwrap_or(OfKey::Unasked);
        let of_key = if known == OfKey::Unasked { self.ask(key) } else { known };
        match of_key {
            OfKey::Match => Some(true),
            OfKey::NoMatch => Some(false),
            OfKey::Outside => None,
            OfKey::Open | OfKey::Unasked => Some(self.looks_into(run, at)),
        }
    }

    /// As how many the entry counts that was judged last: more, where a long text was looked into.
    #[inline]
    pub(super) fn price(&self) -> u64 {
        self.price
    }

    /// The shelf that this entry is put on.
    #[inline]
    pub(super) fn shelf_of(&self, run: &Run<'_>, at: usize) -> Option<String> {
        if self.order == Order::default() {
            return None;
        }
        self.order.shelf_of(&run.row(at)?, self.over.labels)
    }

    fn ask(&mut self, key: Symbol) -> OfKey {
        let of_key = self.of_key(key);
        if let Some(known) = self.of_keys.get_mut(key.place()) {
            *known = of_key;
        }
        of_key
    }

    fn looks_into(&mut self, run: &Run<'_>, at: usize) -> bool {
        let Some(row) = run.row(at) else { return false };
        self.price = Lens::price(row.text().map_or(0, str::len));
        self.filter.matches(&row.subject(self.over.labels, self.failures), self.now)
    }

    fn of_key(&self, key: Symbol) -> OfKey {
        let ring = self.over.ring;
        let Some(key) = ring.keys.value(key) else { return OfKey::Outside };
        let (tenant, channel) = (ring.tenants.value(key.tenant), ring.channels.value(key.channel));
        if !self.scope.admits(tenant, channel) {
            return OfKey::Outside;
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
            escaped: false,
            payload: None,
            standing: Standing::Unchecked,
            failures: &[],
            state: None,
        };
        match self.filter.by_names(&names) {
            Some(true) => OfKey::Match,
            Some(false) => OfKey::NoMatch,
            None => OfKey::Open,
        }
    }
}
