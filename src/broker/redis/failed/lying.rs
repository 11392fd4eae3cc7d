//! What lies where: for every type's stream how much of each source there is, in one pass over the bus.

use std::collections::{BTreeMap, BTreeSet};

use redis::Value;

use super::pager::permitted;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::discovery::{Companions, Source};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::{SurveyedGroup, read_groups};
use crate::bus::{BusError, Counted, Denied, FailedSource};
use crate::event::{HandlerName, StreamKey};

/// How many questions one pipeline asks. Their answers are small.
const CHUNK: usize = 200;
const DOING: &str = "looking for failed events";

/// What lies with a type's stream.
#[derive(Debug)]
pub(super) struct Lying {
    pub(super) source: Source,
    pub(super) groups: Vec<SurveyedGroup>,
    pub(super) retries: Vec<Retries>,
    pub(super) waiting: u64,
    pub(super) dead: u64,
    pub(super) discarded: u64,
    pub(super) retried: u64,
    /// How many entries the type's stream itself has, where that is asked for.
    pub(super) entries: u64,
}

/// A handler's retry stream of a type.
#[derive(Debug)]
pub(super) struct Retries {
    pub(super) key: StreamKey,
    pub(super) handler: HandlerName,
    pub(super) groups: Vec<SurveyedGroup>,
    /// `None` where that may not be asked.
    pub(super) length: Option<u64>,
}

impl Retries {
    /// How many were given to nobody: what is finished does not stay there.
    pub(super) fn due(&self) -> u64 {
        let pending = self.groups.iter().map(|group| group.pending).sum();
        self.length.unwrap_or(0).saturating_sub(pending)
    }
}

/// What one pass found.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) lying: Vec<Lying>,
    /// What could not be looked at, and of which source.
    denied: Vec<(FailedSource, Denied)>,
}

/// What a question is about: which stream, and what beside it.
#[derive(Clone, Copy)]
enum About {
    Groups,
    Waiting,
    Dead,
    Discarded,
    Retried,
    Entries,
    RetryGroups(usize),
    RetryLength(usize),
}

impl About {
    fn source(self) -> FailedSource {
        match self {
            Self::Groups | Self::RetryGroups(_) => FailedSource::Pending,
            Self::Waiting | Self::RetryLength(_) => FailedSource::Waiting,
            Self::Dead => FailedSource::DeadLetters,
            Self::Discarded => FailedSource::Discarded,
            Self::Retried => FailedSource::Retried,
            Self::Entries => FailedSource::Invalid,
        }
    }
}

impl Look {
    /// Looks for what `sources` need.
    pub(super) async fn take(
        asker: &mut Asker,
        layout: &Layout,
        sources: &BTreeSet<FailedSource>,
    ) -> Result<Self, BusError> {
        let pass = asker.discover(layout).await?;
        let blank = |source| Lying {
            source,
            groups: Vec::new(),
            retries: Vec::new(),
            waiting: 0,
            dead: 0,
            discarded: 0,
            retried: 0,
            entries: 0,
        };
        let mut all: BTreeMap<StreamKey, Lying> =
            pass.sources.into_iter().map(|(key, source)| (key, blank(source))).collect();
        for (key, Companions { source, retries }) in pass.beside {
            let streams = retries.into_iter().filter_map(|handler| {
                let key = Layout::retries(&key, &handler)?;
                Some(Retries { key, handler, groups: Vec::new(), length: None })
            });
            all.entry(key.clone()).or_insert_with(|| blank(source)).retries = streams.collect();
        }
        let mut look = Self { lying: all.into_values().collect(), denied: Vec::new() };
        look.ask(asker, layout, sources).await?;
        Ok(look)
    }

    async fn ask(
        &mut self,
        asker: &mut Asker,
        layout: &Layout,
        sources: &BTreeSet<FailedSource>,
    ) -> Result<(), BusError> {
        let wants = |source| sources.contains(&source);
        let schedules = wants(FailedSource::Waiting);
        let mut questions: Vec<((usize, About, String), Question)> = Vec::new();
        for (at, lying) in self.lying.iter().enumerate() {
            let stream = &lying.source.key;
            let mut length = |about: About, key: String| {
                let is_of_retries = matches!(about, About::RetryLength(_));
                if wants(about.source()) || is_of_retries && wants(FailedSource::Pending) {
                    let question = Question::length(&key);
                    questions.push(((at, about, key), question));
                }
            };
            length(About::Dead, Layout::dead_letters(stream));
            length(About::Discarded, layout.discarded(stream));
            length(About::Retried, layout.retried(stream));
            // Handlers of a native bus make dead letters of what is no event.
            if matches!(layout, Layout::AlgaPsa { .. }) {
                length(About::Entries, stream.as_str().to_owned());
            }
            for (retries, Retries { key, .. }) in lying.retries.iter().enumerate() {
                length(About::RetryLength(retries), key.as_str().to_owned());
            }
            if wants(FailedSource::Pending) {
                questions.push(((at, About::Groups, stream.as_str().to_owned()), Question::groups(stream)));
            }
            if schedules && matches!(layout, Layout::Native { .. }) {
                let key = Layout::schedule(stream);
                let question = Question::waiting(&key);
                questions.push(((at, About::Waiting, key), question));
            }
        }
        self.take_answers(asker, questions).await?;
        if !wants(FailedSource::Pending) && !schedules {
            return Ok(());
        }
        // What is due and given to nobody lies behind what the group was given. Most retry streams are empty: each handler has
        // one of each type, and the long answer to what nobody waits for would cost more than all else.
        let mut questions = Vec::new();
        for (at, lying) in self.lying.iter().enumerate() {
            let some = lying.retries.iter().enumerate().filter(|(_, retries)| retries.length != Some(0));
            questions.extend(some.map(|(retries, Retries { key, .. })| {
                ((at, About::RetryGroups(retries), key.as_str().to_owned()), Question::groups(key))
            }));
        }
        self.take_answers(asker, questions).await
    }

    async fn take_answers(
        &mut self,
        asker: &mut Asker,
        questions: Vec<((usize, About, String), Question)>,
    ) -> Result<(), BusError> {
        for ((at, about, key), reply) in asker.ask_about(questions, CHUNK, DOING).await? {
            match permitted(asker, reply, &key, DOING)? {
                Ok(Some(value)) => {
                    self.note(at, about, value).map_err(|fault| asker.unreadable(fault, DOING))?;
                }
                Ok(None) => {}
                Err(denied) => self.denied.push((about.source(), denied)),
            }
        }
        Ok(())
    }

    fn note(&mut self, at: usize, about: About, value: Value) -> Result<(), codec::Malformed> {
        let Some(lying) = self.lying.get_mut(at) else { return Ok(()) };
        let number = codec::number(&value).unwrap_or(0);
        match about {
            About::Groups => lying.groups = read_groups(value)?,
            About::Waiting => lying.waiting = number,
            About::Dead => lying.dead = number,
            About::Discarded => lying.discarded = number,
            About::Retried => lying.retried = number,
            About::Entries => lying.entries = number,
            About::RetryGroups(retries) => lying.retries[retries].groups = read_groups(value)?,
            About::RetryLength(retries) => lying.retries[retries].length = Some(number),
        }
        Ok(())
    }

    /// How many there are of each of `sources`, over all tenants, where that can be said without reading them.
    pub(super) fn totals(&self, sources: &BTreeSet<FailedSource>) -> BTreeMap<FailedSource, Counted> {
        let pending = |groups: &[SurveyedGroup]| groups.iter().map(|group| group.pending).sum::<u64>();
        let count = |source: FailedSource, lying: &Lying| match source {
            FailedSource::Pending => {
                let retries = lying.retries.iter().map(|retries| pending(&retries.groups));
                pending(&lying.groups) + retries.sum::<u64>()
            }
            FailedSource::Waiting => lying.waiting + lying.retries.iter().map(Retries::due).sum::<u64>(),
            FailedSource::DeadLetters => lying.dead,
            FailedSource::Discarded => lying.discarded,
            FailedSource::Retried => lying.retried,
            FailedSource::Invalid => 0,
        };
        let total = |source: FailedSource| {
            let sum = self.lying.iter().map(|lying| count(source, lying)).sum();
            let whole = self.denied.iter().all(|(denied, _)| *denied != source);
            (source, if whole { Counted::Exactly(sum) } else { Counted::AtLeast(sum) })
        };
        let has_some = self.lying.iter().any(|lying| lying.entries > 0);
        let is_counted = |source: &FailedSource| *source != FailedSource::Invalid || !has_some;
        sources.iter().copied().filter(is_counted).map(total).collect()
    }

    /// How many dead letters lie beside each type's stream that has some.
    pub(super) fn letters(&self) -> BTreeMap<StreamKey, u64> {
        let some = self.lying.iter().filter(|lying| lying.dead > 0);
        some.map(|lying| (lying.source.key.clone(), lying.dead)).collect()
    }

    /// What this user may not look at, each once.
    pub(super) fn denied(&self) -> Vec<Denied> {
        let mut seen = BTreeSet::new();
        let first = self.denied.iter().filter(|(_, denied)| seen.insert(denied.stream.clone()));
        first.map(|(_, denied)| denied.clone()).collect()
    }
}
