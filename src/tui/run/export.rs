//! Writing events into a file, beside the event loop: a piece at a time, each asked for when the one before is written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::tui::effect::{EffectDone, ExportStep};
use crate::tui::host::{Host, NotExported};

/// How long removing a file may take that is not whole, when the dashboard is left.
pub(super) const LEAVING: Duration = Duration::from_secs(2);

/// The file that is being written.
pub(super) struct ExportDesk {
    answers: mpsc::Sender<EffectDone>,
    writing: Option<Writing>,
    /// Those that write, or remove what they wrote: the dashboard is not left before they have.
    tasks: JoinSet<()>,
}

struct Writing {
    number: u64,
    steps: mpsc::Sender<ExportStep>,
}

impl ExportDesk {
    pub(super) fn new(answers: mpsc::Sender<EffectDone>) -> Self {
        Self { answers, writing: None, tasks: JoinSet::new() }
    }

    /// Takes the next step. What comes of it comes when it comes; an answer at once is why it cannot be taken.
    pub(super) fn perform(
        &mut self,
        host: &Arc<dyn Host>,
        number: u64,
        step: ExportStep,
    ) -> Option<EffectDone> {
        match (step, &self.writing) {
            (ExportStep::Open { file, replaces }, _) => {
                // One that was never ended loses its file now.
                let (steps, asked) = mpsc::channel(1);
                let writing = write(Arc::clone(host), (file, replaces), number, asked, self.answers.clone());
                while self.tasks.try_join_next().is_some() {}
                self.tasks.spawn(writing);
                self.writing = Some(Writing { number, steps });
            }
            (ExportStep::GiveUp, Some(writing)) if writing.number == number => self.writing = None,
            // There is room for it: the one before was answered.
            (step, Some(writing)) if writing.number == number => {
                if writing.steps.try_send(step).is_err() {
                    let why = NotExported::Failed("writing the file broke off".to_owned());
                    return Some(EffectDone::EventsWritten { number, answer: Err(why), kept: false });
                }
            }
            (_, _) => {}
        }
        None
    }

    /// Another context is opened: answers go there, and a file that is not whole is removed.
    pub(super) fn meet(&mut self, answers: mpsc::Sender<EffectDone>) {
        self.answers = answers;
        // Its task ends, and removes the file, when nobody asks for more.
        self.writing = None;
    }

    /// What is not whole is removed, what is comes to its place, as long as there is `patience`.
    pub(super) async fn leave(&mut self, patience: Duration) {
        self.writing = None;
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(patience, ended).await.is_err() {
            tracing::warn!("a file that was being exported to may be left behind, and is not whole");
        }
    }
}

/// Does each step and answers it, until the file is kept or nobody asks any more: then it is removed.
async fn write(
    host: Arc<dyn Host>,
    (name, replaces): (String, bool),
    number: u64,
    mut asked: mpsc::Receiver<ExportStep>,
    answers: mpsc::Sender<EffectDone>,
) {
    let told = |answer, kept| EffectDone::EventsWritten { number, answer, kept };
    let mut file = match host.create(&name, replaces).await {
        Ok(file) => file,
        Err(why) => {
            // Nobody waits for it any more when the dashboard has ended.
            let _ = answers.send(told(Err(why), false)).await;
            return;
        }
    };
    let mut answer = Ok(());
    loop {
        let failed = answer.is_err();
        if answers.send(told(answer, false)).await.is_err() || failed {
            return;
        }
        answer = match asked.recv().await {
            Some(ExportStep::Write(entries)) => file.write(entries).await,
            Some(ExportStep::Keep) => {
                let _ = answers.send(told(file.keep().await, true)).await;
                return;
            }
            Some(ExportStep::Open { .. } | ExportStep::GiveUp) | None => return,
        };
    }
}
