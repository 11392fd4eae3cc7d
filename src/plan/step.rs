//! One step of a plan: so many events, until each has a clear answer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::Phase;
use super::drive::{Driver, End, told};
use crate::bus::{ActionError, BackOff, BusError, FailedAt, Retried, about};
use crate::text::span;

/// Between two tries, at first and at last.
const PAUSES: BackOff = BackOff::new(Duration::from_millis(250), Duration::from_secs(15));

/// What a try of a step came to.
#[derive(Default)]
struct Taken {
    /// Those that must be tried again.
    again: Vec<FailedAt>,
    /// Why they must be.
    why: Option<String>,
    /// Those that were not there.
    gone: Vec<FailedAt>,
    /// Why nothing like it can be done any more.
    denied: Option<String>,
    /// Those that were retried in this run.
    retried: usize,
}

impl Driver {
    /// Retries the next `size` events, until each has a clear answer. Answers how many were retried in this run.
    pub(super) async fn step(&mut self, size: usize) -> Result<usize, End> {
        let mut batch = self.plan.items[self.next..self.next + size].to_vec();
        let mut retried = 0;
        let mut pauses = PAUSES;
        loop {
            let orders: Vec<_> = batch.iter().map(|at| self.plan.order(at)).collect();
            let why = match self.ports.operator.retry(&orders, &self.because).await {
                Ok(answers) => {
                    let before = batch.len();
                    let mut taken = self.take(batch, answers);
                    self.take_gone(&mut taken).await;
                    retried += taken.retried;
                    if let Some(why) = taken.denied {
                        return Err(End::Stopped(why));
                    }
                    batch = taken.again;
                    if batch.is_empty() {
                        self.next += size;
                        self.shared.enter(Phase::Retrying);
                        return Ok(retried);
                    }
                    if batch.len() < before {
                        pauses.reset();
                    }
                    taken.why.unwrap_or_else(|| "the broker did not answer for every event".to_owned())
                }
                Err(BusError::Unavailable { what }) => {
                    self.shared.book(|books| batch.iter().for_each(|at| books.unclear(at)));
                    what
                }
                Err(error) => return Err(End::Stopped(told(&error))),
            };
            let pause = pauses.pause();
            let every = span(pause);
            self.shared.enter(Phase::Waiting(format!("{why}; it is tried again every {every}")));
            self.rest(about(pause)).await;
            self.heed().await?;
        }
    }

    /// Books what became of each. What is denied stays left, as does what must be tried again.
    fn take(&self, batch: Vec<FailedAt>, answers: Vec<Result<Retried, ActionError>>) -> Taken {
        let mut taken = Taken::default();
        let mut follow = Vec::new();
        let mut answers = answers.into_iter();
        for at in batch {
            match answers.next() {
                Some(Ok(answer)) => {
                    if self.shared.book(|books| books.retried(&at, answer.repeated)) {
                        taken.retried += 1;
                    }
                    follow.push(Retried { from: at, ..answer });
                }
                Some(Err(ActionError::Gone)) => taken.gone.push(at),
                Some(Err(error)) if error.is_passing() => {
                    if matches!(error, ActionError::Unknown(_)) {
                        self.shared.book(|books| books.unclear(&at));
                    }
                    taken.why = Some(error.to_string());
                    taken.again.push(at);
                }
                Some(Err(ActionError::Denied(why))) => taken.denied = Some(why),
                Some(Err(error)) => {
                    self.shared.refusal(&at, error.to_string());
                    self.shared.book(|books| books.refused(&at));
                }
                None => taken.again.push(at),
            }
        }
        self.shared.follow(follow);
        taken
    }

    /// Books those that were not there. Where the plan is not there either, the bus may have lost its data: then nobody has
    /// dealt with them, and they stay left.
    async fn take_gone(&mut self, taken: &mut Taken) {
        if taken.gone.is_empty() {
            return;
        }
        let gone = std::mem::take(&mut taken.gone);
        let lost = match self.ports.failed.keeps(&self.plan.id).await {
            Ok(false) => self.is_unkept().await,
            Err(unavailable @ BusError::Unavailable { .. }) => Err(unavailable),
            // Whoever may not read the plan can tell no more than that.
            Ok(true) | Err(_) => Ok(None),
        };
        match lost {
            Ok(Some(why)) => taken.denied = Some(why),
            Err(BusError::Unavailable { what }) => {
                taken.why = Some(what);
                taken.again.extend(gone);
            }
            Ok(None) | Err(_) => self.sort_gone(gone, taken).await,
        }
    }

    /// Of those whose answer was lost in this run, the records say whether this plan did it, however far behind they lie. Of
    /// others nobody can say where the records of an earlier run are not kept any more.
    async fn sort_gone(&self, mut gone: Vec<FailedAt>, taken: &mut Taken) {
        let unsure: Vec<FailedAt> =
            self.shared.book(|books| gone.iter().filter(|at| books.is_unsure(at)).cloned().collect());
        let mut trimmed = BTreeSet::new();
        if !unsure.is_empty() {
            match self.retried_by(&unsure).await {
                Ok(by) => {
                    let mut ours: HashMap<_, _> =
                        by.retried.into_iter().map(|retried| (retried.from.clone(), retried)).collect();
                    let ours: Vec<_> = unsure.iter().filter_map(|at| ours.remove(at)).collect();
                    gone.retain(|at| !ours.iter().any(|retried| retried.from == *at));
                    taken.retried += self.take_back(ours);
                    trimmed = by.trimmed;
                }
                Err(BusError::Unavailable { what }) => {
                    taken.why = Some(what);
                    taken.again.extend(gone);
                    return;
                }
                // Then that is as much as can be known.
                Err(_) => {}
            }
        }
        let is_unsure: HashSet<&FailedAt> = unsure.iter().collect();
        self.shared.book(|books| {
            for at in &gone {
                let may_be_ours = self.trimmed.contains(at.stream())
                    || trimmed.contains(at.stream()) && is_unsure.contains(at);
                if may_be_ours { books.untold(at) } else { books.gone(at) }
            }
        });
    }
}
