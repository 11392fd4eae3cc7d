//! What lies there already of the letters of an import, and what left.

use redis::Pipeline;

use super::RedisOperator;
use super::step::refused;
use crate::broker::redis::codec;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::told::text;
use crate::bus::{ActionError, BusError, Departed, OfStream};
use crate::event::{EntryId, Field, StreamKey};

const DOING: &str = "looking through what lies there before an import";
/// Where dead letters and discarded ones say where they were published, and where records of retries do.
const SOURCE: &str = "sourceMessageId";
const RETRIED_SOURCE: &str = "source";
/// About so many bytes are read at a time.
const BYTES: usize = 4 << 20;

/// What tells a dead letter from others: where it was published, and its handler; empty where it names none.
pub(super) fn name_of(letter: &[Field]) -> Option<(EntryId, &str)> {
    name(letter, SOURCE)
}

fn name<'f>(fields: &'f [Field], source: &str) -> Option<(EntryId, &'f str)> {
    Some((text(fields, source)?.parse().ok()?, text(fields, "handler").unwrap_or_default()))
}

/// Looks through what came beside `stream` since the last time. The dead letters first: one that leaves them meanwhile is
/// found where it went. What left does not matter to what is wanted `again`.
pub(super) async fn look(
    operator: &RedisOperator,
    stream: &StreamKey,
    known: &mut OfStream,
    again: bool,
) -> Result<Result<(), ActionError>, BusError> {
    let key = Layout::dead_letters(stream);
    let lies = |known: &mut OfStream, id, fields: &[Field]| {
        known.letters = id;
        if let Some((source, handler)) = name_of(fields) {
            known.lies(source, handler, id);
        }
    };
    let mut looked = each(operator, &key, known.letters, known, lies).await?;
    if !again && looked.is_ok() {
        let retried = |known: &mut OfStream, id, fields: &[Field]| {
            known.retried = id;
            if let Some((source, handler)) = name(fields, RETRIED_SOURCE) {
                known.left(source, handler, id, Departed::Retried);
            }
        };
        looked = each(operator, &operator.layout.retried(stream), known.retried, known, retried).await?;
    }
    if !again && looked.is_ok() {
        let discarded = |known: &mut OfStream, id, fields: &[Field]| {
            known.discarded = id;
            if let Some((source, handler)) = name_of(fields) {
                known.left(source, handler, id, Departed::Discarded);
            }
        };
        looked =
            each(operator, &operator.layout.discarded(stream), known.discarded, known, discarded).await?;
    }
    Ok(looked)
}

/// Shows `see` every entry behind `after` of the stream at `key`.
async fn each(
    operator: &RedisOperator,
    key: &str,
    mut after: EntryId,
    known: &mut OfStream,
    see: impl Fn(&mut OfStream, EntryId, &[Field]),
) -> Result<Result<(), ActionError>, BusError> {
    let what = operator.commands.context(DOING);
    let mut pace = Pace::within(BYTES);
    loop {
        let count = pace.count(1);
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(Question::range_after(key, after, count).command().clone());
        let entries = match operator.commands.results(&mut pipeline, DOING).await?.pop() {
            Some(Ok(reply)) => codec::entries(reply),
            Some(Err(error)) => return Ok(Err(refused(&error, &what))),
            None => Err(codec::Malformed::COUNT),
        };
        let entries = match entries {
            Ok(entries) => entries,
            Err(fault) => return Ok(Err(ActionError::Unknown(format!("{what}: {fault}")))),
        };
        pace.learn(entries.len(), entries.iter().map(codec::RawEntry::size).sum());
        for entry in &entries {
            after = entry.id;
            see(known, entry.id, entry.fields.as_deref().unwrap_or_default());
        }
        if entries.len() < count {
            return Ok(Ok(()));
        }
    }
}
