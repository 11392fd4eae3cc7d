//! What groups were given and have not finished, of types' streams and of retry streams. The list of what is pending is
//! read in pages and never by idle time: on a long list the server would stand still meanwhile.

use std::collections::{BTreeSet, VecDeque};

use super::lying::Lying;
use super::pager::{BYTES, Stop};
use super::read::Reading;
use crate::broker::redis::beats;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::discovery::Source;
use crate::broker::redis::group_replies::pending_entries;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::SurveyedGroup;
use crate::bus::PendingEntry;
use crate::event::{EntryId, StreamKey};
use crate::text::{count, display_safe};

/// The most pending entries of each group that are looked at: the oldest, as nobody has finished them for the longest
/// time.
const LOOKED_AT: usize = 1_000;
/// How many of them the server lists at a time.
const PAGE: usize = 250;
/// How many groups are looked at together.
const GROUPS: usize = 20;
const DOING: &str = "reading what is pending";

/// A group with something pending.
struct Group<'a> {
    source: &'a Source,
    stream: &'a StreamKey,
    facts: &'a SurveyedGroup,
    is_retry: bool,
    listed: Vec<PendingEntry>,
    ended: bool,
}

/// Sends what is pending: of each group the newest first.
pub(super) async fn read(reading: &mut Reading<'_>, lying: &[Lying]) -> Result<(), Stop> {
    let mut groups = groups(lying);
    let too_many: Vec<_> =
        groups.iter().filter(|group| group.facts.pending > LOOKED_AT as u64).map(name).collect();
    if let Some(first) = too_many.first() {
        let others = match too_many.len() {
            1 => String::new(),
            more => format!(" and {} others", count(more as u64 - 1)),
        };
        reading.pager.unseen(&format!(
            "of what is pending with {first}{others} only the oldest {} were looked at",
            count(LOOKED_AT as u64)
        ));
    }
    for chunk in groups.chunks_mut(GROUPS) {
        list(reading, chunk).await?;
        note_leases(reading, chunk).await?;
        send(reading, chunk).await?;
    }
    Ok(())
}

fn groups(lying: &[Lying]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for Lying { source, groups: own, retries, .. } in lying {
        let of_retries = retries.iter().map(|retries| (&retries.key, &retries.groups, true));
        for (stream, facts, is_retry) in std::iter::once((&source.key, own, false)).chain(of_retries) {
            let some = facts.iter().filter(|group| group.pending > 0);
            groups.extend(some.map(|facts| Group {
                source,
                stream,
                facts,
                is_retry,
                listed: Vec::new(),
                ended: false,
            }));
        }
    }
    groups
}

fn name(group: &Group<'_>) -> String {
    format!("{} on {}", display_safe(&group.facts.text()), group.stream)
}

/// Lists what is pending with each of `groups`, up to the bound.
async fn list(reading: &mut Reading<'_>, groups: &mut [Group<'_>]) -> Result<(), Stop> {
    loop {
        let mut open: Vec<_> = groups.iter_mut().filter(|group| !group.ended).collect();
        if open.is_empty() {
            return Ok(());
        }
        let question = |group: &&mut Group<'_>| {
            let after = group.listed.last().map_or(EntryId::ZERO, |entry| entry.id);
            Question::pending_between(group.stream, &group.facts.name, (after, EntryId::MAX), PAGE)
        };
        let questions: Vec<_> = open.iter().map(question).collect();
        let replies = reading.asker.ask_all(&questions, DOING).await?;
        for (group, reply) in open.iter_mut().zip(replies) {
            let key = group.stream.as_str();
            let Some(reply) = reading.pager.permitted(reading.asker, reply, key, DOING)? else {
                group.ended = true;
                continue;
            };
            let page = pending_entries(group.stream, group.is_retry, reading.scope.lease, reply)
                .map_err(|fault| reading.asker.unreadable(fault, DOING))?;
            group.ended = page.len() < PAGE || group.listed.len() + page.len() >= LOOKED_AT;
            group.listed.extend(page);
        }
    }
}

/// Reads the leases of those that something is pending with.
async fn note_leases(reading: &mut Reading<'_>, groups: &mut [Group<'_>]) -> Result<(), Stop> {
    if !matches!(reading.scope.layout, Layout::Native { .. }) {
        return Ok(());
    }
    let consumers: Vec<BTreeSet<String>> = groups
        .iter()
        .map(|group| group.listed.iter().map(|entry| entry.consumer.clone()).collect())
        .collect();
    let all: BTreeSet<&String> = consumers.iter().flatten().collect();
    let all: Vec<String> = all.into_iter().cloned().collect();
    let beats = beats::read(reading.asker, &reading.scope.layout, &all).await?;
    for (group, consumers) in groups.iter_mut().zip(&consumers) {
        beats::note_leases(&mut group.listed, consumers, &beats);
    }
    Ok(())
}

/// Reads what the listed entries hold, and sends them.
async fn send(reading: &mut Reading<'_>, groups: &[Group<'_>]) -> Result<(), Stop> {
    let mut pace = Pace::within(BYTES);
    let mut left: VecDeque<(&Group<'_>, &PendingEntry)> =
        groups.iter().flat_map(|group| group.listed.iter().rev().map(move |entry| (group, entry))).collect();
    while !left.is_empty() {
        let chunk: Vec<_> = left.drain(..pace.count(1).min(left.len())).collect();
        let questions: Vec<_> =
            chunk.iter().map(|(group, entry)| Question::entry_at(group.stream.as_str(), entry.id)).collect();
        let mut entries = Vec::with_capacity(chunk.len());
        for ((group, _), reply) in chunk.iter().zip(reading.asker.ask_all(&questions, DOING).await?) {
            let reply = reading.pager.permitted(reading.asker, reply, group.stream.as_str(), DOING)?;
            let found = reply.map(codec::entries).transpose();
            let found = found.map_err(|fault| reading.asker.unreadable(fault, DOING))?;
            entries.push(found.and_then(|entries| entries.into_iter().next()));
        }
        pace.learn(entries.len(), entries.iter().flatten().map(RawEntry::size).sum());
        for ((group, pending), entry) in chunk.into_iter().zip(entries) {
            let fields = entry.and_then(|entry| entry.fields);
            let event = reading.records.pending(group.source, &group.facts.text(), pending, fields);
            reading.pager.push(event).await?;
        }
    }
    Ok(())
}
