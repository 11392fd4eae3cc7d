//! One schema, ready to judge.

use jsonschema::{ReferencingError, ValidationError, Validator};
use serde_json::Value;

use crate::event::{MAX_DEPTH, Report, depth_exceeds};

use super::report::Reporter;
use super::rule::Rule;
use super::tree;

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema '{}' cannot be used: {}", crate::text::display_safe(.name), crate::text::display_safe(.why))]
pub struct SchemaError {
    /// The file or type it came from.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// A schema and what was made of it.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) source: String,
    pub(super) document: Value,
    validator: Validator,
    /// Answers for nearly every valid payload; `None` for schemas that say more than rules can.
    rule: Option<Rule>,
}

impl Schema {
    /// Compiles JSON Schema text; `name` is for the error.
    pub(super) fn compile(name: &str, source: &str) -> Result<Self, SchemaError> {
        let fail = |why: String| SchemaError { name: name.to_owned(), why };
        let document = tree::read(source).map_err(|error| fail(format!("it is not JSON: {error}")))?;
        // Without the features that read files and the network, references outside the document are errors here.
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&document)
            .map_err(|error| fail(refusal(&error, &document, source)))?;
        let rule = Rule::compile(&document, validator.draft());
        Ok(Self { source: source.to_owned(), document, validator, rule })
    }

    /// What is wrong with a payload; nothing when it is valid.
    pub(super) fn faults(&self, payload: &str) -> Vec<Report> {
        if depth_exceeds(payload, MAX_DEPTH) {
            return vec![Report::new("/payload", format!("at most {MAX_DEPTH} levels of nesting"), "more")];
        }
        if self.rule.as_ref().is_some_and(|rule| rule.surely_admits(payload)) {
            return Vec::new();
        }
        match tree::read(payload) {
            Ok(tree) => {
                let reporter = Reporter { document: &self.document, text: payload, root: "/payload" };
                reporter.faults(&self.validator, &tree)
            }
            Err(error) => vec![Report::new("/payload", "JSON", &error.to_string())],
        }
    }
}

/// Why `jsonschema` refused a schema.
fn refusal(error: &ValidationError<'_>, document: &Value, source: &str) -> String {
    use jsonschema::error::ValidationErrorKind as Kind;
    match error.kind() {
        Kind::Referencing(ReferencingError::Unretrievable { uri, .. }) => format!(
            "it refers to '{uri}', which is not in the file; references to other files and to the network are not followed: put what is meant into its $defs"
        ),
        Kind::Referencing(ReferencingError::PointerToNowhere { pointer }) => {
            format!("it refers to '#{pointer}', which is not in the file")
        }
        Kind::Referencing(ReferencingError::UnknownSpecification { specification }) => format!(
            "its $schema '{specification}' is no draft of JSON Schema; the newest is https://json-schema.org/draft/2020-12/schema"
        ),
        Kind::Referencing(other) => format!("one of its references cannot be followed: {other}"),
        _ => {
            let reporter = Reporter { document: &Value::Null, text: source, root: "" };
            let reports = match jsonschema::meta::validator_for(document) {
                Ok(meta) => reporter.faults(&meta, document),
                Err(_) => Vec::new(),
            };
            let lines = reports.iter().map(|report| {
                let place = if report.path.is_empty() { "the schema itself" } else { &report.path };
                format!("at {place}: expected {}, found {}", report.expected, report.found)
            });
            let lines: Vec<_> = lines.collect();
            if lines.is_empty() { error.to_string() } else { lines.join("; ") }
        }
    }
}
