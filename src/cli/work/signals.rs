//! What signals mean to a worker. The first SIGTERM, SIGQUIT or Ctrl-C: stop, and let what runs end. The second: at once.
//! The third: whatever it costs. SIGHUP is a first one, however often it comes: a terminal that closes sends several.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::exit::{Exit, Stop};
use crate::handlers::Leftovers;

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
    /// What must not outlive this process.
    leftovers: Leftovers,
}

/// The signals that are listened to.
struct Heard {
    interrupt: Signal,
    terminate: Signal,
    quit: Option<Signal>,
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens from now on; `stop` is cancelled with the first signal.
    pub(super) fn listen(stop: CancellationToken, leftovers: Leftovers) -> Result<Self, Stop> {
        let this = Self { leftovers, ..Self::deaf(stop) };
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Stop::failed(format!("signals cannot be listened to: {error}"), "Try again.")
            })
        };
        let unless_ignored =
            |kind: SignalKind| if is_ignored(kind) { Ok(None) } else { listen(kind).map(Some) };
        let heard = Heard {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            quit: unless_ignored(SignalKind::quit())?,
            hangup: unless_ignored(SignalKind::hangup())?,
        };
        tokio::spawn(this.clone().follow(heard));
        Ok(this)
    }

    /// Hears no signal.
    pub(super) fn deaf(stop: CancellationToken) -> Self {
        let (at_once, ended) = (CancellationToken::new(), CancellationToken::new());
        Self { stop, at_once, ended, interrupted: Arc::default(), leftovers: Leftovers::default() }
    }

    /// As if a signal had said so.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// What a process that did as it was told ends with: a worker that SIGTERM ended has done what it should.
    pub(super) fn exit(&self) -> Exit {
        if self.interrupted.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Ok }
    }

    async fn follow(self, mut heard: Heard) {
        loop {
            tokio::select! {
                _ = heard.interrupt.recv() => self.interrupted.store(true, Ordering::Relaxed),
                _ = heard.terminate.recv() => {}
                Some(()) = next(&mut heard.quit) => {}
                Some(()) = next(&mut heard.hangup) => {
                    self.stop();
                    continue;
                }
                () = self.gone() => self.leave(),
            }
            if self.at_once.is_cancelled() {
                self.leave();
            } else if self.stop.is_cancelled() {
                self.at_once.cancel();
            } else {
                self.stop();
            }
        }
    }

    /// Ends this process now, and no program outlives it.
    fn leave(&self) -> ! {
        self.leftovers.kill();
        std::process::exit(self.exit() as i32)
    }

    /// The handlers have ended, and still this process has not.
    async fn gone(&self) {
        self.ended.cancelled().await;
        tokio::time::sleep(LAST).await;
    }
}

/// The next time that it comes; never where it is not listened to.
async fn next(signal: &mut Option<Signal>) -> Option<()> {
    match signal {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    }
}

/// Whether this process was told to ignore a signal when it was started: who does that, with `nohup` or in the background,
/// means that it does not hear it. Not where the system does not say.
pub(in crate::cli) fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    // A bit for each, from 1 on.
    let mask = u64::from_str_radix(mask.trim(), 16).unwrap_or(0);
    let bit = u64::try_from(kind.as_raw_value() - 1).unwrap_or(63);
    mask >> bit & 1 == 1
}
