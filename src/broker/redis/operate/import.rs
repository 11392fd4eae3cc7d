//! Putting exported dead letters back.

use std::collections::BTreeMap;

use redis::Value;

use super::look::event_of;
use super::{RedisOperator, Ways};
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, IMPORT};
use crate::bus::{ActionError, BusError, FailedAt};
use crate::event::{EntryId, Field, HandlerName, StreamKey};

const DOING: &str = "importing dead letters";
/// More fields than any dead letter of ours has, and as many as a script can write.
const MOST_FIELDS: usize = 3_850;
/// So many go into one call: each looks into what lies there once.
const CHUNK: usize = 200;
/// And about so many bytes.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// What putting aside adds.
const ASIDE: [&[u8]; 4] = [b"discardedBy", b"discardedAt", b"discardReason", b"discardedFrom"];

/// See [`crate::bus::Operator::import`].
pub(super) async fn import(
    operator: &RedisOperator,
    letters: &[(StreamKey, Vec<Field>)],
) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
    let mut answers = Vec::with_capacity(letters.len());
    let mut by_stream: BTreeMap<&StreamKey, Vec<(usize, &[Field])>> = BTreeMap::new();
    for (at, (stream, fields)) in letters.iter().enumerate() {
        let vetted = vet(operator, stream, fields);
        if let Ok(fields) = vetted {
            by_stream.entry(stream).or_default().push((at, fields));
        }
        answers.push(vetted.and(Err(ActionError::Gone)));
    }
    let (mut calls, mut places) = (Vec::new(), Vec::new());
    for (stream, letters) in &by_stream {
        for chunk in chunks(letters) {
            calls.push(written(stream, chunk.iter().map(|(_, fields)| *fields)));
            places.push((*stream, chunk));
        }
    }
    for ((stream, chunk), sent) in places.into_iter().zip(operator.send(&calls, DOING).await?) {
        let ids = sent.map(|value| codec::list(value).unwrap_or_default());
        for (k, (at, _)) in chunk.iter().enumerate() {
            answers[*at] = match &ids {
                Err(why) => Err(why.clone()),
                Ok(ids) => imported(stream, ids.get(k)),
            };
        }
    }
    Ok(answers)
}

/// What writes these beside `stream`.
fn written<'a>(stream: &StreamKey, letters: impl IntoIterator<Item = &'a [Field]>) -> Call {
    let mut call = Call::new(&IMPORT, [Layout::dead_letters(stream)]);
    for fields in letters {
        call.arg(2 * fields.len());
        for (name, value) in fields {
            call.arg(name.as_slice()).arg(value.as_slice());
        }
    }
    call
}

/// What writes one of them.
pub(super) fn call(
    operator: &RedisOperator,
    stream: &StreamKey,
    fields: &[Field],
) -> Result<Call, ActionError> {
    Ok(written(stream, [vet(operator, stream, fields)?]))
}

fn imported(stream: &StreamKey, answer: Option<&Value>) -> Result<FailedAt, ActionError> {
    let text = answer.and_then(codec::text).unwrap_or("nothing");
    let Ok(id) = text.parse() else {
        // The text of a refusal holds no payload: its first word is the code.
        let word = crate::text::display_safe(text.split_whitespace().next().unwrap_or_default());
        return Err(ActionError::Refused(format!("the server refused to write it ({word})")));
    };
    Ok(FailedAt::DeadLetter { stream: stream.clone(), id })
}

/// In groups that one call takes.
fn chunks<'a, 'f>(mut letters: &'a [(usize, &'f [Field])]) -> Vec<&'a [(usize, &'f [Field])]> {
    let size = |fields: &[Field]| fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let mut chunks = Vec::new();
    while !letters.is_empty() {
        let mut bytes = 0;
        let fits = letters.iter().take(CHUNK).take_while(|(_, fields)| {
            bytes += size(fields);
            bytes <= CHUNK_BYTES
        });
        let (chunk, rest) = letters.split_at(fits.count().max(1));
        chunks.push(chunk);
        letters = rest;
    }
    chunks
}

/// The fields that are put there, or why they are not.
fn vet<'a>(
    operator: &RedisOperator,
    stream: &StreamKey,
    fields: &'a [Field],
) -> Result<&'a [Field], ActionError> {
    operator.type_of(stream)?;
    operator.admits(Some(fields))?;
    // One that had been discarded when it was exported is a dead letter from now on.
    let aside = fields.iter().rev().take_while(|(name, _)| ASIDE.contains(&name.as_slice())).count();
    let fields = &fields[..fields.len() - aside];
    let invalid = |why: String| Err(ActionError::Invalid(why));
    if fields.is_empty() {
        return invalid("it has no fields".to_owned());
    }
    if fields.len() > MOST_FIELDS {
        return invalid(format!("it has {} fields; {MOST_FIELDS} is the limit", fields.len()));
    }
    let size = event_of(fields).map_or(0, str::len);
    if size > operator.max_event_bytes {
        return invalid(format!("its event has {size} bytes; {} is the limit", operator.max_event_bytes));
    }
    let source = fields.iter().rev().find(|(name, _)| name == b"sourceStream");
    if source.is_some_and(|(_, key)| key != stream.as_str().as_bytes()) {
        return invalid(format!("it says that it was published to another stream than {stream}"));
    }
    // What tells it from others. Without a handler nobody could be given it, but on a bus that has none.
    let last = |wanted: &str| {
        let found = fields.iter().rev().find(|(name, _)| name == wanted.as_bytes());
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    };
    if last("sourceMessageId").is_none_or(|id| id.parse::<EntryId>().is_err()) {
        return invalid("it does not say where it was published (sourceMessageId)".to_owned());
    }
    let names_handler = last("handler").is_some_and(|name| HandlerName::new(name).is_ok());
    if matches!(operator.ways, Ways::Native { .. }) && !names_handler {
        return invalid("it names no handler that it could be given to (handler)".to_owned());
    }
    Ok(fields)
}
