use proptest::prelude::*;

use super::*;

#[test]
fn values_stand_where_they_stand() {
    let json = r#" {"a" : [1.50, "x\n\ud83d\ude00\ud83d"], "b":{"c":null}, "a/b":true, "b": 1e400} "#;
    let node = read(json).expect("JSON");
    for (at, text) in [
        ("/a/0", Some("1.50")),
        ("/a/1", Some(r#""x\n\ud83d\ude00\ud83d""#)),
        ("/a/2", None),
        ("/a~1b", Some("true")),
        ("/b", Some("1e400")),
        ("/b/c", None),
        ("", Some(json.trim())),
    ] {
        let found = node.get(&Pointer::read(at).expect("a pointer")).map(|node| node.text(json));
        assert_eq!(found, text, "{at}");
    }
    let text = node.get(&Pointer::of(["a", "1"])).map(|node| node.shape.clone());
    assert_eq!(text, Some(Shape::Text("x\n😀\u{fffd}".to_owned())));
}

#[test]
fn a_place_has_bytes_and_a_byte_a_place() {
    let json = r#"{"a": [10, {"b": null}], "c": "x"}"#;
    let node = read(json).expect("JSON");
    for (at, text) in [("/a/0", "10"), ("/a/7", r#"[10, {"b": null}]"#), ("/a/1/b/c", "null"), ("/z", json)] {
        assert_eq!(node.nearest(&Pointer::read(at).expect("a pointer")).text(json), text, "{at}");
    }
    for (before, at) in [
        ("{", ""),
        ("10", "/a/0"),
        ("\"a", "/a"),
        ("\"b", "/a/1/b"),
        ("null", "/a/1/b"),
        (", \"c", "/a"),
        ("\"x", "/c"),
    ] {
        let byte = json.find(before).expect("there");
        assert_eq!(node.place_at(byte).to_string(), at, "{before}");
    }
    assert_eq!(node.place_at(json.len()), Pointer::root());
}

#[test]
fn what_is_broken_is_found() {
    for (json, expected) in [
        ("", "line 1, column 1: expected a value, found the end of the text"),
        ("{\n  \"é\": tru\n}", "line 2, column 11: expected true, found '\\n'"),
        ("{\"a\":1,}", "line 1, column 8: expected a key, found '}'"),
        ("{a:1}", "line 1, column 2: expected a key or '}', found 'a'"),
        ("[1 2]", "line 1, column 4: expected ',' or ']', found '2'"),
        ("{\"a\" 1}", "line 1, column 6: expected ':', found '1'"),
        ("01", "line 1, column 2: expected nothing more, found '1'"),
        ("1.", "line 1, column 3: expected a digit, found the end of the text"),
        ("\"é", "line 1, column 3: expected '\"' at the end of the text, found the end of the text"),
        ("\"\\é\"", "line 1, column 3: expected one of \" \\ / b f n r t u behind '\\', found 'é'"),
        ("\"\\u00é\"", "line 1, column 6: expected four hex digits behind '\\u', found 'é'"),
    ] {
        assert_eq!(read(json).expect_err(json).to_string(), format!("not JSON at {expected}"));
    }
    let deep = "[".repeat(200_000);
    assert_eq!(read(&deep).expect_err("too deep").at, MAX_LEVELS);
}

proptest! {
    /// The same texts are JSON here and for `serde_json`, but for the two that only JavaScript takes.
    #[test]
    fn agrees_with_serde_json(json in "[\\[\\]{}\", :0-9.eE+\\\\nutrlfas\n-]{0,12}") {
        let known = serde_json::from_str::<serde_json::Value>(&json);
        match (read(&json), known) {
            (Ok(_), Err(error)) => prop_assert!(
                error.to_string().contains("surrogate")
                    || error.to_string().contains("out of range")
                    || error.to_string().contains("unexpected end of hex escape"),
                "{error}"
            ),
            (Err(broken), Ok(_)) => prop_assert!(false, "{broken}"),
            _ => {}
        }
    }
}
