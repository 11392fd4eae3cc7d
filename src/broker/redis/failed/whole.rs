//! All that is known of one failed event.

use super::following::Following;
use super::pages::Pages;
use super::records;
use super::{Scope, retried, unfit, waiting};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::beats;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::consume::body;
use crate::broker::redis::discovery::Source;
use crate::broker::redis::group_replies::pending_entries;
use crate::broker::redis::profile::{Beside, KeyKind, Layout};
use crate::broker::redis::question::Question;
use crate::broker::redis::told;
use crate::bus::{
    BusError, Claim, FailedAt, FailedEvent, FailedWhole, Failure, Followed, Intake, Lineage, RetriedAs,
};
use crate::event::{Entry, EntryId, Fault, FaultKind, Field, StreamKey};

const DOING: &str = "reading a failed event";
/// How many records of retries are looked through for those of the event.
const RECORDS: usize = 10_000;
/// How many of them are told.
const TOLD: usize = 100;

/// What was found where the event should lie.
struct Found {
    source: Source,
    event: FailedEvent,
    fields: Vec<Field>,
    /// Whether the fields are those of a retry under way: its history stands in it otherwise.
    is_retry: bool,
}

/// All that is known of what lies at `at`.
pub(super) async fn read(
    asker: &mut Asker,
    scope: &Scope,
    at: &FailedAt,
) -> Result<Option<FailedWhole>, BusError> {
    let Some(found) = find(asker, scope, at).await? else { return Ok(None) };
    let Found { source, event, fields, is_retry } = found;
    if scope.lock.is_locked() && !event.tenant.as_ref().is_some_and(|tenant| scope.lock.admits(tenant)) {
        return Ok(None);
    }
    let history: Vec<Failure> =
        if is_retry { body::read(fields.clone()).1.history } else { records::history(&fields) };
    let error = match (&event.at, is_retry) {
        (FailedAt::Invalid { .. }, _) => faults(scope, &source, event.at.id(), &fields),
        (_, true) => history.last().map(|failure| failure.error.clone()).unwrap_or_default(),
        (FailedAt::Pending { .. }, false) => Vec::new(),
        _ if scope.unrecorded.is_some() => event.error.iter().map(ToString::to_string).collect(),
        _ => records::error_chain(&fields),
    };
    let published = published(asker, &event).await?;
    let retried = lineage(asker, scope, &source, &event).await?;
    Ok(Some(FailedWhole { event, fields, error, history, lineage: Lineage { published, retried } }))
}

async fn find(asker: &mut Asker, scope: &Scope, at: &FailedAt) -> Result<Option<Found>, BusError> {
    let layout = &scope.layout;
    let beside = layout.lies_beside(at.stream().as_str());
    let stream = beside.as_ref().map_or(at.stream(), |(stream, _)| stream);
    let KeyKind::Type { event_type, channel } = layout.read_key(stream.as_str()) else { return Ok(None) };
    let source = Source { key: stream.clone(), event_type, channel };
    let mut records = scope.records();
    let retries = match &beside {
        Some((_, Beside::Retries(handler))) => Some(handler),
        _ => None,
    };
    let (event, fields, is_retry) = match at {
        FailedAt::DeadLetter { id, .. } => {
            let Some(fields) = entry(asker, &Layout::dead_letters(stream), *id).await? else {
                return Ok(None);
            };
            (records.letter(&source, *id, &fields), fields, false)
        }
        FailedAt::Discarded { id, .. } => {
            let Some(fields) = entry(asker, &layout.discarded(stream), *id).await? else { return Ok(None) };
            (records.discarded(&source, *id, &fields), fields, false)
        }
        FailedAt::Retried { id, .. } => {
            let Some(fields) = entry(asker, &layout.retried(stream), *id).await? else { return Ok(None) };
            let record = records::record(*id, &fields);
            let mut event = records.retried(&source, *id, &record);
            event.outcome = Some(outcome(asker, scope, &source.key, *id, &record).await?);
            // A record holds no event. What was published is what was retried, unless it was edited.
            if let (Some(published), false) = (event.source, record.edited) {
                let published = entry(asker, event.stream.as_str(), published).await?.unwrap_or_default();
                event.text = told::text(&published, Intake::EVENT_FIELD).map(Into::into);
            }
            (event, fields, false)
        }
        FailedAt::Waiting { handler, source: published, .. } => {
            let Some((due, fields)) = waiting::one(asker, stream, handler, *published).await? else {
                return Ok(None);
            };
            let is_retry = fields.is_some();
            let event = records.waiting(&source, handler, &due, fields.clone());
            (event, fields.unwrap_or_default(), is_retry)
        }
        FailedAt::Due { stream: key, id } => {
            let Some(handler) = retries else { return Ok(None) };
            let Some(fields) = entry(asker, key.as_str(), *id).await? else { return Ok(None) };
            (records.due(&source, key, handler, *id, fields.clone()), fields, true)
        }
        FailedAt::Invalid { id, .. } => {
            // On other buses handlers make dead letters of what is no event.
            if scope.unrecorded.is_none() {
                return Ok(None);
            }
            let Some(fields) = entry(asker, stream.as_str(), *id).await? else { return Ok(None) };
            let raw = RawEntry { id: *id, fields: Some(fields.clone()) };
            let Some(unfit) = unfit::unfit(&mut scope.judge(), &source, raw) else { return Ok(None) };
            (records.unfit(&source, unfit), fields, false)
        }
        FailedAt::Pending { .. } => {
            return pending(asker, scope, at, source, retries.is_some()).await;
        }
    };
    Ok(Some(Found { source, event, fields, is_retry }))
}

/// All that is wrong with an entry that is no event.
fn faults(scope: &Scope, source: &Source, id: EntryId, fields: &[Field]) -> Vec<String> {
    let raw = RawEntry { id, fields: Some(fields.to_vec()) };
    let entry = unfit::unfit(&mut scope.judge(), source, raw);
    let reports = entry.as_ref().and_then(Entry::fault).map(|fault| (fault.kind, fault.reports.clone()));
    let (kind, reports) = reports.unwrap_or((FaultKind::Schema, Vec::new()));
    reports.into_iter().map(|report| Fault::new(kind, report).summary()).collect()
}

async fn pending(
    asker: &mut Asker,
    scope: &Scope,
    at: &FailedAt,
    source: Source,
    is_retry: bool,
) -> Result<Option<Found>, BusError> {
    let FailedAt::Pending { stream, group, id } = at else { return Ok(None) };
    let range = (id.previous().unwrap_or(EntryId::ZERO), *id);
    let reply = asker.ask(&Question::pending_between(stream, group.as_bytes(), range, 1), DOING).await?;
    let Some(reply) = asker.answered(reply, DOING)? else { return Ok(None) };
    let mut listed = pending_entries(stream, is_retry, scope.lease, reply)
        .map_err(|fault| asker.unreadable(fault, DOING))?;
    if let Layout::Native { .. } = scope.layout {
        let consumers: Vec<String> = listed.iter().map(|entry| entry.consumer.clone()).collect();
        let beats = beats::read(asker, &scope.layout, &consumers).await?;
        beats::note_leases(&mut listed, &consumers, &beats);
    }
    let Some(listed) = listed.first().filter(|listed| listed.id == *id) else { return Ok(None) };
    let fields = entry(asker, stream.as_str(), *id).await?;
    let is_retry = is_retry && fields.is_some();
    let event = scope.records().pending(&source, group, listed, fields.clone());
    Ok(Some(Found { source, event, fields: fields.unwrap_or_default(), is_retry }))
}

/// The fields of one entry, if it is there.
async fn entry(asker: &mut Asker, key: &str, id: EntryId) -> Result<Option<Vec<Field>>, BusError> {
    let reply = asker.ask(&Question::entry_at(key, id), DOING).await?;
    let Some(reply) = asker.answered(reply, DOING)? else { return Ok(None) };
    let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
    Ok(entries.into_iter().next().and_then(|entry| entry.fields))
}

/// Where it was published, if that is there still.
async fn published(asker: &mut Asker, event: &FailedEvent) -> Result<Option<Claim>, BusError> {
    let Some(id) = event.source else { return Ok(None) };
    let there = entry(asker, event.stream.as_str(), id).await?.is_some();
    Ok(there.then(|| Claim { stream: event.stream.clone(), id }))
}

/// The retries by hand of the same event that are recorded.
async fn lineage(
    asker: &mut Asker,
    scope: &Scope,
    source: &Source,
    event: &FailedEvent,
) -> Result<Vec<RetriedAs>, BusError> {
    let mut pages = Pages::back(scope.layout.retried(&source.key));
    let (mut found, mut seen) = (Vec::new(), 0);
    while seen < RECORDS && found.len() < TOLD {
        let page = match pages.next(asker, DOING).await {
            Ok(Some(page)) => page,
            Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable),
            // What this user may not read is no reason to show nothing.
            Ok(None) | Err(_) => break,
        };
        seen += page.len();
        for entry in &page {
            let Some(fields) = entry.fields.as_deref() else { continue };
            let record = records::record(entry.id, fields);
            let same_event = event.event.is_some() && record.event == event.event;
            if same_event || event.source.is_some() && record.source == event.source {
                found.push((entry.id, record));
            }
        }
    }
    let mut following = Following::new(None);
    for (id, record) in &found {
        following.add(scope, retried::item(&source.key, *id, record));
    }
    let known = match following.look(asker, scope).await {
        Ok(_) => true,
        Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable),
        Err(_) => false,
    };
    let told = found.into_iter().enumerate().take(TOLD).map(|(at, (_, record))| RetriedAs {
        at: record.at,
        who: record.who,
        plan: record.plan.unwrap_or_default(),
        to: record.to,
        edited: record.edited,
        outcome: if known { following.outcome(at) } else { Followed::Lost },
    });
    let mut told: Vec<_> = told.collect();
    told.reverse();
    Ok(told)
}

/// What became of the one retry that is recorded at `id`.
async fn outcome(
    asker: &mut Asker,
    scope: &Scope,
    stream: &StreamKey,
    id: EntryId,
    record: &records::Record,
) -> Result<Followed, BusError> {
    let mut following = Following::new(None);
    let item = following.add(scope, retried::item(stream, id, record));
    following.look(asker, scope).await?;
    Ok(following.outcome(item))
}
