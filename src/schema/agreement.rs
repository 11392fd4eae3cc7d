//! The proof of the fast path: whatever a rule admits, `jsonschema` admits too; over the built-in schemas with
//! mutated payloads, and over schemas and payloads made at random.

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::rule::Rule;
use super::{Catalogue, tree};

const UUID: &str = r#""8d4c722f-17c2-4e4f-95b3-cb7824659b21""#;

/// Values as JSON text: ordinary ones, and each kind that parsers and validators are known to disagree on.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "1.0",
    "-7",
    "2.5",
    "1e2",
    "1e400",
    "-1e400",
    "9007199254740993",
    "18446744073709551615",
    "-9223372036854775809",
    "123456789012345678901234567890",
    UUID,
    r#""8D4C722F-17C2-4E4F-95B3-CB7824659B21""#,
    r#""8d4c722f17c24e4f95b3cb7824659b21""#,
    r#""{8d4c722f-17c2-4e4f-95b3-cb7824659b21}""#,
    r#""urn:uuid:8d4c722f-17c2-4e4f-95b3-cb7824659b21""#,
    r#""\u0038d4c722f-17c2-4e4f-95b3-cb7824659b21""#,
    r#""8d4c722f-17c2-4e4f-95b3-cb7824659b2g""#,
    r#""8d4c722f-17c2-4e4f-95b3-cb7824659bé""#,
    r#""2026-11-23T19:42:38.555Z""#,
    r#""2026-11-23t19:42:38z""#,
    r#""2026-11-23 19:42:38Z""#,
    r#""2026-11-23T19:42:38+01:00""#,
    r#""2026-02-29T19:42:38Z""#,
    r#""2024-02-29T19:42:38Z""#,
    r#""0000-02-29T00:00:00Z""#,
    r#""2026-12-31T23:59:60Z""#,
    r#""2026-12-31T22:59:60Z""#,
    r#""2026-04-31T00:00:00Z""#,
    r#""2026-11-23T24:00:00Z""#,
    r#""2026-11-23T19:42:38.Z""#,
    r#""2026-11-23T19:42:38.5555555555555Z""#,
    r#""""#,
    r#""a""#,
    r#""TICKET""#,
    r#""\u0054ICKET""#,
    r#""é\n""#,
    r#""😀""#,
    r#""\ud83d\ude00""#,
    r#""\ud83d""#,
    r#""x@example.com""#,
    "[]",
    "{}",
    r#"{"is_closed":true}"#,
    r#"{"status":{"is_closed":true}}"#,
    r#"{"status":{"is_closed":true},"status":{"is_closed":1}}"#,
    r#"{"$serde_json::private::RawValue":"{}"}"#,
    r#"{"$serde_json::private::Number":"1"}"#,
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
];

/// Keys as JSON text, some of them spelled with escapes.
const KEYS: &[&str] = &[
    r#""a""#,
    r#""\u0061""#,
    r#""b""#,
    r#""c""#,
    r#""""#,
    r#""tenantId""#,
    r#""tenant\u0049d""#,
    r#""changes""#,
    r#""amount""#,
    r#""workItemType""#,
    r#""\ud83d""#,
    r#""$serde_json::private::RawValue""#,
];

fn value() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(VALUES).prop_map(str::to_owned);
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = prop::collection::vec((prop::sample::select(KEYS), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            fields
                .prop_map(|fields| object(&fields.iter().map(|(k, v)| (*k, v.as_str())).collect::<Vec<_>>())),
        ]
    })
}

fn object(fields: &[(&str, &str)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key} : {value}")).collect();
    format!("{{{}}}", fields.join(",\n"))
}

/// A schema of the keywords that rules know, and of some that they must decline.
fn schema() -> impl Strategy<Value = Value> {
    let types = prop::sample::select(vec![
        json!("string"),
        json!("number"),
        json!("integer"),
        json!("object"),
        json!("array"),
        json!("boolean"),
        json!("null"),
        json!(["string", "null"]),
        json!(["object", "integer"]),
    ]);
    let parsed: Vec<Value> = VALUES.iter().map(|text| tree::read(text).unwrap()).collect();
    let any_value = prop::sample::select(parsed);
    let small = 0..4_u64;
    let limit = prop::sample::select(vec![
        json!(0),
        json!(1),
        json!(2.5),
        json!(-7),
        json!(9_007_199_254_740_993_u64),
    ]);
    let format = prop::sample::select(vec!["uuid", "date-time", "date", "email", "unheard-of"]);
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!(true)),
        Just(json!(false)),
        types.clone().prop_map(|types| json!({"type": types})),
        (types.clone(), format.clone()).prop_map(|(types, format)| json!({"type": types, "format": format})),
        format.prop_map(|format| json!({"format": format, "title": "T"})),
        prop::collection::vec(any_value.clone(), 1..4).prop_map(|values| json!({"enum": values})),
        any_value.prop_map(|value| json!({"const": value})),
        (small.clone(), small.clone()).prop_map(|(min, max)| json!({"minLength": min, "maxLength": max})),
        Just(json!({"type": "string", "pattern": "^[A-Zé]"})),
        Just(json!({"not": {"type": "string"}})),
        (limit.clone(), limit).prop_map(|(a, b)| json!({"minimum": a, "exclusiveMaximum": b})),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let names = prop::sample::subsequence(vec!["a", "b", "c", "", "tenantId"], 0..4);
        prop_oneof![
            (names.clone(), inner.clone(), names, inner.clone(), 0..5).prop_map(
                |(named, one, required, others, closing)| {
                    let properties: serde_json::Map<_, _> =
                        named.iter().map(|name| ((*name).to_owned(), one.clone())).collect();
                    let mut schema =
                        json!({"type": "object", "properties": properties, "required": required});
                    match closing {
                        0 => schema["additionalProperties"] = json!(false),
                        1 => schema["additionalProperties"] = others,
                        2 => schema["propertyNames"] = json!({"type": "string"}),
                        3 => schema["maxProperties"] = json!(1),
                        _ => {}
                    }
                    schema
                }
            ),
            (inner.clone(), small.clone()).prop_map(|(items, min)| json!({"items": items, "minItems": min})),
            inner.clone().prop_map(|schema| json!({"anyOf": [schema, {"type": "null"}]})),
            (inner.clone(), inner.clone())
                .prop_map(|(one, other)| json!({"anyOf": [one, other], "title": "T"})),
            (inner.clone(), inner).prop_map(|(one, other)| json!({"allOf": [one, other]})),
        ]
    })
}

const DRAFTS: &[&str] = &[
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema#",
    "http://json-schema.org/draft-04/schema#",
];

fn build(document: &Value) -> Option<Validator> {
    jsonschema::options().should_validate_formats(true).build(document).ok()
}

/// The property itself; answers whether the rule was sure.
fn agrees(rule: &Rule, validator: &Validator, payload: &str) -> Result<bool, TestCaseError> {
    let sure = rule.surely_admits(payload);
    if sure {
        let tree = tree::read(payload).map_err(|error| TestCaseError::fail(format!("{payload}: {error}")))?;
        prop_assert!(validator.is_valid(&tree), "the rule admits what the schema refuses: {payload}");
    }
    Ok(sure)
}

/// What happens to a good payload: to its field of that number, or beside it.
#[derive(Debug, Clone)]
enum Mutation {
    Drop(usize),
    Replace(usize, String),
    Repeat(usize, String),
    EscapeKey(usize),
    Add(&'static str, String),
    Cut(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (0..8_usize).prop_map(Mutation::Drop),
        (0..8_usize, value()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        (0..8_usize, value()).prop_map(|(at, value)| Mutation::Repeat(at, value)),
        (0..8_usize).prop_map(Mutation::EscapeKey),
        (prop::sample::select(KEYS), value()).prop_map(|(key, value)| Mutation::Add(key, value)),
        (0..400_usize).prop_map(Mutation::Cut),
    ]
}

/// A payload that fits `document`, as keys and values in JSON text.
fn good_fields(document: &Value) -> Vec<(String, String)> {
    let field = |(name, schema): (&String, &Value)| {
        let value = match (schema.get("format"), schema.get("enum"), schema["type"].as_str()) {
            (Some(_), ..) => UUID,
            (_, Some(_), _) => r#""TICKET""#,
            (.., Some("number")) => "12.5",
            (.., Some("object")) => r#"{"status":{"is_closed":true},"note":"é"}"#,
            _ => "null",
        };
        (format!("\"{name}\""), value.to_owned())
    };
    document["properties"].as_object().unwrap().iter().map(field).collect()
}

fn apply(fields: &mut Vec<(String, String)>, text: &mut Option<String>, mutation: Mutation) {
    let count = fields.len().max(1);
    match mutation {
        Mutation::Drop(at) if !fields.is_empty() => drop(fields.remove(at % count)),
        Mutation::Replace(at, value) if !fields.is_empty() => fields[at % count].1 = value,
        Mutation::Repeat(at, value) if !fields.is_empty() => {
            let key = fields[at % count].0.clone();
            fields.insert(at % count, (key, value));
        }
        Mutation::EscapeKey(at) if !fields.is_empty() => {
            let key = &mut fields[at % count].0;
            if let Some(first) = key.chars().nth(1).filter(char::is_ascii_alphanumeric) {
                *key = format!("\"\\u{:04x}{}", u32::from(first), &key[2..]);
            }
        }
        Mutation::Add(key, value) => fields.push((key.to_owned(), value)),
        Mutation::Cut(at) => *text = Some(write(fields).chars().take(at).collect()),
        Mutation::Drop(_) | Mutation::Replace(..) | Mutation::Repeat(..) | Mutation::EscapeKey(_) => {}
    }
}

fn write(fields: &[(String, String)]) -> String {
    object(&fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>())
}

fn builtins() -> impl Iterator<Item = (&'static str, Value)> {
    [Catalogue::Native, Catalogue::AlgaPsa]
        .into_iter()
        .flat_map(|catalogue| catalogue.files())
        .map(|(name, source)| (*name, tree::read(source).unwrap()))
}

#[test]
fn every_built_in_schema_has_a_rule_that_settles_a_good_payload() {
    for (name, document) in builtins() {
        let validator = build(&document).unwrap();
        let rule = Rule::compile(&document, validator.draft()).unwrap();
        let payload = write(&good_fields(&document));
        assert!(agrees(&rule, &validator, &payload).unwrap(), "{name}: {payload}");
    }
}

#[test]
fn a_keyword_a_rule_does_not_know_means_no_rule() {
    for schema in [
        json!({"type": "object", "minProperties": 1}),
        json!({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}}),
        json!({"properties": {"a": {"not": {}}}}),
        json!({"type": "number", "anyOf": [{"type": "number"}, {"type": "null"}]}),
        json!({"anyOf": [{"type": "number"}, {"type": "null"}], "minimum": 1}),
        json!({"enum": [1], "const": 1}),
        json!({"surprise": true}),
        json!(false),
    ] {
        assert!(Rule::compile(&schema, jsonschema::Draft::Draft202012).is_none(), "{schema}");
    }
}

#[test]
fn what_zod_writes_has_a_rule() {
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "tenantId": {"type": "string", "format": "uuid", "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$"},
            "count": {"type": "integer", "minimum": -9_007_199_254_740_991_i64, "maximum": 9_007_199_254_740_991_i64},
            "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "more": {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": {}},
        },
        "required": ["tenantId", "note"],
        "additionalProperties": false,
    });
    let validator = build(&document).unwrap();
    let rule = Rule::compile(&document, validator.draft()).unwrap();
    for (payload, sure) in [
        (format!(r#"{{"tenantId":{UUID},"note":null,"count":3,"tags":["a"],"more":{{"x":[1]}}}}"#), true),
        (format!(r#"{{"note":"12345","tenantId":{UUID}}}"#), true),
        (format!(r#"{{"note":"123456","tenantId":{UUID}}}"#), false),
        (format!(r#"{{"note":"","tenantId":{UUID},"tags":["a",1]}}"#), false),
        (format!(r#"{{"note":"","tenantId":{UUID},"stranger":1}}"#), false),
        (r#"{"note":"","tenantId":"8d4c722f-17c2-0e4f-95b3-cb7824659b21"}"#.to_owned(), false),
    ] {
        assert_eq!(agrees(&rule, &validator, &payload).unwrap(), sure, "{payload}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn rules_agree_on_mutated_payloads(mutations in prop::collection::vec(mutation(), 0..4)) {
        for (_, document) in builtins() {
            let validator = build(&document).unwrap();
            let rule = Rule::compile(&document, validator.draft()).unwrap();
            let (mut fields, mut text) = (good_fields(&document), None);
            for mutation in mutations.clone() {
                apply(&mut fields, &mut text, mutation);
            }
            agrees(&rule, &validator, &text.unwrap_or_else(|| write(&fields)))?;
        }
    }

    #[test]
    fn rules_agree_on_schemas_and_payloads_made_at_random(
        mut document in schema(),
        draft in prop::sample::select(DRAFTS),
        payloads in prop::collection::vec(value(), 16),
    ) {
        if let Some(keywords) = document.as_object_mut() {
            keywords.insert("$schema".to_owned(), json!(draft));
        }
        // Not every draft takes every keyword in this form.
        let Some(validator) = build(&document) else { return Ok(()) };
        if let Some(rule) = Rule::compile(&document, validator.draft()) {
            for payload in payloads.iter().map(String::as_str).chain(VALUES.iter().copied()) {
                agrees(&rule, &validator, payload)?;
            }
        }
    }
}
