//! Where the payload lies in the JSON of a failed event: looked for once, when the event is taken in. A row is drawn many
//! times a second, and a filter asks every row; the JSON may have megabytes.

use crate::bus::FailedEvent;

/// From which byte of an event's JSON to which; `None` where it has no payload, or no JSON is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PayloadAt(Option<(u32, u32)>);

impl PayloadAt {
    /// Looks for it: this reads the event's JSON.
    pub(super) fn look(event: &FailedEvent) -> Self {
        let (Some(text), Some(payload)) = (event.text.as_deref(), event.payload()) else {
            return Self(None);
        };
        // What is read is a part of the text itself.
        let from = payload.as_ptr() as usize - text.as_ptr() as usize;
        Self(u32::try_from(from).ok().zip(u32::try_from(from + payload.len()).ok()))
    }

    /// The payload in the event's JSON: this reads nothing.
    pub(super) fn of(self, event: &FailedEvent) -> Option<&str> {
        let (from, to) = self.0?;
        event.text.as_deref()?.get(from as usize..to as usize)
    }
}
