//! What became of what was sent.

use chrono::{DateTime, Utc};

use crate::bus::{Fate, PublishError, Published, Stage};
use crate::compose::{Progress, SendPhase};
use crate::event::NewEvent;
use crate::text::{display_safe, plural};

/// What was sent.
#[derive(Debug, Clone)]
pub enum SentWhat {
    /// One event.
    One(Box<SentOne>),
    /// Many of them.
    Many(Box<SentMany>),
}

impl SentWhat {
    /// Its number.
    pub fn number(&self) -> u64 {
        match self {
            Self::One(one) => one.number,
            Self::Many(many) => many.number,
        }
    }

    /// The context that it was sent in.
    pub fn context(&self) -> &str {
        match self {
            Self::One(one) => &one.context,
            Self::Many(many) => &many.context,
        }
    }
}

/// An event that was sent.
#[derive(Debug, Clone)]
pub struct SentOne {
    /// The number of the sending.
    pub number: u64,
    /// The context it was sent in.
    pub context: String,
    /// The event.
    pub event: NewEvent,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// What the broker answered; nothing while that is waited for.
    pub answer: Option<Result<Published, PublishError>>,
    /// What became of it with each of its receivers; nothing before that was looked at.
    pub fates: Option<Vec<Fate>>,
    /// Why it could not be looked at last. Safe to show.
    pub trouble: Option<String>,
    /// Whether it is followed.
    pub following: Following,
}

impl SentOne {
    /// Asked for, and not answered yet.
    pub fn new(number: u64, context: &str, event: NewEvent, at: DateTime<Utc>) -> Self {
        Self {
            number,
            context: context.to_owned(),
            event,
            at,
            answer: None,
            fates: None,
            trouble: None,
            following: Following::NotYet,
        }
    }

    /// Where it lies, if it is known to.
    pub fn published(&self) -> Option<&Published> {
        self.answer.as_ref()?.as_ref().ok()
    }

    /// What became of it with its receivers, in a few words. Safe to show.
    pub fn summary(&self) -> String {
        let Some(fates) = &self.fates else { return "not looked at yet".to_owned() };
        let dead = fates.iter().find(|fate| matches!(fate.stage, Stage::Dead { .. }));
        let done = fates.iter().filter(|fate| fate.stage == Stage::Succeeded).count() as u64;
        match dead {
            Some(dead) => format!("dead with {}", display_safe(&dead.name)),
            None if fates.is_empty() => "nobody has received it".to_owned(),
            None => format!("succeeded with {}", plural(done, "handler", "handlers")),
        }
    }

    /// Whether nobody knows if it was appended.
    pub fn is_unknown(&self) -> bool {
        matches!(self.answer, Some(Err(PublishError::Unknown(_))))
    }
}

/// Whether an event is followed to its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// It was not sent yet, or not at all.
    NotYet,
    /// It is.
    Now,
    /// Nothing more comes of it.
    Over,
    /// It took too long.
    GivenUp,
}

/// Many events that are being sent, or were.
#[derive(Debug, Clone)]
pub struct SentMany {
    /// The number of the sending.
    pub number: u64,
    /// The context they are sent in.
    pub context: String,
    /// The first of them.
    pub first: NewEvent,
    /// How far it has come.
    pub progress: Progress,
    /// Whether a person holds it.
    pub is_held: bool,
}

impl SentMany {
    /// Asked for, and not begun yet.
    pub fn new(number: u64, context: &str, (first, total): (NewEvent, u64)) -> Self {
        let progress = Progress { total: Some(total), ..Progress::default() };
        Self { number, context: context.to_owned(), first, progress, is_held: false }
    }

    /// What came of it, in a line.
    pub fn phase(&self) -> String {
        match &self.progress.phase {
            SendPhase::Sending if self.is_held => "holding after this batch".to_owned(),
            SendPhase::Sending => "sending".to_owned(),
            SendPhase::Paused => "held".to_owned(),
            SendPhase::Waiting(why) => format!("waiting: {why}"),
            SendPhase::Stopped(why) => format!("stopped: {why}"),
            SendPhase::Cancelled => "ended by hand: what is left was not sent".to_owned(),
            SendPhase::Finished => "all are sent".to_owned(),
        }
    }
}
