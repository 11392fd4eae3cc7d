//! What is known of a bus's health: what is wrong and since when, what is gone again, what could not be looked at.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::checks::Basis;
use super::dead::DeadLetters;
use super::heard::{self, Heard};
use super::lag::Trends;
use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::{clocks, consumers, groups, handlers, retries, stuck, trimming};
use crate::bus::{BusFacts, Examined, FailedEvent, Finding, Level};
use crate::event::{TenantId, TenantLabels};
use crate::monitor::Monitor;

/// So long after it is gone a finding stays, greyed.
const GONE: TimeDelta = TimeDelta::minutes(10);
/// So many findings are kept at most.
const KEPT: usize = 1_000;

/// A finding, and how long it has been so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As it was found last.
    pub lint: Lint,
    /// When it was first found.
    pub first: DateTime<Utc>,
    /// When it was found last.
    pub last: DateTime<Utc>,
    /// When it was looked again, and it was not there any more.
    pub gone: Option<DateTime<Utc>>,
}

/// What a check came to when it was last made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckState {
    /// Nothing is wrong: what was seen.
    Passed(String),
    /// So many findings.
    Found(usize),
    /// It could not be made: why, and what to do about it.
    Unseen {
        /// Why not.
        why: String,
        /// What to do, where anything can be done.
        next: Option<String>,
    },
}

type Key = (Basis, &'static str, Place);

/// The health of one bus.
#[derive(Debug, Clone, Default)]
pub struct Health {
    is_locked: bool,
    known: BTreeMap<Key, Known>,
    checks: BTreeMap<(&'static str, Basis), CheckState>,
    /// The findings that came with the last look, as they came.
    pub(super) server: Vec<Finding>,
    looked: Option<DateTime<Utc>>,
    trends: Trends,
    heard: Heard,
    dead: DeadLetters,
    looked_at: Option<TenantId>,
}

impl Health {
    /// Knows nothing yet. `is_locked`: whether the run is locked to tenants; then nothing is said of single entries, whose
    /// tenant a look does not know.
    pub fn new(is_locked: bool) -> Self {
        Self { is_locked, ..Self::default() }
    }

    /// When the bus was last looked over.
    pub fn looked(&self) -> Option<DateTime<Utc>> {
        self.looked
    }

    /// Takes a look at the bus.
    pub fn look(&mut self, examined: Examined, now: DateTime<Utc>) {
        self.looked = Some(now);
        self.take_server(&examined.findings, now);
        self.server = examined.findings;
        let ahead = examined.ahead.unwrap_or_default();
        if let Some(facts) = &examined.bus {
            self.take_facts(&Look { facts, now, ahead, is_locked: self.is_locked });
        }
        self.expire(now);
    }

    /// Takes what was heard of the bus up to now: cheap, but not for every frame.
    pub fn hear(&mut self, monitor: &Monitor, now: DateTime<Utc>) {
        let schema = self.heard.schema(monitor, now);
        self.settle(Basis::Heard, "schema", schema, &[], now);
        let unattributed = self.heard.unattributed(monitor, now);
        self.settle(Basis::Heard, "unattributed", unattributed, &[], now);
        if monitor.failures().is_read() {
            let loops = heard::loops(monitor.failures(), now);
            self.settle(Basis::Heard, "retry-loop", loops, &[], now);
        }
        if self.dead.was_read {
            self.judge_dead(monitor.labels(), now);
        }
        self.expire(now);
    }

    /// Takes failed events as they were read.
    pub fn read_dead(&mut self, events: &[FailedEvent], now: DateTime<Utc>) {
        self.dead.take(events, now);
    }

    /// They were read to the end, as far as that is done.
    pub fn end_dead(&mut self, labels: &TenantLabels, now: DateTime<Utc>) {
        self.dead.was_read = true;
        self.judge_dead(labels, now);
    }

    /// A person looks at this tenant alone, or at all of them: it has a finding of its own.
    pub fn look_at(&mut self, tenant: Option<&TenantId>, labels: &TenantLabels, now: DateTime<Utc>) {
        if self.looked_at.as_ref() != tenant {
            self.looked_at = tenant.cloned();
            if self.dead.was_read {
                self.judge_dead(labels, now);
            }
        }
    }

    fn judge_dead(&mut self, labels: &TenantLabels, now: DateTime<Utc>) {
        let judged = self.dead.judge(self.looked_at.as_ref(), labels, now);
        self.settle(Basis::Dead, "dead-letters", judged, &[], now);
    }

    /// What was judged of the server is a lint for each finding.
    fn take_server(&mut self, findings: &[Finding], now: DateTime<Utc>) {
        let names: BTreeSet<&'static str> = findings.iter().map(|finding| finding.check).collect();
        let before: Vec<_> = self.server.iter().map(|finding| finding.check).collect();
        for check in before.into_iter().filter(|check| !names.contains(check)) {
            self.checks.remove(&(check, Basis::Look));
            self.replace(Basis::Look, check, Vec::new(), now);
        }
        for check in names {
            let mut of_check = findings.iter().filter(|finding| finding.check == check);
            let lints = of_check
                .clone()
                .filter(|finding| finding.level > Level::Ok && !finding.is_unseen)
                .map(|finding| Lint {
                    check,
                    level: finding.level,
                    place: Place::default(),
                    what: crate::text::display_safe(&finding.found).into_owned(),
                    evidence: Vec::new(),
                    next: lines(finding.mend.as_deref()),
                });
            let lints: Vec<_> = lints.collect();
            let unseen = of_check.clone().find(|finding| finding.is_unseen);
            let state = match (unseen, of_check.next_back()) {
                (Some(finding), _) => {
                    CheckState::Unseen { why: finding.found.clone(), next: finding.mend.clone() }
                }
                (None, Some(finding)) if lints.is_empty() => CheckState::Passed(finding.found.clone()),
                (None, _) => CheckState::Found(lints.len()),
            };
            self.checks.insert((check, Basis::Look), state);
            self.replace(Basis::Look, check, lints, now);
        }
    }

    fn take_facts(&mut self, look: &Look<'_>) {
        let (facts, now) = (look.facts, look.now);
        let of_handlers = handlers::judge(look);
        let of_consumers = consumers::judge(look);
        let unmanned: BTreeSet<String> = [&of_handlers, &of_consumers]
            .into_iter()
            .flat_map(|judged| &judged.lints)
            .filter(|lint| lint.place.consumer.is_none())
            .filter_map(|lint| lint.place.handler.clone())
            .collect();
        self.trends.note(look);
        for (check, judged) in [
            ("groups", groups::judge(look)),
            ("handlers", of_handlers),
            ("consumers", of_consumers),
            ("consumers-left", consumers::judge_left(look)),
            ("pending", stuck::judge(look, &unmanned)),
            ("retry-loop", stuck::judge_loops(look)),
            ("trimming", trimming::judge(look)),
            ("retries", retries::judge(look)),
            ("worker-clock", clocks::judge(look)),
        ] {
            self.settle_facts(check, judged, facts, now);
        }
        if self.trends.can_tell() {
            let lag = self.trends.judge(look);
            self.settle(Basis::Trend, "lag", lag, &[], now);
        }
    }

    fn settle_facts(&mut self, check: &'static str, judged: Judged, facts: &BusFacts, now: DateTime<Utc>) {
        let unseen: Vec<_> = facts.unseen.iter().filter(|unseen| unseen.check == check).collect();
        let unseen: Vec<_> =
            unseen.into_iter().map(|unseen| (unseen.why.as_str(), unseen.next.as_deref())).collect();
        self.settle(Basis::Look, check, judged, &unseen, now);
    }

    /// Takes what a check came to.
    fn settle(
        &mut self,
        basis: Basis,
        check: &'static str,
        judged: Judged,
        unseen: &[(&str, Option<&str>)],
        now: DateTime<Utc>,
    ) {
        let Judged { mut lints, passed } = judged;
        let state = match unseen.first() {
            // Half the facts are no ground to say that something is wrong, nor that all is well.
            Some((why, next)) => {
                lints.clear();
                CheckState::Unseen { why: (*why).to_owned(), next: next.map(ToOwned::to_owned) }
            }
            None if lints.is_empty() => CheckState::Passed(passed),
            None => CheckState::Found(lints.len()),
        };
        self.checks.insert((check, basis), state);
        self.replace(basis, check, lints, now);
    }

    /// The findings of a check now: those known go on, those not among them are gone.
    fn replace(&mut self, basis: Basis, check: &'static str, lints: Vec<Lint>, now: DateTime<Utc>) {
        for (key, known) in &mut self.known {
            if (key.0, key.1) == (basis, check) && known.gone.is_none() {
                known.gone = Some(now);
            }
        }
        let mut worst: BTreeMap<Place, Lint> = BTreeMap::new();
        for lint in lints {
            // Of two at one place the worse one is told.
            if worst.get(&lint.place).is_none_or(|other| other.level < lint.level) {
                worst.insert(lint.place.clone(), lint);
            }
        }
        for (place, lint) in worst {
            let key = (basis, check, place);
            if let Some(known) = self.known.get_mut(&key) {
                // It comes again: it is as old as it was when it went.
                *known = Known { lint, first: known.first, last: now, gone: None };
            } else if self.known.len() < KEPT {
                self.known.insert(key, Known { lint, first: now, last: now, gone: None });
            }
        }
    }

    /// Forgets what has been gone for long.
    fn expire(&mut self, now: DateTime<Utc>) {
        self.known.retain(|_, known| known.gone.is_none_or(|gone| now - gone < GONE));
    }

    /// What is wrong, the worst first, then what is gone again. Of the same level what is of the server or a handler comes
    /// before what is of one tenant: it is why, and a server that takes nothing more concerns everybody. Then the oldest.
    pub fn findings(&self) -> Vec<&Known> {
        let mut all: Vec<_> = self.known.values().collect();
        all.sort_by_key(|known| {
            let is_of_one = known.lint.place.tenant.is_some();
            (known.gone.is_some(), std::cmp::Reverse(known.lint.level), is_of_one, known.first)
        });
        all
    }

    /// How many faults and how many warnings there are now.
    pub fn counts(&self) -> (usize, usize) {
        let of = |level| {
            self.known.values().filter(|known| known.gone.is_none() && known.lint.level == level).count()
        };
        (of(Level::Fault), of(Level::Warning))
    }

    /// What each check came to that was made, by its name and what it goes by.
    pub fn checks(&self) -> impl Iterator<Item = (&'static str, Basis, &CheckState)> {
        self.checks.iter().map(|((check, basis), state)| (*check, *basis, state))
    }
}

fn lines(text: Option<&str>) -> Vec<String> {
    text.into_iter().flat_map(str::lines).map(|line| crate::text::display_safe(line).into_owned()).collect()
}
