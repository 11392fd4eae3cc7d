//! What comes from outside, beside the bus: the terminal's events, and signals to this process.

use std::io;
use std::thread;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt as _;
use ratatui::layout::Size;
use rustix::process::Signal;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::tui::message::Message;

/// Events that may wait; further ones stay in the terminal.
const WAITING: usize = 64;

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
    pub(super) events: mpsc::Receiver<io::Result<Event>>,
}

impl Inputs {
    /// Those of this process.
    pub(super) fn of_process() -> io::Result<Self> {
        Ok(Self { told: told()?, events: events()? })
    }
}

fn told() -> io::Result<mpsc::Receiver<Told>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    for (kind, told) in [
        (SignalKind::interrupt(), Told::Interrupt),
        (SignalKind::terminate(), Told::Terminate),
        (SignalKind::hangup(), Told::HangUp),
        (SignalKind::from_raw(Signal::CONT.as_raw()), Told::Continue),
    ] {
        let (mut signals, sender) = (signal(kind)?, sender.clone());
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if sender.send(told).await.is_err() {
                    break;
                }
            }
        });
    }
    Ok(receiver)
}

/// Reads the terminal on a thread of its own: crossterm never comes back from reading one that is gone, and that must
/// not hold up the loop, which learns of it by other ways.
fn events() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let runtime = Handle::current();
    let read = async move {
        let mut events = EventStream::new();
        loop {
            let event = tokio::select! {
                () = sender.closed() => break,
                event = events.next() => event,
            };
            let Some(event) = event else { break };
            if sender.send(event).await.is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("keys".to_owned()).spawn(move || runtime.block_on(read))?;
    Ok(receiver)
}

/// What the dashboard takes of a terminal's event.
pub(super) fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Message::Key(key)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(width, height) => Some(Message::Resize(Size { width, height })),
        Event::Key(_) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => None,
    }
}
