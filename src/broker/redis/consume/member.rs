//! One consumer of a handler's groups.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use redis::Cmd;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::body;
use super::finishing;
use super::groups::{Groups, Reading, Readings};
use super::left;
use super::reader::Reader;
use super::telling;
use crate::broker::redis::codec::{self, Malformed, RawEntry};
use crate::broker::redis::commands::Commands;
use crate::broker::redis::pace::Pace;
use crate::broker::redis::profile::{Layout, RELEASED};
use crate::broker::redis::script::{Call, DONE, RELEASE, RENEW, call_all};
use crate::bus::{
    BusError, Claim, Delivery, FailedAttempt, Finish, Finished, Heartbeat, Joining, Left, Membership,
    PendingEntry, Reclaimed, Suspects,
};
use crate::event::{EntryId, EventId, StreamKey};
use crate::text::whole_ms;

/// The pause after groups were made again.
const MENDING: Duration = Duration::from_millis(50);

/// One consumer of a handler's groups.
pub(super) struct Member {
    pub(super) groups: Groups,
    pub(super) lease_ms: u64,
    /// 0: nothing is remembered.
    dedup_ms: u64,
    pub(super) name: String,
    /// The connection for taking.
    reader: Mutex<Option<Reader>>,
    /// The number of one that was given up. It may be cut off only on our side, and wait on.
    pub(super) given_up: Mutex<Option<u64>>,
    /// Nothing waits for something to come any more.
    hurry: CancellationToken,
    /// How many streams are likely to have something.
    busy: AtomicUsize,
    /// How large the entries are.
    pace: StdMutex<Pace>,
    /// Which stream is looked at first for what others left.
    turn: AtomicUsize,
    /// Deliveries that were lost on their way, and trimmed: dead letters that are to be written.
    pub(super) unburied: StdMutex<Vec<Finish>>,
    /// When consumers that are gone are looked for.
    pub(super) next_tidy: Mutex<Instant>,
}

impl Member {
    pub(super) fn new(groups: Groups, joining: &Joining, name: String) -> Self {
        let (lease_ms, dedup_ms) = (whole_ms(joining.lease), joining.dedup.map_or(0, whole_ms));
        Self {
            groups,
            lease_ms,
            dedup_ms,
            name,
            reader: Mutex::default(),
            given_up: Mutex::default(),
            hurry: CancellationToken::new(),
            busy: AtomicUsize::new(4),
            pace: StdMutex::default(),
            turn: AtomicUsize::new(0),
            unburied: StdMutex::default(),
            next_tidy: Mutex::new(Instant::now()),
        }
    }

    /// Finds the streams that there are, and joins their groups. While some can be read, others that refuse are told by what
    /// keeps up.
    pub(super) async fn begin(&self) -> Result<(), BusError> {
        self.groups.upkeep.find(true).await?;
        match self.groups.follow().await {
            Err(BusError::Refused { .. } | BusError::Fatal { .. }) if !self.groups.readings().is_empty() => {
                Ok(())
            }
            followed => followed,
        }
    }

    pub(super) fn commands(&self) -> &Commands {
        self.groups.upkeep.commands()
    }

    pub(super) fn target(&self) -> &str {
        self.commands().target()
    }

    fn read_command(&self, readings: &Readings, count: usize, wait: Duration) -> Cmd {
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(self.groups.handler.as_str()).arg(&self.name).arg("COUNT").arg(count);
        if !wait.is_zero() {
            read.arg("BLOCK").arg(whole_ms(wait));
        }
        read.arg("STREAMS");
        for stream in readings.keys() {
            read.arg(stream.as_str());
        }
        for _ in readings {
            read.arg(">");
        }
        read
    }

    /// Reads once, on a connection that is given up with the first failure.
    async fn read(&self, at_most: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let mut held = self.reader.lock().await;
        let mut reader = match held.take() {
            Some(reader) => reader,
            None => Reader::dial(self.groups.upkeep.dialer(), self.commands()).await?,
        };
        let readings = self.groups.readings();
        // COUNT is for each stream. Retries lie in as many again, of which few have something.
        let busy = self.busy.load(Ordering::Relaxed).max(1);
        let count = self.pace().share(at_most, busy, readings.len().div_ceil(2));
        let wait = if self.hurry.is_cancelled() { Duration::ZERO } else { reader.wait(wait) };
        let enough = async {
            tokio::select! {
                () = self.hurry.cancelled() => {}
                () = self.groups.others_than(&readings) => {}
            }
        };
        let read = self.read_command(&readings, count, wait);
        let answer = reader.read(&read, wait, enough, self.commands()).await;
        let streams = match answer
            .and_then(|answer| codec::streams(answer).map_err(|fault| reader.unreadable(fault)))
        {
            Ok(streams) => streams,
            Err(why) => {
                *self.given_up.lock().await = reader.number();
                return Err(why);
            }
        };
        *held = Some(reader);
        drop(held);
        // A few more than had something now, so that several that begin at once do not flood us.
        self.busy.store((streams.len() + 3).min(readings.len().max(4)), Ordering::Relaxed);
        let (mut deliveries, mut bytes) = (Vec::new(), 0);
        for (key, entries) in streams {
            bytes += entries.iter().map(RawEntry::size).sum::<usize>();
            let Some((stream, reading)) =
                std::str::from_utf8(&key).ok().and_then(|key| readings.get_key_value(key))
            else {
                continue;
            };
            if let Some(last) = entries.last() {
                self.groups.note_given(stream, last.id);
            }
            deliveries.extend(entries.into_iter().map(|entry| delivery(stream, reading, entry, 1)));
        }
        self.pace().learn(deliveries.len(), bytes);
        Ok(deliveries)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn unreadable(&self, fault: Malformed, doing: &str) -> BusError {
        BusError::Unavailable { what: format!("{doing} at {}: {fault}", self.target()) }
    }
}

pub(super) fn delivery(stream: &StreamKey, reading: &Reading, entry: RawEntry, deliveries: u64) -> Delivery {
    let RawEntry { id, fields } = entry;
    let fields = fields.unwrap_or_default();
    if reading.is_retry {
        body::again(&reading.source, stream, id, fields, deliveries)
    } else {
        body::first(&reading.source, id, fields, deliveries)
    }
}

fn by_stream(claims: &[Claim]) -> HashMap<&StreamKey, Vec<EntryId>> {
    let mut by_stream: HashMap<&StreamKey, Vec<EntryId>> = HashMap::new();
    for claim in claims {
        by_stream.entry(&claim.stream).or_default().push(claim.id);
    }
    for ids in by_stream.values_mut() {
        ids.sort_unstable();
    }
    by_stream
}

#[async_trait]
impl Membership for Member {
    fn consumer(&self) -> &str {
        &self.name
    }

    async fn take(&self, at_most: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        if self.groups.readings().is_empty() {
            // No stream of these types is there yet.
            let pause = tokio::time::sleep(wait.min(Duration::from_millis(500)));
            tokio::select! {
                () = self.hurry.cancelled() => return Ok(Vec::new()),
                () = pause => {}
            }
            self.groups.follow().await?;
            return Ok(Vec::new());
        }
        match self.read(at_most, wait).await {
            Err(BusError::Refused { what, .. }) if what.contains("NOGROUP") || what.contains("WRONGTYPE") => {
                // The bus lost its data, somebody removed the group, or put something else where a stream was: one such
                // key makes the whole read fail.
                tracing::warn!(handler = %self.groups.handler, "{what}; the groups are made again");
                self.groups.mend().await?;
                // Whatever goes on there must not make us spin.
                tokio::time::sleep(wait.min(MENDING)).await;
                Ok(Vec::new())
            }
            taken => taken,
        }
    }

    fn wait_no_more(&self) {
        self.hurry.cancel();
    }

    async fn finish(&self, finishes: &[Finish]) -> Result<Vec<Finished>, BusError> {
        const DOING: &str = "recording what became of events";
        let (calls, places): (Vec<_>, Vec<_>) =
            finishing::calls(&self.groups, &self.name, self.dedup_ms, finishes).into_iter().unzip();
        let answers = call_all(self.commands(), &calls, DOING).await?;
        let mut outcome = vec![Finished::Fenced; finishes.len()];
        for (answer, places) in answers.into_iter().zip(places) {
            // One stream that refuses holds up no other, nor one entry another.
            let codes = match answer {
                Ok(codes) => codec::list(codes).map_err(|fault| self.unreadable(fault, DOING))?,
                Err(why @ BusError::Refused { .. }) => {
                    tracing::warn!(events = places.len(), "{}", why.what());
                    for at in places {
                        outcome[at] = Finished::Refused;
                    }
                    continue;
                }
                Err(why) => return Err(why),
            };
            finishing::note_forgotten(&codes, places.len(), self.target());
            for (at, code) in places.into_iter().zip(&codes) {
                outcome[at] = finishing::read(code, self.target());
            }
        }
        Ok(outcome)
    }

    async fn done_already(&self, events: &[(StreamKey, EventId)]) -> Result<Vec<bool>, BusError> {
        const DOING: &str = "looking for what was done before";
        let unreadable = |fault| self.unreadable(fault, DOING);
        let mut by_stream: BTreeMap<&StreamKey, Vec<usize>> = BTreeMap::new();
        for (at, (stream, _)) in events.iter().enumerate() {
            by_stream.entry(stream).or_default().push(at);
        }
        let call = |(stream, places): (&&StreamKey, &Vec<usize>)| {
            let mut call = Call::new(&DONE, [Layout::done(stream, &self.groups.handler)]);
            call.arg(self.dedup_ms);
            for at in places {
                call.arg(events[*at].1.to_string());
            }
            call
        };
        let calls: Vec<_> = by_stream.iter().map(call).collect();
        let mut done = vec![false; events.len()];
        for (answer, places) in
            call_all(self.commands(), &calls, DOING).await?.into_iter().zip(by_stream.values())
        {
            for (is_done, at) in codec::list(answer?).map_err(unreadable)?.iter().zip(places) {
                done[*at] = codec::number(is_done) == Some(1);
            }
        }
        Ok(done)
    }

    async fn renew(&self, running: &[Claim]) -> Result<Vec<Claim>, BusError> {
        const DOING: &str = "renewing the lease";
        let readings = self.groups.readings();
        let by_stream: Vec<_> = by_stream(running).into_iter().collect();
        let calls: Vec<_> = by_stream
            .iter()
            .map(|(stream, ids)| {
                let mut call = Call::new(&RENEW, [stream.as_str()]);
                let is_retry = readings.get(*stream).is_some_and(|reading| reading.is_retry);
                call.arg(self.groups.handler.as_str()).arg(&self.name).arg(u8::from(is_retry));
                for id in ids {
                    call.arg(id.to_string());
                }
                call
            })
            .collect();
        let mut lost = Vec::new();
        for ((stream, _), answer) in by_stream.iter().zip(call_all(self.commands(), &calls, DOING).await?) {
            for id in codec::list(answer?).map_err(|fault| self.unreadable(fault, DOING))? {
                let id = codec::entry_id(&id).map_err(|fault| self.unreadable(fault, DOING))?;
                lost.push(Claim { stream: (*stream).clone(), id });
            }
        }
        Ok(lost)
    }

    async fn recover(&self, known: &[Claim], at_most: usize) -> Result<Vec<Delivery>, BusError> {
        self.end_given_up().await?;
        let known: HashSet<&Claim> = known.iter().collect();
        let mut found = Vec::new();
        for (stream, reading) in self.groups.readings().iter() {
            if found.len() >= at_most {
                break;
            }
            found.extend(self.lost_in(stream, reading, &known, at_most - found.len()).await?);
        }
        self.bury().await?;
        Ok(found)
    }

    async fn reclaim(&self, at_most: usize, suspects: Suspects) -> Result<Reclaimed, BusError> {
        // Each time another stream comes first: one of which much was left holds up no other.
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.left_by_others(at_most, suspects, turn).await
    }

    async fn keep_up(&self) -> Result<u64, BusError> {
        let upkeep = &self.groups.upkeep;
        upkeep.find(false).await?;
        let followed = self.groups.follow().await;
        // What cannot be done of one holds up no other.
        match &followed {
            Err(why @ BusError::Unavailable { .. }) => return Err(why.clone()),
            _ => upkeep.promote().await?,
        }
        upkeep.trim().await?;
        self.tidy().await?;
        self.bury().await?;
        let lost = upkeep.take_lost(self.groups.handler.as_str());
        if lost > 0 {
            // What refuses refuses the next time as well.
            return Ok(lost);
        }
        followed.and_then(|()| upkeep.why_unpromoted(&self.groups.readings()).map_or(Ok(0), Err))
    }

    async fn discover(&self) -> Result<(), BusError> {
        self.begin().await
    }

    async fn left(&self) -> Result<Left, BusError> {
        left::left(&self.groups).await
    }

    async fn tell(&self, failures: &[FailedAttempt]) -> Result<(), BusError> {
        let mut pipeline = telling::failures(self.groups.upkeep.layout(), failures);
        self.commands().ask(&mut pipeline, "telling observers of failed attempts").await.map(|_| ())
    }

    async fn beat(&self, heartbeat: &Heartbeat) -> Result<(), BusError> {
        let mut pipeline = telling::heartbeat(self.groups.upkeep.layout(), heartbeat);
        self.commands().ask(&mut pipeline, "giving a sign of life").await.map(|_| ())
    }

    async fn leave(&self, _unstarted: &[Claim]) -> Result<(), BusError> {
        const DOING: &str = "giving back what was not started";
        self.end_given_up().await?;
        // Whatever is pending with us by now was not started, was cut off, or was lost on its way to us.
        let readings = self.groups.readings();
        // A longer lease is known to nobody when we are gone: it would show as stuck at once.
        let idle_ms = self.lease_ms.min(whole_ms(PendingEntry::LEASE));
        let mut left: Vec<&StreamKey> = readings.keys().collect();
        while !left.is_empty() {
            let call = |stream: &&StreamKey| {
                let mut call = Call::new(&RELEASE, [stream.as_str()]);
                call.arg(self.groups.handler.as_str()).arg(&self.name).arg(RELEASED).arg(idle_ms);
                call
            };
            let calls: Vec<_> = left.iter().map(call).collect();
            let answers = call_all(self.commands(), &calls, DOING).await?;
            let mut more = Vec::new();
            for (stream, answer) in left.into_iter().zip(answers) {
                let unreadable = |fault| self.unreadable(fault, DOING);
                let [_, again] =
                    codec::exactly(answer?, "a count, and whether there is more").map_err(unreadable)?;
                more.extend((codec::number(&again) == Some(1)).then_some(stream));
            }
            left = more;
        }
        let mut farewell = telling::farewell(self.groups.upkeep.layout(), &self.name);
        self.commands().ask(&mut farewell, DOING).await.map(|_| ())
    }
}
