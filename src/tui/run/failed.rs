//! What is done with failed events, beside the event loop: reading them, acting on them, and the plan that runs. Each
//! question has a time-out, so that nothing on the screen waits for ever.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::deeds::act;
use super::watching::Watching;
use crate::bus::{
    BusError, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedQueue, Spot, Verb, read_around,
};
use crate::plan::{self, Plan, Ports, Progress, Running, note_unattended};
use crate::tui::app::EACH;
use crate::tui::effect::{Deed, Effect, EffectDone, Question};
use crate::tui::host::{Export, Exported, Host, NotExported, Underway};

/// How long the next page may take, and any other answer.
const NEXT_PAGE: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(10);
/// Pages that may wait: the broker waits then.
const PAGES: usize = 2;
/// How long a plan, and what else is done, may take for its current step when the dashboard is left.
const LEAVING: Duration = Duration::from_secs(10);
/// How often it is told how far an export is.
const HOW_FAR: Duration = Duration::from_millis(200);
/// How long removing a file may take that is not whole, when the dashboard is left.
const REMOVING: Duration = Duration::from_secs(2);

/// What is on its way.
pub(super) struct FailedDesk {
    answers: mpsc::Sender<EffectDone>,
    reading: Option<AbortHandle>,
    plan: Option<Running>,
    /// The export that was begun last: one at a time.
    exporting: Option<(Arc<Underway>, JoinHandle<()>)>,
    /// Plans of other contexts, which end their current step, and exports that end.
    leaving: JoinSet<()>,
    /// What else is done. It is never broken off within a step: what was done would be missing in the journal.
    underway: JoinSet<()>,
    /// Tells that the dashboard is left.
    left: CancellationToken,
}

impl FailedDesk {
    pub(super) fn new(answers: mpsc::Sender<EffectDone>) -> Self {
        Self {
            answers,
            reading: None,
            plan: None,
            exporting: None,
            leaving: JoinSet::new(),
            underway: JoinSet::new(),
            left: CancellationToken::new(),
        }
    }

    /// Another context is opened: the plan of the one before ends its current step, and answers go there.
    pub(super) fn meet(&mut self, answers: mpsc::Sender<EffectDone>) {
        self.answers = answers;
        // Nobody could end it any more, or be told of it.
        self.break_off_export();
        if let Some(running) = self.plan.take() {
            self.leaving.spawn(leave(running));
        }
    }

    /// Reads failed events, in place of what is being read.
    pub(super) fn read(&mut self, watching: Option<&Watching>, reading: u64, query: FailedQuery) {
        self.stop_reading();
        let Some(watching) = watching else { return };
        let (failed, answers) = (Arc::clone(&watching.failed), self.answers.clone());
        let task = tokio::spawn(async move {
            let answer = read(failed.as_ref(), &query, reading, &answers).await;
            // Nobody waits for it any more when the dashboard has ended.
            let _ = answers.send(EffectDone::FailedRead { reading, answer }).await;
        });
        self.reading = Some(task.abort_handle());
    }

    /// What is being read is not wanted any more.
    pub(super) fn stop_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
    }

    /// Reads the newest lines of the journal.
    pub(super) fn journal(&self, watching: Option<&Watching>, at_most: usize) {
        self.ask(watching, move |failed, context| async move {
            EffectDone::Journal { context, answer: in_time(failed.journal(at_most)).await }
        });
    }

    /// Asks what this user may do.
    pub(super) fn ask_rights(&self, watching: Option<&Watching>) {
        self.ask(watching, |failed, context| async move {
            let mut answers = Vec::new();
            for verb in [Verb::Retry, Verb::Discard, Verb::Release] {
                answers.push((verb, in_time(failed.may(verb)).await));
            }
            EffectDone::Rights { context, answers }
        });
    }

    /// Asks for all that is known of one.
    pub(super) fn show(&self, watching: Option<&Watching>, at: FailedAt) {
        self.ask(watching, |failed, context| async move {
            let answer = in_time(failed.whole(&at)).await.map(|whole| whole.map(Box::new));
            EffectDone::Shown { context, at, answer }
        });
    }

    /// Reads what happened around one.
    pub(super) fn around(&self, watching: Option<&Watching>, at: FailedAt, spot: Spot) {
        let Some(observer) = watching.map(|watching| Arc::clone(&watching.observer)) else { return };
        self.ask(watching, |_, context| async move {
            let answer = in_time(read_around(observer.as_ref(), &spot, EACH)).await;
            EffectDone::Around { context, at, answer }
        });
    }

    /// Asks what retrying would do, and what would be sent.
    pub(super) fn foresee(&self, watching: Option<&Watching>, question: Question) {
        let operator = watching.and_then(|watching| watching.operator.clone().ok());
        let inspector = watching.map(|watching| Arc::clone(&watching.inspector));
        self.ask(watching, |failed, _| async move {
            let commands = operator
                .map(|operator| operator.preview(&question.order, &question.because))
                .unwrap_or_default();
            let events: Vec<FailedEvent> = question.events.iter().map(|event| (**event).clone()).collect();
            let mut answer = in_time(failed.foresee(&events, question.runs)).await;
            if let (Ok(foreseen), Some(inspector)) = (&mut answer, inspector) {
                note_unattended(inspector.as_ref(), &events, foreseen).await;
            }
            EffectDone::Foreseen { plan: question.plan, runs: question.runs, answer, commands }
        });
    }

    fn ask<W>(&self, watching: Option<&Watching>, question: impl FnOnce(Arc<dyn FailedQueue>, String) -> W)
    where
        W: Future<Output = EffectDone> + Send + 'static,
    {
        let Some(watching) = watching else { return };
        let asking = question(Arc::clone(&watching.failed), watching.context.clone());
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let _ = answers.send(asking.await).await;
        });
    }

    /// Does something to failed events. What comes of it comes when it comes; an answer at once is why nothing is done.
    pub(super) fn act(&mut self, watching: Option<&Watching>, deed: Deed) -> Option<EffectDone> {
        let watching = watching?;
        let operator = match &watching.operator {
            Ok(operator) => Arc::clone(operator),
            // No key leads here, and if one did, nothing would be done.
            Err(why) => return Some(EffectDone::Refused(why.clone())),
        };
        let (context, failed) = (watching.context.clone(), Arc::clone(&watching.failed));
        let (answers, left) = (self.answers.clone(), self.left.clone());
        self.reap();
        self.underway.spawn(act((operator, failed), deed, context, (answers, left)));
        None
    }

    /// Puts away what has come to its end.
    fn reap(&mut self) {
        while self.underway.try_join_next().is_some() {}
    }

    /// Whether something that is done to failed events is not answered yet.
    pub(super) fn is_busy(&mut self) -> bool {
        self.reap();
        !self.underway.is_empty()
    }

    /// Writes events into a file. The answer comes when it comes; one at once is why nothing is written.
    pub(super) fn export(
        &mut self,
        watching: Option<&Watching>,
        host: Arc<dyn Host>,
        export: Box<Export>,
    ) -> Option<EffectDone> {
        let Some(watching) = watching else {
            let answer = Err(NotExported::Failed("there is no connection".to_owned()));
            return Some(EffectDone::Exported { export, answer });
        };
        let (failed, answers) = (Arc::clone(&watching.failed), self.answers.clone());
        let underway: Arc<Underway> = Arc::default();
        let told = Arc::clone(&underway);
        let writing = async move {
            let answer = {
                let exporting = pin!(host.export(&export, failed, Arc::clone(&told)));
                say_how_far(exporting, &told, &answers).await
            };
            if let Err(untold) = answers.send(EffectDone::Exported { export, answer }).await {
                tracing::info!(outcome = ?untold.0, "an export ended after its context was left");
            }
        };
        self.exporting = Some((underway, tokio::spawn(writing)));
        None
    }

    /// Nobody waits for the export any more: no part of a file is left behind.
    fn break_off_export(&mut self) {
        let Some((underway, writing)) = self.exporting.take() else { return };
        underway.end();
        self.leaving.spawn(async move {
            if timeout(REMOVING, writing).await.is_err() {
                tracing::warn!("a file that was being exported to may be left behind, and is not whole");
            }
        });
    }

    /// Ends the export.
    pub(super) fn end_export(&self) {
        if let Some((underway, _)) = &self.exporting {
            underway.end();
        }
    }

    /// Starts a plan.
    pub(super) fn start(&mut self, watching: Option<&Watching>, plan: Plan) -> Option<EffectDone> {
        let Some(watching) = watching else {
            return Some(EffectDone::NoPlan("there is no connection: nothing was retried".to_owned()));
        };
        match &watching.operator {
            Ok(operator) => {
                let ports = Ports { operator: Arc::clone(operator), failed: Arc::clone(&watching.failed) };
                self.plan = Some(plan::start(plan, ports));
                None
            }
            Err(why) => Some(EffectDone::NoPlan(why.clone())),
        }
    }

    /// Holds the plan, goes on with it, or ends it.
    pub(super) fn steer(&self, effect: &Effect) {
        let Some(running) = &self.plan else { return };
        match effect {
            Effect::PausePlan => running.pause(),
            Effect::ResumePlan => running.resume(),
            _ => running.cancel(),
        }
    }

    /// How far the plan has come, when that changes, and what it took away. May be cancelled at any time.
    pub(super) async fn progress(&mut self) -> (Progress, Vec<FailedAt>) {
        match &mut self.plan {
            Some(running) => match running.progress.changed().await {
                Ok(()) => {
                    let progress = running.progress.borrow_and_update().clone();
                    (progress, running.taken())
                }
                Err(_) => pending().await,
            },
            None => pending().await,
        }
    }

    /// Lets the plan, and what else is done, end its current step.
    pub(super) async fn leave(&mut self) {
        self.stop_reading();
        self.left.cancel();
        self.break_off_export();
        let Self { plan, leaving, underway, .. } = self;
        let plans = async {
            if let Some(running) = plan.take() {
                leave(running).await;
            }
            while leaving.join_next().await.is_some() {}
        };
        let deeds = async {
            let ended = async { while underway.join_next().await.is_some() {} };
            if timeout(LEAVING, ended).await.is_err() {
                tracing::warn!(
                    "what was being done to failed events was not answered in time; it may be missing in the journal"
                );
            }
        };
        tokio::join!(plans, deeds);
    }
}

/// Waits for an export, and says now and then how many are written.
async fn say_how_far(
    mut exporting: impl Future<Output = Result<Exported, NotExported>> + Unpin,
    underway: &Underway,
    answers: &mpsc::Sender<EffectDone>,
) -> Result<Exported, NotExported> {
    let mut known = 0;
    loop {
        if let Ok(answer) = timeout(HOW_FAR, &mut exporting).await {
            return answer;
        }
        let written = underway.written();
        // Where there is no room for it, something else is told; it can wait.
        if written > known && answers.try_send(EffectDone::ExportedSoFar(written)).is_ok() {
            known = written;
        }
    }
}

/// Lets a plan end its current step.
async fn leave(running: Running) {
    if timeout(LEAVING, running.leave()).await.is_err() {
        tracing::warn!(
            "the retry plan's last step was not answered in time; going on with the plan finds out"
        );
    }
}

/// Reads, and hands on a page at a time, in order.
async fn read(
    failed: &dyn FailedQueue,
    query: &FailedQuery,
    reading: u64,
    answers: &mpsc::Sender<EffectDone>,
) -> Result<(), BusError> {
    let (out, mut pages) = mpsc::channel::<FailedPage>(PAGES);
    let mut asking = failed.read(query, out);
    let mut answer = None;
    loop {
        let page = tokio::select! {
            ended = &mut asking, if answer.is_none() => {
                answer = Some(ended);
                continue;
            }
            page = timeout(NEXT_PAGE, pages.recv()) => page.map_err(|_| late())?,
        };
        let Some(page) = page else { break };
        let page = EffectDone::FailedPage { reading, page: Box::new(page) };
        if answers.send(page).await.is_err() {
            break;
        }
    }
    match answer {
        Some(answer) => answer,
        None => timeout(ANSWER, asking).await.unwrap_or_else(|_| Err(late())),
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, BusError>>) -> Result<T, BusError> {
    timeout(ANSWER, answer).await.unwrap_or_else(|_| Err(late()))
}

pub(super) fn late() -> BusError {
    BusError::Unavailable { what: "reading failed events took too long".to_owned() }
}
