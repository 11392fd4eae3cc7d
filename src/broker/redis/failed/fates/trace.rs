//! What is remembered of an event from one look to the next: how far what lies beside its stream was read, and what that
//! said. So a look at an event that waits for hours reads only what came since the last one.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::super::records::Outcome;
use crate::event::{EntryId, StreamKey};

/// So many events are remembered; of another one everything is read again.
const REMEMBERED: usize = 1_000;
/// Reading begins so long before the event, in milliseconds: the clock of a server may go back.
const SLACK_MS: u64 = 60_000;

/// Where an event lies.
pub(super) type Key = (StreamKey, EntryId);

/// What is remembered of the events that were looked at last.
#[derive(Default)]
pub(super) struct Traces {
    of: HashMap<Key, Trace>,
    order: VecDeque<Key>,
}

impl Traces {
    /// What is known of this one; a second look at the same time begins anew.
    pub(super) fn take(&mut self, key: &Key) -> Trace {
        self.of.remove(key).unwrap_or_else(|| Trace::from(key.1))
    }

    /// Remembers it.
    pub(super) fn put(&mut self, key: Key, trace: Trace) {
        self.order.retain(|known| *known != key);
        self.order.push_back(key.clone());
        self.of.insert(key, trace);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.of.remove(&oldest);
        }
    }
}

/// What is remembered of one event.
pub(super) struct Trace {
    /// The lock of this run admits it.
    pub(super) is_admitted: bool,
    /// How far what lies beside the stream was read.
    pub(super) outcomes_after: EntryId,
    pub(super) letters_after: EntryId,
    pub(super) aside_after: EntryId,
    /// Where reading a retry stream begins.
    pub(super) from: EntryId,
    of_receiver: BTreeMap<String, Known>,
}

/// What is known of it with one receiver.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// It was seen given, or was there when the group had gone past it.
    pub(super) was_given: bool,
    /// It was seen with it, or on its way there: so it is for it, whenever it was registered.
    pub(super) was_seen: bool,
    /// The newest word on an attempt.
    pub(super) outcome: Option<Told>,
    /// Its newest dead letter, and the newest one that was put aside.
    pub(super) letter: Option<EntryId>,
    pub(super) aside: Option<EntryId>,
    /// Where it lay in the retry stream, and how far that was gone through.
    pub(super) retry: Option<EntryId>,
    pub(super) retries_after: EntryId,
}

/// What the finish script recorded of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) id: EntryId,
    pub(super) what: Outcome,
    pub(super) attempt: u32,
}

/// What tells whether anything was recorded between two passes.
pub(super) type Facts = (Option<Told>, Option<EntryId>, Option<EntryId>);

impl Trace {
    fn from(id: EntryId) -> Self {
        let from = EntryId::new(id.ms.saturating_sub(SLACK_MS), 0);
        Self {
            is_admitted: false,
            outcomes_after: from,
            letters_after: from,
            aside_after: from,
            from,
            of_receiver: BTreeMap::new(),
        }
    }

    /// What is known of it with this receiver.
    pub(super) fn of(&mut self, name: &str) -> &mut Known {
        let from = self.from;
        self.of_receiver.entry(name.to_owned()).or_insert_with(|| Known {
            was_given: false,
            was_seen: false,
            outcome: None,
            letter: None,
            aside: None,
            retry: None,
            retries_after: from,
        })
    }
}

impl Known {
    /// It was found with it.
    pub(super) fn see(&mut self) {
        (self.was_given, self.was_seen) = (true, true);
    }

    pub(super) fn facts(&self) -> Facts {
        (self.outcome, self.letter, self.aside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_that_were_looked_at_last_are_remembered() {
        let key = |n: u64| (StreamKey::new("event::A").unwrap(), EntryId::new(n, 0));
        let mut traces = Traces::default();
        for n in 0..REMEMBERED as u64 {
            let mut trace = traces.take(&key(n));
            trace.of("sla").was_given = true;
            traces.put(key(n), trace);
        }
        // The first is looked at once more, so the second is the one that goes.
        let first = traces.take(&key(0));
        traces.put(key(0), first);
        traces.put(key(5_000), Trace::from(EntryId::ZERO));
        assert!(traces.take(&key(0)).of("sla").was_given);
        assert!(!traces.take(&key(1)).of("sla").was_given);
        assert!(traces.of.len() <= REMEMBERED && traces.order.len() <= REMEMBERED);
    }
}
