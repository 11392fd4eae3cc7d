//! What an event is about, in a few words: `ticket 7b9d493c · status on_hold`.

use serde_json::{Map, Value};

use crate::text::{cut_end, display_safe};

/// Cells for one value.
const VALUE_CELLS: usize = 32;
/// More than so many parts are counted.
const MAX_PARTS: usize = 5;
/// Ids that say nothing of the matter itself.
const BESIDE: [&str; 2] = ["tenantId", "userId"];

/// What the payload is about: the things it names by id, and what changed. Safe to show.
pub(super) fn about(payload: &str, dot: &str) -> String {
    let Ok(Value::Object(payload)) = serde_json::from_str(payload) else { return String::new() };
    let things = payload.iter().filter_map(|(key, value)| thing(key, value));
    let changes = payload.get("changes").and_then(Value::as_object).into_iter().flat_map(changes);
    let rest = payload.iter().filter(|(key, _)| *key != "changes" && !key.ends_with("Id"));
    let rest = rest.filter_map(|(key, value)| Some(format!("{} {}", display_safe(key), scalar(value)?)));
    let parts: Vec<_> = things.chain(changes).chain(rest).collect();
    let line = parts.iter().take(MAX_PARTS).cloned().collect::<Vec<_>>().join(dot);
    match parts.len().saturating_sub(MAX_PARTS) {
        0 => line,
        more => format!("{line}{dot}+{more}"),
    }
}

/// `ticketId: "7b9d493c-.."` is `ticket 7b9d493c`.
fn thing(key: &str, value: &Value) -> Option<String> {
    let name = key.strip_suffix("Id").filter(|name| !name.is_empty() && !BESIDE.contains(&key))?;
    Some(format!("{} {}", display_safe(name), short(value.as_str()?)))
}

/// `status: "on_hold"`, `status: {"old": "open", "new": "on_hold"}` and the like.
fn changes(changes: &Map<String, Value>) -> impl Iterator<Item = String> {
    changes.iter().filter_map(|(key, value)| {
        let to = ["new", "to", "after"].iter().find_map(|name| value.get(name)).unwrap_or(value);
        Some(format!("{} {}", display_safe(key), scalar(to)?))
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(short(text)),
        Value::Number(_) | Value::Bool(_) | Value::Null => Some(short(&value.to_string())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A UUID by its first 8 digits, other text cut; safe to show.
fn short(text: &str) -> String {
    match text.get(..8) {
        Some(head) if uuid::Uuid::try_parse(text).is_ok() => head.to_owned(),
        _ => cut_end(&display_safe(text), VALUE_CELLS).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_first_then_what_changed() {
        for (payload, said) in [
            (
                r#"{"tenantId":"t","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"u","changes":{"status":{"old":"open","new":"on_hold"},"priority":1}}"#,
                "ticket 7b9d493c · status on_hold · priority 1",
            ),
            (r#"{"invoiceId":"INV-7","amount":12.5}"#, "invoice INV-7 · amount 12.5"),
            (r#"{"tenantId":"t"}"#, ""),
            (r#"{"aId":"\u001b[2J","b\u202e":"x\u200b"}"#, "a \\x1b[2J · b\\u{202e} x\\u{200b}"),
            (r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":[7]}"#, "a 1 · b 2 · c 3 · d 4 · e 5 · +1"),
            ("[]", ""),
        ] {
            assert_eq!(about(payload, " · "), said);
        }
    }
}
