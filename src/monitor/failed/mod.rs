//! Failed events: a bounded list of what lies on the bus, what of it passes a filter and a scope, in groups or one by
//! one, and a count of it for while nobody looks at the list.

mod list;
mod payload;
mod sift;
mod tally;

pub use list::{FailedLimits, FailedList, source_of};
pub use sift::{FailedAsk, FailedGroup, FailedRow, FailedSift, FailedSort, GroupKey};
pub use tally::FailedTally;

#[cfg(test)]
mod tests;
