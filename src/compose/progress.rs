//! How far a sending has come.

use crate::event::{EventId, NewEvent};

/// What a sending is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SendPhase {
    /// It sends.
    #[default]
    Sending,
    /// A person holds it.
    Paused,
    /// It waits, and goes on by itself: the reason, for people.
    Waiting(String),
    /// It stopped by itself: why. What is left was not sent.
    Stopped(String),
    /// A person ended it. What is left was not sent.
    Cancelled,
    /// Everything was sent that could be.
    Finished,
}

impl SendPhase {
    /// Whether nothing more is sent.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Stopped(_) | Self::Cancelled | Self::Finished)
    }
}

/// An event that may have been published, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The line that it stands on.
    pub number: u64,
    /// Its id: in the form `once`, sending it again with this id makes no double.
    pub event: EventId,
}

/// How far a sending has come. Every event that was asked for is counted once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// What it is doing.
    pub phase: SendPhase,
    /// How many there are to send, good or bad, where that was said before.
    pub total: Option<u64>,
    /// How many were taken from the source: those below together.
    pub asked: u64,
    /// Published by this sending.
    pub published: u64,
    /// On the bus already, from an earlier sending with the same id, or from an earlier line with it.
    pub repeated: u64,
    /// Lines that are no event, and events that do not fit, are too large, or of a tenant that is refused.
    pub bad: u64,
    /// It is certain that these are not on the bus: the broker was not reached, or refused them, or it ended before.
    pub not_sent: u64,
    /// The answer was lost: these may be on the bus, or not.
    pub unknown: u64,
    /// Which ones those are: all of them.
    pub doubts: Vec<Doubt>,
    /// The same, whole, in that order: to be sent again.
    pub doubtful: Vec<NewEvent>,
    /// The numbers of those that were taken, and are certainly not on the bus: of one batch at most, as that is the end.
    pub unsent: Vec<u64>,
    /// The number of the last one that was taken: nothing was sent of those behind it. 0 before the first.
    pub reached: u64,
    /// Published or found there in the last seconds, per second.
    pub rate: f64,
}

impl Progress {
    /// How many of the total were not taken from the source; `None` where the total is not known.
    pub fn left(&self) -> Option<u64> {
        self.total.map(|total| total.saturating_sub(self.asked))
    }

    /// How many are known to be on the bus.
    pub fn there(&self) -> u64 {
        self.published + self.repeated
    }
}
