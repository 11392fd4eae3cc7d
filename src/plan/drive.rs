//! The task that retries: step after step at the plan's pace, as a person wishes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::follow::follow;
use super::shared::Shared;
use super::{Pace, Phase, Plan, Ports};
use crate::bus::{Because, Bucket, BusError, Deed, KeptPlan, Wish};
use crate::event::StreamKey;
use crate::text::{age, count};

/// Events of one step, at most.
const CHUNK: usize = 200;
/// For how long the journal may hold up the plan.
const JOURNAL: Duration = Duration::from_secs(5);

/// Why nothing more is retried.
pub(super) enum End {
    Cancelled,
    Left,
    Stopped(String),
}

pub(super) struct Driver {
    pub(super) plan: Plan,
    pub(super) ports: Ports,
    pub(super) because: Because,
    pub(super) wishes: watch::Receiver<Wish>,
    pub(super) shared: Arc<Shared>,
    /// Of the plan's events the first that is left.
    pub(super) next: usize,
    /// Streams of types whose records of what the plan did before are not whole.
    pub(super) trimmed: BTreeSet<StreamKey>,
    /// As the bus kept it, of one that is gone on with: what was done before is not among its events any more.
    pub(super) kept: Option<KeptPlan>,
    /// It was found that the bus did not keep it any more.
    pub(super) was_unkept: bool,
}

impl Driver {
    pub(super) fn new(plan: Plan, ports: Ports, wishes: watch::Receiver<Wish>, shared: Arc<Shared>) -> Self {
        let kept = plan.resumed.then(|| plan.kept());
        Self {
            because: plan.because(),
            plan,
            ports,
            wishes,
            shared,
            next: 0,
            trimmed: BTreeSet::new(),
            kept,
            was_unkept: false,
        }
    }

    pub(super) async fn run(mut self) {
        if self.plan.items.is_empty() {
            return self.shared.enter(Phase::Finished);
        }
        if let Err(why) = self.begin().await {
            return self.shared.enter(Phase::Stopped(format!("nothing was retried: {why}")));
        }
        let follower = self.ports.failed.follower(&self.plan.id);
        let mut following = tokio::spawn(follow(follower, Arc::clone(&self.shared)));
        let end = self.retry_all().await;
        let (deed, phase) = match &end {
            Ok(()) => (Deed::PlanFinished, Phase::Following),
            Err(End::Cancelled) => (Deed::PlanCancelled, Phase::Cancelled),
            Err(End::Stopped(why)) => (Deed::PlanStopped, Phase::Stopped(why.clone())),
            Err(End::Left) => (Deed::PlanStopped, Phase::Stopped("whoever ran it has left".to_owned())),
        };
        if let Phase::Stopped(why) = &phase {
            self.write_down(deed, Some(why)).await;
        } else if !self.plan.items.is_empty() {
            self.write_down(deed, None).await;
        }
        self.say_what_is_unsure();
        self.say_what_was_before();
        self.shared.enter(phase);
        if matches!(end, Err(End::Left)) {
            return following.abort();
        }
        tokio::select! {
            ended = &mut following => if let Err(fault) = ended {
                self.shared.note(format!("a fault of Tidings itself ended following: {fault}"));
                self.shared.book(super::books::Books::lose_sight);
            },
            () = nobody_holds_it(&mut self.wishes) => return following.abort(),
        }
        if end.is_ok() {
            self.shared.enter(Phase::Finished);
        }
    }

    /// Nothing is retried before the bus knows the plan, and what an earlier run of it did is known. Of a plan of which
    /// nothing is left, nothing is written down.
    async fn begin(&mut self) -> Result<(), String> {
        let total = self.plan.items.len() as u64;
        let deed = if self.plan.resumed {
            self.look_back().await?;
            if self.plan.items.is_empty() {
                return Ok(());
            }
            Deed::PlanResumed
        } else {
            let kept = self.ports.operator.keep(&self.plan.kept()).await;
            kept.map_err(|error| format!("the plan could not be kept on the bus: {}", told(&error)))?;
            Deed::PlanStarted
        };
        let pace = self.plan.pace.to_string();
        let recorded = self.ports.operator.record(deed, &self.because, total, Some(&pace)).await;
        recorded.map_err(|error| format!("it could not be written into the journal: {}", told(&error)))
    }

    async fn retry_all(&mut self) -> Result<(), End> {
        match self.plan.pace.clone() {
            Pace::AtOnce => self.retry(usize::MAX, None, None).await,
            Pace::PerSecond(rate) => self.retry(usize::MAX, Some(Bucket::new(rate)), None).await,
            Pace::Ramp { steps, stop_at, rate } => {
                for step in steps {
                    self.retry(step, None, None).await?;
                    if self.left() == 0 {
                        return Ok(());
                    }
                    self.wait_for_outcomes().await?;
                    self.judge(stop_at).await?;
                }
                self.retry(usize::MAX, rate.map(Bucket::new), Some(stop_at)).await
            }
        }
    }

    fn left(&self) -> usize {
        self.plan.items.len() - self.next
    }

    /// Retries up to `quota` events, as one step of a ramp. What was retried by an earlier run, is gone or is refused is not one of them.
    async fn retry(
        &mut self,
        mut quota: usize,
        mut bucket: Option<Bucket>,
        stop_at: Option<u8>,
    ) -> Result<(), End> {
        self.shared.book(super::books::Books::begin_step);
        while quota > 0 && self.left() > 0 {
            let was_held = self.heed().await?;
            if let Some(stop_at) = stop_at {
                self.judge(stop_at).await?;
            }
            let chunk = bucket.as_ref().map_or(CHUNK, Bucket::chunk).min(CHUNK);
            let size = chunk.min(quota).min(self.left());
            if let Some(bucket) = &mut bucket {
                if was_held {
                    bucket.forget();
                }
                let wait = bucket.wait(size);
                if !wait.is_zero() {
                    self.rest(wait).await;
                    continue;
                }
            }
            let retried = self.step(size).await?;
            quota -= retried;
            if let Some(bucket) = &mut bucket {
                bucket.take(retried);
            }
        }
        Ok(())
    }

    fn wish(&self) -> Wish {
        let asked = *self.wishes.borrow();
        if self.wishes.has_changed().is_err() && asked != Wish::Cancel { Wish::Leave } else { asked }
    }

    /// Does what a person asked for: holds, or ends. Answers whether it was held.
    pub(super) async fn heed(&mut self) -> Result<bool, End> {
        let mut was_held = false;
        loop {
            match self.wish() {
                Wish::Go if was_held => {
                    self.write_down(Deed::PlanResumed, None).await;
                    self.shared.enter(Phase::Retrying);
                    return Ok(true);
                }
                Wish::Go => return Ok(false),
                Wish::Cancel => return Err(End::Cancelled),
                Wish::Leave => return Err(End::Left),
                Wish::Hold if was_held => {}
                Wish::Hold => {
                    was_held = true;
                    self.shared.enter(Phase::Paused);
                    self.write_down(Deed::PlanPaused, None).await;
                }
            }
            if self.wish() == Wish::Hold {
                // An error: nobody holds it any more, which `wish` says, too.
                let _ = self.wishes.changed().await;
            }
        }
    }

    /// Waits so long, or until a person wants something.
    pub(super) async fn rest(&mut self, time: Duration) {
        let _ = timeout(time, self.wishes.changed()).await;
    }

    /// Writes into the journal. It has happened, whether that works or not; an error is said.
    async fn write_down(&self, deed: Deed, why: Option<&str>) {
        let tally = self.shared.tally();
        // What they come to is known later, so 'done' would say too much.
        let mut done = format!("{} of {} retried", count(tally.retried()), count(tally.total()));
        let others = [(tally.gone, "gone before"), (tally.refused, "refused"), (tally.lost, "unknown")];
        for (n, what) in others {
            if n > 0 {
                done = format!("{done}, {} {what}", count(n));
            }
        }
        let note = why.map_or_else(|| done.clone(), |why| format!("{done}: {why}"));
        let record = self.ports.operator.record(deed, &self.because, tally.retried(), Some(&note));
        let why_not = match timeout(JOURNAL, record).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.what().to_owned(),
            Err(_) => format!("no answer within {}", age(JOURNAL)),
        };
        self.shared.note(format!("'{deed}' is not in the journal: {why_not}"));
    }

    fn say_what_is_unsure(&self) {
        let unsure = self.shared.book(|books| books.unsure());
        if unsure > 0 {
            self.shared.note(format!(
                "of {} that are left the answer was lost: they may have been retried, and going on with the plan finds out",
                count(unsure as u64)
            ));
        }
    }
}

/// An error in one line.
pub(super) fn told(error: &BusError) -> String {
    error.next().map_or_else(|| error.what().to_owned(), |next| format!("{}. {next}", error.what()))
}

async fn nobody_holds_it(wishes: &mut watch::Receiver<Wish>) {
    while wishes.changed().await.is_ok() {}
}
