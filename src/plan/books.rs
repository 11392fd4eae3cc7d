//! What became of each event of a plan: every one has exactly one place, so that the tally adds up at all times.

use std::collections::HashMap;

use super::Tally;
use crate::bus::{FailedAt, Followed};

/// What became of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Left,
    Retried(Followed),
    Gone,
    Refused,
}

/// One event of the plan.
#[derive(Debug, Clone, Copy, Default)]
struct Item {
    place: Place,
    /// It was sent in this run, and no clear answer came: it may have been retried.
    unsure: bool,
    /// It was retried in this run, not in an earlier one of the same plan.
    fresh: bool,
    /// In which step of this run it was retried.
    step: u32,
}

/// Every event of a plan, by where it lies.
#[derive(Debug, Default)]
pub(super) struct Books {
    index: HashMap<FailedAt, usize>,
    items: Vec<Item>,
    tally: Tally,
    fresh: Tally,
    /// Which step goes on, what became of those that were retried in it, and how often there was news of one.
    step: u32,
    of_step: Tally,
    news: u64,
    /// How many an earlier run retried.
    before: u64,
    /// How many are gone, and nobody can say whether the plan did that.
    untold: u64,
    /// Those that lie where they lay no more, until somebody asks.
    taken: Vec<FailedAt>,
}

impl Books {
    /// All of them left. `at` holds nothing twice.
    pub(super) fn new(at: &[FailedAt]) -> Self {
        let left = at.len() as u64;
        Self {
            index: at.iter().cloned().zip(0..).collect(),
            items: vec![Item::default(); at.len()],
            tally: Tally { left, ..Tally::default() },
            ..Self::default()
        }
    }

    /// Those that were retried, or found gone, since this was asked last.
    pub(super) fn take_taken(&mut self) -> Vec<FailedAt> {
        std::mem::take(&mut self.taken)
    }

    /// What became of all of them.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// What became of those that were retried in this run.
    pub(super) fn fresh(&self) -> Tally {
        self.fresh
    }

    /// What became of those that were retried in the step that goes on, and how often there was news of one of them.
    pub(super) fn of_step(&self) -> (Tally, u64) {
        (self.of_step, self.news)
    }

    /// From now on what is retried belongs to the next step.
    pub(super) fn begin_step(&mut self) {
        self.step += 1;
        (self.of_step, self.news) = (Tally::default(), 0);
    }

    /// How many an earlier run of the same plan retried.
    pub(super) fn before(&self) -> u64 {
        self.before
    }

    /// How many are gone of which nobody can say whether this plan retried them.
    pub(super) fn untold_of(&self) -> u64 {
        self.untold
    }

    /// Whether one was sent in this run, without a clear answer.
    pub(super) fn is_unsure(&self, at: &FailedAt) -> bool {
        self.index.get(at).is_some_and(|index| self.items[*index].unsure)
    }

    /// How many are left that may have been retried.
    pub(super) fn unsure(&self) -> usize {
        self.items.iter().filter(|item| item.unsure && item.place == Place::Left).count()
    }

    /// One was sent, and it is not known whether it was retried.
    pub(super) fn unclear(&mut self, at: &FailedAt) {
        if let Some(item) = self.index.get(at).map(|index| &mut self.items[*index]) {
            item.unsure = true;
        }
    }

    /// One was retried; `repeated`: the broker found that this plan had done it before. Answers whether it counts as
    /// one of this run: an answer that was lost in this run does not make it another's. What an earlier run did is booked
    /// before anything is sent.
    pub(super) fn retried(&mut self, at: &FailedAt, repeated: bool) -> bool {
        let Some(index) = self.index.get(at).copied() else { return false };
        let item = &mut self.items[index];
        if matches!(item.place, Place::Retried(_)) {
            return false;
        }
        item.fresh = !repeated || item.unsure;
        item.step = self.step;
        let fresh = item.fresh;
        self.before += u64::from(!fresh);
        self.taken.push(at.clone());
        self.put(index, Place::Retried(Followed::Pending));
        fresh
    }

    /// One was not there any more.
    pub(super) fn gone(&mut self, at: &FailedAt) {
        self.taken.push(at.clone());
        self.put_at(at, Place::Gone);
    }

    /// One was not there any more, and may have been retried by an earlier run, whose records are not kept any more.
    pub(super) fn untold(&mut self, at: &FailedAt) {
        self.untold += 1;
        self.put_at(at, Place::Retried(Followed::Lost));
    }

    /// One was refused.
    pub(super) fn refused(&mut self, at: &FailedAt) {
        self.put_at(at, Place::Refused);
    }

    /// What became of one that was retried; answers whether that is news.
    pub(super) fn followed(&mut self, at: &FailedAt, outcome: Followed) -> bool {
        let Some(index) = self.index.get(at).copied() else { return false };
        let is_news = matches!(self.items[index].place, Place::Retried(known) if known != outcome);
        if is_news {
            let item = self.items[index];
            self.news += u64::from(item.fresh && item.step == self.step);
            self.put(index, Place::Retried(outcome));
        }
        is_news
    }

    /// Nobody can say any more what becomes of those whose outcome is not known.
    pub(super) fn lose_sight(&mut self) {
        for index in 0..self.items.len() {
            if matches!(self.items[index].place, Place::Retried(outcome) if !outcome.is_final()) {
                self.put(index, Place::Retried(Followed::Lost));
            }
        }
    }

    fn put_at(&mut self, at: &FailedAt, place: Place) {
        if let Some(index) = self.index.get(at).copied() {
            self.put(index, place);
        }
    }

    fn put(&mut self, index: usize, place: Place) {
        let item = &mut self.items[index];
        let old = std::mem::replace(&mut item.place, place);
        *count(&mut self.tally, old) -= 1;
        *count(&mut self.tally, place) += 1;
        if item.fresh {
            // It became fresh when it left `Left`, so there is nothing to take back from there.
            if old != Place::Left {
                *count(&mut self.fresh, old) -= 1;
            }
            *count(&mut self.fresh, place) += 1;
            if item.step == self.step {
                if old != Place::Left {
                    *count(&mut self.of_step, old) -= 1;
                }
                *count(&mut self.of_step, place) += 1;
            }
        }
    }
}

fn count(tally: &mut Tally, place: Place) -> &mut u64 {
    match place {
        Place::Left => &mut tally.left,
        Place::Gone => &mut tally.gone,
        Place::Refused => &mut tally.refused,
        Place::Retried(Followed::Pending) => &mut tally.running,
        Place::Retried(Followed::Succeeded) => &mut tally.succeeded,
        Place::Retried(Followed::Retrying) => &mut tally.retrying,
        Place::Retried(Followed::DeadAgain) => &mut tally.dead_again,
        Place::Retried(Followed::Lost) => &mut tally.lost,
    }
}
