//! Reading back what lies on an embedded bus.

use async_trait::async_trait;

use super::MemoryBroker;
use super::stream::{Found, Stream};
use crate::bus::{Archive, ArchivePage, ArchiveQuery, BusError, Direction, PageOf};
use crate::event::EntryId;

#[async_trait]
impl Archive for MemoryBroker {
    async fn page(&self, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        let mut page = PageOf::new(query, &self.intake);
        let state = self.bus.state();
        state.reachable()?;
        let mut readers: Vec<_> = state
            .streams
            .values()
            .filter(|stream| query.channels.admits(stream.place.channel()))
            .map(|stream| Reader::new(stream, query))
            .collect();
        if query.direction == Direction::Older {
            // Entries with one id go by the order of their streams' keys, once the page is turned round.
            readers.reverse();
        }
        loop {
            let next = readers
                .iter_mut()
                .filter_map(|reader| Some((query.direction.rank(reader.id()?), reader)))
                .min_by_key(|(rank, _)| *rank);
            let Some((_, reader)) = next else { return Ok(page.finish(true, Vec::new())) };
            let Some(found) = reader.found() else { return Ok(page.finish(true, Vec::new())) };
            if !page.takes(found.stored.id) {
                return Ok(page.finish(false, Vec::new()));
            }
            page.push(found.raw());
            reader.step();
        }
    }
}

/// Goes over one stream, from a place in it.
struct Reader<'a> {
    stream: &'a Stream,
    direction: Direction,
    /// The number of the next entry; `None` behind the last one.
    at: Option<u64>,
}

impl<'a> Reader<'a> {
    fn new(stream: &'a Stream, query: &ArchiveQuery) -> Self {
        let at = match query.direction {
            Direction::Older => stream.number_from(query.from).checked_sub(1),
            Direction::Newer => Some(stream.number_from(query.from.next())),
        };
        Self { stream, direction: query.direction, at }
    }

    fn id(&self) -> Option<EntryId> {
        self.stream.get(self.at?).map(|stored| stored.id)
    }

    fn found(&self) -> Option<Found> {
        let number = self.at?;
        Some(Found { place: self.stream.place.clone(), number, stored: self.stream.get(number)?.clone() })
    }

    fn step(&mut self) {
        self.at = self.at.and_then(|at| match self.direction {
            Direction::Older => at.checked_sub(1),
            Direction::Newer => at.checked_add(1),
        });
    }
}
