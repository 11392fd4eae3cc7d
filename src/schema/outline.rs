//! What a schema document says of its fields, for people and for the command line.

use serde_json::Value;

/// Most places of a document that one question looks at: `$ref`s may run in circles.
const MAX_PLACES: usize = 256;

/// What kind of value belongs at a path of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// Text.
    String,
    /// A number, with or without a fraction.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An object, a list, only null, or one of several kinds.
    Other,
}

/// What `schema` stands for: the target of its `$ref`, when that lies in the same document.
pub(super) fn follow<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut at = schema;
    for _ in 0..16 {
        let target = at.get("$ref").and_then(Value::as_str).and_then(|link| link.strip_prefix('#'));
        match target.and_then(|pointer| document.pointer(pointer)) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// The names of the fields of a payload, required ones and optional ones, each in the order of the document.
pub(super) fn fields(document: &Value) -> (Vec<String>, Vec<String>) {
    let parts = parts(document, document, &["allOf"]);
    let mut required: Vec<String> = Vec::new();
    let mut named: Vec<String> = Vec::new();
    for part in parts {
        let list = part.get("required").and_then(Value::as_array).into_iter().flatten();
        required.extend(list.filter_map(Value::as_str).map(str::to_owned));
        let properties = part.get("properties").and_then(Value::as_object).into_iter().flatten();
        named.extend(properties.map(|(name, _)| name.clone()));
    }
    named.extend(required.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    named.retain(|name| seen.insert(name.clone()));
    named.into_iter().partition(|name| required.contains(name))
}

/// The kind of value at `path`; `None` where the document says nothing of it.
pub(super) fn kind_at(document: &Value, path: &[&str]) -> Option<ScalarKind> {
    const BRANCHES: &[&str] = &["allOf", "anyOf", "oneOf"];
    let mut places = parts(document, document, BRANCHES);
    for name in path {
        places = places
            .into_iter()
            .filter_map(|place| place.get("properties")?.get(name))
            .flat_map(|place| parts(document, place, BRANCHES))
            .take(MAX_PLACES)
            .collect();
    }
    let mut kinds: Vec<&str> = places.into_iter().flat_map(type_names).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        return None;
    }
    // Nullable means the same as without null for somebody who writes a value.
    kinds.retain(|kind| *kind != "null");
    Some(match kinds[..] {
        ["string"] => ScalarKind::String,
        ["integer"] => ScalarKind::Integer,
        ["number"] | ["integer", "number"] => ScalarKind::Number,
        ["boolean"] => ScalarKind::Boolean,
        _ => ScalarKind::Other,
    })
}

/// `schema` and the members of its `branches`, `$ref`s followed.
fn parts<'a>(document: &'a Value, schema: &'a Value, branches: &[&str]) -> Vec<&'a Value> {
    let mut found = vec![follow(document, schema)];
    let mut next = 0;
    while let Some(&part) = found.get(next)
        && found.len() < MAX_PLACES
    {
        let members = branches.iter().filter_map(|name| part.get(name)?.as_array()).flatten();
        for member in members.map(|member| follow(document, member)) {
            if !found.iter().any(|known| std::ptr::eq(*known, member)) {
                found.push(member);
            }
        }
        next += 1;
    }
    found
}

/// The types a schema names, or those of the values it lists.
fn type_names(schema: &Value) -> Vec<&str> {
    match (schema.get("type"), schema.get("enum"), schema.get("const")) {
        (Some(Value::String(name)), ..) => vec![name],
        (Some(Value::Array(names)), ..) => names.iter().filter_map(Value::as_str).collect(),
        (_, Some(Value::Array(values)), _) => values.iter().map(type_of).collect(),
        (.., Some(value)) => vec![type_of(value)],
        _ => Vec::new(),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_kind_at_a_path_is_found_behind_references_and_null() {
        let document = json!({
            "$ref": "#/$defs/root",
            "$defs": {
                "root": {
                    "properties": {
                        "text": {"type": ["string", "null"]},
                        "amount": {"anyOf": [{"$ref": "#/$defs/amount"}, {"type": "null"}]},
                        "count": {"type": "integer"},
                        "mixed": {"type": ["string", "number"]},
                        "flag": {"const": true},
                        "size": {"enum": [1, 2.5]},
                        "any": {},
                        "loop": {"$ref": "#/$defs/loop"},
                    },
                    "allOf": [{"properties": {"more": {"properties": {"deep": {"type": "boolean"}}}}}],
                },
                "amount": {"type": "number"},
                "loop": {"anyOf": [{"$ref": "#/$defs/loop"}, {"properties": {"loop": {"$ref": "#/$defs/loop"}}}]},
            },
        });
        for (path, kind) in [
            ("text", Some(ScalarKind::String)),
            ("amount", Some(ScalarKind::Number)),
            ("count", Some(ScalarKind::Integer)),
            ("mixed", Some(ScalarKind::Other)),
            ("flag", Some(ScalarKind::Boolean)),
            ("size", Some(ScalarKind::Number)),
            ("more.deep", Some(ScalarKind::Boolean)),
            ("any", None),
            ("text.deeper", None),
            ("loop.loop.loop", None),
        ] {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(kind_at(&document, &path), kind, "{path:?}");
        }
    }

    #[test]
    fn fields_are_listed_required_first_named_once() {
        let document = json!({
            "properties": {"b": {}, "a": {}, "c": {}},
            "required": ["a", "z"],
            "allOf": [{"properties": {"c": {}, "d": {}}, "required": ["d"]}],
        });
        let (required, optional) = fields(&document);
        assert_eq!((required.join(" "), optional.join(" ")), ("a d z".to_owned(), "b c".to_owned()));
    }
}
