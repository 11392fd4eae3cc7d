//! Markers of the publish form `once`: which event was appended where, kept for a day as on Redis.

use std::collections::{HashMap, VecDeque};

use crate::event::{EntryId, EventId, StreamKey};

/// How long a marker is kept, in milliseconds: 24 hours.
const KEPT_MS: u64 = 86_400_000;

type Key = (StreamKey, EventId);

/// The markers, and the order in which they fall due.
#[derive(Debug, Default)]
pub(super) struct Markers {
    entries: HashMap<Key, EntryId>,
    due: VecDeque<(u64, Key)>,
}

impl Markers {
    /// Where the event was appended already, if it was.
    pub(super) fn find(&mut self, now_ms: u64, stream: &StreamKey, event: EventId) -> Option<EntryId> {
        while self.due.front().is_some_and(|(at, _)| *at <= now_ms) {
            if let Some((_, key)) = self.due.pop_front() {
                self.entries.remove(&key);
            }
        }
        self.entries.get(&(stream.clone(), event)).copied()
    }

    /// Remembers where the event was appended.
    pub(super) fn set(&mut self, now_ms: u64, stream: StreamKey, event: EventId, entry: EntryId) {
        self.due.push_back((now_ms.saturating_add(KEPT_MS), (stream.clone(), event)));
        self.entries.insert((stream, event), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_for_a_day() {
        let (stream, event) = (StreamKey::new("s").unwrap(), EventId::random());
        let mut markers = Markers::default();
        markers.set(1_000, stream.clone(), event, EntryId::new(1, 1));
        assert_eq!(markers.find(1_000 + KEPT_MS - 1, &stream, event), Some(EntryId::new(1, 1)));
        assert_eq!(markers.find(1_000, &StreamKey::new("other").unwrap(), event), None);
        assert_eq!(markers.find(1_000 + KEPT_MS, &stream, event), None);
        assert!(markers.entries.is_empty() && markers.due.is_empty());
    }
}
