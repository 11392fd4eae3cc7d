//! The observer that is running. A bus that is watched anew gets a channel and a task of its own, and the earlier ones
//! are dropped: what an earlier observer still has to say can reach nobody.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::bus::{
    Archive, BusError, BusSignal, FailedQueue, Inspector, Observer, Operator, Preview, Publisher, Session,
    Watch, WritesRefused,
};

/// Signals that may wait; then the observer waits, and the stream is the buffer.
const WAITING: usize = 16;
/// How many signals are taken at a time, each with up to some hundred entries: no key waits longer than for these,
pub(super) const AT_A_TIME: usize = 8;
/// and none is taken any more after so many bytes of entries.
const BYTES_AT_A_TIME: usize = 4 << 20;

/// A running observer. It is told to stop when this is dropped.
pub(super) struct Watching {
    /// The context's name.
    pub(super) context: String,
    /// For reading what happened once.
    pub(super) observer: Arc<dyn Observer>,
    /// For reading back what it holds.
    pub(super) archive: Arc<dyn Archive>,
    /// For looking the same bus over.
    pub(super) inspector: Arc<dyn Inspector>,
    /// For reading its failed events.
    pub(super) failed: Arc<dyn FailedQueue>,
    /// For acting on them; an error says why this session may not.
    pub(super) operator: Result<Arc<dyn Operator>, String>,
    /// For publishing; an error says why this session may not.
    pub(super) publisher: Result<Arc<dyn Publisher>, String>,
    /// For saying what publishing would do.
    pub(super) preview: Option<Arc<dyn Preview>>,
    signals: mpsc::Receiver<BusSignal>,
    /// What everything that writes or looks learns of whether writes are taken.
    writes: watch::Receiver<Option<WritesRefused>>,
    task: JoinHandle<Result<(), BusError>>,
    _stop: DropGuard,
}

impl Watching {
    /// Starts the observer of `session`.
    pub(super) fn start(context: String, session: Session, watch: Watch) -> Self {
        let Session { observer, archive, inspector, failed, operator, publisher, preview, writes, .. } =
            session;
        let (sender, signals) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let task = tokio::spawn({
            let (observer, stop) = (Arc::clone(&observer), stop.clone());
            async move { observer.observe(watch, sender, stop).await }
        });
        Self {
            context,
            observer,
            archive,
            inspector,
            failed,
            operator,
            publisher,
            preview,
            signals,
            writes: writes.hear(),
            task,
            _stop: stop.drop_guard(),
        }
    }

    /// Tries to connect now.
    pub(super) fn nudge(&self) {
        self.observer.nudge();
    }

    /// The next signals, in order; an error is the end, and why. May be cancelled at any time.
    pub(super) async fn next(&mut self) -> Result<Vec<BusSignal>, BusError> {
        // No other wait follows: cancelled, nothing of them would be lost. What ended has no more changes.
        let mut next = tokio::select! {
            biased;
            Ok(()) = self.writes.changed() => Some(BusSignal::Writes(*self.writes.borrow_and_update())),
            next = self.signals.recv() => next,
        };
        let (mut signals, mut bytes) = (Vec::new(), 0);
        while let Some(signal) = next {
            bytes += signal.size();
            signals.push(signal);
            let is_enough = signals.len() >= AT_A_TIME || bytes >= BYTES_AT_A_TIME;
            next = if is_enough { None } else { self.signals.try_recv().ok() };
        }
        if !signals.is_empty() {
            return Ok(signals);
        }
        match (&mut self.task).await {
            Ok(Err(why)) => Err(why),
            Ok(Ok(())) => Err(BusError::Unavailable { what: "the observer ended".to_owned() }),
            Err(_) => Err(BusError::Fatal {
                what: "the observer broke off".to_owned(),
                next: "This is a fault of Tidings: please report it. Ctrl-r watches anew.".to_owned(),
            }),
        }
    }
}

/// What the bus that is watched says next; nothing, while none is.
pub(super) async fn next_signals(watching: &mut Option<Watching>) -> Result<Vec<BusSignal>, BusError> {
    match watching {
        Some(watching) => watching.next().await,
        None => pending().await,
    }
}
