//! Which payload schema each event type has.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use crate::event::{EventType, Report};

use super::compiled::Schema;
use super::outline::{self, ScalarKind};
use super::{Catalogue, SchemaError};

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

/// Where a schema came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A catalogue that comes with Tidings.
    Builtin(Catalogue),
    /// A file of an organisation's own.
    File(PathBuf),
    /// A program that uses this library.
    Program,
}

/// In words, safe for a terminal: `built-in native`, or the file's path.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(catalogue) => f.pad(&format!("built-in {catalogue}")),
            Self::File(path) => f.pad(&crate::text::display_safe(&path.to_string_lossy())),
            Self::Program => f.pad("program"),
        }
    }
}

/// What is known of a type that has a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeInfo {
    /// The type.
    pub event_type: EventType,
    /// Where its schema came from.
    pub origin: Origin,
    /// The schema's title.
    pub title: Option<String>,
    /// The schema's description.
    pub description: Option<String>,
    /// The fields every payload must have, in the schema's order. Names are the schema's: not safe to show.
    pub required: Vec<String>,
    /// The fields a payload may have, in the schema's order.
    pub optional: Vec<String>,
}

/// Schemas by event type. Cheap to share behind an `Arc`; judging takes `&self`.
#[derive(Debug, Default)]
pub struct Registry {
    schemas: BTreeMap<EventType, (Schema, Origin)>,
}

impl Registry {
    /// The schemas of a built-in catalogue.
    pub fn builtin(catalogue: Catalogue) -> Self {
        let mut registry = Self::default();
        for (name, source) in catalogue.files() {
            let added = EventType::new(name)
                .is_ok_and(|name| registry.add_from(name, source, Origin::Builtin(catalogue)).is_ok());
            // The files are part of the program: a test counts what arrives here.
            debug_assert!(added, "the built-in schema of {name} cannot be used");
        }
        registry
    }

    /// Adds the schema `source` (JSON Schema text) for `event_type`, in place of one that is there.
    pub fn add(&mut self, event_type: EventType, source: &str) -> Result<(), SchemaError> {
        self.add_from(event_type, source, Origin::Program)
    }

    /// As [`Registry::add`], and remembers where the schema came from. After an error nothing has changed.
    pub fn add_from(
        &mut self,
        event_type: EventType,
        source: &str,
        origin: Origin,
    ) -> Result<(), SchemaError> {
        let schema = Schema::compile(event_type.as_str(), source)?;
        self.schemas.insert(event_type, (schema, origin));
        Ok(())
    }

    /// Takes over all of `other`'s schemas, in place of those that are there.
    pub fn merge(&mut self, other: Self) {
        self.schemas.extend(other.schemas);
    }

    /// Judges the text of a payload.
    pub fn check(&self, event_type: &EventType, payload: &str) -> Check {
        let Some((schema, _)) = self.schemas.get(event_type) else { return Check::Unchecked };
        match schema.faults(payload) {
            reports if reports.is_empty() => Check::Valid,
            reports => Check::Invalid(reports),
        }
    }

    /// The types that have a schema, in order.
    pub fn types(&self) -> impl Iterator<Item = &EventType> {
        self.schemas.keys()
    }

    /// The JSON Schema text of a type, as it was given.
    pub fn source(&self, event_type: &EventType) -> Option<&str> {
        self.schemas.get(event_type).map(|(schema, _)| schema.source.as_str())
    }

    /// What is known of each type that has a schema, in order.
    pub fn entries(&self) -> Vec<TypeInfo> {
        self.types().filter_map(|event_type| self.info(event_type)).collect()
    }

    /// What is known of a type; `None` when it has no schema.
    pub fn info(&self, event_type: &EventType) -> Option<TypeInfo> {
        let (schema, origin) = self.schemas.get(event_type)?;
        let (required, optional) = outline::fields(&schema.document);
        let text = |name| schema.document.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(TypeInfo {
            event_type: event_type.clone(),
            origin: origin.clone(),
            title: text("title"),
            description: text("description"),
            required,
            optional,
        })
    }

    /// The kind of value that the schema of a type wants at a path of the payload, such as `["changes", "priority"]`.
    /// Follows properties, references within the document, and the branches of `allOf`, `anyOf` and `oneOf`; what
    /// may also be null counts as what it is otherwise. `None` when no schema says anything of that path.
    pub fn kind_at(&self, event_type: &EventType, path: &[&str]) -> Option<ScalarKind> {
        let (schema, _) = self.schemas.get(event_type)?;
        outline::kind_at(&schema.document, path)
    }
}
