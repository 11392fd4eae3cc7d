//! A template: an event with placeholders, under a name.

use std::fmt::Write as _;

use chrono::DateTime;
use serde::Deserialize;

use super::fill::{self, Filling};
use crate::bus::StoredTemplate;
use crate::event::json::{self, Node, Shape};
use crate::event::{Channel, EventType, TenantId};
use crate::text::display_safe;

/// An event with placeholders, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// The type of its events.
    pub event_type: EventType,
    /// The channel they go to, where the profile has such.
    pub channel: Option<Channel>,
    /// Whose events they are, by id or label, where nothing else says so.
    pub tenant: Option<String>,
    /// What it is for.
    pub note: Option<String>,
    /// The payload's JSON, with placeholders.
    pub payload: String,
}

/// Why a text is no template, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template '{}' cannot be used: {what}", display_safe(.name))]
pub struct TemplateError {
    /// Its name.
    pub name: String,
    /// What is wrong, and where. Safe to show.
    pub what: String,
}

/// What stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "type")]
    event_type: String,
    channel: Option<String>,
    tenant: Option<String>,
    note: Option<String>,
    payload: String,
}

impl Template {
    /// Reads one as it is kept: as [`Template::read`], or why the file cannot be read.
    pub fn of(stored: &StoredTemplate) -> Result<Self, TemplateError> {
        match &stored.fault {
            Some(what) => {
                Err(TemplateError { name: stored.name.clone(), what: display_safe(what).into_owned() })
            }
            None => Self::read(&stored.name, &stored.text),
        }
    }

    /// Reads the TOML text of the template `name`. Its placeholders are known to be good then; the payload may still be
    /// no JSON.
    pub fn read(name: &str, toml: &str) -> Result<Self, TemplateError> {
        let fail =
            |what: &str| TemplateError { name: name.to_owned(), what: display_safe(what).into_owned() };
        let raw: Raw = toml::from_str(toml).map_err(|error| {
            let before = toml.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            fail(&format!(
                "line {line} of the file: {message}; the keys are type, channel, tenant, note and payload"
            ))
        })?;
        let event_type = EventType::new(&raw.event_type).map_err(|why| fail(&format!("type: {why}")))?;
        let channel = raw.channel.as_deref().map(Channel::new).transpose();
        let channel = channel.map_err(|why| fail(&format!("channel: {why}")))?;
        if raw.tenant.as_ref().is_some_and(String::is_empty) {
            return Err(fail("tenant: it is empty; name an id or a label, or leave the key out"));
        }
        fill::check(&raw.payload).map_err(|why| fail(&format!("payload, {why}")))?;
        let payload = raw.payload.trim().to_owned();
        Ok(Self { name: name.to_owned(), event_type, channel, tenant: raw.tenant, note: raw.note, payload })
    }

    /// Its TOML text: [`Template::read`] makes the same template of it.
    pub fn write(&self) -> String {
        let mut out = String::new();
        let keys = [
            ("note", self.note.as_deref()),
            ("type", Some(self.event_type.as_str())),
            ("channel", self.channel.as_ref().map(Channel::as_str)),
            ("tenant", self.tenant.as_deref()),
        ];
        for (key, value) in keys {
            if let Some(value) = value {
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{key} = {}", toml::Value::from(value));
            }
        }
        let payload = self.payload.trim();
        let is_plain =
            !payload.contains("'''") && !payload.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        let _ = if is_plain {
            writeln!(out, "payload = '''\n{payload}\n'''")
        } else {
            writeln!(out, "payload = {}", toml::Value::from(payload))
        };
        out
    }

    /// What cannot be right whatever its placeholders stand for: the payload makes no JSON object.
    pub fn check(&self) -> Result<(), TemplateError> {
        let fail = |what: String| TemplateError { name: self.name.clone(), what };
        let mut filling = Filling::new(DateTime::UNIX_EPOCH, TenantId::new("tenant").ok());
        // A number is good inside of quotes and outside.
        filling.prompts = self.labels().into_iter().map(|label| (label, "0".to_owned())).collect();
        let filled = fill::fill(&self.payload, &mut filling);
        let filled = filled.map_err(|why| fail(format!("payload, {why}")))?;
        match json::read(&filled) {
            Ok(Node { shape: Shape::Object(_), .. }) => Ok(()),
            Ok(_) => Err(fail("payload: it is no JSON object".to_owned())),
            Err(broken) => Err(fail(format!("payload: it is {broken}"))),
        }
    }

    /// What a person is asked for before it can be sent, in order.
    pub fn labels(&self) -> Vec<String> {
        fill::labels(&self.payload)
    }
}
