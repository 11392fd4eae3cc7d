//! Writing what was sent into the history, beside the event loop. A disk may be slow, or dead: it holds up neither the
//! screen nor the sending, and nothing waits for it without an end.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Now;
use super::compose::done;
use crate::bus::{Store, StoreError};
use crate::compose::{Redaction, Sent, Told};
use crate::tui::effect::{EffectDone, SendDone};

/// How long a disk may take.
const ANSWER: Duration = Duration::from_secs(10);
/// So many lines may wait for the disk. The newest stay: a history has no more of them.
const WAITING: usize = 500;

/// The history of a context.
#[derive(Clone)]
pub(super) struct History {
    pub(super) store: Arc<dyn Store>,
    pub(super) context: String,
    pub(super) now: Now,
    /// Hears of what could not be kept.
    pub(super) answers: mpsc::Sender<EffectDone>,
}

impl History {
    /// Puts one event into it.
    pub(super) async fn keep(&self, sent: &Sent) {
        let answer = self.write(vec![sent.to_line(&Redaction::default())]).await;
        self.tell(answer).await;
    }

    /// Puts in what is told of many events, as it comes: while lines are written, others are gathered.
    pub(super) async fn keep_all(self, mut outcomes: mpsc::Receiver<Vec<Told>>) {
        let mut gathered = VecDeque::new();
        let mut writing: Option<JoinHandle<Result<(), StoreError>>> = None;
        let (mut is_open, mut is_broken) = (true, false);
        while is_open || writing.is_some() || !gathered.is_empty() {
            if writing.is_none() && !gathered.is_empty() {
                let (this, lines) = (self.clone(), gathered.drain(..).collect());
                writing = Some(tokio::spawn(async move { this.write(lines).await }));
            }
            tokio::select! {
                told = outcomes.recv(), if is_open => match told {
                    // What failed once fails for all of them, and each would take its time for it.
                    Some(_) if is_broken => {}
                    Some(told) => self.gather(told, &mut gathered),
                    None => is_open = false,
                },
                answer = written(&mut writing) => {
                    writing = None;
                    if answer.is_err() {
                        is_broken = true;
                        gathered.clear();
                    }
                    self.tell(answer).await;
                }
            }
        }
    }

    fn gather(&self, told: Vec<Told>, gathered: &mut VecDeque<String>) {
        for told in told {
            // What is no event was never to be sent.
            let Told::Event(line, answer) = told else { continue };
            if gathered.len() == WAITING {
                gathered.pop_front();
            }
            let sent = Sent::of(&line.event, &answer, (self.now)());
            gathered.push_back(sent.to_line(&Redaction::default()));
        }
    }

    async fn write(&self, lines: Vec<String>) -> Result<(), StoreError> {
        let answer = timeout(ANSWER, self.store.keep_sent(&self.context, &lines)).await;
        answer.unwrap_or_else(|_| {
            Err(StoreError::Failed(format!(
                "the disk did not answer in {} s; look whether it is full, or gone",
                ANSWER.as_secs()
            )))
        })
    }

    async fn tell(&self, answer: Result<(), StoreError>) {
        if let Err(why) = answer {
            // Nobody waits for it any more when the dashboard has ended.
            let _ = self.answers.send(done(SendDone::NotKept(why.to_string()))).await;
        }
    }
}

async fn written(writing: &mut Option<JoinHandle<Result<(), StoreError>>>) -> Result<(), StoreError> {
    match writing {
        Some(writing) => writing
            .await
            .unwrap_or_else(|fault| Err(StoreError::Failed(format!("writing broke off: {fault}")))),
        None => pending().await,
    }
}
