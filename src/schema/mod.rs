//! JSON Schemas of event types: the registry that judges payloads, and the built-in catalogues. No I/O.

mod registry;

pub use registry::{Catalogue, Check, Registry, SchemaError};
