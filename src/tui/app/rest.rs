//! How long it is rested between two questions of the same kind, so that looking costs a hundredth of the time at most: of a
//! hundred handlers on hundreds of streams each is tens of thousands of questions, and would keep server and screen busy
//! with nothing else.

use chrono::TimeDelta;

/// After a question that took so long: a hundred times that, but at least and at most so long.
pub(super) fn rest(took: TimeDelta, (at_least, at_most): (TimeDelta, TimeDelta)) -> TimeDelta {
    (took * 100).clamp(at_least, at_most)
}
