//! What was retried by hand, with what became of it: the records of one type's stream after the other, many at a time,
//! so that the outcomes beside them are read once.

use super::following::{Following, Item};
use super::lying::Lying;
use super::pager::Stop;
use super::pages::Pages;
use super::read::Reading;
use super::records::{self, Record};
use crate::broker::redis::codec::RawEntry;
use crate::broker::redis::discovery::Source;
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
        let mut pages = Pages::back(reading.scope.layout.retried(&source.key));
        while let Some(records) = collect(reading, &mut pages).await? {
            send(reading, source, records).await?;
        }
    }
    Ok(())
}

/// The next records, newest first; `None` at the end.
async fn collect(
    reading: &mut Reading<'_>,
    pages: &mut Pages,
) -> Result<Option<Vec<(EntryId, Record)>>, Stop> {
    let (mut records, mut bytes) = (Vec::new(), 0);
    while records.len() < TOGETHER && bytes < BYTES {
        let page = match pages.next(reading.asker, DOING).await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable.into()),
            Err(why) => {
                reading.pager.deny(pages.key(), why)?;
                break;
            }
        };
        bytes += page.iter().map(RawEntry::size).sum::<usize>();
        let record = |entry: &RawEntry| Some((entry.id, records::record(entry.id, entry.fields.as_deref()?)));
        records.extend(page.iter().filter_map(record));
    }
    Ok((!records.is_empty()).then_some(records))
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
