//! Reading what lies somewhere, before anything is done about it: for the tenant lock, and where the event's text is
//! needed. Entries never change, so what was read holds for as long as they lie there.

use std::ops::Range;

use redis::{Pipeline, Value};

use super::RedisOperator;
use super::step::refused;
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, WAITING_EVENT};
use crate::bus::{ActionError, BusError, FailedAt, Intake};
use crate::event::{EntryId, Envelope, Field, HandlerName, StreamKey, TenantId};

const DOING: &str = "reading failed events";
/// How many are read at a time: they may be large.
const CHUNK: usize = 50;

/// What lies at a place: its fields, or nothing.
pub(super) type Lying = Result<Option<Vec<Field>>, ActionError>;

impl RedisOperator {
    /// Whether each of `events` may be acted on. Without a lock nothing is read; what is not there any more may: the step
    /// will say so.
    pub(super) async fn admitted(
        &self,
        events: &[FailedAt],
    ) -> Result<Vec<Result<(), ActionError>>, BusError> {
        if !self.intake.lock().is_locked() {
            return Ok(events.iter().map(|_| Ok(())).collect());
        }
        let all: Vec<&FailedAt> = events.iter().collect();
        let found = self.look(&all).await?;
        Ok(found.into_iter().map(|lying| lying.and_then(|fields| self.admits(fields.as_deref()))).collect())
    }

    /// Whether the lock admits what was found.
    pub(super) fn admits(&self, fields: Option<&[Field]>) -> Result<(), ActionError> {
        let lock = self.intake.lock();
        let Some(fields) = fields.filter(|_| lock.is_locked()) else { return Ok(()) };
        self.admits_tenant(event_of(fields).and_then(|text| Envelope::read(text).tenant))
    }

    /// Whether the lock admits what is of `tenant`.
    pub(super) fn admits_tenant(&self, tenant: Option<TenantId>) -> Result<(), ActionError> {
        let lock = self.intake.lock();
        match tenant {
            Some(tenant) if !lock.admits(&tenant) => Err(ActionError::Tenant(tenant)),
            None if lock.is_locked() => Err(ActionError::Unattributed),
            _ => Ok(()),
        }
    }

    /// What lies at each of `events`.
    pub(super) async fn look(&self, events: &[&FailedAt]) -> Result<Vec<Lying>, BusError> {
        let mut found = Vec::with_capacity(events.len());
        for chunk in events.chunks(CHUNK) {
            let waiting = self.waiting(chunk).await?;
            let mut pipeline = Pipeline::with_capacity(chunk.len());
            for at in chunk {
                if let Some((key, id)) = self.entry(at) {
                    pipeline.cmd("XRANGE").arg(key).arg(id.to_string()).arg(id.to_string());
                }
            }
            let mut waiting = waiting.into_iter();
            let mut entries = self.ranges(&mut pipeline).await?.into_iter();
            let none = || Ok(None);
            found.extend(chunk.iter().map(|at| match at {
                FailedAt::Waiting { .. } => waiting.next().unwrap_or_else(none),
                _ => entries.next().unwrap_or_else(none),
            }));
        }
        Ok(found)
    }

    async fn ranges(&self, pipeline: &mut Pipeline) -> Result<Vec<Lying>, BusError> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        let what = format!("{DOING} at {}", self.commands.target());
        let answers = self.commands.pipeline(pipeline).await.map_err(|error| error.into_bus(&what))?;
        let read = |value: Value| {
            let entries = codec::entries(value).map_err(|fault| ActionError::Unknown(fault.to_string()))?;
            Ok(entries.into_iter().next().and_then(|entry| entry.fields))
        };
        Ok(answers
            .into_iter()
            .map(|answer| answer.map_err(|error| refused(&error, &what)).and_then(read))
            .collect())
    }

    /// The events of those that wait in a schedule, each as its only field: an empty one where what waits has none, so that
    /// a lock does not take it for what is gone.
    async fn waiting(&self, events: &[&FailedAt]) -> Result<Vec<Lying>, BusError> {
        let calls: Vec<Call> = events
            .iter()
            .filter_map(|at| match at {
                FailedAt::Waiting { stream, handler, source } => {
                    Some(waiting_event(stream, handler, *source))
                }
                _ => None,
            })
            .collect();
        let answers = self.send(&calls, DOING).await?;
        let event = |value: Value| match value {
            Value::BulkString(event) => Some(vec![(Intake::EVENT_FIELD.as_bytes().to_vec(), event)]),
            _ => None,
        };
        Ok(answers.into_iter().map(|answer| answer.map(event)).collect())
    }

    /// The entry that `at` names; `None` for what lies in a schedule.
    pub(super) fn entry(&self, at: &FailedAt) -> Option<(String, EntryId)> {
        Some(match at {
            FailedAt::DeadLetter { stream, id } => (Layout::dead_letters(stream), *id),
            FailedAt::Discarded { stream, id } => (self.layout.discarded(stream), *id),
            FailedAt::Retried { stream, id } => (self.layout.retried(stream), *id),
            FailedAt::Pending { stream, id, .. }
            | FailedAt::Due { stream, id }
            | FailedAt::Invalid { stream, id } => (stream.as_str().to_owned(), *id),
            FailedAt::Waiting { .. } => return None,
        })
    }
}

/// Asks for the event of a retry that waits in a schedule.
pub(super) fn waiting_event(stream: &StreamKey, handler: &HandlerName, source: EntryId) -> Call {
    let mut call = Call::new(&WAITING_EVENT, [Layout::scheduled(stream), Layout::schedule(stream)]);
    call.arg(format!("{}|{source}", handler.as_str()));
    call
}

/// The event's JSON among `fields`.
pub(super) fn event_of(fields: &[Field]) -> Option<&str> {
    let (_, text) = fields.iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes())?;
    std::str::from_utf8(text).ok()
}

/// What is outside of `places` is not looked at.
pub(super) fn spread<T>(
    places: &[usize],
    found: Vec<T>,
    range: Range<usize>,
    none: impl Fn() -> T,
) -> Vec<T> {
    let mut all: Vec<T> = range.map(|_| none()).collect();
    for (at, one) in places.iter().zip(found) {
        all[*at] = one;
    }
    all
}
