//! The terminal, lent to another program: who reads it, and whose its signals are.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long the thread that reads keys may take to let go of them.
const LETTING_GO: Duration = Duration::from_secs(2);
/// What a key sent to both programs, the other one may have ended by before we were told.
const LATE: Duration = Duration::from_millis(200);

/// Whose a signal of the terminal's keys is: it goes to everything that runs in it.
#[derive(Debug, Default)]
pub(super) struct Signalled(Mutex<Turn>);

#[derive(Debug, Default, Clone, Copy)]
enum Turn {
    #[default]
    Ours,
    Theirs,
    /// Ours, since then.
    OursSince(Instant),
}

impl Signalled {
    /// Whether `signal` was meant for the program that has the terminal.
    pub(super) fn is_for_another(&self, signal: Signal) -> bool {
        let is_theirs = match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Turn::Ours => false,
            Turn::Theirs => true,
            Turn::OursSince(since) => since.elapsed() < LATE,
        };
        is_theirs && (signal == Signal::INT || signal == Signal::QUIT)
    }

    fn turn(&self, turn: Turn) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = turn;
    }
}

/// Lends the terminal.
pub(super) struct Lender {
    keys: mpsc::Sender<Lent>,
    signalled: Arc<Signalled>,
}

/// Asks the thread that reads keys to let go of them.
pub(super) struct Lent {
    let_go: oneshot::Sender<()>,
    back: oneshot::Receiver<()>,
}

impl Lent {
    /// Says that nobody reads here any more, and waits until the terminal is ours again.
    pub(super) async fn until_it_is_back(self) {
        // Nobody waits for it any more when that took too long.
        let _ = self.let_go.send(());
        // It is never sent: it comes back when it is dropped.
        let _ = self.back.await;
    }
}

/// While it is held, the terminal is another program's.
pub(super) struct Loan {
    _back: oneshot::Sender<()>,
    signalled: Arc<Signalled>,
}

impl Lender {
    /// A lender, and what the thread that reads keys listens to.
    pub(super) fn new() -> (Self, mpsc::Receiver<Lent>) {
        let (keys, lent) = mpsc::channel(1);
        (Self { keys, signalled: Arc::default() }, lent)
    }

    /// Whose signals are.
    pub(super) fn signalled(&self) -> &Arc<Signalled> {
        &self.signalled
    }

    /// Lends the terminal, once nobody reads it here any more. `None` where that does not come about.
    pub(super) async fn lend(&self) -> Option<Loan> {
        let (let_go, gone) = oneshot::channel();
        let (back, until) = oneshot::channel();
        self.keys.try_send(Lent { let_go, back: until }).ok()?;
        timeout(LETTING_GO, gone).await.ok()?.ok()?;
        self.signalled.turn(Turn::Theirs);
        Some(Loan { _back: back, signalled: Arc::clone(&self.signalled) })
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.signalled.turn(Turn::OursSince(Instant::now()));
    }
}

/// An editor that has the terminal.
pub(super) struct Editing {
    _loan: Loan,
    task: JoinHandle<Result<String, String>>,
}

impl Editing {
    /// `edit` runs beside the event loop.
    pub(super) fn start(
        loan: Loan,
        edit: impl Future<Output = Result<String, String>> + Send + 'static,
    ) -> Self {
        Self { _loan: loan, task: tokio::spawn(edit) }
    }
}

/// What an editor left, once it has ended. May be cancelled at any time.
pub(super) async fn edited(editing: &mut Option<Editing>) -> Result<String, String> {
    match editing {
        Some(editing) => match (&mut editing.task).await {
            Ok(answer) => answer,
            Err(error) => Err(format!("waiting for the editor broke off: {error}")),
        },
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_keys_signals_are_those_of_who_has_the_terminal() {
        let (lender, mut lent) = Lender::new();
        let signalled = Arc::clone(lender.signalled());
        assert!(!signalled.is_for_another(Signal::INT));
        let reader = tokio::spawn(async move { lent.recv().await.unwrap().until_it_is_back().await });
        let loan = lender.lend().await.unwrap();
        assert!(signalled.is_for_another(Signal::INT) && signalled.is_for_another(Signal::QUIT));
        assert!(!signalled.is_for_another(Signal::TERM), "nobody sends it by a key");
        drop(loan);
        reader.await.unwrap();
        // One that ended the editor, and reaches us after it.
        assert!(signalled.is_for_another(Signal::INT));
        signalled.turn(Turn::OursSince(Instant::now().checked_sub(LATE).unwrap()));
        assert!(!signalled.is_for_another(Signal::INT));
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_lets_go_of_the_keys_nothing_is_lent() {
        let (lender, mut lent) = Lender::new();
        assert!(lender.lend().await.is_none(), "in time");
        // It does so later: it has its keys at once.
        lent.recv().await.unwrap().until_it_is_back().await;
        drop(lent);
        assert!(lender.lend().await.is_none(), "there is nobody");
    }
}
