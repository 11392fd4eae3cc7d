//! Where entries go: the key of a stream, and what it is named for.

use crate::bus::Intake;
use crate::event::{Channel, EventType, Field, HandlerName, IdError, StreamKey};

/// What every key begins with, as in the profile `native`.
const PREFIX: &str = "event:";
/// What stands between a type's stream and a handler in the key of its retries.
const RETRY: &str = ":retry:";

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

    /// The place that a stream's key names; `None` where it is named for no type.
    pub(super) fn of(stream: &StreamKey) -> Option<Self> {
        let (channel, event_type) = stream.as_str().strip_prefix(PREFIX)?.rsplit_once(':')?;
        let channel = if channel.is_empty() { None } else { Some(Channel::new(channel).ok()?) };
        Self::new(EventType::new(event_type).ok()?, channel).ok()
    }

    /// Where the retries of `handler` lie that are due: `event::TYPE:retry:HANDLER`.
    pub(super) fn retry_stream(&self, handler: &HandlerName) -> StreamKey {
        let key = format!("{}{RETRY}{}", self.stream.as_str(), handler.as_str());
        StreamKey::new(&key).unwrap_or_else(|_| self.stream.clone())
    }

    /// Whose retries lie in a stream, and of which type's stream; `None` where it is no such.
    pub(super) fn of_retries(stream: &StreamKey) -> Option<(HandlerName, Self)> {
        let (of, handler) = stream.as_str().rsplit_once(RETRY)?;
        Some((HandlerName::new(handler).ok()?, Self::of(&StreamKey::new(of).ok()?)?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_the_place_that_it_was_made_for() {
        let handler = HandlerName::new("sla.v2").unwrap();
        for channel in [None, Some(Channel::new("emailservice::v7").unwrap())] {
            let place = Place::new(EventType::new("TICKET_UPDATED").unwrap(), channel).unwrap();
            assert_eq!(Place::of(place.stream()), Some(place.clone()));
            let retries = place.retry_stream(&handler);
            assert_eq!(Place::of_retries(&retries), Some((handler.clone(), place.clone())));
            assert_eq!((Place::of(&retries), Place::of_retries(place.stream())), (None, None));
        }
        assert_eq!(Place::of(&StreamKey::new("other::A").unwrap()), None);
    }
}
