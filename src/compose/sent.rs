//! What is remembered of an event that was sent, or was to be: a line of the history.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Redaction;
use crate::bus::{PublishError, Published};
use crate::event::{Channel, EntryId, EventId, EventType, NewEvent, StreamKey, TenantId};
use crate::text::{json_line, rfc3339_ms};

/// A larger payload is not remembered: one event would push many others out of a history.
const PAYLOAD_BYTES: usize = 512 * 1024;
/// And of why it was not sent, so much.
const WHY_BYTES: usize = 16 * 1024;

/// An event that was sent, or was to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When its outcome was known.
    pub at: DateTime<Utc>,
    /// Its id.
    pub event: EventId,
    /// Its type.
    pub event_type: EventType,
    /// Whose it is.
    pub tenant: TenantId,
    /// The channel it was for, where one was named.
    pub channel: Option<Channel>,
    /// Where it lies, if it was taken.
    pub stream: Option<StreamKey>,
    /// Its position there.
    pub entry: Option<EntryId>,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether it was sent though it does not fit the schema of its type, because a person said so.
    pub unchecked: bool,
    /// Whether the payload was too large to be remembered: it is `null` then.
    pub cut: bool,
    /// The payload's JSON; of one that was read, on one line, and without its secrets.
    pub payload: String,
    /// Where secrets were left out of it, as JSON Pointers into the payload. Empty before it was written.
    pub redacted: Vec<String>,
}

/// What became of an event that was to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The broker took it.
    Published,
    /// It was there already, from an earlier send with the same id.
    Repeated,
    /// It is certain that nothing was appended: why.
    NotSent(String),
    /// It may have been appended: why that is not known.
    Unknown(String),
}

impl Outcome {
    /// The word for it in JSON and on the screen.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Repeated => "repeated",
            Self::NotSent(_) => "not-sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why, where there is something to say.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Published | Self::Repeated => None,
            Self::NotSent(why) | Self::Unknown(why) => Some(why),
        }
    }
}

/// Why a line is none of a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no line of a history: {0}")]
pub struct SentError(String);

/// A line as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    at: String,
    event_id: String,
    #[serde(rename = "type")]
    event_type: String,
    tenant: String,
    channel: Option<String>,
    outcome: String,
    why: Option<String>,
    stream: Option<String>,
    entry_id: Option<String>,
    #[serde(default)]
    unchecked: bool,
    #[serde(default)]
    cut: bool,
    #[serde(default)]
    redacted: Vec<String>,
    payload: Box<RawValue>,
}

impl Sent {
    /// What became of `event`, which was known `at` this time.
    pub fn of(event: &NewEvent, answer: &Result<Published, PublishError>, at: DateTime<Utc>) -> Self {
        let (stream, entry) = match answer {
            Ok(published) => (Some(published.stream.clone()), Some(published.entry)),
            Err(_) => (None, None),
        };
        let outcome = match answer {
            Ok(Published { repeated: true, .. }) => Outcome::Repeated,
            Ok(_) => Outcome::Published,
            Err(PublishError::Unknown(why)) => Outcome::Unknown(why.clone()),
            Err(PublishError::NotSent(why)) => Outcome::NotSent(why.clone()),
            // What was found there may be a secret.
            Err(PublishError::Invalid(fault)) => {
                let faults: Vec<_> =
                    fault.reports.iter().map(|it| format!("{}: expected {}", it.path, it.expected)).collect();
                Outcome::NotSent(format!(
                    "the event does not fit the schema of its type: {}",
                    faults.join("; ")
                ))
            }
            Err(refused) => Outcome::NotSent(refused.to_string()),
        };
        Self {
            at,
            event: event.id(),
            event_type: event.event_type().clone(),
            tenant: event.tenant().clone(),
            channel: event.channel().cloned(),
            stream,
            entry,
            outcome,
            unchecked: event.is_unchecked(),
            cut: false,
            payload: event.payload().to_owned(),
            redacted: Vec::new(),
        }
    }

    /// The line of the history, without secrets.
    pub fn to_line(&self, redaction: &Redaction) -> String {
        let (payload, found) = redaction.apply(&self.payload);
        let mut redacted = self.redacted.clone();
        for at in found {
            let at = at.to_string();
            if !redacted.contains(&at) {
                redacted.push(at);
            }
        }
        let is_large = payload.len() + redacted.iter().map(String::len).sum::<usize>() > PAYLOAD_BYTES;
        let payload = if is_large { "null".to_owned() } else { one_line(&payload) };
        let payload = RawValue::from_string(payload).unwrap_or_else(|_| RawValue::NULL.to_owned());
        let why = self.outcome.why().map(|why| why[..why.floor_char_boundary(WHY_BYTES)].to_owned());
        if is_large {
            redacted.clear();
        }
        let line = Line {
            at: rfc3339_ms(self.at),
            event_id: self.event.to_string(),
            event_type: self.event_type.as_str().to_owned(),
            tenant: self.tenant.as_str().to_owned(),
            channel: self.channel.as_ref().map(|it| it.as_str().to_owned()),
            outcome: self.outcome.word().to_owned(),
            why,
            stream: self.stream.as_ref().map(|it| it.as_str().to_owned()),
            entry_id: self.entry.map(|it| it.to_string()),
            unchecked: self.unchecked,
            cut: self.cut || is_large,
            redacted,
            payload,
        };
        // Texts and JSON that is known to be JSON: there is nothing that serde could refuse.
        json_line(&serde_json::to_string(&line).unwrap_or_default()).into_owned()
    }

    /// Reads a line of the history.
    pub fn read(line: &str) -> Result<Self, SentError> {
        let fail = |why: &dyn std::fmt::Display| SentError(why.to_string());
        let line: Line = serde_json::from_str(line).map_err(|error| fail(&error))?;
        let why = || line.why.clone().unwrap_or_default();
        let outcome = match line.outcome.as_str() {
            "published" => Outcome::Published,
            "repeated" => Outcome::Repeated,
            "not-sent" => Outcome::NotSent(why()),
            "unknown" => Outcome::Unknown(why()),
            other => return Err(fail(&format!("there is no outcome '{other}'"))),
        };
        Ok(Self {
            at: line.at.parse().map_err(|error| fail(&format!("'{}': {error}", line.at)))?,
            event: line.event_id.parse().map_err(|error| fail(&error))?,
            event_type: line.event_type.parse().map_err(|error| fail(&error))?,
            tenant: line.tenant.parse().map_err(|error| fail(&error))?,
            channel: line.channel.as_deref().map(str::parse).transpose().map_err(|error| fail(&error))?,
            stream: line.stream.as_deref().map(str::parse).transpose().map_err(|error| fail(&error))?,
            entry: line.entry_id.as_deref().map(str::parse).transpose().map_err(|error| fail(&error))?,
            outcome,
            unchecked: line.unchecked,
            cut: line.cut,
            payload: line.payload.get().to_owned(),
            redacted: line.redacted,
        })
    }
}

/// JSON without its line ends and the indentation behind them: these lie between tokens, as inside of a string they are
/// written as escapes.
fn one_line(json: &str) -> String {
    let mut lines = json.lines();
    let first = lines.next().unwrap_or_default().trim_end().to_owned();
    lines.fold(first, |text, line| text + line.trim())
}
