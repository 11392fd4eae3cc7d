//! The failed events that are known, within bounds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::payload::PayloadAt;
use crate::bus::{Counted, Denied, FailedAt, FailedEvent, FailedPage, FailedQuery, FailedSource};
use crate::event::{EntryId, FailedState, StreamKey};
use crate::monitor::normalise;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedLimits {
    /// So many events, the newest.
    pub events: usize,
    /// So many bytes of their JSON, of the newest.
    pub text: usize,
}

impl Default for FailedLimits {
    fn default() -> Self {
        Self { events: 200_000, text: 64 * 1024 * 1024 }
    }
}

/// Where an event stands: when it failed last, in milliseconds, and a number of its own.
pub(super) type Place = (i64, u64);

/// An event that is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) event: Arc<FailedEvent>,
    /// Its error, without what differs from one to the next.
    pub(super) message: Arc<str>,
    /// Where its payload lies in its JSON.
    pub(super) payload: PayloadAt,
    /// The reading that found it last.
    round: u64,
}

/// The dead letters of one type's stream.
#[derive(Debug, Default)]
struct Letters {
    /// So many are kept.
    kept: u64,
    /// So many lay there when it was looked last.
    lying: Option<u64>,
    /// Everything up to here has been read; nothing while the first reading is not through.
    read_to: Option<EntryId>,
    /// The newest that was seen.
    seen: Option<EntryId>,
}

/// A reading that is on its way.
#[derive(Debug)]
struct Reading {
    sources: BTreeSet<FailedSource>,
    /// Streams whose dead letters are read from the beginning are all but these.
    after: BTreeMap<StreamKey, EntryId>,
    received: usize,
}

/// The failed events that are known: by where they lie, newest first, the newest within bounds. Small sources are
/// replaced whole by each reading; dead letters are read on from the newest that is known, and anew where fewer lie
/// than are known.
#[derive(Debug, Default)]
pub struct FailedList {
    limits: FailedLimits,
    events: BTreeMap<Place, Kept>,
    places: HashMap<FailedAt, Place>,
    /// Of these the JSON is kept.
    with_text: BTreeSet<Place>,
    text_bytes: usize,
    next: u64,
    version: u64,
    round: u64,
    states: [u64; FailedState::ALL.len()],
    letters: BTreeMap<StreamKey, Letters>,
    /// Of small sources: what is not found again by the next reading is gone.
    small: HashSet<FailedAt>,
    evicted: u64,
    reading: Option<Reading>,
    /// Whether a reading of everything has come to its end.
    complete: bool,
    /// Whether the last reading sent as much as was asked for: there may be more.
    cut: bool,
    totals: BTreeMap<FailedSource, Counted>,
    other_tenants: u64,
    unattributed: u64,
    denied: Vec<Denied>,
    unseen: Option<String>,
    messages: HashMap<Arc<str>, Arc<str>>,
}

/// So many errors are remembered with what they have in common.
const MESSAGES: usize = 10_000;

/// The source that something lies in.
pub fn source_of(at: &FailedAt) -> FailedSource {
    match at {
        FailedAt::DeadLetter { .. } => FailedSource::DeadLetters,
        FailedAt::Waiting { .. } | FailedAt::Due { .. } => FailedSource::Waiting,
        FailedAt::Pending { .. } => FailedSource::Pending,
        FailedAt::Discarded { .. } => FailedSource::Discarded,
        FailedAt::Retried { .. } => FailedSource::Retried,
        FailedAt::Invalid { .. } => FailedSource::Invalid,
    }
}

impl FailedList {
    /// Knows nothing yet.
    pub fn new(limits: FailedLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Begins a reading of `sources`, in place of one that is on its way, and says what to ask for. With `anew` also
    /// dead letters are read from their beginning.
    pub fn begin(&mut self, sources: impl IntoIterator<Item = FailedSource>, anew: bool) -> FailedQuery {
        let mut query = FailedQuery::of(sources);
        if !anew {
            query.after = self
                .letters
                .iter()
                .filter(|(_, letters)| letters.lying.is_none_or(|lying| letters.kept <= lying))
                .filter_map(|(stream, letters)| Some((stream.clone(), letters.read_to?)))
                .collect();
        }
        query.at_most = Some(self.limits.events);
        self.round += 1;
        let (sources, after) = (query.sources.clone(), query.after.clone());
        self.reading = Some(Reading { sources, after, received: 0 });
        query
    }

    /// Takes a page of the reading that was begun last.
    pub fn take(&mut self, page: FailedPage) {
        if page.totals.is_some() {
            // It is the first one of its reading.
            (self.other_tenants, self.unattributed) = (0, 0);
            (self.denied, self.unseen) = (Vec::new(), None);
            for letters in self.letters.values_mut() {
                letters.lying = Some(0);
            }
        }
        self.totals.extend(page.totals.into_iter().flatten());
        for (stream, lying) in page.lying {
            self.letters.entry(stream).or_default().lying = Some(lying);
        }
        self.other_tenants += page.other_tenants;
        self.unattributed += page.unattributed;
        self.denied.extend(page.denied);
        self.unseen = page.unseen.or(self.unseen.take());
        if let Some(reading) = &mut self.reading {
            reading.received += page.events.len();
        }
        for event in page.events {
            self.put(event);
        }
    }

    /// The reading came to its end; with `whole` all that was asked for was sent.
    pub fn end(&mut self, whole: bool) {
        let Some(reading) = self.reading.take() else { return };
        if !whole {
            return;
        }
        self.cut = reading.received >= self.limits.events;
        let is_small = |source| source != FailedSource::DeadLetters && reading.sources.contains(&source);
        let round = self.round;
        let is_old = |list: &Self, at: &FailedAt| {
            list.places
                .get(at)
                .and_then(|place| list.events.get(place))
                .is_some_and(|kept| kept.round < round)
        };
        let mut gone: Vec<FailedAt> =
            self.small.iter().filter(|at| is_small(source_of(at)) && is_old(self, at)).cloned().collect();
        if reading.sources.contains(&FailedSource::DeadLetters) {
            // Of a stream that was read from its beginning, what was not found is gone.
            let anew = |stream: &StreamKey| !self.cut && !reading.after.contains_key(stream);
            if self.letters.iter().any(|(stream, letters)| letters.kept > 0 && anew(stream)) {
                gone.extend(
                    self.places
                        .keys()
                        .filter(|at| {
                            source_of(at) == FailedSource::DeadLetters
                                && anew(at.stream())
                                && is_old(self, at)
                        })
                        .cloned(),
                );
            }
            for letters in self.letters.values_mut() {
                letters.read_to = letters.seen.or(letters.read_to);
            }
            self.complete = true;
        }
        // The broker's count knows nothing of them already.
        for at in &gone {
            self.drop_one(at);
        }
    }

    /// These lie there no more.
    pub fn remove(&mut self, gone: &[FailedAt]) {
        for at in gone {
            if self.drop_one(at)
                && source_of(at) == FailedSource::DeadLetters
                && let Some(letters) = self.letters.get_mut(at.stream())
            {
                letters.lying = letters.lying.map(|lying| lying.saturating_sub(1));
            }
        }
    }

    fn drop_one(&mut self, at: &FailedAt) -> bool {
        let Some(place) = self.places.remove(at) else { return false };
        let Some(kept) = self.events.remove(&place) else { return false };
        if self.with_text.remove(&place) {
            self.text_bytes -= kept.event.text.as_ref().map_or(0, |text| text.len());
        }
        self.states[kept.event.state as usize] -= 1;
        self.small.remove(at);
        if source_of(at) == FailedSource::DeadLetters
            && let Some(letters) = self.letters.get_mut(at.stream())
        {
            letters.kept -= 1;
        }
        self.version += 1;
        true
    }

    fn put(&mut self, event: FailedEvent) {
        let round = self.round;
        let source = source_of(&event.at);
        if source == FailedSource::DeadLetters {
            let letters = self.letters.entry(event.at.stream().clone()).or_default();
            letters.seen = letters.seen.max(Some(event.at.id()));
        }
        let mut known = self.places.get(&event.at).and_then(|place| self.events.get_mut(place));
        if let Some(kept) = &mut known
            && *kept.event == event
        {
            kept.round = round;
            return;
        }
        let same_text = known.filter(|kept| kept.event.text == event.text).map(|kept| kept.payload);
        self.drop_one(&event.at);
        let place = (event.failed_at().unwrap_or_default().timestamp_millis(), self.next);
        self.next += 1;
        self.version += 1;
        self.states[event.state as usize] += 1;
        if let Some(text) = &event.text {
            self.text_bytes += text.len();
            self.with_text.insert(place);
        }
        if source == FailedSource::DeadLetters {
            self.letters.entry(event.at.stream().clone()).or_default().kept += 1;
        } else {
            self.small.insert(event.at.clone());
        }
        self.places.insert(event.at.clone(), place);
        let message = self.message(event.error.as_ref());
        let payload = same_text.unwrap_or_default();
        self.events.insert(place, Kept { event: Arc::new(event), message, payload, round });
        self.keep_bounds();
        if same_text.is_none()
            && let Some(kept) = self.events.get_mut(&place)
        {
            kept.payload = PayloadAt::look(&kept.event);
        }
    }

    fn keep_bounds(&mut self) {
        while self.events.len() > self.limits.events {
            let Some(at) = self.events.first_key_value().map(|(_, kept)| kept.event.at.clone()) else {
                break;
            };
            self.drop_one(&at);
            self.evicted += 1;
        }
        while self.text_bytes > self.limits.text {
            let Some(kept) = self.with_text.pop_first().and_then(|place| self.events.get_mut(&place)) else {
                break;
            };
            let text = Arc::make_mut(&mut kept.event).text.take();
            self.text_bytes -= text.map_or(0, |text| text.len());
        }
    }

    fn message(&mut self, error: Option<&Arc<str>>) -> Arc<str> {
        let Some(error) = error else { return "".into() };
        if let Some(message) = self.messages.get(error) {
            return Arc::clone(message);
        }
        if self.messages.len() >= MESSAGES {
            self.messages.clear();
        }
        let message: Arc<str> = normalise(error).into();
        self.messages.insert(Arc::clone(error), Arc::clone(&message));
        message
    }

    /// Those before `place`, newest first; without one, all.
    pub(super) fn older_than(&self, place: Option<Place>) -> impl Iterator<Item = (&Place, &Kept)> {
        let end = place.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.events.range((std::ops::Bound::Unbounded, end)).rev()
    }

    /// Changes with everything that changes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The one that lies there, if it is kept.
    pub fn get(&self, at: &FailedAt) -> Option<&Arc<FailedEvent>> {
        self.events.get(self.places.get(at)?).map(|kept| &kept.event)
    }

    /// How many of those that are kept are in `state`.
    pub fn in_state(&self, state: FailedState) -> u64 {
        self.states[state as usize]
    }

    /// Bytes of JSON that are kept.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Whether a reading of everything has come to its end since the list began.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether a reading is on its way.
    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Dead letters that lie on the bus, and are not kept here because there are too many.
    pub fn not_kept(&self) -> u64 {
        if self.evicted == 0 && !self.cut {
            return 0;
        }
        let missing = |letters: &Letters| letters.lying.unwrap_or(0).saturating_sub(letters.kept);
        self.letters.values().map(missing).sum::<u64>().max(1)
    }

    /// How many a person may have to act on, with those that are not kept. Of a run that is locked to tenants, only
    /// what is kept is counted: how many others have lie beside it is nobody's business there.
    pub fn failed(&self, is_locked: bool) -> Counted {
        let kept = FailedState::ALL.into_iter().filter(|state| state.is_failed());
        let mut n: u64 = kept.map(|state| self.in_state(state)).sum();
        if !is_locked {
            let missing = |letters: &Letters| letters.lying.unwrap_or(0).saturating_sub(letters.kept);
            n += self.letters.values().map(missing).sum::<u64>();
        }
        let is_all = self.complete && self.denied.is_empty() && self.unseen.is_none();
        if is_all && (!is_locked || self.not_kept() == 0) { Counted::Exactly(n) } else { Counted::AtLeast(n) }
    }

    /// How many lie in `source`, as the broker counted them over all tenants.
    pub fn total(&self, source: FailedSource) -> Option<Counted> {
        self.totals.get(&source).copied()
    }

    /// Entries of tenants outside the lock, and entries without a tenant that can be read, in the last reading.
    pub fn withheld(&self) -> (u64, u64) {
        (self.other_tenants, self.unattributed)
    }

    /// Streams that may not be read.
    pub fn denied(&self) -> &[Denied] {
        &self.denied
    }

    /// What was not looked at, for people.
    pub fn unseen(&self) -> Option<&str> {
        self.unseen.as_deref()
    }
}
