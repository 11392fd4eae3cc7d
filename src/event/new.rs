//! An event that is about to be published.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Channel, Envelope, EventId, EventType, Fault, FaultKind, Report, TenantId, pick};
use crate::text::rfc3339_ms;

/// A whole event, ready to be published: its envelope is known to be good, its text is what will be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    id: EventId,
    event_type: EventType,
    tenant: TenantId,
    channel: Option<Channel>,
    workflow_copy: Option<bool>,
    text: String,
    payload: std::ops::Range<usize>,
    is_unchecked: bool,
}

impl NewEvent {
    /// Puts an envelope around `payload`, the text of a JSON object with a `tenantId`. The payload's text is kept.
    ///
    /// ```
    /// use tidings::event::{EventId, EventType, NewEvent};
    /// let event = NewEvent::compose(
    ///     EventId::random(),
    ///     &EventType::new("TICKET_UPDATED").unwrap(),
    ///     chrono::Utc::now(),
    ///     r#"{"tenantId": "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6"}"#,
    /// )
    /// .unwrap();
    /// assert_eq!(event.tenant().as_str(), "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6");
    /// ```
    pub fn compose(
        id: EventId,
        event_type: &EventType,
        at: DateTime<Utc>,
        payload: &str,
    ) -> Result<Self, Fault> {
        let at = rfc3339_ms(at);
        let payload = payload.trim();
        if let Err(error) = serde_json::from_str::<&serde_json::value::RawValue>(payload) {
            // Without this check, text that closes the object early could add members to the envelope.
            return Err(Fault::new(
                FaultKind::Json,
                Report::new("/payload", "a JSON object", &error.to_string()),
            ));
        }
        Self::from_text(format!(
            r#"{{"id":"{id}","eventType":"{}","timestamp":"{at}","payload":{payload}}}"#,
            event_type.as_str()
        ))
    }

    /// A new event with a payload of the program's own type, a random id, and the time `at`.
    pub fn of(event_type: &EventType, at: DateTime<Utc>, payload: &impl Serialize) -> Result<Self, Fault> {
        let payload = serde_json::to_string(payload).map_err(|error| {
            Fault::new(FaultKind::Json, Report::new("/payload", "what JSON can hold", &error.to_string()))
        })?;
        Self::compose(EventId::random(), event_type, at, &payload)
    }

    /// Takes a whole event as text, as it is.
    pub fn from_text(text: String) -> Result<Self, Fault> {
        match Envelope::read(&text) {
            Envelope {
                id: Some(id),
                event_type: Some(event_type),
                timestamp: Some(_),
                tenant: Some(tenant),
                payload: Some(payload),
                fault: None,
            } => Ok(Self {
                id,
                event_type,
                tenant,
                channel: None,
                workflow_copy: None,
                text,
                payload,
                is_unchecked: false,
            }),
            Envelope { fault, .. } => Err(fault.unwrap_or_else(|| {
                Fault::new(FaultKind::Json, Report::new("", "an event as a JSON object", &text))
            })),
        }
    }

    /// The same event, for one channel of a profile that has channels.
    #[must_use]
    pub fn on_channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// The same event, to be sent whatever the schema of its type says: a person said so. The tenant lock and the size
    /// bind it still.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.is_unchecked = true;
        self
    }

    /// Whether it is sent whatever the schema of its type says.
    pub fn is_unchecked(&self) -> bool {
        self.is_unchecked
    }

    /// The same event, with a choice whether its flat copy for workflows is written in the same step, in a profile that has
    /// one (`alga-psa`). Publishers of other profiles refuse it where it is `true`.
    #[must_use]
    pub fn with_workflow_copy(mut self, copy: bool) -> Self {
        self.workflow_copy = Some(copy);
        self
    }

    /// The same event under another id. Nothing else of its text changes.
    pub fn with_id(&self, id: EventId) -> Result<Self, Fault> {
        let Ok([Some(old)]) = pick(&self.text, &["id"]) else {
            return Err(Fault::new(FaultKind::Missing, Report::new("/id", "a UUID", "nothing")));
        };
        // `pick` borrows from the text, so the distance of the two pointers is the id's place in it.
        let start = old.as_ptr().addr() - self.text.as_ptr().addr();
        let mut text = self.text.clone();
        text.replace_range(start..start + old.len(), &format!("\"{id}\""));
        let (channel, workflow_copy) = (self.channel.clone(), self.workflow_copy);
        Ok(Self { channel, workflow_copy, is_unchecked: self.is_unchecked, ..Self::from_text(text)? })
    }

    /// Its id.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// Its type.
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// Its tenant.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The channel it is for; `None` means the profile's default.
    pub fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }

    /// Whether the flat copy for workflows is written with it; `None` means as the context has it.
    pub fn workflow_copy(&self) -> Option<bool> {
        self.workflow_copy
    }

    /// The JSON that will be sent.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The payload's JSON.
    pub fn payload(&self) -> &str {
        &self.text[self.payload.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_cannot_break_out_of_the_envelope() {
        let event_type = EventType::new("A").unwrap();
        for bad in [r#"{"tenantId":"t"},"id":"x""#, "", "3", "[]", "null", r#"{"a":1}"#, r#"{"tenantId":""}"#]
        {
            assert!(NewEvent::compose(EventId::random(), &event_type, Utc::now(), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_payload_is_kept_to_the_letter() {
        let payload = r#"{"tenantId":"t", "n": 1.500, "n": 12345678901234567890123}"#;
        let event =
            NewEvent::compose(EventId::random(), &EventType::new("A").unwrap(), Utc::now(), payload).unwrap();
        assert_eq!(event.payload(), payload);
    }

    #[test]
    fn another_id_changes_nothing_else() {
        let old = "57f7e9a7-7e13-452d-81b7-9892c8fdd92e";
        let text = format!(
            r#"{{ "n":1.500, "id":"x", "payload":{{"tenantId":"t","id":"{old}"}}, "i\u0064" : "{old}" ,"eventType":"A","timestamp":"2026-11-23T19:42:38.555Z"}}"#
        );
        let id = EventId::random();
        let event = NewEvent::from_text(text.clone()).unwrap().with_id(id).unwrap();
        let expected = text.replace(&format!(r#" : "{old}" "#), &format!(r#" : "{id}" "#));
        assert_eq!((event.id(), event.text()), (id, expected.as_str()));
    }
}
