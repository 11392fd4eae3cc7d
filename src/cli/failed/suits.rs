//! What a verb can be done to, and what the rest is for.

use super::select::Usual;
use crate::bus::FailedAt;

/// What a verb is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    /// `discarded`
    pub(super) done: &'static str,
    /// Where nothing says otherwise.
    pub(super) usual: Usual,
    /// Whether it can be done to what lies there.
    pub(super) suits: fn(&FailedAt) -> bool,
}

/// Why it cannot be done to what lies there.
pub(super) fn reason(at: &FailedAt, done: &str) -> String {
    format!("it cannot be {done}: {}", purpose(at))
}

/// What can be done to what lies there.
pub(super) fn purpose(at: &FailedAt) -> &'static str {
    match at {
        FailedAt::DeadLetter { .. } => {
            "dead letters are for `failed retry`, `failed edit`, `failed discard` and `failed purge`"
        }
        FailedAt::Waiting { .. } => "waiting retries are for `failed retry` and `failed discard`",
        FailedAt::Pending { .. } => {
            "pending entries belong to their consumers; `failed release` offers them again"
        }
        FailedAt::Due { .. } => "what is due is given to its handler next, without anybody's help",
        FailedAt::Discarded { .. } => "discarded events are for `failed restore` and `failed purge`",
        FailedAt::Invalid { .. } => {
            "an entry that is no event lies in a stream of Alga's own, which nothing is taken out of; `failed export` \
             keeps it, and `publish` sends a right one"
        }
        FailedAt::Retried { .. } => "records of retries are only to be read, with `failed show`",
    }
}
