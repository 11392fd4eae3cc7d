//! What is done once for all handlers of a process, whichever of them finds that it is time: looking for new streams,
//! moving due retries, trimming.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::script::{Call, PROMOTE, TRIM, call_all};
use crate::broker::redis::codec;
use crate::broker::redis::commands::Commands;
use crate::broker::redis::connection::{Dialer, Role};
use crate::broker::redis::discovery::{Discovery, Pass, TICK};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::wire::{ANSWER, Wire};
use crate::bus::BusError;
use crate::event::StreamKey;

/// Between two looks for retries that are due.
const PROMOTE_EVERY: Duration = Duration::from_millis(500);
/// How many due retries of a type are moved at a time.
const PROMOTED: usize = 100;
/// How often that is done at most before something else has its turn.
const PROMOTIONS: usize = 10;
/// How many schedules one call looks at.
const SCHEDULES: usize = 100;
/// Between two trims of each stream.
const TRIM_EVERY: Duration = Duration::from_secs(30);
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
    next_trim: Mutex<Instant>,
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
            next_trim: Mutex::new(now + TRIM_EVERY),
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
                call.arg(PROMOTED);
                call
            })
            .collect();
        let strange = |fault| BusError::Unavailable { what: format!("{DOING}: {fault}") };
        for _ in 0..PROMOTIONS {
            let mut full = false;
            for answer in call_all(&self.commands, &calls, DOING).await? {
                let [moved, refused] = codec::exactly(answer?, "a count and an error").map_err(strange)?;
                // A full page means that there is more.
                full |= codec::number(&moved).is_some_and(|moved| moved >= PROMOTED as u64);
                // It holds no payload: its first word is the code.
                let refused = codec::text(&refused).and_then(|text| text.split_whitespace().next());
                if let Some(code) = refused.map(crate::text::display_safe) {
                    tracing::warn!(
                        "{DOING}: the server refuses to move some ({code}); they stay in the schedule"
                    );
                }
            }
            if !full {
                break;
            }
        }
        *next = Instant::now() + PROMOTE_EVERY;
        Ok(())
    }

    /// Trims every stream of what all groups are done with, when it is time.
    pub(super) async fn trim(&self) -> Result<(), BusError> {
        const DOING: &str = "trimming";
        let Ok(mut next) = self.next_trim.try_lock() else { return Ok(()) };
        if Instant::now() < *next {
            return Ok(());
        }
        *next = Instant::now() + TRIM_EVERY;
        let retention = u64::try_from(self.retention.as_millis()).unwrap_or(u64::MAX);
        for chunk in self.streams().chunks(TRIMMED) {
            let calls: Vec<_> = chunk
                .iter()
                .map(|key| {
                    let mut call = Call::new(&TRIM, [key.as_str()]);
                    call.arg(retention);
                    call
                })
                .collect();
            for answer in call_all(&self.commands, &calls, DOING).await? {
                answer?;
            }
        }
        Ok(())
    }
}
