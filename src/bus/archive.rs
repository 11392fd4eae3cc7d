//! The port for reading back what lies on a bus, a page at a time, from any place in it.

use async_trait::async_trait;

use super::{Admission, BusError, ChannelScope, Denied, Intake, Raw};
use crate::event::{Entry, EntryId, EventType};

/// About so many bytes of entries are in a page,
const BYTES: usize = 8 << 20;
/// and so many entries are looked at for one, where a lock keeps most of them out.
const LOOKED_AT: usize = 20_000;

/// Reads pages of entries, with read commands only. What was trimmed is gone; nothing is remembered between pages.
#[async_trait]
pub trait Archive: Send + Sync {
    /// The entries next to a place, over all streams together.
    async fn page(&self, query: &ArchiveQuery) -> Result<ArchivePage, BusError>;

    /// As [`Archive::page`], of one type alone. Streams that are named for other types are not read where the bus has some
    /// for each.
    async fn page_of(&self, event_type: &EventType, query: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        let mut page = self.page(query).await?;
        page.keep_type(event_type);
        Ok(page)
    }
}

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveQuery {
    /// Next to which place. An entry at the place itself is not among them.
    pub from: EntryId,
    /// On which side of it.
    pub direction: Direction,
    /// How many, after tenant lock and channels: some more where several have the same id, as an id is never torn apart;
    /// fewer where they are large.
    pub at_most: usize,
    /// Of which channels, in a profile that has them.
    pub channels: ChannelScope,
    /// Up to where all is wanted that lies there by now, also what is in streams that were made just before; `None` where
    /// what is missing yet is read later.
    pub until: Option<EntryId>,
    /// Up to here it was looked before: what is left out there is counted already.
    pub counted: EntryId,
    /// Whether streams are looked for in any case, and not taken as they were found before: one that was made since would be
    /// missing for good.
    pub looks_anew: bool,
}

/// A side of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What came before it.
    Older,
    /// What came after it.
    Newer,
}

/// Entries that lie next to each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArchivePage {
    /// In the order of their ids, oldest first.
    pub entries: Vec<Entry>,
    /// How far it was looked: the place to ask from for the next page in the same direction.
    pub reached: EntryId,
    /// Whether nothing more lies in that direction, for now.
    pub is_end: bool,
    /// Up to here nothing is to come any more by the broker's clock; behind it an entry may come that belongs before one that
    /// is there: in the same millisecond, or while one stream after the other was read. `None` where nothing is so new.
    pub settled: Option<EntryId>,
    /// How many were left out, as their tenant is outside the lock.
    pub other_tenants: u64,
    /// How many were left out, as their tenant cannot be read and the run is locked.
    pub unattributed: u64,
    /// Streams that this user may not read: nothing of them is there.
    pub denied: Vec<Denied>,
}

impl ArchivePage {
    /// Whether the same question would be asked for ever: it is no end, and leads no further.
    pub fn is_stuck(&self, query: &ArchiveQuery) -> bool {
        !self.is_end && self.reached == query.from
    }

    /// Without entries that say they are of another type than this one, or of none.
    pub(crate) fn keep_type(&mut self, event_type: &EventType) {
        self.entries.retain(|entry| entry.event_type.as_ref() == Some(event_type));
    }
}

/// Answers every question with the reason why nothing can be read back here.
#[derive(Debug, Clone)]
pub struct NoArchive(pub String);

#[async_trait]
impl Archive for NoArchive {
    async fn page(&self, _: &ArchiveQuery) -> Result<ArchivePage, BusError> {
        Err(BusError::Unsupported(self.0.clone()))
    }
}

impl ArchiveQuery {
    /// So many next to a place.
    pub fn new(from: EntryId, direction: Direction, at_most: usize, channels: ChannelScope) -> Self {
        Self { from, direction, at_most, channels, until: None, counted: EntryId::ZERO, looks_anew: false }
    }

    /// Up to where the answer is settled when the broker's clock stood at `ms` before it looked: that millisecond is not.
    pub(crate) fn settled(&self, ms: u64) -> Option<EntryId> {
        let settled = EntryId::new(ms, 0).previous().unwrap_or(EntryId::ZERO);
        (self.direction == Direction::Newer || self.from > settled).then_some(settled)
    }
}

/// Puts a page together from what a broker finds, in order: the newest first for [`Direction::Older`].
pub(crate) struct PageOf {
    page: ArchivePage,
    intake: Intake,
    direction: Direction,
    at_most: usize,
    bytes: usize,
    looked_at: usize,
    counted: EntryId,
}

impl PageOf {
    /// An empty page, to be judged by `intake`.
    pub(crate) fn new(query: &ArchiveQuery, intake: &Intake) -> Self {
        Self {
            page: ArchivePage { reached: query.from, ..ArchivePage::default() },
            intake: intake.clone(),
            direction: query.direction,
            at_most: query.at_most.max(1),
            bytes: 0,
            looked_at: 0,
            counted: query.counted,
        }
    }

    /// How many more are wanted.
    pub(crate) fn left(&self) -> usize {
        if self.looked_at >= LOOKED_AT || self.bytes >= BYTES {
            return 0;
        }
        self.at_most.saturating_sub(self.page.entries.len())
    }

    /// Whether an entry with this id still belongs to it.
    pub(crate) fn takes(&self, id: EntryId) -> bool {
        self.left() > 0 || id == self.page.reached
    }

    /// Takes the next entry.
    pub(crate) fn push(&mut self, raw: Raw) {
        self.looked_at += 1;
        self.page.reached = raw.id;
        let is_new = u64::from(raw.id > self.counted);
        let size: usize = raw.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        match self.intake.admit(raw) {
            Admission::Entry(entry) => {
                self.bytes += size;
                self.page.entries.push(entry);
            }
            Admission::OtherTenant => self.page.other_tenants += is_new,
            Admission::Unattributed => self.page.unattributed += is_new,
        }
    }

    /// The page. `is_end`: whether there was nothing more.
    pub(crate) fn finish(mut self, is_end: bool, denied: Vec<Denied>) -> ArchivePage {
        if self.direction == Direction::Older {
            self.page.entries.reverse();
        }
        ArchivePage { is_end, denied, ..self.page }
    }
}

impl Direction {
    /// What comes first in this direction has the smaller rank; of one id the streams come in their order, or against it.
    pub(crate) fn rank(self, id: EntryId, stream: usize) -> (EntryId, usize) {
        match self {
            Self::Older => (EntryId::new(!id.ms, !id.seq), !stream),
            Self::Newer => (id, stream),
        }
    }
}
