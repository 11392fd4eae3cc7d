//! What comes from outside, beside the bus: the terminal's events, and signals to this process.

use std::io;
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, Utc};
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt as _;
use ratatui::layout::Size;
use rustix::process::Signal;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Duration, sleep};

use super::Now;
use super::lent::{Lender, Lent, Signalled};
use super::terminal;
use crate::tui::message::Message;

/// Events that may wait; further ones stay in the terminal.
const WAITING: usize = 64;
/// How long the loop has to end after a signal that ends it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the terminal sent, and when it was read: it may be taken later, while much else goes on.
pub(super) type Read = (Event, DateTime<Utc>);

/// A signal to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// SIGINT
    Interrupt,
    /// SIGTERM
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGCONT: goes on after it was stopped.
    Continue,
}

/// What comes from outside.
pub(super) struct Inputs {
    /// Signals to this process.
    pub(super) told: mpsc::Receiver<Told>,
    /// What the terminal sends; when it is closed, or an error comes, the terminal is gone.
    pub(super) events: mpsc::Receiver<io::Result<Read>>,
    /// Lends the terminal to another program: no key is read then.
    pub(super) lender: Lender,
}

impl Inputs {
    /// Those of this process, which `now` tells the time.
    pub(super) fn of_process(now: Now) -> io::Result<Self> {
        let (lender, lent) = Lender::new();
        Ok(Self { told: told(lender.signalled())?, events: events(lent, now)?, lender })
    }

    /// What was typed before another program had the terminal was typed for that.
    pub(super) fn forget_keys(&mut self) {
        while self.events.try_recv().is_ok() {}
    }
}

fn told(signalled: &Arc<Signalled>) -> io::Result<mpsc::Receiver<Told>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    for (number, told) in [
        (Signal::INT, Told::Interrupt),
        (Signal::TERM, Told::Terminate),
        // Of a terminal that is ours no key sends it; with our own end, the terminal is given back.
        (Signal::QUIT, Told::Terminate),
        (Signal::HUP, Told::HangUp),
        (Signal::CONT, Told::Continue),
    ] {
        let signals = signal(SignalKind::from_raw(number.as_raw()))?;
        tokio::spawn(pass_on(signals, (number, told), Arc::clone(signalled), sender.clone()));
    }
    Ok(receiver)
}

async fn pass_on(
    mut signals: Signals,
    (number, told): (Signal, Told),
    signalled: Arc<Signalled>,
    sender: mpsc::Sender<Told>,
) {
    while signals.recv().await.is_some() {
        if signalled.is_for_another(number) {
            continue;
        }
        if sender.send(told).await.is_err() {
            return;
        }
        if told == Told::Continue {
            continue;
        }
        // A terminal that takes nothing holds up the loop in the middle of a frame.
        tokio::select! {
            () = sender.closed() => return,
            () = sleep(PATIENCE) => terminal::abandon(number),
        }
    }
}

/// Reads the terminal on a thread of its own: crossterm never comes back from reading one that is gone, and that must
/// not hold up the loop, which learns of it by other ways.
///
/// While the terminal is lent, nobody reads it here.
fn events(mut lent: mpsc::Receiver<Lent>, now: Now) -> io::Result<mpsc::Receiver<io::Result<Read>>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let runtime = Handle::current();
    let read = async move {
        let mut events = EventStream::new();
        loop {
            let event = tokio::select! {
                () = sender.closed() => break,
                Some(lent) = lent.recv() => {
                    // Its own thread is woken, and lets go of standard input.
                    drop(events);
                    lent.until_it_is_back().await;
                    events = EventStream::new();
                    continue;
                }
                event = events.next() => event,
            };
            let Some(event) = event else { break };
            if sender.send(event.map(|event| (event, now()))).await.is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("keys".to_owned()).spawn(move || runtime.block_on(read))?;
    Ok(receiver)
}

/// What the dashboard takes of a terminal's event.
pub(super) fn message((event, when): Read) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(key)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(width, height) => Some(Message::Resize(Size { width, height })),
        Event::Mouse(event) => Some(Message::Mouse(event, when)),
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}
