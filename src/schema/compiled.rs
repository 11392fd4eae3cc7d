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
            // All that is against it, not only what `build` met first; but some faults only `build` knows.
            let mut reports = jsonschema::meta::validator_for(document)
                .map_or_else(|_| Vec::new(), |meta| reporter.faults(&meta, document));
            if reports.is_empty() {
                reporter.add(error, &mut reports);
            }
            let lines = reports.iter().map(|report| {
                let place = if report.path.is_empty() { "the schema itself" } else { &report.path };
                format!("at {place}: expected {}, found {}", report.expected, report.found)
            });
            lines.collect::<Vec<_>>().join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::super::outline::kind_at;
    use super::*;

    fn compile(source: &str) -> Schema {
        Schema::compile("T", source).unwrap()
    }

    fn builtin(name: &str) -> Schema {
        compile(Catalogue::Native.files().iter().find(|(file, _)| *file == name).unwrap().1)
    }

    /// The reports as `path: expected | found`; `@` in the payload stands for a UUID in quotes.
    fn reports(schema: &Schema, payload: &str) -> Vec<String> {
        let payload = payload.replace('@', r#""8d4c722f-17c2-4e4f-95b3-cb7824659b21""#);
        let line = |report: &Report| format!("{}: {} | {}", report.path, report.expected, report.found);
        schema.faults(&payload).iter().map(line).collect()
    }

    #[test]
    fn a_report_says_where_what_and_what_instead() {
        for (name, payload, expected) in [
            (
                "TICKET_CREATED",
                r#"{"tenantId":@,"userId":@}"#,
                &["/payload/ticketId: a field \"ticketId\" (a UUID) | nothing"][..],
            ),
            (
                "TICKET_CREATED",
                r#"{"tenantId":"acme", "ticketId":7,"userId":@,"changes":[ 1.50 ]}"#,
                &[
                    "/payload/tenantId: a UUID | \"acme\"",
                    "/payload/ticketId: a UUID | 7",
                    "/payload/changes: an object | [ 1.50 ]",
                ],
            ),
            (
                "TIME_ENTRY_APPROVED",
                r#"{"tenantId":@,"timeEntryId":@,"userId":@,"workItemId":@,"workItemType":"LUNCH"}"#,
                &["/payload/workItemType: one of TICKET, PROJECT_TASK | \"LUNCH\""],
            ),
            (
                "INVOICE_FINALIZED",
                r#"{"tenantId":@,"invoiceId":@,"companyId":@,"userId":@,"amount":"1"}"#,
                &["/payload/amount: a number | \"1\""],
            ),
            ("TICKET_CREATED", "[]", &["/payload: an object | []"]),
            ("TICKET_CREATED", "{", &["/payload: JSON | EOF while parsing an object at line 1 column 1"]),
        ] {
            assert_eq!(reports(&builtin(name), payload), expected);
        }
    }

    #[test]
    fn alternatives_are_reported_as_the_one_that_was_meant() {
        let source = r##"{
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": {
                "who": {"anyOf": [{"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}, "required": ["id"]}, {"type": "null"}]},
                "by": {"oneOf": [
                    {"type": "object", "properties": {"kind": {"const": "mail"}, "to": {"type": "string"}}},
                    {"type": "object", "properties": {"kind": {"const": "call"}, "to": {"type": "number"}}}
                ]},
                "list": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/id"}, {"type": "integer"}]}, "minItems": 1}
            },
            "additionalProperties": false,
            "$defs": {"id": {"type": "string", "format": "uuid"}}
        }"##;
        let schema = compile(source);
        for (payload, expected) in [
            (r#"{"who":{"id":1}}"#, "/payload/who/id: a UUID | 1"),
            (r#"{"who":{}}"#, "/payload/who/id: a field \"id\" (a UUID) | nothing"),
            (r#"{"who":3}"#, "/payload/who: an object or null | 3"),
            (r#"{"by":{"kind":"mail","to":1}}"#, "/payload/by/to: a text | 1"),
            (r#"{"by":{"kind":"fax","to":1}}"#, "/payload/by/kind: one of mail, call | \"fax\""),
            (r#"{"list":[7,true]}"#, "/payload/list/1: a UUID or a whole number | true"),
            (r#"{"list":[]}"#, "/payload/list: a list of at least 1 item | []"),
            (r#"{"a/b~":{"x":1}}"#, "/payload/a~1b~0: no such field | {\"x\":1}"),
        ] {
            assert_eq!(reports(&schema, payload), [expected], "{payload}");
        }
        assert_eq!(
            reports(&compile(r#"{"additionalProperties":false}"#), r#"{"a":1}"#),
            ["/payload: an object without fields | {\"a\":1}"]
        );
        assert!(reports(&schema, r#"{"who":null,"by":{"kind":"call","to":1},"list":[@,2]}"#).is_empty());
    }

    #[test]
    fn hostile_payloads_are_judged_and_never_a_crash() {
        let ticket = builtin("TICKET_CREATED");
        let with = |field: &str| format!(r#"{{"tenantId":@,"ticketId":@,"userId":@,{field}}}"#);
        let deep = |levels: usize| with(&format!("\"x\":{}{}", "[".repeat(levels), "]".repeat(levels)));
        for (payload, valid) in [
            (with(r#""ticketId":7,"ticketId":@"#), true),
            (with(r#""ticketId":@,"ticketId":7"#), false),
            (with(r#""ticket\u0049d":7"#), false),
            (with(r#""x":1e400,"y":123456789012345678901234567890"#), true),
            (with(r#""x":"half an emoji \ud83d""#), true),
            (with(r#""changes":{"\udc00":"\ud83d"}"#), true),
            (
                format!(
                    r#"{{"$serde_json::private::RawValue":{:?}}}"#,
                    with(r#""x":1"#).replace('@', "\"8d4c722f-17c2-4e4f-95b3-cb7824659b21\"")
                ),
                false,
            ),
            (deep(99), true),
            (deep(100), false),
            (deep(200_000), false),
            (with(r#""x":"[[[[" "#).repeat(2), false),
            (with(&format!("\"x\":\"{}\"", "[".repeat(1_000))), true),
        ] {
            let faults = reports(&ticket, &payload);
            assert_eq!(faults.is_empty(), valid, "{faults:?} {}", &payload[..payload.len().min(300)]);
        }
        assert_eq!(reports(&ticket, &deep(100)), ["/payload: at most 100 levels of nesting | more"]);
        let invoice = r#"{"tenantId":@,"invoiceId":@,"companyId":@,"userId":@,"amount":1e400}"#;
        assert!(
            reports(&builtin("INVOICE_FINALIZED"), invoice).is_empty(),
            "a number, though no double holds it"
        );
    }

    #[test]
    fn reports_are_bounded_however_long_the_payload() {
        let (key, value) = ("k".repeat(600), "v".repeat(500));
        let fields: Vec<_> = (0..2_000).map(|n| format!("\"{n}{key}\":\"{value}\"")).collect();
        let payload = format!("{{{}}}", fields.join(","));
        for source in [
            r#"{"additionalProperties": {"type": "null"}}"#,
            r#"{"properties": {"a": {}}, "additionalProperties": false}"#,
            r#"{"anyOf": [{"type": "null"}, {"additionalProperties": {"type": "null"}}]}"#,
        ] {
            let reports = compile(source).faults(&payload);
            assert_eq!(reports.len(), 21, "{source}");
            assert!(reports.iter().all(|report| report.path.len() < 600 && report.found.len() < 200));
            let last = &reports[20];
            assert_eq!((last.expected.as_str(), last.found.as_str()), ("at most 20 faults", "more"));
        }
    }

    #[test]
    fn older_drafts_are_judged_by_their_own_rules() {
        let seven = r##"{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"type":"integer"}},"properties":{"pair":{"items":[{"$ref":"#/definitions/n"}]}}}"##;
        assert_eq!(
            reports(&compile(seven), r#"{"pair":["x",1]}"#),
            ["/payload/pair/0: a whole number | \"x\""]
        );
        assert!(reports(&compile(seven), r#"{"pair":[1,"x"]}"#).is_empty());
    }

    #[test]
    fn a_schema_that_cannot_be_used_says_why() {
        for (source, phrases) in [
            ("{", &["it is not JSON: EOF"][..]),
            (r#"{"type":"strin"}"#, &["at /type: expected one of array, boolean", "string, found \"strin\""]),
            (
                r#"{"type":"object","required":"a","minLength":-1}"#,
                &["at /required: expected a list", "at /minLength: expected "],
            ),
            ("[]", &["at the schema itself: expected true or false or an object"]),
            (r#"{"pattern":"("}"#, &["at /pattern: expected a regular expression, found \"(\""]),
            (
                r#"{"$ref":"https://example.com/x.json"}"#,
                &["refers to 'https://example.com/x.json'", "put what is meant into its $defs"],
            ),
            (r#"{"$ref":"other.json"}"#, &["refers to 'other.json'", "$defs"]),
            (r##"{"$ref":"#/$defs/none"}"##, &["refers to '#/$defs/none', which is not in the file"]),
            (
                r#"{"$schema":"https://example.com/meta"}"#,
                &["its $schema 'https://example.com/meta' is no draft"],
            ),
        ] {
            let error = Schema::compile("T", source).unwrap_err();
            for phrase in phrases {
                assert!(error.why.contains(phrase), "{source}: {}", error.why);
            }
        }
    }

    #[test]
    fn references_that_run_in_circles_are_no_danger() {
        for source in [
            r##"{"$ref":"#"}"##,
            r##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}"##,
            r##"{"properties":{"a":{"$ref":"#"}},"$defs":{"b":{"allOf":[{"$ref":"#/$defs/b"}]}},"allOf":[{"$ref":"#/$defs/b"}]}"##,
        ] {
            let schema = compile(source);
            assert!(reports(&schema, r#"{"a":{"a":1}}"#).is_empty(), "{source}");
            assert_eq!(kind_at(&schema.document, &["a", "a", "a"]), None);
        }
    }
}
