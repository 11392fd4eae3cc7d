//! What a selection has found, what of it cannot be done, and what is not there.

use std::collections::{BTreeMap, BTreeSet};

use super::suits::{purpose, reason};
use crate::bus::{FailedAt, FailedEvent};
use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::event::EventId;
use crate::text::count;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// So many were selected, and can be done.
    pub(super) found: u64,
    /// Named, and not there.
    pub(super) missing: Missing,
    pub(super) unsuitable: Unsuitable,
    /// Some of it may not be looked at.
    pub(super) is_unseen: bool,
    /// Something was there, whether it was selected or not.
    pub(super) has_read: bool,
    /// Ctrl-C came first.
    pub(super) interrupted: bool,
}

/// What was selected once, in the order in which it was found, without the texts of events.
#[derive(Debug, Default)]
pub(super) struct Frozen {
    pub(super) events: Vec<FailedEvent>,
    /// Something that was named is not there.
    pub(super) is_missing: bool,
    pub(super) unsuitable: Unsuitable,
    /// Some of it may not be looked at.
    pub(super) is_unseen: bool,
}

/// What was named, and is not there.
#[derive(Debug, Default)]
pub(super) struct Missing {
    pub(super) places: Vec<FailedAt>,
    pub(super) events: BTreeSet<EventId>,
    /// What nothing of these events is.
    pub(super) states: String,
}

impl Missing {
    /// Whether all is there.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty() && self.events.is_empty()
    }

    /// Says which.
    pub(super) fn say(&self, desk: &mut Desk<'_>) {
        for at in &self.places {
            desk.notes.say(&format!("{at} is not there any more"));
        }
        for event in &self.events {
            desk.notes.say(&format!("event {event} is not there{}", self.states));
        }
    }
}

impl Frozen {
    /// Says what of it cannot be done, and, where that is all, that `nothing was retried`.
    pub(super) fn say_rest(&self, done: &str, nothing: &str, desk: &mut Desk<'_>) {
        self.unsuitable.say(done, desk);
        if self.events.is_empty() {
            let why = match self.exit() {
                Exit::Ok => ": nothing fits",
                _ if self.is_unseen => ": nothing fits in what may be looked at",
                _ => "",
            };
            desk.notes.say(&format!("{nothing}{why}"));
        }
    }

    /// What it comes to when all of `events` is done. A selection may find nothing; what was named must be there, of
    /// what was found something must be possible, and that there is nothing must be known.
    pub(super) fn exit(&self) -> Exit {
        let is_vain = (!self.unsuitable.others.is_empty() || self.is_unseen) && self.events.is_empty();
        if self.is_missing || !self.unsuitable.named.is_empty() || is_vain { Exit::Failed } else { Exit::Ok }
    }
}

/// What was selected, and cannot be done.
#[derive(Debug, Default)]
pub(super) struct Unsuitable {
    /// Named one by one.
    named: Vec<FailedAt>,
    /// Selected, by what it is for.
    others: BTreeMap<&'static str, u64>,
}

impl Unsuitable {
    /// One that was named.
    pub(super) fn name(&mut self, at: FailedAt) {
        self.named.push(at);
    }

    /// One that a selection has found.
    pub(super) fn count(&mut self, at: &FailedAt) {
        *self.others.entry(purpose(at)).or_default() += 1;
    }

    /// Says why, and what to use in place of it.
    fn say(&self, done: &str, desk: &mut Desk<'_>) {
        for at in &self.named {
            desk.notes.say(&format!("{at}: {}", reason(at, done)));
        }
        for (purpose, n) in &self.others {
            let fit = if *n == 1 { "that fits" } else { "that fit" };
            desk.notes.say(&format!("{} {fit} cannot be {done}: {purpose}", count(*n)));
        }
    }
}
