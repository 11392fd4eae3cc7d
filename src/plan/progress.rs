//! How far a plan has come.

/// What a plan is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// It retries.
    #[default]
    Retrying,
    /// A person holds it.
    Paused,
    /// It waits: for the outcome of a step, for room in a full stream, for a lost connection, for a
    /// server that cannot write. The reason, for people.
    Waiting(String),
    /// Everything was retried; what still runs is followed to its outcome.
    Following,
    /// It stopped by itself: why, as it stands behind 'stopped: '. What is left stays where it is.
    Stopped(String),
    /// A person cancelled it. What is left stays where it is.
    Cancelled,
    /// It is over, and every outcome is known.
    Finished,
}

impl Phase {
    /// Whether nothing more is retried.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Stopped(_) | Self::Cancelled | Self::Finished)
    }
}

/// What became of the events of a plan: each is counted once, so that all together are all of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Not retried yet.
    pub left: u64,
    /// Retried, and not tried yet, or somebody is at it.
    pub running: u64,
    /// Retried, and succeeded.
    pub succeeded: u64,
    /// Retried, failed again, and is tried again by itself.
    pub retrying: u64,
    /// Retried, and a dead letter again.
    pub dead_again: u64,
    /// Retried, and what became of it cannot be known.
    pub lost: u64,
    /// Not there any more when their turn came: somebody else has dealt with them.
    pub gone: u64,
    /// Refused: they stay where they are.
    pub refused: u64,
}

impl Tally {
    /// All events of the plan.
    pub fn total(&self) -> u64 {
        self.left + self.retried() + self.gone + self.refused
    }

    /// Those that were retried.
    pub fn retried(&self) -> u64 {
        self.running + self.succeeded + self.failed_again() + self.lost
    }

    /// Those that failed again, whether they are tried once more by themselves or not.
    pub fn failed_again(&self) -> u64 {
        self.retrying + self.dead_again
    }

    /// Those that did not succeed and will not by themselves.
    pub fn not_succeeded(&self) -> u64 {
        self.dead_again + self.lost + self.refused + self.left
    }
}

/// How far a plan has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The plan's name.
    pub plan: String,
    /// What it is doing.
    pub phase: Phase,
    /// What became of its events.
    pub tally: Tally,
    /// How many of them an earlier run of the same plan retried.
    pub before: u64,
    /// The first refusals, each with the event's name: at most twenty.
    pub refusals: Vec<(String, String)>,
    /// What else to know, for people: the newest twenty.
    pub notes: Vec<String>,
}

impl Progress {
    /// Whether nothing more is retried, and every outcome is known.
    pub fn is_settled(&self) -> bool {
        self.phase.is_over() && self.tally.running + self.tally.retrying == 0
    }
}
