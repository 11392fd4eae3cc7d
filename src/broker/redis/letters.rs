//! Dead letters: whose they are, and the newest of one handler. Redis only knows how many lie in a stream, so they are
//! read; what was counted is remembered, and only what came since is read again.

use std::collections::BTreeMap;

use super::asker::Asker;
use super::codec::{self, RawEntry};
use super::profile::Layout;
use super::question::Question;
use super::survey::Surveyed;
use crate::bus::{BusError, Counted};
use crate::event::{EntryId, StreamKey};

const DOING: &str = "counting dead letters";
/// How many streams one pipeline asks about.
const CHUNK: usize = 20;
/// How many dead letters are asked for before anything is known of their size.
const FIRST_PAGE: usize = 10;
/// The most that are asked for at a time,
const MOST: usize = 1_000;
/// in about so many bytes,
const PAGE_BYTES: usize = 256 * 1024;
/// and so many bytes in one look over all streams.
const LOOK_BYTES: usize = 8 * 1024 * 1024;
/// The field that names the handler.
const HANDLER: &[u8] = b"handler";

/// Whose dead letters lie in which stream, as far as they were counted.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<StreamKey, Tally>);

/// What was counted of one stream, oldest first.
#[derive(Debug, Default)]
struct Tally {
    /// The last one that was counted.
    cursor: EntryId,
    counted: u64,
    bytes: usize,
    by_handler: BTreeMap<Vec<u8>, u64>,
    /// How many lie there.
    length: u64,
    /// Nothing more is to be asked in this look.
    settled: bool,
}

impl Tally {
    /// Begins a look at a stream with so many.
    fn begin(&mut self, length: u64) {
        if self.counted > length {
            // Some were removed, and nobody knows whose.
            *self = Self::default();
        }
        self.length = length;
        self.settled = false;
    }

    fn page(&self) -> usize {
        let Some(each) = self.bytes.checked_div(usize::try_from(self.counted).unwrap_or(usize::MAX)) else {
            return FIRST_PAGE;
        };
        (PAGE_BYTES / each.max(1)).clamp(1, MOST)
    }

    fn note(&mut self, asked: usize, entries: &[RawEntry]) {
        for entry in entries {
            let fields = entry.fields.as_deref().unwrap_or_default();
            let handler = fields.iter().rev().find(|(name, _)| name == HANDLER);
            // Ours are named by what may be a name; anything longer would only cost memory.
            if let Some((_, name)) = handler.filter(|(_, name)| name.len() <= 64) {
                *self.by_handler.entry(name.clone()).or_insert(0) += 1;
            }
            self.counted += 1;
            self.bytes += entry.size();
            self.cursor = entry.id;
        }
        self.settled = entries.len() < asked;
        if self.settled && self.counted > self.length {
            // Either more came meanwhile, or as many were removed: the next look tells.
            self.length = self.counted;
        }
    }

    /// How many of them are `handler`'s.
    fn of(&self, handler: &[u8]) -> Counted {
        let own = self.by_handler.get(handler).copied().unwrap_or(0);
        if self.settled && self.counted >= self.length {
            Counted::Exactly(own)
        } else {
            Counted::AtLeast(own)
        }
    }
}

impl Tallies {
    /// Counts what came since the last look, in `streams` that have dead letters.
    pub(super) async fn renew(&mut self, asker: &mut Asker, streams: &[Surveyed]) -> Result<(), BusError> {
        let lying: BTreeMap<&StreamKey, u64> = streams
            .iter()
            .filter(|stream| stream.dead_letters > 0)
            .map(|stream| (&stream.source.key, stream.dead_letters))
            .collect();
        self.0.retain(|key, _| lying.contains_key(key));
        for (key, length) in &lying {
            self.0.entry((*key).clone()).or_default().begin(*length);
        }
        let mut left = LOOK_BYTES;
        loop {
            let mut open: Vec<_> = self.0.iter_mut().filter(|(_, tally)| !tally.settled).collect();
            if open.is_empty() || left == 0 {
                return Ok(());
            }
            for chunk in open.chunks_mut(CHUNK) {
                left = left.saturating_sub(advance(asker, chunk).await?);
                if left == 0 {
                    break;
                }
            }
        }
    }

    /// How many dead letters beside `stream` are `handler`'s.
    pub(super) fn of(&self, stream: &StreamKey, handler: &[u8]) -> Counted {
        self.0.get(stream).map_or(Counted::Exactly(0), |tally| tally.of(handler))
    }
}

/// One page more of each; answers how many bytes came.
async fn advance(asker: &mut Asker, open: &mut [(&StreamKey, &mut Tally)]) -> Result<usize, BusError> {
    let pages: Vec<_> = open.iter().map(|(_, tally)| tally.page()).collect();
    let questions: Vec<_> = open
        .iter()
        .zip(&pages)
        .map(|((key, tally), page)| Question::range_after(&Layout::dead_letters(key), tally.cursor, *page))
        .collect();
    let mut bytes = 0;
    for (((_, tally), page), reply) in open.iter_mut().zip(pages).zip(asker.ask_all(&questions, DOING).await?)
    {
        let Some(reply) = asker.granted(reply, DOING)? else {
            // Gone, or not allowed: what is not counted is shown as such.
            tally.settled = true;
            continue;
        };
        let entries = codec::entries(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        bytes += entries.iter().map(RawEntry::size).sum::<usize>();
        tally.note(page, &entries);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(n: u64, handler: &str) -> RawEntry {
        RawEntry { id: EntryId::new(n, 0), fields: Some(vec![(HANDLER.to_vec(), handler.into())]) }
    }

    #[test]
    fn a_count_says_whether_it_is_whole() {
        let mut tally = Tally::default();
        tally.begin(3);
        assert_eq!(tally.page(), FIRST_PAGE);
        tally.note(2, &[letter(1, "sla"), letter(2, "mail")]);
        assert_eq!(tally.of(b"sla"), Counted::AtLeast(1), "a whole page: there is more");
        tally.note(2, &[letter(3, "sla")]);
        assert_eq!((tally.of(b"sla"), tally.of(b"other")), (Counted::Exactly(2), Counted::Exactly(0)));
        assert_eq!(tally.page(), MOST, "small ones come many at a time");
    }

    #[test]
    fn what_was_removed_makes_it_count_anew() {
        let mut tally = Tally::default();
        tally.begin(2);
        tally.note(10, &[letter(1, "sla"), letter(2, "mail")]);
        tally.begin(1);
        assert_eq!((tally.counted, tally.cursor), (0, EntryId::ZERO));
        tally.note(10, &[letter(2, "mail")]);
        assert_eq!((tally.of(b"sla"), tally.of(b"mail")), (Counted::Exactly(0), Counted::Exactly(1)));
        // One removed and one more: the length alone does not tell, but the count goes beyond it.
        tally.begin(1);
        tally.note(10, &[letter(3, "sla")]);
        tally.begin(1);
        assert_eq!(tally.counted, 0);
    }
}
