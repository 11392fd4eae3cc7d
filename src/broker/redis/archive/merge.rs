//! Many streams, read as one from a place on.
//!
//! Of each stream a few entries are asked for first, then twice as many each time: so a page costs little whether all its
//! entries are in one stream or in hundreds.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::feed::Place;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::question::Question;
use crate::bus::{ArchivePage, ArchiveQuery, BusError, Denied, Direction, PageOf, Raw};
use crate::event::EntryId;

const DOING: &str = "reading back";
/// How many streams one pipeline reads.
const STREAMS: usize = 50;
/// The most entries that are asked of one stream at a time.
const MOST: usize = 500;

/// The streams, and how far each was read.
pub(super) struct Merge {
    streams: Vec<Stream>,
    direction: Direction,
    pace: Pace,
    denied: Vec<Denied>,
}

/// One stream.
struct Stream {
    place: Arc<Place>,
    /// Behind which place the next entries lie; `None` where there are no more.
    from: Option<EntryId>,
    /// Fetched, and not in the page.
    waiting: VecDeque<RawEntry>,
    /// How many were asked for last.
    asked: usize,
}

impl Stream {
    /// Whether more should be fetched, rather than only when nothing is left: with others, that costs one way for all.
    fn is_low(&self) -> bool {
        // The first time one or two are asked for, as nothing is known of their sizes: those are few as well.
        self.from.is_some() && self.waiting.len() <= (self.asked / 2).max(1)
    }

    /// Whether what comes next in it is not known.
    fn is_dry(&self) -> bool {
        self.from.is_some() && self.waiting.is_empty()
    }
}

impl Merge {
    pub(super) fn new(places: impl Iterator<Item = Arc<Place>>, query: &ArchiveQuery) -> Self {
        let from = Some(query.from);
        let stream = |place| Stream { place, from, waiting: VecDeque::new(), asked: 0 };
        Self {
            streams: places.map(stream).collect(),
            direction: query.direction,
            pace: Pace::default(),
            denied: Vec::new(),
        }
    }

    /// Fills `page`.
    pub(super) async fn fill(
        &mut self,
        asker: &mut Asker,
        mut page: PageOf,
    ) -> Result<ArchivePage, BusError> {
        loop {
            self.fetch(asker, page.left()).await?;
            match self.drain(&mut page) {
                Drained::Dry => {}
                Drained::Full => return Ok(page.finish(false, std::mem::take(&mut self.denied))),
                Drained::End => return Ok(page.finish(true, std::mem::take(&mut self.denied))),
            }
        }
    }

    /// Moves what is next in order into the page, as far as that is known.
    fn drain(&mut self, page: &mut PageOf) -> Drained {
        if self.streams.iter().any(Stream::is_dry) {
            return Drained::Dry;
        }
        let direction = self.direction;
        let head =
            |at: usize, stream: &Stream| Some(Reverse((direction.rank(stream.waiting.front()?.id, at), at)));
        let mut heads: BinaryHeap<_> =
            self.streams.iter().enumerate().filter_map(|(at, stream)| head(at, stream)).collect();
        while let Some(Reverse((_, at))) = heads.pop() {
            let Some(stream) = self.streams.get_mut(at) else { continue };
            let Some(entry) = stream.waiting.pop_front() else { continue };
            if !page.takes(entry.id) {
                return Drained::Full;
            }
            page.push(Raw {
                stream: stream.place.key.clone(),
                id: entry.id,
                replayable: true,
                channel: stream.place.channel.clone(),
                event_type: stream.place.event_type.clone(),
                fields: entry.fields.unwrap_or_default(),
            });
            if stream.is_dry() {
                return Drained::Dry;
            }
            heads.extend(head(at, stream));
        }
        Drained::End
    }

    /// Fetches more of each stream of which little waits. `left`: how many the page still wants.
    async fn fetch(&mut self, asker: &mut Asker, left: usize) -> Result<(), BusError> {
        let low: Vec<usize> = (0..self.streams.len()).filter(|at| self.streams[*at].is_low()).collect();
        // Of all that have more, not only of those that are low: one that is the first to run dry is not most of the page.
        let having = self.streams.iter().filter(|stream| stream.from.is_some()).count();
        let share = left.div_ceil(having.max(1)).max(1);
        for chunk in low.chunks(STREAMS) {
            let room = self.pace.count(chunk.len());
            let mut questions = Vec::with_capacity(chunk.len());
            for at in chunk {
                let stream = &mut self.streams[*at];
                let Some(from) = stream.from else { continue };
                stream.asked = (stream.asked * 2).max(share).min(room).clamp(1, MOST);
                questions.push((*at, self.direction.question(&stream.place, from, stream.asked)));
            }
            for (at, reply) in asker.ask_about(questions, STREAMS, DOING).await? {
                self.note(asker, at, reply)?;
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        asker: &Asker,
        at: usize,
        reply: crate::broker::redis::asker::Reply,
    ) -> Result<(), BusError> {
        let stream = &mut self.streams[at];
        let answer = match asker.answered(reply, DOING) {
            Ok(answer) => answer,
            Err(unavailable @ BusError::Unavailable { .. }) => return Err(unavailable),
            Err(why) => {
                self.denied.push(Denied { stream: stream.place.key.clone(), why });
                None
            }
        };
        let Some(answer) = answer else {
            stream.from = None;
            return Ok(());
        };
        let entries = codec::entries(answer).map_err(|fault| asker.unreadable(fault, DOING))?;
        self.pace.learn(entries.len(), entries.iter().map(RawEntry::size).sum());
        stream.from = entries.last().filter(|_| entries.len() >= stream.asked).map(|last| last.id);
        // Those without fields are deleted, and only remembered.
        stream.waiting.extend(entries.into_iter().filter(|entry| entry.fields.is_some()));
        Ok(())
    }
}

impl Direction {
    /// Asks for the next entries of a stream behind `from`.
    fn question(self, place: &Place, from: EntryId, count: usize) -> Question {
        match self {
            // Nothing lies before the beginning: this asks for what is at 0-0, and there is never anything.
            Self::Older => {
                let last = from.previous().unwrap_or(EntryId::ZERO);
                Question::range_before(place.key.as_str(), last, EntryId::ZERO, count)
            }
            Self::Newer => Question::entries_after(&place.key, from, count),
        }
    }
}

/// How far putting a page together has come.
enum Drained {
    /// More must be fetched first.
    Dry,
    /// It is full.
    Full,
    /// There is nothing more.
    End,
}
