//! Events that are being written into a file: a piece at a time, so that neither a key nor memory waits for it.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::EventsDraft;
use super::unread::unread;
use crate::bus::{ArchivePage, ArchiveQuery, ChannelScope, Direction};
use crate::event::{Entry, EntryId};
use crate::monitor::Lens;
use crate::text::display_safe;

/// Why no other export can be begun.
pub(super) const IS_EXPORTING: &str = "one export is running: it says when it is done; Esc ends it";
/// So many entries are asked of the bus at a time.
const PAGE: usize = 2_000;
/// By then everything has come that was on its way. What is not settled has an id ahead of the broker's clock, or that may not
/// be asked.
const COME_BY: TimeDelta = TimeDelta::seconds(1);

/// What is on its way into a file.
#[derive(Debug)]
pub struct Exporting {
    /// Its number: answers come back with it.
    pub number: u64,
    /// The file, as a person named it.
    pub file: String,
    /// Whether a file that is there already is replaced.
    pub replaces: bool,
    /// What is to be written yet.
    pub source: Source,
    /// How many are written.
    pub written: u64,
    /// How many had left memory before they could be.
    pub gone: u64,
    /// In how many of them something is masked.
    pub redacted: u64,
    /// Whether all is written, and the file is being put in its place: it stays, whatever is pressed now.
    pub keeps: bool,
}

/// Where events come from.
#[derive(Debug)]
pub enum Source {
    /// From what is here, by their numbers, in the order of arrival.
    Held(VecDeque<u64>),
    /// From the bus, a page at a time.
    Bus(Box<Sweep>),
}

/// All that match in a range of what lies on the bus, oldest first. Only what is settled is written, as nothing can be put
/// between lines of a file: what came late into a stream is read before that.
#[derive(Debug)]
pub struct Sweep {
    /// What was asked: the file may be there already.
    pub draft: EventsDraft,
    /// Filter and scope, as they were when it was begun.
    pub lens: Lens,
    /// Read, matching, and not written yet.
    pub waiting: VecDeque<Entry>,
    /// How many entries were looked at.
    pub looked_at: u64,
    /// How far it was read.
    pub reached: EntryId,
    /// Whether all of the range was read.
    pub is_read: bool,
    /// Streams that the user may not read, for people.
    pub unread: Option<String>,
    /// Since when the bus does not answer.
    pub silent_since: Option<DateTime<Utc>>,
    /// Whether it rests until the next second, and is asked again then.
    pub rests: bool,
    /// Of which channels.
    channels: ChannelScope,
    /// The last entry of the range; the end of all, until it is known where that was.
    until: EntryId,
    /// Up to where it was looked: what is not settled is read again, and what is withheld there is counted once.
    counted: EntryId,
    /// Since when something is not settled.
    unsettled_since: Option<DateTime<Utc>>,
}

impl Sweep {
    /// From the first entry of a range to the last.
    pub fn new(
        draft: EventsDraft,
        lens: Lens,
        channels: ChannelScope,
        (since, until): (EntryId, EntryId),
    ) -> Self {
        let before = since.previous().unwrap_or(EntryId::ZERO);
        Self {
            draft,
            lens,
            waiting: VecDeque::new(),
            looked_at: 0,
            reached: before,
            is_read: false,
            unread: None,
            silent_since: None,
            rests: false,
            channels,
            until,
            counted: before,
            unsettled_since: None,
        }
    }

    /// The next question.
    pub fn query(&self) -> ArchiveQuery {
        let query = ArchiveQuery::new(self.reached, Direction::Newer, PAGE, self.channels.clone());
        // From the first page on all streams are known that can hold anything of the range.
        let looks_anew = self.looked_at == 0;
        ArchiveQuery { until: Some(self.until), counted: self.counted, looks_anew, ..query }
    }

    /// Takes a page in: answers what of it is settled. Behind that place it is asked again.
    pub fn take(&mut self, mut page: ArchivePage, now: DateTime<Utc>) -> Vec<Entry> {
        self.silent_since = None;
        self.unread = unread(&page.denied, "there").or(self.unread.take());
        let has_new = page.settled.is_some_and(|settled| settled < page.reached);
        if self.until == EntryId::MAX && (page.is_end || has_new) {
            // What comes from now on is not meant: it would never end.
            self.until = page.reached;
        }
        // Without the broker's clock, nobody says that the last millisecond of the range is over.
        let last_moment = || EntryId::new(self.until.ms, 0).previous().unwrap_or(EntryId::ZERO);
        let has_come = self.unsettled_since.is_some_and(|since| now - since >= COME_BY);
        let settled = if has_come { EntryId::MAX } else { page.settled.unwrap_or_else(last_moment) };
        let is_whole = page.is_end || page.reached >= self.until;
        self.is_read = is_whole && settled >= self.until;
        self.reached = page.reached.min(settled).max(self.reached);
        let last = self.reached.min(self.until);
        page.entries.retain(|entry| entry.id <= last);
        if !self.is_read && (is_whole || page.reached > settled) {
            self.unsettled_since.get_or_insert(now);
            self.rests = page.entries.is_empty();
        }
        self.looked_at += page.entries.len() as u64 + page.other_tenants + page.unattributed;
        self.counted = self.counted.max(page.reached);
        page.entries
    }
}

/// What is on the disk after an export that was ended. Safe to show.
/// `written`: how many events were written before; without any, the file may not have been made yet.
pub fn left_on_disk(file: &str, replaces: bool, written: u64) -> String {
    let file = display_safe(file);
    // Short: on a small screen it is read at the end of a line.
    match written {
        _ if replaces => format!("{file} is as it was"),
        0 => "no file is left of it".to_owned(),
        _ => format!("{file} is removed"),
    }
}

impl Exporting {
    /// What is on the disk if it ends now. Safe to show.
    pub fn left_on_disk(&self) -> String {
        left_on_disk(&self.file, self.replaces, self.written)
    }

    /// How many it is about, where that is known.
    pub fn total(&self) -> Option<u64> {
        match &self.source {
            Source::Held(left) => Some(self.written + self.gone + left.len() as u64),
            Source::Bus(_) => None,
        }
    }
}
