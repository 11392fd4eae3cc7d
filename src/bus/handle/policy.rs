//! What becomes of an event after an attempt: a pure function of the attempt and the policy.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, FailureKind, Remedy};

/// How often, and how soon, a failed event is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// After so many attempts it is a dead letter.
    pub attempts: NonZeroU32,
    /// The first pause is up to this long; each further one up to twice as long as the one before it.
    pub base: Duration,
    /// The longest pause.
    pub cap: Duration,
    /// After so many crashes it is a dead letter: it may be what brings its handler down.
    pub crashes: NonZeroU32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN),
            base: Duration::from_secs(1),
            cap: Duration::from_mins(15),
            crashes: NonZeroU32::new(3).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl RetryPolicy {
    /// The pause after so many failed attempts: exponential, with full jitter, so that what failed together does not
    /// come back together. `random` is from 0 up to, and without, 1.
    pub fn pause(&self, attempt: u32, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        longest.mul_f64(random.clamp(0.0, 1.0))
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The handler did its work.
    Done,
    /// It did not.
    Failed {
        /// How.
        failure: Failure,
        /// What it said is to be done.
        remedy: Remedy,
    },
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is done with.
    Ack,
    /// It waits in the schedule, and is tried again after so long.
    RetryAfter(Duration),
    /// A person has to look at it.
    DeadLetter(Reason),
}

/// Why an event is a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It failed as often as it may.
    Exhausted,
    /// Its handler said that it can never succeed.
    Permanent,
    /// Processes that ran it ended or stalled as often as they may.
    Crashed,
    /// It could not be read.
    Malformed,
    /// It does not fit its schema.
    Invalid,
    /// It was trimmed from its stream while it was pending.
    Trimmed,
}

impl Reason {
    /// The word for it on the wire and the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::Permanent => "permanent",
            Self::Crashed => "crashed",
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Trimmed => "trimmed",
        }
    }
}

impl Disposition {
    /// Decides after attempt number `attempt`, counted from 1. `random` draws from 0 up to, and without, 1, where there
    /// is a pause to spread.
    pub fn decide(
        outcome: &Outcome,
        attempt: u32,
        policy: &RetryPolicy,
        random: impl FnOnce() -> f64,
    ) -> Self {
        let Outcome::Failed { failure, remedy } = outcome else { return Self::Ack };
        let at_least = match remedy {
            Remedy::Never => return Self::DeadLetter(Reason::Permanent),
            Remedy::Retry => Duration::ZERO,
            Remedy::RetryAfter(pause) => *pause,
        };
        if failure.kind == FailureKind::Permanent {
            Self::DeadLetter(Reason::Permanent)
        } else if attempt >= policy.attempts.get() {
            Self::DeadLetter(Reason::Exhausted)
        } else {
            Self::RetryAfter(policy.pause(attempt, random()).max(at_least))
        }
    }

    /// Decides whether an event that crashed so often may run once more.
    pub fn after_crashes(crashes: u32, policy: &RetryPolicy) -> Option<Self> {
        (crashes >= policy.crashes.get()).then_some(Self::DeadLetter(Reason::Crashed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn failed(kind: FailureKind, remedy: Remedy) -> Outcome {
        let failure = Failure { at: DateTime::UNIX_EPOCH, ms: 1, kind, error: vec!["x".to_owned()] };
        Outcome::Failed { failure, remedy }
    }

    #[test]
    fn every_outcome_has_its_disposition() {
        use Disposition::{Ack, DeadLetter, RetryAfter};
        let policy = RetryPolicy::default();
        let (error, late) = (FailureKind::Error, Remedy::RetryAfter(Duration::from_mins(30)));
        for (outcome, attempt, expected) in [
            (Outcome::Done, 1, Ack),
            (Outcome::Done, 10, Ack),
            (failed(error, Remedy::Retry), 1, RetryAfter(Duration::from_millis(500))),
            (failed(FailureKind::TimedOut, Remedy::Retry), 3, RetryAfter(Duration::from_secs(2))),
            (failed(FailureKind::Panicked, Remedy::Retry), 9, RetryAfter(Duration::from_secs(128))),
            (failed(error, late), 1, RetryAfter(Duration::from_mins(30))),
            (failed(error, Remedy::RetryAfter(Duration::ZERO)), 1, RetryAfter(Duration::from_millis(500))),
            (failed(error, Remedy::Retry), 10, DeadLetter(Reason::Exhausted)),
            (failed(error, late), 10, DeadLetter(Reason::Exhausted)),
            (failed(error, Remedy::Never), 1, DeadLetter(Reason::Permanent)),
            (failed(FailureKind::Permanent, Remedy::Retry), 1, DeadLetter(Reason::Permanent)),
        ] {
            assert_eq!(
                Disposition::decide(&outcome, attempt, &policy, || 0.5),
                expected,
                "{outcome:?} {attempt}"
            );
        }
    }

    #[test]
    fn pauses_grow_to_the_cap_and_never_overflow() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause(1, 1.0), Duration::from_secs(1));
        assert_eq!(policy.pause(5, 1.0), Duration::from_secs(16));
        assert_eq!(policy.pause(u32::MAX, 1.0), Duration::from_mins(15));
        assert_eq!(policy.pause(7, 0.0), Duration::ZERO);
    }

    #[test]
    fn three_crashes_are_enough() {
        let policy = RetryPolicy::default();
        assert_eq!(Disposition::after_crashes(2, &policy), None);
        assert_eq!(Disposition::after_crashes(3, &policy), Some(Disposition::DeadLetter(Reason::Crashed)));
    }
}
