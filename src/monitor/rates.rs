//! How many events came, by type, tenant and channel, in one-second buckets of the last five minutes.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use super::ring::{Key, Ring};
use super::symbols::Symbol;

/// How far back rates reach.
pub const WINDOW_SECONDS: usize = 300;
/// How many buckets a row's sparkline has, each of ten seconds.
pub const SPARK_BUCKETS: usize = 30;
/// Above this many different keys in one second, and in the whole window, further tenants are counted together; then
/// types, then channels. What looks at the window once a second must not take longer than that.
const MAX_KEYS: (usize, usize) = (4_096, 16_384);
/// For what is counted together there is so much more room, each time that more is.
const MORE: usize = 1_024;

/// Events of one key in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) events: u32,
    pub(super) invalid: u32,
}

/// Buckets by second. A bucket lives as long as the window, also when its entries have left the ring.
#[derive(Debug, Default)]
pub(super) struct Rates {
    seconds: VecDeque<(i64, HashMap<Key, Tally>)>,
    /// In how many seconds of the window each key is.
    known: HashMap<Key, u32>,
}

impl Rates {
    /// Counts an entry of the time `at`, in seconds. Times ahead of `now` count as now, older ones than the window not
    /// at all.
    pub(super) fn count(
        &mut self,
        ring: &mut Ring,
        mut key: Key,
        at: i64,
        invalid: bool,
        now: DateTime<Utc>,
    ) {
        let now = now.timestamp();
        let second = at.min(now);
        if second <= now - window() {
            return;
        }
        let at = self.bucket(second);
        let Self { seconds, known } = self;
        let Some((_, bucket)) = seconds.get_mut(at) else { return };
        key = with_room_for(key, bucket, known);
        let tally = bucket.entry(key).or_insert_with(|| {
            *known.entry(key).or_default() += 1;
            ring.types.hold(key.event_type);
            ring.tenants.hold(key.tenant);
            ring.channels.hold(key.channel);
            Tally::default()
        });
        tally.events = tally.events.saturating_add(1);
        tally.invalid = tally.invalid.saturating_add(u32::from(invalid));
    }

    /// Where the bucket of `second` is.
    fn bucket(&mut self, second: i64) -> usize {
        let at = self.seconds.partition_point(|(known, _)| *known < second);
        if self.seconds.get(at).is_none_or(|(known, _)| *known != second) {
            self.seconds.insert(at, (second, HashMap::new()));
        }
        at
    }

    /// Forgets what has left the window.
    pub(super) fn expire(&mut self, ring: &mut Ring, now: DateTime<Utc>) {
        let oldest = now.timestamp() - window();
        while let Some((second, _)) = self.seconds.front()
            && *second <= oldest
        {
            for key in self.seconds.pop_front().into_iter().flat_map(|(_, bucket)| bucket.into_keys()) {
                ring.types.release(key.event_type);
                ring.tenants.release(key.tenant);
                ring.channels.release(key.channel);
                if let Some(seconds) = self.known.get_mut(&key) {
                    *seconds -= 1;
                    if *seconds == 0 {
                        self.known.remove(&key);
                    }
                }
            }
        }
    }

    /// Every tally of the window, with its age: 0 is the running second.
    pub(super) fn tallies(&self, now: DateTime<Utc>) -> impl Iterator<Item = (usize, Key, Tally)> + '_ {
        let now = now.timestamp();
        self.seconds.iter().flat_map(move |(second, bucket)| {
            let age = usize::try_from((now - second).max(0)).unwrap_or(usize::MAX);
            bucket.iter().map(move |(key, tally)| (age, *key, *tally))
        })
    }
}

/// What to count `key` as.
fn with_room_for(mut key: Key, bucket: &HashMap<Key, Tally>, known: &HashMap<Key, u32>) -> Key {
    let folds: [fn(&mut Key); 3] = [
        |key| key.tenant = Symbol::OTHERS,
        |key| key.event_type = Symbol::OTHERS,
        |key| key.channel = Symbol::OTHERS,
    ];
    let mut more = 0;
    for fold in folds {
        let has_room =
            bucket.len() < MAX_KEYS.0 + more && (known.len() < MAX_KEYS.1 + more || known.contains_key(&key));
        if has_room || bucket.contains_key(&key) {
            break;
        }
        fold(&mut key);
        more += MORE;
    }
    key
}

fn window() -> i64 {
    i64::try_from(WINDOW_SECONDS).unwrap_or(i64::MAX)
}
