//! Sending many events: in order, in batches, at a pace; held, gone on with, ended by a person.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::drive::Driver;
use super::{BadLine, Line, Progress, SendPhase, Source};
use crate::bus::{Form, PublishError, Published, Publisher, Steering, Wish};

/// What became of one that was taken from the source.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The bus answered for it, or nobody did.
    Event(Line, Result<Published, PublishError>),
    /// It is none that could be published.
    Bad(BadLine),
}

/// How events are to be sent.
#[derive(Clone)]
pub struct Sender {
    pub(super) publisher: Arc<dyn Publisher>,
    pub(super) form: Form,
    pub(super) rate: Option<f64>,
    pub(super) skip_bad: bool,
    pub(super) total: Option<u64>,
    pub(super) told: Option<mpsc::Sender<Vec<Told>>>,
}

impl Sender {
    /// Through `publisher`, in the form `once`, as fast as it takes them; the first bad one ends it.
    pub fn new(publisher: Arc<dyn Publisher>) -> Self {
        Self { publisher, form: Form::Once, rate: None, skip_bad: false, total: None, told: None }
    }

    /// In this form. Only `once` promises that sending again makes no double.
    #[must_use]
    pub fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// So many a second, at most.
    #[must_use]
    pub fn rate(self, rate: Option<f64>) -> Self {
        Self { rate: rate.filter(|rate| *rate > 0.0), ..self }
    }

    /// Whether bad ones are told of and passed over. Without it nothing behind the first bad one is sent.
    #[must_use]
    pub fn skip_bad(self, skip_bad: bool) -> Self {
        Self { skip_bad, ..self }
    }

    /// How many the source holds, where that is known.
    #[must_use]
    pub fn total(self, total: Option<u64>) -> Self {
        Self { total, ..self }
    }

    /// Tells of each, in order, a batch at a time. While nobody takes them, sending waits.
    #[must_use]
    pub fn tell(self, told: mpsc::Sender<Vec<Told>>) -> Self {
        Self { told: Some(told), ..self }
    }

    /// Begins. A full stream is waited for ([`SendPhase::Waiting`]); where the broker is not reached, refuses something or
    /// does not answer, the batch is counted as it went, and nothing more is sent ([`SendPhase::Stopped`]): publishing goes on
    /// only where it is known what was published. To be called inside a tokio runtime.
    pub fn start(self, source: Source) -> Sending {
        let progress = Arc::new(watch::Sender::new(Progress { total: self.total, ..Progress::default() }));
        let (steering, wishes) = Steering::new();
        let seen = progress.subscribe();
        tokio::spawn(async move {
            let driver = Driver::new(self, source, wishes, Arc::clone(&progress));
            if let Err(fault) = tokio::spawn(driver.run()).await {
                // A panic must not look like a sending that goes on for ever.
                let why = format!("by a fault of Tidings itself: {fault}; what was on its way is unknown");
                progress.send_modify(|progress| progress.phase = SendPhase::Stopped(why));
            }
        });
        Sending { progress: seen, steering }
    }
}

/// A sending that was started. While this is held it goes on by itself; dropped, it ends after its current batch.
#[derive(Debug)]
pub struct Sending {
    /// How far it has come: the newest only. The numbers add up in every one of them.
    pub progress: watch::Receiver<Progress>,
    steering: Steering,
}

impl Sending {
    /// Holds it, after its current batch.
    pub fn pause(&self) {
        self.steering.ask(Wish::Hold);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.steering.ask(Wish::Go);
    }

    /// Ends it, after its current batch: what that comes to is counted still.
    pub fn cancel(&self) {
        self.steering.ask(Wish::Cancel);
    }

    /// Whether it is held, or will be after its current batch.
    pub fn is_paused(&self) -> bool {
        self.steering.is_held()
    }

    /// Waits until nothing more is sent.
    pub async fn ended(&self) -> Progress {
        let mut progress = self.progress.clone();
        let seen = progress.wait_for(|progress| progress.phase.is_over()).await.map(|seen| seen.clone());
        // Without a sender nothing changes any more.
        seen.unwrap_or_else(|_| self.progress.borrow().clone())
    }
}
