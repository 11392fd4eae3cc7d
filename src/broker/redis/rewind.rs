//! Where to begin, so that the newest so many entries over all streams together come first.

use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use redis::Pipeline;

use super::codec::{self, RawEntry};
use super::feed::{Found, admit};
use super::supervisor::Trip;
use super::watch::StreamWatch;
use super::wire::Wire;
use crate::bus::{Admission, Intake};
use crate::event::EntryId;

const DOING: &str = "looking for the newest entries";
/// How many streams one pipeline reads.
const STREAMS: usize = 50;

/// What of one stream has been looked at, from its end backward.
struct Back {
    /// Where the next page ends; `None` when there is nothing before.
    before: Option<EntryId>,
    /// Fetched, newest first.
    waiting: VecDeque<RawEntry>,
    /// How many entries of it were stepped over.
    stepped: u64,
    /// The oldest of them.
    oldest: Option<EntryId>,
}

impl StreamWatch {
    /// Puts every cursor before the newest `wanted` entries that the lock admits.
    pub(super) async fn rewind(&mut self, wire: &mut Wire, mut wanted: usize) -> Result<(), Trip> {
        let mut intake = Intake::clone(&self.intake);
        let mut backs: Vec<Back> = self
            .tracks
            .all()
            .iter()
            .map(|track| Back {
                before: (track.until > EntryId::ZERO && track.readable()).then_some(track.until),
                waiting: VecDeque::new(),
                stepped: 0,
                oldest: None,
            })
            .collect();
        while wanted > 0 {
            self.look_back(wire, &mut backs, wanted).await?;
            let mut heads: BinaryHeap<_> = backs
                .iter()
                .enumerate()
                .filter_map(|(at, back)| back.waiting.front().map(|entry| (entry.id, at)))
                .collect();
            if heads.is_empty() {
                break;
            }
            while wanted > 0
                && let Some((id, at)) = heads.pop()
            {
                let Some(back) = backs.get_mut(at) else { continue };
                let Some(entry) = back.waiting.pop_front() else { continue };
                back.stepped += 1;
                back.oldest = Some(id);
                if self.counts(&mut intake, at, entry) {
                    wanted -= 1;
                }
                match back.waiting.front() {
                    Some(next) => heads.push((next.id, at)),
                    None if back.before.is_some() => break,
                    None => {}
                }
            }
        }
        for (track, back) in
            self.tracks.all_mut().iter_mut().zip(&backs).filter(|(track, _)| track.readable())
        {
            let cursor = back.oldest.map_or(track.until, |id| id.previous().unwrap_or(EntryId::ZERO));
            track.rewound(cursor, back.stepped);
        }
        Ok(())
    }

    fn counts(&self, intake: &mut Intake, at: usize, entry: RawEntry) -> bool {
        if !intake.lock().is_locked() {
            return true;
        }
        let place = Arc::clone(&self.tracks.all()[at].place);
        matches!(admit(intake, Found { place, entry }, true), Admission::Entry(_))
    }

    /// Fetches a page backward of each stream of which nothing is waiting.
    async fn look_back(&mut self, wire: &mut Wire, backs: &mut [Back], wanted: usize) -> Result<(), Trip> {
        let hungry: Vec<usize> = (0..backs.len())
            .filter(|at| backs[*at].waiting.is_empty() && backs[*at].before.is_some())
            .collect();
        let mut hungry = hungry.as_slice();
        while !hungry.is_empty() {
            let (chunk, rest) = hungry.split_at(self.pace.together(STREAMS).min(hungry.len()));
            hungry = rest;
            let count = self.pace.count(chunk.len()).min(wanted.max(1));
            let mut questions = Pipeline::with_capacity(chunk.len());
            for at in chunk {
                let before = backs[*at].before.unwrap_or(EntryId::MAX).to_string();
                let key = self.tracks.all()[*at].place.key.as_str();
                questions.cmd("XREVRANGE").arg(key).arg(before).arg("-").arg("COUNT").arg(count);
            }
            let answers = self.supervisor.wanted(wire.ask_all(&questions, DOING)).await?;
            for (at, answer) in chunk.iter().zip(answers) {
                if let redis::Value::ServerError(error) = answer {
                    return Err(wire.refused(error, DOING).into());
                }
                let page = codec::entries(answer).map_err(|fault| wire.unreadable(fault, DOING))?;
                self.pace.learn(page.len(), page.iter().map(RawEntry::size).sum());
                let back = &mut backs[*at];
                back.before = match page.last() {
                    Some(oldest) if page.len() == count => oldest.id.previous(),
                    _ => None,
                };
                back.waiting.extend(page.into_iter().filter(|entry| entry.fields.is_some()));
            }
            self.supervisor.proven();
        }
        Ok(())
    }
}
