//! What is done to failed events when the dashboard is left meanwhile.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep};

use super::stage::{session, watching_it};
use crate::bus::{
    Action, ActionError, Because, BusError, Deed as Journal, DiscardOrder, Exported, FailedAt, Importer,
    KeptPlan, Operator, Retried, RetryOrder, Session,
};
use crate::event::{EntryId, StreamKey};
use crate::tui::effect::Deed;
use crate::tui::run::failed::FailedDesk;
use crate::tui::run::watching::Watching;

/// An operator that takes so long for a call of `discard`.
struct Slow {
    takes: Duration,
    /// How many events were given to it.
    discarded: Mutex<usize>,
    /// The lines of the journal.
    journal: Mutex<Vec<(Journal, u64)>>,
}

#[async_trait]
impl Operator for Slow {
    async fn discard(
        &self,
        orders: &[DiscardOrder],
        _: &Because,
    ) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
        *self.discarded.lock().unwrap() += orders.len();
        sleep(self.takes).await;
        Ok(orders.iter().map(|order| Ok(order.at.clone())).collect())
    }

    async fn record(&self, deed: Journal, _: &Because, count: u64, _: Option<&str>) -> Result<(), BusError> {
        self.journal.lock().unwrap().push((deed, count));
        Ok(())
    }

    async fn retry(
        &self,
        _: &[RetryOrder],
        _: &Because,
    ) -> Result<Vec<Result<Retried, ActionError>>, BusError> {
        unreachable!("nothing is retried")
    }

    async fn restore(&self, _: &[FailedAt]) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
        unreachable!("nothing is restored")
    }

    async fn release(
        &self,
        _: &[FailedAt],
        _: bool,
    ) -> Result<Vec<Result<Option<String>, ActionError>>, BusError> {
        unreachable!("nothing is released")
    }

    async fn purge(&self, _: &[FailedAt]) -> Result<Vec<Result<(), ActionError>>, BusError> {
        unreachable!("nothing is purged")
    }

    fn importer(&self, _: Vec<Exported>, _: bool) -> Box<dyn Importer + '_> {
        unreachable!("nothing is imported")
    }

    fn preview(&self, _: &RetryOrder, _: &Because) -> Vec<String> {
        Vec::new()
    }

    fn preview_action(&self, _: &Action<'_>, _: &Because) -> Vec<String> {
        Vec::new()
    }

    async fn keep(&self, _: &KeptPlan) -> Result<(), BusError> {
        unreachable!("there is no plan")
    }
}

/// Begins to discard 1,200 events and leaves at once: how many were given away, what stands in the journal, and how long
/// leaving took.
async fn left_meanwhile(takes: Duration) -> (usize, Vec<(Journal, u64)>, Duration) {
    let (sender, mut answers) = mpsc::channel(4);
    let operator = Arc::new(Slow { takes, discarded: Mutex::default(), journal: Mutex::default() });
    let watching: Watching =
        watching_it(Session { operator: Ok(Arc::clone(&operator) as _), ..session("prod", &Arc::default()) });
    let mut desk = FailedDesk::new(sender);
    let stream = StreamKey::new("event::A").unwrap();
    let at = |n| FailedAt::DeadLetter { stream: stream.clone(), id: EntryId::new(n, 0) };
    let orders = (1..=1_200).map(|n| DiscardOrder::new(at(n))).collect();
    assert!(!desk.is_busy());
    assert_eq!(desk.act(Some(&watching), Deed::Discard(orders, Because::default())), None);
    tokio::task::yield_now().await;
    assert!(desk.is_busy());
    // As the event loop does it: nobody takes what is answered.
    answers.close();
    let began = Instant::now();
    desk.leave().await;
    let journal = operator.journal.lock().unwrap().clone();
    (*operator.discarded.lock().unwrap(), journal, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn leaving_ends_the_step_that_is_on_its_way_and_writes_it_down() {
    let (discarded, journal, _) = left_meanwhile(Duration::from_secs(3)).await;
    assert_eq!((discarded, journal), (500, vec![(Journal::Discarded, 500)]), "no second step is begun");
}

#[tokio::test(start_paused = true)]
async fn leaving_waits_for_no_step_that_is_never_answered() {
    let (discarded, journal, took) = left_meanwhile(Duration::from_hours(1)).await;
    assert_eq!((discarded, journal, took.as_secs()), (500, Vec::new(), 10));
}
