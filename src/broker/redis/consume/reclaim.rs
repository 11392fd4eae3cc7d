//! What others left: pending with consumers that ended or stalled, or given back.

use redis::Value;

use super::groups::Reading;
use super::member::{Member, delivery};
use super::script::{Call, OTHERS, RECLAIM, call_all};
use crate::broker::redis::codec;
use crate::broker::redis::profile::{Layout, RELEASED};
use crate::bus::{BusError, Reclaimed, Suspects};
use crate::event::StreamKey;

const DOING: &str = "taking over what others left";
/// How many entries of one stream are taken over in one step.
const PAGE: usize = 100;
/// How many streams one step looks at for something pending with others.
const ASKED: usize = 100;

/// A stream in which others may have left something, and where to go on.
struct Page<'a> {
    stream: &'a StreamKey,
    reading: &'a Reading,
    from: String,
    /// How many suspects may come with it.
    suspects: usize,
}

impl Member {
    /// Takes over about `at_most` of what others left, and no more suspects than may come; the stream number `turn` comes
    /// first. It costs one round trip where nothing is pending with others, and one more for each page over all streams
    /// where something is.
    pub(super) async fn left_by_others(
        &self,
        at_most: usize,
        mut suspects: Suspects,
        turn: usize,
    ) -> Result<Reclaimed, BusError> {
        let readings = self.groups.readings();
        let all = readings.iter().map(|(stream, reading)| Page {
            stream,
            reading,
            from: "-".to_owned(),
            suspects: 0,
        });
        let mut pages = self.pending_with_others(all).await?;
        let first = turn % pages.len().max(1);
        pages.rotate_left(first);
        let mut found = Reclaimed::default();
        while !pages.is_empty() && found.deliveries.len() < at_most {
            // Streams beyond the room have their turn in the next round, or first at another time.
            let room = at_most - found.deliveries.len();
            let asked = pages.len().min(room);
            // All steps of a round are sent together: one of them may bring suspects.
            for (at, page) in pages[..asked].iter_mut().enumerate() {
                page.suspects = if at == 0 { suspects.at_most } else { 0 };
            }
            let count = (room / asked).clamp(1, PAGE);
            let calls: Vec<_> =
                pages[..asked].iter().map(|page| self.claim(page, count, suspects.crashes)).collect();
            let answers = call_all(self.commands(), &calls, DOING).await?;
            let (mut again, mut held_back) = (Vec::new(), Vec::new());
            for (page, answer) in pages.drain(..asked).zip(answers) {
                match answer {
                    Err(BusError::Refused { what, .. }) => tracing::warn!(stream = %page.stream, "{what}"),
                    answer => {
                        let taken = self.read_page(&page, answer?, &mut found)?;
                        suspects.at_most = suspects.at_most.saturating_sub(taken.suspects);
                        if taken.held_back && page.suspects == 0 {
                            held_back.push(Page { from: "-".to_owned(), ..page });
                        } else {
                            found.held_back |= taken.held_back;
                            again.extend(taken.next.map(|from| Page { from, ..page }));
                        }
                    }
                }
            }
            if suspects.at_most > 0 {
                // The next round begins with the first of them.
                pages.splice(..0, held_back);
            } else {
                found.held_back |= !held_back.is_empty();
            }
            pages.append(&mut again);
        }
        Ok(found)
    }

    /// Those in which something is pending with another consumer. Mostly there is none, and asking costs less than a
    /// claim in each stream.
    async fn pending_with_others<'a>(
        &self,
        all: impl Iterator<Item = Page<'a>>,
    ) -> Result<Vec<Page<'a>>, BusError> {
        let mut all: Vec<Option<Page<'_>>> = all.map(Some).collect();
        let call = |pages: &[Option<Page<'_>>]| {
            let mut call = Call::new(&OTHERS, pages.iter().flatten().map(|page| page.stream.as_str()));
            call.arg(self.groups.handler.as_str()).arg(&self.name);
            call
        };
        let calls: Vec<_> = all.chunks(ASKED).map(call).collect();
        let answers = call_all(self.commands(), &calls, DOING).await?;
        let mut with_others = Vec::new();
        for (pages, answer) in all.chunks_mut(ASKED).zip(answers) {
            let places = codec::list(answer?).map_err(|fault| self.unreadable(fault, DOING))?;
            let places = places.iter().filter_map(codec::number).filter_map(|at| usize::try_from(at).ok());
            with_others.extend(places.filter_map(|at| pages.get_mut(at.checked_sub(1)?)?.take()));
        }
        Ok(with_others)
    }

    fn claim(&self, page: &Page<'_>, count: usize, crashes: u32) -> Call {
        let source = &page.reading.source.key;
        let mut call = Call::new(&RECLAIM, [page.stream.as_str().to_owned(), Layout::dead_letters(source)]);
        call.arg(self.groups.handler.as_str()).arg(&self.name).arg(self.lease_ms);
        call.arg(&page.from).arg(count).arg(source.as_str()).arg(u8::from(page.reading.is_retry));
        call.arg(crashes).arg(page.suspects.min(count)).arg(RELEASED);
        call.arg(self.groups.upkeep.layout().worker(""));
        call
    }

    /// Adds what was taken over to `found`.
    fn read_page(&self, page: &Page<'_>, answer: Value, found: &mut Reclaimed) -> Result<Taken, BusError> {
        let unreadable = |fault| self.unreadable(fault, DOING);
        let [next, entries, suspects, held_back] =
            codec::exactly(answer, "where to go on, entries and two counts").map_err(unreadable)?;
        for part in codec::list(entries).map_err(unreadable)? {
            let [id, fields, count] =
                codec::exactly(part, "an id, fields and a count").map_err(unreadable)?;
            let entry = codec::entry(Value::Array(vec![id, fields])).map_err(unreadable)?;
            let count = codec::number(&count).unwrap_or(1);
            found.deliveries.push(delivery(page.stream, page.reading, entry, count));
        }
        Ok(Taken {
            next: codec::text(&next).filter(|next| !next.is_empty()).map(str::to_owned),
            suspects: codec::number(&suspects).and_then(|taken| usize::try_from(taken).ok()).unwrap_or(0),
            held_back: codec::number(&held_back).is_some_and(|held_back| held_back > 0),
        })
    }
}

/// What one step came to.
struct Taken {
    /// Where to go on, if there is more.
    next: Option<String>,
    suspects: usize,
    held_back: bool,
}
