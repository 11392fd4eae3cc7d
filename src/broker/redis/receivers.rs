//! Who would receive an event: groups of its stream, handlers that make theirs with its first entry, and who listens to
//! its Pub/Sub channel.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::asker::Asker;
use super::beats;
use super::codec;
use super::group_replies::consumers;
use super::profile::Layout;
use super::question::Question;
use super::survey::{SurveyedGroup, read_groups};
use crate::bus::{BusError, Heartbeat, Receiver, Receivers, TypeSelection};
use crate::event::{EventType, StreamKey};

const DOING: &str = "looking who receives an event";
/// The most workers whose signs of life are read, those that were heard of last.
const WORKERS: usize = 5_000;
/// How many questions one pipeline asks.
const CHUNK: usize = 100;

/// The handlers of a native bus and who works for them.
pub(super) struct Crew {
    beats: HashMap<String, Heartbeat>,
    /// When each was registered, in ms of the server; `None` where that may not be read.
    registered: Option<HashMap<String, u64>>,
    forgotten: BTreeSet<String>,
    read_at_ms: u64,
}

/// A handler that takes a type and has no group on its stream.
pub(super) struct WithoutGroup {
    pub(super) name: String,
    pub(super) registered_ms: Option<u64>,
}

impl Crew {
    /// Reads it; `consumers` are looked for as well as those that said themselves that they are there.
    pub(super) async fn read(
        asker: &mut Asker,
        layout: &Layout,
        consumers: &[String],
    ) -> Result<Self, BusError> {
        let questions = [
            Question::time(),
            Question::all_of(&layout.handlers()),
            Question::all_of(&layout.forgotten()),
            Question::highest(&layout.workers(), WORKERS),
        ];
        let mut replies = Vec::with_capacity(questions.len());
        for reply in asker.ask_all(&questions, DOING).await? {
            replies.push(asker.granted(reply, DOING)?);
        }
        let mut replies = replies.into_iter();
        let mut next = || replies.next().flatten();
        let unreadable = |fault| asker.unreadable(fault, DOING);
        let read_at_ms = next().and_then(codec::clock_ms).unwrap_or(0);
        let registered = next().map(codec::pairs).transpose().map_err(unreadable)?;
        let forgotten = next().map(codec::pairs).transpose().map_err(unreadable)?.unwrap_or_default();
        let workers = next().map(codec::list).transpose().map_err(unreadable)?.unwrap_or_default();
        let mut names: BTreeSet<String> = consumers.iter().cloned().collect();
        names.extend(workers.iter().filter_map(codec::text).map(str::to_owned));
        let names: Vec<String> = names.into_iter().collect();
        Ok(Self {
            beats: beats::read(asker, layout, &names).await?,
            registered: registered.map(|pairs| {
                let read = |(name, at)| Some((codec::text(&name)?.to_owned(), codec::number(&at)?));
                pairs.into_iter().filter_map(read).collect()
            }),
            forgotten: forgotten
                .iter()
                .filter_map(|(name, _)| codec::text(name).map(str::to_owned))
                .collect(),
            read_at_ms,
        })
    }

    /// When it was read, by the server's clock; 0 where that is not known.
    pub(super) fn read_at_ms(&self) -> u64 {
        self.read_at_ms
    }

    /// Whether `name` is a handler of ours.
    fn is_registered(&self, name: &str) -> bool {
        self.registered.as_ref().is_some_and(|registered| registered.contains_key(name))
    }

    /// How many work for each handler that takes this type.
    fn working(&self, event_type: &EventType) -> BTreeMap<&str, u64> {
        let mut working = BTreeMap::new();
        for beat in self.beats.values() {
            if TypeSelection::new(&beat.types).admits(event_type) {
                *working.entry(beat.handler.as_str()).or_insert(0) += 1;
            }
        }
        working
    }

    /// The handlers that take this type, and have no group as far as `has_group` says.
    pub(super) fn without_group(
        &self,
        event_type: &EventType,
        has_group: impl Fn(&str) -> bool,
    ) -> Vec<WithoutGroup> {
        let known = |name: &str| self.registered.is_none() || self.is_registered(name);
        let names = self.working(event_type).into_keys();
        names
            .filter(|name| !has_group(name) && !self.forgotten.contains(*name) && known(name))
            .map(|name| WithoutGroup {
                name: name.to_owned(),
                registered_ms: self.registered.as_ref().and_then(|registered| registered.get(name)).copied(),
            })
            .collect()
    }
}

/// Who reads `stream`, which holds events of this type.
pub(super) async fn of_stream(
    asker: &mut Asker,
    layout: &Layout,
    lease: Duration,
    event_type: &EventType,
    stream: &StreamKey,
) -> Result<Receivers, BusError> {
    let reply = asker.ask(&Question::groups(stream), DOING).await?;
    // A stream that is not there yet has no groups.
    let groups = match asker.answered(reply, DOING)? {
        Some(groups) => read_groups(groups).map_err(|fault| asker.unreadable(fault, DOING))?,
        None => Vec::new(),
    };
    let questions = groups.iter().map(|group| (group, Question::consumers(stream, &group.name))).collect();
    let mut listed: Vec<(&SurveyedGroup, _)> = Vec::new();
    for (group, reply) in asker.ask_about(questions, CHUNK, DOING).await? {
        // Our own workers say themselves that they are there. Of others nothing else is known: a refusal is not "nobody".
        let reply = match layout {
            Layout::Native { .. } => asker.granted(reply, DOING)?,
            Layout::AlgaPsa { .. } => asker.answered(reply, DOING)?,
        };
        let consumers = reply.map(consumers).transpose();
        listed.push((group, consumers.map_err(|fault| asker.unreadable(fault, DOING))?.unwrap_or_default()));
    }
    let seen_lately = |consumers: &[crate::bus::ConsumerReport]| {
        consumers.iter().filter(|consumer| consumer.is_alive(lease)).count() as u64
    };
    let mut receivers: BTreeMap<String, u64> = BTreeMap::new();
    if let Layout::Native { .. } = layout {
        let names: Vec<String> =
            listed.iter().flat_map(|(_, list)| list.iter().map(|consumer| consumer.name.clone())).collect();
        let crew = Crew::read(asker, layout, &names).await?;
        let working = crew.working(event_type);
        for (group, mut consumers) in listed {
            let name = group.text();
            // Ours say themselves that they live; of others nothing is known but when they last asked for something.
            let alive = if crew.is_registered(&name) {
                working.get(name.as_str()).copied().unwrap_or(0)
            } else {
                for consumer in &mut consumers {
                    consumer.heartbeat = crew.beats.get(&consumer.name).cloned();
                }
                seen_lately(&consumers)
            };
            receivers.insert(name, alive);
        }
        for handler in crew.without_group(event_type, |name| receivers.contains_key(name)) {
            let alive = working.get(handler.name.as_str()).copied().unwrap_or(0);
            receivers.insert(handler.name, alive);
        }
    } else {
        receivers.extend(listed.iter().map(|(group, list)| (group.text(), seen_lately(list))));
    }
    let groups = receivers.into_iter().map(|(name, consumers)| Receiver { name, consumers }).collect();
    Ok(Receivers { groups, ..Receivers::default() })
}

/// Who listens to the Pub/Sub channel by its name, and how many patterns anybody listens to.
pub(super) async fn of_channel(asker: &mut Asker, channel: &str) -> Result<(u64, u64), BusError> {
    let questions = [Question::subscribers(channel), Question::patterns()];
    let mut replies = asker.ask_all(&questions, DOING).await?.into_iter();
    let (Some(subscribers), Some(patterns)) = (replies.next(), replies.next()) else { return Ok((0, 0)) };
    let (subscribers, patterns) = (asker.answered(subscribers, DOING)?, asker.answered(patterns, DOING)?);
    let subscribers = subscribers.map(codec::pairs).transpose();
    let subscribers = subscribers.map_err(|fault| asker.unreadable(fault, DOING))?.unwrap_or_default();
    let listening = subscribers.first().and_then(|(_, count)| codec::number(count)).unwrap_or(0);
    Ok((listening, patterns.as_ref().and_then(codec::number).unwrap_or(0)))
}
