//! Dead letters as they were read: how many came of a tenant lately.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::lint::{Judged, Lint, Place};
use super::words::{examples, shell, since};
use crate::bus::{FailedAt, FailedEvent, FailedSource, Level};
use crate::event::{EventType, TenantId, TenantLabels};
use crate::monitor::source_of;
use crate::text::{count, display_safe};

/// So far back dead letters count.
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// So many of one tenant are growth,
const GROWTH: usize = 3;
/// and so many a fault.
const FAULT: usize = 50;
/// So many dead letters are remembered.
const KEPT: usize = 5_000;
/// So many tenants are named one by one.
const TENANTS: usize = 50;

#[derive(Debug, Clone)]
struct Letter {
    at: DateTime<Utc>,
    tenant: Option<TenantId>,
    handler: Option<String>,
    event_type: EventType,
    error: Option<String>,
}

/// The dead letters of the last minutes, as far as they were read.
#[derive(Debug, Clone, Default)]
pub(super) struct DeadLetters {
    lately: BTreeMap<FailedAt, Letter>,
    /// Whether they were ever read to the end.
    pub(super) was_read: bool,
}

impl DeadLetters {
    /// Takes what was read.
    pub(super) fn take(&mut self, events: &[FailedEvent], now: DateTime<Utc>) {
        for event in events.iter().filter(|event| source_of(&event.at) == FailedSource::DeadLetters) {
            let Some(at) = event.at.id().time().or_else(|| event.failed_at()) else { continue };
            if now - at >= WINDOW || self.lately.len() >= KEPT {
                continue;
            }
            self.lately.entry(event.at.clone()).or_insert_with(|| Letter {
                at,
                tenant: event.tenant.clone(),
                handler: event.handler.as_deref().map(ToOwned::to_owned),
                event_type: event.event_type.clone(),
                error: event.error.as_deref().map(ToOwned::to_owned),
            });
        }
    }

    /// Whether they grow for a tenant.
    pub(super) fn judge(&mut self, labels: &TenantLabels, now: DateTime<Utc>) -> Judged {
        self.lately.retain(|_, letter| now - letter.at < WINDOW);
        let mut tenants: BTreeMap<Option<&TenantId>, Vec<&Letter>> = BTreeMap::new();
        for letter in self.lately.values() {
            tenants.entry(letter.tenant.as_ref()).or_default().push(letter);
        }
        let mut growing: Vec<_> =
            tenants.into_iter().filter(|(_, letters)| letters.len() >= GROWTH).collect();
        growing.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
        let lints =
            growing.into_iter().take(TENANTS).map(|(tenant, letters)| lint(tenant, &letters, labels, now));
        let passed = match self.lately.len() as u64 {
            0 => format!("none came in the last {}", since(WINDOW)),
            n => format!("{} in the last {}, and of no tenant {GROWTH}", count(n), since(WINDOW)),
        };
        Judged::new(lints.collect(), passed)
    }
}

fn lint(tenant: Option<&TenantId>, letters: &[&Letter], labels: &TenantLabels, now: DateTime<Utc>) -> Lint {
    let whose =
        tenant.map_or_else(|| "events without a tenant".to_owned(), |tenant| labels.show(tenant.as_str()));
    let n = letters.len() as u64;
    let newest = letters.iter().max_by_key(|letter| letter.at);
    let handlers: BTreeSet<_> = letters.iter().filter_map(|letter| letter.handler.as_deref()).collect();
    let handlers: Vec<_> = handlers.into_iter().map(|name| display_safe(name).into_owned()).collect();
    let types: BTreeSet<_> = letters.iter().map(|letter| letter.event_type.to_string()).collect();
    let mut evidence = vec![format!(
        "{} in the last {}: {}",
        count(n),
        since(WINDOW),
        examples(&types.into_iter().collect::<Vec<_>>(), 5)
    )];
    if !handlers.is_empty() {
        evidence.push(format!("of {}", examples(&handlers, 5)));
    }
    if let Some(newest) = newest {
        evidence.push(format!("the newest came {} ago", since(now - newest.at)));
        evidence.extend(newest.error.as_ref().map(|error| format!("it says: {}", display_safe(error))));
    }
    evidence.push(format!("threshold: {GROWTH} of a tenant in {}; a fault from {FAULT} on", since(WINDOW)));
    let mut next = vec!["Enter shows them in 4 Failed: r retries them, once the cause is mended".to_owned()];
    if let Some(tenant) = tenant {
        next.push(format!("tidings failed list --state dead --tenant {}", shell(tenant.as_str())));
    }
    Lint {
        check: "dead-letters",
        level: if letters.len() >= FAULT { Level::Fault } else { Level::Warning },
        place: Place { tenant: tenant.cloned(), ..Place::default() },
        what: format!("dead letters grow for {whose}: {} in the last {}", count(n), since(WINDOW)),
        evidence,
        next,
    }
}
