//! The one filter language of the dashboard and of every verb; docs/filter.md is its reference.
//!
//! ```text
//! text ──lex──▶ words ──parse + field──▶ tree of tests ──matches(subject, now)──▶ bool
//! ```
//!
//! A filter is read once and asked millions of times: everything that can be prepared (folded names, finders, compiled
//! expressions, an order by cost) is prepared when it is read. No test builds a tree of the JSON it looks into, and
//! none of them can fail or panic on what a bus may hold.

mod error;
mod escape;
mod field;
mod language;
mod lex;
mod live;
mod names;
mod node;
mod number;
mod parse;
mod path;
mod pattern;
mod place;
mod reference;
mod scan;
mod search;
mod subject;
mod test;
#[cfg(test)]
mod tests;

pub use error::FilterError;
pub use language::Filter;
pub use live::LiveFilter;
pub use pattern::Pattern;
pub use place::{PayloadPath, key_of_path};
pub use reference::{FieldFacts, fields, states};
pub use subject::{FailureSeen, Standing, Subject};
