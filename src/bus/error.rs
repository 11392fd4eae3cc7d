//! Errors of a broker that a person can act on.

/// What went wrong between us and a broker. Each text says what happened, where, and what to do next; none holds a
/// password or a payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// It cannot work until a person changes something: a wrong password, a missing right, not a Redis.
    #[error("{what}\n  {next}")]
    Fatal {
        /// What happened, and where.
        what: String,
        /// What to do next.
        next: String,
    },
    /// It may work later: refused, reset, timed out, loading.
    #[error("{what}")]
    Unavailable {
        /// What happened, and where.
        what: String,
    },
    /// The broker refused this one request: no right for the command, out of memory, a wrong type of key.
    #[error("{what}\n  {next}")]
    Refused {
        /// What happened, and where.
        what: String,
        /// What to do next.
        next: String,
    },
    /// The broker or the profile cannot do this at all.
    #[error("{0}")]
    Unsupported(String),
}

impl BusError {
    /// The first line: what happened, without advice.
    pub fn what(&self) -> &str {
        match self {
            Self::Fatal { what, .. }
            | Self::Unavailable { what }
            | Self::Refused { what, .. }
            | Self::Unsupported(what) => what,
        }
    }

    /// What to do next, where there is advice.
    pub fn next(&self) -> Option<&str> {
        match self {
            Self::Fatal { next, .. } | Self::Refused { next, .. } => Some(next),
            Self::Unavailable { .. } | Self::Unsupported(_) => None,
        }
    }

    /// Whether trying again without any change can never help.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Fatal { .. } | Self::Unsupported(_))
    }
}
