//! Error groups as they are shown, and counts of failed events: asked for once a second, not kept.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::log::{FailureLog, Occurrence, age_seconds};
use super::table::{Group, GroupId};
use crate::event::{EventId, EventType, HandlerName, TenantId, TenantLabels};
use crate::filter::Filter;
use crate::monitor::rates::{SPARK_BUCKETS, WINDOW_SECONDS};
use crate::monitor::{Monitor, Scope};

/// Which failed attempts count.
#[derive(Debug, Clone, Copy)]
pub struct FailureQuery<'a> {
    /// Within this tenant. Bus records have no channel.
    pub scope: &'a Scope,
    /// That pass this filter, each by itself.
    pub filter: &'a Filter,
    /// Of this handler alone.
    pub handler: Option<&'a str>,
}

impl FailureQuery<'_> {
    /// Whether `occurrence` counts.
    pub fn admits(&self, occurrence: &Occurrence, labels: &TenantLabels, now: DateTime<Utc>) -> bool {
        let attempt = &occurrence.record.attempt;
        self.handler.is_none_or(|handler| handler == attempt.handler.as_str())
            && (self.scope.tenant.is_none() || self.scope.tenant == attempt.tenant)
            && (self.filter.is_empty() || self.filter.matches(&occurrence.subject(labels), now))
    }

    /// Whether of what has left the log it can be told that it counts: only where everything of a handler counts.
    fn is_open(&self) -> bool {
        self.scope.tenant.is_none() && self.filter.is_empty()
    }

    /// The same for one group: of all others nobody can say whose they were.
    fn counts_dropped(&self, id: GroupId) -> bool {
        self.is_open() && (self.handler.is_none() || id != GroupId::OTHERS)
    }
}

/// Failed attempts that have handler, type and normalised message in common.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorGroup {
    /// Which group.
    pub id: GroupId,
    /// Whose; `None` for the one of all others.
    pub handler: Option<HandlerName>,
    /// At events of this type.
    pub event_type: Option<EventType>,
    /// What they say, without what differs; not safe to show.
    pub message: String,
    /// How many there were.
    pub count: u64,
    /// Of these, how many are still kept.
    pub kept: u64,
    /// How many tenants those that are kept hit.
    pub tenants: usize,
    /// Of these, the one that was hit most often; `None` where none is known.
    pub tenant: Option<TenantId>,
    /// When the first one happened.
    pub first: DateTime<Utc>,
    /// The number of the first one.
    pub first_seq: u64,
    /// When the newest one happened.
    pub last: DateTime<Utc>,
    /// Thirty buckets of ten seconds, oldest first.
    pub spark: Vec<u64>,
}

impl ErrorGroup {
    /// What to call it; not safe to show.
    pub fn title(&self) -> &str {
        match (&self.handler, self.message.as_str()) {
            (None, _) => "(others)",
            (Some(_), "") => "(no error text)",
            (Some(_), message) => message,
        }
    }
}

/// All groups, those with most first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ErrorGroups {
    /// The groups. That of all others, if there is one, comes last.
    pub groups: Vec<ErrorGroup>,
    /// All failed attempts that count: the sum over the groups.
    pub total: u64,
    /// Failed attempts that have left memory and of which nobody can say any more whether they count.
    pub forgotten: u64,
}

struct Sum<'a> {
    kept: u64,
    tenants: HashMap<Option<&'a TenantId>, u64>,
    last: DateTime<Utc>,
    first: &'a Occurrence,
    spark: [u64; SPARK_BUCKETS],
}

impl Monitor {
    /// The error groups. It walks over all failed attempts that are kept: ask once a second and keep the answer.
    pub fn error_groups(&self, query: &FailureQuery<'_>, now: DateTime<Utc>) -> ErrorGroups {
        let log = self.failures();
        let mut sums: HashMap<GroupId, Sum<'_>> = HashMap::new();
        for occurrence in log.all().filter(|occurrence| query.admits(occurrence, self.labels(), now)) {
            let at = occurrence.record.at;
            let sum = sums.entry(occurrence.group).or_insert_with(|| Sum {
                kept: 0,
                tenants: HashMap::new(),
                last: at,
                first: occurrence,
                spark: [0; SPARK_BUCKETS],
            });
            sum.kept += 1;
            sum.last = sum.last.max(at);
            *sum.tenants.entry(occurrence.record.attempt.tenant.as_ref()).or_default() += 1;
            let bucket = age_seconds(at, now) / (WINDOW_SECONDS / SPARK_BUCKETS);
            if let Some(bucket) = (SPARK_BUCKETS - 1).checked_sub(bucket) {
                sum.spark[bucket] += 1;
            }
        }
        // Where everything counts, so does what has left memory.
        let known = log.table.groups.iter().filter(|(id, group)| {
            sums.contains_key(id) || query.is_open() && group.dropped > 0 && group.is_of(query.handler)
        });
        let mut groups: Vec<_> =
            known.map(|(id, group)| shown(*id, group, sums.get(id), query.counts_dropped(*id))).collect();
        let others = |group: &ErrorGroup| group.handler.is_none();
        groups.sort_by(|a, b| {
            (others(a), b.count, b.last, &a.handler, &a.event_type, &a.message).cmp(&(
                others(b),
                a.count,
                a.last,
                &b.handler,
                &b.event_type,
                &b.message,
            ))
        });
        let others = log.table.groups.get(&GroupId::OTHERS).map_or(0, |group| group.dropped);
        let forgotten = match (query.is_open(), query.handler) {
            (true, None) => 0,
            (true, Some(_)) => others,
            (false, _) => log.counts().dropped,
        };
        ErrorGroups { total: groups.iter().map(|group| group.count).sum(), groups, forgotten }
    }

    /// The failed attempts of a group, the newest first, `most` at most.
    pub fn error_occurrences(
        &self,
        group: GroupId,
        query: &FailureQuery<'_>,
        most: usize,
        now: DateTime<Utc>,
    ) -> Vec<u64> {
        let is_of_it = |occurrence: &&Occurrence| {
            occurrence.group == group && query.admits(occurrence, self.labels(), now)
        };
        self.failures().all().rev().filter(is_of_it).take(most).map(|occurrence| occurrence.seq).collect()
    }
}

fn shown(id: GroupId, group: &Group, sum: Option<&Sum<'_>>, is_open: bool) -> ErrorGroup {
    let most = sum.and_then(|sum| {
        let known = sum.tenants.iter().filter_map(|(tenant, n)| Some(((*tenant)?, n)));
        known.max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
    });
    let kept = sum.map_or(0, |sum| sum.kept);
    let (first, first_seq) = match sum {
        Some(sum) if !is_open => (sum.first.record.at, sum.first.seq),
        _ => (group.first, group.first_seq),
    };
    ErrorGroup {
        id,
        handler: group.key.as_ref().map(|key| key.handler.clone()),
        event_type: group.key.as_ref().and_then(|key| key.event_type.clone()),
        message: group.key.as_ref().map(|key| key.message.clone()).unwrap_or_default(),
        count: kept + if is_open { group.dropped } else { 0 },
        kept,
        tenants: sum.map_or(0, |sum| sum.tenants.keys().flatten().count()),
        tenant: most.map(|(tenant, _)| tenant.clone()),
        first,
        first_seq,
        last: sum.map_or(group.last, |sum| sum.last),
        spark: sum.map_or_else(|| vec![0; SPARK_BUCKETS], |sum| sum.spark.to_vec()),
    }
}

impl FailureLog {
    /// Events with a failed attempt in the last five minutes, by type and tenant. What was never tried because it is
    /// invalid is not among them.
    pub(in crate::monitor) fn failed_events(
        &self,
        scope: &Scope,
        now: DateTime<Utc>,
    ) -> HashMap<(Option<&EventType>, Option<&TenantId>), u64> {
        let mut seen: HashSet<EventId> = HashSet::new();
        let mut failed = HashMap::new();
        for occurrence in self.all().rev() {
            let attempt = &occurrence.record.attempt;
            let is_in_scope = scope.tenant.is_none() || scope.tenant == attempt.tenant;
            if attempt.failure.is_none()
                || !is_in_scope
                || age_seconds(occurrence.record.at, now) >= WINDOW_SECONDS
                || attempt.event.is_some_and(|event| !seen.insert(event))
            {
                continue;
            }
            *failed.entry((attempt.event_type.as_ref(), attempt.tenant.as_ref())).or_default() += 1;
        }
        failed
    }
}
