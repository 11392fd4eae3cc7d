//! The read model: what the dashboard knows of a bus. [`Monitor::apply`] takes signals and the time, and is the only
//! way to change it; nothing here waits, reads a clock, or knows a terminal.
//!
//! A [`Ring`] keeps the newest entries within bounds; rates count by type, tenant and channel in one-second buckets
//! of the last five minutes; a [`Lens`] is a filter and a scope laid over the ring, brought up to date in slices so
//! that a pass over a million entries never holds up a key. A [`FailureLog`] keeps the newest failed attempts, and
//! groups them.

mod about;
mod around;
mod counts;
mod failed;
mod failures;
mod flow;
pub mod health;
mod judge;
mod lens;
mod link;
mod model;
mod notice;
mod order;
mod past;
mod rates;
mod record;
mod ring;
mod row;
mod scope;
mod shelves;
mod symbols;
mod texts;

pub use about::{AboutError, AboutRules};
pub use counts::Counts;
pub use failed::{
    FailedAsk, FailedGroup, FailedLimits, FailedList, FailedRow, FailedSift, FailedSort, FailedTally,
    GroupKey, source_of,
};
pub use failures::{
    ErrorGroup, ErrorGroups, FailureCounts, FailureLog, FailureQuery, GroupId, Occurrence, normalise,
};
pub use flow::{Flow, Matrix, MatrixCell, RateRow};
pub use health::Health;
pub use lens::{Lens, Retained};
pub use link::LinkView;
pub use model::{Monitor, TenantSeen};
pub use notice::{Notice, NoticeKind};
pub use order::Order;
pub use past::Past;
pub use rates::{SPARK_BUCKETS, WINDOW_SECONDS};
pub use ring::{Limits, Ring};
pub use row::Row;
pub use scope::Scope;
