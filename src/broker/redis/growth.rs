//! How many keys there are, asked once a second: where their number changed, streams may have come, and are looked for at
//! once. Alone the ticks of `discovery` would find them late, where many other keys lie in the same database. Where keys come and go
//! that are no streams, the rests between two such passes become longer and longer.

use std::time::Duration;

use tokio::time::Instant;

use super::codec;
use super::supervisor::Trip;
use super::watch::StreamWatch;
use super::wire::Wire;
use crate::bus::BusError;

/// Between two counts: a little less than a read waits, so that there is one after each.
const COUNTED: Duration = Duration::from_millis(900);
/// Some of a pass is followed by a rest of so many times what it took, up to the longest one;
const REST: u32 = 20;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// a pass that found no stream by one of so many times what all of it took, twice as long each time, this often, but no longer
/// than this.
const DOUBLED: u32 = 5;
const LONGEST_REST: Duration = Duration::from_mins(5);
const DOING: &str = "counting keys";

/// What is known of the number of keys.
#[derive(Debug)]
pub(super) struct Growth {
    /// How many there were before the last pass began; `None` where that is not known.
    keys: Option<u64>,
    /// When they are counted next; `None` where this user may not.
    count_at: Option<Instant>,
    state: State,
    /// Nothing is looked for before.
    rest_until: Instant,
    /// How many passes in a row found no stream.
    in_vain: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// All keys that there are were there when streams were looked for.
    Known,
    /// Their number changed.
    Changed,
    /// A pass is under way for that reason; so long it took so far.
    Looking(Duration),
}

impl Growth {
    /// Nothing was counted yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { keys: None, count_at: Some(now), state: State::Known, rest_until: now, in_vain: 0 }
    }

    /// Whether it is time to count.
    fn is_due(&self, now: Instant) -> bool {
        self.count_at.is_some_and(|at| at <= now)
    }

    /// So many were counted; `None` where this user may not ask, and is not made to ask again.
    fn counted(&mut self, keys: Option<u64>, now: Instant) {
        self.count_at = keys.map(|_| now + COUNTED);
        if self.keys.is_some() && keys.is_some() && keys != self.keys && self.state == State::Known {
            self.state = State::Changed;
        }
        // During a pass the number before it stays: what came meanwhile may have been gone by, and is looked for again.
        if !matches!(self.state, State::Looking(_)) {
            self.keys = keys;
        }
    }

    /// Whether to look for streams now; `Some(true)` from the beginning.
    fn wants(&self, now: Instant) -> Option<bool> {
        match self.state {
            State::Known => None,
            _ if now < self.rest_until => None,
            State::Changed => Some(true),
            State::Looking(_) => Some(false),
        }
    }

    /// Some of a pass took so long; whether that ended it, and if so whether it found a stream.
    fn looked(&mut self, took: Duration, found: Option<bool>, now: Instant) {
        let all = if let State::Looking(before) = self.state { before + took } else { took };
        self.state = State::Looking(all);
        let mut pause = (took * REST).min(LONGEST_PAUSE);
        if let Some(found) = found {
            self.state = State::Known;
            self.in_vain = if found { 0 } else { (self.in_vain + 1).min(DOUBLED) };
            if !found {
                pause = (all * REST * 2_u32.pow(self.in_vain - 1)).min(LONGEST_REST);
            }
        }
        self.rest_until = now + pause;
    }
}

impl StreamWatch {
    /// Before all keys are walked over: how many there are.
    pub(super) async fn count_keys(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let keys = self.supervisor.wanted(keys(wire)).await?;
        self.growth.counted(keys, Instant::now());
        Ok(())
    }

    /// Counts the keys when it is time, and looks for new streams when their number changed.
    pub(super) async fn notice_growth(&mut self, wire: &mut Wire) -> Result<(), Trip> {
        let began = Instant::now();
        if self.growth.is_due(began) {
            self.count_keys(wire).await?;
        }
        let Some(is_anew) = self.growth.wants(Instant::now()) else { return Ok(()) };
        if is_anew {
            self.discovery.begin_anew();
        }
        let pass = self.supervisor.wanted(self.discovery.glance(wire)).await?;
        // What follows waits for the listener, and says nothing of what looking costs.
        let took = began.elapsed();
        let found = match pass {
            Some(pass) => {
                let found = self.take_pass(wire, &pass).await?;
                self.say_discovered().await?;
                Some(found > 0)
            }
            None => None,
        };
        self.growth.looked(took, found, Instant::now());
        Ok(())
    }
}

async fn keys(wire: &mut Wire) -> Result<Option<u64>, BusError> {
    match wire.ask(&redis::cmd("DBSIZE"), DOING).await {
        Ok(keys) => Ok(codec::number(&keys)),
        Err(lost @ BusError::Unavailable { .. }) => Err(lost),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn streams_are_looked_for_when_the_number_of_keys_changed_and_then_it_rests() {
        let start = Instant::now();
        let mut growth = Growth::new(start);
        assert!(growth.is_due(start));
        growth.counted(Some(10), start);
        assert_eq!(growth.wants(start), None, "what is there at the start was looked for");
        assert!(!growth.is_due(start) && growth.is_due(start + SECOND), "once a second");
        growth.counted(Some(10), start + SECOND);
        assert_eq!(growth.wants(start + SECOND), None);
        growth.counted(Some(11), start + 2 * SECOND);
        assert_eq!(growth.wants(start + 2 * SECOND), Some(true), "at once");
        let now = start + 3 * SECOND;
        growth.looked(MS * 20, None, now);
        assert_eq!(growth.wants(now), None, "between two parts of it others have their turn");
        assert_eq!(growth.wants(now + MS * 400), Some(false), "it goes on where it was");
        growth.looked(MS * 10, Some(true), now);
        growth.counted(Some(9), now);
        assert_eq!(growth.wants(now + MS * 199), None);
        assert_eq!(growth.wants(now + MS * 200), Some(true), "keys that went may hide one that came");
    }

    #[tokio::test(start_paused = true)]
    async fn where_other_keys_come_and_go_it_rests_longer_and_longer() {
        let now = Instant::now();
        let mut growth = Growth::new(now);
        growth.counted(Some(0), now);
        let mut rest = |n: u64, found: bool| {
            growth.counted(Some(n), now);
            growth.looked(MS * 50, None, now);
            growth.looked(MS * 50, Some(found), now);
            growth.counted(Some(n + 100), now);
            (1..100).find(|s| growth.wants(now + *s * SECOND).is_some())
        };
        assert_eq!([1, 2, 3, 4, 5, 6].map(|n| rest(n, false)), [2, 4, 8, 16, 32, 32].map(Some));
        assert_eq!(
            [rest(7, true), rest(8, false)],
            [Some(1), Some(2)],
            "a stream that was found makes it quick again"
        );
        growth.looked(SECOND * 600, Some(false), now);
        growth.counted(Some(1), now);
        assert_eq!(growth.wants(now + LONGEST_REST - SECOND), None);
        assert_eq!(growth.wants(now + LONGEST_REST), Some(true), "but not for hours");
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_during_a_pass_is_looked_for_after_it() {
        let now = Instant::now();
        let mut growth = Growth::new(now);
        growth.counted(Some(10), now);
        growth.counted(Some(11), now);
        growth.looked(Duration::ZERO, None, now);
        growth.counted(Some(12), now);
        growth.looked(Duration::ZERO, Some(true), now);
        growth.counted(Some(12), now);
        assert_eq!(growth.wants(now), Some(true), "the pass may have gone by it");
        growth.looked(Duration::ZERO, Some(true), now);
        growth.counted(Some(12), now);
        assert_eq!(growth.wants(now), None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_may_not_count_is_not_asked_again() {
        let now = Instant::now();
        let mut growth = Growth::new(now);
        growth.counted(None, now);
        assert!(!growth.is_due(now + 100 * SECOND));
        assert_eq!(growth.wants(now), None);
    }
}
