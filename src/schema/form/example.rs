//! A schema made after an example: what kinds of values its fields have.

use serde_json::{Map, Value, json};

use crate::event::json::{Broken, Node, Shape, read};
use crate::event::parse_instant;
use crate::schema::tree;

/// A schema of which `text` is an example; it asks for nothing.
pub(super) fn schema(text: &str) -> Result<Value, Broken> {
    Ok(of(text, &read(text)?))
}

fn of(text: &str, node: &Node) -> Value {
    let with_example = |mut schema: Value| {
        if let (Some(map), Ok(value)) = (schema.as_object_mut(), tree::read(node.text(text))) {
            map.insert("examples".to_owned(), Value::from(vec![value]));
        }
        schema
    };
    match &node.shape {
        Shape::Null => json!({}),
        Shape::Bool(_) => with_example(json!({"type": "boolean"})),
        // Whether others have a fraction, one example does not tell.
        Shape::Number => with_example(json!({"type": "number"})),
        Shape::Text(said) => with_example(match said {
            said if said.len() == 36 && uuid::Uuid::parse_str(said).is_ok() => {
                json!({"type": "string", "format": "uuid"})
            }
            said if parse_instant(said).is_some() => json!({"type": "string", "format": "date-time"}),
            _ => json!({"type": "string"}),
        }),
        Shape::List(items) => {
            let item = items.iter().map(|item| of(text, item)).reduce(both);
            json!({"type": "array", "items": item.unwrap_or_else(|| json!({}))})
        }
        Shape::Object(members) => {
            let mut properties = Map::new();
            for member in members {
                properties.insert(member.name.clone(), of(text, &member.value));
            }
            json!({"type": "object", "properties": properties})
        }
    }
}

/// What two examples have in common; the fields of both.
fn both(one: Value, other: Value) -> Value {
    let (Value::Object(mut one), Value::Object(mut other)) = (one, other) else { return json!({}) };
    if one.is_empty() {
        return Value::Object(other);
    }
    if other.is_empty() {
        return Value::Object(one);
    }
    if one.get("type") != other.get("type") {
        return json!({});
    }
    if one.get("format") != other.get("format") {
        one.remove("format");
    }
    if let (Some(Value::Object(fields)), Some(Value::Object(more))) =
        (one.get_mut("properties"), other.remove("properties"))
    {
        for (name, schema) in more {
            let merged = match fields.remove(&name) {
                Some(known) => both(known, schema),
                None => schema,
            };
            fields.insert(name, merged);
        }
    }
    if let (Some(known), Some(more)) = (one.remove("items"), other.remove("items")) {
        one.insert("items".to_owned(), both(known, more));
    }
    if let (Some(Value::Array(examples)), Some(Value::Array(more))) =
        (one.get_mut("examples"), other.remove("examples"))
    {
        examples.extend(more);
    }
    Value::Object(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_seen_in_values() {
        let text = r#"{"id": "8d4c722f-17c2-4e4f-95b3-cb7824659b21", "at": "2026-11-28T21:00:00Z", "n": 1.50,
            "who": null, "tags": ["a"], "lines": [{"sku": "x", "n": 1}, {"sku": 2, "m": true}], "none": []}"#;
        let number = json!({"type": "number", "examples": [1]});
        assert_eq!(
            schema(text).expect("JSON"),
            json!({"type": "object", "properties": {
                "id": {"type": "string", "format": "uuid", "examples": ["8d4c722f-17c2-4e4f-95b3-cb7824659b21"]},
                "at": {"type": "string", "format": "date-time", "examples": ["2026-11-28T21:00:00Z"]},
                "n": {"type": "number", "examples": [1.5]},
                "who": {},
                "tags": {"type": "array", "items": {"type": "string", "examples": ["a"]}},
                "lines": {"type": "array", "items": {"type": "object", "properties": {
                    "n": number,
                    "sku": {},
                    "m": {"type": "boolean", "examples": [true]},
                }}},
                "none": {"type": "array", "items": {}},
            }})
        );
        assert!(schema("{").is_err());
    }
}
