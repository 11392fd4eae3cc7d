//! Changing one member of a JSON object in its text: everything else stays as it was written.

use crate::event::pick;

/// Why a member cannot be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{at}' is not an object: nothing can be set in it")]
pub(in crate::cli) struct NotAnObject {
    /// The path of what is no object; `payload` for the whole.
    pub(in crate::cli) at: String,
}

/// The object `json` with the member at `path` set to the JSON text `value`. Objects on the way that are not there
/// are made. Of a repeated key the last one is set: it is the one that counts.
pub(in crate::cli) fn set(json: &str, path: &[&str], value: &str) -> Result<String, NotAnObject> {
    set_below("", json, path, value)
}

fn set_below(above: &str, json: &str, path: &[&str], value: &str) -> Result<String, NotAnObject> {
    let Some((name, below)) = path.split_first() else { return Ok(value.to_owned()) };
    let no_object =
        || NotAnObject { at: if above.is_empty() { "payload".to_owned() } else { above.to_owned() } };
    let [member] = pick(json, &[name]).map_err(|_| no_object())?;
    let Some(member) = member else {
        let close = json.rfind('}').ok_or_else(no_object)?;
        let head = json[..close].trim_end();
        let comma = if head.ends_with('{') { "" } else { "," };
        let made =
            below.iter().rev().fold(value.to_owned(), |inner, name| format!("{{{}:{inner}}}", quoted(name)));
        return Ok(format!("{head}{comma}{}:{made}{}", quoted(name), &json[close..]));
    };
    // `pick` borrows from `json`, so the distance of the two pointers is the member's place in it.
    let start = member.as_ptr().addr() - json.as_ptr().addr();
    let here = if above.is_empty() { (*name).to_owned() } else { format!("{above}.{name}") };
    let changed = set_below(&here, member, below, value)?;
    Ok(format!("{}{changed}{}", &json[..start], &json[start + member.len()..]))
}

/// `text` as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_member_changes() {
        for (json, path, value, expected) in [
            ("{}", "a", "1", r#"{"a":1}"#),
            (" { } ", "a", "1", r#" {"a":1} "#),
            (
                r#"{"a": 1.50, "n":12345678901234567890123 }"#,
                "a",
                "2",
                r#"{"a": 2, "n":12345678901234567890123 }"#,
            ),
            (r#"{"b":1.10}"#, "a.c", "true", r#"{"b":1.10,"a":{"c":true}}"#),
            (r#"{"a":{"b":1,"b":2}}"#, "a.b", "3", r#"{"a":{"b":1,"b":3}}"#),
            (r#"{"a":{"x":"}"}}"#, "a.y", "0", r#"{"a":{"x":"}","y":0}}"#),
            (r#"{"a":{}}"#, "a", "[1]", r#"{"a":[1]}"#),
            ("{\n  \"a\": 1\n}", "b", "2", "{\n  \"a\": 1,\"b\":2}"),
        ] {
            let path: Vec<_> = path.split('.').collect();
            assert_eq!(set(json, &path, value).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_no_object_is_named() {
        for (json, path, at) in
            [("[]", "a", "payload"), (r#"{"a":1}"#, "a.b", "a"), (r#"{"a":{"b":null}}"#, "a.b.c", "a.b")]
        {
            let path: Vec<_> = path.split('.').collect();
            assert_eq!(set(json, &path, "1"), Err(NotAnObject { at: at.to_owned() }));
        }
    }

    proptest! {
        /// What is set can be read, and nothing else has changed.
        #[test]
        fn agrees_with_a_value_tree(keys in prop::collection::vec("[a-c\"\\\\é]{1,2}", 1..4), before in object()) {
            let path: Vec<&str> = keys.iter().map(String::as_str).collect();
            if let Ok(json) = set(&before.to_string(), &path, "7") {
                let after: serde_json::Value = serde_json::from_str(&json).unwrap();
                let mut expected = before;
                let mut place = &mut expected;
                for key in &path {
                    if place.is_null() {
                        *place = serde_json::json!({});
                    }
                    place = &mut place[*key];
                }
                *place = 7.into();
                prop_assert_eq!(after, expected);
            }
        }
    }

    fn object() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::json!(1)),
            Just(serde_json::json!("}")),
            Just(serde_json::json!({}))
        ];
        let tree = leaf.prop_recursive(3, 12, 3, |inner| {
            prop::collection::btree_map("[a-c]{1,2}", inner, 0..3).prop_map(|map| serde_json::json!(map))
        });
        prop::collection::btree_map("[a-c]{1,2}", tree, 0..3).prop_map(|map| serde_json::json!(map))
    }
}
