//! A watch under test: what it sent, and waiting for what it must send.

use std::time::Duration;

use tidings::bus::{BusError, BusSignal, Session, Start, Watch};
use tidings::event::{Entry, EntryId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A wait that takes longer than this will never end.
const FOREVER: Duration = Duration::from_mins(2);

/// Watching everything from the beginning, and on.
pub(crate) fn everything() -> Watch {
    Watch::following(Start::Beginning)
}

/// All history, and no further.
pub(crate) fn history() -> Watch {
    Watch { follow: false, ..everything() }
}

/// The newest entries, and no further.
pub(crate) fn last(count: usize) -> Watch {
    Watch { start: Start::Last(count), ..history() }
}

/// A running observer.
pub(crate) struct Watching {
    signals: mpsc::Receiver<BusSignal>,
    stop: CancellationToken,
    task: JoinHandle<Result<(), BusError>>,
    /// Every signal so far.
    pub(crate) seen: Vec<BusSignal>,
}

impl Watching {
    pub(crate) fn start(session: &Session, watch: Watch) -> Self {
        Self::narrow(session, watch, 64)
    }

    /// Over a channel that holds so many signals.
    pub(crate) fn narrow(session: &Session, watch: Watch, capacity: usize) -> Self {
        let (out, signals) = mpsc::channel(capacity);
        let stop = CancellationToken::new();
        let observer = session.observer.clone();
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { observer.observe(watch, out, stop).await }
        });
        Self { signals, stop, task, seen: Vec::new() }
    }

    /// The next signal; `None` when the observer has ended.
    pub(crate) async fn next(&mut self) -> Option<BusSignal> {
        let Ok(signal) = tokio::time::timeout(FOREVER, self.signals.recv()).await else {
            panic!("no signal came any more; so far: {:#?}", self.seen);
        };
        self.seen.extend(signal.clone());
        signal
    }

    /// Reads on until a signal is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&BusSignal) -> bool) -> BusSignal {
        loop {
            match self.next().await {
                Some(signal) if wanted(&signal) => return signal,
                Some(_) => {}
                None => panic!("the observer ended before its time; so far: {:#?}", self.seen),
            }
        }
    }

    /// Reads on until all history has been sent.
    pub(crate) async fn until_caught_up(&mut self) {
        let is_caught_up = |signal: &BusSignal| matches!(signal, BusSignal::CaughtUp);
        if !self.seen.iter().any(is_caught_up) {
            self.until(is_caught_up).await;
        }
    }

    /// Reads on until `count` entries have come since the start.
    pub(crate) async fn until_entries(&mut self, count: usize) {
        while self.entries().len() < count {
            self.until(|signal| matches!(signal, BusSignal::Entries(_))).await;
        }
    }

    /// Every entry so far.
    pub(crate) fn entries(&self) -> Vec<&Entry> {
        let batches = self.seen.iter().filter_map(|signal| match signal {
            BusSignal::Entries(batch) => Some(&batch.entries),
            _ => None,
        });
        batches.flatten().collect()
    }

    /// The ids of every entry so far.
    pub(crate) fn ids(&self) -> Vec<EntryId> {
        self.entries().iter().map(|entry| entry.id).collect()
    }

    /// Tells the observer to stop, reads what was on its way, and answers how it ended.
    pub(crate) async fn stop(&mut self) -> Result<(), BusError> {
        self.stop.cancel();
        self.end().await
    }

    /// Reads until the observer has ended by itself, and answers how.
    pub(crate) async fn end(&mut self) -> Result<(), BusError> {
        while self.next().await.is_some() {}
        (&mut self.task).await.expect("the observer panicked")
    }

    /// Nobody listens any more: answers how the observer ended.
    pub(crate) async fn hang_up(mut self) -> Result<(), BusError> {
        self.signals.close();
        while self.signals.try_recv().is_ok() {}
        tokio::time::timeout(FOREVER, self.task).await.expect("it went on").expect("the observer panicked")
    }
}

/// Runs a watch that ends by itself.
pub(crate) async fn run(session: &Session, watch: Watch) -> Watching {
    let mut watching = Watching::start(session, watch);
    assert_eq!(watching.end().await, Ok(()));
    watching
}
