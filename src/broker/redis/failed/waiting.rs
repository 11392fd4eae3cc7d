//! What waits in the schedules to be tried again.

use super::lying::Lying;
use super::pager::{BYTES, Stop};
use super::read::Reading;
use super::unpack::unpack;
use crate::broker::redis::asker::{Asker, Reply};
use crate::broker::redis::codec;
use crate::broker::redis::discovery::Source;
use crate::broker::redis::due::{self, Due};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::BusError;
use crate::event::{EntryId, Field, HandlerName, StreamKey};
use crate::text::count;

/// How many members of a schedule are listed at a time.
const PAGE: usize = 500;
const DOING: &str = "reading what waits to be tried again";

/// One that waits, with its body where that is there.
pub(super) type Waiting = (Due, Option<Vec<Field>>);

/// The member of a schedule, and of its bodies, of `handler`'s retry of the event at `source`.
pub(super) fn member(handler: &HandlerName, source: EntryId) -> String {
    format!("{}|{source}", handler.as_str())
}

/// Sends what waits, the soonest of each schedule first.
pub(super) async fn read(reading: &mut Reading<'_>, lying: &[Lying]) -> Result<(), Stop> {
    let mut nameless = 0;
    for lying in lying.iter().filter(|lying| lying.waiting > 0) {
        nameless += schedule(reading, &lying.source).await?;
    }
    if nameless > 0 {
        let those = count(nameless);
        reading.pager.unseen(&format!("{those} members of schedules name no handler and no entry"));
    }
    Ok(())
}

/// Reads one schedule; answers how many members nobody can read.
async fn schedule(reading: &mut Reading<'_>, source: &Source) -> Result<u64, Stop> {
    let key = Layout::schedule(&source.key);
    let (mut from, mut skip, mut nameless) = ("-inf".to_owned(), 0, 0);
    loop {
        let question = Question::waiting_from(&key, &from, skip, PAGE);
        let reply = reading.asker.ask(&question, DOING).await?;
        let Some(reply) = reading.pager.permitted(reading.asker, reply, &key, DOING)? else {
            return Ok(nameless);
        };
        let mut page = due::page(reply).map_err(|fault| reading.asker.unreadable(fault, DOING))?;
        let mut listed = Vec::with_capacity(page.due.len());
        for due in std::mem::take(&mut page.due) {
            match std::str::from_utf8(&due.handler).ok().and_then(|name| HandlerName::new(name).ok()) {
                Some(handler) => listed.push((handler, due)),
                None => nameless += 1,
            }
        }
        nameless += page.unreadable;
        // Members that move on to their retry streams meanwhile are in front of this, so going on by time misses none.
        match page.last.take() {
            Some((score, same)) if score == from => skip += same,
            Some((score, same)) => (from, skip) = (score, same),
            // Nothing says where to go on.
            None => page.listed = 0,
        }
        send(reading, source, listed).await?;
        if page.listed < PAGE {
            return Ok(nameless);
        }
    }
}

/// Reads the bodies of what is listed, about so many bytes at a time, and sends them.
async fn send(
    reading: &mut Reading<'_>,
    source: &Source,
    listed: Vec<(HandlerName, Due)>,
) -> Result<(), Stop> {
    let key = Layout::scheduled(&source.key);
    let members: Vec<_> = listed.iter().map(|(handler, due)| member(handler, due.source)).collect();
    let lengths: Vec<_> = members.iter().map(|member| Question::body_length(&key, member)).collect();
    let mut sizes = Vec::with_capacity(members.len());
    for reply in reading.asker.ask_all(&lengths, DOING).await? {
        let length = reading.pager.permitted(reading.asker, reply, &key, DOING)?;
        sizes.push(length.as_ref().and_then(codec::number).unwrap_or(0));
    }
    let mut rest = listed.into_iter().zip(members).zip(sizes).peekable();
    while rest.peek().is_some() {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while let Some(((due, member), size)) = rest.next_if(|_| bytes < BYTES as u64) {
            bytes += size;
            chunk.push((due, Question::body(&key, &member)));
        }
        for ((handler, due), reply) in reading.asker.ask_about(chunk, PAGE, DOING).await? {
            let body = reading.pager.permitted(reading.asker, reply, &key, DOING)?;
            let fields = body.and_then(|body| unpack(&codec::bytes(body).ok()?));
            let event = reading.records.waiting(source, &handler, &due, fields);
            reading.pager.push(event).await?;
        }
    }
    Ok(())
}

/// One that waits, with its body where that is there; `None` when it does not wait any more.
pub(super) async fn one(
    asker: &mut Asker,
    stream: &StreamKey,
    handler: &HandlerName,
    source: EntryId,
) -> Result<Option<Waiting>, BusError> {
    let mut replies = asker.ask_all(&one_is_asked(stream, handler, source), DOING).await?.into_iter();
    one_is_told(asker, &mut replies, handler, source)
}

/// What is asked about one that may wait.
pub(super) fn one_is_asked(stream: &StreamKey, handler: &HandlerName, source: EntryId) -> [Question; 2] {
    let member = member(handler, source);
    [
        Question::scores(&Layout::schedule(stream), std::slice::from_ref(&member)),
        Question::body(&Layout::scheduled(stream), &member),
    ]
}

/// What the next two replies say of it.
pub(super) fn one_is_told(
    asker: &Asker,
    replies: &mut impl Iterator<Item = Reply>,
    handler: &HandlerName,
    source: EntryId,
) -> Result<Option<Waiting>, BusError> {
    let (Some(scores), Some(body)) = (replies.next(), replies.next()) else { return Ok(None) };
    let Some(scores) = asker.answered(scores, DOING)? else { return Ok(None) };
    let scores = codec::list(scores).map_err(|fault| asker.unreadable(fault, DOING))?;
    let Some(at) = scores.first().and_then(due::time) else { return Ok(None) };
    let body = asker.answered(body, DOING)?.and_then(|body| unpack(&codec::bytes(body).ok()?));
    Ok(Some((Due { handler: handler.as_str().as_bytes().to_vec(), source, at }, body)))
}
