//! What waits in the streams, group by group: how much is unread, how much is pending, and who is there to take it.

use std::time::Duration;

use redis::Value;

use super::seen::{Refusal, seen};
use crate::broker::redis::asker::{Asker, Reply, is_gone};
use crate::broker::redis::codec::{self, Malformed};
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::{Survey, Surveyed, SurveyedGroup};
use crate::broker::redis::unread;
use crate::bus::{BusError, Lag};
use crate::event::{EntryId, StreamKey};
use crate::text::display_safe;

/// How many questions one pipeline asks.
const CHUNK: usize = 100;
const DOING: &str = "looking at the groups";

/// Every group of every stream.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) groups: Vec<Group>,
    /// Why consumers are not known.
    pub(super) consumers_unseen: Option<Refusal>,
    /// Why it is not known which pending entry is the oldest.
    pub(super) pending_unseen: Option<Refusal>,
}

/// A group, with what matters of its stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) stream: StreamKey,
    pub(super) length: u64,
    pub(super) added: Option<u64>,
    pub(super) first: Option<EntryId>,
    pub(super) facts: SurveyedGroup,
    pub(super) lag: Lag,
    /// The oldest entry that was delivered and not acknowledged.
    pub(super) oldest_pending: Option<EntryId>,
    pub(super) consumers: Vec<Consumer>,
}

/// A consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Consumer {
    pub(super) pending: u64,
    /// How long it has asked for nothing.
    pub(super) idle: Duration,
}

impl Group {
    /// `GROUP on STREAM`, safe to show.
    pub(super) fn name(&self) -> String {
        format!("{} on {}", display_safe(&self.facts.text()), self.stream)
    }

    /// How much is unread; more than that where it was not counted to the end.
    pub(super) fn unread(&self) -> u64 {
        match self.lag {
            Lag::Exactly(lag) => lag,
            Lag::MoreThan(lag) => lag.saturating_add(1),
        }
    }
}

/// What a question was about.
#[derive(Clone, Copy)]
enum About {
    Consumers(usize),
    Pending(usize),
}

impl Waiting {
    /// Asks about the groups that have something to tell.
    pub(super) async fn ask(asker: &mut Asker, survey: &Survey) -> Result<Self, BusError> {
        let lags = unread::lags(asker, &survey.streams).await?;
        let groups = survey.streams.iter().zip(lags).flat_map(|(stream, lags)| {
            stream.groups.iter().zip(lags).map(|(facts, lag)| group(stream, facts, lag))
        });
        let mut waiting = Self { groups: groups.collect(), ..Self::default() };
        let mut questions = Vec::new();
        for (at, Group { stream, facts, .. }) in waiting.groups.iter().enumerate() {
            if facts.consumers > 0 {
                questions.push((About::Consumers(at), Question::consumers(stream, &facts.name)));
            }
            if facts.pending > 0 {
                questions.push((About::Pending(at), Question::pending(stream, &facts.name)));
            }
        }
        for chunk in questions.chunks(CHUNK) {
            let (subjects, batch): (Vec<_>, Vec<_>) = chunk.iter().cloned().unzip();
            for (subject, reply) in subjects.into_iter().zip(asker.ask_all(&batch, DOING).await?) {
                waiting.note(asker, subject, reply)?;
            }
        }
        Ok(waiting)
    }

    fn note(&mut self, asker: &Asker, about: About, reply: Reply) -> Result<(), BusError> {
        if reply.as_ref().is_err_and(is_gone) {
            return Ok(());
        }
        let unreadable = |fault| asker.unreadable(fault, DOING);
        match about {
            About::Consumers(at) => match seen(asker, reply, "XINFO CONSUMERS", DOING)? {
                Ok(reply) => self.groups[at].consumers = read_consumers(reply).map_err(unreadable)?,
                Err(refusal) => self.consumers_unseen = Some(refusal),
            },
            About::Pending(at) => match seen(asker, reply, "XPENDING", DOING)? {
                Ok(reply) => self.groups[at].oldest_pending = read_oldest(reply).map_err(unreadable)?,
                Err(refusal) => self.pending_unseen = Some(refusal),
            },
        }
        Ok(())
    }
}

fn group(stream: &Surveyed, facts: &SurveyedGroup, lag: Lag) -> Group {
    Group {
        stream: stream.source.key.clone(),
        length: stream.length,
        added: stream.added,
        first: stream.first,
        facts: facts.clone(),
        lag,
        oldest_pending: None,
        consumers: Vec::new(),
    }
}

fn read_consumers(reply: Value) -> Result<Vec<Consumer>, Malformed> {
    let read = |consumer| {
        let mut read = Consumer { pending: 0, idle: Duration::ZERO };
        for (name, value) in codec::pairs(consumer)? {
            match codec::text(&name) {
                Some("pending") => read.pending = codec::number(&value).unwrap_or(0),
                Some("idle") => read.idle = Duration::from_millis(codec::number(&value).unwrap_or(0)),
                _ => {}
            }
        }
        Ok(read)
    };
    codec::list(reply)?.into_iter().map(read).collect()
}

/// The reply of `XPENDING` in its short form: how many, the lowest id, the highest, and the consumers.
fn read_oldest(reply: Value) -> Result<Option<EntryId>, Malformed> {
    match codec::list(reply)?.get(1) {
        None | Some(Value::Nil) => Ok(None),
        Some(id) => codec::entry_id(id).map(Some),
    }
}

#[cfg(test)]
pub(super) mod example {
    use super::*;

    /// A group `g` on `event::A` that has read `last_delivered` of a stream that begins at `first`.
    pub(in super::super) fn group(length: u64, first: u64, last_delivered: u64, lag: u64) -> Group {
        Group {
            stream: StreamKey::new("event::A").unwrap(),
            length,
            added: None,
            first: (length > 0).then(|| EntryId::new(first, 0)),
            facts: SurveyedGroup {
                name: b"g".to_vec(),
                pending: 0,
                consumers: 0,
                last_delivered: EntryId::new(last_delivered, 0),
                read: None,
                lag: None,
            },
            lag: Lag::Exactly(lag),
            oldest_pending: None,
            consumers: Vec::new(),
        }
    }
}
