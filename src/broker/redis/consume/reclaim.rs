//! What others left: pending with consumers that ended or stalled, or given back.

use redis::{Pipeline, Value};

use super::groups::Reading;
use super::member::{Member, delivery};
use super::script::{Call, RECLAIM, call_all};
use crate::broker::redis::codec::{self, Malformed};
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, Delivery};
use crate::event::{EntryId, StreamKey};

const DOING: &str = "taking over what others left";
/// How many entries of one stream are taken over in one step.
const PAGE: usize = 100;

/// A stream in which others may have left something, and where to go on.
struct Page<'a> {
    stream: &'a StreamKey,
    reading: &'a Reading,
    cursor: EntryId,
}

impl Member {
    /// Takes over about `at_most` of what others left; the stream number `turn` comes first. It costs one round trip where
    /// nothing is pending with others, and one more for each page over all streams where something is.
    pub(super) async fn left_by_others(
        &self,
        at_most: usize,
        turn: usize,
    ) -> Result<Vec<Delivery>, BusError> {
        let readings = self.groups.readings();
        let all = readings.iter().map(|(stream, reading)| Page { stream, reading, cursor: EntryId::ZERO });
        let mut pages = self.pending_with_others(all).await?;
        let first = turn % pages.len().max(1);
        pages.rotate_left(first);
        let mut found = Vec::new();
        while !pages.is_empty() && found.len() < at_most {
            // Streams beyond the room have their turn in the next round, or first at another time.
            let room = at_most - found.len();
            let asked = pages.len().min(room);
            let calls: Vec<_> =
                pages[..asked].iter().map(|page| self.claim(page, (room / asked).clamp(1, PAGE))).collect();
            let answers = call_all(self.commands(), &calls, DOING).await?;
            let mut again = Vec::new();
            for (page, answer) in pages.drain(..asked).zip(answers) {
                match answer {
                    Err(BusError::Refused { what, .. }) => tracing::warn!(stream = %page.stream, "{what}"),
                    answer => {
                        let (cursor, taken) = self.read_page(&page, answer?)?;
                        found.extend(taken);
                        if cursor != EntryId::ZERO {
                            again.push(Page { cursor, ..page });
                        }
                    }
                }
            }
            pages.append(&mut again);
        }
        Ok(found)
    }

    /// Those in which something is pending with another consumer. Mostly there is none, and asking costs the server less
    /// than a script for each stream.
    async fn pending_with_others<'a>(
        &self,
        all: impl Iterator<Item = Page<'a>>,
    ) -> Result<Vec<Page<'a>>, BusError> {
        let mut all: Vec<_> = all.collect();
        let mut questions = Pipeline::with_capacity(all.len());
        for page in &all {
            questions.cmd("XPENDING").arg(page.stream.as_str()).arg(self.groups.handler.as_str());
        }
        let answers = self.ask_each(&mut questions, DOING).await?;
        let mut with_others = answers.into_iter().map(|answer| match answer {
            Ok(summary) => self.is_with_others(summary),
            // The group or the stream is gone, or is something else: nothing of it is pending.
            Err(BusError::Refused { .. }) => Ok(false),
            Err(why) => Err(why),
        });
        let mut failed = None;
        all.retain(|_| match with_others.next() {
            Some(Ok(is_left)) => is_left,
            Some(Err(why)) => {
                failed.get_or_insert(why);
                false
            }
            None => false,
        });
        failed.map_or(Ok(all), Err)
    }

    fn is_with_others(&self, summary: Value) -> Result<bool, BusError> {
        let unreadable = |fault| self.unreadable(fault, DOING);
        let [_, _, _, consumers] =
            codec::exactly(summary, "a summary of what is pending has four parts").map_err(unreadable)?;
        if consumers == Value::Nil {
            return Ok(false);
        }
        let mut others = codec::list(consumers).map_err(unreadable)?.into_iter().map(|consumer| {
            let [name, _] = codec::exactly(consumer, "a consumer and a count")?;
            Ok(codec::bytes(name)? != self.name.as_bytes())
        });
        others.try_fold(false, |any, other: Result<_, Malformed>| Ok(any | other?)).map_err(unreadable)
    }

    fn claim(&self, page: &Page<'_>, count: usize) -> Call {
        let source = &page.reading.source.key;
        let mut call = Call::new(&RECLAIM, [page.stream.as_str().to_owned(), Layout::dead_letters(source)]);
        call.arg(self.groups.handler.as_str()).arg(&self.name).arg(self.lease_ms);
        call.arg(page.cursor.to_string()).arg(count).arg(source.as_str());
        call
    }

    /// Where to go on, and what was taken over.
    fn read_page(&self, page: &Page<'_>, answer: Value) -> Result<(EntryId, Vec<Delivery>), BusError> {
        let unreadable = |fault| self.unreadable(fault, DOING);
        let [next, found] = codec::exactly(answer, "a cursor and entries").map_err(unreadable)?;
        let next = codec::entry_id(&next).map_err(unreadable)?;
        let mut deliveries = Vec::new();
        for part in codec::list(found).map_err(unreadable)? {
            let [id, fields, count] =
                codec::exactly(part, "an id, fields and a count").map_err(unreadable)?;
            let entry = codec::entry(Value::Array(vec![id, fields])).map_err(unreadable)?;
            let count = codec::number(&count).unwrap_or(1);
            deliveries.push(delivery(page.stream, page.reading, entry, count));
        }
        Ok((next, deliveries))
    }
}
