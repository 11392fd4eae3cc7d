//! The newest entries, bounded by bytes and by count; the oldest are dropped first.
//!
//! Texts lie one behind the other ([`Texts`]), with a small record each ([`Record`]). So a retained event costs its JSON
//! and 76 bytes, dropping is cheap, and a search runs over memory that lies together. All of it is in pieces of one size
//! that are filled again: memory does not grow as entries come and go.

use std::collections::VecDeque;
use std::ops::Range;

use serde::Deserialize;

use super::Row;
use super::record::{Extra, Record, Segment};
use super::symbols::{Symbol, Symbols};
use super::texts::{Place, Texts};
use crate::event::{Channel, Content, Entry, EventType, StreamKey, TenantId, Verdict};
use crate::filter::Standing;

/// How much is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of memory for retained entries, roughly.
    pub bytes: usize,
    /// How many entries.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, entries: 200_000 }
    }
}

/// The newest entries.
#[derive(Debug)]
pub struct Ring {
    limits: Limits,
    segments: VecDeque<Segment>,
    /// Given up, and filled next.
    spare: Option<Segment>,
    pub(super) texts: Texts,
    /// Of invalid entries alone, by their numbers.
    extras: VecDeque<(u64, Box<Extra>)>,
    first: u64,
    end: u64,
    cost: usize,
    pub(super) streams: Symbols<StreamKey>,
    pub(super) types: Symbols<EventType>,
    pub(super) tenants: Symbols<TenantId>,
    pub(super) channels: Symbols<Channel>,
    pub(super) keys: Symbols<Key>,
    /// By the symbol of the key.
    kept: Vec<Kept>,
}

/// Entries that lie together.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    ring: &'a Ring,
    segment: &'a Segment,
    /// Where in the segment it begins.
    low: usize,
    /// The key of each.
    pub(super) keys: &'a [Symbol],
}

impl<'a> Run<'a> {
    /// The number of its first entry.
    pub(super) fn first_seq(&self) -> u64 {
        self.segment.base + self.low as u64
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Its entry number `at`, from 0.
    pub(super) fn row(&self, at: usize) -> Option<Row<'a>> {
        let record = self.segment.records.get(self.low + at)?;
        Some(Row { ring: self.ring, key: *self.keys.get(at)?, record, seq: self.first_seq() + at as u64 })
    }
}

/// Retained entries of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kept {
    /// How many.
    pub(super) events: u64,
    /// Of these, invalid ones.
    pub(super) invalid: u64,
    /// When the newest of them came, in milliseconds of the server's clock.
    pub(super) last_ms: u64,
}

/// The symbols of an entry that was pushed: what rates count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) event_type: Symbol,
    pub(super) tenant: Symbol,
    pub(super) channel: Symbol,
}

impl Ring {
    /// An empty ring.
    pub fn new(limits: Limits) -> Self {
        Self::starting_at(0, limits)
    }

    /// An empty ring whose first entry will have this number.
    pub(super) fn starting_at(first: u64, limits: Limits) -> Self {
        Self {
            limits: Limits { bytes: limits.bytes.max(1), entries: limits.entries.max(1) },
            segments: VecDeque::new(),
            spare: None,
            texts: Texts::default(),
            extras: VecDeque::new(),
            first,
            end: first,
            cost: 0,
            streams: Symbols::default(),
            types: Symbols::default(),
            tenants: Symbols::default(),
            channels: Symbols::default(),
            keys: Symbols::default(),
            kept: Vec::new(),
        }
    }

    /// How many entries of each key are retained.
    pub(super) fn kept(&self) -> impl Iterator<Item = (Key, Kept)> + '_ {
        self.keys.held().filter_map(|(at, key)| Some((*key, *self.kept.get(at.place())?)))
    }

    /// The number of the oldest retained entry. Everything below it was dropped.
    pub fn first_seq(&self) -> u64 {
        self.first
    }

    /// The number that the next entry will have.
    pub fn end_seq(&self) -> u64 {
        self.end
    }

    /// How many entries are retained.
    pub fn len(&self) -> u64 {
        self.end - self.first
    }

    /// Whether nothing is retained.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the retained entries take, roughly.
    pub fn bytes(&self) -> usize {
        self.cost
    }

    /// The entry with number `seq`, if it is retained.
    pub fn get(&self, seq: u64) -> Option<Row<'_>> {
        if seq < self.first || seq >= self.end {
            return None;
        }
        // All segments but the last are full.
        let from = seq - self.segments.front()?.base;
        let segment = self.segments.get(usize::try_from(from / Segment::RECORDS as u64).ok()?)?;
        let at = usize::try_from(seq - segment.base).ok()?;
        Some(Row { ring: self, key: *segment.keys.get(at)?, record: segment.records.get(at)?, seq })
    }

    /// Retained entries with numbers in `range`, in order.
    pub fn rows(&self, range: Range<u64>) -> impl DoubleEndedIterator<Item = Row<'_>> {
        self.runs(range).flat_map(|run| (0..run.keys.len()).filter_map(move |at| run.row(at)))
    }

    /// As [`Ring::rows`], those that lie together at once.
    pub(super) fn runs(&self, range: Range<u64>) -> impl DoubleEndedIterator<Item = Run<'_>> {
        let (from, to) = (range.start.max(self.first), range.end.min(self.end));
        let start = self.segments.partition_point(|segment| segment.end() <= from);
        let end = self.segments.partition_point(|segment| segment.base < to);
        self.segments.range(start..end.max(start)).map(move |segment| {
            let low = from.saturating_sub(segment.base).min(segment.records.len() as u64);
            let high = to.saturating_sub(segment.base).min(segment.records.len() as u64);
            // Both are at most the length of a Vec.
            let (low, high) = (usize::try_from(low).unwrap_or(0), usize::try_from(high).unwrap_or(0));
            let keys = segment.keys.get(low..high.max(low)).unwrap_or_default();
            Run { ring: self, segment, low, keys }
        })
    }

    /// Takes an entry in and drops the oldest beyond the limits.
    pub(super) fn push(&mut self, mut entry: Entry) -> Key {
        let key = Key {
            event_type: self.types.hold_value(entry.event_type.as_ref()),
            tenant: self.tenants.hold_value(entry.tenant.as_ref()),
            channel: self.channels.hold_value(entry.channel.as_ref()),
        };
        let symbol = self.keys.hold_value(Some(&key));
        let stream = self.streams.hold_value(Some(&entry.stream));
        let (standing, fault) = match std::mem::replace(&mut entry.verdict, Verdict::Unchecked) {
            Verdict::Valid => (Standing::Valid, None),
            Verdict::Unchecked => (Standing::Unchecked, None),
            Verdict::Invalid(fault) => (Standing::Invalid, Some(*fault)),
        };
        let (text, fields) = match std::mem::replace(&mut entry.content, Content::Fields(Vec::new())) {
            Content::Json { text, payload } => {
                let escaped = memchr::memchr(b'\\', text.as_bytes()).is_some();
                ((self.texts.push(&text), payload, escaped), Vec::new())
            }
            Content::Fields(fields) => ((Place::NONE, None, false), fields),
        };
        let record = Record::new(&entry, standing, stream, (text.0, text.1.as_ref(), text.2));
        self.cost += Record::COST + record.text.len();
        if let Some(fault) = fault {
            let extra = Box::new(Extra { fault, fields });
            self.cost += extra.cost();
            self.extras.push_back((self.end, extra));
        }
        let segment = self.open_segment();
        segment.records.push(record);
        segment.keys.push(symbol);
        self.keep(symbol, standing == Standing::Invalid, entry.id.ms);
        self.end += 1;
        self.trim();
        key
    }

    /// The segment that the next record goes into.
    fn open_segment(&mut self) -> &mut Segment {
        if self.segments.back().is_none_or(Segment::is_full) {
            let spare = self.spare.take();
            let end = self.end;
            self.segments.push_back(spare.map_or_else(|| Segment::new(end), |spare| spare.again(end)));
        }
        let last = self.segments.len() - 1;
        &mut self.segments[last]
    }

    fn trim(&mut self) {
        // The newest entry stays even if it alone is over the limit: a person must be able to see it.
        while self.len() > 1 && (self.len() > self.limits.entries as u64 || self.cost > self.limits.bytes) {
            let Some(front) = self.segments.front() else { return };
            let at = usize::try_from(self.first - front.base).unwrap_or(usize::MAX);
            let (Some(record), Some(symbol)) = (front.records.get(at), front.keys.get(at).copied()) else {
                return;
            };
            let (text, stream, is_invalid) =
                (record.text, record.stream, record.standing == Standing::Invalid);
            let is_last = self.first + 1 >= front.end();
            self.cost -= Record::COST + text.len();
            self.texts.forget(text);
            if let Some((_, extra)) = self.extras.pop_front_if(|(seq, _)| *seq == self.first) {
                self.cost -= extra.cost();
            }
            self.first += 1;
            if is_last {
                self.spare = self.segments.pop_front();
            }
            if let Some(key) = self.keys.value(symbol).copied() {
                self.types.release(key.event_type);
                self.tenants.release(key.tenant);
                self.channels.release(key.channel);
            }
            self.forget(symbol, is_invalid);
            self.streams.release(stream);
        }
    }

    /// What only invalid entries have, of entry `seq`.
    pub(super) fn extra(&self, seq: u64) -> Option<&Extra> {
        let at = self.extras.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        self.extras.get(at).map(|(_, extra)| extra.as_ref())
    }

    /// One more entry of `key` is retained.
    fn keep(&mut self, key: Symbol, invalid: bool, ms: u64) {
        if self.kept.len() <= key.place() {
            self.kept.resize(key.place() + 1, Kept::default());
        }
        let Some(kept) = self.kept.get_mut(key.place()) else { return };
        kept.events += 1;
        kept.invalid += u64::from(invalid);
        kept.last_ms = kept.last_ms.max(ms);
    }

    /// One entry of `key` is retained no longer.
    fn forget(&mut self, key: Symbol, invalid: bool) {
        self.keys.release(key);
        let Some(kept) = self.kept.get_mut(key.place()) else { return };
        kept.events -= 1;
        kept.invalid -= u64::from(invalid);
        if kept.events == 0 {
            *kept = Kept::default();
        }
    }
}
