//! Handlers as a broker knows them: what each was given, has not finished, and who works for it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Heartbeat, Lag, Latency};
use crate::event::{EntryId, EventType, StreamKey};
use crate::text::{age, count, display_safe};

/// A handler, over all the streams that its group reads.
#[derive(Debug, Clone, PartialEq)]
pub struct HandlerReport {
    /// The name of its group: hostile text.
    pub name: String,
    /// The types that its group reads, in order.
    pub types: Vec<EventType>,
    /// The streams of types that its group reads, by key.
    pub streams: Vec<StreamKey>,
    /// When it was first registered, where that is recorded.
    pub registered: Option<DateTime<Utc>>,
    /// Not given to it yet, over all streams.
    pub lag: Lag,
    /// Given, and not finished.
    pub pending: u64,
    /// The pending entries that wait longest, longest first: at most a hundred of each stream.
    pub waiting: Vec<PendingEntry>,
    /// Failed events that wait in the schedule to be tried again, where there is one.
    pub scheduled: Option<Counted>,
    /// When the next of them is due, by the broker's clock.
    pub next_retry: Option<DateTime<Utc>>,
    /// Its own dead letters.
    pub dead_letters: Counted,
    /// Its last failure among the newest of the bus, where failures are recorded.
    pub last_error: Option<LastError>,
    /// After how long without a word what it was given may be given to somebody else, where a consumer says nothing else.
    pub lease: Duration,
    /// Who works for it, by name.
    pub consumers: Vec<ConsumerReport>,
}

/// How many there are, where counting has a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// So many.
    Exactly(u64),
    /// So many were counted, and not all were looked at.
    AtLeast(u64),
}

impl Counted {
    /// How many were counted.
    pub fn number(self) -> u64 {
        let (Self::Exactly(n) | Self::AtLeast(n)) = self;
        n
    }

    /// Whether these are all.
    pub fn is_exact(self) -> bool {
        matches!(self, Self::Exactly(_))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = self.number() + other.number();
        if self.is_exact() && other.is_exact() { Self::Exactly(sum) } else { Self::AtLeast(sum) }
    }

    /// `1,204`, or `1,000+` where there may be more.
    pub fn show(self) -> String {
        format!("{}{}", count(self.number()), if self.is_exact() { "" } else { "+" })
    }
}

/// A handler's last failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened, and behind it what that came from: hostile text.
    pub text: String,
}

/// An entry that was given to a consumer and is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    /// Where it lies.
    pub stream: StreamKey,
    /// Its position.
    pub id: EntryId,
    /// Who has it: hostile text.
    pub consumer: String,
    /// How long nobody has said anything of it.
    pub idle: Duration,
    /// How often it was given to somebody.
    pub deliveries: u64,
    /// Whether it is an event that failed before, on its way through the handler's retries.
    pub is_retry: bool,
    /// Whether it was given back, and belongs to nobody until somebody takes it.
    pub is_released: bool,
    /// After so long without a word it may be given to somebody else: as its consumer says, or as the bus is set;
    /// [`PendingEntry::LEASE`] where nothing says so.
    pub lease: Duration,
}

/// What a pending entry's age and deliveries say of it (docs/wire.md, 'Both').
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PendingState {
    /// It was given once, not long ago: somebody is at it.
    Running,
    /// It was given more than once or given back, the last time not long ago.
    Retrying,
    /// Nobody has said anything of it for too long.
    Stuck,
}

impl PendingEntry {
    /// The usual lease, on Alga's bus and on ours.
    pub const LEASE: Duration = Duration::from_secs(30);

    /// What is to be thought of it.
    pub fn state(&self) -> PendingState {
        let again = self.deliveries > 1 || self.is_retry || self.is_released;
        if !again && self.idle < self.lease {
            PendingState::Running
        } else if again && self.idle < self.lease.saturating_mul(2) {
            PendingState::Retrying
        } else {
            PendingState::Stuck
        }
    }
}

/// What is to be thought of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HandlerState {
    /// It works, and nothing needs a look.
    Working,
    /// Events wait to be tried again.
    Retrying,
    /// Nobody has said anything of some of its entries for too long.
    Stuck,
    /// There is something to do, and nobody does it.
    Down,
    /// Nobody works for it, and nothing waits for it; it did once, and left dead letters for a person.
    Stopped,
    /// Nobody works for it, and there is nothing to do.
    Unused,
}

impl HandlerState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Retrying => "retrying",
            Self::Stuck => "stuck",
            Self::Down => "down",
            Self::Stopped => "stopped",
            Self::Unused => "unused",
        }
    }
}

impl HandlerReport {
    /// What is to be thought of it.
    pub fn state(&self) -> HandlerState {
        let [_, _, stuck] = self.pending_states();
        let waits = self.lag != Lag::Exactly(0) || self.pending > 0 || self.retrying().number() > 0;
        match (self.is_alive(), waits) {
            (false, true) => HandlerState::Down,
            (false, false) if self.dead_letters.number() > 0 => HandlerState::Stopped,
            (false, false) => HandlerState::Unused,
            (true, _) if stuck > 0 => HandlerState::Stuck,
            (true, _) if self.retrying().number() > 0 => HandlerState::Retrying,
            (true, _) => HandlerState::Working,
        }
    }

    /// Whether somebody works for it, as far as can be told: consumers that give no signs of life are judged by how long
    /// they have asked for nothing.
    pub fn is_alive(&self) -> bool {
        self.consumers.iter().any(|consumer| consumer.is_alive(self.lease))
    }

    /// How many of the pending entries that were looked at are running, retrying and stuck.
    pub fn pending_states(&self) -> [u64; 3] {
        let mut states = [0; 3];
        for entry in &self.waiting {
            states[match entry.state() {
                PendingState::Running => 0,
                PendingState::Retrying => 1,
                PendingState::Stuck => 2,
            }] += 1;
        }
        states
    }

    /// Events that failed and are tried again: those whose time has come, and those that wait for it.
    pub fn retrying(&self) -> Counted {
        let [_, retrying, _] = self.pending_states();
        let of_pending = if self.pending > self.waiting.len() as u64 {
            Counted::AtLeast(retrying)
        } else {
            Counted::Exactly(retrying)
        };
        self.scheduled.map_or(of_pending, |scheduled| scheduled.plus(of_pending))
    }

    /// How long the attempts of those who live took.
    pub fn latency(&self) -> Latency {
        self.heartbeats().fold(Latency::default(), |sum, beat| sum.plus(&beat.latency))
    }

    /// The last signs of life of those who live.
    pub fn heartbeats(&self) -> impl Iterator<Item = &Heartbeat> {
        self.consumers.iter().filter_map(|consumer| consumer.heartbeat.as_ref())
    }

    /// `2 on web-1`, `2 on 3 hosts`; of consumers that give no signs of life, for how long they were quiet. Safe to show.
    pub fn who(&self) -> String {
        let mut hosts: Vec<_> = self.heartbeats().map(|beat| beat.host.as_str()).collect();
        let alive = hosts.len();
        hosts.sort_unstable();
        hosts.dedup();
        let quietest = self.consumers.iter().map(|consumer| consumer.idle).min();
        match (alive, quietest) {
            (0, None) => "none".to_owned(),
            (0, Some(idle)) => format!("{}, quiet for {}", self.consumers.len(), age(idle)),
            (_, _) if hosts.len() == 1 => format!("{alive} on {}", display_safe(hosts[0])),
            (_, _) => format!("{alive} on {} hosts", hosts.len()),
        }
    }
}

/// One consumer of a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerReport {
    /// Its name: hostile text.
    pub name: String,
    /// Given to it, and not finished.
    pub pending: u64,
    /// How long it has asked for nothing.
    pub idle: Duration,
    /// Its last sign of life, where it gives any and that still holds.
    pub heartbeat: Option<Heartbeat>,
    /// When it last gave one, also where that does not hold any more.
    pub last_seen: Option<DateTime<Utc>>,
}

impl ConsumerReport {
    /// Whether it lives, as far as can be told; see [`HandlerReport::is_alive`].
    pub fn is_alive(&self, lease: Duration) -> bool {
        self.heartbeat.is_some() || self.idle < lease.saturating_mul(4)
    }
}

impl Lag {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (Self::Exactly(a) | Self::MoreThan(a), Self::Exactly(b) | Self::MoreThan(b)) => {
                Self::MoreThan(a + b)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_entries_are_running_retrying_or_stuck() {
        for (deliveries, is_retry, idle, state) in [
            (1, false, 0, PendingState::Running),
            (1, false, 29, PendingState::Running),
            (1, false, 30, PendingState::Stuck),
            (2, false, 29, PendingState::Retrying),
            (2, false, 59, PendingState::Retrying),
            (2, false, 60, PendingState::Stuck),
            (11, false, 9_000, PendingState::Stuck),
            (1, true, 0, PendingState::Retrying),
            (1, true, 60, PendingState::Stuck),
            // Given back: it is made out to have been left for one lease.
            (0, false, 30, PendingState::Retrying),
            (0, false, 59, PendingState::Retrying),
            (0, false, 60, PendingState::Stuck),
        ] {
            // It is the lease that counts, and no number of seconds.
            for (lease, idle) in [(30, idle), (600, idle * 20)] {
                let entry = PendingEntry {
                    stream: StreamKey::new("s").unwrap(),
                    id: EntryId::ZERO,
                    consumer: "c".to_owned(),
                    idle: Duration::from_secs(idle),
                    deliveries,
                    is_retry,
                    is_released: deliveries == 0,
                    lease: Duration::from_secs(lease),
                };
                assert_eq!(entry.state(), state, "{deliveries} {is_retry} {idle} {lease}");
            }
        }
    }

    fn report(alive: bool, lag: u64, scheduled: u64, idle: Option<u64>) -> HandlerReport {
        let waiting = idle.map(|seconds| PendingEntry {
            stream: StreamKey::new("s").unwrap(),
            id: EntryId::ZERO,
            consumer: "c".to_owned(),
            idle: Duration::from_secs(seconds),
            deliveries: 1,
            is_retry: false,
            is_released: false,
            lease: PendingEntry::LEASE,
        });
        let idle = Duration::from_secs(if alive { 1 } else { 7_200 });
        HandlerReport {
            name: "h".to_owned(),
            types: vec![],
            streams: vec![],
            registered: None,
            lag: Lag::Exactly(lag),
            pending: u64::from(waiting.is_some()),
            waiting: waiting.into_iter().collect(),
            scheduled: Some(Counted::Exactly(scheduled)),
            next_retry: None,
            dead_letters: Counted::Exactly(0),
            last_error: None,
            lease: PendingEntry::LEASE,
            consumers: vec![ConsumerReport {
                name: "c".to_owned(),
                pending: 0,
                idle,
                heartbeat: None,
                last_seen: None,
            }],
        }
    }

    #[test]
    fn a_handler_is_judged_by_what_needs_a_look_most() {
        for (report, state) in [
            (report(true, 0, 0, None), HandlerState::Working),
            (report(true, 9, 0, Some(1)), HandlerState::Working),
            (report(true, 0, 3, None), HandlerState::Retrying),
            (report(true, 0, 3, Some(31)), HandlerState::Stuck),
            (report(false, 0, 0, None), HandlerState::Unused),
            (report(false, 1, 0, None), HandlerState::Down),
            (report(false, 0, 1, None), HandlerState::Down),
            (report(false, 0, 0, Some(31)), HandlerState::Down),
        ] {
            assert_eq!(report.state(), state, "{report:?}");
        }
    }

    #[test]
    fn a_handler_that_nobody_runs_and_that_left_dead_letters_is_not_unused() {
        let left =
            |alive, lag| HandlerReport { dead_letters: Counted::Exactly(3), ..report(alive, lag, 0, None) };
        assert_eq!(left(false, 0).state(), HandlerState::Stopped);
        assert_eq!(left(false, 1).state(), HandlerState::Down, "more waits for it than a person");
        assert_eq!(left(true, 0).state(), HandlerState::Working);
    }

    #[test]
    fn counts_add_up_and_stay_honest() {
        assert_eq!(Counted::Exactly(2).plus(Counted::Exactly(3)), Counted::Exactly(5));
        assert_eq!(Counted::Exactly(2).plus(Counted::AtLeast(998)).show(), "1,000+");
        let mut cut = report(true, 0, 2, Some(1));
        cut.pending = 500;
        assert_eq!(cut.retrying(), Counted::AtLeast(2), "not all of what is pending was looked at");
    }

    #[test]
    fn lags_add_up_and_stay_honest() {
        assert_eq!(Lag::Exactly(2).plus(Lag::Exactly(3)), Lag::Exactly(5));
        assert_eq!(Lag::Exactly(2).plus(Lag::MoreThan(3)), Lag::MoreThan(5));
    }
}
