//! Events that are being written into a file: a piece at a time, so that neither a key nor memory waits for it.

use std::collections::VecDeque;

use super::EventsDraft;
use crate::bus::{ArchiveQuery, ChannelScope, Direction};
use crate::event::{Entry, EntryId};
use crate::monitor::Lens;

/// Why no other export can be begun.
pub(super) const IS_EXPORTING: &str = "one export is running: it says when it is done; Esc ends it";
/// So many entries are asked of the bus at a time.
const PAGE: usize = 2_000;

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
}

/// Where events come from.
#[derive(Debug)]
pub enum Source {
    /// From what is here, by their numbers, in the order of arrival.
    Held(VecDeque<u64>),
    /// From the bus, a page at a time.
    Bus(Box<Sweep>),
}

/// All that match in a range of what lies on the bus, oldest first.
#[derive(Debug)]
pub struct Sweep {
    /// What was asked: the file may be there already.
    pub draft: EventsDraft,
    /// Filter and scope, as they were when it was begun.
    pub lens: Lens,
    /// Of which channels.
    pub channels: ChannelScope,
    /// How far it was read.
    pub reached: EntryId,
    /// The last entry of the range.
    pub until: EntryId,
    /// How many entries were looked at.
    pub looked_at: u64,
    /// Read, matching, and not written yet.
    pub waiting: VecDeque<Entry>,
    /// Whether all of the range was read.
    pub is_read: bool,
    /// A stream that the user may not read, and how many.
    pub denied: Option<(String, usize)>,
    /// Since how many tries the bus does not answer; it is asked again each second.
    pub tries: u32,
    /// Whether a question is on its way.
    pub asks: bool,
}

impl Sweep {
    /// The next question.
    pub fn query(&self) -> ArchiveQuery {
        let query = ArchiveQuery::new(self.reached, Direction::Newer, PAGE, self.channels.clone());
        ArchiveQuery { until: Some(self.until), ..query }
    }
}

impl Exporting {
    /// How many it is about, where that is known.
    pub fn total(&self) -> Option<u64> {
        match &self.source {
            Source::Held(left) => Some(self.written + self.gone + left.len() as u64),
            Source::Bus(_) => None,
        }
    }
}
