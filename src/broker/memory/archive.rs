//! Reading back what lies on an embedded bus.

use async_trait::async_trait;

use super::MemoryBroker;
use super::cursor::Cursor;
use super::page::{Reader, merge};
use crate::bus::{Archive, ArchivePage, ArchiveQuery, BusError, Direction, PageOf};

#[async_trait]
impl Archive for MemoryBroker {
    async fn page(&self, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        let mut page = PageOf::new(query, &self.intake);
        let state = self.bus.state();
        state.reachable()?;
        // Both ways begin between two entries; one at the place itself is on neither side.
        let from = match query.direction {
            Direction::Older => query.from,
            Direction::Newer => query.from.next(),
        };
        let streams = state.streams.values().filter(|stream| query.channels.admits(stream.place.channel()));
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
        Ok(page.finish(is_end, Vec::new()))
    }
}
