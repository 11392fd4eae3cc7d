//! What is left for a handler to do, over all its consumers: unread, pending, waiting in the schedule.
//!
//! The three lie in different keys, and an event may move from one to another between two questions. So nothing is only
//! believed to be left when no stream has got an entry meanwhile: what was not pending cannot get into the schedule, and
//! what is in the schedule only leaves it into a stream.

use redis::{Pipeline, RedisResult, Value};

use super::groups::{Groups, Readings};
use crate::broker::redis::codec::{self, Malformed};
use crate::broker::redis::facts::StreamFacts;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, Left};
use crate::event::{EntryId, StreamKey};

const DOING: &str = "asking what is left to do";
/// How many waiting retries one step of a scan looks at.
const PAGE: usize = 1_000;

/// One look at the streams.
#[derive(Debug, Default, PartialEq)]
struct Look {
    unread: u64,
    pending: u64,
    /// The newest entry that each stream ever got: no two looks are equal when one came between them.
    newest: Vec<EntryId>,
    /// Streams that seem to have unread entries, with the last one that was given.
    doubtful: Vec<(StreamKey, EntryId)>,
}

/// Asks for what is left.
pub(super) async fn left(groups: &Groups) -> Result<Left, BusError> {
    groups.follow().await?;
    let readings = groups.readings();
    let first = look(groups, &readings).await?;
    let scheduled = scheduled(groups, &readings).await?;
    let left = Left { unread: first.unread, pending: first.pending, scheduled };
    if !left.is_nothing() {
        return Ok(left);
    }
    let second = look(groups, &readings).await?;
    Ok(if second == first { left } else { Left { unread: second.unread.max(1), ..left } })
}

async fn look(groups: &Groups, readings: &Readings) -> Result<Look, BusError> {
    let mut questions = Pipeline::with_capacity(2 * readings.len());
    for stream in readings.keys() {
        questions.cmd("XINFO").arg("GROUPS").arg(stream.as_str());
        questions.cmd("XINFO").arg("STREAM").arg(stream.as_str());
    }
    let mut answers = groups.upkeep.commands().results(&mut questions, DOING).await?.into_iter();
    let mut look = Look::default();
    for stream in readings.keys() {
        let (Some(of_groups), Some(facts)) = (answers.next(), answers.next()) else {
            return Err(unreadable(groups, Malformed::COUNT));
        };
        // A stream that is gone has nothing to give.
        let (Some(of_groups), Some(facts)) = (there(groups, of_groups)?, there(groups, facts)?) else {
            look.newest.push(EntryId::ZERO);
            continue;
        };
        look.note(stream, groups.handler.as_str(), of_groups, facts)
            .map_err(|fault| unreadable(groups, fault))?;
    }
    look.settle(groups).await?;
    Ok(look)
}

impl Look {
    fn note(
        &mut self,
        stream: &StreamKey,
        handler: &str,
        of_groups: Value,
        facts: Value,
    ) -> Result<(), Malformed> {
        let facts = StreamFacts::read(facts)?;
        self.newest.push(facts.last_generated);
        // Without its group, all of the stream is new to the handler.
        let (mut pending, mut given, mut lag) = (0, EntryId::ZERO, None);
        for group in codec::list(of_groups)? {
            let pairs = codec::pairs(group)?;
            let find = |wanted: &str| codec::find(&pairs, wanted);
            if find("name").and_then(codec::text) == Some(handler) {
                pending = find("pending").and_then(codec::number).unwrap_or(0);
                given = find("last-delivered-id").map_or(Ok(EntryId::ZERO), codec::entry_id)?;
                lag = find("lag").and_then(codec::number);
            }
        }
        self.pending += pending;
        if facts.length > 0 && given < facts.last_generated {
            self.unread += lag.unwrap_or(1).clamp(1, facts.length);
            self.doubtful.push((stream.clone(), given));
        }
        Ok(())
    }

    /// What was trimmed or removed unread is counted as unread by the server, too; nobody will be given that.
    async fn settle(&mut self, groups: &Groups) -> Result<(), BusError> {
        if self.doubtful.is_empty() {
            return Ok(());
        }
        let mut questions = Pipeline::with_capacity(self.doubtful.len());
        for (stream, given) in &self.doubtful {
            questions
                .cmd("XRANGE")
                .arg(stream.as_str())
                .arg(format!("({given}"))
                .arg("+")
                .arg("COUNT")
                .arg(1);
        }
        let mut any = false;
        for answer in groups.upkeep.commands().results(&mut questions, DOING).await? {
            if let Some(entries) = there(groups, answer)? {
                any |= !codec::list(entries).map_err(|fault| unreadable(groups, fault))?.is_empty();
            }
        }
        if !any {
            self.unread = 0;
        }
        Ok(())
    }
}

/// How many retries wait; counting ends with the first page that has any, as there may be many of other handlers.
async fn scheduled(groups: &Groups, readings: &Readings) -> Result<u64, BusError> {
    // No character of a handler's name means anything in a pattern.
    let own = format!("{}|*", groups.handler.as_str());
    let types = readings.values().filter(|reading| !reading.is_retry);
    let mut open: Vec<(String, u64)> =
        types.map(|reading| (Layout::schedule(&reading.source.key), 0)).collect();
    while !open.is_empty() {
        let mut questions = Pipeline::with_capacity(open.len());
        for (key, cursor) in &open {
            questions.cmd("ZSCAN").arg(key).arg(*cursor).arg("MATCH").arg(&own).arg("COUNT").arg(PAGE);
        }
        let mut count = 0;
        let mut next = Vec::new();
        for ((key, _), answer) in
            open.into_iter().zip(groups.upkeep.commands().results(&mut questions, DOING).await?)
        {
            let Some(answer) = there(groups, answer)? else { continue };
            let page = (|| {
                let [cursor, found] = codec::exactly(answer, "a cursor and members")?;
                Ok((codec::number(&cursor).unwrap_or(0), codec::pairs(found)?.len() as u64))
            })();
            let (cursor, found) = page.map_err(|fault| unreadable(groups, fault))?;
            count += found;
            if cursor != 0 {
                next.push((key, cursor));
            }
        }
        if count > 0 {
            return Ok(count);
        }
        open = next;
    }
    Ok(0)
}

/// An answer; `None` where the key is not there.
fn there(groups: &Groups, answer: RedisResult<Value>) -> Result<Option<Value>, BusError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.detail().is_some_and(|text| text.contains("no such key")) => Ok(None),
        Err(error) => Err(groups.upkeep.commands().refused(&error, DOING)),
    }
}

fn unreadable(groups: &Groups, fault: Malformed) -> BusError {
    BusError::Unavailable { what: format!("{DOING} at {}: {fault}", groups.upkeep.commands().target()) }
}
