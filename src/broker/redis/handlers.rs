//! Handlers as Redis knows them: groups over all their streams, what is pending, consumers and their signs of life.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::Value;

use super::asker::Asker;
use super::codec::{self, Malformed};
use super::doctor::Waiting;
use super::due::{self, Due};
use super::group_replies::{consumers, pending_entries};
use super::letters::Tallies;
use super::profile::Layout;
use super::question::Question;
use super::survey::{Survey, Surveyed, SurveyedGroup};
use super::{beats, told, unread};
use crate::bus::{BusError, ConsumerReport, Counted, HandlerReport, Lag, TenantLock};
use crate::event::{HandlerName, StreamKey};

const DOING: &str = "looking at the handlers";
/// How many questions one pipeline asks.
const CHUNK: usize = 100;
/// How many pending entries of each group of a stream are looked at.
pub(super) const PENDING: usize = 100;

/// What a question was about: a group of a stream, by its place.
#[derive(Clone, Copy)]
enum About {
    Consumers(usize),
    Pending(usize),
    /// What of its retries is due, over the whole retry stream;
    RetryLength(usize),
    /// where there is something, how much of that is pending with whom,
    RetrySummary(usize),
    /// and the entries.
    RetryPending(usize),
}

/// A group of one stream.
struct Part<'a> {
    stream: &'a Surveyed,
    group: &'a SurveyedGroup,
    lag: Lag,
    /// The stream of the retries that are due, in a profile that has such.
    retries: Option<StreamKey>,
}

/// What a look at the handlers goes by.
pub(super) struct Look<'a> {
    pub(super) survey: &'a Survey,
    /// What was asked already about the groups of the survey.
    pub(super) waiting: Option<&'a Waiting>,
    pub(super) layout: &'a Layout,
    pub(super) lock: &'a TenantLock,
    pub(super) tallies: &'a Tallies,
    /// The group of Alga's own workers.
    pub(super) alga_group: &'a str,
    /// The lease where no consumer says another.
    pub(super) lease: Duration,
}

impl Look<'_> {
    /// Every handler of the bus, by name.
    pub(super) async fn take(&self, asker: &mut Asker) -> Result<Vec<HandlerReport>, BusError> {
        let lags: Vec<Lag> = match self.waiting {
            Some(waiting) => waiting.groups.iter().map(|group| group.lag).collect(),
            None => unread::lags(asker, &self.survey.streams).await?.concat(),
        };
        let is_native = matches!(self.layout, Layout::Native { .. });
        let groups = self.survey.streams.iter();
        let groups = groups.flat_map(|stream| stream.groups.iter().map(move |group| (stream, group)));
        let parts: Vec<Part<'_>> = groups
            .zip(lags)
            .map(|((stream, group), lag)| {
                let name = HandlerName::new(&group.text()).ok().filter(|_| is_native);
                let retries = name.and_then(|name| Layout::retries(&stream.source.key, &name));
                Part { stream, group, lag, retries }
            })
            .collect();
        let mut reports: BTreeMap<String, HandlerReport> = BTreeMap::new();
        for part in &parts {
            let report =
                reports.entry(part.group.text()).or_insert_with(|| blank(part.group.text(), self.lease));
            note_part(report, part);
            report.dead_letters = report.dead_letters.plus(self.dead_letters(part));
        }
        if let Some(waiting) = self.waiting {
            // They come in the order of the streams, as the parts do.
            for (part, group) in parts.iter().zip(&waiting.groups) {
                let Some(report) = reports.get_mut(&part.group.text()) else { continue };
                note_consumers(report, group.consumers.clone());
                report.waiting.extend(group.pending.iter().cloned());
            }
        }
        let questions = first_questions(&parts, self.waiting.is_some());
        let retries = note_parts(asker, &parts, questions, &mut reports).await?;
        note_parts(asker, &parts, retries, &mut reports).await?;
        if is_native {
            self.note_schedules(asker, &parts, &mut reports).await?;
            note_life(asker, self.layout, &mut reports).await?;
            for told in told::newest(asker, self.layout, self.lock).await? {
                // The first of each is its newest.
                if let Some(report) = reports.get_mut(told.attempt.handler.as_str()) {
                    report.last_error.get_or_insert_with(|| told.last_error());
                }
            }
        }
        let mut reports: Vec<_> = reports.into_values().collect();
        for report in &mut reports {
            report.waiting.sort_by_key(|entry| std::cmp::Reverse(entry.idle));
        }
        Ok(reports)
    }

    /// How many dead letters of a stream are a group's own. On Alga's bus none says whose it is: they are those of Alga's
    /// own group, or of the only one there is.
    fn dead_letters(&self, part: &Part<'_>) -> Counted {
        let all = part.stream.dead_letters;
        if !part.stream.dead_letters_known {
            return Counted::AtLeast(0);
        }
        if let Layout::Native { .. } = self.layout {
            return self.tallies.of(&part.stream.source.key, &part.group.name);
        }
        let is_algas = |group: &SurveyedGroup| group.name == self.alga_group.as_bytes();
        if is_algas(part.group) || part.stream.groups.len() == 1 {
            Counted::Exactly(all)
        } else if all == 0 || part.stream.groups.iter().any(is_algas) {
            Counted::Exactly(0)
        } else {
            Counted::AtLeast(0)
        }
    }

    /// What waits in the schedules. Each is looked at once, whoever shares it.
    async fn note_schedules(
        &self,
        asker: &mut Asker,
        parts: &[Part<'_>],
        reports: &mut BTreeMap<String, HandlerReport>,
    ) -> Result<(), BusError> {
        for streams in self.survey.streams.chunks(CHUNK / 2) {
            let questions: Vec<_> = streams
                .iter()
                .flat_map(|stream| {
                    let key = Layout::schedule(&stream.source.key);
                    [Question::waiting(&key), Question::soonest(&key, due::LOOKED_AT)]
                })
                .collect();
            let mut replies = asker.ask_all(&questions, DOING).await?.into_iter();
            for stream in streams {
                let (Some(count), Some(soonest)) = (replies.next(), replies.next()) else { break };
                let (count, soonest) = (asker.granted(count, DOING)?, asker.granted(soonest, DOING)?);
                let Some((count, soonest)) = count.zip(soonest) else { continue };
                let whole = codec::number(&count).unwrap_or(0) <= due::LOOKED_AT as u64;
                let due = due::read(soonest).map_err(|fault| asker.unreadable(fault, DOING))?;
                for part in parts.iter().filter(|part| part.stream.source.key == stream.source.key) {
                    if let Some(report) = reports.get_mut(&part.group.text()) {
                        note_due(report, &due, whole);
                    }
                }
            }
        }
        Ok(())
    }
}

fn blank(name: String, lease: Duration) -> HandlerReport {
    HandlerReport {
        name,
        types: Vec::new(),
        streams: Vec::new(),
        registered: None,
        lag: Lag::Exactly(0),
        pending: 0,
        waiting: Vec::new(),
        scheduled: None,
        next_retry: None,
        dead_letters: Counted::Exactly(0),
        last_error: None,
        lease,
        consumers: Vec::new(),
    }
}

fn note_part(report: &mut HandlerReport, part: &Part<'_>) {
    let event_type = &part.stream.source.event_type;
    if let Err(at) = report.types.binary_search(event_type) {
        report.types.insert(at, event_type.clone());
    }
    report.streams.push(part.stream.source.key.clone());
    report.lag = report.lag.plus(part.lag);
    report.pending += part.group.pending;
}

/// What to ask about groups that have something to tell; `is_known`: who is there and what is pending was asked already.
fn first_questions(parts: &[Part<'_>], is_known: bool) -> Vec<(About, Question)> {
    let mut questions = Vec::new();
    for (at, Part { stream, group, retries, .. }) in parts.iter().enumerate() {
        let key = &stream.source.key;
        if group.consumers > 0 && !is_known {
            questions.push((About::Consumers(at), Question::consumers(key, &group.name)));
        }
        if group.pending > 0 && !is_known {
            questions.push((About::Pending(at), Question::pending_page(key, &group.name, PENDING)));
        }
        if let Some(retries) = retries {
            questions.push((About::RetryLength(at), Question::length(retries.as_str())));
        }
    }
    questions
}

/// Asks, and notes the answers. What is refused, or gone meanwhile, is left out. Answers what is to be asked next.
async fn note_parts(
    asker: &mut Asker,
    parts: &[Part<'_>],
    questions: Vec<(About, Question)>,
    reports: &mut BTreeMap<String, HandlerReport>,
) -> Result<Vec<(About, Question)>, BusError> {
    let mut next = Vec::new();
    for (about, reply) in asker.ask_about(questions, CHUNK, DOING).await? {
        let Some(reply) = asker.granted(reply, DOING)? else { continue };
        let (About::Consumers(at)
        | About::Pending(at)
        | About::RetryLength(at)
        | About::RetrySummary(at)
        | About::RetryPending(at)) = about;
        let Some(part) = parts.get(at) else { continue };
        let Some(report) = reports.get_mut(&part.group.text()) else { continue };
        let noted = match (about, &part.retries) {
            (About::Consumers(_), _) => consumers(reply).map(|found| note_consumers(report, found)),
            (About::Pending(_), _) => note_pending(report, &part.stream.source.key, false, reply),
            (About::RetryPending(_), Some(retries)) => note_pending(report, retries, true, reply),
            (About::RetryLength(_), Some(retries)) => {
                let due = codec::number(&reply).unwrap_or(0);
                report.lag = report.lag.plus(Lag::Exactly(due));
                if due > 0 {
                    let name = &part.group.name;
                    next.push((About::RetrySummary(at), Question::pending(retries, name)));
                    next.push((About::RetryPending(at), Question::pending_page(retries, name, PENDING)));
                }
                Ok(())
            }
            (About::RetrySummary(_), Some(_)) => note_summary(report, reply),
            (_, None) => Ok(()),
        };
        noted.map_err(|fault| asker.unreadable(fault, DOING))?;
    }
    Ok(next)
}

/// How much of the retries that are due is pending, and with whom.
fn note_summary(report: &mut HandlerReport, reply: Value) -> Result<(), Malformed> {
    let (pending, consumers) = codec::pending_summary(reply)?;
    report.pending += pending;
    // What is given is not waiting to be given: all of the retry stream was counted as that.
    report.lag = match report.lag {
        Lag::Exactly(lag) => Lag::Exactly(lag.saturating_sub(pending)),
        Lag::MoreThan(lag) => Lag::MoreThan(lag.saturating_sub(pending)),
    };
    for (name, count) in consumers {
        let name = String::from_utf8_lossy(&name);
        if let Some(known) = report.consumers.iter_mut().find(|known| known.name == name) {
            known.pending += count;
        }
    }
    Ok(())
}

fn note_due(report: &mut HandlerReport, due: &[Due], whole: bool) {
    let own = || due.iter().filter(|due| due.handler == report.name.as_bytes());
    let count = own().count() as u64;
    let first = own().map(|due| due.at).min();
    let counted = if whole { Counted::Exactly(count) } else { Counted::AtLeast(count) };
    report.next_retry = report.next_retry.into_iter().chain(first).min();
    report.scheduled = Some(report.scheduled.map_or(counted, |before| before.plus(counted)));
}

fn note_consumers(report: &mut HandlerReport, found: Vec<ConsumerReport>) {
    for read in found {
        match report.consumers.binary_search_by(|known| known.name.cmp(&read.name)) {
            Ok(at) => {
                let known = &mut report.consumers[at];
                known.pending += read.pending;
                known.idle = known.idle.min(read.idle);
            }
            Err(at) => report.consumers.insert(at, read),
        }
    }
}

fn note_pending(
    report: &mut HandlerReport,
    stream: &StreamKey,
    is_retry: bool,
    reply: Value,
) -> Result<(), Malformed> {
    report.waiting.extend(pending_entries(stream, is_retry, report.lease, reply)?);
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
    let beats = beats::read(asker, layout, &names).await?;
    let mut seen: HashMap<&str, DateTime<Utc>> = HashMap::new();
    for chunk in names.chunks(CHUNK) {
        if let Ok(scores) = asker.ask(&Question::scores(&layout.workers(), chunk), DOING).await? {
            let scores = codec::list(scores).map_err(|fault| asker.unreadable(fault, DOING))?;
            seen.extend(
                chunk.iter().zip(&scores).filter_map(|(name, at)| Some((name.as_str(), due::time(at)?))),
            );
        }
    }
    for report in reports.values_mut() {
        beats::note_leases(
            &mut report.waiting,
            report.consumers.iter().map(|consumer| &consumer.name),
            &beats,
        );
    }
    for consumer in reports.values_mut().flat_map(|report| &mut report.consumers) {
        consumer.heartbeat = beats.get(consumer.name.as_str()).cloned();
        consumer.last_seen = seen.get(consumer.name.as_str()).copied();
    }
    Ok(())
}
