//! The event loop: everything that comes in becomes a message, `update` changes the state, effects are done, and what
//! changed is drawn, at most every 33 ms. When nothing happens, nothing is done but the clock's second.

mod answering;
mod archive;
mod compose;
mod copies;
mod deeds;
mod event_loop;
mod export;
mod failed;
mod file;
mod history;
mod input;
mod leaving;
mod lent;
mod looking;
mod out;
mod screen;
mod seeking;
mod shelf;
mod step;
mod terminal;
mod watching;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::app::{App, Clock, Setup, Zone};
use super::effect::ExitReason;
use super::host::Host;
use super::theme::Look;
use crate::bus::Connector;
use event_loop::EventLoop;
use input::Inputs;
use screen::Screen as _;
use terminal::TerminalScreen;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Runs the dashboard in this process's terminal until a person ends it, a signal does, or the terminal is gone. The
/// terminal is as before afterwards, also after a panic. A signal that should end it ends the process where a terminal
/// that takes nothing holds it up.
///
/// Needs a tokio runtime with time and I/O, and the thread that calls it to itself: drawing is done here.
///
/// # Errors
///
/// The terminal cannot be set up.
pub async fn run(
    setup: Setup,
    look: &Look,
    connector: Arc<dyn Connector>,
    host: Arc<dyn Host>,
    now: Now,
    zone: Zone,
) -> io::Result<ExitReason> {
    let screen = TerminalScreen::open(setup.mouse)?;
    let inputs = Inputs::of_process(Arc::clone(&now))?;
    let (app, effects) = App::start(setup, Clock { now: now(), zone }, screen.size()?);
    Ok(Box::pin(EventLoop::new(app, look.clone(), screen, (connector, host), now).run(inputs, effects)).await)
}
