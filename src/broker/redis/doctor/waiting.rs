//! What waits in the streams, group by group: how much is unread, how much is pending, and who is there to take it.

use std::time::Duration;

use tokio::time::Instant;

use super::roll::Roll;
use super::seen::{Refusal, seen};
use crate::broker::redis::asker::{Asker, Reply, is_gone};
use crate::broker::redis::group_replies::{consumers, pending_entries};
use crate::broker::redis::handlers::PENDING;
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::{Survey, Surveyed, SurveyedGroup};
use crate::broker::redis::unread;
use crate::bus::{BusError, ConsumerReport, Lag, PendingEntry};
use crate::event::StreamKey;

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
    /// What was delivered and not acknowledged: the oldest of it, from the lowest id on.
    pub(in crate::broker::redis) pending: Vec<PendingEntry>,
    pub(in crate::broker::redis) consumers: Vec<ConsumerReport>,
}

/// What a question was about.
#[derive(Clone, Copy)]
enum About {
    Consumers(usize),
    Pending(usize),
}

impl Waiting {
    /// Asks about the groups that have something to tell; of who is in them `roll` knows what need not be asked. `lease`: that
    /// of consumers that say no other.
    pub(super) async fn ask(
        asker: &mut Asker,
        survey: &Survey,
        roll: &mut Roll,
        lease: Duration,
    ) -> Result<Self, BusError> {
        let lags = unread::lags(asker, &survey.streams).await?;
        let groups = survey.streams.iter().zip(lags).flat_map(|(stream, lags)| {
            stream.groups.iter().zip(lags).map(|(facts, lag)| group(stream, facts, lag))
        });
        let mut waiting = Self { groups: groups.collect(), ..Self::default() };
        let now = Instant::now();
        let due = roll.due(&waiting.groups, now);
        let who = |at: &usize| {
            let Group { stream, facts, .. } = &waiting.groups[*at];
            (About::Consumers(*at), Question::consumers(stream, &facts.name))
        };
        let mut questions: Vec<_> = due.iter().map(who).collect();
        for (at, Group { stream, facts, .. }) in waiting.groups.iter().enumerate() {
            if facts.pending > 0 {
                questions.push((About::Pending(at), Question::pending_page(stream, &facts.name, PENDING)));
            }
        }
        for chunk in questions.chunks(CHUNK) {
            let (subjects, batch): (Vec<_>, Vec<_>) = chunk.iter().cloned().unzip();
            for (subject, reply) in subjects.into_iter().zip(asker.ask_all(&batch, DOING).await?) {
                waiting.note(asker, subject, reply, lease)?;
            }
        }
        if waiting.consumers_unseen.is_some() {
            // What was refused is no answer to be remembered.
            return Ok(waiting);
        }
        for at in due {
            let group = &mut waiting.groups[at];
            let consumers = std::mem::take(&mut group.consumers);
            roll.note(group, consumers, now);
        }
        for group in &mut waiting.groups {
            group.consumers = roll.consumers(group, now);
        }
        Ok(waiting)
    }

    fn note(&mut self, asker: &Asker, about: About, reply: Reply, lease: Duration) -> Result<(), BusError> {
        if reply.as_ref().is_err_and(is_gone) {
            return Ok(());
        }
        let unreadable = |fault| asker.unreadable(fault, DOING);
        match about {
            About::Consumers(at) => match seen(asker, reply, "XINFO CONSUMERS", DOING)? {
                Ok(reply) => self.groups[at].consumers = consumers(reply).map_err(unreadable)?,
                Err(refusal) => self.consumers_unseen = Some(refusal),
            },
            About::Pending(at) => match seen(asker, reply, "XPENDING", DOING)? {
                Ok(reply) => {
                    let group = &mut self.groups[at];
                    group.pending =
                        pending_entries(&group.stream, false, lease, reply).map_err(unreadable)?;
                }
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
        pending: Vec::new(),
        consumers: Vec::new(),
    }
}
