//! I/O that `update` asks for. Its outcome comes back as a message.

use crate::bus::{BusError, ContextInfo, HandlerDetail, HandlerReport, Looked, Watch};
use crate::event::TenantLabels;

/// Something to be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open this context and watch it, in place of what is watched now.
    Observe {
        /// Which one.
        context: String,
        /// What of it.
        watch: Watch,
    },
    /// Do not wait for the next try to connect: try now.
    Reconnect,
    /// Ask what each handler was given and has not finished.
    Survey,
    /// Look closely at this handler.
    Inspect(Box<HandlerReport>),
    /// Put text into the terminal's clipboard.
    Copy(String),
    /// Draw the next frame whole, whatever is thought to be on the screen.
    Redraw,
    /// Go to the background.
    Suspend,
    /// End the program.
    Quit(ExitReason),
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectDone {
    /// The context is open. Nothing was heard from it yet.
    Opened {
        /// What there is to know of it.
        info: ContextInfo,
        /// The names of its tenants.
        labels: TenantLabels,
    },
    /// It cannot be opened, or watching it has ended.
    Ended {
        /// The context's name.
        context: String,
        /// Why.
        why: BusError,
    },
    /// What each handler was given and has not finished, or why that is not known.
    Surveyed {
        /// The context that was asked.
        context: String,
        /// Its answer.
        answer: Result<Looked<HandlerReport>, BusError>,
    },
    /// What there is to see of one handler, or why that is not known.
    Inspected {
        /// The context that was asked.
        context: String,
        /// The handler's name.
        handler: String,
        /// The answer.
        answer: Result<HandlerDetail, BusError>,
    },
    /// So many bytes went to the clipboard.
    Copied(usize),
}

/// Why the dashboard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    /// A person asked for it.
    Quit,
    /// Ctrl-C, or SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The terminal is gone: SIGHUP, or it can be neither read nor written.
    TerminalGone,
}
