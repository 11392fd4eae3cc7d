//! A schema in words for people: 'a UUID', 'one of TICKET, PROJECT_TASK'.

use serde_json::Value;

use super::outline::follow;

/// Most values that a list in words names.
const MAX_LISTED: usize = 12;

/// What `schema` wants, `None` where it says nothing that fits in a few words.
pub(super) fn words(document: &Value, schema: &Value) -> Option<String> {
    in_words(document, schema, 0)
}

fn in_words(document: &Value, schema: &Value, depth: usize) -> Option<String> {
    let schema = follow(document, schema);
    if let Some(value) = schema.get("const") {
        return Some(value.to_string());
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(one_of(values));
    }
    let branches = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    if let Some(branches) = branches.filter(|_| depth < 4) {
        let each = branches.iter().map(|branch| in_words(document, branch, depth + 1));
        return each.collect::<Option<Vec<_>>>().map(either);
    }
    match schema.get("type") {
        Some(Value::String(name)) => Some(typed(name, schema)),
        Some(Value::Array(names)) => {
            Some(either(names.iter().filter_map(Value::as_str).map(|name| typed(name, schema)).collect()))
        }
        _ if has(schema, &["format", "pattern", "minLength", "maxLength"]) => Some(text(schema)),
        _ if has(schema, &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) => {
            Some(number("a number", schema))
        }
        _ if has(schema, &["properties", "required"]) => Some("an object".to_owned()),
        _ => None,
    }
}

/// Alternatives, each once.
pub(super) fn either(mut alternatives: Vec<String>) -> String {
    let mut seen = std::collections::HashSet::new();
    alternatives.retain(|one| seen.insert(one.clone()));
    alternatives.join(" or ")
}

/// The values of an `enum`.
pub(super) fn one_of(values: &[Value]) -> String {
    let bare = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut listed: Vec<String> = values.iter().take(MAX_LISTED).map(bare).collect();
    if values.len() > MAX_LISTED {
        listed.push(format!("{} more", values.len() - MAX_LISTED));
    }
    format!("one of {}", listed.join(", "))
}

/// The type of that name.
pub(super) fn type_name(name: &str) -> &str {
    match name {
        "string" => "a text",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

/// A text of the format of that name.
pub(super) fn format_name(name: &str) -> String {
    match name {
        "uuid" => "a UUID".to_owned(),
        "date-time" => "a date and time in ISO 8601".to_owned(),
        "date" => "a date such as 2026-11-23".to_owned(),
        "time" => "a time such as 19:42:38Z".to_owned(),
        "duration" => "a duration in ISO 8601".to_owned(),
        "email" => "an e-mail address".to_owned(),
        "uri" => "a URI".to_owned(),
        "hostname" => "a host name".to_owned(),
        "ipv4" => "an IPv4 address".to_owned(),
        "ipv6" => "an IPv6 address".to_owned(),
        other => format!("a text in the format '{other}'"),
    }
}

fn typed(name: &str, schema: &Value) -> String {
    match name {
        "string" => text(schema),
        "number" | "integer" => number(type_name(name), schema),
        _ => type_name(name).to_owned(),
    }
}

fn text(schema: &Value) -> String {
    let length = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    if let Some(format) = schema.get("format").and_then(Value::as_str) {
        return format_name(format);
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        return format!("a text that matches /{pattern}/");
    }
    match (length("minLength"), length("maxLength")) {
        (Some(1), None) => "a text that is not empty".to_owned(),
        (Some(min), None) if min > 0 => format!("a text of at least {min} characters"),
        (Some(min), Some(max)) if min > 0 => format!("a text of {min} to {max} characters"),
        (_, Some(max)) => format!("a text of at most {max} characters"),
        _ => type_name("string").to_owned(),
    }
}

fn number(what: &str, schema: &Value) -> String {
    let limits = [
        ("minimum", "of at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "of at most"),
        ("exclusiveMaximum", "below"),
        ("multipleOf", "that is a multiple of"),
    ];
    let named: Vec<String> = limits
        .into_iter()
        .filter_map(|(keyword, words)| Some(format!("{words} {}", schema.get(keyword)?)))
        .collect();
    if named.is_empty() { what.to_owned() } else { format!("{what} {}", named.join(" and ")) }
}

fn has(schema: &Value, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| schema.get(keyword).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_read_like_sentences() {
        for (schema, expected) in [
            (json!({"type": "string", "format": "uuid", "pattern": "^x"}), "a UUID"),
            (json!({"enum": ["TICKET", "PROJECT_TASK", 3, null]}), "one of TICKET, PROJECT_TASK, 3, null"),
            (json!({"const": true}), "true"),
            (json!({"type": ["string", "null"]}), "a text or null"),
            (json!({"anyOf": [{"$ref": "#/$defs/id"}, {"type": "null"}]}), "a UUID or null"),
            (
                json!({"type": "number", "minimum": 0, "exclusiveMaximum": 10.5}),
                "a number of at least 0 and below 10.5",
            ),
            (json!({"type": "string", "minLength": 1}), "a text that is not empty"),
            (json!({"type": "string", "minLength": 2, "maxLength": 5}), "a text of 2 to 5 characters"),
            (json!({"pattern": "^A"}), "a text that matches /^A/"),
            (json!({"required": ["a"]}), "an object"),
        ] {
            let document = json!({"$defs": {"id": {"type": "string", "format": "uuid"}}});
            assert_eq!(words(&document, &schema).unwrap(), expected);
        }
    }

    #[test]
    fn what_says_nothing_or_turns_in_circles_has_no_words() {
        let document =
            json!({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}, "b": {"$ref": "#/$defs/b"}}});
        for schema in [json!({}), json!(true), json!({"$ref": "#/$defs/a"}), json!({"$ref": "#/$defs/b"})] {
            assert_eq!(words(&document, &schema), None, "{schema}");
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let values: Vec<Value> = (0..100).map(Value::from).collect();
        assert!(one_of(&values).ends_with("10, 11, 88 more"));
    }
}
