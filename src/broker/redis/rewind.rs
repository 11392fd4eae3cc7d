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
/// The fewest entries of a stream that are asked for at first; each further page of it is twice as large.
const FEWEST: usize = 4;

/// What of one stream has been looked at, from its end backward.
struct Back {
    /// Where the next page ends; `None` when there is nothing before.
    before: Option<EntryId>,
    /// Fetched, newest first: which entries, and whether the lock admits each. What they hold is not kept: it is read again in
    /// its order, and of hundreds of streams it could be more than fits.
    waiting: VecDeque<(EntryId, bool)>,
    /// How many entries the next page has.
    page: usize,
    /// Whether it was asked before.
    is_begun: bool,
    /// How many entries of it were stepped over.
    stepped: u64,
    /// The oldest of them.
    oldest: Option<EntryId>,
}

impl Back {
    /// Where it goes on: an entry that was fetched, or an id that the next one is not newer than.
    fn head(&self, at: usize) -> Option<Head> {
        match self.waiting.front() {
            Some((id, _)) => Some((*id, at, true)),
            None => self.before.map(|before| (before, at, false)),
        }
    }
}

/// An id, of which stream, and whether it is that of an entry that was fetched.
type Head = (EntryId, usize, bool);

fn heads(backs: &[Back]) -> BinaryHeap<Head> {
    backs.iter().enumerate().filter_map(|(at, back)| back.head(at)).collect()
}

impl StreamWatch {
    /// Puts every cursor before the newest `wanted` entries that the lock admits. A stream is not looked into before it is
    /// its turn: of ten thousand streams most have ended before the newest entries of the others began.
    pub(super) async fn rewind(&mut self, wire: &mut Wire, mut wanted: usize) -> Result<(), Trip> {
        let mut intake = Intake::clone(&self.intake);
        let ends: Vec<Option<EntryId>> = self
            .tracks
            .all()
            .iter()
            .map(|track| (track.until > EntryId::ZERO && track.readable()).then_some(track.until))
            .collect();
        let page = (wanted.saturating_mul(2) / ends.iter().flatten().count().max(1)).max(FEWEST);
        let back = |before| Back {
            before,
            waiting: VecDeque::new(),
            page,
            is_begun: false,
            stepped: 0,
            oldest: None,
        };
        let mut backs: Vec<Back> = ends.into_iter().map(back).collect();
        let mut heads_left = heads(&backs);
        while wanted > 0
            && let Some((id, at, is_fetched)) = heads_left.pop()
        {
            if !is_fetched {
                // Those whose turn comes next are fetched with it; of streams that nobody looked into yet as long as it is
                // one of them: else the newest entries may lie in few.
                let is_alike = |other: usize| backs[other].is_begun == backs[at].is_begun;
                let open = heads_left.iter().filter(|(_, other, is_fetched)| !is_fetched && is_alike(*other));
                let mut open: Vec<_> = open.collect();
                open.sort_unstable_by(|a, b| b.cmp(a));
                let others = self.pace.together(STREAMS).saturating_sub(1);
                let next = open.into_iter().map(|(_, at, _)| *at).take(others);
                let asked: Vec<usize> = std::iter::once(at).chain(next).collect();
                self.look_back(wire, &mut intake, &mut backs, (&asked, wanted)).await?;
                heads_left = heads(&backs);
                continue;
            }
            let Some(back) = backs.get_mut(at) else { continue };
            let Some((_, counts)) = back.waiting.pop_front() else { continue };
            back.stepped += 1;
            back.oldest = Some(id);
            heads_left.extend(back.head(at));
            wanted -= usize::from(counts);
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

    /// Fetches a page backward of each of these streams.
    async fn look_back(
        &mut self,
        wire: &mut Wire,
        intake: &mut Intake,
        backs: &mut [Back],
        (asked, wanted): (&[usize], usize),
    ) -> Result<(), Trip> {
        let most = self.pace.count(asked.len()).min(wanted.max(1));
        let mut questions = Pipeline::with_capacity(asked.len());
        for at in asked {
            let back = &mut backs[*at];
            back.page = back.page.min(most);
            let before = back.before.unwrap_or(EntryId::MAX).to_string();
            let key = self.tracks.all()[*at].place.key.as_str();
            questions.cmd("XREVRANGE").arg(key).arg(before).arg("-").arg("COUNT").arg(back.page);
        }
        let answers = self.supervisor.wanted(wire.ask_all(&questions, DOING)).await?;
        for (at, answer) in asked.iter().zip(answers) {
            if let redis::Value::ServerError(error) = answer {
                return Err(wire.refused(error, DOING).into());
            }
            let page = codec::entries(answer).map_err(|fault| wire.unreadable(fault, DOING))?;
            self.pace.learn(page.len(), page.iter().map(RawEntry::size).sum());
            let back = &mut backs[*at];
            back.before = match page.last() {
                Some(oldest) if page.len() == back.page => oldest.id.previous(),
                _ => None,
            };
            back.page = (back.page * 2).max(FEWEST);
            back.is_begun = true;
            let page = page.into_iter().filter(|entry| entry.fields.is_some());
            back.waiting.extend(page.map(|entry| (entry.id, self.counts(intake, *at, entry))));
        }
        self.supervisor.proven();
        Ok(())
    }
}
