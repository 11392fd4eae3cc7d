//! Reading back what lies on an embedded bus.

use async_trait::async_trait;

use super::bus::millis;
use super::cursor::Cursor;
use super::page::{Reader, merge};
use super::{MemoryBroker, Place};
use crate::bus::{Archive, ArchivePage, ArchiveQuery, BusError, Direction, PageOf};
use crate::event::EventType;

#[async_trait]
impl Archive for MemoryBroker {
    async fn page(&self, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        self.read_back(query, |_| true)
    }

    async fn page_of(&self, event_type: &EventType, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        let mut page = self.read_back(query, |place| place.event_type() == event_type)?;
        page.keep_type(event_type);
        Ok(page)
    }
}

impl MemoryBroker {
    /// A page of the streams that are wanted.
    fn read_back(
        &self,
        query: &ArchiveQuery,
        wants: impl Fn(&Place) -> bool,
    ) -> Result<ArchivePage, BusError> {
        let mut page = PageOf::new(query, &self.intake);
        let settled = query.settled(millis((self.bus.clock)()));
        let state = self.bus.state();
        state.reachable()?;
        // Both ways begin between two entries; one at the place itself is on neither side.
        let from = match query.direction {
            Direction::Older => query.from,
            Direction::Newer => query.from.next(),
        };
        let streams = state
            .streams
            .values()
            .filter(|stream| query.channels.admits(stream.place.channel()) && wants(&stream.place));
        let mut cursors: Vec<_> =
            streams.map(|stream| (Cursor::at(stream, stream.number_from(from)), stream)).collect();
        let mut readers: Vec<_> =
            cursors.iter_mut().map(|(cursor, stream)| Reader { cursor, stream }).collect();
        let is_end = merge(&mut readers, query.direction, |found| {
            let takes = page.takes(found.stored.id);
            if takes {
                page.push(found.raw());
            }
            takes
        });
        Ok(ArchivePage { settled, ..page.finish(is_end, Vec::new()) })
    }
}
