//! Keeps a watch connected: says what becomes of the connection, waits before each new try, and knows when to give up.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::feed::{Feed, Halt};
use crate::bus::{BusError, BusSignal, Link, Patience, ServerFacts, random_unit};

/// The first pause before a new try; each is twice as long as the one before it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The pause after an error that only a person can mend.
const FATAL_PAUSE: Duration = Duration::from_secs(15);
/// A try begins no later than this before patience ends.
const LAST_TRY: Duration = Duration::from_millis(50);

/// Why a connection is of no more use.
#[derive(Debug)]
pub(super) enum Trip {
    /// The watch ends.
    Halt(Halt),
    /// The connection failed: another one is to be made.
    Lost(BusError),
}

impl From<Halt> for Trip {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<BusError> for Trip {
    fn from(error: BusError) -> Self {
        Self::Lost(error)
    }
}

/// The state of one watch's connection.
pub(super) struct Supervisor {
    feed: Feed,
    nudge: Arc<Notify>,
    /// When to give up; `None` for never, and once there was a connection.
    deadline: Option<Instant>,
    /// An error that nobody can mend by waiting ends the watch.
    strict: bool,
    down_since: Option<DateTime<Utc>>,
    attempt: u32,
}

impl Supervisor {
    pub(super) fn new(feed: Feed, patience: Patience, nudge: Arc<Notify>) -> Self {
        let deadline = match patience {
            Patience::Forever => None,
            Patience::GiveUp(patience) => Some(Instant::now() + patience),
        };
        Self { feed, nudge, deadline, strict: deadline.is_some(), down_since: None, attempt: 0 }
    }

    /// Says that the first connection is being made.
    pub(super) async fn begin(&self, target: &str) -> Result<(), Halt> {
        self.feed.signal(BusSignal::Link(Link::Connecting { target: target.to_owned() })).await
    }

    /// Waits for `work`, as long as the watch is wanted. What is dropped then is never used again, nor is its
    /// connection.
    pub(super) async fn wanted<T>(&self, work: impl Future<Output = Result<T, BusError>>) -> Result<T, Trip> {
        tokio::select! {
            biased;
            () = self.feed.unwanted() => Err(Trip::Halt(Halt::Stopped)),
            done = work => Ok(done?),
        }
    }

    /// As [`Supervisor::wanted`], for making a connection: not longer than the patience for a first one lasts.
    pub(super) async fn dial<T>(
        &self,
        target: &str,
        dial: impl Future<Output = Result<T, BusError>>,
    ) -> Result<T, Trip> {
        let Some(deadline) = self.deadline else { return self.wanted(dial).await };
        let late = BusError::Unavailable { what: format!("connecting to {target}: no answer in time") };
        let in_time = async { tokio::time::timeout_at(deadline, dial).await.unwrap_or(Err(late)) };
        self.wanted(in_time).await
    }

    /// Says that the connection works.
    pub(super) async fn connected(&mut self, facts: ServerFacts) -> Result<(), Halt> {
        self.deadline = None;
        self.down_since = None;
        self.feed.signal(BusSignal::Link(Link::Live(facts))).await
    }

    /// A read was answered: if the connection is lost now, that is a new matter.
    pub(super) fn proven(&mut self) {
        self.attempt = 0;
    }

    /// All that was there at the start was read: from now on the watch goes on whatever happens.
    pub(super) fn at_work(&mut self) {
        self.strict = false;
    }

    /// The pause, cut so that one last try fits in before patience ends; `None` when none does.
    fn within_patience(&self, pause: Duration) -> Option<Duration> {
        let Some(deadline) = self.deadline else { return Some(pause) };
        let left = deadline.saturating_duration_since(Instant::now()).checked_sub(LAST_TRY)?;
        Some(pause.min(left))
    }

    /// Says what happened, and waits until it is time to try again.
    pub(super) async fn lost(&mut self, error: BusError) -> Result<(), Halt> {
        self.attempt = self.attempt.saturating_add(1);
        let fatal = error.is_fatal();
        if fatal && self.strict {
            return Err(Halt::Failed(error));
        }
        let pause = if fatal { FATAL_PAUSE } else { pause(self.attempt, random_unit()) };
        let Some(pause) = self.within_patience(pause) else { return Err(Halt::Failed(error)) };
        let until = Instant::now() + pause;
        tracing::warn!(attempt = self.attempt, "not connected: {}", error.what());
        let now = Utc::now();
        let since = *self.down_since.get_or_insert(now);
        let retry_at = now + pause;
        let link = if fatal {
            let next = error.next().unwrap_or("mend it; it is tried again by itself").to_owned();
            Link::Fatal { why: error.what().to_owned(), next, retry_at }
        } else {
            let why = match error.next() {
                Some(next) => format!("{}; {next}", error.what()),
                None => error.what().to_owned(),
            };
            Link::Down { since, why, retry_at, attempt: self.attempt }
        };
        self.feed.signal(BusSignal::Link(link)).await?;
        tokio::select! {
            () = self.feed.unwanted() => Err(Halt::Stopped),
            () = self.nudge.notified() => Ok(()),
            () = tokio::time::sleep_until(until) => Ok(()),
        }
    }
}

/// How long to wait after so many tries: up to a half less at random, so that many watchers of one server do not all
/// come back at the same moment.
fn pause(attempt: u32, random: f64) -> Duration {
    let doubled = FIRST_PAUSE * (1 << attempt.saturating_sub(1).min(6));
    doubled.min(LONGEST_PAUSE).mul_f64(1.0 - random / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_spread() {
        let ms = |attempt, random| pause(attempt, random).as_millis();
        assert_eq!(
            [1, 2, 3, 6, 7, 99].map(|attempt| ms(attempt, 0.0)),
            [250, 500, 1_000, 8_000, 8_000, 8_000]
        );
        assert_eq!([ms(1, 0.5), ms(6, 1.0)], [187, 4_000]);
    }
}
