//! Reading failed events, a page at a time.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc;

use super::glance::Glance;
use super::kept;
use super::lying::{self, Lying};
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::bus::millis;
use crate::broker::memory::state::State;
use crate::bus::{ActionError, BusError, Counted, FailedAt, FailedPage, FailedQuery, FailedSource};
use crate::event::{EntryId, StreamKey};

/// The most events of a page,
const PAGE: usize = 500;
/// and about the most bytes that are taken for it.
const PAGE_BYTES: usize = 1024 * 1024;

/// Reads what `query` asks for. Between two pages the bus goes on: what is gone by then does not come.
pub(super) async fn read(
    broker: &MemoryBroker,
    query: &FailedQuery,
    out: mpsc::Sender<FailedPage>,
) -> Result<(), BusError> {
    let mut reading = Reading::begin(broker, query)?;
    while let Some(page) = reading.next()? {
        if out.send(page).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// How far it has come.
struct Reading<'a> {
    broker: &'a MemoryBroker,
    /// The first page, before it was sent.
    first: Option<FailedPage>,
    /// Names of what is pending or waits: they come first.
    small: VecDeque<FailedAt>,
    /// The others, in turn.
    rows: Vec<Row>,
    /// So many may still be sent.
    left: usize,
}

/// How far the entries beside one stream were read, newest first.
struct Row {
    source: FailedSource,
    stream: StreamKey,
    after: EntryId,
    before: EntryId,
}

impl<'a> Reading<'a> {
    fn begin(broker: &'a MemoryBroker, query: &FailedQuery) -> Result<Self, BusError> {
        let state = broker.bus.state();
        state.reachable()?;
        let (pending, waiting) = lying::pending_and_waiting(&state);
        let failed = &state.failed;
        let mut reading = Self {
            broker,
            first: None,
            small: VecDeque::new(),
            rows: Vec::new(),
            left: query.at_most.unwrap_or(usize::MAX),
        };
        let mut first = FailedPage { totals: Some(BTreeMap::new()), ..FailedPage::default() };
        first.lying.extend(failed.letters.lengths().map(|(stream, length)| (stream.clone(), length)));
        for source in &query.sources {
            let (streams, total): (Vec<_>, u64) = match source {
                FailedSource::Pending => (Vec::new(), pending.len() as u64),
                FailedSource::Waiting => (Vec::new(), waiting.len() as u64),
                FailedSource::DeadLetters => kept::lengths(&failed.letters),
                FailedSource::Discarded => kept::lengths(&failed.discarded),
                FailedSource::Retried => kept::lengths(&failed.retried),
                // Handlers make dead letters of what is no event.
                FailedSource::Invalid => (Vec::new(), 0),
            };
            first.totals.get_or_insert_default().insert(*source, Counted::Exactly(total));
            reading.rows.extend(streams.into_iter().map(|stream| {
                let after = match source {
                    FailedSource::DeadLetters => query.after.get(&stream).copied(),
                    _ => None,
                };
                Row { source: *source, stream, after: after.unwrap_or(EntryId::ZERO), before: EntryId::MAX }
            }));
        }
        for (source, names) in [(FailedSource::Pending, pending), (FailedSource::Waiting, waiting)] {
            if query.sources.contains(&source) {
                reading.small.extend(names);
            }
        }
        reading.first = Some(first);
        Ok(reading)
    }

    /// The next page; `None` when all was read. The first one always comes: it says how much there is.
    fn next(&mut self) -> Result<Option<FailedPage>, BusError> {
        let first = self.first.take();
        let found = {
            let state = self.broker.bus.state();
            state.reachable()?;
            self.gather(&state)
        };
        if found.is_empty() && first.is_none() {
            return Ok(None);
        }
        let mut page = first.unwrap_or_default();
        let now_ms = millis((self.broker.bus.clock)());
        for (at, lying) in found {
            match lying::admit(self.broker.intake.lock(), lying.tenant().as_ref()) {
                Err(ActionError::Tenant(_)) => page.other_tenants += 1,
                Err(_) => page.unattributed += 1,
                Ok(()) => {
                    let event = lying.event(&at, now_ms);
                    self.left -= event.iter().len();
                    page.events.extend(event);
                }
            }
        }
        Ok(Some(page))
    }

    /// What comes next, as much as makes a page.
    fn gather(&mut self, state: &State) -> Vec<(FailedAt, Lying)> {
        let (mut found, mut bytes) = (Vec::new(), 0);
        let most = PAGE.min(self.left);
        let mut glance = Glance::at(state);
        let has_room = |found: &Vec<_>, bytes| found.len() < most && bytes < PAGE_BYTES;
        while has_room(&found, bytes)
            && let Some(at) = self.small.pop_front()
        {
            if let Some(lying) = state.lying(&at) {
                bytes += lying.size();
                found.push((at, lying));
            }
        }
        // Round by round, so that a long stream does not keep the newest of the others waiting.
        while has_room(&found, bytes) && !self.rows.is_empty() {
            let share = (most - found.len()).div_ceil(self.rows.len());
            self.rows.retain_mut(|row| {
                for _ in 0..share {
                    if !has_room(&found, bytes) {
                        return true;
                    }
                    let Some((at, lying)) = row.next(state, &mut glance) else { return false };
                    bytes += lying.size();
                    found.push((at, lying));
                }
                true
            });
        }
        found
    }
}

impl Row {
    fn next(&mut self, state: &State, glance: &mut Glance<'_>) -> Option<(FailedAt, Lying)> {
        let failed = &state.failed;
        let (stream, after, before) = (&self.stream, self.after, self.before);
        let newest = match self.source {
            FailedSource::Discarded => failed.discarded.between(stream, after, before).next(),
            FailedSource::Retried => failed.retried.between(stream, after, before).next(),
            _ => failed.letters.between(stream, after, before).next(),
        };
        let id = newest?;
        self.before = id;
        let stream = stream.clone();
        let at = match self.source {
            FailedSource::Discarded => FailedAt::Discarded { stream, id },
            FailedSource::Retried => {
                let record = failed.retried.get(&stream, id)?;
                let lying = Lying::Retried(record.clone(), glance.of(record));
                return Some((FailedAt::Retried { stream, id }, lying));
            }
            _ => FailedAt::DeadLetter { stream, id },
        };
        let lying = state.lying(&at)?;
        Some((at, lying))
    }
}
