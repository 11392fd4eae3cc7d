//! A broker of a table: what each failed event does is written down before.

mod queue;

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::bus::{
    Action, ActionError, Because, BusError, Deed, DiscardOrder, Exported, FailedAt, FailedEvent, Importer,
    KeptPlan, Operator, Retried, RetryOrder,
};
use crate::event::{EntryId, EventType, FailedState, StreamKey};
use crate::plan::{Plan, Ports};

/// What becomes of an event that is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// It succeeds, after it was looked at so often.
    Succeeds(u32),
    /// It is a dead letter again.
    Dies,
    /// It fails, is tried again, and succeeds then.
    Stumbles,
    /// Nothing is heard of it.
    Hangs,
    /// It cannot be known.
    IsLost,
    /// It is not there.
    IsGone,
    /// It is refused.
    IsRefused,
}

/// What befalls a call of `retry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mishap {
    /// None.
    Nothing,
    /// It reaches nobody.
    Down,
    /// It is done, and nobody hears of it.
    AnswerLost,
    /// Each event of it is done, and its own answer is lost.
    AnswersLost,
    /// The target stream is full.
    Full,
    /// It does this many of them; the server can write nothing after that.
    NoMemory(usize),
    /// It does this many of them; then a right is missing.
    Denied(usize),
    /// It may not.
    Forbidden,
}

#[derive(Default)]
struct Table {
    does: HashMap<FailedAt, Does>,
    mishaps: VecDeque<Mishap>,
    done: HashMap<FailedAt, String>,
    /// Retries whose records are not there any more.
    trimmed: HashSet<FailedAt>,
    /// Retries whose records lie so far behind that a step does not find them.
    buried: HashSet<FailedAt>,
    calls: usize,
    looked: HashMap<FailedAt, u32>,
    times: Vec<(Instant, usize)>,
    journal: Vec<(Deed, String, Option<String>)>,
    kept: Vec<KeptPlan>,
    takes: Duration,
    journal_is_shut: bool,
    following_is_shut: bool,
}

#[derive(Clone, Default)]
pub(super) struct Fake(Arc<Mutex<Table>>);

pub(super) const ERROR: &str = "SMTP 451 greylisted\x1b[2J";

pub(super) const NO_MEMORY: &str = "the server is out of memory (OOM)";
pub(super) const NO_RIGHT: &str = "the user may not do this (NOPERM, the command 'xadd'); grant it";

pub(super) fn at(n: usize) -> FailedAt {
    let stream = StreamKey::new("event::TICKET_UPDATED").unwrap();
    FailedAt::DeadLetter { stream, id: EntryId::new(n as u64 + 1, 0) }
}

pub(super) fn event(n: usize) -> FailedEvent {
    FailedEvent {
        at: at(n),
        state: FailedState::Dead,
        handler: Some("ticket-email".into()),
        stream: at(n).stream().clone(),
        source: None,
        event_type: EventType::new("TICKET_UPDATED").unwrap(),
        channel: None,
        tenant: None,
        event: None,
        attempts: Some(10),
        max_attempts: Some(10),
        reason: None,
        error: Some(ERROR.into()),
        first_failed_at: None,
        last_failed_at: None,
        next_at: None,
        idle: None,
        plan: None,
        outcome: None,
        text: None,
    }
}

/// A plan over events `0..count`.
pub(super) fn plan(count: usize) -> Plan {
    let events: Vec<_> = (0..count).map(event).collect();
    Plan::freeze(&events, "2026-11-23T12:02:31Z".parse().unwrap(), "jo@web-1")
}

impl Fake {
    fn table<T>(&self, with: impl FnOnce(&mut Table) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }

    pub(super) fn ports(&self) -> Ports {
        Ports { operator: Arc::new(self.clone()), failed: Arc::new(self.clone()) }
    }

    /// What `n` does; what nobody wrote down succeeds at the first look.
    pub(super) fn when(&self, n: usize, does: Does) {
        self.table(|table| table.does.insert(at(n), does));
    }

    pub(super) fn befall(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.table(|table| table.mishaps.extend(mishaps));
    }

    /// From now on nothing does.
    pub(super) fn befall_no_more(&self) {
        self.table(|table| table.mishaps.clear());
    }

    /// How long a call takes.
    pub(super) fn takes(&self, time: Duration) {
        self.table(|table| table.takes = time);
    }

    pub(super) fn shut_journal(&self) {
        self.table(|table| table.journal_is_shut = true);
    }

    pub(super) fn shut_following(&self) {
        self.table(|table| table.following_is_shut = true);
    }

    /// As a `FLUSHALL` does: neither the plan nor any event is there.
    pub(super) fn lose_data(&self, of: usize) {
        self.table(|table| {
            table.kept.clear();
            table.journal.clear();
        });
        (0..of).for_each(|n| self.when(n, Does::IsGone));
    }

    /// The plan is not kept any more, and nothing else is lost.
    pub(super) fn drop_plan(&self) {
        self.table(|table| table.kept.clear());
    }

    /// The records of these are not there any more.
    pub(super) fn trim(&self, numbers: Range<usize>) {
        self.table(|table| table.trimmed.extend(numbers.map(at)));
    }

    /// So many of others come behind all records of now.
    pub(super) fn bury(&self) {
        self.table(|table| table.buried.extend(table.done.keys().cloned()));
    }

    /// How often `retry` was called.
    pub(super) fn calls(&self) -> usize {
        self.table(|table| table.calls)
    }

    /// When how many were retried, call by call.
    pub(super) fn times(&self) -> Vec<(Instant, usize)> {
        self.table(|table| table.times.clone())
    }

    pub(super) fn retried(&self) -> usize {
        self.table(|table| table.done.len())
    }

    pub(super) fn deeds(&self) -> Vec<Deed> {
        self.table(|table| table.journal.iter().map(|(deed, ..)| *deed).collect())
    }

    /// The note of the newest line of the journal.
    pub(super) fn last_note(&self) -> String {
        self.table(|table| table.journal.last().unwrap().1.clone())
    }

    pub(super) fn kept(&self) -> Vec<KeptPlan> {
        self.table(|table| table.kept.clone())
    }
}

fn retry(table: &mut Table, order: &RetryOrder, plan: &str) -> Result<Retried, ActionError> {
    let is_recorded = !table.trimmed.contains(&order.at) && !table.buried.contains(&order.at);
    let repeated = is_recorded && table.done.get(&order.at).map(String::as_str) == Some(plan);
    let does = table.does.get(&order.at).copied().unwrap_or(Does::Succeeds(0));
    if !repeated && (does == Does::IsGone || table.done.contains_key(&order.at)) {
        return Err(ActionError::Gone);
    }
    if does == Does::IsRefused {
        return Err(ActionError::Refused("NOPERM".to_owned()));
    }
    table.done.insert(order.at.clone(), plan.to_owned());
    Ok(retried(&order.at, plan, repeated))
}

fn retried(from: &FailedAt, plan: &str, repeated: bool) -> Retried {
    Retried {
        from: from.clone(),
        stream: from.stream().clone(),
        source: None,
        event: None,
        to: Vec::new(),
        plan: plan.to_owned(),
        repeated,
    }
}

#[async_trait]
impl Operator for Fake {
    async fn retry(
        &self,
        orders: &[RetryOrder],
        because: &Because,
    ) -> Result<Vec<Result<Retried, ActionError>>, BusError> {
        tokio::time::sleep(self.table(|table| table.takes)).await;
        self.table(|table| {
            table.calls += 1;
            let lost = || BusError::Unavailable { what: "redis at x: connection reset".to_owned() };
            let mishap = table.mishaps.pop_front();
            match mishap {
                Some(Mishap::Down) => return Err(lost()),
                Some(Mishap::Forbidden) => {
                    let (what, next) = ("no right to EVALSHA".to_owned(), "Grant it.".to_owned());
                    return Err(BusError::Refused { what, next });
                }
                Some(Mishap::Full) => {
                    let full = |order: &RetryOrder| Err(ActionError::Full(order.at.stream().clone()));
                    return Ok(orders.iter().map(full).collect());
                }
                _ => {}
            }
            let plan = because.plan.as_deref().unwrap();
            let (done, then) = match mishap {
                Some(Mishap::NoMemory(done)) => (done, ActionError::NotNow(NO_MEMORY.to_owned())),
                Some(Mishap::Denied(done)) => (done, ActionError::Denied(NO_RIGHT.to_owned())),
                _ => (orders.len(), ActionError::Gone),
            };
            let (now, later) = orders.split_at(done.min(orders.len()));
            let answers = now.iter().map(|order| retry(table, order, plan));
            let answers: Vec<_> = answers.chain(later.iter().map(|_| Err(then.clone()))).collect();
            table.times.push((Instant::now(), answers.iter().filter(|answer| answer.is_ok()).count()));
            match mishap {
                Some(Mishap::AnswerLost) => Err(lost()),
                Some(Mishap::AnswersLost) => {
                    Ok(answers.iter().map(|_| Err(ActionError::Unknown("reset".to_owned()))).collect())
                }
                _ => Ok(answers),
            }
        })
    }

    async fn record(
        &self,
        deed: Deed,
        because: &Because,
        _: u64,
        note: Option<&str>,
    ) -> Result<(), BusError> {
        self.table(|table| {
            if table.journal_is_shut {
                return Err(BusError::Unsupported("no journal here".to_owned()));
            }
            table.journal.push((deed, note.unwrap_or_default().to_owned(), because.plan.clone()));
            Ok(())
        })
    }

    async fn keep(&self, plan: &KeptPlan) -> Result<(), BusError> {
        self.table(|table| table.kept.push(plan.clone()));
        Ok(())
    }

    fn preview(&self, _: &RetryOrder, _: &Because) -> Vec<String> {
        unreachable!("a running plan previews nothing")
    }

    fn preview_action(&self, _: &Action<'_>, _: &Because) -> Vec<String> {
        unreachable!("a running plan previews nothing")
    }

    async fn discard(
        &self,
        _: &[DiscardOrder],
        _: &Because,
    ) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
        unreachable!("a plan retries and does nothing else")
    }

    async fn restore(&self, _: &[FailedAt]) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
        unreachable!("a plan retries and does nothing else")
    }

    async fn release(
        &self,
        _: &[FailedAt],
        _: bool,
    ) -> Result<Vec<Result<Option<String>, ActionError>>, BusError> {
        unreachable!("a plan retries and does nothing else")
    }

    async fn purge(&self, _: &[FailedAt]) -> Result<Vec<Result<(), ActionError>>, BusError> {
        unreachable!("a plan retries and does nothing else")
    }

    fn importer(&self, _: Vec<Exported>, _: bool) -> Box<dyn Importer + '_> {
        unreachable!("a plan retries and does nothing else")
    }
}
