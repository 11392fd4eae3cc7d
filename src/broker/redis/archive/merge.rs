//! Many streams, read as one from a place on.
//!
//! Of each stream a few entries are asked for first, then twice as many each time: so a page costs little whether all its
//! entries are in one stream or in hundreds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::broker::redis::asker::Asker;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::feed::Place;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::question::Question;
use crate::broker::redis::queues::{HELD, Queues};
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
    /// What was fetched of each, and is not in the page.
    queues: Queues,
    direction: Direction,
    pace: Pace,
    denied: Vec<Denied>,
}

/// One stream.
struct Stream {
    place: Arc<Place>,
    /// Behind which place the next entries lie; `None` where there are no more.
    from: Option<EntryId>,
    /// How many were asked for last.
    asked: usize,
}

impl Merge {
    pub(super) fn new(places: impl Iterator<Item = Arc<Place>>, query: &ArchiveQuery) -> Self {
        let from = Some(query.from);
        let streams: Vec<_> = places.map(|place| Stream { place, from, asked: 0 }).collect();
        let mut queues = Queues::default();
        queues.resize(streams.len());
        Self { streams, queues, direction: query.direction, pace: Pace::default(), denied: Vec::new() }
    }

    /// Whether more of a stream should be fetched, rather than only when nothing is left: with others, that costs one way for all.
    fn is_low(&self, at: usize) -> bool {
        let stream = &self.streams[at];
        // The first time one or two are asked for, as nothing is known of their sizes: those are few as well.
        stream.from.is_some() && self.queues.len(at) <= (stream.asked / 2).max(1)
    }

    /// Whether what comes next in a stream is not known.
    fn is_dry(&self, at: usize) -> bool {
        self.streams[at].from.is_some() && self.queues.len(at) == 0
    }

    /// Fills `page`.
    pub(super) async fn fill(
        &mut self,
        asker: &mut Asker,
        mut page: PageOf,
    ) -> Result<ArchivePage, BusError> {
        loop {
            self.fetch(asker, page.left()).await?;
            loop {
                match self.drain(&mut page) {
                    Drained::Dry => break,
                    Drained::LetGo(next) => self.fetch_again(asker, &next).await?,
                    Drained::Full => return Ok(page.finish(false, std::mem::take(&mut self.denied))),
                    Drained::End => return Ok(page.finish(true, std::mem::take(&mut self.denied))),
                }
            }
        }
    }

    /// Moves what is next in order into the page, as far as that is known.
    fn drain(&mut self, page: &mut PageOf) -> Drained {
        if (0..self.streams.len()).any(|at| self.is_dry(at)) {
            return Drained::Dry;
        }
        let direction = self.direction;
        let head = |at: usize, queues: &Queues| Some(Reverse((direction.rank(queues.head(at)?.id, at), at)));
        let mut heads: BinaryHeap<_> =
            (0..self.streams.len()).filter_map(|at| head(at, &self.queues)).collect();
        while let Some(Reverse((_, at))) = heads.pop() {
            let Some(next) = self.queues.head(at) else { continue };
            if !page.takes(next.id) {
                return Drained::Full;
            }
            let Some(entry) = self.queues.pop(at) else {
                let most = self.pace.together(STREAMS);
                return Drained::LetGo(self.queues.let_go_next(at, &mut heads, most));
            };
            let stream = &self.streams[at];
            page.push(Raw {
                stream: stream.place.key.clone(),
                id: entry.id,
                replayable: true,
                channel: stream.place.channel.clone(),
                event_type: stream.place.event_type.clone(),
                fields: entry.fields.unwrap_or_default(),
            });
            if self.is_dry(at) {
                return Drained::Dry;
            }
            heads.extend(head(at, &self.queues));
        }
        Drained::End
    }

    /// Fetches more of each stream of which little waits. `left`: how many the page still wants.
    async fn fetch(&mut self, asker: &mut Asker, left: usize) -> Result<(), BusError> {
        let low: Vec<usize> = (0..self.streams.len()).filter(|at| self.is_low(*at)).collect();
        // Of all that have more, not only of those that are low: one that is the first to run dry is not most of the page.
        let having = self.streams.iter().filter(|stream| stream.from.is_some()).count();
        let share = left.div_ceil(having.max(1)).max(1);
        let mut low = low.as_slice();
        while !low.is_empty() {
            // Few at first: each entry may have megabytes.
            let (chunk, rest) = low.split_at(self.pace.together(STREAMS).min(low.len()));
            low = rest;
            let room = self.pace.count(chunk.len());
            let mut questions = Vec::with_capacity(chunk.len());
            for at in chunk {
                let stream = &mut self.streams[*at];
                let Some(from) = stream.from else { continue };
                // None has more in the page than the page has room for.
                stream.asked = (stream.asked * 2).max(share).min(left).min(room).clamp(1, MOST);
                questions.push((*at, self.direction.question(&stream.place, from, stream.asked)));
            }
            for (at, reply) in asker.ask_about(questions, STREAMS, DOING).await? {
                self.note(asker, at, reply)?;
            }
            self.let_go();
        }
        Ok(())
    }

    /// Fetches again what comes next in these streams and was let go of. What is gone by now is not there any more.
    async fn fetch_again(&mut self, asker: &mut Asker, streams: &[usize]) -> Result<(), BusError> {
        let share = self.pace.count(streams.len()).min(self.pace.each(HELD / 2, self.streams.len()));
        let wanted = streams.iter().filter_map(|at| self.queues.to_fetch(*at, share));
        let questions: Vec<_> = wanted
            .map(|gone| {
                let key = self.streams[gone.at].place.key.as_str();
                (gone, Question::range(key, gone.first, gone.last, gone.count))
            })
            .collect();
        for (gone, reply) in asker.ask_about(questions, STREAMS, DOING).await? {
            let found = match asker.granted(reply, DOING)? {
                Some(found) => codec::entries(found).map_err(|fault| asker.unreadable(fault, DOING))?,
                None => Vec::new(),
            };
            self.pace.learn(found.len(), found.iter().map(RawEntry::size).sum());
            self.queues.take_again(gone, found);
        }
        self.let_go();
        Ok(())
    }

    fn let_go(&mut self) {
        let direction = self.direction;
        self.queues.let_go(HELD, |id, at| direction.rank(id, at));
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
        self.queues.extend(at, entries);
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
    /// These streams come next, and of their entries only the ids are known.
    LetGo(Vec<usize>),
    /// It is full.
    Full,
    /// There is nothing more.
    End,
}
