//! A filter and a scope, laid over the ring.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::judge::Judge;
use super::{FailureLog, Monitor, Ring, Scope};
use crate::event::TenantLabels;
use crate::filter::Filter;

/// What a lens is laid over.
#[derive(Debug, Clone, Copy)]
pub struct Retained<'a> {
    /// The entries.
    pub ring: &'a Ring,
    /// The names of their tenants.
    pub labels: &'a TenantLabels,
    /// What is known of failed attempts.
    pub failures: &'a FailureLog,
}

impl<'a> From<&'a Monitor> for Retained<'a> {
    fn from(monitor: &'a Monitor) -> Self {
        Self { ring: monitor.ring(), labels: monitor.labels(), failures: monitor.failures() }
    }
}

/// Which retained entries match, brought up to date in slices: newest first when it is new, so that a screen fills at
/// once, and with each entry that arrives.
#[derive(Debug)]
pub struct Lens {
    filter: Filter,
    scope: Scope,
    pass: Pass,
    /// A pass at a later time, of a filter whose answers change: shown when it is complete.
    refresh: Option<Pass>,
    frozen_at: Option<u64>,
}

/// What has been looked at, and what of it matches.
#[derive(Debug)]
struct Pass {
    /// Entries with numbers in `low..high` have been looked at.
    low: u64,
    high: u64,
    matches: VecDeque<u64>,
    /// How many failed attempts were known when it began.
    failures: u64,
}

impl Pass {
    /// Behind all that is retained.
    fn starting(over: Retained<'_>) -> Self {
        let seq = over.ring.end_seq();
        Self { low: seq, high: seq, matches: VecDeque::new(), failures: over.failures.end_seq() }
    }

    /// Forgets what the ring has dropped, at either end.
    fn clip(&mut self, ring: &Ring) {
        let (first, end) = (ring.first_seq(), ring.end_seq());
        while self.matches.front().is_some_and(|seq| *seq < first) {
            self.matches.pop_front();
        }
        while self.matches.back().is_some_and(|seq| *seq >= end) {
            self.matches.pop_back();
        }
        self.low = self.low.clamp(first, end);
        self.high = self.high.clamp(first, end);
    }

    /// Looks at up to `budget` more entries: first those that arrived, then older ones. Returns what is left of it.
    fn advance(&mut self, ring: &Ring, mut budget: u64, judge: &mut Judge<'_>) -> u64 {
        self.clip(ring);
        let up = (ring.end_seq() - self.high).min(budget);
        for run in ring.runs(self.high..self.high + up) {
            let first = run.first_seq();
            let fits = (0..run.keys.len()).filter(|at| judge.admits(&run, *at));
            self.matches.extend(fits.map(|at| first + at as u64));
        }
        self.high += up;
        budget -= up;
        let down = (self.low - ring.first_seq()).min(budget);
        for run in ring.runs(self.low - down..self.low).rev() {
            let first = run.first_seq();
            for at in (0..run.keys.len()).rev().filter(|at| judge.admits(&run, *at)) {
                self.matches.push_front(first + at as u64);
            }
        }
        self.low -= down;
        budget - down
    }

    fn is_complete(&self, ring: &Ring) -> bool {
        self.high >= ring.end_seq() && self.low <= ring.first_seq()
    }
}

impl Lens {
    /// A lens over what is retained. Nothing has been looked at until [`Lens::advance`].
    pub fn new<'a>(filter: Filter, scope: Scope, over: impl Into<Retained<'a>>) -> Self {
        Self { filter, scope, pass: Pass::starting(over.into()), refresh: None, frozen_at: None }
    }

    /// The same freeze, another filter or scope.
    pub fn set<'a>(&mut self, filter: Filter, scope: Scope, over: impl Into<Retained<'a>>) {
        if filter == self.filter && scope == self.scope {
            return;
        }
        let frozen_at = self.frozen_at;
        *self = Self { frozen_at, ..Self::new(filter, scope, over) };
    }

    /// Looks at up to `budget` more entries. True when there are more to look at: call it again before sleeping.
    pub fn advance<'a>(&mut self, over: impl Into<Retained<'a>>, now: DateTime<Utc>, budget: u64) -> bool {
        let over = over.into();
        let ring = over.ring;
        let mut judge = Judge::new(&self.filter, &self.scope, over, now);
        let left = self.pass.advance(ring, budget, &mut judge);
        if let Some(mut refresh) = self.refresh.take() {
            refresh.advance(ring, left, &mut judge);
            if refresh.is_complete(ring) {
                self.pass = refresh;
            } else {
                self.refresh = Some(refresh);
            }
        }
        self.refresh.is_some() || !self.pass.is_complete(ring)
    }

    /// Starts to look at everything again, if the filter depends on the time, or asks for failed attempts and there are
    /// more of them. To be called as time passes; what is shown stays until the new pass is complete.
    pub fn refresh<'a>(&mut self, over: impl Into<Retained<'a>>) {
        let over = over.into();
        let is_old = self.filter.depends_on_time()
            || self.filter.asks_for_failures() && self.pass.failures != over.failures.end_seq();
        if is_old && self.refresh.is_none() && self.pass.is_complete(over.ring) {
            self.refresh = Some(Pass::starting(over));
        }
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The scope.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Keeps what is shown: entries that arrive from now on are counted, not shown.
    pub fn freeze<'a>(&mut self, over: impl Into<Retained<'a>>) {
        self.frozen_at.get_or_insert(over.into().ring.end_seq());
    }

    /// Shows what arrived meanwhile.
    pub fn thaw(&mut self) {
        self.frozen_at = None;
    }

    /// Whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        self.frozen_at.is_some()
    }

    /// How many entries are shown.
    pub fn shown(&self) -> usize {
        match self.frozen_at {
            Some(end) => self.pass.matches.partition_point(|seq| *seq < end),
            None => self.pass.matches.len(),
        }
    }

    /// How many matching entries arrived since it was frozen.
    pub fn new_since(&self) -> usize {
        self.pass.matches.len() - self.shown()
    }

    /// How many retained entries have been looked at and do not match.
    pub fn hidden(&self) -> u64 {
        (self.pass.high - self.pass.low).saturating_sub(self.pass.matches.len() as u64)
    }

    /// How many retained entries have not been looked at yet.
    pub fn unseen<'a>(&self, over: impl Into<Retained<'a>>) -> u64 {
        over.into().ring.len().saturating_sub(self.pass.high - self.pass.low)
    }

    /// The number of the `at`-th entry that is shown, oldest first.
    pub fn seq_at(&self, at: usize) -> Option<u64> {
        (at < self.shown()).then(|| self.pass.matches.get(at).copied()).flatten()
    }

    /// Where the entry `seq` stands among those shown, oldest first; where it would stand, as an error.
    pub fn position(&self, seq: u64) -> Result<usize, usize> {
        let at = self.pass.matches.partition_point(|known| *known < seq);
        if self.pass.matches.get(at) == Some(&seq) && at < self.shown() {
            Ok(at)
        } else {
            Err(at.min(self.shown()))
        }
    }
}
