//! What of the failed events passes a filter and a scope, in order and in groups.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::FailedList;
use super::list::{Kept, Place};
use super::payload::PayloadAt;
use crate::bus::FailedEvent;
use crate::event::{EventType, FailedState, TenantId, TenantLabels};
use crate::filter::Filter;

/// The order of events and groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailedSort {
    /// What failed last comes first.
    #[default]
    Newest,
    /// What failed first comes first: who has waited longest.
    Age,
    /// Large groups come first.
    Count,
}

impl FailedSort {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Age => "oldest",
            Self::Count => "count",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Newest => Self::Age,
            Self::Age => Self::Count,
            Self::Count => Self::Newest,
        }
    }
}

/// What a person wants to see.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedAsk {
    /// Only what passes it.
    pub filter: Filter,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// In this order.
    pub sort: FailedSort,
    /// Also what nobody has to act on: running, retried, discarded.
    pub all: bool,
}

/// What failed events of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupKey {
    /// Whose failure it is.
    pub handler: Option<Arc<str>>,
    /// Of which type.
    pub event_type: EventType,
    /// What happened, without what differs from one to the next; empty where errors are not recorded.
    pub message: Arc<str>,
    /// Whose event.
    pub tenant: Option<TenantId>,
}

/// Failed events that have handler, type, error and tenant in common.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedGroup {
    /// What they have in common.
    pub key: GroupKey,
    /// Where they stand among the rows, in the order of these.
    pub rows: Vec<u32>,
    /// When the newest one failed.
    pub newest: DateTime<Utc>,
    /// When the oldest one failed.
    pub oldest: DateTime<Utc>,
    /// How many are in each state, in the order of [`FailedState::ALL`].
    pub states: [u64; FailedState::ALL.len()],
}

impl FailedGroup {
    /// The most urgent state in it, and how many are in it.
    pub fn worst(&self) -> (FailedState, u64) {
        let states = FailedState::ALL.into_iter().map(|state| (state, self.states[state as usize]));
        states.into_iter().find(|(_, n)| *n > 0).unwrap_or((FailedState::Dead, 0))
    }
}

/// One failed event, and its group.
#[derive(Debug, Clone)]
pub struct FailedRow {
    /// The event.
    pub event: Arc<FailedEvent>,
    /// Its group's place in the list of groups.
    pub group: u32,
    payload: PayloadAt,
}

impl FailedRow {
    /// The event's payload, where its JSON is kept and has one. Nothing is read for that, however large it is.
    pub fn payload(&self) -> Option<&str> {
        self.payload.of(&self.event)
    }
}

/// A filter, a scope and an order laid over the list. It is brought up to date in slices, so that a pass over all of it
/// never holds up a key; what is shown stays until a pass is through.
#[derive(Debug, Default)]
pub struct FailedSift {
    ask: FailedAsk,
    pass: Option<Pass>,
    /// What was asked for is another than what is shown.
    is_asked: bool,
    rows: Vec<FailedRow>,
    groups: Vec<FailedGroup>,
    hidden: u64,
    unsearched: u64,
    /// Of the list that is shown.
    version: Option<u64>,
    began: Option<DateTime<Utc>>,
}

/// What has been looked at, newest first, and what of it passes.
#[derive(Debug)]
struct Pass {
    ask: FailedAsk,
    to: Option<Place>,
    version: u64,
    rows: Vec<FailedRow>,
    groups: Vec<FailedGroup>,
    known: HashMap<GroupKey, u32>,
    looked: u64,
    unsearched: u64,
}

/// While the list grows, it is not looked over more often than this.
const PAUSE: TimeDelta = TimeDelta::milliseconds(250);

impl FailedSift {
    /// Asks for something else.
    pub fn set(&mut self, ask: FailedAsk) {
        if ask != self.ask {
            self.ask = ask;
            (self.pass, self.is_asked) = (None, true);
        }
    }

    /// What is asked for.
    pub fn ask(&self) -> &FailedAsk {
        &self.ask
    }

    /// Whether [`FailedSift::advance`] has something to do.
    pub fn is_behind(&self, list: &FailedList, now: DateTime<Utc>) -> bool {
        self.pass.is_some()
            || self.is_asked
            || self.version != Some(list.version())
                && self.began.is_none_or(|began| now - began >= PAUSE || now < began)
    }

    /// Looks at everything again, where what passes changes with time.
    pub fn refresh(&mut self) {
        self.is_asked |= self.ask.filter.depends_on_time();
    }

    /// A reading came to its end: what it found is looked at without a pause.
    pub fn wake(&mut self) {
        self.began = None;
    }

    /// Looks at everything again now: something was removed, and a person looks at it.
    pub fn hurry(&mut self) {
        (self.pass, self.is_asked) = (None, true);
    }

    /// Looks at up to `budget` more events. Whether there is more to do.
    pub fn advance(
        &mut self,
        list: &FailedList,
        labels: &TenantLabels,
        now: DateTime<Utc>,
        budget: usize,
    ) -> bool {
        if !self.is_behind(list, now) {
            return false;
        }
        let mut pass = self.pass.take().unwrap_or_else(|| {
            // What comes first is shown at once.
            self.began = (!list.is_empty()).then_some(now);
            self.is_asked = false;
            Pass::new(self.ask.clone(), list.version())
        });
        if pass.advance(list, labels, now, budget) {
            self.pass = Some(pass);
            return true;
        }
        pass.sort();
        self.hidden = pass.looked - pass.rows.len() as u64;
        (self.rows, self.groups, self.unsearched) = (pass.rows, pass.groups, pass.unsearched);
        self.version = Some(pass.version);
        self.is_behind(list, now)
    }

    /// What passes, in order.
    pub fn rows(&self) -> &[FailedRow] {
        &self.rows
    }

    /// The groups of what passes, in order.
    pub fn groups(&self) -> &[FailedGroup] {
        &self.groups
    }

    /// The group that has this in common.
    pub fn group(&self, key: &GroupKey) -> Option<&FailedGroup> {
        self.groups.iter().find(|group| group.key == *key)
    }

    /// How many were looked at and do not pass.
    pub fn hidden(&self) -> u64 {
        self.hidden
    }

    /// Of how many the filter would have to look into the JSON, which is not kept.
    pub fn unsearched(&self) -> u64 {
        self.unsearched
    }

    /// Whether anything was looked at yet.
    pub fn is_ready(&self) -> bool {
        self.version.is_some()
    }
}

fn passes(kept: &Kept, filter: &Filter, (labels, now): (&TenantLabels, DateTime<Utc>)) -> bool {
    let event = &kept.event;
    event.subject_with(kept.payload.of(event), labels, |subject| filter.matches(subject, now))
}

impl Pass {
    fn new(ask: FailedAsk, version: u64) -> Self {
        Self {
            ask,
            to: None,
            version,
            rows: Vec::new(),
            groups: Vec::new(),
            known: HashMap::new(),
            looked: 0,
            unsearched: 0,
        }
    }

    /// Whether there is more to look at.
    fn advance(
        &mut self,
        list: &FailedList,
        labels: &TenantLabels,
        now: DateTime<Utc>,
        budget: usize,
    ) -> bool {
        let asks_for_text = self.ask.filter.asks_for_text();
        let mut looked = 0;
        for (place, kept) in list.older_than(self.to).take(budget) {
            looked += 1;
            self.to = Some(*place);
            let event = &kept.event;
            if !self.ask.all && !event.state.is_failed() {
                continue;
            }
            self.looked += 1;
            if self.ask.tenant.is_some() && self.ask.tenant != event.tenant {
                continue;
            }
            self.unsearched += u64::from(asks_for_text && event.text.is_none());
            let filter = &self.ask.filter;
            if filter.is_empty() || passes(kept, filter, (labels, now)) {
                self.put(kept);
            }
        }
        looked == budget
    }

    fn put(&mut self, kept: &Kept) {
        let event = &kept.event;
        let key = GroupKey {
            handler: event.handler.clone(),
            event_type: event.event_type.clone(),
            message: Arc::clone(&kept.message),
            tenant: event.tenant.clone(),
        };
        let at = event.failed_at().unwrap_or_default();
        let groups = &mut self.groups;
        let group = *self.known.entry(key).or_insert_with_key(|key| {
            let states = [0; FailedState::ALL.len()];
            groups.push(FailedGroup { key: key.clone(), rows: Vec::new(), newest: at, oldest: at, states });
            u32::try_from(groups.len() - 1).unwrap_or(u32::MAX)
        });
        let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.rows.push(FailedRow { event: Arc::clone(event), group, payload: kept.payload });
        let Some(group) = groups.get_mut(group as usize) else { return };
        group.rows.push(row);
        group.oldest = at;
        group.states[event.state as usize] += 1;
    }

    /// Puts rows and groups in order. Both come newest first.
    fn sort(&mut self) {
        let sort = self.ask.sort;
        if sort == FailedSort::Newest {
            return;
        }
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        match sort {
            FailedSort::Newest => {}
            FailedSort::Age => order.sort_by_key(|at| self.groups[*at].oldest),
            FailedSort::Count => order.sort_by_key(|at| Reverse(self.groups[*at].rows.len())),
        }
        let mut new_place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            new_place[*old] = u32::try_from(new).unwrap_or(u32::MAX);
        }
        let mut groups: Vec<Option<FailedGroup>> = self.groups.drain(..).map(Some).collect();
        self.groups = order.into_iter().filter_map(|at| groups[at].take()).collect();
        for row in &mut self.rows {
            row.group = new_place[row.group as usize];
        }
        match sort {
            FailedSort::Newest => {}
            FailedSort::Age => self.rows.reverse(),
            FailedSort::Count => self.rows.sort_by_key(|row| row.group),
        }
        for group in &mut self.groups {
            group.rows.clear();
        }
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(group) = self.groups.get_mut(row.group as usize) {
                group.rows.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
    }
}
