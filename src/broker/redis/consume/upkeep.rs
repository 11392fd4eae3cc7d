//! What is done once for all handlers of a process, whichever of them finds that it is time: looking for new streams,
//! moving due retries, trimming.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use redis::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::broker::redis::codec;
use crate::broker::redis::commands::Commands;
use crate::broker::redis::connection::{Dialer, Role};
use crate::broker::redis::discovery::{Discovery, Pass, TICK};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, PROMOTE, TRIM, call_all};
use crate::broker::redis::wire::{ANSWER, Wire};
use crate::bus::BusError;
use crate::event::StreamKey;
use crate::text::{display_safe, whole_ms};

/// Between two looks for retries that are due.
const PROMOTE_EVERY: Duration = Duration::from_millis(500);
/// How many due retries of a type are moved at a time.
const PROMOTED: usize = 100;
/// For how long a retry waits that the server refuses to move.
const REFUSED_FOR: Duration = Duration::from_secs(30);
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
}

impl Upkeep {
    pub(super) fn new(dialer: Dialer, commands: Arc<Commands>, layout: Layout, retention: Duration) -> Self {
        let finder = Finder { discovery: Discovery::new(layout.clone()), wire: None, next: None };
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

    /// Looks for streams, when it is time; the first time and when `now` all at once.
    pub(super) async fn find(&self, at_once: bool) -> Result<(), BusError> {
        let mut finder = self.finder.lock().await;
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
            Some(finder.discovery.whole_pass(&mut wire).await?)
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
        let streams = self.streams();
        let calls: Vec<_> = streams
            .chunks(SCHEDULES)
            .map(|chunk| {
                let keys = chunk.iter().flat_map(|key| [Layout::schedule(key), Layout::scheduled(key)]);
                let mut call = Call::new(&PROMOTE, keys);
                call.arg(PROMOTED).arg(whole_ms(REFUSED_FOR));
                call
            })
            .collect();
        for _ in 0..PROMOTIONS {
            let mut full = false;
            for answer in call_all(&self.commands, &calls, DOING).await? {
                full |= self.note_promoted(answer?, DOING)?;
            }
            if !full {
                break;
            }
        }
        *next = Instant::now() + PROMOTE_EVERY;
        Ok(())
    }

    /// Reads an answer of the script: whether there may be more that is due.
    fn note_promoted(&self, answer: Value, doing: &str) -> Result<bool, BusError> {
        let strange = |fault| BusError::Unavailable { what: format!("{doing}: {fault}") };
        let parts = codec::exactly(answer, "two counts, an error and members").map_err(strange)?;
        let [looked_at, why, refused, bodiless] = parts;
        // It holds no payload: its first word is the code.
        let why = codec::text(&why).and_then(|text| text.split_whitespace().next());
        if let Some(code) = why.map(display_safe) {
            let refused = codec::number(&refused).unwrap_or_default();
            tracing::warn!(
                "{doing}: the server refuses to move {refused} ({code}); tried again in {REFUSED_FOR:?}"
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
        // A full page means that there is more.
        Ok(codec::number(&looked_at).is_some_and(|looked_at| looked_at >= PROMOTED as u64))
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
