//! A filter and a scope, laid over the ring.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::judge::Judge;
use super::ring::Run;
use super::shelves::{self, Shelves};
use super::{FailureLog, Monitor, Order, Ring, Scope};
use crate::event::TenantLabels;
use crate::filter::Filter;

/// So many bytes of text that are looked into count as one more entry.
const BYTES_OF_ONE: usize = 512;

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
/// once, and with each entry that arrives. With context, those that do not match are listed, too.
#[derive(Debug)]
pub struct Lens {
    filter: Filter,
    scope: Scope,
    order: Order,
    context: bool,
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
    listed: Shelves,
    /// Those that match, in the order of arrival, where others are listed, too.
    hits: Option<VecDeque<u64>>,
    /// How many failed attempts were known when it began.
    failures: u64,
}

impl Pass {
    /// Behind all that is retained.
    fn starting(over: Retained<'_>, context: bool) -> Self {
        let seq = over.ring.end_seq();
        let hits = context.then(VecDeque::new);
        Self { low: seq, high: seq, listed: Shelves::default(), hits, failures: over.failures.end_seq() }
    }

    /// Forgets what the ring has dropped, at either end.
    fn clip(&mut self, ring: &Ring) {
        let (first, end) = (ring.first_seq(), ring.end_seq());
        self.listed.clip(first, end);
        if let Some(hits) = &mut self.hits {
            shelves::clip(hits, first, end);
        }
        self.low = self.low.clamp(first, end);
        self.high = self.high.clamp(first, end);
    }

    /// Looks at up to `budget` more entries: first those that arrived, then older ones. Returns what is left of it.
    fn advance(&mut self, ring: &Ring, mut budget: u64, judge: &mut Judge<'_>) -> u64 {
        self.clip(ring);
        for run in ring.runs(self.high..ring.end_seq()) {
            for at in 0..run.len() {
                if budget == 0 {
                    return 0;
                }
                self.take(&run, at, judge, Shelves::push_newest, VecDeque::push_back);
                self.high += 1;
                budget = budget.saturating_sub(judge.price());
            }
        }
        for run in ring.runs(ring.first_seq()..self.low).rev() {
            for at in (0..run.len()).rev() {
                if budget == 0 {
                    return 0;
                }
                self.take(&run, at, judge, Shelves::push_oldest, VecDeque::push_front);
                self.low -= 1;
                budget = budget.saturating_sub(judge.price());
            }
        }
        budget
    }

    /// Takes in the entry number `at` of `run`.
    #[inline]
    fn take(
        &mut self,
        run: &Run<'_>,
        at: usize,
        judge: &mut Judge<'_>,
        list: impl Fn(&mut Shelves, Option<String>, u64),
        hit: impl Fn(&mut VecDeque<u64>, u64),
    ) {
        let Some(matches) = judge.matches(run, at) else { return };
        if !matches && self.hits.is_none() {
            return;
        }
        let seq = run.first_seq() + at as u64;
        list(&mut self.listed, judge.shelf_of(run, at), seq);
        if let Some(hits) = &mut self.hits
            && matches
        {
            hit(hits, seq);
        }
    }

    fn is_complete(&self, ring: &Ring) -> bool {
        self.high >= ring.end_seq() && self.low <= ring.first_seq()
    }
}

impl Lens {
    /// A lens over what is retained. Nothing has been looked at until [`Lens::advance`].
    pub fn new<'a>(filter: Filter, scope: Scope, over: impl Into<Retained<'a>>) -> Self {
        Self {
            filter,
            scope,
            order: Order::default(),
            context: false,
            pass: Pass::starting(over.into(), false),
            refresh: None,
            frozen_at: None,
        }
    }

    /// The same freeze, another filter or scope.
    pub fn set<'a>(&mut self, filter: Filter, scope: Scope, over: impl Into<Retained<'a>>) {
        if filter != self.filter || scope != self.scope {
            (self.filter, self.scope) = (filter, scope);
            self.begin(over.into());
        }
    }

    /// Another order.
    pub fn set_order<'a>(&mut self, order: Order, over: impl Into<Retained<'a>>) {
        if order != self.order {
            self.order = order;
            self.begin(over.into());
        }
    }

    /// Lists also what does not match, or not.
    pub fn set_context<'a>(&mut self, context: bool, over: impl Into<Retained<'a>>) {
        if context != self.context {
            self.context = context;
            self.begin(over.into());
        }
    }

    fn begin(&mut self, over: Retained<'_>) {
        self.pass = Pass::starting(over, self.context);
        self.refresh = None;
    }

    /// Looks at up to `budget` more entries; one with a long text that is looked into counts as several ([`Lens::price`]), so that
    /// the budget bounds the time. True when there are more to look at: call it again before sleeping.
    pub fn advance<'a>(&mut self, over: impl Into<Retained<'a>>, now: DateTime<Utc>, budget: u64) -> bool {
        let over = over.into();
        let ring = over.ring;
        let mut judge = Judge::new((&self.filter, &self.scope, self.order), over, now);
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
            self.refresh = Some(Pass::starting(over, self.context));
        }
    }

    /// As how many an entry counts that has so many bytes of text, when they are looked into.
    pub fn price(bytes: usize) -> u64 {
        1 + (bytes / BYTES_OF_ONE) as u64
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The scope.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The order.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Whether what does not match is listed, too.
    pub fn has_context(&self) -> bool {
        self.context
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

    /// Entries from this number on are not shown.
    fn end(&self) -> u64 {
        self.frozen_at.unwrap_or(u64::MAX)
    }

    /// How many entries are shown.
    pub fn shown(&self) -> usize {
        self.pass.listed.len_below(self.end())
    }

    /// How many of them match; with context, others are shown, too.
    pub fn matching(&self) -> usize {
        match &self.pass.hits {
            Some(hits) => hits.partition_point(|seq| *seq < self.end()),
            None => self.shown(),
        }
    }

    /// Whether a listed entry matches.
    pub fn is_hit(&self, seq: u64) -> bool {
        self.pass.hits.as_ref().is_none_or(|hits| hits.binary_search(&seq).is_ok())
    }

    /// How many entries arrived since it was frozen that would be shown.
    pub fn new_since(&self) -> usize {
        self.pass.listed.len() - self.shown()
    }

    /// How many retained entries have been looked at and are not listed.
    pub fn hidden(&self) -> u64 {
        (self.pass.high - self.pass.low).saturating_sub(self.pass.listed.len() as u64)
    }

    /// How many retained entries have not been looked at yet.
    pub fn unseen<'a>(&self, over: impl Into<Retained<'a>>) -> u64 {
        over.into().ring.len().saturating_sub(self.pass.high - self.pass.low)
    }

    /// The entry in row `row`.
    pub fn in_row(&self, row: usize) -> Option<u64> {
        self.pass.listed.in_row(row, self.end())
    }

    /// The entries that are shown, from the first row on.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.pass.listed.rows(self.end())
    }

    /// The row of the entry `seq`; of one that is not shown a row near to it, as an error.
    pub fn row_of(&self, seq: u64) -> Result<usize, usize> {
        let listed = &self.pass.listed;
        listed.row_of(seq, self.end()).ok_or_else(|| listed.near(seq, self.end()))
    }

    /// The number of the `at`-th entry that is shown, counted from the last row: in the order of time, the oldest first.
    pub fn seq_at(&self, at: usize) -> Option<u64> {
        self.in_row(self.shown().checked_sub(at + 1)?)
    }

    /// Where the entry `seq` stands among those shown, counted from the last row; where it would stand, as an error.
    pub fn position(&self, seq: u64) -> Result<usize, usize> {
        let shown = self.shown();
        match self.row_of(seq) {
            Ok(row) => Ok(shown.saturating_sub(row + 1)),
            Err(row) => Err(shown.saturating_sub(row)),
        }
    }
}
