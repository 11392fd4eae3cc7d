//! Faults in words: what `jsonschema` found, as reports a person can act on.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::event::{Report, pick};

use super::words::{either, format_name, one_of, type_name, words};

/// Most reports of one payload.
const MAX_REPORTS: usize = 20;
/// Most bytes of a path; keys come from the bus and may be of any length.
const MAX_PATH: usize = 512;

/// Writes reports about values of one text.
pub(super) struct Reporter<'a> {
    /// The schema document, to say what it wants; null where it is not at hand.
    pub(super) document: &'a Value,
    /// The text that was judged: values are shown as they came.
    pub(super) text: &'a str,
    /// What every path begins with.
    pub(super) root: &'a str,
}

impl Reporter<'_> {
    /// Everything that `validator` has against `tree`; none when it is valid.
    pub(super) fn faults(&self, validator: &Validator, tree: &Value) -> Vec<Report> {
        let mut reports = Vec::new();
        for error in validator.iter_errors(tree) {
            self.add(&error, &mut reports);
            if reports.len() > MAX_REPORTS {
                reports.truncate(MAX_REPORTS);
                reports.push(Report::new(self.root, format!("at most {MAX_REPORTS} faults"), "more"));
                break;
            }
        }
        reports
    }

    fn add(&self, error: &ValidationError<'_>, reports: &mut Vec<Report>) {
        let at = error.instance_path().as_str();
        let parent = error.schema_path().as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
        let schema = self.document.pointer(parent).unwrap_or(&Value::Null);
        match error.kind() {
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let field = schema.get("properties").and_then(|properties| properties.get(name));
                let kind = field.and_then(|field| words(self.document, field));
                let kind = kind.map_or_else(String::new, |kind| format!(" ({kind})"));
                let path = self.path(at, Some(name));
                add(reports, Report::new(path, format!("a field \"{name}\"{kind}"), "nothing"));
            }
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    let found = self.found(&format!("{at}/{}", escape(name)), "something");
                    add(reports, Report::new(self.path(at, Some(name)), "no such field", &found));
                }
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.add_branches(error, schema, context, reports);
            }
            _ => add(reports, self.plain(error, &self.expected(error, schema))),
        }
    }

    /// None of several alternatives fits: report on the one that was meant, where that is plain to see.
    fn add_branches(
        &self,
        error: &ValidationError<'_>,
        schema: &Value,
        context: &[Vec<ValidationError<'_>>],
        reports: &mut Vec<Report>,
    ) {
        let at = error.instance_path().as_str();
        // A branch for another type of value, or for another value of the field that tells them apart.
        let is_other = |fault: &ValidationError<'_>| match fault.kind() {
            Kind::Type { .. } => fault.instance_path().as_str() == at,
            Kind::Constant { .. } => true,
            _ => false,
        };
        let mut meant = context.iter().filter(|branch| !branch.iter().any(is_other));
        if let (Some(branch), None) = (meant.next(), meant.next()) {
            for fault in branch {
                self.add(fault, reports);
            }
            return;
        }
        let constants: Vec<_> = context
            .iter()
            .filter_map(|branch| {
                branch.iter().find_map(|fault| match fault.kind() {
                    Kind::Constant { expected_value } => Some((fault, Value::clone(expected_value))),
                    _ => None,
                })
            })
            .collect();
        if let [(first, _), ..] = &constants[..]
            && constants.len() == context.len()
            && constants.iter().all(|(fault, _)| fault.instance_path() == first.instance_path())
        {
            let values: Vec<Value> = constants.iter().map(|(_, value)| value.clone()).collect();
            return add(reports, self.plain(first, &one_of(&values)));
        }
        add(reports, self.plain(error, &self.expected(error, schema)));
    }

    fn plain(&self, error: &ValidationError<'_>, expected: &str) -> Report {
        let at = error.instance_path().as_str();
        Report::new(self.path(at, None), expected, &self.found(at, &error.instance().to_string()))
    }

    /// What the schema wanted: its own words where it has them, else those of the keyword.
    fn expected(&self, error: &ValidationError<'_>, schema: &Value) -> String {
        match error.kind() {
            Kind::Type { .. }
            | Kind::Format { .. }
            | Kind::Pattern { .. }
            | Kind::MinLength { .. }
            | Kind::MaxLength { .. }
            | Kind::Minimum { .. }
            | Kind::Maximum { .. }
            | Kind::ExclusiveMinimum { .. }
            | Kind::ExclusiveMaximum { .. }
            | Kind::MultipleOf { .. }
            | Kind::AnyOf { .. }
            | Kind::OneOfNotValid { .. } => words(self.document, schema).unwrap_or_else(|| by_keyword(error)),
            _ => by_keyword(error),
        }
    }

    fn path(&self, at: &str, name: Option<&str>) -> String {
        let mut path = format!("{}{at}", self.root);
        if let Some(name) = name {
            path.push('/');
            path.push_str(&escape(name));
        }
        if path.len() > MAX_PATH {
            path.truncate(path.floor_char_boundary(MAX_PATH));
            path.push('…');
        }
        path
    }

    /// The text at a JSON Pointer as it came; `otherwise` where it cannot be found again.
    fn found(&self, pointer: &str, otherwise: &str) -> String {
        locate(self.text, pointer).unwrap_or(otherwise).to_owned()
    }
}

/// Adds a report, once.
fn add(reports: &mut Vec<Report>, report: Report) {
    if !reports.contains(&report) {
        reports.push(report);
    }
}

/// What the failed keyword wants.
fn by_keyword(error: &ValidationError<'_>) -> String {
    let items = |count: u64| if count == 1 { "item" } else { "items" };
    match error.kind() {
        Kind::Type { kind: TypeKind::Single(name) } => type_name(name.as_str()).to_owned(),
        Kind::Type { kind: TypeKind::Multiple(names) } => {
            either(names.iter().map(|name| type_name(name.as_str()).to_owned()).collect())
        }
        Kind::Format { format } => format_name(format),
        Kind::Constant { expected_value } => expected_value.to_string(),
        Kind::Enum { options } => one_of(options.as_array().map_or(&[], Vec::as_slice)),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            either(context.iter().filter_map(|branch| branch.first()).map(by_keyword).collect())
        }
        Kind::OneOfMultipleValid { .. } => "exactly one of the alternatives in its schema".to_owned(),
        Kind::MinItems { limit } => format!("a list of at least {limit} {}", items(*limit)),
        Kind::MaxItems { limit } => format!("a list of at most {limit} {}", items(*limit)),
        Kind::UniqueItems => "a list without repeats".to_owned(),
        Kind::Contains => "a list that holds what its schema asks for".to_owned(),
        Kind::MinProperties { limit } => format!("an object with at least {limit} fields"),
        Kind::MaxProperties { limit } => format!("an object with at most {limit} fields"),
        Kind::PropertyNames { error } => format!("each field's name to be {}", by_keyword(error)),
        Kind::FalseSchema => "nothing here".to_owned(),
        Kind::Not { .. } => "something that its schema does not rule out".to_owned(),
        // The rest is rare: the validator's own sentence, without the value.
        _ => format!("the rule '{}' to hold: {}", error.kind().keyword(), error.masked_with("it")),
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The text of the value at a JSON Pointer in `json`.
fn locate<'a>(json: &'a str, pointer: &str) -> Option<&'a str> {
    let mut at = json.trim();
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        at = if at.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(at).ok()?;
            items.get(name.parse::<usize>().ok()?)?.get()
        } else {
            let [found] = pick(at, &[&name]).ok()?;
            found?
        };
    }
    Some(at)
}
