//! How a run ends.

use std::fmt;
use std::process::ExitCode;

use crate::bus::BusError;
use crate::config::ConfigError;
use crate::text::display_safe;

/// What scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Ok = 0,
    /// Failed; also `doctor` and `types check` that found faults.
    Failed = 1,
    /// Wrong arguments, or a wrong configuration.
    Usage = 2,
    /// What was asked for may have happened, or not.
    Unknown = 3,
    /// The terminal is gone, as a shell tells of SIGHUP.
    HungUp = 129,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What to do where waiting may help, and nothing more is known.
const UNREACHED: &str = "Check that a Redis runs there and can be reached. --url or --context names another, --connect-timeout waits longer.";

/// Why a verb stopped before its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nobody reads our output any more, as with `tidings tail | head`: a quiet end, not an error.
    PipeClosed,
    /// An error to tell.
    Error(Complaint),
}

/// An error as it is told: what happened and where, and what to do next. Safe to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) exit: Exit,
    pub(super) what: String,
    pub(super) next: Option<String>,
}

impl Stop {
    /// An error that ends the run with `exit`.
    pub(super) fn error(exit: Exit, what: impl fmt::Display, next: Option<&str>) -> Self {
        Self::Error(Complaint { exit, what: safe_lines(&what.to_string()), next: next.map(safe_lines) })
    }

    /// Wrong arguments.
    pub(super) fn usage(what: impl fmt::Display, next: &str) -> Self {
        Self::error(Exit::Usage, what, Some(next))
    }

    /// What was asked for failed.
    pub(super) fn failed(what: impl fmt::Display, next: &str) -> Self {
        Self::error(Exit::Failed, what, Some(next))
    }
}

/// What a person or a file named, as it may stand within a line of an error: its line ends are not ours.
pub(super) fn shown(named: &(impl fmt::Display + ?Sized)) -> String {
    display_safe(&named.to_string()).into_owned()
}

/// Each line made safe; the line ends are ours.
fn safe_lines(text: &str) -> String {
    text.lines().map(display_safe).collect::<Vec<_>>().join("\n")
}

impl From<BusError> for Stop {
    fn from(error: BusError) -> Self {
        let next = error.next().or(match error {
            BusError::Unavailable { .. } => Some(UNREACHED),
            _ => Some("Name a context that can with --context, or another --profile."),
        });
        Self::error(Exit::Failed, error.what(), next)
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.what, &error.next)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.next {
            Some(next) => write!(f, "\n  {next}"),
            None => Ok(()),
        }
    }
}
