//! What an event is about, in a few words: `ticket 7b9d493c · status on_hold`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::text::{cut_end, display_safe};

/// Cells for one value: a title of a ticket is whole in most cases, and a text leaves room for what follows.
const VALUE_CELLS: usize = 48;
/// More than so many parts are counted.
const MAX_PARTS: usize = 5;
/// Further members are not looked at, for the same reason.
const MAX_MEMBERS: usize = 64;
/// Names whose values tell most, the first most of all: a name that ends so comes before others.
const TELLING: [&str; 10] =
    ["title", "subject", "name", "status", "priority", "amount", "total", "number", "reason", "error"];
/// How what is new is called beside what was.
const NEW: [&str; 3] = ["new", "to", "after"];
/// So many elements of a list are named, others are counted.
const MAX_ELEMENTS: usize = 3;
/// Ids that say nothing of the matter itself.
const BESIDE: [&str; 2] = ["tenantId", "userId"];

/// What a payload says in a few words. All parts are safe to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What it names by id: `ticket 7b9d493c`.
    pub things: Vec<String>,
    /// What changed: `status on_hold`.
    pub changes: Vec<String>,
    /// Other words and numbers: `amount 12.5`.
    pub rest: Vec<String>,
}

impl About {
    /// Of a larger payload only the beginning is read: what an event is about stands there, and a list of events must
    /// not read megabytes for every row.
    pub const MAX_BYTES: usize = 8 * 1024;

    /// Reads `payload`. Nothing is known where that is no object.
    pub fn read(payload: &str) -> Self {
        let members = members(&payload[..payload.floor_char_boundary(Self::MAX_BYTES)]);
        let changed = members.iter().find(|(key, _)| key == "changes");
        let changed: Option<Map<_, _>> =
            changed.and_then(|(_, value)| serde_json::from_str(value.get()).ok());
        let mut rest: Vec<_> =
            members.iter().filter(|(key, _)| key != "changes" && !key.ends_with("Id")).collect();
        rest.sort_by_key(|(key, _)| rank(key));
        Self {
            things: members.iter().filter_map(|(key, value)| thing(key, value)).collect(),
            changes: changed.iter().flat_map(changes).collect(),
            rest: rest
                .into_iter()
                .filter_map(|(key, value)| Some(format!("{} {}", display_safe(key), raw_scalar(value)?)))
                .collect(),
        }
    }

    /// In one line: the things, then what changed, then the rest.
    ///
    /// ```
    /// let payload = r#"{"ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","changes":{"status":"on_hold"}}"#;
    /// let about = tidings::event::About::read(payload);
    /// assert_eq!(about.line(" · "), "ticket 7b9d493c · status on_hold");
    /// assert_eq!(about.news(" · "), "status on_hold · ticket 7b9d493c");
    /// ```
    pub fn line(&self, dot: &str) -> String {
        joined([&self.things, &self.changes, &self.rest], dot)
    }

    /// In one line that may be cut: what changed comes first.
    pub fn news(&self, dot: &str) -> String {
        joined([&self.changes, &self.things, &self.rest], dot)
    }
}

fn joined(parts: [&Vec<String>; 3], dot: &str) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    line_of(&parts, dot)
}

/// What the value `json` says under the name `name`, in parts that are safe to show: of an object its members (of
/// `{"old": .., "new": ..}` and the like what is new), of a list its first elements.
///
/// ```
/// use tidings::event::parts_of;
/// assert_eq!(parts_of("ticketId", r#""7b9d493c-9d7c-46d6-a6b0-99ba984ea078""#), ["ticket 7b9d493c"]);
/// assert_eq!(parts_of("changes", r#"{"status":"on_hold","tags":["a"]}"#), ["status on_hold", "tags a"]);
/// ```
pub fn parts_of(name: &str, json: &str) -> Vec<String> {
    match json.as_bytes().first() {
        Some(b'{') => members(json).iter().filter_map(|(key, value)| part(key, value.get())).collect(),
        Some(_) => part(name, json).into_iter().collect(),
        None => Vec::new(),
    }
}

/// `parts` in one line: more than a few are counted.
pub fn line_of(parts: &[&str], dot: &str) -> String {
    let line = parts[..parts.len().min(MAX_PARTS)].join(dot);
    match parts.len().saturating_sub(MAX_PARTS) {
        0 => line,
        more => format!("{line}{dot}+{more}"),
    }
}

fn part(name: &str, json: &str) -> Option<String> {
    let name = name.strip_suffix("Id").filter(|name| !name.is_empty()).unwrap_or(name);
    let said = match json.as_bytes().first()? {
        b'{' => {
            let inside = members(json);
            let new = inside.iter().find(|(key, _)| NEW.contains(&key.as_str()));
            raw_scalar(new?.1)?
        }
        b'[' => list(json)?,
        _ => raw_scalar(serde_json::from_str(json).ok()?)?,
    };
    Some(format!("{} {said}", cut_end(&display_safe(name), VALUE_CELLS)))
}

/// `a, b, +3`
fn list(json: &str) -> Option<String> {
    let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    let said: Vec<_> = elements.iter().filter_map(|value| raw_scalar(value)).take(MAX_ELEMENTS).collect();
    match (said.len(), elements.len() - said.len()) {
        (0, 0) => Some("none".to_owned()),
        (0, more) => Some(format!("+{more}")),
        (_, 0) => Some(said.join(", ")),
        (_, more) => Some(format!("{}, +{more}", said.join(", "))),
    }
}

/// Where a name stands among those that tell most.
fn rank(key: &str) -> usize {
    let key = key.to_ascii_lowercase();
    TELLING.iter().position(|telling| key.ends_with(telling)).unwrap_or(TELLING.len())
}

/// The members of a JSON object, as far as they can be read; of a repeated key the last one.
fn members(json: &str) -> Vec<(String, &RawValue)> {
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // Cut or broken JSON ends in an error; what was read before it stands.
    let _ = deserializer.deserialize_map(Members(&mut found));
    found
}

struct Members<'m, 'de>(&'m mut Vec<(String, &'de RawValue)>);

impl<'de> Visitor<'de> for Members<'_, 'de> {
    type Value = IgnoredAny;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while self.0.len() < MAX_MEMBERS
            && let Some(key) = map.next_key::<Cow<'_, str>>()?
        {
            let value = map.next_value::<&'de RawValue>()?;
            match self.0.iter_mut().find(|(known, _)| *known == key) {
                Some(known) => known.1 = value,
                None => self.0.push((key.into_owned(), value)),
            }
        }
        Ok(IgnoredAny)
    }
}

/// `ticketId: "7b9d493c-.."` is `ticket 7b9d493c`.
fn thing(key: &str, value: &RawValue) -> Option<String> {
    let name = key.strip_suffix("Id").filter(|name| !name.is_empty() && !BESIDE.contains(&key))?;
    let id: String = serde_json::from_str(value.get()).ok()?;
    Some(format!("{} {}", display_safe(name), short(&id)))
}

/// `status: "on_hold"`, `status: {"old": "open", "new": "on_hold"}` and the like.
fn changes(changes: &Map<String, Value>) -> impl Iterator<Item = String> {
    changes.iter().filter_map(|(key, value)| {
        let to = NEW.iter().find_map(|name| value.get(name)).unwrap_or(value);
        Some(format!("{} {}", display_safe(key), scalar(to)?))
    })
}

/// Numbers as they are written: a value tree would round them.
fn raw_scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'{' | b'[' => None,
        b'"' => Some(short(&serde_json::from_str::<String>(value.get()).ok()?)),
        _ => Some(short(value.get())),
    }
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
            (
                r#"{"note":"n","x":1,"invoiceNumber":"R-7","status":"open"}"#,
                "status open · invoiceNumber R-7 · note n · x 1",
            ),
            (r#"{"total":1.10,"big":123456789012345678901}"#, "total 1.10 · big 123456789012345678901"),
            (r#"{"ticketId":"T1","ticketId":"T2"}"#, "ticket T2"),
            (r#"{"ticketId":"T1","note":"cut off he"#, "ticket T1"),
            ("[]", ""),
        ] {
            assert_eq!(About::read(payload).line(" · "), said);
        }
    }

    #[test]
    fn of_a_large_payload_the_beginning_is_read() {
        let large = format!(r#"{{"ticketId":"T1","n":1,"text":"{}","end":2}}"#, "é".repeat(1 << 20));
        assert_eq!(About::read(&large).line(" · "), "ticket T1 · n 1");
        let deep = format!(r#"{{"ticketId":"T1","deep":{}"#, "[".repeat(1 << 20));
        assert_eq!(About::read(&deep).line(" · "), "ticket T1");
    }
}
