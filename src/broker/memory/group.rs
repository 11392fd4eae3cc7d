//! Consumer groups: how far each handler has been given each stream, and what it has not finished.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::done::Done;
use super::stream::{Stored, Stream};
use crate::bus::{Claim, Failure, TypeSelection};
use crate::event::{EntryId, Field, StreamKey};

/// Whom released entries belong to: nobody, so that everyone may take them at once.
pub(super) const RELEASED: &str = "$released";

/// A handler, as the bus knows it.
#[derive(Debug)]
pub(super) struct Registered {
    /// When it first joined, in milliseconds.
    pub(super) at_ms: u64,
    /// Its groups on type streams.
    pub(super) groups: BTreeMap<StreamKey, Group>,
    /// Its retries that are due.
    pub(super) retries: RetryQueue,
    /// What was trimmed before it was given, and not told yet.
    pub(super) lost: u64,
    /// The events that it has done within its dedup window.
    pub(super) done: Done,
    /// The types that it took when it was last here.
    types: Option<TypeSelection>,
}

impl Registered {
    pub(super) fn new(at_ms: u64) -> Self {
        Self {
            at_ms,
            groups: BTreeMap::new(),
            retries: RetryQueue::default(),
            lost: 0,
            done: Done::default(),
            types: None,
        }
    }

    /// Whether it has a group on that stream, or makes one when it next looks for streams.
    pub(super) fn receives(&self, place: &Place) -> bool {
        self.groups.contains_key(place.stream())
            || self.types.as_ref().is_some_and(|types| types.admits(place.event_type()))
    }

    /// Makes groups on streams of `types` that have none.
    pub(super) fn follow(
        &mut self,
        streams: &BTreeMap<StreamKey, Stream>,
        types: &TypeSelection,
        from_beginning: bool,
    ) {
        if self.types.as_ref() != Some(types) {
            self.types = Some(types.clone());
        }
        for (key, stream) in streams.iter().filter(|(_, stream)| types.admits(stream.place.event_type())) {
            let group = self.groups.entry(key.clone()).or_insert_with(|| {
                let begins = if from_beginning { EntryId::ZERO } else { EntryId::new(self.at_ms, 0) };
                Group {
                    birth: stream.birth,
                    begins,
                    next: if from_beginning { stream.trimmed() } else { stream.number_from(begins) },
                    pending: BTreeMap::new(),
                }
            });
            if group.birth != stream.birth {
                // The data was lost: whatever is there now was never seen.
                *group =
                    Group { birth: stream.birth, begins: EntryId::ZERO, next: 0, pending: BTreeMap::new() };
            }
        }
    }
}

/// How far one handler has been given one stream.
#[derive(Debug)]
pub(super) struct Group {
    birth: u64,
    /// It was never to be given what lies before.
    pub(super) begins: EntryId,
    /// The number of the next entry to give.
    pub(super) next: u64,
    /// Given, and not finished.
    pub(super) pending: BTreeMap<EntryId, Pending>,
}

/// Given, and not finished.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    /// Its number in its stream; 0 for a retry.
    pub(super) number: u64,
    pub(super) consumer: Arc<str>,
    pub(super) since_ms: u64,
    /// How often it was taken over from a consumer that ended or stalled.
    pub(super) crashes: u32,
    /// The lease of whom it was given to last.
    pub(super) lease_ms: u64,
}

impl Pending {
    /// For how long nobody has said anything of it.
    pub(super) fn idle(&self, now_ms: u64) -> Duration {
        Duration::from_millis(now_ms.saturating_sub(self.since_ms))
    }

    /// Whether `consumer` may take it over.
    pub(super) fn is_left(&self, consumer: &str, now_ms: u64, lease_ms: u64) -> bool {
        self.is_released()
            || (*self.consumer != *consumer && now_ms.saturating_sub(self.since_ms) >= lease_ms)
    }

    /// How often it will have been taken over, when it is handed to another now.
    pub(super) fn crashes_when_handed(&self) -> u32 {
        self.crashes + u32::from(!self.is_released())
    }

    /// Hands it to `consumer`, who has such a lease.
    pub(super) fn hand_to(&mut self, consumer: &Arc<str>, lease_ms: u64, now_ms: u64) {
        self.crashes = self.crashes_when_handed();
        self.consumer = Arc::clone(consumer);
        (self.lease_ms, self.since_ms) = (lease_ms, now_ms);
    }

    /// Gives it back: it belongs to nobody, and is made out to have been left for one lease.
    pub(super) fn give_back(&mut self, now_ms: u64) {
        self.consumer = RELEASED.into();
        self.since_ms = now_ms.saturating_sub(self.lease_ms);
    }

    /// Whether it was given back, and nobody has taken it.
    pub(super) fn is_released(&self) -> bool {
        *self.consumer == *RELEASED
    }

    /// After how long without a word it may be given to somebody else.
    pub(super) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

impl Group {
    /// Goes past what was trimmed before it could be given; how much that is.
    pub(super) fn skip_trimmed(&mut self, stream: &Stream) -> u64 {
        let lost = stream.trimmed().saturating_sub(self.next);
        self.next += lost;
        lost
    }

    /// How many entries it was not given yet.
    pub(super) fn unread(&self, stream: &Stream) -> u64 {
        stream.end().saturating_sub(self.next.max(stream.trimmed()))
    }

    /// Gives the next entry if it is there; `to` says to whom.
    pub(super) fn give(&mut self, stream: &Stream, to: &Pending) -> Option<Arc<Stored>> {
        let stored = Arc::clone(stream.get(self.next)?);
        let pending = Pending { number: self.next, ..to.clone() };
        self.pending.insert(stored.id, pending);
        self.next += 1;
        Some(stored)
    }
}

/// A retry: an event on its way back to a handler.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    pub(super) place: Place,
    pub(super) source: Claim,
    pub(super) fields: Arc<Vec<Field>>,
    pub(super) attempt: u32,
    pub(super) crashes: u32,
    pub(super) history: Vec<Failure>,
    pub(super) plan: Option<String>,
    pub(super) force: bool,
}

/// One handler's retries that are due.
#[derive(Debug, Default)]
pub(super) struct RetryQueue {
    /// The newest id.
    pub(super) last: EntryId,
    pub(super) waiting: VecDeque<(EntryId, Retry)>,
    pub(super) given: BTreeMap<EntryId, (Pending, Retry)>,
}

impl RetryQueue {
    /// Takes a retry that became due at `now_ms`; answers its position.
    pub(super) fn push(&mut self, now_ms: u64, retry: Retry) -> EntryId {
        // As in any stream, ids only grow, also when the clock goes back.
        self.last = EntryId::new(now_ms, 0).max(self.last.next());
        self.waiting.push_back((self.last, retry));
        self.last
    }

    /// One that is due and was given to nobody yet.
    pub(super) fn due(&self, id: EntryId) -> Option<&Retry> {
        let at = self.waiting.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.waiting.get(at).map(|(_, retry)| retry)
    }

    /// Everything that is due or with somebody.
    pub(super) fn all(&self) -> impl Iterator<Item = &Retry> {
        let given = self.given.values().map(|(_, retry)| retry);
        self.waiting.iter().map(|(_, retry)| retry).chain(given)
    }

    /// Gives the next one; `to` says to whom.
    pub(super) fn give(&mut self, to: &Pending) -> Option<(EntryId, Retry)> {
        let (id, retry) = self.waiting.pop_front()?;
        let pending = Pending { crashes: retry.crashes, ..to.clone() };
        self.given.insert(id, (pending, retry.clone()));
        Some((id, retry))
    }
}
