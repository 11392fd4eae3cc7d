//! Looking an embedded bus over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::MemoryBroker;
use super::bus::{Bus, at, millis};
use super::closely;
use super::consume::HEARTBEAT_MS;
use super::failed;
use super::group::{Pending, Registered};
use super::health;
use super::state::State;
use super::stream::Stream;
use crate::bus::{
    BusError, ConsumerReport, Counted, Examined, Fate, Finding, GroupReport, HandlerDetail, HandlerReport,
    Inspector, Lag, Level, Looked, PendingEntry, Published, Receivers, RecordedFailure, StreamReport,
};
use crate::event::{Channel, EntryId, EventType, HandlerName, StreamKey};
use crate::text::{count, plural};
use async_trait::async_trait;
use chrono::TimeDelta;

#[async_trait]
impl Inspector for MemoryBroker {
    async fn streams(&self) -> Result<Looked<StreamReport>, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        Ok(Looked::whole(state.streams.values().map(|stream| report(&state, stream)).collect()))
    }

    async fn handlers(&self) -> Result<Looked<HandlerReport>, BusError> {
        let now_ms = millis((self.bus.clock)());
        let state = self.bus.state();
        state.reachable()?;
        let mut found: Vec<_> = state
            .handlers
            .iter()
            .map(|(name, registered)| handler(&state, name, registered, now_ms))
            .collect();
        for report in &mut found {
            let last = closely::failures(&state, &report.name, self.intake.lock()).next();
            report.last_error = last.map(RecordedFailure::last_error);
        }
        Ok(Looked::whole(found))
    }

    async fn handler(&self, report: &HandlerReport) -> Result<HandlerDetail, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        Ok(closely::detail(&state, &report.name, self.intake.lock()))
    }

    async fn receivers(
        &self,
        event_type: &EventType,
        channel: Option<&Channel>,
    ) -> Result<Receivers, BusError> {
        failed::receivers(self, event_type, channel)
    }

    async fn fates(&self, published: &Published) -> Result<Vec<Fate>, BusError> {
        failed::fates(self, published)
    }

    async fn examine(&self) -> Result<Examined, BusError> {
        let now_ms = millis((self.bus.clock)());
        let state = self.bus.state();
        state.reachable()?;
        let entries = state.streams.values().map(Stream::len).sum();
        let trimmed = state.streams.values().map(Stream::trimmed).sum();
        let limit = self.bus.settings.max_stream_length as u64;
        let ok = |check, found| Finding { check, level: Level::Ok, found, mend: None, is_unseen: false };
        let mut findings = vec![
            ok("version", format!("the broker is {}", Bus::TARGET)),
            ok(
                "streams",
                format!(
                    "{} with {}",
                    plural(state.streams.len() as u64, "stream", "streams"),
                    plural(entries, "entry", "entries")
                ),
            ),
            Finding {
                check: "persistence",
                level: Level::Note,
                found: "everything is kept in memory, and gone when this process ends".to_owned(),
                mend: None,
                is_unseen: false,
            },
            ok(
                "retention",
                format!(
                    "{} trimmed; each stream keeps its newest {}",
                    plural(trimmed, "entry", "entries"),
                    count(limit)
                ),
            ),
        ];
        if let Some(why) = &state.refusal {
            findings.push(Finding {
                check: "publish",
                level: Level::Fault,
                found: format!("publishes are refused: {why}"),
                mend: Some("it was told to refuse them; tell it to accept them again".to_owned()),
                is_unseen: false,
            });
        }
        let handlers =
            state.handlers.iter().map(|(name, registered)| handler(&state, name, registered, now_ms));
        let bus = Some(health::facts(&state, handlers.collect(), limit, now_ms));
        // Its clock is ours.
        Ok(Examined { findings, ahead: Some(TimeDelta::zero()), bus })
    }
}

fn report(state: &State, stream: &Stream) -> StreamReport {
    let key = stream.place.stream();
    let groups = state.handlers.iter().filter_map(|(name, registered)| {
        let group = registered.groups.get(key)?;
        let consumers: BTreeSet<&str> = group.pending.values().map(|pending| &*pending.consumer).collect();
        Some(GroupReport {
            name: name.as_str().to_owned(),
            pending: group.pending.len() as u64,
            lag: Lag::Exactly(group.unread(stream)),
            consumers: consumers.len() as u64,
        })
    });
    StreamReport {
        stream: stream.place.stream().clone(),
        event_type: stream.place.event_type().clone(),
        channel: stream.place.channel().cloned(),
        length: stream.len(),
        first: stream.first_id(),
        last: stream.last_id(),
        groups: groups.collect(),
        dead_letters: state.failed.letters.len(key),
    }
}

fn handler(state: &State, name: &HandlerName, registered: &Registered, now_ms: u64) -> HandlerReport {
    let mut report = HandlerReport {
        name: name.as_str().to_owned(),
        types: Vec::new(),
        streams: registered.groups.keys().cloned().collect(),
        registered: at(registered.at_ms),
        lag: Lag::Exactly(registered.retries.waiting.len() as u64),
        pending: registered.retries.given.len() as u64,
        waiting: Vec::new(),
        scheduled: Some(Counted::Exactly(state.schedule.count(name))),
        next_retry: state.schedule.of(name).next().and_then(|(due, _)| at(due)),
        dead_letters: Counted::Exactly(
            state.failed.letters.all().filter(|letter| letter.handler == *name).count() as u64,
        ),
        last_error: None,
        lease: PendingEntry::LEASE,
        consumers: Vec::new(),
    };
    let mut consumers: BTreeMap<String, ConsumerReport> = state
        .heartbeats
        .values()
        .filter(|(until, beat)| *until > now_ms && beat.handler == name.as_str())
        .map(|(until, beat)| {
            let last_seen = at(until.saturating_sub(HEARTBEAT_MS));
            let report = ConsumerReport { last_seen, ..consumer(&beat.consumer, Some(beat.clone())) };
            (beat.consumer.clone(), report)
        })
        .collect();
    let mut note = |stream: &StreamKey, id: EntryId, pending: &Pending, is_retry: bool| {
        let who = pending.consumer.to_string();
        let known = consumers.entry(who.clone()).or_insert_with(|| consumer(&who, None));
        known.pending += 1;
        report.waiting.push(pending_entry(stream, id, pending, is_retry, now_ms));
    };
    for (key, group) in &registered.groups {
        for (id, pending) in &group.pending {
            note(key, *id, pending, false);
        }
    }
    for (id, (pending, retry)) in &registered.retries.given {
        note(retry.place.stream(), *id, pending, true);
    }
    for (key, group) in &registered.groups {
        let Some(stream) = state.streams.get(key) else { continue };
        report.types.push(stream.place.event_type().clone());
        report.lag = report.lag.plus(Lag::Exactly(group.unread(stream)));
        report.pending += group.pending.len() as u64;
    }
    report.types.sort();
    report.waiting.sort_by_key(|entry| std::cmp::Reverse(entry.idle));
    report.consumers = consumers.into_values().collect();
    report
}

/// An entry as a list of what is pending has it.
pub(super) fn pending_entry(
    stream: &StreamKey,
    id: EntryId,
    pending: &Pending,
    is_retry: bool,
    now_ms: u64,
) -> PendingEntry {
    PendingEntry {
        stream: stream.clone(),
        id,
        consumer: pending.consumer.to_string(),
        idle: pending.idle(now_ms),
        deliveries: u64::from(pending.crashes) + 1,
        is_retry,
        is_released: pending.is_released(),
        lease: pending.lease(),
    }
}

fn consumer(name: &str, heartbeat: Option<crate::bus::Heartbeat>) -> ConsumerReport {
    ConsumerReport { name: name.to_owned(), pending: 0, idle: Duration::ZERO, heartbeat, last_seen: None }
}
