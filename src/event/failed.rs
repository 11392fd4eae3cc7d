//! The state of a failed event: one word for each kind of thing that a person may have to act on.

/// What is to be thought of a failed event (docs/json.md, `state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailedState {
    /// It was given to a consumer once, not long ago: somebody is at it.
    Running,
    /// It failed, and is tried again: it waits for that, or somebody is at it.
    Retrying,
    /// It was given to a consumer, and nobody has said anything of it for too long.
    Stuck,
    /// It lies among the dead letters: nobody tries it again by himself.
    Dead,
    /// It lies among the dead letters because it cannot be read or does not fit its schema.
    Invalid,
    /// A person retried it.
    Retried,
    /// A person put it aside.
    Discarded,
}

impl FailedState {
    /// Every state, the most urgent of those that failed first.
    pub const ALL: [Self; 7] = [
        Self::Dead,
        Self::Invalid,
        Self::Stuck,
        Self::Retrying,
        Self::Running,
        Self::Retried,
        Self::Discarded,
    ];

    /// The word for it: on the screen, in JSON and behind `is:`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Stuck => "stuck",
            Self::Dead => "dead",
            Self::Invalid => "invalid",
            Self::Retried => "retried",
            Self::Discarded => "discarded",
        }
    }

    /// The state that `word` names.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether a person may have to act on it: what `is:failed` takes.
    pub fn is_failed(self) -> bool {
        matches!(self, Self::Retrying | Self::Stuck | Self::Dead | Self::Invalid)
    }
}
