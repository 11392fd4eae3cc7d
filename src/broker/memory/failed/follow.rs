//! What became of retries by hand.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::kept::{Ending, Record};
use crate::broker::memory::Place;
use crate::broker::memory::bus::Bus;
use crate::broker::memory::state::State;
use crate::bus::{BusError, Claim, FailedAt, Followed, Follower, Retried};
use crate::event::{HandlerName, StreamKey};

/// So many are looked at while the bus is locked.
const AT_A_TIME: usize = 500;

/// Follows the retried events of one plan.
pub(super) struct Following {
    bus: Arc<Bus>,
    plan: String,
    /// What can still change, and what was last said of it.
    open: BTreeMap<FailedAt, (Retry, Option<Followed>)>,
}

/// A retry by hand.
struct Retry {
    source: Option<Claim>,
    to: Vec<Claim>,
}

impl Following {
    pub(super) fn new(bus: Arc<Bus>, plan: &str) -> Self {
        Self { bus, plan: plan.to_owned(), open: BTreeMap::new() }
    }
}

#[async_trait]
impl Follower for Following {
    fn add(&mut self, retried: &[Retried]) {
        for one in retried {
            let source = one.source.map(|id| Claim { stream: one.stream.clone(), id });
            let retry = Retry { source, to: one.to.clone() };
            self.open.entry(one.from.clone()).or_insert((retry, None));
        }
    }

    async fn look(&mut self) -> Result<Vec<(FailedAt, Followed)>, BusError> {
        let mut changed = Vec::new();
        let mut items: Vec<_> = self.open.iter_mut().collect();
        for some in items.chunks_mut(AT_A_TIME) {
            let state = self.bus.state();
            match state.reachable() {
                // What was seen before is told: it would not be told again.
                Err(_) if !changed.is_empty() => break,
                reached => reached?,
            }
            let mut glance = Glance::at(&state);
            for (from, (retry, known)) in some {
                let now = glance.followed(retry.source.as_ref(), &retry.to, &self.plan);
                // What has just been retried waits for its handler: nothing has changed.
                if now != known.unwrap_or(Followed::Pending) {
                    changed.push(((*from).clone(), now));
                }
                *known = Some(now);
            }
        }
        self.open.retain(|_, (_, known)| !known.is_some_and(Followed::is_final));
        Ok(changed)
    }
}

/// One look at the bus. What would take a search is laid out when it is first asked for.
pub(super) struct Glance<'a> {
    state: &'a State,
    /// What is due or with somebody, by handler.
    queued: HashMap<HandlerName, HashSet<&'a Claim>>,
    /// What is a dead letter or was put aside, by type.
    buried: HashMap<StreamKey, HashSet<(&'a HandlerName, &'a Claim)>>,
}

impl<'a> Glance<'a> {
    pub(super) fn at(state: &'a State) -> Self {
        Self { state, queued: HashMap::new(), buried: HashMap::new() }
    }

    /// What became of a retry that is recorded.
    pub(super) fn of(&mut self, record: &Record) -> Followed {
        self.followed(Some(&record.source), &record.to, &record.plan)
    }

    /// What became of the entries `to` of an event that was published at `source`: of several the least good counts.
    fn followed(&mut self, source: Option<&Claim>, to: &[Claim], plan: &str) -> Followed {
        let each = to.iter().map(|claim| match (Place::of_retries(&claim.stream), source) {
            (Some((handler, _)), Some(source)) => self.retry(&handler, source, claim, plan),
            // Without its origin nothing is known of a retry.
            (Some(_), None) => Followed::Lost,
            (None, _) => self.published(claim),
        });
        each.max().unwrap_or(Followed::Lost)
    }

    /// Of a retry that lay at `to` in its handler's retry stream.
    fn retry(&mut self, handler: &HandlerName, source: &Claim, to: &Claim, plan: &str) -> Followed {
        let outcomes = &self.state.failed.outcomes;
        let newest = outcomes.of(handler, source, to.id.ms).next();
        let own =
            outcomes.of(handler, source, to.id.ms).find(|outcome| outcome.plan.as_deref() == Some(plan));
        match own.map(|outcome| outcome.what) {
            Some(Ending::Done) => return Followed::Succeeded,
            Some(Ending::Dead) => return Followed::DeadAgain,
            Some(Ending::Retry) if self.is_tried_again(handler, source) => return Followed::Retrying,
            None if self.is_queued(handler, to) => return Followed::Pending,
            Some(Ending::Retry) | None => {}
        }
        // Another plan has taken it over, or it is gone.
        match newest.map(|outcome| outcome.what) {
            Some(Ending::Done) => Followed::Succeeded,
            Some(Ending::Dead) => Followed::DeadAgain,
            Some(Ending::Retry) if self.is_tried_again(handler, source) => Followed::Retrying,
            Some(Ending::Retry) | None => Followed::Lost,
        }
    }

    /// Of an entry of a type's stream: over all handlers that read it.
    fn published(&mut self, claim: &Claim) -> Followed {
        let state = self.state;
        let reading =
            state.handlers.iter().filter(|(_, registered)| registered.groups.contains_key(&claim.stream));
        let each = reading.map(|(handler, _)| self.first_try(handler, claim));
        // Where nobody reads it, nobody has tried it.
        each.max().unwrap_or(Followed::Pending)
    }

    /// Of an entry of a type's stream with one handler. A first try that goes well leaves no record: it was given, is
    /// pending no more, and nothing else became of it.
    fn first_try(&mut self, handler: &HandlerName, claim: &Claim) -> Followed {
        if let Some(outcome) = self.state.failed.outcomes.of(handler, claim, claim.id.ms).next() {
            match outcome.what {
                Ending::Done => return Followed::Succeeded,
                Ending::Dead => return Followed::DeadAgain,
                Ending::Retry => {}
            }
        }
        if self.is_tried_again(handler, claim) {
            return Followed::Retrying;
        }
        if self.is_buried(handler, claim) {
            return Followed::DeadAgain;
        }
        let group =
            self.state.handlers.get(handler).and_then(|registered| registered.groups.get(&claim.stream));
        let (Some(group), Some(stream)) = (group, self.state.streams.get(&claim.stream)) else {
            return Followed::Lost;
        };
        let number = stream.number_from(claim.id);
        let is_there = stream.get(number).is_some_and(|stored| stored.id == claim.id);
        if group.pending.contains_key(&claim.id) || (is_there && group.next <= number) {
            Followed::Pending
        } else if is_there {
            Followed::Succeeded
        } else {
            // Whether it was given before it was trimmed, nobody knows.
            Followed::Lost
        }
    }

    /// Whether the entry itself is due still, or with somebody.
    fn is_queued(&self, handler: &HandlerName, to: &Claim) -> bool {
        let retries = self.state.handlers.get(handler).map(|registered| &registered.retries);
        retries.is_some_and(|retries| retries.given.contains_key(&to.id) || retries.due(to.id).is_some())
    }

    /// Whether the event waits to be tried again, or is due.
    fn is_tried_again(&mut self, handler: &HandlerName, source: &Claim) -> bool {
        let state = self.state;
        let queued = self.queued.entry(handler.clone()).or_insert_with(|| {
            let retries = state.handlers.get(handler).map(|registered| &registered.retries);
            retries.into_iter().flat_map(|retries| retries.all().map(|retry| &retry.source)).collect()
        });
        queued.contains(source) || state.schedule.get(handler, source).is_some()
    }

    fn is_buried(&mut self, handler: &HandlerName, source: &Claim) -> bool {
        let state = self.state;
        let buried = self.buried.entry(source.stream.clone()).or_insert_with(|| {
            let letters = state.failed.letters.beside(&source.stream).map(|(_, letter)| letter);
            let aside = state.failed.discarded.beside(&source.stream).map(|(_, item)| &item.letter);
            letters.chain(aside).map(|letter| (&letter.handler, &letter.source)).collect()
        });
        buried.contains(&(handler, source))
    }
}
