//! The form of a payload: what fields its schema offers, how they stand in a text, and changes of the text by field.
//!
//! The JSON text is the one truth. [`FormModel::rows`] is a view of it; every operation makes a new text out of it,
//! in which all that was not touched is as it was. So a form and an editor of the text cannot differ.
//!
//! ```
//! use tidings::event::json::Pointer;
//! use tidings::schema::form::{FormModel, Opened, parse_entry};
//!
//! let form = FormModel::of_schema(
//!     r#"{"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number", "minimum": 0}}}"#,
//! )
//! .unwrap();
//! let (text, opened) = ("{}", Opened::default());
//! let amount = &form.rows(text, &opened)[1];
//! assert_eq!(amount.faults[0].expected, "a field \"amount\" (a number of at least 0)");
//! let entry = parse_entry(&amount.editor, "1.50").unwrap();
//! let text = form.set(text, &amount.pointer, &entry, &opened).unwrap();
//! assert_eq!(text, r#"{"amount":1.50}"#);
//! assert!(form.faults(&text).is_empty());
//! ```

mod alternative;
mod change;
mod complete;
mod entry;
mod example;
mod field;
mod generate;
mod kind;
mod opened;
mod pattern;
mod place;
mod rows;
mod skeleton;
mod spot;

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::event::json::{Broken, Pointer};
use crate::event::{EventType, Report};

use super::compiled::Schema;
use super::{Registry, SchemaError};
use place::Place;

pub use change::FormError;
pub use complete::{Source, Suggestion, complete};
pub use entry::{Entry, EntryError, parse_entry};
pub use field::FieldModel;
pub use generate::{Generator, generate};
pub use kind::{Choice, FieldKind, ListRules, NumberRules, TextRules, Variant};
pub use opened::Opened;
pub use rows::{Origin, Row, State};

/// What fields a payload may have.
#[derive(Debug, Clone)]
pub struct FormModel(Basis);

#[derive(Debug, Clone)]
enum Basis {
    Schema(Arc<Schema>),
    /// A schema made after an example: it says what to offer, and judges nothing.
    Example(Arc<Value>),
}

impl FormModel {
    /// The form of a JSON Schema, given as text.
    pub fn of_schema(source: &str) -> Result<Self, SchemaError> {
        Schema::compile("form", source).map(|schema| Self(Basis::Schema(Arc::new(schema))))
    }

    /// The form of a type that has no schema: the fields of an event of that type. None is required, and every payload
    /// that is JSON is taken.
    pub fn of_example(text: &str) -> Result<Self, Broken> {
        let document = example::schema(text)?;
        Ok(Self(Basis::Example(Arc::new(document))))
    }

    /// Everything that is wrong with a text; nothing when it may be sent. Paths begin with `/payload`.
    pub fn faults(&self, text: &str) -> Vec<Report> {
        match (&self.0, crate::event::json::read(text)) {
            (_, Err(broken)) => {
                let place =
                    format!("JSON: {} at line {}, column {}", broken.expected, broken.line, broken.column);
                vec![Report::new("/payload", place, &broken.found)]
            }
            (Basis::Schema(schema), Ok(_)) => schema.faults(text),
            (Basis::Example(_), Ok(_)) => Vec::new(),
        }
    }

    /// The bytes of `text` that a fault is about: the value, or where there is none, what it should lie in; of a text that
    /// is not JSON, where it breaks off.
    pub fn span_of(&self, text: &str, fault: &Report) -> Range<usize> {
        match crate::event::json::read(text) {
            Ok(node) => node.nearest(&place_of(fault)).span.clone(),
            Err(broken) => broken.at..broken.at,
        }
    }

    /// The place in the payload that a fault is about.
    pub fn place_of(fault: &Report) -> Pointer {
        place_of(fault)
    }

    fn place(&self) -> Place<'_> {
        let document = match &self.0 {
            Basis::Schema(schema) => &schema.document,
            Basis::Example(document) => document.as_ref(),
        };
        Place::of(document, document)
    }
}

impl Registry {
    /// The form of a type; `None` when it has no schema.
    pub fn form(&self, event_type: &EventType) -> Option<FormModel> {
        self.schema(event_type).map(|schema| FormModel(Basis::Schema(Arc::clone(schema))))
    }
}

/// The place that a report's path names, without the `/payload` it begins with.
fn place_of(report: &Report) -> Pointer {
    let inside = report.path.strip_prefix("/payload").unwrap_or(&report.path);
    Pointer::read(inside).unwrap_or_default()
}
