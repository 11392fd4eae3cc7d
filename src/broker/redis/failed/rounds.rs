//! What lies in streams of its own (dead letters, discarded ones, retries that are due), in rounds over all of them: a
//! page of each in turn, the newest first, so that the newest of every stream come soon, however many lie there.

use std::collections::BTreeMap;

use super::lying::Lying;
use super::pager::{BYTES, Stop};
use super::read::Reading;
use super::records::Records;
use crate::broker::redis::backwards::Backwards;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::discovery::Source;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::Layout;
use crate::bus::FailedEvent;
use crate::event::{EntryId, HandlerName, StreamKey};

const DOING: &str = "reading failed events";

/// A stream that is read from its end.
pub(super) struct Stream<'a> {
    source: &'a Source,
    key: String,
    kind: Kind<'a>,
    at: Backwards,
}

/// What lies in it.
#[derive(Clone, Copy)]
enum Kind<'a> {
    Letters,
    Discarded,
    Due(&'a StreamKey, &'a HandlerName),
}

/// Dead letters, of each stream only those behind what `after` names.
pub(super) fn letters<'a>(
    lying: &'a [Lying],
    after: &BTreeMap<StreamKey, EntryId>,
) -> impl Iterator<Item = Stream<'a>> {
    lying.iter().filter(|lying| lying.dead > 0).map(|Lying { source, .. }| Stream {
        source,
        key: Layout::dead_letters(&source.key),
        kind: Kind::Letters,
        at: Backwards::to(after.get(&source.key).copied().unwrap_or(EntryId::ZERO)),
    })
}

/// What was put aside.
pub(super) fn discarded<'a>(lying: &'a [Lying], layout: &Layout) -> impl Iterator<Item = Stream<'a>> {
    lying.iter().filter(|lying| lying.discarded > 0).map(|Lying { source, .. }| Stream {
        source,
        key: layout.discarded(&source.key),
        kind: Kind::Discarded,
        at: Backwards::to(EntryId::ZERO),
    })
}

/// Retries that are due, and that nobody was given.
pub(super) fn due(lying: &[Lying]) -> Vec<Stream<'_>> {
    let of = |lying: &'_ Lying| lying.retries.iter().filter(|retries| retries.due() > 0).count();
    let mut streams = Vec::with_capacity(lying.iter().map(of).sum());
    for Lying { source, retries, .. } in lying {
        for retries in retries.iter().filter(|retries| retries.due() > 0) {
            // Its one group is the handler's own; without it nothing was given to anybody.
            let own = retries.groups.iter().find(|group| group.name == retries.handler.as_str().as_bytes());
            streams.push(Stream {
                source,
                key: retries.key.as_str().to_owned(),
                kind: Kind::Due(&retries.key, &retries.handler),
                at: Backwards::to(own.map_or(EntryId::ZERO, |group| group.last_delivered)),
            });
        }
    }
    streams
}

impl Stream<'_> {
    fn event(&self, records: &mut Records, entry: RawEntry) -> Option<FailedEvent> {
        let fields = entry.fields?;
        Some(match self.kind {
            Kind::Letters => records.letter(self.source, entry.id, &fields),
            Kind::Discarded => records.discarded(self.source, entry.id, &fields),
            Kind::Due(key, handler) => records.due(self.source, key, handler, entry.id, fields),
        })
    }
}

/// Reads `streams` to their ends.
pub(super) async fn read(reading: &mut Reading<'_>, mut streams: Vec<Stream<'_>>) -> Result<(), Stop> {
    // Pages of small entries are as large as they may be, those of large ones a few entries.
    let mut pace = Pace::within(BYTES);
    let mut is_first = true;
    loop {
        streams.retain(|stream| !stream.at.has_ended());
        if streams.is_empty() {
            return Ok(());
        }
        let mut next = 0;
        while next < streams.len() {
            let (together, count) = pace.at_once(streams.len() - next);
            let asked = &mut streams[next..next + together];
            next += together;
            page_of_each(reading, &mut pace, asked, count).await?;
        }
        if std::mem::take(&mut is_first) {
            // The newest of each stream are there: no waiting until a page is full.
            reading.pager.flush_events().await?;
        }
    }
}

async fn page_of_each(
    reading: &mut Reading<'_>,
    pace: &mut Pace,
    streams: &mut [Stream<'_>],
    count: usize,
) -> Result<(), Stop> {
    let questions: Vec<_> = streams.iter().map(|stream| stream.at.question(&stream.key, count)).collect();
    let replies = reading.asker.ask_all(&questions, DOING).await?;
    for (stream, reply) in streams.iter_mut().zip(replies) {
        let Some(reply) = reading.pager.permitted(reading.asker, reply, &stream.key, DOING)? else {
            stream.at.end();
            continue;
        };
        let entries = codec::entries(reply).map_err(|fault| reading.asker.unreadable(fault, DOING))?;
        pace.learn(entries.len(), entries.iter().map(RawEntry::size).sum());
        stream.at.note(count, &entries);
        for entry in entries {
            if let Some(event) = stream.event(&mut reading.records, entry) {
                reading.pager.push(event).await?;
            }
        }
    }
    Ok(())
}
