//! What became of a published event, with each of its receivers, in one look.
//!
//! An event moves while it is asked for, so each source is asked before the one that it would leave it for ([`way`]); of what
//! was found out, what costs most is remembered until the next look ([`trace`]).

mod alga;
mod latecomers;
mod records;
mod retry;
mod trace;
mod way;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Scope;
use crate::broker::redis::Settings;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::receivers::Crew;
use crate::broker::redis::survey::{SurveyedGroup, read_groups};
use crate::bus::{BusError, Fate, Intake, Published, Stage};
use crate::event::{EntryId, Envelope, EventType, Field, StreamKey};
use trace::{Trace, Traces};

const DOING: &str = "asking what became of a published event";
/// For how long it is believed who is there.
const CREW_HOLDS: Duration = Duration::from_secs(2);

/// What became of published events, on one Redis.
pub(in crate::broker::redis) struct RedisFates {
    scope: Scope,
    traces: Mutex<Traces>,
    crew: Mutex<Option<(Instant, Arc<Crew>)>>,
}

/// A look at one entry.
struct Look<'a> {
    asker: &'a mut Asker,
    scope: &'a Scope,
    stream: &'a StreamKey,
    id: EntryId,
    trace: &'a mut Trace,
}

/// How an entry's stream stands.
struct Standing {
    /// Whether the entry is there. It was asked for before the groups: one that is gone is given to nobody any more.
    is_there: bool,
    groups: Vec<SurveyedGroup>,
}

impl RedisFates {
    pub(in crate::broker::redis) fn new(settings: &Settings, intake: &Intake) -> Self {
        Self { scope: Scope::new(settings, intake), traces: Mutex::default(), crew: Mutex::default() }
    }

    /// See [`crate::bus::Inspector::fates`].
    pub(in crate::broker::redis) async fn of(
        &self,
        asker: &mut Asker,
        published: &Published,
    ) -> Result<Vec<Fate>, BusError> {
        let Some(event_type) = self.scope.layout.type_of(&published.stream) else { return Ok(Vec::new()) };
        let key = (published.stream.clone(), published.entry);
        let mut trace = self.traces().take(&key);
        let looked = self.look(asker, published, &event_type, &mut trace).await;
        self.traces().put(key, trace);
        looked
    }

    async fn look(
        &self,
        asker: &mut Asker,
        published: &Published,
        event_type: &EventType,
        trace: &mut Trace,
    ) -> Result<Vec<Fate>, BusError> {
        let (stream, id) = (&published.stream, published.entry);
        let mut look = Look { asker, scope: &self.scope, stream, id, trace };
        let standing = look.standing(published).await?;
        let is_there = standing.is_there;
        let mut stages = match self.scope.layout {
            Layout::Native { .. } => way::stages(&mut look, standing).await?,
            Layout::AlgaPsa { .. } => alga::stages(&mut look, standing).await?,
        };
        if is_there && matches!(self.scope.layout, Layout::Native { .. }) {
            let crew = self.crew(asker, id).await?;
            for handler in crew.without_group(event_type, |name| stages.contains_key(name)) {
                // Its group is made when it next looks for streams, and begins before this entry.
                if handler.registered_ms.is_some_and(|registered| registered <= id.ms) {
                    stages.insert(handler.name, Stage::Waiting);
                }
            }
        }
        Ok(stages.into_iter().map(|(name, stage)| Fate { name, stage }).collect())
    }

    /// Who is there: read after the entry `id` came, so that whoever was registered before it is among them.
    async fn crew(&self, asker: &mut Asker, id: EntryId) -> Result<Arc<Crew>, BusError> {
        let known = self.crew.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, crew)) = known
            && at.elapsed() < CREW_HOLDS
            && crew.read_at_ms() > id.ms
        {
            return Ok(crew);
        }
        let at = Instant::now();
        let crew = Arc::new(Crew::read(asker, &self.scope.layout, &[]).await?);
        *self.crew.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, Arc::clone(&crew)));
        Ok(crew)
    }

    fn traces(&self) -> MutexGuard<'_, Traces> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look<'_> {
    /// How the stream stands; an error where the entry is not of a tenant that the lock admits.
    async fn standing(&mut self, published: &Published) -> Result<Standing, BusError> {
        let questions = [Question::entry_at(self.stream.as_str(), self.id), Question::groups(self.stream)];
        let mut replies = self.asker.ask_all(&questions, DOING).await?.into_iter();
        let (Some(entry), Some(groups)) = (replies.next(), replies.next()) else {
            return Ok(Standing { is_there: false, groups: Vec::new() });
        };
        let fields = self.entry(entry)?;
        self.trace.is_admitted |= self.is_admitted(fields.as_deref());
        if !self.trace.is_admitted {
            return Err(published.withheld());
        }
        let groups = match self.asker.answered(groups, DOING)? {
            Some(groups) => read_groups(groups).map_err(|fault| self.asker.unreadable(fault, DOING))?,
            None => Vec::new(),
        };
        Ok(Standing { is_there: fields.is_some(), groups })
    }

    /// Whether the lock admits the entry. One that is gone is nobody's: nothing is read of it elsewhere.
    fn is_admitted(&self, fields: Option<&[Field]>) -> bool {
        let lock = &self.scope.lock;
        if !lock.is_locked() {
            return true;
        }
        let event =
            fields.unwrap_or_default().iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes());
        let text = event.and_then(|(_, value)| std::str::from_utf8(value).ok());
        lock.admits_attributed(text.and_then(|text| Envelope::read(text).tenant).as_ref())
    }

    /// The fields of the one entry of a reply.
    fn entry(&self, reply: crate::broker::redis::asker::Reply) -> Result<Option<Vec<Field>>, BusError> {
        let Some(reply) = self.asker.answered(reply, DOING)? else { return Ok(None) };
        let entries = codec::entries(reply).map_err(|fault| self.asker.unreadable(fault, DOING))?;
        Ok(entries.into_iter().next().and_then(|entry| entry.fields))
    }
}

/// The stages found, by the receivers' names.
type Stages = BTreeMap<String, Stage>;
