//! Finds the streams of a bus: one whole pass over the keys at the start, then a little at a time, so that looking
//! costs the server no more than [`TICK_COST`] in each [`TICK`]. A small bus is looked at whole in every tick; of a big
//! one each tick sees a part, and the report says how long the whole takes. What comes is found sooner, by `growth`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

use super::codec::{self, Malformed};
use super::profile::{Beside, KeyKind, Layout};
use super::wire::Wire;
use crate::bus::BusError;
use crate::event::{Channel, EventType, HandlerName, StreamKey};

/// How often a little is looked at.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// What a tick may cost the server.
const TICK_COST: Duration = Duration::from_millis(2);
/// How many keys one `SCAN` walks over.
const SCAN_COUNT: u32 = 1_000;
/// What a glance may take,
const GLANCE: Duration = Duration::from_millis(20);
/// and how many times a `SCAN` it may do whatever that takes.
const GLANCE_SCANS: u32 = 4;
/// How many strangers are named.
const STRANGERS: usize = 100;
const DOING: &str = "looking for streams";

/// A type stream: where it lies and what its key says of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Its key.
    pub(super) key: StreamKey,
    /// The type it is named for.
    pub(super) event_type: EventType,
    /// Its channel, where the profile has them.
    pub(super) channel: Option<Channel>,
}

/// What one pass over all keys found. A stream that is there from the beginning of a pass to its end is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pass {
    /// The type streams, by key.
    pub(super) sources: BTreeMap<StreamKey, Source>,
    /// What lies beside type streams, by their keys: also beside such as are gone themselves.
    pub(super) beside: BTreeMap<StreamKey, Companions>,
    /// Streams that fit no event type, at most 100 of them.
    pub(super) strangers: Vec<StreamKey>,
}

/// What lies beside a type's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Companions {
    /// The type's stream.
    pub(super) source: Source,
    /// Whose retries have a stream.
    pub(super) retries: BTreeSet<HandlerName>,
}

/// Walks over the keys of a bus, again and again.
pub(super) struct Discovery {
    layout: Layout,
    cursor: Vec<u8>,
    /// How many keys the next `SCAN` walks over.
    count: u32,
    pass: Pass,
    /// How many ticks the pass under way has taken so far.
    ticks: u32,
    interval: Duration,
}

impl Discovery {
    /// At the beginning of a pass.
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            cursor: b"0".to_vec(),
            count: SCAN_COUNT,
            pass: Pass::default(),
            ticks: 0,
            interval: TICK,
        }
    }

    /// How long a pass takes at this pace: the time until a new stream is found.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// One whole pass, from its beginning.
    pub(super) async fn whole_pass(&mut self, wire: &mut Wire) -> Result<Pass, BusError> {
        *self = Self::new(self.layout.clone());
        let way = way(wire).await?;
        let (mut scans, mut cost) = (0, Duration::ZERO);
        loop {
            let (work, pass) = self.scan(wire, way).await?;
            scans += 1;
            cost += work;
            if let Some(pass) = pass {
                self.interval = TICK * ticks_for(cost).min(scans);
                return Ok(pass);
            }
        }
    }

    /// Looks at as many keys as a tick may cost, one `SCAN` at least; the pass, when that ends one.
    pub(super) async fn tick(&mut self, wire: &mut Wire) -> Result<Option<Pass>, BusError> {
        let way = way(wire).await?;
        let mut spent = Duration::ZERO;
        self.ticks += 1;
        while spent < TICK_COST {
            let (work, pass) = self.scan(wire, way).await?;
            spent += work;
            if pass.is_some() {
                self.interval = TICK * std::mem::take(&mut self.ticks);
                return Ok(pass);
            }
        }
        Ok(None)
    }

    /// Begins a pass anew: what is under way may have gone by what came since it began.
    pub(super) fn begin_anew(&mut self) {
        self.cursor = b"0".to_vec();
        self.pass = Pass::default();
        self.ticks = 0;
    }

    /// Goes on with the pass for longer than a tick may, as there is a sign that something came; the pass, when that ends it.
    pub(super) async fn glance(&mut self, wire: &mut Wire) -> Result<Option<Pass>, BusError> {
        let began = Instant::now();
        let mut scans = 0;
        while scans < GLANCE_SCANS || began.elapsed() < GLANCE {
            scans += 1;
            if let (_, Some(pass)) = self.step(wire, SCAN_COUNT).await? {
                self.ticks = 0;
                return Ok(Some(pass));
            }
        }
        Ok(None)
    }

    /// One `SCAN`: the server's work, and the pass when that ends it.
    async fn scan(&mut self, wire: &mut Wire, way: Duration) -> Result<(Duration, Option<Pass>), BusError> {
        let (took, pass) = self.step(wire, self.count).await?;
        let work = took.saturating_sub(way);
        // A single step that costs more than a whole tick may is too long.
        self.count =
            if work > TICK_COST { self.count / 2 } else { self.count * 2 }.clamp(SCAN_COUNT / 10, SCAN_COUNT);
        Ok((work, pass))
    }

    /// One `SCAN` over so many keys: how long it took, and the pass when that ends it.
    async fn step(&mut self, wire: &mut Wire, count: u32) -> Result<(Duration, Option<Pass>), BusError> {
        let mut scan = redis::cmd("SCAN");
        scan.arg(&self.cursor).arg("MATCH").arg(self.layout.scan_pattern());
        scan.arg("COUNT").arg(count).arg("TYPE").arg("stream");
        let (answer, took) = timed(wire, &scan).await?;
        let (cursor, keys) = scanned(answer).map_err(|fault| wire.unreadable(fault, DOING))?;
        for key in keys {
            self.pass.note(&key, &self.layout);
        }
        self.cursor = cursor;
        Ok((took, (self.cursor == b"0").then(|| std::mem::take(&mut self.pass))))
    }
}

impl Pass {
    fn note(&mut self, key: &[u8], layout: &Layout) {
        let kind = std::str::from_utf8(key).map_or(KeyKind::Stranger, |key| layout.read_key(key));
        let text = escape(key);
        let Ok(key) = StreamKey::new(&text) else { return };
        match kind {
            KeyKind::Type { event_type, channel } => {
                self.sources.insert(key.clone(), Source { key, event_type, channel });
            }
            KeyKind::Stranger if self.strangers.len() < STRANGERS => {
                // SCAN may give a key twice.
                if let Err(at) = self.strangers.binary_search(&key) {
                    self.strangers.insert(at, key);
                }
            }
            KeyKind::DeadLetter | KeyKind::Internal => self.note_beside(&text, layout),
            KeyKind::Stranger => {}
        }
    }

    fn note_beside(&mut self, key: &str, layout: &Layout) {
        let Some((stream, what)) = layout.lies_beside(key) else { return };
        let KeyKind::Type { event_type, channel } = layout.read_key(stream.as_str()) else { return };
        let companions = self.beside.entry(stream.clone()).or_insert_with(|| Companions {
            source: Source { key: stream, event_type, channel },
            retries: BTreeSet::new(),
        });
        if let Beside::Retries(handler) = what {
            companions.retries.insert(handler);
        }
    }
}

/// How many ticks a pass of this cost is spread over.
fn ticks_for(cost: Duration) -> u32 {
    u32::try_from(cost.as_micros().div_ceil(TICK_COST.as_micros())).unwrap_or(u32::MAX).max(1)
}

/// `key` as text of at most 1,024 bytes; what is not UTF-8 is written as `\xNN`.
fn escape(key: &[u8]) -> String {
    let mut text = String::with_capacity(key.len());
    for chunk in key.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.truncate(text.floor_char_boundary(1_024));
    text
}

fn scanned(answer: Value) -> Result<(Vec<u8>, Vec<Vec<u8>>), Malformed> {
    let [cursor, keys] = codec::exactly(answer, "SCAN answers a cursor and keys")?;
    let keys = codec::list(keys)?.into_iter().map(codec::bytes).collect::<Result<_, _>>()?;
    Ok((codec::bytes(cursor)?, keys))
}

/// What an empty question costs: the way there and back, and none of the server's work.
async fn way(wire: &mut Wire) -> Result<Duration, BusError> {
    Ok(timed(wire, &redis::cmd("PING")).await?.1)
}

async fn timed(wire: &mut Wire, command: &redis::Cmd) -> Result<(Value, Duration), BusError> {
    let asked = Instant::now();
    let answer = wire.ask(command, DOING).await?;
    Ok((answer, asked.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::redis::Settings;

    #[test]
    fn a_costly_pass_is_spread_over_ticks() {
        for (cost, ticks) in [(0, 1), (2_000, 1), (2_001, 2), (30_000, 15)] {
            assert_eq!(ticks_for(Duration::from_micros(cost)), ticks, "{cost} us");
        }
    }

    #[test]
    fn a_pass_begun_anew_does_not_count_the_ticks_of_the_one_it_takes_the_place_of() {
        let mut discovery = Discovery::new(Layout::of(&Settings::default()));
        discovery.ticks = 7;
        discovery.begin_anew();
        assert_eq!(discovery.ticks, 0);
    }

    #[test]
    fn keys_that_are_no_type_streams_are_strangers_or_left_out() {
        let layout = Layout::of(&Settings::default());
        let mut pass = Pass::default();
        for key in [
            &b"event::A"[..],
            b"event::A",
            b"event::A:dead-letter",
            b"event::b",
            b"event::b",
            b"event::\xffA",
        ] {
            pass.note(key, &layout);
        }
        assert_eq!(pass.sources.keys().map(StreamKey::as_str).collect::<Vec<_>>(), ["event::A"]);
        assert_eq!(
            pass.strangers.iter().map(StreamKey::as_str).collect::<Vec<_>>(),
            ["event::\\xffA", "event::b"]
        );
    }

    #[test]
    fn only_so_many_strangers_are_named_and_long_keys_are_cut() {
        let layout = Layout::of(&Settings::default());
        let mut pass = Pass::default();
        for n in 0..150 {
            pass.note(format!("event::{n}{}", "é".repeat(2_000)).as_bytes(), &layout);
        }
        assert_eq!(pass.strangers.len(), STRANGERS);
        assert!(pass.strangers.iter().all(|key| key.as_str().len() <= 1_024));
    }
}
