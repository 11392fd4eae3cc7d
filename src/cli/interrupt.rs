//! Ctrl-C: a verb is told to stop, and ended where it does not. How long it may take depends on what it is at.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::output::Notes;

/// How long a verb that sends nothing may take to end. One that nobody reads does not.
const LAST: Duration = Duration::from_secs(2);
/// An answer that comes sooner needs no word about it.
const SOON: Duration = Duration::from_millis(400);
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
pub(super) struct Busy(Arc<Mutex<Option<At>>>);

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

    fn hold(&self, at: At) -> Held {
        *self.at() = Some(at);
        Held(self.clone())
    }

    fn at(&self) -> MutexGuard<'_, Option<At>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Tells a verb to stop on Ctrl-C. What was sent is waited for, for `grace` at most; the second Ctrl-C ends it at once.
pub(super) async fn heed(stop: CancellationToken, busy: Busy, grace: Duration) {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        if *busy.at() != Some(At::Editing) {
            break;
        }
    }
    stop.cancel();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = overdue(&busy, grace) => {}
    }
    if let Some(unknown) = busy.unanswered() {
        say(&format!("ended without the answer: {unknown}"));
    }
    std::process::exit(Exit::Interrupted as i32);
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
