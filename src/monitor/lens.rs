//! A filter and a scope, laid over the ring.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::shelves::Shelves;
use super::{FailureLog, Monitor, Order, Row, Scope};
use crate::filter::Filter;

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

/// What a pass asks of each entry.
struct Asked<'a> {
    filter: &'a Filter,
    scope: &'a Scope,
    order: Order,
    monitor: &'a Monitor,
    /// Failed attempts, where the filter asks for them.
    failures: Option<&'a FailureLog>,
    now: DateTime<Utc>,
}

impl Asked<'_> {
    fn matches(&self, row: &Row<'_>) -> bool {
        self.filter.is_empty()
            || self.filter.matches(&row.subject(self.monitor.labels(), self.failures), self.now)
    }
}

impl Pass {
    /// Behind all that `monitor` retains.
    fn starting(monitor: &Monitor, context: bool) -> Self {
        let seq = monitor.ring().end_seq();
        let hits = context.then(VecDeque::new);
        Self { low: seq, high: seq, listed: Shelves::default(), hits, failures: monitor.failures().end_seq() }
    }

    /// Forgets what the ring has dropped.
    fn drop_below(&mut self, first: u64) {
        self.listed.drop_below(first);
        if let Some(hits) = &mut self.hits {
            while hits.front().is_some_and(|seq| *seq < first) {
                hits.pop_front();
            }
        }
        self.low = self.low.max(first);
        self.high = self.high.max(first);
    }

    /// Looks at up to `budget` more entries: first those that arrived, then older ones. Returns what is left of it.
    fn advance(&mut self, asked: &Asked<'_>, mut budget: u64) -> u64 {
        let ring = asked.monitor.ring();
        self.drop_below(ring.first_seq());
        let up = (ring.end_seq() - self.high).min(budget);
        for row in ring.rows(self.high..self.high + up) {
            self.take(&row, asked, Shelves::push_newest, VecDeque::push_back);
        }
        self.high += up;
        budget -= up;
        let down = (self.low - ring.first_seq()).min(budget);
        for row in ring.rows(self.low - down..self.low).rev() {
            self.take(&row, asked, Shelves::push_oldest, VecDeque::push_front);
        }
        self.low -= down;
        budget - down
    }

    fn take(
        &mut self,
        row: &Row<'_>,
        asked: &Asked<'_>,
        list: fn(&mut Shelves, Option<String>, u64),
        hit: fn(&mut VecDeque<u64>, u64),
    ) {
        if !asked.scope.admits(row) {
            return;
        }
        let matches = asked.matches(row);
        if matches || self.hits.is_some() {
            list(&mut self.listed, asked.order.shelf_of(row, asked.monitor.labels()), row.seq());
        }
        if let Some(hits) = &mut self.hits
            && matches
        {
            hit(hits, row.seq());
        }
    }

    fn is_complete(&self, monitor: &Monitor) -> bool {
        self.high >= monitor.ring().end_seq() && self.low <= monitor.ring().first_seq()
    }
}

impl Lens {
    /// A lens over what `monitor` retains. Nothing has been looked at until [`Lens::advance`].
    pub fn new(filter: Filter, scope: Scope, monitor: &Monitor) -> Self {
        Self {
            filter,
            scope,
            order: Order::default(),
            context: false,
            pass: Pass::starting(monitor, false),
            refresh: None,
            frozen_at: None,
        }
    }

    /// The same freeze, another filter or scope.
    pub fn set(&mut self, filter: Filter, scope: Scope, monitor: &Monitor) {
        if filter != self.filter || scope != self.scope {
            (self.filter, self.scope) = (filter, scope);
            self.begin(monitor);
        }
    }

    /// Another order.
    pub fn set_order(&mut self, order: Order, monitor: &Monitor) {
        if order != self.order {
            self.order = order;
            self.begin(monitor);
        }
    }

    /// Lists also what does not match, or not.
    pub fn set_context(&mut self, context: bool, monitor: &Monitor) {
        if context != self.context {
            self.context = context;
            self.begin(monitor);
        }
    }

    fn begin(&mut self, monitor: &Monitor) {
        self.pass = Pass::starting(monitor, self.context);
        self.refresh = None;
    }

    /// Looks at up to `budget` more entries. True when there are more to look at: call it again before sleeping.
    pub fn advance(&mut self, monitor: &Monitor, now: DateTime<Utc>, budget: u64) -> bool {
        let (filter, scope, order) = (&self.filter, &self.scope, self.order);
        let failures = filter.asks_for_failures().then(|| monitor.failures());
        let asked = Asked { filter, scope, order, monitor, failures, now };
        let left = self.pass.advance(&asked, budget);
        if let Some(mut refresh) = self.refresh.take() {
            refresh.advance(&asked, left);
            if refresh.is_complete(monitor) {
                self.pass = refresh;
            } else {
                self.refresh = Some(refresh);
            }
        }
        self.refresh.is_some() || !self.pass.is_complete(monitor)
    }

    /// Starts to look at everything again, if the filter depends on the time, or asks for failed attempts and there are
    /// more of them. To be called as time passes; what is shown stays until the new pass is complete.
    pub fn refresh(&mut self, monitor: &Monitor) {
        let is_old = self.filter.depends_on_time()
            || self.filter.asks_for_failures() && self.pass.failures != monitor.failures().end_seq();
        if is_old && self.refresh.is_none() && self.pass.is_complete(monitor) {
            self.refresh = Some(Pass::starting(monitor, self.context));
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

    /// The order.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Whether what does not match is listed, too.
    pub fn has_context(&self) -> bool {
        self.context
    }

    /// Keeps what is shown: entries that arrive from now on are counted, not shown.
    pub fn freeze(&mut self, monitor: &Monitor) {
        self.frozen_at.get_or_insert(monitor.ring().end_seq());
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
    pub fn unseen(&self, monitor: &Monitor) -> u64 {
        monitor.ring().len().saturating_sub(self.pass.high - self.pass.low)
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
