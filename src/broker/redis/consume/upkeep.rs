//! What is done once for all handlers of a process, whichever of them finds that it is time: looking for new streams,
//! moving due retries, trimming.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::groups::Readings;
use crate::broker::redis::codec;
use crate::broker::redis::commands::Commands;
use crate::broker::redis::connection::{Dialer, Role};
use crate::broker::redis::discovery::{Discovery, Pass, TICK};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, PROMOTE, TRIM, call_all};
use crate::broker::redis::wire::{ANSWER, Wire};
use crate::bus::BusError;
use crate::event::StreamKey;
use crate::text::{display_safe, span, whole_ms};

/// Between two looks for retries that are due.
const PROMOTE_EVERY: Duration = Duration::from_millis(500);
/// How many due retries of a type are moved at a time.
const PROMOTED: usize = 100;
/// For how long a retry waits that the server refuses to move.
const REFUSED_FOR: Duration = Duration::from_secs(30);
/// For how long a schedule is left alone that the server does not let us look at.
const DENIED_FOR: Duration = Duration::from_secs(5);
/// How often that is done at most before something else has its turn.
const PROMOTIONS: usize = 10;
/// How many schedules one call looks at.
const SCHEDULES: usize = 100;
/// Between two trims of each stream.
const TRIM_EVERY: Duration = Duration::from_secs(30);
/// For how long a stream of which nothing is left to trim is only asked whether it changed: what gets older than the
/// retention meanwhile stays so long.
const SETTLED_FOR: Duration = Duration::from_mins(10);
/// How many streams one pipeline trims.
const TRIMMED: usize = 20;

/// Shared by all members of one consumer.
pub(super) struct Upkeep {
    dialer: Dialer,
    commands: Arc<Commands>,
    layout: Layout,
    retention: Duration,
    finder: Mutex<Finder>,
    found: StdMutex<(u64, Arc<Pass>)>,
    next_promote: Mutex<Instant>,
    trimming: Mutex<Trimming>,
    /// What was found to be lost, by handler, until it asks for it.
    lost: StdMutex<HashMap<String, u64>>,
    /// Types whose schedule the server does not let us look at, why, and until when they are left alone.
    unpromoted: StdMutex<BTreeMap<StreamKey, (BusError, Instant)>>,
}

/// When streams are trimmed, and which need not be.
struct Trimming {
    next: Instant,
    /// Streams of which nothing was left to trim or to say, in which state they were, and until when that counts.
    settled: HashMap<StreamKey, (String, Instant)>,
}

/// Finds streams, on a connection of its own.
struct Finder {
    discovery: Discovery,
    wire: Option<Wire>,
    next: Option<Instant>,
    /// When the last whole pass began that ended.
    whole: Option<Instant>,
}

impl Upkeep {
    pub(super) fn new(dialer: Dialer, commands: Arc<Commands>, layout: Layout, retention: Duration) -> Self {
        let finder =
            Finder { discovery: Discovery::new(layout.clone()), wire: None, next: None, whole: None };
        let now = Instant::now();
        Self {
            dialer,
            commands,
            layout,
            retention,
            finder: Mutex::new(finder),
            found: StdMutex::default(),
            next_promote: Mutex::new(now),
            // At once: what was lost while no worker was there is said when one starts.
            trimming: Mutex::new(Trimming { next: now, settled: HashMap::new() }),
            lost: StdMutex::default(),
            unpromoted: StdMutex::default(),
        }
    }

    pub(super) fn commands(&self) -> &Arc<Commands> {
        &self.commands
    }

    pub(super) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The streams that there are, and the number of this finding: it grows when they were looked for again.
    pub(super) fn found(&self) -> (u64, Arc<Pass>) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks for streams, when it is time and nobody else does; the first time and when `at_once` all of them, unless somebody
    /// else did since this was asked.
    pub(super) async fn find(&self, at_once: bool) -> Result<(), BusError> {
        let asked = Instant::now();
        let mut finder = match self.finder.try_lock() {
            Ok(finder) => finder,
            // Whoever keeps up has more to do than to wait for that.
            Err(_) if !at_once => return Ok(()),
            Err(_) => self.finder.lock().await,
        };
        if at_once && finder.whole.is_some_and(|began| began >= asked) {
            return Ok(());
        }
        let first = finder.next.is_none();
        if !at_once && finder.next.is_some_and(|next| Instant::now() < next) {
            return Ok(());
        }
        // Taken out: one that fails is not put back.
        let mut wire = if let Some(wire) = finder.wire.take() {
            wire
        } else {
            let connection = self.dialer.dial(Role::Command).await?;
            Wire::new(connection, self.dialer.target(), ANSWER)
        };
        let pass = if first || at_once {
            let began = Instant::now();
            let pass = finder.discovery.whole_pass(&mut wire).await?;
            finder.whole = Some(began);
            Some(pass)
        } else {
            finder.discovery.tick(&mut wire).await?
        };
        finder.wire = Some(wire);
        finder.next = Some(Instant::now() + TICK);
        if let Some(pass) = pass {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            *found = (found.0 + 1, Arc::new(pass));
        }
        Ok(())
    }

    fn streams(&self) -> Vec<StreamKey> {
        self.found().1.sources.keys().cloned().collect()
    }

    /// Moves retries that are due to their handlers, when it is time.
    pub(super) async fn promote(&self) -> Result<(), BusError> {
        const DOING: &str = "looking for due retries";
        let Ok(mut next) = self.next_promote.try_lock() else { return Ok(()) };
        if Instant::now() < *next {
            return Ok(());
        }
        let now = Instant::now();
        let mut streams = self.streams();
        {
            let mut unpromoted = self.unpromoted();
            unpromoted.retain(|_, (_, until)| now < *until);
            streams.retain(|key| !unpromoted.contains_key(key));
        }
        let mut chunks: Vec<&[StreamKey]> = streams.chunks(SCHEDULES).collect();
        for _ in 0..PROMOTIONS {
            let mut full = false;
            // Where one key of a chunk may not be looked at, all of it is refused: then each is asked for alone.
            let (mut alone, mut asked) = (Vec::new(), std::mem::take(&mut chunks));
            while !asked.is_empty() {
                let calls: Vec<_> = asked.iter().map(|chunk| promotion(chunk)).collect();
                let answers = call_all(&self.commands, &calls, DOING).await?;
                for (chunk, answer) in asked.into_iter().zip(answers) {
                    match answer {
                        Err(why @ BusError::Unavailable { .. }) => return Err(why),
                        Err(why) => match chunk {
                            [key] => self.leave_alone(key, why, now + DENIED_FOR),
                            keys => alone.extend(keys.chunks(1)),
                        },
                        Ok(answer) => {
                            full |= self.note_promoted(answer, DOING)?;
                            chunks.push(chunk);
                        }
                    }
                }
                asked = std::mem::take(&mut alone);
            }
            if !full {
                break;
            }
        }
        *next = Instant::now() + PROMOTE_EVERY;
        Ok(())
    }

    fn unpromoted(&self) -> MutexGuard<'_, BTreeMap<StreamKey, (BusError, Instant)>> {
        self.unpromoted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_alone(&self, key: &StreamKey, why: BusError, until: Instant) {
        tracing::warn!(stream = %key, "its retries are not moved: {}", why.what());
        self.unpromoted().insert(key.clone(), (why, until));
    }

    /// Why retries of a type that is read are not moved when they are due, if that is so.
    pub(super) fn why_unpromoted(&self, readings: &Readings) -> Option<BusError> {
        let unpromoted = self.unpromoted();
        let why = |(key, (why, _)): (&StreamKey, &(BusError, Instant))| {
            readings.contains_key(key).then(|| why.clone())
        };
        unpromoted.iter().find_map(why)
    }

    /// Reads an answer of the script: whether there may be more that is due.
    fn note_promoted(&self, answer: Value, doing: &str) -> Result<bool, BusError> {
        let strange = |fault| BusError::Unavailable { what: format!("{doing}: {fault}") };
        let parts = codec::exactly(answer, "two counts, an error and members").map_err(strange)?;
        let [moved, why, refused, bodiless] = parts;
        // It holds no payload: its first word is the code.
        let why = codec::text(&why).and_then(|text| text.split_whitespace().next());
        if let Some(code) = why.map(display_safe) {
            let refused = codec::number(&refused).unwrap_or_default();
            tracing::warn!(
                "{doing}: the server refuses to move {refused} ({code}); tried again in {}",
                span(REFUSED_FOR)
            );
        }
        for member in codec::list(bodiless).map_err(strange)? {
            let member = codec::text(&member).unwrap_or("?");
            let (handler, id) = member.split_once('|').unwrap_or((member, "?"));
            tracing::warn!(
                handler = %display_safe(handler), id = %display_safe(id),
                "a retry in the schedule had no body, and is lost: somebody removed it; its event is the entry with this id, \
                 if that is there still"
            );
            self.lose(handler, 1);
        }
        // A server that refuses all of a page would refuse the same the next moment.
        Ok(codec::number(&moved).is_some_and(|moved| moved > 0))
    }

    fn lose(&self, handler: &str, count: u64) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        *lost.entry(handler.to_owned()).or_default() += count;
    }

    /// How much of a handler was found to be lost since this was asked last.
    pub(super) fn take_lost(&self, handler: &str) -> u64 {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).remove(handler).unwrap_or_default()
    }

    /// Trims every stream of what all groups are done with, when it is time.
    pub(super) async fn trim(&self) -> Result<(), BusError> {
        const DOING: &str = "trimming";
        let Ok(mut trimming) = self.trimming.try_lock() else { return Ok(()) };
        let now = Instant::now();
        if now < trimming.next {
            return Ok(());
        }
        trimming.next = now + TRIM_EVERY;
        // What is not told again is not settled any more.
        let mut settled = std::mem::take(&mut trimming.settled);
        settled.retain(|_, (_, until)| now < *until);
        let retention = whole_ms(self.retention);
        for chunk in self.streams().chunks(TRIMMED) {
            let calls: Vec<_> = chunk
                .iter()
                .map(|key| {
                    let mut call = Call::new(&TRIM, [key.as_str()]);
                    call.arg(retention).arg(settled.get(key).map_or("", |(state, _)| state));
                    call
                })
                .collect();
            let answers = call_all(&self.commands, &calls, DOING).await?;
            for (stream, answer) in chunk.iter().zip(answers) {
                match answer {
                    Err(why @ BusError::Unavailable { .. }) => return Err(why),
                    // One stream that refuses holds up no other.
                    Err(why) => tracing::warn!(%stream, "{}", why.what()),
                    Ok(answer) => {
                        let state = self.note_trimmed(stream, answer, DOING)?;
                        let known = settled.remove(stream).filter(|(before, _)| *before == state);
                        if !state.is_empty() {
                            let state = known.unwrap_or_else(|| (state, now + SETTLED_FOR));
                            trimming.settled.insert(stream.clone(), state);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads an answer of the script: what somebody else trimmed before it was given. Answers the stream's state, if nothing
    /// is left to do in that.
    fn note_trimmed(&self, stream: &StreamKey, answer: Value, doing: &str) -> Result<String, BusError> {
        let strange = |fault| BusError::Unavailable { what: format!("{doing}: {fault}") };
        let [_, lost, state] = codec::exactly(answer, "a count, losses and a state").map_err(strange)?;
        for loss in codec::list(lost).map_err(strange)? {
            let [group, count] = codec::exactly(loss, "a group and a count").map_err(strange)?;
            let (group, count) = (codec::text(&group).unwrap_or("?"), codec::number(&count).unwrap_or(1));
            tracing::warn!(
                %stream, handler = %display_safe(group), entries = count,
                "trimmed by somebody else before this handler was given them; Tidings never does: look for MAXLEN, MINID \
                 or XDEL of whoever publishes or cleans up"
            );
            self.lose(group, count);
        }
        Ok(codec::text(&state).unwrap_or_default().to_owned())
    }
}

/// Moves what is due of these types.
fn promotion(streams: &[StreamKey]) -> Call {
    let keys = streams.iter().flat_map(|key| [Layout::schedule(key), Layout::scheduled(key)]);
    let mut call = Call::new(&PROMOTE, keys);
    call.arg(PROMOTED).arg(whole_ms(REFUSED_FOR));
    call
}
