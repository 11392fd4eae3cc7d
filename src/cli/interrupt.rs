//! Ctrl-C, SIGTERM and SIGHUP: a verb is told to stop, and ended where it does not. How long it may take depends on what it
//! is at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::output::Notes;
use super::work::is_ignored;

/// How long a verb that sends nothing may take to end. One that nobody reads does not.
const LAST: Duration = Duration::from_secs(2);
/// An answer that comes sooner needs no word about it.
const SOON: Duration = Duration::from_millis(400);
/// How long it may take to write down what is unknown.
const WRITING: Duration = Duration::from_secs(1);
/// Between two looks at what a verb is at.
const LOOK: Duration = Duration::from_millis(50);

/// How long the answer to what was sent may take: a script may have to be sent in full, a connection to be made anew, and
/// what came of it to be written down.
pub(super) fn grace(command_timeout: Duration) -> Duration {
    command_timeout.saturating_mul(2) + Duration::from_secs(4)
}

/// What a verb is at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    /// Something was sent, and has no answer yet; what to say where the answer is not waited for.
    Sending(String),
    /// An editor has the terminal: Ctrl-C is the editor's.
    Editing,
}

/// What a verb is at, as far as Ctrl-C is concerned: nothing, mostly.
#[derive(Debug, Clone, Default)]
pub(super) struct Busy(Arc<State>);

#[derive(Debug, Default)]
struct State {
    at: Mutex<Option<At>>,
    /// Nobody waits for the answer any longer.
    left: CancellationToken,
    /// Whether anything is done then.
    heeds: AtomicBool,
    /// What the run ends with, where it was told to end.
    told: OnceLock<Exit>,
}

/// While this lives, the verb is at it.
#[derive(Debug)]
#[must_use]
pub(super) struct Held(Busy);

impl Busy {
    /// Something is sent. Where a person does not wait for the answer, `unknown` says what may have been done, and how to
    /// find out.
    pub(super) fn sending(&self, unknown: impl Into<String>) -> Held {
        self.hold(At::Sending(unknown.into()))
    }

    /// An editor has the terminal.
    pub(super) fn editing(&self) -> Held {
        self.hold(At::Editing)
    }

    /// Cancelled when the answer to what was sent is waited for no longer: a moment is left to write down what is unknown.
    pub(super) fn left(&self) -> CancellationToken {
        self.0.heeds.store(true, Ordering::Relaxed);
        self.0.left.clone()
    }

    /// What a run that was told to end ends with.
    pub(super) fn told(&self) -> Exit {
        self.0.told.get().copied().unwrap_or(Exit::Interrupted)
    }

    fn hold(&self, at: At) -> Held {
        *self.at() = Some(at);
        Held(self.clone())
    }

    fn at(&self) -> MutexGuard<'_, Option<At>> {
        self.0.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to say of what was sent and has no answer, while there is such.
    fn unanswered(&self) -> Option<String> {
        match &*self.at() {
            Some(At::Sending(unknown)) => Some(unknown.clone()),
            Some(At::Editing) | None => None,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.0.at() = None;
    }
}

/// The signals that end a verb.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// Nothing where who started this process means that it does not hear it.
    hangup: Option<Signal>,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        let hangup = SignalKind::hangup();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if is_ignored(hangup) { None } else { Some(signal(hangup)?) },
        })
    }

    /// The next one, by what it ends a run with.
    async fn next(&mut self) -> Exit {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            _ = hangup => Exit::HungUp,
        }
    }

    /// The next one that a person, or a program, meant: a terminal that closes sends several.
    async fn next_meant(&mut self) {
        while self.next().await == Exit::HungUp {}
    }
}

/// Tells a verb to stop on Ctrl-C, and, while something is sent, on SIGTERM and SIGHUP, too: else these end it at once. What
/// was sent is waited for, for `grace` at most; the second signal ends that wait. What is unknown then is written down first.
pub(super) async fn heed(stop: CancellationToken, busy: Busy, grace: Duration) {
    // Without signals it ends as every process does.
    let Ok(mut signals) = Signals::listen() else { return };
    let told = loop {
        let told = signals.next().await;
        if told != Exit::Interrupted || *busy.at() != Some(At::Editing) {
            break told;
        }
    };
    if told != Exit::Interrupted && busy.unanswered().is_none() {
        std::process::exit(told as i32);
    }
    // It is the first one.
    let _ = busy.0.told.set(told);
    stop.cancel();
    tokio::select! {
        () = signals.next_meant() => {}
        () = overdue(&busy, grace) => {}
    }
    if let Some(unknown) = busy.unanswered() {
        say(&format!("ended without the answer: {unknown}"));
        written(&busy).await;
    }
    std::process::exit(told as i32);
}

/// Until what is unknown is written down, where that is somebody's business: a disk that takes long is not waited for.
async fn written(busy: &Busy) {
    if !busy.0.heeds.load(Ordering::Relaxed) {
        return;
    }
    busy.0.left.cancel();
    let begun = Instant::now();
    while busy.unanswered().is_some() && begun.elapsed() < WRITING {
        sleep(LOOK).await;
    }
}

/// Until the verb should have ended.
async fn overdue(busy: &Busy, grace: Duration) {
    let begun = Instant::now();
    let (mut last, mut is_told) = (begun, false);
    loop {
        sleep(LOOK).await;
        if busy.unanswered().is_none() {
            if last.elapsed() >= LAST {
                return;
            }
            continue;
        }
        last = Instant::now();
        if begun.elapsed() >= grace {
            return;
        }
        if !is_told && begun.elapsed() >= SOON {
            is_told = true;
            let seconds = grace.as_secs();
            say(&format!(
                "interrupted: waiting for the answer to what was sent, {seconds} s at most; Ctrl-C again ends at once, and leaves it unknown"
            ));
        }
    }
}

fn say(text: &str) {
    Notes::new(&mut std::io::stderr()).say(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_is_waited_for_and_nothing_else_for_long() {
        let (busy, grace) = (Busy::default(), grace(Duration::from_secs(3)));
        let begun = Instant::now();
        overdue(&busy, grace).await;
        assert!(begun.elapsed() < LAST * 2, "nothing was sent");
        let held = busy.sending("event 1");
        let begun = Instant::now();
        overdue(&busy, grace).await;
        assert!(begun.elapsed() >= grace && grace >= Duration::from_secs(10));
        assert_eq!(busy.unanswered().as_deref(), Some("event 1"));
        drop(held);
        assert_eq!(busy.unanswered(), None, "it has its answer");
    }

    #[tokio::test(start_paused = true)]
    async fn once_the_answer_is_there_the_end_takes_a_moment_only() {
        let busy = Busy::default();
        let held = busy.sending("event 1");
        let begun = Instant::now();
        let answered = async {
            sleep(Duration::from_secs(3)).await;
            drop(held);
        };
        tokio::join!(overdue(&busy, Duration::from_mins(1)), answered);
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(3) + LAST && took < Duration::from_secs(8), "{took:?}");
    }
}
