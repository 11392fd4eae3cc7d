//! Watching failed attempts: the stream that workers tell of them in, read on the connection of the watch and with its
//! reads, but no type stream: it is counted, merged and judged apart.

pub(super) mod record;

use std::sync::Arc;

use redis::{Cmd, Value};

use super::codec::{self, RawEntry, StreamReply};
use super::facts::{self, Look, StreamFacts};
use super::feed::{Halt, Place};
use super::profile::Layout;
use super::supervisor::Trip;
use super::track::Track;
use super::watch::StreamWatch;
use super::wire::Wire;
use crate::bus::{BusSignal, FailureBatch, FailureFeed, Gap, Origin, TenantLock};
use crate::event::{EntryId, StreamKey};

const DOING: &str = "reading failed attempts";
/// The most of history that is kept until all of it is there, in bytes.
const HISTORY_BYTES: usize = 16 << 20;
/// How many go into one signal.
const BATCH: usize = 500;
/// Whether a stream that could not be read can be by now is asked once in so many looks.
const ASK_AGAIN: usize = 12;

/// Where failed attempts are wanted and recorded: how far they have been read.
pub(super) struct FailureWatch {
    /// How many of the newest come first.
    wanted: usize,
    track: Track,
    feed: FailureFeed,
    /// Whether what was there at the start has been sent.
    begun: bool,
    looks: usize,
}

impl FailureWatch {
    /// What a watch that wants so many of the newest reads; `None` where it wants none, or the profile records none.
    pub(super) fn of(layout: &Layout, wanted: Option<usize>) -> Option<Self> {
        let key = layout.recorded_failures()?;
        let place = Place { key, event_type: None, channel: None };
        let track = Track::found_new(Arc::new(place), EntryId::ZERO, EntryId::ZERO);
        Some(Self { wanted: wanted?, track, feed: FailureFeed::Read, begun: false, looks: 0 })
    }

    fn key(&self) -> &StreamKey {
        &self.track.place.key
    }

    /// Its key and where reading it goes on, for the next read.
    pub(super) fn next_read(&self) -> Option<(&str, EntryId)> {
        (self.feed == FailureFeed::Read).then(|| (self.key().as_str(), self.track.cursor))
    }

    /// Takes its entries out of what was read.
    pub(super) fn take(&mut self, replies: &mut Vec<StreamReply>) -> Vec<RawEntry> {
        let at = replies.iter().position(|reply| reply.0 == self.key().as_str().as_bytes());
        let read = at.map(|at| replies.swap_remove(at).1).unwrap_or_default();
        // What was trimmed before it could be read is told by the next look.
        self.track.advance(&read, None);
        read
    }

    /// Judges what the stream says of itself: whether it lost its data, and how many records were trimmed unread.
    fn judge(&mut self, facts: Option<&StreamFacts>) -> (Option<StreamKey>, Option<Gap>) {
        if self.track.lost_data(facts) {
            return (Some(self.key().clone()), None);
        }
        (None, facts.and_then(|facts| self.track.compare(facts)))
    }
}

/// What can be read of `entries`, as far as the lock admits it.
fn decode(entries: &[RawEntry], origin: Origin, lock: &TenantLock) -> FailureBatch {
    let mut batch = FailureBatch::new(origin);
    for entry in entries.iter().filter(|entry| entry.fields.is_some()) {
        match record::read(entry) {
            Some(failure) => {
                batch.take(failure, lock);
            }
            None => batch.unreadable += 1,
        }
    }
    batch
}

impl StreamWatch {
    /// Before the history of events: that of failed attempts.
    pub(super) async fn begin_failures(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let Some(mut failures) = self.failures.take() else {
            if self.watch.failures.is_some() {
                self.feed.signal(BusSignal::FailureFeed(FailureFeed::NotRecorded)).await?;
            }
            return Ok(());
        };
        let outcome = if failures.begun { Ok(()) } else { self.failure_history(wire, &mut failures).await };
        failures.begun |= outcome.is_ok();
        self.failures = Some(failures);
        outcome
    }

    /// Walks back over the newest, and sends them in order.
    async fn failure_history(&mut self, wire: &mut Wire, failures: &mut FailureWatch) -> Result<(), Trip> {
        let look = self.look_at_failures(wire, failures).await?;
        self.feed.signal(BusSignal::FailureFeed(failures.feed.clone())).await?;
        let facts = match look {
            Some(Look::There(facts)) => Some(facts),
            // It may be read, but not asked what it is.
            Some(Look::Refused(_)) => None,
            // Whatever comes is new.
            Some(Look::Gone) | None => return Ok(()),
        };
        let mut before = Some(facts.map_or(EntryId::MAX, |facts| facts.last_generated));
        let (mut pages, mut admitted, mut bytes) = (Vec::new(), 0, 0);
        let mut newest = EntryId::ZERO;
        while let Some(end) = before
            && admitted < failures.wanted
            && bytes < HISTORY_BYTES
        {
            let count = self.pace.count(1).min(failures.wanted - admitted);
            let mut range = redis::cmd("XREVRANGE");
            range.arg(failures.key().as_str()).arg(end.to_string()).arg("-").arg("COUNT").arg(count);
            let answer = self.supervisor.wanted(wire.ask(&range, DOING)).await?;
            let mut page = codec::entries(answer).map_err(|fault| wire.unreadable(fault, DOING))?;
            self.supervisor.proven();
            let size = page.iter().map(RawEntry::size).sum();
            self.pace.learn(page.len(), size);
            newest = newest.max(page.first().map_or(EntryId::ZERO, |entry| entry.id));
            before = page.last().filter(|_| page.len() == count).and_then(|oldest| oldest.id.previous());
            page.reverse();
            let batch = decode(&page, Origin::History, self.intake.lock());
            admitted += batch.failures.len();
            bytes += if batch.failures.is_empty() { 0 } else { size };
            pages.push(batch);
        }
        for batch in pages.into_iter().rev().filter(|batch| !batch.is_empty()) {
            self.feed.signal(BusSignal::Failures(batch)).await?;
        }
        let place = Arc::clone(&failures.track.place);
        let end = facts.map_or(newest, |facts| facts.last_generated);
        failures.track = Track::new(place, end, EntryId::ZERO);
        if let Some(facts) = facts {
            failures.track.begin(&facts);
            failures.track.rewound(end, 0);
        }
        Ok(())
    }

    /// What the stream says of itself, and whether it can be read. `None` if it cannot.
    async fn look_at_failures(
        &self,
        wire: &mut Wire,
        failures: &mut FailureWatch,
    ) -> Result<Option<Look>, Trip> {
        let mut probe = redis::Pipeline::new();
        probe.cmd("XREVRANGE").arg(failures.key().as_str()).arg("+").arg("-").arg("COUNT").arg(1);
        probe.cmd("XINFO").arg("STREAM").arg(failures.key().as_str());
        let mut answers = self.supervisor.wanted(wire.ask_all(&probe, DOING)).await?.into_iter();
        let (Some(newest), Some(info)) = (answers.next(), answers.next()) else { return Ok(None) };
        if let Value::ServerError(error) = newest {
            if !matches!(error.code(), "NOPERM" | "WRONGTYPE") {
                return Err(wire.refused(error, DOING).into());
            }
            let why = wire.refused(error, DOING);
            let why =
                why.next().map_or_else(|| why.what().to_owned(), |next| format!("{}; {next}", why.what()));
            failures.feed = FailureFeed::Unreadable(why);
            return Ok(None);
        }
        failures.feed = FailureFeed::Read;
        Ok(Some(facts::stream(wire, info, DOING)?))
    }

    /// Looks at the stream, says what was lost, and whether it can be read. Answers the stream if it lost its data.
    pub(super) async fn renew_failures(&mut self, wire: &mut Wire) -> Result<Option<StreamKey>, Trip> {
        let Some(mut failures) = self.failures.take() else { return Ok(None) };
        let outcome = self.look_and_judge_failures(wire, &mut failures).await;
        self.failures = Some(failures);
        outcome
    }

    async fn look_and_judge_failures(
        &self,
        wire: &mut Wire,
        failures: &mut FailureWatch,
    ) -> Result<Option<StreamKey>, Trip> {
        failures.looks += 1;
        // Each refusal stands in the server's log.
        if !failures.begun || failures.feed != FailureFeed::Read && !failures.looks.is_multiple_of(ASK_AGAIN)
        {
            return Ok(None);
        }
        let before = failures.feed.clone();
        let look = self.look_at_failures(wire, failures).await?;
        if failures.feed != before {
            self.feed.signal(BusSignal::FailureFeed(failures.feed.clone())).await?;
        }
        let (lost, gap) = match look {
            Some(Look::There(facts)) => failures.judge(Some(&facts)),
            Some(Look::Gone) => failures.judge(None),
            Some(Look::Refused(_)) | None => (None, None),
        };
        if let Some(gap) = gap {
            let batch = FailureBatch { trimmed: gap.lost.unwrap_or(0), ..FailureBatch::new(Origin::Live) };
            self.tell_failures(batch).await?;
        }
        Ok(lost)
    }

    /// Whether the stream of failed attempts is what a read of all was refused for: then it is read no more.
    pub(super) async fn failures_refused(&mut self, wire: &mut Wire) -> Result<bool, Trip> {
        let readable = |watch: &Self| watch.failures.as_ref().is_some_and(|it| it.next_read().is_some());
        let before = readable(self);
        self.renew_failures(wire).await?;
        Ok(before && !readable(self))
    }

    /// Hands on what was read of it.
    pub(super) async fn hand_on_failures(&self, read: &[RawEntry]) -> Result<(), Halt> {
        for read in read.chunks(BATCH) {
            self.tell_failures(decode(read, Origin::Live, self.intake.lock())).await?;
        }
        Ok(())
    }

    async fn tell_failures(&self, batch: FailureBatch) -> Result<(), Halt> {
        if batch.is_empty() { Ok(()) } else { self.feed.signal(BusSignal::Failures(batch)).await }
    }

    /// Adds it to a read of streams: its key, or where reading goes on.
    pub(super) fn add_failures(&self, read: &mut Cmd, what: impl Fn((&str, EntryId)) -> String) {
        if let Some(next) = self.failures.as_ref().and_then(FailureWatch::next_read) {
            read.arg(what(next));
        }
    }
}
