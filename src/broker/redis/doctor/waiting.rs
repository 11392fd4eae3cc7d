//! What waits in the streams, group by group: how much is unread, how much is pending, and who is there to take it.

use std::time::Duration;

use redis::Value;

use super::seen::{Refusal, seen};
use crate::broker::redis::asker::{Asker, Reply, is_gone};
use crate::broker::redis::codec::{self, Malformed};
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::{Survey, Surveyed, SurveyedGroup};
use crate::broker::redis::unread;
use crate::bus::{BusError, ConsumerFacts, Lag};
use crate::event::{EntryId, StreamKey};

/// How many questions one pipeline asks.
const CHUNK: usize = 100;
const DOING: &str = "looking at the groups";

/// Every group of every stream.
#[derive(Debug, Default)]
pub(in crate::broker::redis) struct Waiting {
    /// In the order of their streams.
    pub(in crate::broker::redis) groups: Vec<Group>,
    /// Why consumers are not known.
    pub(in crate::broker::redis) consumers_unseen: Option<Refusal>,
    /// Why it is not known which pending entry is the oldest.
    pub(in crate::broker::redis) pending_unseen: Option<Refusal>,
}

/// A group of a stream.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::broker::redis) struct Group {
    pub(in crate::broker::redis) stream: StreamKey,
    pub(in crate::broker::redis) facts: SurveyedGroup,
    pub(in crate::broker::redis) lag: Lag,
    /// The oldest entry that was delivered and not acknowledged.
    pub(in crate::broker::redis) oldest_pending: Option<EntryId>,
    pub(in crate::broker::redis) consumers: Vec<ConsumerFacts>,
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
        facts: facts.clone(),
        lag,
        oldest_pending: None,
        consumers: Vec::new(),
    }
}

fn read_consumers(reply: Value) -> Result<Vec<ConsumerFacts>, Malformed> {
    let read = |consumer| {
        let mut read = ConsumerFacts { pending: 0, idle: Duration::ZERO };
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
