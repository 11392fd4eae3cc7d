//! Where entries go: the key of a stream, and what it is named for.

use crate::bus::Intake;
use crate::event::{Channel, EventType, Field, IdError, StreamKey};

/// What every key begins with, as in the profile `native`.
const PREFIX: &str = "event:";

/// A stream by its name: cheap to clone, made once for many arrivals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    stream: StreamKey,
    event_type: EventType,
    channel: Option<Channel>,
}

impl Place {
    /// The stream of a type: `event::TICKET_UPDATED`; on a channel, `event:CHANNEL:TICKET_UPDATED`.
    pub fn new(event_type: EventType, channel: Option<Channel>) -> Result<Self, IdError> {
        let middle = channel.as_ref().map_or("", Channel::as_str);
        let stream = StreamKey::new(&format!("{PREFIX}{middle}:{}", event_type.as_str()))?;
        Ok(Self { stream, event_type, channel })
    }

    /// The one whose stream has this key; `None` where it names no type.
    pub(super) fn of(stream: &StreamKey) -> Option<Self> {
        let (channel, event_type) = stream.as_str().strip_prefix(PREFIX)?.rsplit_once(':')?;
        let channel = if channel.is_empty() { None } else { Some(Channel::new(channel).ok()?) };
        Self::new(EventType::new(event_type).ok()?, channel).ok()
    }

    /// Its key.
    pub fn stream(&self) -> &StreamKey {
        &self.stream
    }

    /// The type it is named for.
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// The channel it belongs to.
    pub fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }
}

/// An entry on its way into a stream, as raw fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it goes.
    pub place: Place,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

impl Arrival {
    /// An arrival whose field `event` holds `json`.
    pub fn json(place: Place, json: impl Into<Vec<u8>>) -> Self {
        Self { place, fields: vec![(Intake::EVENT_FIELD.into(), json.into())] }
    }
}
