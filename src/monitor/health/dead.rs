//! Dead letters as they were read: how many came of a tenant lately.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::lint::{Judged, Lint, Place};
use super::words::{examples, shell, since};
use crate::bus::{FailedAt, FailedEvent, FailedSource, Level};
use crate::event::{EventType, TenantId, TenantLabels};
use crate::monitor::source_of;
use crate::text::{count, display_safe, plural};

/// So far back dead letters count.
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// So many of one tenant are growth,
const GROWTH: usize = 3;
/// and so many a fault.
const FAULT: usize = 50;
/// So many dead letters are remembered.
const KEPT: usize = 5_000;
/// So many tenants have a finding of their own, those with the most, as long as theirs grow; beside them who was looked at.
/// What is wrong with a handler is so for all tenants, and would push everything else off the screen.
const TENANTS: usize = 5;
/// So many of the others are named.
const NAMED: usize = 20;

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
    /// Who has a finding of their own: it is not said to be gone because others have more.
    own: BTreeSet<Option<TenantId>>,
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

    /// Whether they grow for a tenant; `looked_at`: the one that a person looks at.
    pub(super) fn judge(
        &mut self,
        looked_at: Option<&TenantId>,
        labels: &TenantLabels,
        now: DateTime<Utc>,
    ) -> Judged {
        self.lately.retain(|_, letter| now - letter.at < WINDOW);
        let mut tenants: BTreeMap<Option<&TenantId>, Vec<&Letter>> = BTreeMap::new();
        for letter in self.lately.values() {
            tenants.entry(letter.tenant.as_ref()).or_default().push(letter);
        }
        let mut growing: Vec<_> = tenants
            .into_iter()
            .filter(|(_, letters)| letters.len() >= GROWTH)
            .map(|(tenant, letters)| (tenant.cloned(), letters))
            .collect();
        growing.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
        let (own, mut others): (Vec<_>, Vec<_>) = growing.into_iter().partition(|(tenant, _)| {
            self.own.contains(tenant) || tenant.is_some() && tenant.as_ref() == looked_at
        });
        // What is remembered is full: there may be more of each.
        let least = if self.lately.len() >= KEPT { "at least " } else { "" };
        let more: Vec<_> = others.drain(..others.len().min(TENANTS.saturating_sub(own.len()))).collect();
        let mut own: Vec<_> = own.into_iter().chain(more).collect();
        // What is of no tenant stands at the place where the others are told of: one finding has both.
        if !others.is_empty() {
            others.extend(own.extract_if(.., |(tenant, _)| tenant.is_none()));
            others.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
        }
        let one_by_one =
            own.iter().map(|(tenant, letters)| lint(tenant.as_ref(), letters, least, labels, now));
        let mut lints: Vec<_> = one_by_one.collect();
        lints.extend(lint_of_others(&others, least, labels));
        self.own = own.into_iter().map(|(tenant, _)| tenant).collect();
        let passed = match self.lately.len() as u64 {
            0 => format!("none came in the last {}", since(WINDOW)),
            n => format!("{} in the last {}, and of no tenant {GROWTH}", count(n), since(WINDOW)),
        };
        Judged::new(lints, passed)
    }
}

fn whose(tenant: Option<&TenantId>, labels: &TenantLabels) -> String {
    tenant.map_or_else(|| "events without a tenant".to_owned(), |tenant| labels.show(tenant.as_str()))
}

fn level(of_one: usize) -> Level {
    if of_one >= FAULT { Level::Fault } else { Level::Warning }
}

fn threshold() -> String {
    format!("threshold: {GROWTH} of a tenant in {}; a fault from {FAULT} on", since(WINDOW))
}

/// What is told of those that have no finding of their own; the first has the most.
fn lint_of_others(
    others: &[(Option<TenantId>, Vec<&Letter>)],
    least: &str,
    labels: &TenantLabels,
) -> Option<Lint> {
    let (_, most) = others.first()?;
    let sum: usize = others.iter().map(|(_, letters)| letters.len()).sum();
    let tenants = others.iter().filter(|(tenant, _)| tenant.is_some()).count();
    let whose_none = if tenants < others.len() { ", and for events without one" } else { "" };
    let shown: Vec<_> = others
        .iter()
        .map(|(tenant, letters)| {
            format!("{} {}", whose(tenant.as_ref(), labels), count(letters.len() as u64))
        })
        .collect();
    Some(Lint {
        check: "dead-letters",
        level: level(most.len()),
        place: Place::default(),
        what: format!(
            "dead letters grow for {}{whose_none}: {least}{} in the last {}",
            plural(tenants as u64, "tenant more", "tenants more"),
            count(sum as u64),
            since(WINDOW)
        ),
        evidence: vec![
            examples(&shown, NAMED),
            threshold(),
        ],
        next: vec![
            "Enter shows all dead letters in 4 Failed: z there groups them, and r retries, once the cause is mended"
                .to_owned(),
            "t narrows this to one tenant".to_owned(),
        ],
    })
}

fn lint(
    tenant: Option<&TenantId>,
    letters: &[&Letter],
    least: &str,
    labels: &TenantLabels,
    now: DateTime<Utc>,
) -> Lint {
    let whose = whose(tenant, labels);
    let n = letters.len() as u64;
    let newest = letters.iter().max_by_key(|letter| letter.at);
    let handlers: BTreeSet<_> = letters.iter().filter_map(|letter| letter.handler.as_deref()).collect();
    let handlers: Vec<_> = handlers.into_iter().map(|name| display_safe(name).into_owned()).collect();
    let types: BTreeSet<_> = letters.iter().map(|letter| letter.event_type.to_string()).collect();
    let mut evidence = vec![format!(
        "{least}{} in the last {}: {}",
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
    evidence.push(threshold());
    let mut next = vec!["Enter shows them in 4 Failed: r retries them, once the cause is mended".to_owned()];
    if let Some(tenant) = tenant {
        next.push(format!("tidings failed list --state dead --tenant {}", shell(tenant.as_str())));
    }
    Lint {
        check: "dead-letters",
        level: level(letters.len()),
        place: Place { tenant: tenant.cloned(), ..Place::default() },
        what: format!("dead letters grow for {whose}: {least}{} in the last {}", count(n), since(WINDOW)),
        evidence,
        next,
    }
}
