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
        match at.get("$ref").and_then(Value::as_str).and_then(|link| resolve(document, link)) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// What a `$ref` names, when it lies in the same document: a place, an anchor, or a schema with an `$id`.
pub(super) fn resolve<'a>(document: &'a Value, link: &str) -> Option<&'a Value> {
    let (base, fragment) = link.split_once('#').unwrap_or((link, ""));
    let root = if base.is_empty() {
        document
    } else {
        find(document, &|schema| {
            let id = schema.get("$id").and_then(Value::as_str).unwrap_or_default().trim_end_matches('#');
            id == base || id.strip_suffix(base).is_some_and(|before| before.ends_with('/'))
        })?
    };
    if fragment.is_empty() || fragment.starts_with('/') {
        return root.pointer(fragment).or_else(|| root.pointer(&percent_decoded(fragment)?));
    }
    find(root, &|schema| {
        let anchor = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
        anchor("$anchor") == Some(fragment)
            || anchor("$dynamicAnchor") == Some(fragment)
            || anchor("$id").and_then(|id| id.strip_prefix('#')) == Some(fragment)
    })
}

/// The first schema in `document` that `wanted` holds for.
fn find<'a>(document: &'a Value, wanted: &dyn Fn(&Value) -> bool) -> Option<&'a Value> {
    let mut places = vec![document];
    while let Some(place) = places.pop() {
        match place {
            Value::Object(_) if wanted(place) => return Some(place),
            Value::Object(members) => places.extend(members.values().rev()),
            Value::Array(items) => places.extend(items.iter().rev()),
            _ => {}
        }
    }
    None
}

/// `text` with `%41` read as `A`; `None` where that is not text.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
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
            .filter_map(|place| below(place, name))
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

/// What `schema` says of its field, or of the item of its list, that is called `name`.
fn below<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let field = schema.get("properties").and_then(|properties| properties.get(name));
    field.or_else(|| {
        let nth: usize = name.parse().ok()?;
        let items = schema.get("items");
        let fixed = schema.get("prefixItems").or(items).and_then(Value::as_array);
        fixed.and_then(|fixed| fixed.get(nth)).or(items.filter(|items| items.is_object()))
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
                        "list": {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}},
                        "pair": {"prefixItems": [{"type": "string"}], "items": {"type": "number"}},
                        "old": {"items": [{"type": "string"}, {"type": "boolean"}]},
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
            ("list.7.n", Some(ScalarKind::Integer)),
            ("list.x", None),
            ("pair.0", Some(ScalarKind::String)),
            ("pair.1", Some(ScalarKind::Number)),
            ("old.1", Some(ScalarKind::Boolean)),
            ("old.2", None),
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
