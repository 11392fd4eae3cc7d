//! Handlers as Redis knows them: groups over all their streams, what is pending, consumers and their signs of life.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::DateTime;
use redis::Value;

use super::asker::{Asker, Reply, is_gone};
use super::codec::{self, Malformed};
use super::profile::Layout;
use super::question::Question;
use super::survey::{Survey, Surveyed, SurveyedGroup};
use super::unread;
use crate::bus::{BusError, ConsumerReport, HandlerReport, Heartbeat, Lag, PendingEntry};
use crate::event::StreamKey;

const DOING: &str = "looking at the handlers";
/// How many questions one pipeline asks.
const CHUNK: usize = 100;
/// How many pending entries of each group of a stream are looked at.
const PENDING: usize = 100;

/// What a question was about: a group of a stream.
#[derive(Clone, Copy)]
enum About {
    Consumers(usize),
    Pending(usize),
    Scheduled(usize),
}

/// A group of one stream.
struct Part<'a> {
    stream: &'a Surveyed,
    group: &'a SurveyedGroup,
    lag: Lag,
}

/// Every handler of the bus, by name.
pub(super) async fn take(
    asker: &mut Asker,
    survey: &Survey,
    layout: &Layout,
) -> Result<Vec<HandlerReport>, BusError> {
    let lags = unread::lags(asker, &survey.streams).await?;
    let parts: Vec<Part<'_>> = survey
        .streams
        .iter()
        .zip(lags)
        .flat_map(|(stream, lags)| {
            stream.groups.iter().zip(lags).map(move |(group, lag)| Part { stream, group, lag })
        })
        .collect();
    let mut reports: BTreeMap<String, HandlerReport> = BTreeMap::new();
    for part in &parts {
        note_part(reports.entry(part.group.text()).or_insert_with(|| blank(part.group.text())), part);
    }
    for (about, reply) in ask(asker, &parts, layout).await? {
        let (About::Consumers(at) | About::Pending(at) | About::Scheduled(at)) = about;
        let Some(part) = parts.get(at) else { continue };
        let Some(report) = reports.get_mut(&part.group.text()) else { continue };
        let Ok(reply) = reply else { continue };
        let noted = match about {
            About::Consumers(_) => note_consumers(report, reply),
            About::Pending(_) => note_pending(report, &part.stream.source.key, reply),
            About::Scheduled(_) => note_scheduled(report, reply),
        };
        noted.map_err(|fault| asker.unreadable(fault, DOING))?;
    }
    if let Layout::Native { .. } = layout {
        note_life(asker, layout, &mut reports).await?;
    }
    let mut reports: Vec<_> = reports.into_values().collect();
    for report in &mut reports {
        report.waiting.sort_by_key(|entry| std::cmp::Reverse(entry.idle));
    }
    Ok(reports)
}

fn blank(name: String) -> HandlerReport {
    HandlerReport {
        name,
        types: Vec::new(),
        streams: 0,
        registered: None,
        lag: Lag::Exactly(0),
        pending: 0,
        waiting: Vec::new(),
        scheduled: None,
        dead_letters: 0,
        consumers: Vec::new(),
    }
}

fn note_part(report: &mut HandlerReport, part: &Part<'_>) {
    let event_type = &part.stream.source.event_type;
    if let Err(at) = report.types.binary_search(event_type) {
        report.types.insert(at, event_type.clone());
    }
    report.streams += 1;
    report.lag = report.lag.plus(part.lag);
    report.pending += part.group.pending;
    report.dead_letters += part.stream.dead_letters;
}

/// Asks about the groups that have something to tell. What is refused, or gone meanwhile, is left out.
async fn ask(
    asker: &mut Asker,
    parts: &[Part<'_>],
    layout: &Layout,
) -> Result<Vec<(About, Reply)>, BusError> {
    let mut questions = Vec::new();
    for (at, Part { stream, group, .. }) in parts.iter().enumerate() {
        let key = &stream.source.key;
        if group.consumers > 0 {
            questions.push((About::Consumers(at), Question::consumers(key, &group.name)));
        }
        if group.pending > 0 {
            questions.push((About::Pending(at), Question::pending_page(key, &group.name, PENDING)));
        }
        if matches!(layout, Layout::Native { .. }) {
            questions.push((About::Scheduled(at), Question::scheduled(&Layout::scheduled(key))));
        }
    }
    let mut replies = Vec::with_capacity(questions.len());
    for chunk in questions.chunks(CHUNK) {
        let (subjects, batch): (Vec<_>, Vec<_>) = chunk.iter().cloned().unzip();
        for (subject, reply) in subjects.into_iter().zip(asker.ask_all(&batch, DOING).await?) {
            if let Err(error) = &reply
                && !is_gone(error)
                && let unavailable @ BusError::Unavailable { .. } = asker.refused(error.clone(), DOING)
            {
                return Err(unavailable);
            }
            replies.push((subject, reply));
        }
    }
    Ok(replies)
}

fn note_consumers(report: &mut HandlerReport, reply: Value) -> Result<(), Malformed> {
    for consumer in codec::list(reply)? {
        let mut read =
            ConsumerReport { name: String::new(), pending: 0, idle: Duration::ZERO, heartbeat: None };
        for (name, value) in codec::pairs(consumer)? {
            match codec::text(&name) {
                Some("name") => {
                    read.name = String::from_utf8_lossy(&codec::bytes(value)?).into_owned();
                }
                Some("pending") => read.pending = codec::number(&value).unwrap_or(0),
                Some("idle") => read.idle = Duration::from_millis(codec::number(&value).unwrap_or(0)),
                _ => {}
            }
        }
        match report.consumers.binary_search_by(|known| known.name.cmp(&read.name)) {
            Ok(at) => {
                let known = &mut report.consumers[at];
                known.pending += read.pending;
                known.idle = known.idle.min(read.idle);
            }
            Err(at) => report.consumers.insert(at, read),
        }
    }
    Ok(())
}

fn note_pending(report: &mut HandlerReport, stream: &StreamKey, reply: Value) -> Result<(), Malformed> {
    for item in codec::list(reply)? {
        let [id, consumer, idle, deliveries] = codec::exactly(item, "a pending entry has four parts")?;
        report.waiting.push(PendingEntry {
            stream: stream.clone(),
            id: codec::entry_id(&id)?,
            consumer: String::from_utf8_lossy(&codec::bytes(consumer)?).into_owned(),
            idle: Duration::from_millis(codec::number(&idle).unwrap_or(0)),
            deliveries: codec::number(&deliveries).unwrap_or(1),
        });
    }
    Ok(())
}

/// The names in the schedule begin with their handler's.
fn note_scheduled(report: &mut HandlerReport, reply: Value) -> Result<(), Malformed> {
    let own = format!("{}|", report.name);
    let mut count = 0;
    for name in codec::list(reply)? {
        count += u64::from(codec::bytes(name)?.starts_with(own.as_bytes()));
    }
    report.scheduled = Some(report.scheduled.unwrap_or(0) + count);
    Ok(())
}

/// When handlers were registered, and which consumers live.
async fn note_life(
    asker: &mut Asker,
    layout: &Layout,
    reports: &mut BTreeMap<String, HandlerReport>,
) -> Result<(), BusError> {
    if let Ok(registered) = asker.ask(&Question::all_of(&layout.handlers()), DOING).await? {
        let registered = codec::pairs(registered).map_err(|fault| asker.unreadable(fault, DOING))?;
        for (name, at) in registered {
            let report = codec::text(&name).and_then(|name| reports.get_mut(name));
            let at = codec::number(&at).and_then(|ms| i64::try_from(ms).ok());
            if let Some(report) = report {
                report.registered = at.and_then(DateTime::from_timestamp_millis);
            }
        }
    }
    let names: BTreeSet<String> = reports
        .values()
        .flat_map(|report| report.consumers.iter().map(|consumer| consumer.name.clone()))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let mut beats: HashMap<&str, Heartbeat> = HashMap::new();
    for chunk in names.chunks(CHUNK) {
        let questions: Vec<_> = chunk.iter().map(|name| Question::value_of(&layout.worker(name))).collect();
        for (name, reply) in chunk.iter().zip(asker.ask_all(&questions, DOING).await?) {
            let json = reply.ok().and_then(|value| codec::text(&value).map(str::to_owned));
            if let Some(beat) = json.and_then(|json| serde_json::from_str(&json).ok()) {
                beats.insert(name, beat);
            }
        }
    }
    for consumer in reports.values_mut().flat_map(|report| &mut report.consumers) {
        consumer.heartbeat = beats.get(consumer.name.as_str()).cloned();
    }
    Ok(())
}
