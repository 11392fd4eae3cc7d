//! What was retried by hand, with what became of it: the records of one type's stream after the other, many at a time,
//! so that the outcomes beside them are read once.

use super::following::{Following, Item};
use super::lying::Lying;
use super::pager::Stop;
use super::read::Reading;
use super::records::{self, Record};
use crate::broker::redis::backwards::Backwards;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::discovery::Source;
use crate::broker::redis::pace::Pace;
use crate::bus::{BusError, FailedAt};
use crate::event::{EntryId, StreamKey};

/// The most records that are followed together: as many as are kept beside one stream, roughly.
const TOGETHER: usize = 10_000;
/// They may hold so many bytes.
const BYTES: usize = 8 << 20;
const DOING: &str = "reading what was retried";

/// What is followed of a record.
pub(super) fn item(stream: &StreamKey, id: EntryId, record: &Record) -> Item {
    Item {
        from: FailedAt::Retried { stream: stream.clone(), id },
        plan: record.plan.clone().unwrap_or_default(),
        stream: stream.clone(),
        source: record.source,
        to: record.to.clone(),
    }
}

/// Sends what was retried, the newest of each stream first.
pub(super) async fn read(reading: &mut Reading<'_>, lying: &[Lying]) -> Result<(), Stop> {
    for Lying { source, .. } in lying.iter().filter(|lying| lying.retried > 0) {
        let mut at = Backwards::to(EntryId::ZERO);
        while !at.has_ended() {
            let records = collect(reading, source, &mut at).await?;
            send(reading, source, records).await?;
        }
    }
    Ok(())
}

/// The next records, newest first.
async fn collect(
    reading: &mut Reading<'_>,
    source: &Source,
    at: &mut Backwards,
) -> Result<Vec<(EntryId, Record)>, Stop> {
    let key = reading.scope.layout.retried(&source.key);
    let mut pace = Pace::within(super::pager::BYTES);
    let (mut records, mut bytes) = (Vec::new(), 0);
    while !at.has_ended() && records.len() < TOGETHER && bytes < BYTES {
        let count = pace.count(1);
        let reply = reading.asker.ask(&at.question(&key, count), DOING).await?;
        let Some(reply) = reading.pager.permitted(reading.asker, reply, &key, DOING)? else {
            at.end();
            break;
        };
        let entries = codec::entries(reply).map_err(|fault| reading.asker.unreadable(fault, DOING))?;
        let size = entries.iter().map(RawEntry::size).sum();
        pace.learn(entries.len(), size);
        bytes += size;
        at.note(count, &entries);
        records.extend(
            entries
                .iter()
                .filter_map(|entry| Some((entry.id, records::record(entry.id, entry.fields.as_deref()?)))),
        );
    }
    Ok(records)
}

async fn send(
    reading: &mut Reading<'_>,
    source: &Source,
    records: Vec<(EntryId, Record)>,
) -> Result<(), Stop> {
    let mut following = Following::new(None);
    for (id, record) in &records {
        following.add(reading.scope, item(&source.key, *id, record));
    }
    let known = match following.look(reading.asker, reading.scope).await {
        Ok(_) => true,
        Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable.into()),
        Err(why) => {
            reading.pager.unseen(&format!("what became of retried events is not known: {}", why.what()));
            false
        }
    };
    for (at, (id, record)) in records.iter().enumerate() {
        let mut event = reading.records.retried(source, *id, record);
        event.outcome = known.then(|| following.outcome(at));
        reading.pager.push(event).await?;
    }
    Ok(())
}
