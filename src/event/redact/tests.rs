//! What is masked, and what is not; and that no text of any kind lets a masked value through.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::event::json::Pointer;
use crate::event::{Content, Entry, EntryId, Fault, FaultKind, Report, StreamKey, Verdict};

fn masks(patterns: &[&str]) -> Masks {
    let patterns: Vec<_> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Masks::new(&patterns).unwrap()
}

fn masked(patterns: &[&str], json: &str) -> String {
    masks(patterns).event(json).map_or_else(|| json.to_owned(), |redacted| redacted.text)
}

#[test]
fn a_mask_of_the_whole_payload_holds_in_lists() {
    for mask in ["payload", "event.payload", "**.payload"] {
        let masks = Masks::new(&[mask.to_owned()]).unwrap();
        assert_eq!(masks.beginning(r#"{"a":"x@y.z"}"#, 99), "\"[redacted]\"", "{mask}");
    }
}

#[test]
fn values_that_hold_each_other_or_parts_of_the_sign_are_taken_out_once() {
    let masks = Masks::new(&["payload.c".to_owned()]).unwrap();
    let said = |values: &str, said: &str| {
        masks.said(Some(&format!(r#"{{"payload":{{"c":[{values}]}}}}"#)), said).into_owned()
    };
    assert_eq!(said(r#""Ada","Ada Lovelace""#, "no Ada Lovelace"), "no [redacted]");
    let many = vec![r#""red","act""#; 1_000].join(",");
    let told = said(&many, "cannot connect to redis");
    assert!(told.len() < 100 && told.contains("[redacted]"), "{told}");
    // Words of any message.
    assert_eq!(said(r#"null,true,"\u0061""#, "a null pointer, true"), "a null pointer, true");
}

#[test]
fn paths_lead_where_filters_lead() {
    let json =
        r#"{"payload":{"a":{"b":1,"c.d":2},"l":[{"n":3,"m":4},{"n":5}],"0":6,"e":{"x":{"n":7}}},"trace":8}"#;
    let without = |values: &[&str]| {
        values.iter().fold(json.to_owned(), |json, value| json.replace(value, ":\"[redacted]\""))
    };
    for (pattern, hidden) in [
        ("payload.a.b", &[":1"][..]),
        ("payload.a.*", &[":1", ":2"]),
        ("payload.a.\"c.d\"", &[":2"]),
        ("payload.l.n", &[":3", ":5"]),
        ("payload.l.*.n", &[":3", ":5"]),
        ("payload.l.1.n", &[":5"]),
        ("payload.l.\"1\".n", &[]),
        ("payload.0", &[":6"]),
        ("payload.\"0\"", &[":6"]),
        ("payload.**.n", &[":3", ":5", ":7"]),
        ("**.n", &[":3", ":5", ":7"]),
        ("n", &[":3", ":5", ":7"]),
        ("payload.*.*.n", &[":3", ":5", ":7"]),
        ("event.payload.e.**.n", &[":7"]),
        ("event.trace", &[":8"]),
        ("trace", &[":8"]),
        ("payload.trace", &[]),
        ("payload.N", &[]),
    ] {
        assert_eq!(masked(&[pattern], json), without(hidden), "{pattern}");
    }
    assert_eq!(
        masked(&["payload.l", "payload.a"], json),
        r#"{"payload":{"a":"[redacted]","l":"[redacted]","0":6,"e":{"x":{"n":7}}},"trace":8}"#
    );
    assert_eq!(masked(&["payload"], json), r#"{"payload":"[redacted]","trace":8}"#);
}

#[test]
fn a_name_counts_however_it_is_written() {
    for (json, shown) in [
        (r#"{"payload":{"em\u0061il":"x@y.z"}}"#, r#"{"payload":{"em\u0061il":"[redacted]"}}"#),
        (
            r#"{"payload":{"email":"a","email":{"b":["c"]},"e":1}}"#,
            r#"{"payload":{"email":"[redacted]","email":"[redacted]","e":1}}"#,
        ),
        (
            r#"{"payload":{"email" :  "a\"b"  , "x":null}}"#,
            r#"{"payload":{"email" :  "[redacted]"  , "x":null}}"#,
        ),
        (
            r#"{"payload":{"email":null,"x":[{"email":true}]}}"#,
            r#"{"payload":{"email":null,"x":[{"email":"[redacted]"}]}}"#,
        ),
        (r#"{"payl\u006fad":{"email":1e5}}"#, r#"{"payl\u006fad":{"email":"[redacted]"}}"#),
        (r#"{"payload":[[{"email":1}]]}"#, r#"{"payload":[[{"email":"[redacted]"}]]}"#),
    ] {
        assert_eq!(masked(&["payload.**.email"], json), shown);
    }
}

#[test]
fn what_lists_are_made_of_stays() {
    let json = r#"{"id":"i","eventType":"A","timestamp":"t","payload":{"tenantId":"acme","id":"x","n":1,"tenantId":{"a":1}}}"#;
    assert_eq!(
        masked(&["**.*"], json),
        r#"{"id":"i","eventType":"A","timestamp":"t","payload":"[redacted]"}"#
    );
    assert_eq!(
        masked(&["payload.*", "id"], json),
        r#"{"id":"i","eventType":"A","timestamp":"t","payload":{"tenantId":"acme","id":"[redacted]","n":"[redacted]","tenantId":"[redacted]"}}"#
    );
    let payload = masks(&["payload.*"]).payload(r#"{"tenantId":"acme","n":1}"#).unwrap();
    assert_eq!(payload.text, r#"{"tenantId":"acme","n":"[redacted]"}"#);
    let none = r#"{"id":"i","payload":{"tenantId":"acme"}}"#;
    assert_eq!(masks(&["payload.*"]).event(none), None);
}

#[test]
fn bad_masks_say_why() {
    for (bad, why) in [
        ("", "empty"),
        ("payload..a", "between two dots"),
        ("payload.mail*", "a whole name"),
        ("payload.lines[0].a", "'.0'"),
        ("payload.\"a", "not closed"),
        ("payload.\"a\"b", "a dot is missing"),
        ("customer.email", "begins with"),
        ("*.email", "begins with"),
        ("*", "stars"),
        ("**", "stars"),
        ("payload.a b", "quotes"),
        ("event.id", "cannot be masked"),
        ("payload.tenantId", "cannot be masked"),
        ("event.payload.tenantId", "cannot be masked"),
        ("event.**", "'**'"),
    ] {
        let error = Masks::new(&[bad.to_owned()]).unwrap_err().to_string();
        assert!(error.contains(why), "{bad}: {error}");
    }
}

#[test]
fn what_is_no_json_any_more_is_left_out() {
    for (json, shown) in [
        (r#"{"payload":{"a":1 "email":"x@y.z"}}"#, r#"{"payload":{"a":1 "[redacted]""#),
        (r#"{"payload":{"a":'email',"b":"x@y.z"}}"#, r#"{"payload":{"a":"[redacted]""#),
        (r#"{"payload":{"email":"x@y"#, r#"{"payload":{"email":"[redacted]""#),
        (r#"{"payload":{"email":{"a":["x@y.z"}"#, r#"{"payload":{"email":"[redacted]""#),
        (r#"{"email":1} {"email":"x@y.z"}"#, r#"{"email":"[redacted]"} "[redacted]""#),
        ("x@y.z", "\"[redacted]\""),
    ] {
        assert_eq!(masked(&["email"], json), shown);
    }
    let cut = masks(&["email"]).beginning(r#"{"a":"1","email":"x@y.z","b":"long"}"#, 33).into_owned();
    assert_eq!(cut, r#"{"a":"1","email":"[redacted]","b":"#);
    assert_eq!(
        masks(&["email"]).beginning(r#"{"a":"1","email":"x@y.z"}"#, 20),
        r#"{"a":"1","email":"[redacted]""#
    );
}

#[test]
fn depth_and_size_are_no_danger() {
    let deep = format!("{{\"payload\":{}{{\"email\":1}}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(masked(&["payload.**.email"], &deep), deep.replace("\"email\":1", "\"email\":\"[redacted]\""));
    let hidden = format!("{{\"email\":{}1{}}}", "{\"a\":".repeat(200_000), "}".repeat(200_000));
    assert_eq!(masked(&["email"], &hidden), r#"{"email":"[redacted]"}"#);
    let large = format!("{{\"payload\":{{\"note\":\"{}\",\"email\":\"x@y.z\"}}}}", "é".repeat(5 << 19));
    let shown = masked(&["payload.**.email"], &large);
    assert!(shown.len() > 5 << 20 && shown.ends_with(r#""email":"[redacted]"}}"#));
}

#[test]
fn places_and_faults_know_what_is_masked() {
    let masks = masks(&["payload.**.email", "payload.lines.0.iban"]);
    for (at, hides) in [
        ("/payload/email", true),
        ("/payload/who/0/email", true),
        ("/payload/email/part", true),
        ("/payload/who", false),
        ("/payload/lines/0/iban", true),
        ("/payload/lines/1/iban", false),
        ("/payload/tenantId", false),
        ("/email", false),
    ] {
        assert_eq!(masks.hides(&Pointer::read(at).unwrap()), hides, "{at}");
    }
    assert!(masks.hides_in_payload(&Pointer::of(["who", "email"])));
    let fault = |path: &str, found: &str| {
        let fault = Fault::new(FaultKind::Schema, Report::new(path, "a text", found));
        masks.fault(&fault, true).reports[0].found.clone()
    };
    assert_eq!(fault("/payload/email", "\"x@y\""), "[redacted]");
    assert_eq!(fault("/payload/email", "nothing"), "nothing");
    assert_eq!(fault("/payload/who", r#"{"email":"x@y.z","n":1}"#), r#"{"email":"[redacted]","n":1}"#);
    assert_eq!(fault("/payload/who", r#"{"n":1,"email":"x@y…"#), r#"{"n":1,"email":"[redacted]""#);
    assert_eq!(fault("/payload/n", "\"seven\""), "\"seven\"");
    let fault = Fault::new(FaultKind::Json, Report::new("", "JSON", "x@y.z at line 1"));
    assert_eq!(masks.fault(&fault, false).reports[0].found, "[redacted]");
}

#[test]
fn an_entry_keeps_its_payload_and_fields_lose_their_values() {
    let entry = |content| Entry {
        stream: StreamKey::new("event::A").unwrap(),
        id: EntryId::new(7, 1),
        replayable: true,
        channel: None,
        event_type: None,
        tenant: None,
        event_id: None,
        timestamp: None,
        content,
        verdict: Verdict::Unchecked,
    };
    let text = r#"{"email":"outside","payload":{"email":"x@y.z","n":1},"email":2}"#;
    let payload = text.find("{\"email\":\"x").unwrap()..text.find(",\"email\":2").unwrap();
    let json = entry(Content::Json { text: text.into(), payload: Some(payload) });
    let shown = masks(&["email"]).entry(&json).into_owned();
    assert_eq!(shown.payload(), Some(r#"{"email":"[redacted]","n":1}"#));
    assert_eq!(masks(&["payload"]).entry(&json).payload(), None);
    assert_eq!(masks(&["other"]).entry(&json).into_owned(), json);
    assert_eq!(Masks::NONE.entry(&json).into_owned(), json);
    let raw = entry(Content::Fields(vec![(b"event".to_vec(), b"{x@y.z".to_vec())]));
    let shown = masks(&["email"]).entry(&raw).into_owned();
    assert_eq!(shown.content, Content::Fields(vec![(b"event".to_vec(), b"[redacted]".to_vec())]));
}

#[test]
fn an_error_that_quotes_a_masked_value_says_it_no_more() {
    let long = "Lovelace ".repeat(30);
    let event = format!(
        r#"{{"id":"57","payload":{{"who":{{"email":"ada@example.com","n":12345,"s":"ab","q":"a\"b\u0063d"}},"note":"{long}","open":"seen"}}}}"#
    );
    let masks = masks(&["payload.who", "note"]);
    for (error, said) in [
        ("no mailbox ada@example.com: ada@example.com", "no mailbox [redacted]: [redacted]"),
        ("expected a number, found \"ada@example.com\"", "expected a number, found \"[redacted]\""),
        ("row 12345 of 99 by ab, seen", "row [redacted] of 99 by ab, seen"),
        (r#"odd a"bcd and a\"b\u0063d"#, "odd [redacted] and [redacted]"),
        (&format!("found \"{}…", &long[..120]), "found \"[redacted]…"),
        ("email of who", "email of who"),
    ] {
        assert_eq!(masks.said(Some(&event), error), said);
    }
    assert_eq!(masks.said(None, "ada@example.com"), "ada@example.com");
    assert_eq!(Masks::NONE.said(Some(&event), "ada@example.com"), "ada@example.com");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        // Each is found again in a text, wherever it is.
        "leaf-[0-9]{9}".prop_map(Value::from),
        (1_000_000_000_u64..9_999_999_999).prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]|a\\.b|\"|payload|ü", inner, 0..4)
                .prop_map(|map| serde_json::json!(map)),
        ]
    })
}

/// The values that a pattern means, by the tree: the plain reading of what the walk does over tokens.
fn meant<'v>(value: &'v Value, steps: &[&str], found: &mut Vec<&'v Value>) {
    let Some((step, rest)) = steps.split_first() else { return found.push(value) };
    if *step == "**" {
        meant(value, rest, found);
    }
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                match *step {
                    "**" => meant(inner, steps, found),
                    "*" => meant(inner, rest, found),
                    wanted if wanted == name => meant(inner, rest, found),
                    _ => {}
                }
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                match *step {
                    "**" => meant(inner, steps, found),
                    "*" => meant(inner, rest, found),
                    wanted if wanted == at.to_string() => meant(inner, rest, found),
                    _ => {}
                }
                // An array stands for its elements.
                if step.parse::<usize>().is_err() {
                    meant(inner, steps, found);
                }
            }
        }
        _ => {}
    }
}

fn leaves<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|inner| leaves(inner, found)),
        Value::Object(members) => members.values().for_each(|inner| leaves(inner, found)),
        Value::Null => {}
        leaf => found.push(leaf),
    }
}

/// `json` with some letters of its names and texts written as escapes.
fn escaped(json: &str) -> String {
    json.replace('a', "\\u0061").replace('b', "\\u0062")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_masked_value_is_in_what_is_shown(
        payload in value(), steps in prop::collection::vec("[abc*01]|\\*\\*|payload", 1..5),
        pretty in any::<bool>(), cut in 0_usize..400,
    ) {
        let event = serde_json::json!({ "payload": payload });
        let pattern = format!("payload.{}", steps.join("."));
        let Ok(masks) = Masks::new(std::slice::from_ref(&pattern)) else { return Ok(()) };
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let (mut found, mut secret) = (Vec::new(), Vec::new());
        meant(&event["payload"], &steps, &mut found);
        for value in found {
            leaves(value, &mut secret);
        }
        let secret: Vec<String> = secret.into_iter().map(|leaf| leaf.to_string().replace('"', "")).collect();
        let plain = if pretty { serde_json::to_string_pretty(&event).unwrap() } else { event.to_string() };
        let text = masks.event(&plain).map_or_else(|| plain.clone(), |redacted| redacted.text);
        // It is JSON still, and what is not meant is still there.
        let shown: Value = serde_json::from_str(&text).unwrap();
        let mut all = Vec::new();
        leaves(&event, &mut all);
        for leaf in all.into_iter().map(|leaf| leaf.to_string().replace('"', "")) {
            prop_assert_eq!(text.contains(&leaf), !secret.contains(&leaf), "{} in {} by {}", leaf, text, pattern);
        }
        // Escaped, and cut anywhere: nothing of it either.
        let odd = escaped(&plain);
        let odd_shown = masks.event(&odd).map_or_else(|| odd.clone(), |redacted| redacted.text);
        let read: Value = serde_json::from_str(&odd_shown).unwrap();
        prop_assert_eq!(read, shown);
        let inside = event["payload"].to_string();
        let head = masks.beginning(&inside, cut.min(inside.len())).into_owned();
        let at = inside.floor_char_boundary(cut.min(inside.len()));
        let cut = masks.payload(&inside[..at]).map_or_else(|| inside[..at].to_owned(), |redacted| redacted.text);
        for leaf in &secret {
            prop_assert!(!head.contains(leaf.as_str()) && !cut.contains(leaf.as_str()), "{} in {} or {}", leaf, head, cut);
        }
    }

    #[test]
    fn no_text_does_harm(json in r#"[\[{]?([\[\]{}:," \\é1]|"a"|null){0,40}"#) {
        for pattern in ["a", "payload.**.a", "payload.0.*", "**.a.*"] {
            let masks = masks(&[pattern]);
            let _ = (masks.event(&json), masks.payload(&json), masks.beginning(&json, 20));
        }
    }
}
