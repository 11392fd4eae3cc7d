//! Which events a handler has done, as long as its dedup window says.

use std::collections::{HashMap, VecDeque};

use crate::event::{EventId, StreamKey};

type Key = (StreamKey, EventId);

/// Events that were done, by when.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// How far back the handler looks, as it said last.
    window_ms: u64,
    at_ms: HashMap<Key, u64>,
    order: VecDeque<(u64, Key)>,
}

impl Done {
    /// Remembers an event; forgets what was done longer ago than `window_ms`.
    pub(super) fn note(&mut self, now_ms: u64, window_ms: u64, stream: StreamKey, event: EventId) {
        self.window_ms = window_ms;
        let key = (stream, event);
        self.at_ms.insert(key.clone(), now_ms);
        self.order.push_back((now_ms, key));
        while self.order.front().is_some_and(|(at, _)| at.saturating_add(window_ms) <= now_ms) {
            let Some((at, key)) = self.order.pop_front() else { return };
            // It may have been done again since.
            if self.at_ms.get(&key) == Some(&at) {
                self.at_ms.remove(&key);
            }
        }
    }

    /// How far back its handler looks; 0 where it remembered nothing yet.
    pub(super) fn window_ms(&self) -> u64 {
        self.window_ms
    }

    /// How many events are remembered.
    pub(super) fn len(&self) -> usize {
        self.at_ms.len()
    }

    /// Whether an event was done within `window_ms`.
    pub(super) fn has(&self, now_ms: u64, window_ms: u64, key: &Key) -> bool {
        self.at_ms.get(key).is_some_and(|at| at.saturating_add(window_ms) > now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_remembered_from_when_it_was_done_last() {
        let mut done = Done::default();
        let key = (StreamKey::new("s").unwrap(), EventId::random());
        let note = |done: &mut Done, now, key: &Key| done.note(now, 100, key.0.clone(), key.1);
        note(&mut done, 1_000, &key);
        assert!(done.has(1_099, 100, &key) && !done.has(1_100, 100, &key) && !done.has(1_050, 20, &key));
        note(&mut done, 1_050, &key);
        note(&mut done, 1_120, &(key.0.clone(), EventId::random()));
        assert!(done.has(1_149, 100, &key), "it was done again");
        note(&mut done, 2_000, &(key.0.clone(), EventId::random()));
        assert_eq!((done.at_ms.len(), done.order.len()), (1, 1), "nothing is kept for ever");
    }
}
