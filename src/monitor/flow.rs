//! The flow of events: rates by type and tenant, and the tenant × type matrix.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::rates::{Rates, SPARK_BUCKETS, Tally, WINDOW_SECONDS};
use super::ring::{Kept, Key, Ring};
use super::symbols::Symbol;
use super::{Monitor, Scope};
use crate::bus::ChannelScope;
use crate::event::{EventType, TenantId};

/// A current rate is the mean over this many whole seconds: short enough to follow, long enough not to flicker.
const RATE_SECONDS: usize = 5;

/// So many pairs of type and tenant are looked at beyond those of the window.
const MAX_KEPT: usize = 2_048;
/// What is counted together.
const OTHERS: &str = "(others)";
/// Rows and columns of the matrix: there are so many cells at most, whatever a bus makes up.
const MAX_MATRIX: (usize, usize) = (1_000, 200);

/// The last five minutes, within a scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flow {
    /// Events per second, oldest first; the last bucket is the running second.
    pub chart: Vec<u64>,
    /// Events per second now: the mean of the last five whole seconds.
    pub now_rate: f64,
    /// The most in one whole second.
    pub peak: u64,
    /// The mean over the window, or over the time since its first event.
    pub average: f64,
    /// Types, by rate; behind them those that were quiet in the window and are retained still.
    pub types: Vec<RateRow<EventType>>,
    /// Tenants, by rate; behind them those that were quiet in the window and are retained still.
    pub tenants: Vec<RateRow<TenantId>>,
    /// Events by tenant and type: of the window, and where that is empty, of all that is retained.
    pub matrix: Matrix,
}

/// One type or tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRow<T> {
    /// Which; `None` for entries that have none, and for what is counted together.
    pub key: Option<T>,
    /// What to show: the type, the tenant's label or short id, `(none)` or `(others)`. Safe to show.
    pub name: String,
    /// Events per second now.
    pub per_second: f64,
    /// Thirty buckets of ten seconds, oldest first.
    pub spark: Vec<u64>,
    /// Invalid entries of the window.
    pub invalid: u64,
    /// Events at which an attempt failed in the window; 0 also where that cannot be known, see
    /// [`FailureLog::is_read`](super::FailureLog::is_read).
    pub failed: u64,
    /// All entries of the window.
    pub total: u64,
    /// All entries that are retained.
    pub kept: u64,
    /// When the newest of those came.
    pub last: Option<DateTime<Utc>>,
}

impl<T> RateRow<T> {
    /// Whether nothing of it came in the window.
    pub fn is_quiet(&self) -> bool {
        self.total == 0
    }

    /// Whether it stands for many that are counted together.
    pub fn is_others(&self) -> bool {
        self.key.is_none() && self.name == OTHERS
    }
}

/// Tenants down, types across, in the order of the rows' totals.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    /// One for each row of `cells`.
    pub tenants: Vec<(Option<TenantId>, String)>,
    /// One for each column of `cells`.
    pub types: Vec<(Option<EventType>, String)>,
    /// Row by row.
    pub cells: Vec<Vec<MatrixCell>>,
    /// Nothing came in the window: these are all that is retained.
    pub of_kept: bool,
}

/// One tenant's events of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MatrixCell {
    /// All entries of the window.
    pub events: u64,
    /// Of these, invalid ones.
    pub invalid: u64,
    /// Events at which an attempt failed in the window.
    pub failed: u64,
}

impl Monitor {
    /// The flow within `scope`. It walks all buckets of the window: ask once a second and keep the answer.
    pub fn flow(&self, scope: &Scope, now: DateTime<Utc>) -> Flow {
        let (ring, labels) = (self.ring(), self.labels());
        let mut sums = Sums::default();
        let Some(wanted) = Wanted::of(scope, ring) else {
            return Flow { chart: vec![0; WINDOW_SECONDS], ..Flow::default() };
        };
        sums.add_all(self.rates(), &wanted, now);
        sums.add_kept(ring, &wanted);
        sums.add_failed(self, scope, now);
        let types = rows(&sums.types, |symbol| {
            let key = ring.types.value(symbol).cloned();
            let name = key.as_ref().map_or_else(|| placeholder(symbol), EventType::to_string);
            (key, name)
        });
        let tenants = rows(&sums.tenants, |symbol| {
            let key = ring.tenants.value(symbol).cloned();
            let name = key.as_ref().map_or_else(|| placeholder(symbol), |key| labels.show(key.as_str()));
            (key, name)
        });
        let matrix = sums.matrix(&types, &tenants);
        sums.into_flow(types, tenants, matrix)
    }
}

fn placeholder(symbol: Symbol) -> String {
    if symbol == Symbol::OTHERS { OTHERS } else { "(none)" }.to_owned()
}

/// A scope in symbols.
struct Wanted {
    tenant: Option<Symbol>,
    channel: Option<Symbol>,
}

impl Wanted {
    /// `None` when the scope names something that the window does not hold.
    fn of(scope: &Scope, ring: &Ring) -> Option<Self> {
        let tenant = match &scope.tenant {
            Some(tenant) => Some(ring.tenants.find(tenant)?),
            None => None,
        };
        let channel = match &scope.channel {
            // Entries without a channel belong to every scope, so an unknown channel still admits those.
            ChannelScope::Only(channel) => Some(ring.channels.find(channel).unwrap_or(Symbol::NONE)),
            ChannelScope::All => None,
        };
        Some(Self { tenant, channel })
    }

    fn admits(&self, key: Key) -> bool {
        self.tenant.is_none_or(|tenant| key.tenant == tenant)
            && self.channel.is_none_or(|channel| key.channel == channel || key.channel == Symbol::NONE)
    }
}

#[derive(Debug, Clone)]
struct Sum {
    recent: u64,
    spark: [u64; SPARK_BUCKETS],
    invalid: u64,
    failed: u64,
    total: u64,
    kept: Kept,
}

impl Default for Sum {
    fn default() -> Self {
        Self { recent: 0, spark: [0; SPARK_BUCKETS], invalid: 0, failed: 0, total: 0, kept: Kept::default() }
    }
}

impl Sum {
    fn add(&mut self, age: usize, tally: Tally) {
        let bucket = age / (WINDOW_SECONDS / SPARK_BUCKETS);
        if let Some(bucket) = (SPARK_BUCKETS - 1).checked_sub(bucket) {
            self.spark[bucket] += u64::from(tally.events);
        }
        if is_recent(age) {
            self.recent += u64::from(tally.events);
        }
        self.invalid += u64::from(tally.invalid);
        self.total += u64::from(tally.events);
    }

    fn keep(&mut self, kept: Kept) {
        self.kept.events += kept.events;
        self.kept.last_ms = self.kept.last_ms.max(kept.last_ms);
    }
}

/// The running second is not whole yet: it would make every rate dip.
fn is_recent(age: usize) -> bool {
    (1..=RATE_SECONDS).contains(&age)
}

fn per_second(recent: u64) -> f64 {
    recent as f64 / RATE_SECONDS as f64
}

#[derive(Default)]
struct Sums {
    chart: Vec<u64>,
    types: HashMap<Symbol, Sum>,
    tenants: HashMap<Symbol, Sum>,
    cells: HashMap<(Symbol, Symbol), MatrixCell>,
    of_kept: bool,
}

impl Sums {
    fn add_all(&mut self, rates: &Rates, wanted: &Wanted, now: DateTime<Utc>) {
        self.chart = vec![0; WINDOW_SECONDS];
        for (age, key, tally) in rates.tallies(now) {
            let Some(at) = (WINDOW_SECONDS - 1).checked_sub(age) else { continue };
            if !wanted.admits(key) {
                continue;
            }
            self.chart[at] += u64::from(tally.events);
            self.types.entry(key.event_type).or_default().add(age, tally);
            self.tenants.entry(key.tenant).or_default().add(age, tally);
            let cell = self.cells.entry((key.tenant, key.event_type)).or_default();
            cell.events += u64::from(tally.events);
            cell.invalid += u64::from(tally.invalid);
        }
    }

    /// Adds failed events to what is counted already: of a type or tenant that nothing is retained of there is no row.
    fn add_failed(&mut self, monitor: &Monitor, scope: &Scope, now: DateTime<Utc>) {
        let ring = monitor.ring();
        for ((event_type, tenant), failed) in monitor.failures().failed_events(scope, now) {
            let symbol = |found: Option<Symbol>, sums: &HashMap<Symbol, Sum>| {
                let found = found.filter(|found| sums.contains_key(found));
                found.or_else(|| sums.contains_key(&Symbol::OTHERS).then_some(Symbol::OTHERS))
            };
            let of_type = event_type.map_or(Some(Symbol::NONE), |name| ring.types.find(name));
            let of_tenant = tenant.map_or(Some(Symbol::NONE), |id| ring.tenants.find(id));
            let of_type = symbol(of_type, &self.types);
            let of_tenant = symbol(of_tenant, &self.tenants);
            if let Some(sum) = of_type.and_then(|symbol| self.types.get_mut(&symbol)) {
                sum.failed += failed;
            }
            if let Some(sum) = of_tenant.and_then(|symbol| self.tenants.get_mut(&symbol)) {
                sum.failed += failed;
            }
            if let (Some(of_type), Some(of_tenant)) = (of_type, of_tenant) {
                self.cells.entry((of_tenant, of_type)).or_default().failed += failed;
            }
        }
    }

    fn add_kept(&mut self, ring: &Ring, wanted: &Wanted) {
        self.of_kept = self.cells.is_empty();
        let mut all: Vec<_> = ring.kept().filter(|(key, _)| wanted.admits(*key)).collect();
        if self.tenants.contains_key(&Symbol::OTHERS) || self.types.contains_key(&Symbol::OTHERS) {
            // On a bus that makes up tenants one cannot tell who was quiet from who was counted with the others.
            all.retain(|(key, _)| {
                self.tenants.contains_key(&key.tenant) && self.types.contains_key(&key.event_type)
            });
        }
        if all.len() > MAX_KEPT {
            // The newest will do.
            all.select_nth_unstable_by_key(MAX_KEPT, |(key, kept)| (std::cmp::Reverse(kept.last_ms), *key));
            all.truncate(MAX_KEPT);
        }
        for (key, kept) in all {
            self.types.entry(key.event_type).or_default().keep(kept);
            self.tenants.entry(key.tenant).or_default().keep(kept);
            if self.of_kept {
                let cell = self.cells.entry((key.tenant, key.event_type)).or_default();
                cell.events += kept.events;
                cell.invalid += kept.invalid;
            }
        }
    }

    fn matrix(
        &self,
        types: &[(Symbol, RateRow<EventType>)],
        tenants: &[(Symbol, RateRow<TenantId>)],
    ) -> Matrix {
        let (mut types, mut tenants) = (by_total(types, self.of_kept), by_total(tenants, self.of_kept));
        tenants.truncate(MAX_MATRIX.0);
        types.truncate(MAX_MATRIX.1);
        let cells = tenants
            .iter()
            .map(|(tenant, _)| {
                types
                    .iter()
                    .map(|(event_type, _)| {
                        self.cells.get(&(*tenant, *event_type)).copied().unwrap_or_default()
                    })
                    .collect()
            })
            .collect();
        Matrix {
            tenants: tenants.iter().map(|(_, row)| (row.key.clone(), row.name.clone())).collect(),
            types: types.iter().map(|(_, row)| (row.key.clone(), row.name.clone())).collect(),
            cells,
            of_kept: self.of_kept,
        }
    }

    fn into_flow(
        self,
        types: Vec<(Symbol, RateRow<EventType>)>,
        tenants: Vec<(Symbol, RateRow<TenantId>)>,
        matrix: Matrix,
    ) -> Flow {
        let recent: u64 = self.chart.iter().rev().skip(1).take(RATE_SECONDS).sum();
        let whole = &self.chart[..WINDOW_SECONDS - 1];
        let since_first = whole.iter().position(|n| *n > 0).map_or(0, |at| whole.len() - at);
        let total: u64 = whole.iter().sum();
        Flow {
            now_rate: per_second(recent),
            peak: whole.iter().copied().max().unwrap_or(0),
            average: if since_first == 0 { 0.0 } else { total as f64 / since_first as f64 },
            types: types.into_iter().map(|(_, row)| row).collect(),
            tenants: tenants.into_iter().map(|(_, row)| row).collect(),
            matrix,
            chart: self.chart,
        }
    }
}

/// Rows by current rate, then by total, then by what is retained, then by name, and where two are called the same by what
/// they are: stable while nothing changes.
fn rows<T: Ord>(
    sums: &HashMap<Symbol, Sum>,
    name: impl Fn(Symbol) -> (Option<T>, String),
) -> Vec<(Symbol, RateRow<T>)> {
    let mut rows: Vec<_> = sums
        .iter()
        .map(|(symbol, sum)| {
            let (key, name) = name(*symbol);
            let row = RateRow {
                key,
                name,
                per_second: per_second(sum.recent),
                spark: sum.spark.to_vec(),
                invalid: sum.invalid,
                failed: sum.failed,
                total: sum.total,
                kept: sum.kept.events,
                last: i64::try_from(sum.kept.last_ms).ok().and_then(DateTime::from_timestamp_millis),
            };
            (*symbol, row)
        })
        .collect();
    rows.sort_by(|(_, a), (_, b)| {
        let rate = b.per_second.total_cmp(&a.per_second);
        rate.then(b.total.cmp(&a.total)).then(b.kept.cmp(&a.kept)).then_with(|| named(a).cmp(&named(b)))
    });
    rows
}

fn named<T>(row: &RateRow<T>) -> (&str, Option<&T>) {
    (&row.name, row.key.as_ref())
}

fn by_total<T: Ord>(rows: &[(Symbol, RateRow<T>)], of_kept: bool) -> Vec<&(Symbol, RateRow<T>)> {
    let mut sorted: Vec<_> = rows.iter().filter(|(_, row)| of_kept || !row.is_quiet()).collect();
    sorted.sort_by(|(_, a), (_, b)| {
        b.total.cmp(&a.total).then(b.kept.cmp(&a.kept)).then_with(|| named(a).cmp(&named(b)))
    });
    sorted
}
