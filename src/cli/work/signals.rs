//! What signals mean to a worker. The first SIGTERM or Ctrl-C: stop, and let what runs end. The second: at once. The
//! third: whatever it costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::exit::{Exit, Stop};

/// How long the end of this process may take when the handlers have ended, and nobody reads its output.
const LAST: Duration = Duration::from_secs(2);

/// What this process was told.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    /// Stop.
    pub(super) stop: CancellationToken,
    /// At once.
    pub(super) at_once: CancellationToken,
    /// All handlers have ended.
    pub(super) ended: CancellationToken,
    interrupted: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on; `stop` is cancelled with the first signal.
    pub(super) fn listen(stop: CancellationToken) -> Result<Self, Stop> {
        let this = Self::deaf(stop);
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Stop::failed(format!("signals cannot be listened to: {error}"), "Try again.")
            })
        };
        let (interrupt, terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        tokio::spawn(this.clone().follow(interrupt, terminate));
        Ok(this)
    }

    /// Hears no signal.
    pub(super) fn deaf(stop: CancellationToken) -> Self {
        let (at_once, ended) = (CancellationToken::new(), CancellationToken::new());
        Self { stop, at_once, ended, interrupted: Arc::default() }
    }

    /// As if a signal had said so.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// What a process that did as it was told ends with: a worker that SIGTERM ended has done what it should.
    pub(super) fn exit(&self) -> Exit {
        if self.interrupted.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Ok }
    }

    async fn follow(self, mut interrupt: Signal, mut terminate: Signal) {
        loop {
            tokio::select! {
                _ = interrupt.recv() => self.interrupted.store(true, Ordering::Relaxed),
                _ = terminate.recv() => {}
                () = self.gone() => std::process::exit(self.exit() as i32),
            }
            if self.at_once.is_cancelled() {
                std::process::exit(self.exit() as i32);
            } else if self.stop.is_cancelled() {
                self.at_once.cancel();
            } else {
                self.stop();
            }
        }
    }

    /// The handlers have ended, and still this process has not.
    async fn gone(&self) {
        self.ended.cancelled().await;
        tokio::time::sleep(LAST).await;
    }
}
