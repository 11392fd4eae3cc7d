use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn at(text: &str) -> Pointer {
    Pointer::read(text).expect("a pointer")
}

#[test]
fn only_the_value_that_is_set_changes() {
    for (json, path, value, expected) in [
        ("{}", "/a", "1", r#"{"a":1}"#),
        (" { } ", "/a", "1", r#" {"a":1} "#),
        (" { } ", "", " [1] ", " [1] "),
        (
            r#"{"a": 1.50, "n":12345678901234567890123 }"#,
            "/a",
            "2",
            r#"{"a": 2, "n":12345678901234567890123 }"#,
        ),
        (r#"{"b":1.10}"#, "/a/c", "true", r#"{"b":1.10,"a":{"c":true}}"#),
        (r#"{"b": 1.10}"#, "/a/c", "true", r#"{"b": 1.10, "a": {"c": true}}"#),
        (r#"{"a":{"b":1,"b":2}}"#, "/a/b", "3", r#"{"a":{"b":1,"b":3}}"#),
        (r#"{"a":{"x":"}"}}"#, "/a/y", "0", r#"{"a":{"x":"}","y":0}}"#),
        (r#"{"a":{}}"#, "/a", "[1]", r#"{"a":[1]}"#),
        (r#"{"a":[1,{"b":2}]}"#, "/a/1/b", "3", r#"{"a":[1,{"b":3}]}"#),
        (r#"{"a":[1, 2]}"#, "/a/2", "3", r#"{"a":[1, 2, 3]}"#),
        (r#"{"a":[]}"#, "/a/-/b", "3", r#"{"a":[{"b":3}]}"#),
        (r#"{"\u0061":1}"#, "/a", "2", r#"{"\u0061":2}"#),
    ] {
        assert_eq!(set(json, &at(path), value).as_deref(), Ok(expected), "{json}");
    }
}

#[test]
fn text_on_lines_stays_on_lines() {
    let pretty = "{\n    \"a\": 1,\n    \"b\": {},\n    \"c\": [\"x\", \"y\"]\n}\n";
    for (path, value, from, to) in [
        ("/d", "2", "\"y\"]", "\"y\"],\n    \"d\": 2"),
        ("/b/x", "null", "{}", "{\n        \"x\": null\n    }"),
        ("/b/x/y", "1.0", "{}", "{\n        \"x\": {\n            \"y\": 1.0\n        }\n    }"),
        (
            "/a",
            "[ 1,{\"k\":2.50} ]",
            "1",
            "[\n        1,\n        {\n            \"k\": 2.50\n        }\n    ]",
        ),
        ("/c/2", "3", "\"y\"", "\"y\", 3"),
    ] {
        assert_eq!(set(pretty, &at(path), value), Ok(pretty.replacen(from, to, 1)), "{path}");
    }
    assert_eq!(set("{\n  \"a\": 1\n}", &at("/b"), "2").as_deref(), Ok("{\n  \"a\": 1,\n  \"b\": 2\n}"));
    assert_eq!(
        set("{\r\n\t\"a\" : 1\r\n}", &at("/b"), "2").as_deref(),
        Ok("{\r\n\t\"a\" : 1,\r\n\t\"b\" : 2\r\n}")
    );
    assert_eq!(set("{\n}", &at("/b"), "[]").as_deref(), Ok("{\n  \"b\": []\n}"));
}

#[test]
fn what_is_removed_leaves_no_trace() {
    for (json, path, expected) in [
        (r#"{"a":1, "b":2, "c":3}"#, "/a", r#"{"b":2, "c":3}"#),
        (r#"{"a":1, "b":2, "c":3 }"#, "/c", r#"{"a":1, "b":2 }"#),
        (r#"{"a":1,"b":2,"a":3}"#, "/a", r#"{"b":2}"#),
        (r#"{"b":2,"a":1,"a":3}"#, "/a", r#"{"b":2}"#),
        (r#"{"a":1,"a":3}"#, "/a", "{}"),
        ("{ \"a\": {\n \"b\": 1\n} }", "/a/b", "{ \"a\": {} }"),
        ("{\n  \"a\": 1\n}", "/a", "{\n}"),
        (r#"{"a":[1, 2, 3]}"#, "/a/1", r#"{"a":[1, 3]}"#),
        (r#"{"a":[1, 2]}"#, "/a/5", r#"{"a":[1, 2]}"#),
        (r#"{"a":1}"#, "/b/c", r#"{"a":1}"#),
        ("7", "/b", "7"),
    ] {
        assert_eq!(remove(json, &at(path)).as_deref(), Ok(expected), "{json} {path}");
    }
    assert_eq!(remove("{}", &at("")), Err(EditError::Whole));
}

#[test]
fn a_key_gets_another_name() {
    for (json, path, name, expected) in [
        (r#"{"a" : 1, "b":{"a":2}}"#, "/a", "x\"", r#"{"x\"" : 1, "b":{"a":2}}"#),
        (r#"{"a":1,"a":2}"#, "/a", "c", r#"{"c":1,"c":2}"#),
        (r#"{"b":{"a":2}}"#, "/b/a", "", r#"{"b":{"":2}}"#),
        ("{}", "/a/b", "c", "{}"),
    ] {
        assert_eq!(rename(json, &at(path), name).as_deref(), Ok(expected), "{json}");
    }
    assert_eq!(rename("[1]", &at("/0"), "c"), Err(EditError::NotAnObject { at: at("") }));
}

#[test]
fn items_come_and_move() {
    let json = "{\"a\":[ 1, 2 ,3 ],\"b\":[\n  {\"x\":1}\n]}";
    for (list, nth, value, from, to) in [
        ("/a", 0, "9", "1, 2 ,3", "9,1, 2 ,3"),
        ("/a", 2, "9", "2 ,3", "2 ,9,3"),
        ("/a", 3, "9", "3 ]", "3,9 ]"),
        ("/b", 0, "{}", "{\"x\":1}", "{},\n  {\"x\":1}"),
        ("/b", 1, "[1]", "{\"x\":1}", "{\"x\":1},\n  [\n    1\n  ]"),
    ] {
        assert_eq!(insert_item(json, &at(list), nth, value), Ok(json.replacen(from, to, 1)), "{list} {nth}");
    }
    for (from, to, order) in [(0, 2, "2, 3 ,1"), (2, 0, "3, 1 ,2"), (1, 1, "1, 2 ,3"), (1, 2, "1, 3 ,2")] {
        assert_eq!(move_item(json, &at("/a"), from, to), Ok(json.replacen("1, 2 ,3", order, 1)));
    }
}

#[test]
fn what_cannot_be_done_is_named() {
    let errors = [
        (set("[]", &at("/a"), "1"), "the whole is a list of 0: it has no item 'a'"),
        (set("7", &at("/a"), "1"), "the whole is not an object: nothing can be set in it"),
        (set(r#"{"a":1}"#, &at("/a/b"), "1"), "'a' is not an object: nothing can be set in it"),
        (set(r#"{"a":{"b":null}}"#, &at("/a/b/c"), "1"), "'a.b' is not an object: nothing can be set in it"),
        (
            set("{", &at("/a"), "1"),
            "the text is not JSON at line 1, column 2: expected a key or '}', found the end of the text",
        ),
        (
            set("{}", &at("/a"), "x"),
            "the new value is not JSON at line 1, column 1: expected a value, found 'x'",
        ),
        (insert_item("[1]", &at(""), 2, "0"), "the whole is a list of 1: it has no item '2'"),
        (insert_item("{}", &at("/a"), 0, "0"), "'a' is not a list: it has no items"),
        (move_item("[1]", &at(""), 0, 1), "the whole is a list of 1: it has no item '1'"),
        (move_item(r#"{"a":{}}"#, &at("/a"), 0, 0), "'a' is not a list: it has no items"),
    ];
    for (outcome, message) in errors {
        assert_eq!(outcome.expect_err(message).to_string(), message);
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(json!(1)), Just(json!("}")), Just(json!({})), Just(json!([])), Just(json!(null))];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::btree_map("[a-c]{1,2}", inner.clone(), 0..4).prop_map(|map| json!(map)),
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

/// The tree on one line, on lines, or spaced out in a way of its own.
fn text(tree: &Value, way: u8) -> String {
    match way {
        0 => tree.to_string(),
        1 => serde_json::to_string_pretty(tree).expect("a tree"),
        _ => tree.to_string().replace(',', " ,\t").replace(':', " : ").replace(']', " ]"),
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

proptest! {
    /// What is set can be read, and nothing else has changed; what is taken out again leaves the tree it was.
    #[test]
    fn set_and_removed_as_a_tree(before in tree(), keys in prop::collection::vec("[a-c\"\\\\é]{1,2}", 1..4), way in 0..3_u8) {
        let json = text(&before, way);
        let pointer = Pointer::of(&keys);
        if let Ok(after) = set(&json, &pointer, "[7, {\"n\":1.50}]") {
            let mut expected = parsed(&json);
            let mut place = &mut expected;
            for key in &keys {
                if place.is_null() {
                    *place = json!({});
                }
                place = &mut place[key.as_str()];
            }
            *place = json!([7, {"n": 1.50}]);
            prop_assert_eq!(&parsed(&after), &expected);
            prop_assert!(after.contains("1.50"));
            let taken = remove(&after, &pointer).expect("there");
            let (above, name) = pointer.split().expect("a name");
            let holder = expected.pointer_mut(&above.to_string()).expect("there");
            holder.as_object_mut().expect("an object").remove(name);
            prop_assert_eq!(parsed(&taken), expected);
        }
    }

    /// A text laid out by serde_json stays laid out like that, whatever is done to it.
    #[test]
    fn pretty_stays_pretty(before in prop::collection::btree_map("[a-c]{1,2}", tree(), 1..4), keys in prop::collection::vec("[a-c]{1,2}", 1..4), gone in any::<bool>()) {
        let json = text(&json!(before), 1);
        let pointer = Pointer::of(&keys);
        let after = if gone { remove(&json, &pointer) } else { set(&json, &pointer, "{\"x\":[1,{}]}") };
        if let Ok(after) = after && after != "{\n}" {
            prop_assert_eq!(&text(&parsed(&after), 1), &after);
        }
    }

    /// Items are inserted, moved and removed as in a vector.
    #[test]
    fn items_as_in_a_vector(items in prop::collection::vec(tree(), 0..5), way in 0..3_u8, nth in 0..5_usize, to in 0..5_usize) {
        let json = text(&json!({"list": items, "end": 1}), way);
        let list = at("/list");
        let mut expected = items.clone();
        if nth <= items.len() {
            expected.insert(nth, json!("new"));
            let after = insert_item(&json, &list, nth, "\"new\"").expect("in range");
            prop_assert_eq!(&parsed(&after)["list"], &json!(expected));
            let back = remove(&after, &list.join(nth.to_string())).expect("there");
            prop_assert_eq!(&parsed(&back)["list"], &json!(items));
            // What was on one line, or had others around it, is the same to the byte.
            if !items.is_empty() && nth > 0 {
                prop_assert_eq!(&back, &json);
            }
        }
        let moved = move_item(&json, &list, nth, to);
        prop_assert_eq!(moved.is_ok(), nth < items.len() && to < items.len());
        if let Ok(moved) = moved {
            let mut expected = items.clone();
            let item = expected.remove(nth);
            expected.insert(to, item);
            prop_assert_eq!(&parsed(&moved)["list"], &json!(expected));
            prop_assert_eq!(move_item(&moved, &list, to, nth), Ok(json));
        }
    }
}
