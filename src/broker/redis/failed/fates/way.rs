//! The way of an event on a native bus: its group, what is pending, the schedule, the retry stream, what was recorded, dead
//! letters.
//!
//! **Why one look never takes an event that moves for one that is done.** An event leaves what is pending for the schedule
//! or the dead letters, the schedule for the retry stream, and dead letters, by hand, for the retry stream; all of that
//! without a word. It leaves the retry stream only in a step that records an outcome. Sources are asked in that order, and
//! records after them. So an event that a pass finds nowhere, without a new record, can only have been a dead letter that
//! was retried in the midst of it; from then on it lies in the retry stream until there is a record. Therefore the pass is
//! made once more, and only one that is found nowhere twice, with nothing recorded in between, has come to its end. One
//! that is too quick for some passes is said to be retrying, as it is.

use std::collections::HashMap;

use super::records::Lying;
use super::trace::Facts;
use super::{DOING, Look, Stages, Standing, latecomers, records, retry};
use crate::broker::redis::consume::body;
use crate::broker::redis::failed::records::{Outcome, cut};
use crate::broker::redis::failed::waiting;
use crate::broker::redis::group_replies::pending_entries;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, PendingEntry, Stage};
use crate::event::{EntryId, HandlerName, StreamKey};

/// So many passes are made for one that moves.
const PASSES: usize = 8;
/// What is said of one that is nowhere, though its last word was that it would be tried again.
const NOWHERE: &str = "it waits nowhere any more, and nothing says what became of its last attempt";

/// One that was given the event and has it no more.
pub(super) struct Open {
    pub(super) name: String,
    /// The handler and its retry stream, where the group is one's.
    pub(super) handler: Option<(HandlerName, StreamKey)>,
    /// As of the last pass.
    facts: Option<Facts>,
    /// Not all of its retry stream was gone through.
    pub(super) is_unseen: bool,
}

/// What became of it with each group that it is for.
pub(super) async fn stages(look: &mut Look<'_>, standing: Standing) -> Result<Stages, BusError> {
    let mut unproven = Vec::new();
    let mut stages = with_each(look, standing, &mut unproven).await?;
    for name in latecomers::among(look, &unproven).await? {
        stages.remove(&name);
    }
    Ok(stages)
}

/// What became of it with each group. Of those that are `unproven` only where their group stands tells that it was given.
async fn with_each(
    look: &mut Look<'_>,
    standing: Standing,
    unproven: &mut Vec<String>,
) -> Result<Stages, BusError> {
    let mut stages = Stages::new();
    let mut given = Vec::new();
    for group in &standing.groups {
        let name = group.text();
        if look.id <= group.last_delivered {
            look.trace.of(&name).was_given |= standing.is_there;
            given.push((name, group.name.clone()));
        } else {
            let stage = if standing.is_there { Stage::Waiting } else { Stage::Trimmed };
            look.trace.of(&name).was_seen = true;
            stages.insert(name, stage);
        }
    }
    let mut open = pending(look, given, &mut stages).await?;
    for _ in 0..PASSES {
        if open.is_empty() {
            return Ok(stages);
        }
        waiting(look, &mut open, &mut stages).await?;
        retry::look(look, &mut open, &mut stages).await?;
        if open.is_empty() {
            return Ok(stages);
        }
        records::read(look).await?;
        let letters = records::lying(look, &open).await?;
        judge(look, &mut open, &letters, &mut stages, unproven);
    }
    for Open { name, .. } in open {
        let known = look.trace.of(&name);
        let stage = match known.outcome {
            Some(told) => Stage::Retrying {
                attempt: if told.what == Outcome::Retry { told.attempt.saturating_add(1) } else { 1 },
                next_at: None,
                error: None,
            },
            // Its retry stream is so long that looking through it goes on with the next look.
            None => Stage::Waiting,
        };
        stages.insert(name, stage);
    }
    Ok(stages)
}

/// With whom it is, of those groups that were given it; answers those that have it no more.
async fn pending(
    look: &mut Look<'_>,
    given: Vec<(String, Vec<u8>)>,
    stages: &mut Stages,
) -> Result<Vec<Open>, BusError> {
    let questions: Vec<_> = given.iter().map(|(_, group)| is_pending(look.stream, group, look.id)).collect();
    let replies = look.asker.ask_all(&questions, DOING).await?;
    let mut open = Vec::new();
    for ((name, _), reply) in given.into_iter().zip(replies) {
        let stage = match look.pending_one(look.stream, false, reply)? {
            Some(entry) if entry.is_released => Stage::Waiting,
            Some(entry) => Stage::Running { consumer: entry.consumer, deliveries: entry.deliveries },
            None => {
                let handler = HandlerName::new(&name).ok();
                let handler = handler
                    .and_then(|handler| Layout::retries(look.stream, &handler).map(|key| (handler, key)));
                open.push(Open { name, handler, facts: None, is_unseen: false });
                continue;
            }
        };
        look.trace.of(&name).see();
        stages.insert(name, stage);
    }
    Ok(open)
}

/// Which of them wait in the schedule.
async fn waiting(look: &mut Look<'_>, open: &mut Vec<Open>, stages: &mut Stages) -> Result<(), BusError> {
    let handlers = || open.iter().filter_map(|open| open.handler.as_ref());
    let questions: Vec<_> =
        handlers().flat_map(|(handler, _)| waiting::one_is_asked(look.stream, handler, look.id)).collect();
    let mut replies = look.asker.ask_all(&questions, DOING).await?.into_iter();
    let mut found = HashMap::new();
    for (handler, _) in handlers() {
        // Without its body it has just moved on, or never will.
        if let Some((due, Some(fields))) = waiting::one_is_told(look.asker, &mut replies, handler, look.id)? {
            let (_, progress) = body::read(fields);
            found.insert(handler.as_str().to_owned(), retrying(&progress, Some(due.at)));
        }
    }
    settle(look, open, found, stages);
    Ok(())
}

/// Notes what was found of some of them.
pub(super) fn settle(
    look: &mut Look<'_>,
    open: &mut Vec<Open>,
    mut found: HashMap<String, Stage>,
    stages: &mut Stages,
) {
    open.retain(|Open { name, .. }| match found.remove(name) {
        Some(stage) => {
            look.trace.of(name).see();
            stages.insert(name.clone(), stage);
            false
        }
        None => true,
    });
}

/// What waits for its next try, or is due.
pub(super) fn retrying(progress: &body::Progress, next_at: Option<chrono::DateTime<chrono::Utc>>) -> Stage {
    let error = progress.history.last().and_then(|failure| failure.error.first());
    Stage::Retrying { attempt: progress.attempt, next_at, error: error.map(|error| cut(error).to_owned()) }
}

/// What is to be thought of those that were found nowhere. Those that may just have moved stay open.
fn judge(
    look: &mut Look<'_>,
    open: &mut Vec<Open>,
    lying: &Lying,
    stages: &mut Stages,
    unproven: &mut Vec<String>,
) {
    open.retain_mut(|open| {
        let known = look.trace.of(&open.name);
        let facts = known.facts();
        let is_settled = open.facts == Some(facts) && !open.is_unseen;
        open.facts = Some(facts);
        let given_up = |error: Option<&str>| Stage::Dead { reason: None, error: error.map(str::to_owned) };
        let stage = match (lying.letters.get(&open.name), known.outcome.map(|told| told.what)) {
            (Some(letter), _) => letter.clone(),
            (None, Some(Outcome::Done)) => Stage::Succeeded,
            _ if !is_settled => return true,
            (None, outcome) => match (lying.aside.get(&open.name), outcome) {
                (Some(aside), _) => aside.clone(),
                (None, Some(Outcome::Retry)) => given_up(Some(NOWHERE)),
                (None, Some(_)) => given_up(None),
                // It was one, and somebody removed it.
                (None, None) if known.letter.is_some() => given_up(None),
                (None, None) => {
                    if !known.was_seen {
                        unproven.push(open.name.clone());
                    }
                    if known.was_given { Stage::Succeeded } else { Stage::Trimmed }
                }
            },
        };
        stages.insert(open.name.clone(), stage);
        false
    });
}

/// Whether `id` is pending with a group of `key`.
pub(super) fn is_pending(key: &StreamKey, group: &[u8], id: EntryId) -> Question {
    Question::pending_between(key, group, (id.previous().unwrap_or(EntryId::ZERO), id), 1)
}

impl Look<'_> {
    /// What is said to [`is_pending`].
    pub(super) fn pending_one(
        &self,
        key: &StreamKey,
        is_retry: bool,
        reply: crate::broker::redis::asker::Reply,
    ) -> Result<Option<PendingEntry>, BusError> {
        let Some(reply) = self.asker.answered(reply, DOING)? else { return Ok(None) };
        let listed = pending_entries(key, is_retry, self.scope.lease, reply);
        Ok(listed.map_err(|fault| self.asker.unreadable(fault, DOING))?.into_iter().next())
    }
}
