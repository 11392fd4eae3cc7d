//! What became of what was sent.

use chrono::{DateTime, Utc};

use super::FileSent;
use crate::bus::{Fate, PublishError, Published, Stage};
use crate::compose::{Doubt, Progress, SendPhase};
use crate::event::NewEvent;
use crate::text::{count, display_safe, plural};

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

    /// Whether what stands in the form now, `composed`, says the same as what was sent, to the letter.
    pub fn is_of(&self, composed: &NewEvent) -> bool {
        let ours = match self {
            Self::One(one) => &one.composed,
            Self::Many(many) => &many.composed,
        };
        composed.event_type() == ours.event_type()
            && composed.channel() == ours.channel()
            && composed.payload() == ours.payload()
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
    /// The event as it stood in the form: placeholders are not filled in. What stands there now is the same event where it
    /// says the same.
    pub composed: NewEvent,
    /// The event as it was sent.
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
    pub fn new(
        number: u64,
        context: &str,
        (composed, event): (NewEvent, NewEvent),
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            number,
            context: context.to_owned(),
            composed,
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

    /// What became of it with its receivers, in a few words: the worst first. Safe to show.
    pub fn summary(&self) -> String {
        if let Some(why) = &self.trouble {
            return format!("what became of it is not known: {why}");
        }
        let Some(fates) = &self.fates else { return "not looked at yet".to_owned() };
        let with = |is_so: fn(&Stage) -> bool| {
            let name = fates.iter().find(|fate| is_so(&fate.stage)).map(|fate| display_safe(&fate.name))?;
            Some((name, fates.iter().filter(|fate| is_so(&fate.stage)).count() as u64))
        };
        let and_more = |n: u64| if n > 1 { format!(" and {} more", count(n - 1)) } else { String::new() };
        if let Some((name, n)) = with(|stage| matches!(stage, Stage::Dead { .. })) {
            return format!("dead with {name}{}", and_more(n));
        }
        if let Some((name, n)) = with(|stage| *stage == Stage::Trimmed) {
            return format!("trimmed away before it was given to {name}{}", and_more(n));
        }
        let Some((_, done)) = with(|stage| *stage == Stage::Succeeded) else {
            let is_open = if fates.is_empty() { "nobody has received it" } else { "nobody is done with it" };
            return is_open.to_owned();
        };
        match fates.len() as u64 {
            all if all == done => format!("succeeded with {}", plural(done, "handler", "handlers")),
            all => format!("succeeded with {} of {}", count(done), plural(all, "handler", "handlers")),
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
    /// The event as it stood in the form.
    pub composed: NewEvent,
    /// The first of them, as it was sent.
    pub first: NewEvent,
    /// How far it has come.
    pub progress: Progress,
    /// Whether a person holds it.
    pub is_held: bool,
    /// The file that they stand in, where it is one.
    pub file: Option<Box<FileSent>>,
    /// Those that are sent again because nobody knows of them, by their numbers.
    pub again: Vec<NewEvent>,
}

impl SentMany {
    /// Asked for, and not begun yet.
    pub fn new(number: u64, context: &str, (composed, first): (NewEvent, NewEvent), total: u64) -> Self {
        let progress = Progress { total: Some(total), ..Progress::default() };
        let context = context.to_owned();
        Self { number, context, composed, first, progress, is_held: false, file: None, again: Vec::new() }
    }

    /// It is over: of those that it did not come to nobody knows more than before.
    pub fn keep_doubts(&mut self) {
        let asked = usize::try_from(self.progress.asked).unwrap_or(usize::MAX);
        for (number, event) in (1..).zip(&self.again).skip(asked) {
            self.progress.unknown += 1;
            self.progress.doubts.push(Doubt { number, event: event.id() });
            self.progress.doubtful.push(event.clone());
        }
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
            SendPhase::Finished if self.file.is_some() => "the file is at its end".to_owned(),
            SendPhase::Finished if self.progress.bad > 0 => {
                format!("all others are sent: {} could not be", count(self.progress.bad))
            }
            SendPhase::Finished => "all are sent".to_owned(),
        }
    }
}
