//! The newest entries, bounded by bytes and by count; the oldest are dropped first.
//!
//! Texts lie one behind the other in segments of about a mebibyte, with a small record each. So a retained event
//! costs its JSON and about ninety bytes, dropping is cheap, and a search runs over memory that lies together.

use std::collections::VecDeque;
use std::ops::Range;

use serde::Deserialize;
use uuid::Uuid;

use super::Row;
use super::symbols::{Symbol, Symbols};
use crate::event::{
    Channel, Content, Entry, EntryId, EventId, EventType, Fault, Field, StreamKey, TenantId, Verdict,
};
use crate::filter::Standing;

/// A segment is closed when it holds this many bytes of text.
const SEGMENT_BYTES: usize = 1 << 20;
/// Also when it holds this many records, so that entries without text are dropped in reasonable steps.
const SEGMENT_RECORDS: usize = 8_192;

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

/// What is kept of an entry besides its text.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: EntryId,
    event_id: Uuid,
    pub(super) timestamp_ms: i64,
    start: u32,
    len: u32,
    payload_start: u32,
    payload_end: u32,
    pub(super) stream: Symbol,
    pub(super) event_type: Symbol,
    pub(super) tenant: Symbol,
    pub(super) channel: Symbol,
    pub(super) extra: Option<Box<Extra>>,
    has_text: bool,
    pub(super) replayable: bool,
    pub(super) standing: Standing,
}

/// What only invalid entries have.
#[derive(Debug)]
pub(super) struct Extra {
    pub(super) fault: Fault,
    pub(super) fields: Vec<Field>,
}

impl Record {
    /// Stands for 'no time': no calendar knows it.
    const NO_TIME: i64 = i64::MIN;

    pub(super) fn event_id(&self) -> Option<EventId> {
        (!self.event_id.is_nil()).then(|| EventId::from(self.event_id))
    }

    pub(super) fn payload(&self) -> Range<usize> {
        // An absent payload is stored as the range u32::MAX..u32::MAX, which no text has.
        self.payload_start as usize..self.payload_end as usize
    }

    fn cost(&self) -> usize {
        let extra = self.extra.as_ref().map_or(0, |extra| {
            let fields: usize = extra.fields.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
            let reports: usize = extra
                .fault
                .reports
                .iter()
                .map(|r| r.path.len() + r.expected.len() + r.found.len() + 72)
                .sum();
            fields + reports + size_of::<Extra>()
        });
        size_of::<Self>() + size_of::<Symbol>() + self.len as usize + extra
    }
}

/// Entries that lie together.
#[derive(Debug)]
pub(super) struct Segment {
    text: String,
    records: Vec<Record>,
    /// The key of each, together: a pass of a filter that asks for names reads nothing else.
    keys: Vec<Symbol>,
    /// The number of its first record.
    base: u64,
}

impl Segment {
    fn new(base: u64, text_bytes: usize) -> Self {
        Self { text: String::with_capacity(text_bytes), records: Vec::new(), keys: Vec::new(), base }
    }

    fn end(&self) -> u64 {
        self.base + self.records.len() as u64
    }

    pub(super) fn text(&self, record: &Record) -> Option<&str> {
        let start = record.start as usize;
        if record.has_text { self.text.get(start..start + record.len as usize) } else { None }
    }
}

/// The newest entries.
#[derive(Debug)]
pub struct Ring {
    limits: Limits,
    segments: VecDeque<Segment>,
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
        Some(Row { ring: self.ring, segment: self.segment, record, seq: self.first_seq() + at as u64 })
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
        let at = self.segments.partition_point(|segment| segment.end() <= seq);
        let segment = self.segments.get(at)?;
        let record = segment.records.get(usize::try_from(seq - segment.base).ok()?)?;
        Some(Row { ring: self, segment, record, seq })
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
    pub(super) fn push(&mut self, entry: Entry) -> Key {
        let key = Key {
            event_type: self.types.hold_value(entry.event_type.as_ref()),
            tenant: self.tenants.hold_value(entry.tenant.as_ref()),
            channel: self.channels.hold_value(entry.channel.as_ref()),
        };
        let symbol = self.keys.hold_value(Some(&key));
        let stream = self.streams.hold_value(Some(&entry.stream));
        let (text, payload, fields) = match entry.content {
            Content::Json { text, payload } => (Some(text), payload, Vec::new()),
            Content::Fields(fields) => (None, None, fields),
        };
        let (standing, fault) = match entry.verdict {
            Verdict::Valid => (Standing::Valid, None),
            Verdict::Unchecked => (Standing::Unchecked, None),
            Verdict::Invalid(fault) => (Standing::Invalid, Some(*fault)),
        };
        let len = text.as_ref().map_or(0, |text| text.len());
        let segment = self.open_segment(len);
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let record = Record {
            id: entry.id,
            event_id: entry.event_id.map_or_else(Uuid::nil, EventId::uuid),
            timestamp_ms: entry.timestamp.map_or(Record::NO_TIME, |at| at.timestamp_millis()),
            start: place(segment.text.len()),
            len: place(len),
            payload_start: payload.as_ref().map_or(u32::MAX, |range| place(range.start)),
            payload_end: payload.as_ref().map_or(u32::MAX, |range| place(range.end)),
            stream,
            event_type: key.event_type,
            tenant: key.tenant,
            channel: key.channel,
            extra: fault.map(|fault| Box::new(Extra { fault, fields })),
            has_text: text.is_some(),
            replayable: entry.replayable,
            standing,
        };
        if let Some(text) = &text {
            segment.text.push_str(text);
        }
        let cost = record.cost();
        segment.records.push(record);
        segment.keys.push(symbol);
        self.keep(symbol, standing == Standing::Invalid, entry.id.ms);
        self.cost += cost;
        self.end += 1;
        self.trim();
        key
    }

    /// The segment that the next text of `len` bytes goes into.
    fn open_segment(&mut self, len: usize) -> &mut Segment {
        let fits = self.segments.back().is_some_and(|segment| {
            segment.records.len() < SEGMENT_RECORDS && segment.text.len() + len <= segment.text.capacity()
        });
        if !fits {
            if let Some(full) = self.segments.back_mut() {
                full.text.shrink_to_fit();
                full.records.shrink_to_fit();
                full.keys.shrink_to_fit();
            }
            self.segments.push_back(Segment::new(self.end, SEGMENT_BYTES.max(len)));
        }
        let last = self.segments.len() - 1;
        &mut self.segments[last]
    }

    fn trim(&mut self) {
        // The newest entry stays even if it alone is over the limit: a person must be able to see it.
        while self.len() > 1 && (self.len() > self.limits.entries as u64 || self.cost > self.limits.bytes) {
            let Some(front) = self.segments.front_mut() else { return };
            let at = usize::try_from(self.first - front.base).unwrap_or(usize::MAX);
            let Some(record) = front.records.get_mut(at) else { return };
            let Some(key) = front.keys.get(at).copied() else { return };
            self.cost -= record.cost();
            record.extra = None;
            let invalid = record.standing == Standing::Invalid;
            let (stream, event_type, tenant, channel) =
                (record.stream, record.event_type, record.tenant, record.channel);
            self.first += 1;
            if self.first >= front.end() {
                self.segments.pop_front();
            }
            self.forget(key, invalid);
            self.streams.release(stream);
            self.types.release(event_type);
            self.tenants.release(tenant);
            self.channels.release(channel);
        }
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
