//! The read model itself.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use super::rates::Rates;
use super::{Counts, FailureLog, Limits, LinkView, Notice, NoticeKind, Ring};
use crate::bus::{Batch, BusSignal, DiscoveryReport};
use crate::event::{Channel, Entry, EventType, TenantId, TenantLabels, Verdict};

/// How many notices are kept.
const MAX_NOTICES: usize = 100;
/// How many tenants are counted one by one over the whole run.
const MAX_TENANTS: usize = 50_000;

/// A tenant that was seen, or that has a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSeen {
    /// Its id.
    pub tenant: TenantId,
    /// How many entries of it came in since the watch began.
    pub received: u64,
}

/// What is known of a bus. Changed by [`Monitor::apply`] alone.
#[derive(Debug)]
pub struct Monitor {
    ring: Ring,
    rates: Rates,
    counts: Counts,
    link: LinkView,
    discovery: DiscoveryReport,
    notices: VecDeque<Notice>,
    tenants: HashMap<TenantId, u64>,
    labels: TenantLabels,
    /// In a box, as few look at it and much is moved with the rest.
    failures: Box<FailureLog>,
}

impl Monitor {
    /// Knows nothing yet.
    pub fn new(limits: Limits, labels: TenantLabels) -> Self {
        Self {
            ring: Ring::new(limits),
            rates: Rates::default(),
            counts: Counts::default(),
            link: LinkView::default(),
            discovery: DiscoveryReport::default(),
            notices: VecDeque::new(),
            tenants: HashMap::new(),
            labels,
            failures: Box::default(),
        }
    }

    /// Takes a signal in.
    pub fn apply(&mut self, signal: BusSignal, now: DateTime<Utc>) {
        match signal {
            BusSignal::Entries(batch) => self.take(batch, now),
            BusSignal::Link(link) => self.link.take(link, now),
            BusSignal::CaughtUp => self.link.caught_up = true,
            BusSignal::Discovered(report) => self.discovery = report,
            BusSignal::Gap(gap) => {
                match gap.lost {
                    Some(lost) => self.counts.trimmed += lost,
                    None => self.counts.gaps_unknown += 1,
                }
                self.note(NoticeKind::Gap(gap), now);
            }
            BusSignal::DataLost(streams) => self.note(NoticeKind::DataLost(streams), now),
            BusSignal::Restarted => self.note(NoticeKind::Restarted, now),
            BusSignal::Withheld { other_tenants, unattributed } => {
                self.counts.other_tenants += other_tenants;
                self.counts.unattributed += unattributed;
            }
            BusSignal::FailureFeed(feed) => self.failures.take_feed(feed),
            BusSignal::Writes(refused) => self.link.refuses = refused,
            BusSignal::Failures(batch) => {
                self.link.last_contact = Some(now);
                for record in &batch.failures {
                    self.meet(&record.attempt.tenant);
                }
                self.failures.take(batch);
            }
        }
    }

    fn take(&mut self, batch: Batch, now: DateTime<Utc>) {
        self.link.last_contact = Some(now);
        self.rates.expire(&mut self.ring, now);
        let skew_ms = self.link.server.as_ref().map_or(0, |server| server.clock_skew_ms);
        for entry in batch.entries {
            self.take_one(entry, skew_ms, now);
        }
    }

    fn take_one(&mut self, entry: Entry, skew_ms: i64, now: DateTime<Utc>) {
        self.counts.received += 1;
        let invalid = matches!(entry.verdict, Verdict::Invalid(_));
        self.counts.invalid += u64::from(invalid);
        self.counts.unchecked += u64::from(entry.verdict == Verdict::Unchecked);
        if let Some(tenant) = &entry.tenant {
            if let Some(received) = self.tenants.get_mut(tenant) {
                *received += 1;
            } else if self.tenants.len() < MAX_TENANTS {
                self.tenants.insert(tenant.clone(), 1);
                self.labels.meet(tenant);
            }
        }
        // Entry ids are the server's time; rates are shown against ours.
        let at = i64::try_from(entry.id.ms).unwrap_or(i64::MAX).saturating_sub(skew_ms).div_euclid(1000);
        let key = self.ring.push(entry);
        self.rates.count(&mut self.ring, key, at, invalid, now);
        self.counts.dropped = self.ring.first_seq();
    }

    fn note(&mut self, kind: NoticeKind, now: DateTime<Utc>) {
        if self.notices.len() == MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(Notice { at: now, kind });
    }

    /// The retained entries.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    pub(super) fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Failed attempts of handlers.
    pub fn failures(&self) -> &FailureLog {
        &self.failures
    }

    /// Totals since the watch began.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The connection.
    pub fn link(&self) -> &LinkView {
        &self.link
    }

    /// What discovery found last.
    pub fn discovery(&self) -> &DiscoveryReport {
        &self.discovery
    }

    /// Holes and losses, oldest first, the newest hundred.
    pub fn notices(&self) -> &VecDeque<Notice> {
        &self.notices
    }

    /// Tenants of what was read beside the watch: they are told apart from those that came, and from each other.
    pub fn meet<'a>(&mut self, tenants: impl IntoIterator<Item = &'a TenantId>) {
        for tenant in tenants {
            self.labels.meet(tenant);
        }
    }

    /// Labels of tenants.
    pub fn labels(&self) -> &TenantLabels {
        &self.labels
    }

    /// Every tenant with a label or an entry, the most active first.
    pub fn tenants(&self) -> Vec<TenantSeen> {
        let labelled = self.labels.all().into_iter().map(|(tenant, _)| tenant);
        let mut all: Vec<_> = labelled
            .filter(|tenant| !self.tenants.contains_key(*tenant))
            .map(|tenant| TenantSeen { tenant: tenant.clone(), received: 0 })
            .chain(self.tenants.iter().map(|(tenant, n)| TenantSeen { tenant: tenant.clone(), received: *n }))
            .collect();
        all.sort_by(|a, b| b.received.cmp(&a.received).then_with(|| a.tenant.cmp(&b.tenant)));
        all
    }

    /// How many tenants have a label or an entry.
    pub fn tenant_count(&self) -> usize {
        let quiet = self.labels.tenants().filter(|tenant| !self.tenants.contains_key(*tenant)).count();
        quiet + self.tenants.len()
    }

    /// Every type of an event that is in memory, in order.
    pub fn event_types(&self) -> Vec<EventType> {
        let mut all: Vec<_> = self.ring.types.values().cloned().collect();
        all.sort();
        all
    }

    /// Every channel that discovery found or an entry came on, in order.
    pub fn channels(&self) -> Vec<Channel> {
        let mut all: Vec<_> =
            self.discovery.channels.iter().chain(self.ring.channels.values()).cloned().collect();
        all.sort();
        all.dedup();
        all
    }
}
