//! Reading what was there when the watch began: merged over all streams in the order of the entries' ids.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use redis::Pipeline;

use super::codec::{self, RawEntry};
use super::facts::{self, Look};
use super::feed::Found;
use super::supervisor::Trip;
use super::track::State;
use super::watch::StreamWatch;
use super::wire::Wire;
use crate::bus::{BusSignal, Origin};
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
    waiting: Vec<VecDeque<RawEntry>>,
    ready: Vec<Found>,
}

impl StreamWatch {
    /// Reads every stream up to the end of its history. What was fetched and not handed on when the connection is
    /// lost waits for the next one.
    pub(super) async fn read_history(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let mut merge = std::mem::take(&mut self.merge);
        merge.waiting.resize_with(self.tracks.all().len(), VecDeque::new);
        let outcome = self.merge_history(wire, &mut merge).await;
        self.merge = merge;
        outcome
    }

    async fn merge_history(&mut self, wire: &mut Wire, merge: &mut Merge) -> Result<(), Trip> {
        loop {
            let hungry: Vec<usize> = (0..merge.waiting.len())
                .filter(|at| {
                    let enough = self.pace.count(merge.waiting.len().min(STREAMS)) / 2;
                    merge.waiting[*at].len() <= enough && !self.tracks.all()[*at].at_end_of_history()
                })
                .collect();
            let active = hungry.len();
            let mut hungry = hungry.as_slice();
            while !hungry.is_empty() {
                let (chunk, rest) = hungry.split_at(self.pace.together(STREAMS).min(hungry.len()));
                hungry = rest;
                self.fetch(wire, chunk, active.min(STREAMS), merge).await?;
            }
            self.drain(merge);
            let bytes: usize = merge.ready.iter().map(|found| found.entry.size()).sum();
            if merge.ready.len() >= HAND_ON || bytes >= HAND_ON_BYTES || active == 0 {
                self.hand_on(merge).await?;
            }
            if active == 0 && merge.waiting.iter().all(VecDeque::is_empty) {
                return Ok(());
            }
        }
    }

    /// Fetches the next page of each of these streams.
    async fn fetch(
        &mut self,
        wire: &mut Wire,
        streams: &[usize],
        at_once: usize,
        merge: &mut Merge,
    ) -> Result<(), Trip> {
        let count = self.pace.count(at_once);
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
            let gap = track.advance(&page, Some(&facts));
            if page.len() < count {
                track.cursor = track.cursor.max(track.until);
            }
            if let Some(gap) = gap {
                self.place_gap(*at, gap, merge).await?;
            }
            merge.waiting[*at].extend(page.into_iter().filter(|entry| entry.fields.is_some()));
        }
        // Only answers that could be read prove anything: else each of them would be asked for again at once.
        self.supervisor.proven();
        Ok(())
    }

    /// Says that a stream has a hole, when all in front of it has been handed on.
    async fn place_gap(&mut self, at: usize, gap: crate::bus::Gap, merge: &mut Merge) -> Result<(), Trip> {
        while let Some(entry) = merge.waiting[at].pop_front() {
            merge.ready.push(Found { place: Arc::clone(&self.tracks.all()[at].place), entry });
        }
        self.hand_on(merge).await?;
        self.feed.signal(BusSignal::Gap(gap)).await?;
        Ok(())
    }

    /// Moves what is next in order from the streams to what is ready, as far as that is known.
    fn drain(&mut self, merge: &mut Merge) {
        let is_known = |at: usize, waiting: &VecDeque<RawEntry>| {
            !waiting.is_empty() || self.tracks.all()[at].at_end_of_history()
        };
        if !merge.waiting.iter().enumerate().all(|(at, waiting)| is_known(at, waiting)) {
            return;
        }
        let head = |waiting: &VecDeque<RawEntry>, at: usize| Some(Reverse((waiting.front()?.id, at)));
        let mut heads: BinaryHeap<_> =
            merge.waiting.iter().enumerate().filter_map(|(at, waiting)| head(waiting, at)).collect();
        while let Some(Reverse((_, at))) = heads.pop() {
            let Some(entry) = merge.waiting[at].pop_front() else { continue };
            merge.ready.push(Found { place: Arc::clone(&self.tracks.all()[at].place), entry });
            if !is_known(at, &merge.waiting[at]) {
                return;
            }
            heads.extend(head(&merge.waiting[at], at));
        }
    }

    async fn hand_on(&mut self, merge: &mut Merge) -> Result<(), Trip> {
        Ok(self.feed.entries(Origin::History, std::mem::take(&mut merge.ready)).await?)
    }
}
