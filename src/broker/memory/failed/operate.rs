//! Acting on failed events of an embedded bus.

use async_trait::async_trait;

use super::import::MemoryImporter;
use super::{preview, retry};
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::bus::millis;
use crate::broker::memory::state::State;
use crate::bus::{
    Action, ActionError, Because, BusError, Deed, DiscardOrder, Exported, FailedAt, Importer, KeptPlan,
    Operator, Retried, RetryOrder,
};

type Answers<T> = Result<Vec<Result<T, ActionError>>, BusError>;

#[async_trait]
impl Operator for MemoryBroker {
    async fn retry(&self, orders: &[RetryOrder], because: &Because) -> Answers<Retried> {
        self.each(orders, |order| self.retry_one(order, because))
    }

    async fn discard(&self, orders: &[DiscardOrder], because: &Because) -> Answers<FailedAt> {
        self.each(orders, |order| {
            self.step(|state, now_ms| state.discard(order, because, self.intake.lock(), now_ms))
        })
    }

    async fn restore(&self, events: &[FailedAt]) -> Answers<FailedAt> {
        self.each(events, |at| self.step(|state, now_ms| state.restore(at, self.intake.lock(), now_ms)))
    }

    async fn release(&self, events: &[FailedAt], force: bool) -> Answers<Option<String>> {
        self.each(events, |at| {
            // Whoever asks next takes it: it waits for no other.
            self.step(|state, now_ms| state.offer(at, force, self.intake.lock(), now_ms).map(|()| None))
        })
    }

    async fn purge(&self, events: &[FailedAt]) -> Answers<()> {
        self.each(events, |at| self.step(|state, _| state.purge(at, self.intake.lock())))
    }

    fn importer(&self, letters: Vec<Exported>, again: bool) -> Box<dyn Importer + '_> {
        Box::new(MemoryImporter::new(self, letters, again))
    }

    fn preview(&self, order: &RetryOrder, because: &Because) -> Vec<String> {
        retry::preview(self, order, because)
    }

    fn preview_action(&self, action: &Action<'_>, because: &Because) -> Vec<String> {
        preview::action(self, action, because)
    }

    async fn record(
        &self,
        deed: Deed,
        because: &Because,
        count: u64,
        note: Option<&str>,
    ) -> Result<(), BusError> {
        self.write(|state, now_ms| state.failed.write(now_ms, deed, because, count, note))
    }

    async fn keep(&self, plan: &KeptPlan) -> Result<(), BusError> {
        self.write(|state, now_ms| state.failed.keep(now_ms, plan))
    }
}

impl MemoryBroker {
    /// Does the same for each, and wakes those who wait for what that brings.
    fn each<T, A>(
        &self,
        items: &[T],
        act: impl Fn(&T) -> Result<Result<A, ActionError>, BusError>,
    ) -> Answers<A> {
        let answers = items.iter().map(act).collect();
        self.bus.change(|_| ());
        answers
    }

    /// One step on one event.
    pub(super) fn step<A>(
        &self,
        act: impl FnOnce(&mut State, u64) -> Result<A, ActionError>,
    ) -> Result<Result<A, ActionError>, BusError> {
        self.bus.state().act(millis((self.bus.clock)()), act)
    }

    /// Writes something that is about no event.
    fn write(&self, write: impl FnOnce(&mut State, u64)) -> Result<(), BusError> {
        let mut state = self.bus.state();
        state.reachable()?;
        state.refuses()?;
        write(&mut state, millis((self.bus.clock)()));
        Ok(())
    }
}

impl State {
    /// Acts, unless the bus is out of reach or refuses; the answer may be lost on its way.
    pub(super) fn act<A>(
        &mut self,
        now_ms: u64,
        act: impl FnOnce(&mut Self, u64) -> Result<A, ActionError>,
    ) -> Result<Result<A, ActionError>, BusError> {
        self.reachable()?;
        if let Err(why) = self.refuses() {
            return Ok(Err(ActionError::Refused(why.what().to_owned())));
        }
        let answer = act(self, now_ms);
        Ok(match answer {
            Ok(_) if self.answers_to_lose > 0 => {
                self.answers_to_lose -= 1;
                Err(ActionError::Unknown("the embedded broker was told to lose its answer".to_owned()))
            }
            answer => answer,
        })
    }

    /// Why it refuses to write, if it does.
    pub(super) fn refuses(&self) -> Result<(), BusError> {
        match &self.refusal {
            None => Ok(()),
            Some(why) => Err(BusError::Refused {
                what: format!("the embedded broker refused it: {why}"),
                next: "It was told to refuse; tell it to accept again.".to_owned(),
            }),
        }
    }
}
