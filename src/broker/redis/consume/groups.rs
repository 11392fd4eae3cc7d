//! The groups of one handler: on every stream of its types, and on its retry stream of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{Pipeline, RedisResult, Value};
use tokio::sync::Notify;

use super::forget;
use super::orphans;
use super::registration;
use super::upkeep::Upkeep;
use crate::broker::redis::discovery::Source;
use crate::broker::redis::facts::StreamFacts;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, Joining, StartAt, TypeSelection};
use crate::event::{EntryId, HandlerName, StreamKey};

const DOING: &str = "making consumer groups";

/// A stream that a handler reads: a type's, or its own retries of it.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The type's stream.
    pub(super) source: Source,
    /// Whether this is the retry stream.
    pub(super) is_retry: bool,
}

/// What is read, by key.
pub(super) type Readings = BTreeMap<StreamKey, Reading>;

/// The streams that a handler reads.
pub(super) struct Groups {
    pub(super) upkeep: Arc<Upkeep>,
    pub(super) handler: HandlerName,
    types: TypeSelection,
    start: StartAt,
    state: Mutex<State>,
    /// Other streams are read from now on.
    changed: Notify,
}

#[derive(Default)]
struct State {
    registered_ms: Option<u64>,
    readings: Arc<Readings>,
    /// The finding of streams that was followed last.
    followed: u64,
    /// The last entry of each stream that this worker was given.
    given: BTreeMap<StreamKey, EntryId>,
    /// Streams that went away while they were read: what comes there next is new from the beginning.
    gone: BTreeSet<StreamKey>,
    /// Why a stream that was found last is not read.
    refused: Option<BusError>,
}

/// Where a group begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// There, also where there was one before.
    At(EntryId),
    /// There, unless there was one before: where that was nobody knows.
    First(EntryId),
}

/// What came of making groups.
#[derive(Default)]
struct Made<'a> {
    /// Whose groups are there.
    sources: Vec<&'a Source>,
    /// Those whose groups cannot be made or looked at, and why.
    refused: Vec<(&'a Source, BusError)>,
}

impl Made<'_> {
    fn why(&self) -> Option<BusError> {
        self.refused.first().map(|(_, why)| why.clone())
    }
}

impl Groups {
    pub(super) fn new(upkeep: Arc<Upkeep>, joining: &Joining) -> Self {
        let (handler, types) = (joining.handler.clone(), joining.types.clone());
        Self { upkeep, handler, types, start: joining.start, state: Mutex::default(), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is read.
    pub(super) fn readings(&self) -> Arc<Readings> {
        Arc::clone(&self.state().readings)
    }

    /// Waits until others are read than these.
    pub(super) async fn others_than(&self, readings: &Arc<Readings>) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if !Arc::ptr_eq(&self.state().readings, readings) {
                return;
            }
            changed.await;
        }
    }

    /// Takes note of an entry that was given.
    pub(super) fn note_given(&self, stream: &StreamKey, id: EntryId) {
        let mut state = self.state();
        match state.given.get_mut(stream) {
            Some(last) => *last = id.max(*last),
            None => drop(state.given.insert(stream.clone(), id)),
        }
    }

    /// Registers the handler, or learns when it first was.
    async fn registered(&self) -> Result<u64, BusError> {
        if let Some(known) = self.state().registered_ms {
            return Ok(known);
        }
        let first = registration::register(&self.upkeep, &self.handler).await?;
        if self.start == StartAt::Beginning {
            registration::at_the_beginning(&self.upkeep, &self.handler).await?;
        }
        self.state().registered_ms = Some(first);
        Ok(first)
    }

    /// Makes groups on streams that were found since and have none of ours, and reads them from then on. One that refuses
    /// holds up no other, is tried again when streams are looked for again, and is what this says until then.
    pub(super) async fn follow(&self) -> Result<(), BusError> {
        let (number, pass) = self.upkeep.found();
        let (known, followed) = {
            let state = self.state();
            (Arc::clone(&state.readings), state.followed)
        };
        if number == followed {
            return self.state().refused.clone().map_or(Ok(()), Err);
        }
        let new: Vec<&Source> = pass
            .sources
            .values()
            .filter(|source| self.types.admits(&source.event_type) && !known.contains_key(&source.key))
            .collect();
        // Whoever was forgotten while it runs must not have groups again, which nobody would look after.
        if followed > 0 && !new.is_empty() && forget::is_forgotten(&self.upkeep, &self.handler).await? {
            return Ok(());
        }
        self.registered().await?;
        if new.is_empty() {
            let mut state = self.state();
            (state.followed, state.refused) = (number, None);
            return Ok(());
        }
        let (start, gone) = (self.start_id().await?, self.state().gone.clone());
        let from = |source: &Source| {
            if gone.contains(&source.key) { Start::At(EntryId::ZERO) } else { Start::First(start) }
        };
        let made = self.make(new.into_iter().map(|source| (source, from(source))).collect()).await?;
        if followed > 0 {
            registration::again(&self.upkeep, &self.handler, self.registered().await?).await?;
        }
        let mut state = self.state();
        // Not from what was known before: groups may have been mended meanwhile.
        let mut readings = Readings::clone(&state.readings);
        for source in &made.sources {
            state.gone.remove(&source.key);
            let reading = |is_retry| Reading { source: Source::clone(source), is_retry };
            readings.insert(source.key.clone(), reading(false));
            if let Some(retries) = Layout::retries(&source.key, &self.handler) {
                readings.insert(retries, reading(true));
            }
        }
        state.readings = Arc::new(readings);
        state.followed = number;
        state.refused = made.why();
        drop(state);
        self.changed.notify_waiters();
        made.why().map_or(Ok(()), Err)
    }

    /// Where a group begins that never was.
    async fn start_id(&self) -> Result<EntryId, BusError> {
        match self.start {
            StartAt::Beginning => Ok(EntryId::ZERO),
            // With the millisecond in which it registered: a group is given what comes behind its position, and an entry
            // may have the first id of that millisecond.
            StartAt::New => Ok(match self.registered().await?.checked_sub(1) {
                Some(before) => EntryId::new(before, u64::MAX),
                None => EntryId::ZERO,
            }),
        }
    }

    /// Makes groups that are gone again. On a stream that lost its data from the beginning, as all of it is new; on one
    /// that kept it, behind the last entry that we were given; if we were given none, where that is is for a person to say
    /// (`orphans`). Where a group is there still, nothing changes. What is
    /// no stream any more is not read until it is found again: a read of many streams fails with any one of them.
    pub(super) async fn mend(&self) -> Result<(), BusError> {
        if forget::is_forgotten(&self.upkeep, &self.handler).await? {
            return Err(BusError::Refused {
                what: format!(
                    "the handler '{}' was forgotten while it ran, and takes nothing more",
                    self.handler
                ),
                next: "Start its worker again to register it anew.".to_owned(),
            });
        }
        let readings = self.readings();
        let sources: Vec<&Source> =
            readings.values().filter(|reading| !reading.is_retry).map(|reading| &reading.source).collect();
        let mut questions = Pipeline::with_capacity(sources.len());
        for source in &sources {
            questions.cmd("XINFO").arg("STREAM").arg(source.key.as_str());
        }
        let facts = self.ask(&mut questions).await?;
        let start = self.start_id().await?;
        let given = self.state().given.clone();
        let there = sources.iter().zip(facts).filter(|(_, facts)| *facts != Value::Nil);
        let starts = there.map(|(source, facts)| {
            let last = StreamFacts::read(facts).map_or(EntryId::ZERO, |facts| facts.last_generated);
            let from = match given.get(&source.key) {
                Some(given) if *given <= last => Start::At(*given),
                Some(_) => Start::At(EntryId::ZERO),
                None => Start::First(start),
            };
            (*source, from)
        });
        let made = self.make(starts.collect()).await?;
        // After the groups: whoever finds it finds them as well.
        registration::again(&self.upkeep, &self.handler, self.registered().await?).await?;
        let there: BTreeSet<&StreamKey> = made.sources.iter().map(|source| &source.key).collect();
        let refused: BTreeSet<&StreamKey> = made.refused.iter().map(|(source, _)| &source.key).collect();
        let mut state = self.state();
        let mut readings = Readings::clone(&state.readings);
        readings.retain(|_, reading| !refused.contains(&reading.source.key));
        if !refused.is_empty() {
            state.refused = made.why();
        }
        let is_gone = |source: &&Source| !there.contains(&source.key) && !refused.contains(&source.key);
        for source in sources.into_iter().filter(is_gone) {
            tracing::warn!(stream = %source.key, handler = %self.handler, "no stream any more, and not read until it is");
            readings.retain(|_, reading| reading.source.key != source.key);
            state.given.remove(&source.key);
            state.gone.insert(source.key.clone());
        }
        state.readings = Arc::new(readings);
        Ok(())
    }

    /// Makes groups where there are none. One source that went away, whose key is something else, or that refuses, must not
    /// keep the others from being read.
    async fn make<'a>(&self, starts: Vec<(&'a Source, Start)>) -> Result<Made<'a>, BusError> {
        let mut made = Made::default();
        let first =
            |(source, start): &(&'a Source, Start)| matches!(start, Start::First(_)).then_some(*source);
        let first: Vec<_> = starts.iter().filter_map(first).collect();
        let orphans = orphans::orphans(&self.upkeep, &self.handler, &first).await?;
        let (orphans, starts): (Vec<_>, Vec<_>) =
            starts.into_iter().partition(|(source, _)| orphans.contains(&source.key));
        let starts: Vec<_> = starts
            .into_iter()
            .map(|(source, start)| match start {
                Start::At(id) | Start::First(id) => (source, id),
            })
            .collect();
        // That of the retries after that of the type, so that it says that there was one.
        for (source, answer) in self.create(&starts, |source| Some(source.key.clone())).await? {
            match answer {
                Ok(Value::Nil) => {}
                Ok(_) => made.sources.push(source),
                Err(why) => made.refused.push((source, why)),
            }
        }
        let begin: Vec<_> = made.sources.iter().map(|source| (*source, EntryId::ZERO)).collect();
        let retries = self.create(&begin, |source| Layout::retries(&source.key, &self.handler)).await?;
        for (source, answer) in retries {
            let why = match answer {
                Ok(Value::Nil) => None,
                Ok(_) => continue,
                Err(why) => Some(why),
            };
            made.sources.retain(|other| other.key != source.key);
            made.refused.extend(why.map(|why| (source, why)));
        }
        let mut made = self.there_already(made).await?;
        for (source, _) in orphans {
            let why = orphans::refusal(&self.handler, &source.key, self.upkeep.commands().target());
            tracing::warn!("{}", why.what());
            made.refused.push((source, why));
        }
        Ok(made)
    }

    /// Makes a group on that stream of each source, where it has one: what the server says to each.
    async fn create<'a>(
        &self,
        starts: &[(&'a Source, EntryId)],
        stream: impl Fn(&Source) -> Option<StreamKey>,
    ) -> Result<Vec<(&'a Source, Result<Value, BusError>)>, BusError> {
        let mut pipeline = Pipeline::new();
        let mut asked = Vec::with_capacity(starts.len());
        for (source, start) in starts {
            let Some(key) = stream(source) else { continue };
            let create = pipeline.cmd("XGROUP").arg("CREATE").arg(key.as_str()).arg(self.handler.as_str());
            create.arg(start.to_string());
            if key != source.key {
                create.arg("MKSTREAM");
            }
            asked.push((*source, key));
        }
        let answers = self.upkeep.commands().results(&mut pipeline, DOING).await?;
        let judged = asked.into_iter().zip(answers).map(|((source, key), answer)| {
            match self.judge(answer, &format!("making the consumer group of {key}")) {
                Err(why @ BusError::Unavailable { .. }) => Err(why),
                judged => Ok((source, judged)),
            }
        });
        judged.collect()
    }

    /// Takes those out of what was refused whose groups are there: a server without memory refuses to make any, also those
    /// that it has, and lets them be read.
    async fn there_already<'a>(&self, mut made: Made<'a>) -> Result<Made<'a>, BusError> {
        for (source, why) in std::mem::take(&mut made.refused) {
            let mut questions = redis::pipe();
            let retries = Layout::retries(&source.key, &self.handler);
            for stream in [Some(&source.key), retries.as_ref()].into_iter().flatten() {
                questions.cmd("XPENDING").arg(stream.as_str()).arg(self.handler.as_str());
            }
            let answers = self.upkeep.commands().results(&mut questions, DOING).await?;
            if answers.iter().all(Result::is_ok) {
                made.sources.push(source);
            } else {
                tracing::warn!(stream = %source.key, handler = %self.handler, "not read: {}", why.what());
                made.refused.push((source, why));
            }
        }
        Ok(made)
    }

    /// Sends commands; that a group is there already is no error, nor that its stream is not, or is something else: nil.
    async fn ask(&self, pipeline: &mut Pipeline) -> Result<Vec<Value>, BusError> {
        let answers = self.upkeep.commands().results(pipeline, DOING).await?;
        answers.into_iter().map(|answer| self.judge(answer, DOING)).collect()
    }

    fn judge(&self, answer: RedisResult<Value>, doing: &str) -> Result<Value, BusError> {
        match answer {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(Value::Okay),
            Err(error) if is_no_stream(&error) => Ok(Value::Nil),
            answer => answer.map_err(|error| self.upkeep.commands().refused(&error, doing)),
        }
    }
}

/// The stream is not there, or not any more, or the key is something else.
fn is_no_stream(error: &redis::RedisError) -> bool {
    error.code() == Some("WRONGTYPE")
        || error
            .detail()
            .is_some_and(|text| text.contains("requires the key to exist") || text.contains("no such key"))
}
