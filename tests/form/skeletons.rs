//! The least that a schema takes is valid, and so is the most.

use serde_json::{Value, json};
use tidings::event::json::{Pointer, read};
use tidings::schema::form::{FieldKind, FormModel, Opened, State, generate};

use super::{Case, cases, generating, parsed};

/// Where no valid value can be made, and why: the place, and what is expected there.
const CANNOT: [(&str, &str, &str); 1] = [(
    "draft2020-credentials-lookahead",
    "/payload/secret",
    // Looking ahead is no building plan, and the schema gives no example.
    "a text that matches /^(?=.*[A-Z])(?=.*[0-9]).{8,}$/",
)];

fn skeleton(case: &Case) -> String {
    generating(&mut 0, |generator| case.form.skeleton(generator))
}

#[test]
fn a_skeleton_is_valid_wherever_its_values_can_be_made() {
    let mut excused = 0;
    for case in cases() {
        let text = skeleton(&case);
        let faults = case.form.faults(&text);
        if let Some((_, path, expected)) = CANNOT.iter().find(|(name, ..)| *name == case.name) {
            excused += 1;
            assert_eq!(faults.len(), 1, "{}: {faults:?}", case.name);
            assert_eq!((faults[0].path.as_str(), faults[0].expected.as_str()), (*path, *expected));
            continue;
        }
        assert!(faults.is_empty(), "{}: {faults:?}\n{text}", case.name);
        assert!(case.is_valid(&text), "{}\n{text}", case.name);
    }
    assert_eq!(excused, CANNOT.len());
}

#[test]
fn a_skeleton_is_laid_out_on_lines_and_stays_so() {
    for case in cases() {
        let text = skeleton(&case);
        assert_eq!(serde_json::to_string_pretty(&parsed(&text)).expect("a tree"), text, "{}", case.name);
    }
    let form = FormModel::of_schema(
        r#"{"type":"object","properties":{"a":{"type":"object","properties":{"b":{}}}}}"#,
    )
    .expect("a schema");
    let empty = generating(&mut 0, |generator| form.skeleton(generator));
    let entry = tidings::schema::form::Entry::null();
    let at = Pointer::of(["a", "b"]);
    let set = form.set(&empty, &at, &entry, &Opened::default()).expect("set");
    assert_eq!(set, "{\n  \"a\": {\n    \"b\": null\n  }\n}");
}

/// Fills in everything that a form offers, level by level: what can be made for each field is what it takes.
#[test]
fn a_form_that_is_filled_in_is_valid() {
    for case in cases() {
        let mut last = 0;
        let mut text = skeleton(&case);
        let mut opened = Opened::default();
        for _ in 0..3 {
            for row in case.form.rows(&text, &opened) {
                opened.open(row.pointer.clone());
                if row.state != State::Absent || matches!(row.field.kind, FieldKind::Union(_)) {
                    continue;
                }
                let made = generating(&mut last, |generator| generate(&row.editor, generator));
                if let Some(entry) = made.filter(|_| !row.editor.is_container()) {
                    text = case.form.set(&text, &row.pointer, &entry, &opened).expect("set");
                    let faults = case.form.faults(&text);
                    let own: Vec<_> =
                        faults.iter().filter(|it| it.path == format!("/payload{}", row.pointer)).collect();
                    assert!(own.is_empty(), "{} {}: {own:?}\n{text}", case.name, row.pointer);
                }
            }
        }
        read(&text).expect("JSON");
        // What an object asks for only once it is there is filled in by hand: all else is valid now.
        let rows = case.form.rows(&text, &opened);
        assert_eq!(
            rows.iter().all(|row| row.faults.is_empty()),
            case.is_valid(&text),
            "{}\n{text}",
            case.name
        );
    }
}

#[test]
fn an_example_offers_its_fields_and_judges_nothing() {
    let text =
        r#"{"tenantId":"8d4c722f-17c2-4e4f-95b3-cb7824659b21","n":1.50,"who":{"at":"2026-11-28T21:00:00Z"}}"#;
    let form = FormModel::of_example(text).expect("JSON");
    let mut opened = Opened::default();
    opened.open(Pointer::of(["who"]));
    let rows = form.rows("{\"n\": \"x\", \"more\": 1}", &opened);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            format!("{} {} {:?} {}", row.pointer, row.editor.name(), row.state, row.field.examples.join(" "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            " object Set ",
            "/tenantId UUID Absent \"8d4c722f-17c2-4e4f-95b3-cb7824659b21\"",
            "/n number WrongKind 1.5",
            "/who object Absent ",
            "/who/at date and time Absent \"2026-11-28T21:00:00Z\"",
            "/more anything Set ",
        ]
    );
    assert!(form.faults("{\"n\": \"x\"}").is_empty());
    assert_eq!(form.faults("{")[0].expected, "JSON: a key or '}' at line 1, column 2");
}

#[test]
fn schemas_that_contain_themselves_end() {
    let nested =
        (0..40).fold(json!({"type": "integer"}), |inner, _| json!({"anyOf": [inner, {"type": "null"}]}));
    let chain: serde_json::Map<String, Value> = (0..60)
        .map(|n| {
            (format!("d{n}"), json!({"anyOf": [{"$ref": format!("#/$defs/d{}", n + 1)}, {"type": "null"}]}))
        })
        .chain([("d60".to_owned(), json!({"type": "integer"}))])
        .collect();
    let each_other: serde_json::Map<String, Value> = (0..12)
        .map(|n| {
            let refs: Vec<Value> = (0..12)
                .map(|m| {
                    json!({"type": "object", "required": ["a", "b"], "properties": {
                        "a": {"$ref": format!("#/$defs/d{m}")}, "b": {"$ref": format!("#/$defs/d{}", (m + n) % 12)}}})
                })
                .collect();
            (format!("d{n}"), json!({"oneOf": refs}))
        })
        .collect();
    for (schema, kind) in [
        (json!({"$ref": "#"}), "anything"),
        (json!({"anyOf": [{"$ref": "#"}, {"type": "string"}]}), "one of several"),
        (
            json!({"allOf": [{"$ref": "#"}], "type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}}),
            "object",
        ),
        (json!({"type": "array", "minItems": 1, "items": {"$ref": "#"}}), "list"),
        (json!({"type": "object", "propertyNames": {"$ref": "#"}}), "free-form object"),
        (nested, "whole number"),
        (json!({"$defs": chain, "$ref": "#/$defs/d0"}), "whole number"),
        (json!({"$defs": each_other, "$ref": "#/$defs/d0"}), "one of several"),
    ] {
        let form = FormModel::of_schema(&schema.to_string()).expect("a schema");
        let mut opened = Opened::default();
        for depth in 0..6 {
            opened.open(Pointer::of(vec!["a"; depth]));
        }
        let text = generating(&mut 0, |generator| form.skeleton(generator));
        for text in [text.as_str(), "{}", "{\"a\":{\"a\":{\"b\":{}}}}", "[[[[]]]]"] {
            let rows = form.rows(text, &opened);
            assert_eq!(rows[0].field.kind.name(), kind, "{text}");
        }
    }
}

#[test]
fn a_fault_has_its_bytes() {
    let form = FormModel::of_schema(
        r#"{"properties":{"a":{"items":{"type":"integer"}},"o":{"type":"object","required":["n"]}}}"#,
    )
    .expect("a schema");
    for (text, marked) in [(r#"{"a": [1, "x"]}"#, r#""x""#), (r#"{"a": [], "o": { }}"#, "{ }")] {
        assert_eq!(&text[form.span_of(text, &form.faults(text)[0])], marked, "{text}");
    }
    let broken = r#"{"a": [1 2]}"#;
    assert_eq!(form.span_of(broken, &form.faults(broken)[0]), 9..9);
}
