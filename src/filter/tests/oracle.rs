//! Filters made at random, as text and as a naive judge that reads the whole JSON into a tree.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// A filter, and how it is judged.
#[derive(Debug, Clone)]
enum Judge {
    All(Vec<Judge>),
    Any(Vec<Judge>),
    Not(Box<Judge>),
    Type(String),
    Text(String),
    Path { keys: Vec<&'static str>, operator: &'static str, value: String, quoted: bool },
}

fn judge() -> impl Strategy<Value = Judge> {
    let keys = prop::collection::vec(prop::sample::select(vec!["a", "b", "é", "0", "1", "*", "x y"]), 1..4);
    let value = prop::sample::select(vec![
        "1", "2", "1.0", "12", "true", "null", "on", "ON", "o n", "é/\"", "a", "-1",
    ]);
    let operator = prop::sample::select(vec!["=", "!=", ":", ">", "<=", "=*"]);
    let leaf = prop_oneof![
        prop::sample::select(vec!["TICKET_UPDATED", "ticket_*", "*_U*", "A", "?"])
            .prop_map(|t| Judge::Type(t.to_owned())),
        prop::sample::select(vec!["on", "ON", "é/\"", "o n", "\"a\":", "1", "]}", "\\", "tru"])
            .prop_map(|t| Judge::Text(t.to_owned())),
        (keys, operator, value, any::<bool>()).prop_map(|(keys, operator, value, quoted)| {
            let quoted = quoted || value.contains([' ', '"']);
            let value = match operator {
                ">" | "<=" => {
                    if value.parse::<f64>().is_ok() {
                        value
                    } else {
                        "0"
                    }
                }
                _ => value,
            };
            Judge::Path {
                keys,
                operator,
                value: value.to_owned(),
                quoted: quoted && !matches!(operator, ">" | "<=" | "=*"),
            }
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Judge::All),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Judge::Any),
            inner.prop_map(|judge| Judge::Not(Box::new(judge))),
        ]
    })
}

/// The text of a filter.
pub(super) fn expression() -> impl Strategy<Value = String> {
    judge().prop_map(|judge| judge.text())
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn number(text: &str) -> Option<f64> {
    // The numbers of these tests are small; whatever else a float would take ("inf", "+1") is not among the values.
    text.parse().ok()
}

impl Judge {
    fn text(&self) -> String {
        let inner = |judge: &Judge| match judge {
            Self::All(_) | Self::Any(_) => format!("({})", judge.text()),
            _ => judge.text(),
        };
        let join = |judges: &[Judge], with: &str| judges.iter().map(inner).collect::<Vec<_>>().join(with);
        match self {
            Self::All(judges) => join(judges, if judges.len() == 2 { " and " } else { " " }),
            Self::Any(judges) => join(judges, " or "),
            Self::Not(judge) if matches!(**judge, Self::Text(_)) => format!("-{}", inner(judge)),
            Self::Not(judge) => format!("not {}", inner(judge)),
            Self::Type(pattern) => format!("type:{pattern}"),
            Self::Text(text) => quote(text),
            Self::Path { keys, operator, value, quoted } => {
                let keys: String = keys
                    .iter()
                    .map(|key| if key.contains(' ') { format!(".{}", quote(key)) } else { format!(".{key}") })
                    .collect();
                let value = match *operator {
                    "=*" => String::new(),
                    _ if *quoted => quote(value),
                    _ => value.clone(),
                };
                format!("payload{keys}{operator}{value}")
            }
        }
    }

    fn judges(&self, written: &str, read: &str, tree: &Value) -> bool {
        match self {
            Self::All(judges) => judges.iter().all(|judge| judge.judges(written, read, tree)),
            Self::Any(judges) => judges.iter().any(|judge| judge.judges(written, read, tree)),
            Self::Not(judge) => !judge.judges(written, read, tree),
            Self::Type(pattern) => pattern != "A" && pattern != "?",
            Self::Text(text) if text.chars().any(char::is_uppercase) => {
                written.contains(text) || read.contains(text)
            }
            Self::Text(text) => written.to_lowercase().contains(text) || read.to_lowercase().contains(text),
            Self::Path { keys, operator, value, quoted } => {
                let mut ends = vec![tree];
                for key in keys {
                    ends = ends.into_iter().flat_map(|end| step(end, key)).collect();
                }
                let there = !ends.is_empty();
                let values: Vec<&Value> = ends
                    .into_iter()
                    .flat_map(|end| end.as_array().map_or_else(|| vec![end], |array| array.iter().collect()))
                    .filter(|value| !value.is_object() && !value.is_array())
                    .collect();
                let hit = values.iter().any(|found| compare(found, operator, value, *quoted));
                match *operator {
                    "=*" => there,
                    "!=" => there && !hit,
                    _ => hit,
                }
            }
        }
    }
}

fn step<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    match (value, key) {
        (Value::Array(array), "*") => array.iter().collect(),
        (Value::Object(object), "*") => object.values().collect(),
        (Value::Array(array), "0" | "1") => array.get(key.parse::<usize>().unwrap()).into_iter().collect(),
        (Value::Array(array), _) => {
            array.iter().filter_map(|element| element.as_object()?.get(key)).collect()
        }
        (Value::Object(object), _) => object.get(key).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn compare(found: &Value, operator: &str, value: &str, quoted: bool) -> bool {
    let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    match operator {
        "=" | "!=" if quoted => found.as_str() == Some(value),
        "=" | "!=" => text == value || number(&text).is_some_and(|found| Some(found) == number(value)),
        ":" => text.to_lowercase() == value.to_lowercase(),
        ">" => number(&text).is_some_and(|found| found > number(value).unwrap()),
        "<=" => number(&text).is_some_and(|found| found <= number(value).unwrap()),
        "=*" => true,
        other => panic!("{other}"),
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "1", "2", "1.0", "12", "true", "on", "ON", "On", "o n", "é/\"", "a", "É/\"", ""
        ])
        .prop_map(Value::from),
        (-2..15_i64).prop_map(Value::from),
        prop::sample::select(vec![1.0, 1.5, -0.5, 12.25]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let keys = || prop::sample::select(vec!["a", "b", "é", "0", "1", "x y"]);
    let inner = leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys(), inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    });
    prop::collection::vec((keys(), inner), 0..5)
        .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

/// The same JSON as other writers spell it.
fn spell(value: &Value, how: u8) -> String {
    let json = serde_json::to_string(value).unwrap();
    match how {
        0 => json,
        1 => serde_json::to_string_pretty(value).unwrap(),
        2 => json.replace('é', "\\u00e9").replace('/', "\\/"),
        _ => json.replace("\"o", "\"\\u006f").replace("\"a", "\"\\u0061"),
    }
}

/// As it is read: the oracle's own way, for the escapes these tests write.
fn read(json: &str) -> String {
    json.replace("\\u00e9", "é")
        .replace("\\u006f", "o")
        .replace("\\u0061", "a")
        .replace("\\/", "/")
        .replace("\\\"", "\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_filter_agrees_with_the_judge(judge in judge(), json in json(), how in 0..4_u8) {
        let written = spell(&json, how);
        prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), json.clone());
        let subject = Subject { text: Some(&written), payload: Some(&written), ..subject() };
        let text = judge.text();
        prop_assert_eq!(
            filter(&text).matches(&subject, now()),
            judge.judges(&written, &read(&written), &json),
            "{} on {}", text, written
        );
    }
}
