//! Reading what was there when the watch began: merged over all streams in the order of the entries' ids.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use redis::Pipeline;

use super::codec::{self, RawEntry};
use super::facts::{self, Look};
use super::feed::Found;
use super::question::Question;
use super::queues::{HELD, Queues};
use super::supervisor::Trip;
use super::track::State;
use super::watch::StreamWatch;
use super::wire::Wire;
use crate::bus::{BusError, BusSignal, Gap, Origin};
use crate::event::EntryId;

const DOING: &str = "reading history";
/// How many streams one pipeline reads.
const STREAMS: usize = 50;
/// How many entries are handed on at a time.
const HAND_ON: usize = 500;
/// Fewer, when they have so many bytes.
const HAND_ON_BYTES: usize = 4 << 20;

/// What of each stream's history has been fetched and not handed on, in the order of [`super::tracks::Tracks`].
#[derive(Default)]
pub(super) struct Merge {
    queues: Queues,
    ready: Vec<Found>,
    /// How many bytes of entries are ready.
    bytes: usize,
}

/// How far moving entries to what is ready has come.
enum Drained {
    /// More must be fetched first, or all was moved.
    Dry,
    /// Enough is ready to be handed on.
    Full,
    /// These streams come next, and of their entries only the ids are known.
    LetGo(Vec<usize>),
}

/// What makes a hole in what was let go of and could not be read again.
const GONE: &str = "trimmed or deleted before it was shown";
/// The same, where the server refused it.
const REFUSED: &str = "it could not be read again: the server refused that";

impl StreamWatch {
    /// Reads every stream up to the end of its history. What was fetched and not handed on when the connection is
    /// lost waits for the next one.
    pub(super) async fn read_history(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let mut merge = std::mem::take(&mut self.merge);
        merge.queues.resize(self.tracks.all().len());
        let outcome = self.merge_history(wire, &mut merge).await;
        self.merge = merge;
        outcome
    }

    async fn merge_history(&mut self, wire: &mut Wire, merge: &mut Merge) -> Result<(), Trip> {
        let streams = self.tracks.all().len();
        loop {
            let open = self.tracks.all().iter().filter(|track| !track.at_end_of_history()).count();
            let enough = self.share(streams.min(STREAMS), open) / 2;
            let hungry: Vec<usize> = (0..streams)
                .filter(|at| merge.queues.len(*at) <= enough && !self.tracks.all()[*at].at_end_of_history())
                .collect();
            let active = hungry.len();
            let mut hungry = hungry.as_slice();
            while !hungry.is_empty() {
                let (chunk, rest) = hungry.split_at(self.pace.together(STREAMS).min(hungry.len()));
                hungry = rest;
                let count = self.share(active.min(STREAMS), open);
                self.fetch(wire, chunk, count, merge).await?;
                merge.queues.let_go(HELD, |id, at| (id, at));
            }
            loop {
                match self.drain(merge) {
                    Drained::Dry => break,
                    Drained::Full => self.hand_on(merge).await?,
                    Drained::LetGo(next) => {
                        self.fetch_again(wire, &next, merge).await?;
                        merge.queues.let_go(HELD, |id, at| (id, at));
                    }
                }
            }
            if merge.ready.len() >= HAND_ON || merge.bytes >= HAND_ON_BYTES || active == 0 {
                self.hand_on(merge).await?;
            }
            if active == 0 && merge.queues.are_empty() {
                return Ok(());
            }
        }
    }

    /// How many entries are asked for of each of `at_once` streams; those of all that are `open` wait together.
    fn share(&self, at_once: usize, open: usize) -> usize {
        self.pace.count(at_once).min(self.pace.each(HELD / 2, open))
    }

    /// Fetches the next page of each of these streams.
    async fn fetch(
        &mut self,
        wire: &mut Wire,
        streams: &[usize],
        count: usize,
        merge: &mut Merge,
    ) -> Result<(), Trip> {
        let mut questions = Pipeline::with_capacity(2 * streams.len());
        for at in streams {
            let track = &self.tracks.all()[*at];
            let key = track.place.key.as_str();
            let range = questions.cmd("XRANGE").arg(key);
            range.arg(track.cursor.next().to_string()).arg(track.until.to_string()).arg("COUNT").arg(count);
            // Asked behind the page, this tells what was trimmed before it.
            questions.cmd("XINFO").arg("STREAM").arg(key);
        }
        let mut answers = self.supervisor.wanted(wire.ask_all(&questions, DOING)).await?.into_iter();
        for at in streams {
            let (Some(page), Some(info)) = (answers.next(), answers.next()) else { break };
            let facts = match facts::stream(wire, info, DOING)? {
                Look::There(facts) => facts,
                // It went; what became of it is judged with the next tick.
                Look::Gone => {
                    self.tracks.all_mut()[*at].until = EntryId::ZERO;
                    continue;
                }
                Look::Refused(_) => {
                    self.tracks.all_mut()[*at].state = State::Refused;
                    continue;
                }
            };
            if let redis::Value::ServerError(error) = page {
                return Err(wire.refused(error, DOING).into());
            }
            let page = codec::entries(page).map_err(|fault| wire.unreadable(fault, DOING))?;
            self.pace.learn(page.len(), page.iter().map(RawEntry::size).sum());
            let track = &mut self.tracks.all_mut()[*at];
            let before = track.clone();
            let gap = track.advance(&page, Some(&facts));
            if page.len() < count {
                track.cursor = track.cursor.max(track.until);
            }
            if let Some(gap) = gap
                && let Err(trip) = self.place_gap(wire, *at, gap, merge).await
            {
                // Neither was the hole told nor the page kept: the next connection reads it once more.
                self.tracks.all_mut()[*at] = before;
                return Err(trip);
            }
            merge.queues.extend(*at, page);
        }
        // Only answers that could be read prove anything: else each of them would be asked for again at once.
        self.supervisor.proven();
        Ok(())
    }

    /// Fetches again what comes next in these streams and was let go of.
    async fn fetch_again(
        &mut self,
        wire: &mut Wire,
        streams: &[usize],
        merge: &mut Merge,
    ) -> Result<(), Trip> {
        let share = self.share(streams.len(), self.tracks.all().len());
        let wanted: Vec<_> = streams.iter().filter_map(|at| merge.queues.to_fetch(*at, share)).collect();
        let mut questions = Pipeline::with_capacity(wanted.len());
        for gone in &wanted {
            let key = self.tracks.all()[gone.at].place.key.as_str();
            questions.add_command(Question::range(key, gone.first, gone.last, gone.count).command().clone());
        }
        let answers = self.supervisor.wanted(wire.ask_all(&questions, DOING)).await?;
        for (mut gone, answer) in wanted.into_iter().zip(answers) {
            let (found, why) = match answer {
                redis::Value::ServerError(error) => {
                    let error = wire.refused(error, DOING);
                    if matches!(error, BusError::Unavailable { .. }) {
                        return Err(error.into());
                    }
                    // It may not be read any more, or is no stream: what becomes of it is judged with the next tick.
                    self.tracks.all_mut()[gone.at].state = State::Refused;
                    // What follows would be refused as well, each time with a line in the server's log.
                    gone = merge.queues.to_fetch(gone.at, usize::MAX).unwrap_or(gone);
                    (Vec::new(), REFUSED)
                }
                found => (codec::entries(found).map_err(|fault| wire.unreadable(fault, DOING))?, GONE),
            };
            self.pace.learn(found.len(), found.iter().map(RawEntry::size).sum());
            let lost = merge.queues.take_again(gone, found);
            if lost > 0 {
                self.hand_on(merge).await?;
                let stream = self.tracks.all()[gone.at].place.key.clone();
                let (after, before) = (gone.first.previous().unwrap_or(EntryId::ZERO), gone.last.next());
                let gap = Gap { stream, after, before, lost: Some(lost), why };
                self.feed.signal(BusSignal::Gap(gap)).await?;
            }
        }
        self.supervisor.proven();
        Ok(())
    }

    /// Says that a stream has a hole, when all in front of it has been handed on.
    async fn place_gap(
        &mut self,
        wire: &mut Wire,
        at: usize,
        gap: Gap,
        merge: &mut Merge,
    ) -> Result<(), Trip> {
        while merge.queues.len(at) > 0 {
            while let Some(entry) = merge.queues.pop(at) {
                self.make_ready(at, entry, merge);
            }
            self.hand_on(merge).await?;
            self.fetch_again(wire, &[at], merge).await?;
        }
        self.feed.signal(BusSignal::Gap(gap)).await?;
        Ok(())
    }

    fn make_ready(&self, at: usize, entry: RawEntry, merge: &mut Merge) {
        merge.bytes += entry.size();
        merge.ready.push(Found { place: Arc::clone(&self.tracks.all()[at].place), entry });
    }

    /// Moves what is next in order from the streams to what is ready, as far as that is known.
    fn drain(&mut self, merge: &mut Merge) -> Drained {
        let is_known =
            |at: usize, queues: &Queues| queues.len(at) > 0 || self.tracks.all()[at].at_end_of_history();
        let streams = self.tracks.all().len();
        if !(0..streams).all(|at| is_known(at, &merge.queues)) {
            return Drained::Dry;
        }
        let head = |at: usize, queues: &Queues| Some(Reverse((queues.head(at)?.id, at)));
        let mut heads: BinaryHeap<_> = (0..streams).filter_map(|at| head(at, &merge.queues)).collect();
        while let Some(Reverse((_, at))) = heads.pop() {
            let Some(entry) = merge.queues.pop(at) else {
                let most = self.pace.together(STREAMS);
                return Drained::LetGo(merge.queues.let_go_next(at, &mut heads, most));
            };
            self.make_ready(at, entry, merge);
            if !is_known(at, &merge.queues) {
                return Drained::Dry;
            }
            if merge.bytes >= HAND_ON_BYTES {
                return Drained::Full;
            }
            heads.extend(head(at, &merge.queues));
        }
        Drained::Dry
    }

    async fn hand_on(&mut self, merge: &mut Merge) -> Result<(), Trip> {
        merge.bytes = 0;
        Ok(self.feed.entries(Origin::History, std::mem::take(&mut merge.ready)).await?)
    }
}

#[cfg(test)]
mod tests;
