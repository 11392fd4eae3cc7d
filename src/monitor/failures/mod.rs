//! Failed attempts of handlers: a bounded log of the newest, the groups they fall into, and what is known of an event.

mod groups;
mod log;
mod normal;
mod table;

pub use groups::{ErrorGroup, ErrorGroups, FailureQuery};
pub use log::{FailureCounts, FailureLog, Occurrence};
pub use normal::normalise;
pub use table::GroupId;
