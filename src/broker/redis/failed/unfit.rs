//! Entries of types' streams that are no events (`alga-psa`): Alga's consumers acknowledge them and say nothing, so they are
//! looked for. The newest of each stream come first, in turns; what was looked at is remembered, so that the next look reads
//! what came since and those that were found. An entry that the group has not finished, or that is a dead letter by now, is
//! shown as that.

use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use super::looked::Looked;
use super::lying::Lying;
use super::pager::{BYTES, Pager, Stop};
use super::read::Reading;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::backwards::Backwards;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::discovery::Source;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{Admission, BusError, Intake, Raw};
use crate::event::{Entry, EntryId, StreamKey};
use crate::text::plural;

const DOING: &str = "looking for entries that are no events";
/// How many of those that were found before are read again at a time: they may be large.
const AGAIN: usize = 20;
/// How many questions about those that were found one pipeline asks.
const CHUNK: usize = 200;

/// How much is read in one go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    entries: usize,
    bytes: usize,
}

impl Budget {
    /// Before the dead letters, for which a person is waiting: enough for what came since the last look.
    pub(super) const FIRST: Self = Self { entries: 5_000, bytes: 4 << 20 };
    /// The rest of a look that is one of many.
    pub(super) const REST: Self = Self { entries: 100_000, bytes: 64 << 20 };
    /// Whatever there is.
    pub(super) const ALL: Self = Self { entries: usize::MAX, bytes: usize::MAX };

    fn spend(&mut self, entries: usize, bytes: usize) {
        self.entries = self.entries.saturating_sub(entries);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn is_spent(self) -> bool {
        self.entries == 0 || self.bytes == 0
    }
}

/// A stream that is looked through from its end.
struct Stream<'a> {
    source: &'a Source,
    length: u64,
    at: Backwards,
    /// What earlier looks have seen, until this one has come as far back.
    before: Option<Looked>,
    now: Looked,
}

/// One look over the types' streams.
pub(super) struct Look<'a> {
    streams: Vec<Stream<'a>>,
    pace: Pace,
    intake: Intake,
}

/// An entry that may be shown.
struct Found<'a> {
    source: &'a Source,
    entry: Entry,
}

impl<'a> Look<'a> {
    /// Over all that has entries.
    pub(super) fn over(lying: &'a [Lying], scope: &Scope) -> Self {
        let streams = lying.iter().filter(|lying| lying.entries > 0).map(|lying| {
            let source = &lying.source;
            let before = scope.looks.of(&source.key);
            let newest = before.as_ref().and_then(|before| before.span).map(|(newest, _)| newest);
            // As far as the newest that is known, and that one too: where it is there, there is no gap.
            let after = newest.and_then(EntryId::previous).unwrap_or(EntryId::ZERO);
            let now = Looked::default();
            Stream { source, length: lying.entries, at: Backwards::to(after), before, now }
        });
        Self { streams: streams.collect(), pace: Pace::within(BYTES), intake: scope.judge() }
    }

    /// Goes on, and sends what is found, until all was looked at or the budget is spent.
    pub(super) async fn go_on(&mut self, reading: &mut Reading<'_>, mut budget: Budget) -> Result<(), Stop> {
        loop {
            let mut open: Vec<&mut Stream<'a>> =
                self.streams.iter_mut().filter(|stream| !stream.at.has_ended()).collect();
            if open.is_empty() || budget.is_spent() {
                return Ok(());
            }
            let mut rest = &mut open[..];
            while !rest.is_empty() && !budget.is_spent() {
                let (together, count) = self.pace.at_once(rest.len());
                let (asked, others) = rest.split_at_mut(together);
                rest = others;
                let (mut found, known) =
                    page_of_each(reading, &mut self.pace, &mut self.intake, asked, count, &mut budget)
                        .await?;
                for chunk in known.chunks(AGAIN) {
                    let (there, gone) = again(reading, &mut self.intake, chunk).await?;
                    found.extend(there);
                    for (source, id) in gone {
                        for stream in asked.iter_mut().filter(|stream| stream.source.key == source.key) {
                            stream.now.unfit.remove(&id);
                        }
                    }
                }
                tell(reading, found).await?;
            }
        }
    }

    /// How many entries were not looked at, about, and of how many streams; nothing when all were.
    fn left(&self) -> Option<(u64, u64)> {
        let open = self.streams.iter().filter(|stream| !stream.at.has_ended());
        let left: Vec<u64> =
            open.map(|stream| stream.length.saturating_sub(stream.now.entries).max(1)).collect();
        (!left.is_empty()).then(|| (left.iter().sum(), left.len() as u64))
    }

    /// Ends the look: says what was not looked at, and remembers what was.
    pub(super) fn end(self, pager: &mut Pager, scope: &Scope) {
        if let Some((entries, streams)) = self.left() {
            pager.unseen(&format!(
                "about {} of {} were not looked at yet: those that are no events are not listed",
                plural(entries, "older entry", "older entries"),
                plural(streams, "type's stream", "types' streams"),
            ));
        }
        let looked = self.streams.into_iter().map(|stream| (stream.source.key.clone(), stream.now));
        scope.looks.remember(looked.collect());
    }
}

/// What is no event, and others: what earlier looks have found and is to be read again, or what is not there any more.
type Round<'a> = (Vec<Found<'a>>, Vec<(&'a Source, EntryId)>);

async fn page_of_each<'a>(
    reading: &mut Reading<'_>,
    pace: &mut Pace,
    intake: &mut Intake,
    streams: &mut [&mut Stream<'a>],
    count: usize,
    budget: &mut Budget,
) -> Result<Round<'a>, Stop> {
    let question = |stream: &&mut Stream<'_>| stream.at.question(stream.source.key.as_str(), count);
    let questions: Vec<_> = streams.iter().map(question).collect();
    let replies = reading.asker.ask_all(&questions, DOING).await?;
    let (mut found, mut known) = (Vec::new(), Vec::new());
    for (stream, reply) in streams.iter_mut().zip(replies) {
        let source = stream.source;
        let Some(reply) = reading.pager.permitted(reading.asker, reply, source.key.as_str(), DOING)? else {
            stream.at.end();
            continue;
        };
        let entries = codec::entries(reply).map_err(|fault| reading.asker.unreadable(fault, DOING))?;
        let bytes = entries.iter().map(RawEntry::size).sum();
        pace.learn(entries.len(), bytes);
        budget.spend(entries.len(), bytes);
        stream.at.note(count, &entries);
        for entry in entries {
            let id = entry.id;
            if let Some(before) =
                stream.before.take_if(|before| before.span.is_some_and(|(newest, _)| newest == id))
            {
                known.extend(before.unfit.iter().map(|id| (source, *id)));
                stream.go_on_behind(before);
                break;
            }
            stream.now.note(id);
            if let Some(entry) = unfit(intake, source, entry) {
                stream.now.unfit.insert(id);
                found.push(Found { source, entry });
            }
        }
        stream.settle();
    }
    Ok((found, known))
}

impl Stream<'_> {
    /// What earlier looks have seen begins here: what they left is next.
    fn go_on_behind(&mut self, before: Looked) {
        self.at = match before.span {
            Some((_, oldest)) if !before.is_whole => Backwards::between(oldest, EntryId::ZERO),
            _ => Backwards::ended(),
        };
        self.now.join(before);
    }

    /// Where all was read that was asked for, that is all there is, unless it was only what came since the last look, whose
    /// newest entry is gone: then nothing is known of what lies there.
    fn settle(&mut self) {
        if !self.at.has_ended() {
            return;
        }
        match self.before.take().and_then(|before| before.span) {
            Some((newest, _)) => {
                let next = self.now.span.map_or(newest, |(_, oldest)| oldest);
                self.at = Backwards::between(next, EntryId::ZERO);
            }
            None => self.now.is_whole = true,
        }
    }
}

/// Reads again what earlier looks have found.
async fn again<'a>(
    reading: &mut Reading<'_>,
    intake: &mut Intake,
    known: &[(&'a Source, EntryId)],
) -> Result<Round<'a>, Stop> {
    let question = |(source, id): &(&Source, EntryId)| Question::entry_at(source.key.as_str(), *id);
    let questions: Vec<_> = known.iter().map(question).collect();
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for ((source, id), reply) in known.iter().zip(reading.asker.ask_all(&questions, DOING).await?) {
        let Some(reply) = reading.pager.permitted(reading.asker, reply, source.key.as_str(), DOING)? else {
            continue;
        };
        let entries = codec::entries(reply).map_err(|fault| reading.asker.unreadable(fault, DOING))?;
        match entries.into_iter().next().and_then(|entry| unfit(intake, source, entry)) {
            Some(entry) => found.push(Found { source, entry }),
            None => gone.push((*source, *id)),
        }
    }
    Ok((found, gone))
}

/// Sends those that nothing else shows.
async fn tell(reading: &mut Reading<'_>, found: Vec<Found<'_>>) -> Result<(), Stop> {
    let places: Vec<_> = found.iter().map(|found| (&found.source.key, found.entry.id)).collect();
    let elsewhere = elsewhere(reading.asker, reading.scope, &places).await?;
    for (at, Found { source, entry }) in found.into_iter().enumerate() {
        if !elsewhere.contains(&at) {
            let event = reading.records.unfit(source, entry);
            reading.pager.push(event).await?;
        }
    }
    Ok(())
}

/// Which of `places` the group has not finished, or were made dead letters.
async fn elsewhere(
    asker: &mut Asker,
    scope: &Scope,
    places: &[(&StreamKey, EntryId)],
) -> Result<BTreeSet<usize>, BusError> {
    let Some(group) = scope.unrecorded.as_ref().map(|bus| &bus.group) else { return Ok(BTreeSet::new()) };
    let mut elsewhere = BTreeSet::new();
    let pending = places.iter().enumerate().map(|(at, (stream, id))| {
        let range = (id.previous().unwrap_or(EntryId::ZERO), *id);
        (at, Question::pending_between(stream, group.as_bytes(), range, 1))
    });
    for (at, reply) in asker.ask_about(pending.collect(), CHUNK, DOING).await? {
        let listed = asker.granted(reply, DOING)?.map(codec::list);
        if listed.and_then(Result::ok).is_some_and(|listed| !listed.is_empty()) {
            elsewhere.insert(at);
        }
    }
    let mut by_stream: BTreeMap<&StreamKey, (Vec<usize>, Vec<String>)> = BTreeMap::new();
    for (at, (stream, id)) in places.iter().enumerate() {
        let (numbers, ids) = by_stream.entry(stream).or_default();
        numbers.push(at);
        ids.push(id.to_string());
    }
    let dead = by_stream.into_iter().map(|(stream, (numbers, ids))| {
        (numbers, Question::are_members(&Layout::dead_lettered(stream), &ids))
    });
    for (numbers, reply) in asker.ask_about(dead.collect(), CHUNK, DOING).await? {
        let said = asker.granted(reply, DOING)?.map(codec::list);
        let said = said.and_then(Result::ok).unwrap_or_default();
        let is_dead = |(_, said): &(usize, &redis::Value)| codec::number(said) == Some(1);
        elsewhere.extend(numbers.into_iter().zip(&said).filter(is_dead).map(|(at, _)| at));
    }
    Ok(elsewhere)
}

/// The entry, if it is no event that its type's schema takes.
pub(super) fn unfit(intake: &mut Intake, source: &Source, entry: RawEntry) -> Option<Entry> {
    let raw = Raw {
        stream: source.key.clone(),
        id: entry.id,
        replayable: true,
        channel: source.channel.clone(),
        event_type: Some(source.event_type.clone()),
        fields: entry.fields?,
    };
    match intake.admit(raw) {
        Admission::Entry(entry) => entry.fault().is_some().then_some(entry),
        // There is no lock here: it is the pager's.
        Admission::OtherTenant | Admission::Unattributed => None,
    }
}
