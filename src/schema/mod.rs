//! JSON Schemas of event types: the registry that judges payloads, and the built-in catalogues. No I/O.
//!
//! [`Registry::check`] runs for every event. A schema is therefore compiled twice: by `jsonschema`, which has the last
//! word and whose errors become reports, and where it is simple enough to a `rule`, which walks through the text
//! without building a tree and settles nearly every valid payload.

#[cfg(test)]
mod agreement;
mod catalogue;
mod compiled;
pub mod form;
mod outline;
mod registry;
mod report;
mod rule;
mod stream;
mod tree;
mod words;

pub use catalogue::Catalogue;
pub use compiled::SchemaError;
pub use outline::ScalarKind;
pub use registry::{Check, Origin, Registry, TypeInfo};
