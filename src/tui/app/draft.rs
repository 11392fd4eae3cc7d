//! An event that is edited before it is retried.

use std::sync::Arc;

use tui_textarea::TextArea;

use crate::bus::FailedEvent;
use crate::event::{Fault, FaultKind, NewEvent, Report, pick};
use crate::schema::{Check, Registry};
use crate::text::display_safe;

/// The payload of a failed event in an editor. What was changed is kept until it is sent, or another one is edited.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The event as it lies.
    pub event: Arc<FailedEvent>,
    /// Its JSON as it lies.
    pub text: Arc<str>,
    /// Its payload as it lies, laid out.
    pub before: String,
    /// The editor.
    pub area: TextArea<'static>,
    /// What is wrong with what is typed.
    pub faults: Vec<String>,
}

impl Draft {
    /// Begins to edit. `None` where the event has no payload that could be read.
    pub fn new(event: Arc<FailedEvent>, text: Arc<str>, schemas: Option<&Registry>) -> Option<Self> {
        let [payload] = pick(&text, &["payload"]).ok()?;
        let before = laid_out(payload?)?;
        let area = TextArea::new(before.lines().map(ToOwned::to_owned).collect());
        let mut draft = Self { event, text, before, area, faults: Vec::new() };
        draft.check(schemas);
        Some(draft)
    }

    /// What is typed.
    pub fn typed(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether it differs from what lies there.
    pub fn is_changed(&self) -> bool {
        self.typed().trim() != self.before.trim()
    }

    /// Looks over what is typed.
    pub fn check(&mut self, schemas: Option<&Registry>) {
        self.faults = match self.event_as_typed() {
            Err(why) => vec![why],
            Ok(event) => match schemas.map(|schemas| schemas.check(event.event_type(), event.payload())) {
                Some(Check::Invalid(reports)) => {
                    let fault = |report: &Report| Fault::new(FaultKind::Schema, report.clone()).summary();
                    reports.iter().map(fault).collect()
                }
                Some(_) | None => Vec::new(),
            },
        };
    }

    /// The event with what is typed as its payload: id, type and time are those of the event that lies there.
    pub fn event_as_typed(&self) -> Result<NewEvent, String> {
        let typed = self.typed();
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&typed) {
            return Err(display_safe(&format!("no JSON object: {error}")).into_owned());
        }
        let [payload] = pick(&self.text, &["payload"]).map_err(|_| "the event cannot be read".to_owned())?;
        let payload = payload.ok_or("the event has no payload")?;
        // `pick` answers a part of the text itself: where that stands, what is typed takes its place.
        let from = payload.as_ptr() as usize - self.text.as_ptr() as usize;
        let (before, rest) = self.text.split_at(from);
        let text = format!("{before}{}{}", typed.trim(), &rest[payload.len()..]);
        let event =
            NewEvent::from_text(text).map_err(|fault| display_safe(&fault.to_string()).into_owned())?;
        let is_same = event.event_type() == &self.event.event_type
            && self.event.event.is_none_or(|id| id == event.id());
        if !is_same {
            return Err("id and type of an event stay as they are".to_owned());
        }
        Ok(match &self.event.channel {
            Some(channel) => event.on_channel(channel.clone()),
            None => event,
        })
    }
}

/// `json` over several lines, as it came otherwise: numbers and the order of keys stay.
fn laid_out(json: &str) -> Option<String> {
    let value: Box<serde_json::value::RawValue> = serde_json::from_str(json).ok()?;
    let mut out = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut chars = value.get().chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            c if c.is_ascii_whitespace() => {}
            '{' | '[' => {
                out.push(c);
                while chars.peek().is_some_and(char::is_ascii_whitespace) {
                    chars.next();
                }
                if let Some(end @ ('}' | ']')) = chars.peek().copied() {
                    out.push(end);
                    chars.next();
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_string = true;
                out.push(c);
            }
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_laid_out_and_says_the_same() {
        let json =
            r#"{"a":1.500,"b":[ ],"c":{"d":"x, {y}: \" z"},"e":[1,{"f":null}],"a":12345678901234567890123}"#;
        let out = laid_out(json).unwrap();
        let squeezed: String = out.lines().map(str::trim).collect();
        assert_eq!(
            squeezed.replace(": ", ":").replace(", {y}:\\\"", ", {y}: \\\""),
            json.replace("[ ]", "[]")
        );
        assert!(out.contains("  \"c\": {\n    \"d\": \"x, {y}: \\\" z\"\n  },"), "{out}");
        assert_eq!(laid_out("{}").unwrap(), "{}");
        assert!(laid_out("{").is_none());
    }
}
