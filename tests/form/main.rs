//! The model of the form against schema files as real projects write them, and against every built-in type.

#![expect(clippy::panic, reason = "a failing test must say where")]

mod coverage;
mod skeletons;
mod steps;

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tidings::event::json::{Node, Pointer, Shape};
use tidings::schema::form::{FormModel, Generator};
use tidings::schema::{Catalogue, Registry};
use uuid::Uuid;

/// A schema under test.
struct Case {
    name: String,
    document: Value,
    form: FormModel,
    /// The validator itself, which the code under test has no say in.
    validator: jsonschema::Validator,
}

impl Case {
    fn new(name: String, source: &str, form: FormModel) -> Self {
        let document: Value = serde_json::from_str(source).expect("JSON");
        let validator =
            jsonschema::options().should_validate_formats(true).build(&document).expect("a JSON Schema");
        Self { name, document, form, validator }
    }

    fn is_valid(&self, text: &str) -> bool {
        self.validator.is_valid(&parsed(text))
    }
}

/// The schema files, and the built-in types of both catalogues.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("schemas").map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 20, "{}", files.len());
    let mut cases: Vec<Case> = files
        .iter()
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let source = fs::read_to_string(path).expect("a schema");
            let form = FormModel::of_schema(&source).expect(&name);
            Case::new(name, &source, form)
        })
        .collect();
    for catalogue in [Catalogue::Native, Catalogue::AlgaPsa] {
        let registry = Registry::builtin(catalogue);
        for event_type in registry.types() {
            let form = registry.form(event_type).expect("a schema");
            let source = registry.source(event_type).expect("a schema");
            cases.push(Case::new(format!("{catalogue}/{event_type}"), source, form));
        }
    }
    cases
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_795_462_958_555).expect("a time")
}

/// Calls `with` with a generator of counted UUIDs, each a UUID of version 4.
fn generating<T>(last: &mut u128, with: impl FnOnce(&mut Generator<'_>) -> T) -> T {
    let mut uuid = || {
        *last += 1;
        Uuid::from_u128(0x4000_8000_0000_0000_0000 + *last)
    };
    with(&mut Generator { uuid: &mut uuid, now: now() })
}

/// Every place of a text, with the value that counts there.
fn places<'n>(node: &'n Node, at: &Pointer, found: &mut Vec<(Pointer, &'n Node)>) {
    found.push((at.clone(), node));
    match &node.shape {
        Shape::List(items) => {
            for (nth, item) in items.iter().enumerate() {
                places(item, &at.join(nth.to_string()), found);
            }
        }
        Shape::Object(members) => {
            for (nth, member) in members.iter().enumerate() {
                if members[nth + 1..].iter().all(|later| later.name != member.name) {
                    places(&member.value, &at.join(member.name.as_str()), found);
                }
            }
        }
        _ => {}
    }
}
