//! A stream in pages: small entries many at a time, large ones a few.

use super::pager::BYTES;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::backwards::Backwards;
use crate::broker::redis::codec::{self, RawEntry};
use crate::broker::redis::pace::Pace;
use crate::broker::redis::question::Question;
use crate::bus::BusError;
use crate::event::{EntryId, Field};

/// Which way a stream is read.
enum Way {
    /// From behind this one on.
    On(EntryId),
    Back(Backwards),
}

/// Reads the stream at a key.
pub(super) struct Pages {
    key: String,
    way: Way,
    pace: Pace,
    ended: bool,
}

/// Reads the stream at `key` on from behind `after` to its end, and tells of each entry; `after` goes along.
pub(super) async fn read_on(
    asker: &mut Asker,
    key: String,
    after: &mut EntryId,
    doing: &str,
    mut each: impl FnMut(EntryId, &[Field]),
) -> Result<(), BusError> {
    let mut pages = Pages::on(key, *after);
    while let Some(page) = pages.next(asker, doing).await? {
        for entry in &page {
            *after = entry.id;
            each(entry.id, entry.fields.as_deref().unwrap_or_default());
        }
    }
    Ok(())
}

impl Pages {
    /// Oldest first, from behind `after` on.
    pub(super) fn on(key: String, after: EntryId) -> Self {
        Self { key, way: Way::On(after), pace: Pace::within(BYTES), ended: false }
    }

    /// Newest first, to the beginning.
    pub(super) fn back(key: String) -> Self {
        let way = Way::Back(Backwards::to(EntryId::ZERO));
        Self { key, way, pace: Pace::within(BYTES), ended: false }
    }

    /// The key.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The next page; `None` at the end, or where there is no stream. What is refused is an error, and the end as well.
    pub(super) async fn next(
        &mut self,
        asker: &mut Asker,
        doing: &str,
    ) -> Result<Option<Vec<RawEntry>>, BusError> {
        if self.ended {
            return Ok(None);
        }
        let count = self.pace.count(1);
        let question = match &self.way {
            Way::On(after) => Question::range_after(&self.key, *after, count),
            Way::Back(at) => at.question(&self.key, count),
        };
        let reply = asker.ask(&question, doing).await?;
        self.ended = true;
        let Some(reply) = asker.answered(reply, doing)? else { return Ok(None) };
        let page = codec::entries(reply).map_err(|fault| asker.unreadable(fault, doing))?;
        self.pace.learn(page.len(), page.iter().map(RawEntry::size).sum());
        self.ended = match &mut self.way {
            Way::On(after) => {
                *after = page.last().map_or(*after, |last| last.id);
                page.len() < count
            }
            Way::Back(at) => {
                at.note(count, &page);
                at.has_ended()
            }
        };
        Ok(Some(page))
    }
}
