//! What became of entries of retry streams. The finish script records an outcome in the step that removes the entry, so
//! one that is gone without an outcome came to another end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::following::{Key, OfType};
use super::pages::{Pages, read_on};
use super::{letters, records, waiting};
use crate::broker::redis::asker::{Asker, Reply};
use crate::broker::redis::codec;
use crate::broker::redis::due;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, Followed};
use crate::event::{EntryId, Field, HandlerName, Interner, StreamKey};

const DOING: &str = "following retried events";
/// How many members of a schedule one question names.
const MEMBERS: usize = 500;

/// Looks at the open runs that lie in retry streams of the type in `stream`.
///
/// What is asked first may only be left by what is asked last: an entry leaves the schedule for the retry stream, and
/// that with an outcome. So one that is nowhere was in none of them.
pub(super) async fn look(
    asker: &mut Asker,
    stream: &StreamKey,
    of_type: &mut OfType,
    names: &mut Interner<Arc<str>>,
    plan: Option<&Arc<str>>,
) -> Result<(), BusError> {
    let waits = scheduled(asker, stream, of_type).await?;
    let oldest = oldest(asker, stream, of_type).await?;
    let was_retrying: BTreeSet<usize> =
        open(of_type).filter(|at| of_type.runs[*at].now == Followed::Retrying).collect();
    for run in &mut of_type.runs {
        run.heard = false;
    }
    outcomes(asker, stream, of_type, names, plan).await?;
    let is_lost = |at: &usize| {
        let run = &of_type.runs[*at];
        let there = run.handler.as_ref().and_then(|handler| oldest.get(handler)).copied().flatten();
        match run.now {
            Followed::Pending => there.is_none_or(|oldest| run.id < oldest),
            // Its retry has a position that nobody told us: while anything is there, it may be that.
            Followed::Retrying => {
                !run.heard && was_retrying.contains(at) && !waits.contains(at) && there.is_none()
            }
            _ => false,
        }
    };
    let lost: Vec<usize> = open(of_type).filter(is_lost).collect();
    if lost.is_empty() {
        return Ok(());
    }
    letters::read(asker, stream, of_type, names).await?;
    for at in lost {
        let run = &of_type.runs[at];
        let Some(handler) = &run.handler else { continue };
        let letter = (names.share(handler.as_str().into()), run.source);
        let dead = of_type.letters.contains(&letter);
        of_type.runs[at].now = if dead { Followed::DeadAgain } else { Followed::Lost };
    }
    Ok(())
}

fn open(of_type: &OfType) -> impl Iterator<Item = usize> {
    of_type.open.iter().copied().filter(|at| of_type.runs[*at].handler.is_some())
}

/// Which of those that are tried again wait in the schedule.
async fn scheduled(
    asker: &mut Asker,
    stream: &StreamKey,
    of_type: &OfType,
) -> Result<BTreeSet<usize>, BusError> {
    let members: Vec<(usize, String)> = open(of_type)
        .filter_map(|at| {
            let run = &of_type.runs[at];
            let handler = run.handler.as_ref().filter(|_| run.now == Followed::Retrying)?;
            Some((at, waiting::member(handler, run.source)))
        })
        .collect();
    in_schedule(asker, stream, members).await
}

/// Which of these members are in the schedule of the type in `stream`.
pub(super) async fn in_schedule<T: Copy + Ord>(
    asker: &mut Asker,
    stream: &StreamKey,
    members: Vec<(T, String)>,
) -> Result<BTreeSet<T>, BusError> {
    let key = Layout::schedule(stream);
    let (whose, members): (Vec<T>, Vec<String>) = members.into_iter().unzip();
    let questions: Vec<_> = members.chunks(MEMBERS).map(|part| Question::scores(&key, part)).collect();
    let mut there = BTreeSet::new();
    for (part, reply) in whose.chunks(MEMBERS).zip(asker.ask_all(&questions, DOING).await?) {
        let Some(reply) = asker.answered(reply, DOING)? else { continue };
        let scores = codec::list(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        there.extend(part.iter().zip(&scores).filter(|(_, at)| due::time(at).is_some()).map(|(at, _)| *at));
    }
    Ok(there)
}

/// The oldest entry of each retry stream that something open lies in.
async fn oldest(
    asker: &mut Asker,
    stream: &StreamKey,
    of_type: &OfType,
) -> Result<BTreeMap<HandlerName, Option<EntryId>>, BusError> {
    let handlers: BTreeSet<HandlerName> =
        open(of_type).filter_map(|at| of_type.runs[at].handler.clone()).collect();
    let questions: Vec<_> = handlers
        .into_iter()
        .filter_map(|handler| {
            let key = Layout::retries(stream, &handler)?;
            Some((handler, Question::oldest(key.as_str())))
        })
        .collect();
    let mut oldest = BTreeMap::new();
    // An answer holds one whole entry.
    for (handler, reply) in asker.ask_about(questions, 10, DOING).await? {
        let first = first_entry(asker, reply)?;
        oldest.insert(handler, first);
    }
    Ok(oldest)
}

/// The id of the one entry of a reply.
pub(super) fn first_entry(asker: &Asker, reply: Reply) -> Result<Option<EntryId>, BusError> {
    let Some(reply) = asker.answered(reply, DOING)? else { return Ok(None) };
    let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
    Ok(entries.first().map(|entry| entry.id))
}

/// Reads the outcomes that were recorded since the last look.
pub(super) async fn outcomes(
    asker: &mut Asker,
    stream: &StreamKey,
    of_type: &mut OfType,
    names: &mut Interner<Arc<str>>,
    plan: Option<&Arc<str>>,
) -> Result<(), BusError> {
    let mut after = of_type.outcomes_after;
    let read = read_on(asker, Layout::outcomes(stream), &mut after, DOING, |id, fields| {
        if let Some((plan_of, handler, source, outcome)) = records::outcome(fields) {
            let key: Key = (names.share(plan_of.into()), names.share(handler.into()), source);
            of_type.note(id, key, outcome, plan);
        }
    })
    .await;
    // What was noted is not noted again, also where the rest could not be read.
    of_type.outcomes_after = after;
    read
}

/// Goes through the retry stream at `key` from behind `after`, which goes along, until `is_wanted` says so or through so
/// many entries; whether anything is left to go through.
pub(super) async fn go_through(
    asker: &mut Asker,
    key: &StreamKey,
    after: &mut EntryId,
    most: usize,
    mut is_wanted: impl FnMut(EntryId, &[Field]) -> bool,
) -> Result<bool, BusError> {
    let mut seen = 0;
    let mut pages = Pages::on(key.as_str().to_owned(), *after);
    while let Some(page) = pages.next(asker, DOING).await? {
        if seen >= most {
            return Ok(true);
        }
        seen += page.len();
        for entry in &page {
            *after = entry.id;
            if is_wanted(entry.id, entry.fields.as_deref().unwrap_or_default()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
