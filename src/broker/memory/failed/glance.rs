//! One look at what became of events: those that were retried by hand, and those that were published.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::kept::{Ending, Record};
use crate::broker::memory::bus::at;
use crate::broker::memory::group::{Pending, Retry};
use crate::broker::memory::state::State;
use crate::broker::memory::{DeadLetter, Place};
use crate::bus::{Claim, Followed, Stage};
use crate::event::{HandlerName, StreamKey};

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
    pub(super) fn followed(&mut self, source: Option<&Claim>, to: &[Claim], plan: &str) -> Followed {
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
        let each = reading.filter_map(|(handler, _)| self.first_try(handler, claim));
        // Where nobody reads it, nobody has tried it.
        each.max().unwrap_or(Followed::Pending)
    }

    /// Of an entry of a type's stream with one handler, if it is for that.
    fn first_try(&mut self, handler: &HandlerName, claim: &Claim) -> Option<Followed> {
        Some(match self.stage(handler, claim)? {
            Stage::Running { .. } if self.is_tried_again(handler, claim) => Followed::Retrying,
            Stage::Waiting | Stage::Running { .. } => Followed::Pending,
            Stage::Retrying { .. } => Followed::Retrying,
            Stage::Succeeded => Followed::Succeeded,
            Stage::Dead { .. } => Followed::DeadAgain,
            // Whether it was given before it was trimmed, nobody knows.
            Stage::Trimmed => Followed::Lost,
        })
    }

    /// How far the event that was published at `source` is with a handler that has a group on its stream. A first try that
    /// goes well leaves no record: it was given, is pending no more, and nothing else became of it. `None`: the group begins
    /// behind it, and the event was never for it.
    pub(super) fn stage(&mut self, handler: &HandlerName, source: &Claim) -> Option<Stage> {
        if self.is_tried_again(handler, source)
            && let Some(stage) = self.next_try(handler, source)
        {
            return Some(stage);
        }
        let group =
            self.state.handlers.get(handler).and_then(|registered| registered.groups.get(&source.stream));
        if let Some(pending) = group.and_then(|group| group.pending.get(&source.id)) {
            return Some(if pending.is_released() { Stage::Waiting } else { running(pending, 0) });
        }
        if let Some(outcome) = self.state.failed.outcomes.of(handler, source, source.id.ms).next() {
            match outcome.what {
                Ending::Done => return Some(Stage::Succeeded),
                Ending::Dead => return Some(self.dead(handler, source)),
                Ending::Retry => {}
            }
        }
        if self.is_buried(handler, source) {
            return Some(self.dead(handler, source));
        }
        if group.is_some_and(|group| source.id < group.begins) {
            return None;
        }
        let (Some(group), Some(stream)) = (group, self.state.streams.get(&source.stream)) else {
            return Some(Stage::Trimmed);
        };
        let number = stream.number_from(source.id);
        Some(match stream.get(number).is_some_and(|stored| stored.id == source.id) {
            true if group.next <= number => Stage::Waiting,
            true => Stage::Succeeded,
            false => Stage::Trimmed,
        })
    }

    /// How far it is with its next try: that waits, is due, or is with somebody.
    fn next_try(&self, handler: &HandlerName, source: &Claim) -> Option<Stage> {
        let waits = |due_ms, retry: &Retry| Stage::Retrying {
            attempt: retry.attempt,
            next_at: at(due_ms),
            error: retry.history.last().and_then(|failure| failure.error.first()).cloned(),
        };
        if let Some((due_ms, retry)) = self.state.schedule.get(handler, source) {
            return Some(waits(due_ms, retry));
        }
        let retries = &self.state.handlers.get(handler)?.retries;
        let own = |retry: &Retry| retry.source == *source;
        if let Some((id, (pending, retry))) = retries.given.iter().find(|(_, (_, retry))| own(retry)) {
            return Some(if pending.is_released() {
                waits(id.ms, retry)
            } else {
                running(pending, retry.crashes)
            });
        }
        let (id, retry) = retries.waiting.iter().find(|(_, retry)| own(retry))?;
        Some(waits(id.ms, retry))
    }

    /// Why it was given up, as its newest dead letter says, also where that was put aside.
    fn dead(&self, handler: &HandlerName, source: &Claim) -> Stage {
        let own = |letter: &&Arc<DeadLetter>| letter.handler == *handler && letter.source == *source;
        let letters = self.state.failed.letters.beside(&source.stream).map(|(_, letter)| letter);
        let aside = self.state.failed.discarded.beside(&source.stream).map(|(_, item)| &item.letter);
        let letter = letters.rev().find(own).or_else(|| aside.rev().find(own));
        Stage::Dead {
            reason: letter.and_then(|letter| letter.reason),
            error: letter.and_then(|letter| letter.error.first()).cloned(),
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

/// With whom it is; `crashes` were before it was given here.
fn running(pending: &Pending, crashes: u32) -> Stage {
    Stage::Running {
        consumer: pending.consumer.to_string(),
        deliveries: u64::from(pending.crashes.saturating_sub(crashes)) + 1,
    }
}
