//! Sending what is composed: what is asked before, and what became of it.

mod draft;
mod file;
mod outcome;

pub(crate) use draft::filled;
pub use draft::{MOST_COPIES, SendDraft};
pub use file::{FileDraft, FileLook, FileSent, Unsent, UnsentFate, completed, ranges};
pub use outcome::{Following, SentMany, SentOne, SentWhat};

use std::collections::BTreeMap;

use super::shelf::Shelf;
use crate::tui::action::Action;

/// What is known of sending.
#[derive(Debug, Clone)]
pub struct SendingState {
    /// Whether this session may publish; why not. Safe to show.
    pub may: Result<(), String>,
    /// What was sent last, in this context.
    pub last: Option<SentWhat>,
    /// The name of the template that an editor of the person's own has.
    pub edits: Option<String>,
    /// What an editor left of templates, by their names, as long as it is not kept.
    pub unsaved: BTreeMap<String, String>,
    /// The list that a question about templates was opened from: it comes back.
    pub below: Option<Box<Shelf>>,
    /// The number of the last question or sending.
    number: u64,
}

impl Default for SendingState {
    fn default() -> Self {
        Self {
            may: Err("no context is open yet".to_owned()),
            last: None,
            edits: None,
            unsaved: BTreeMap::new(),
            below: None,
            number: 0,
        }
    }
}

impl SendingState {
    /// Forgets what was sent in a context that is left. The numbers go on.
    pub fn leave(&mut self) {
        *self = Self {
            number: self.number,
            edits: self.edits.take(),
            unsaved: std::mem::take(&mut self.unsaved),
            ..Self::default()
        };
    }

    /// A number that nothing else has.
    pub fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// The event that was sent last, if it was one.
    pub fn one(&self) -> Option<&SentOne> {
        match &self.last {
            Some(SentWhat::One(one)) => Some(one),
            _ => None,
        }
    }

    /// The events that were sent last, if they were many.
    pub fn many(&self) -> Option<&SentMany> {
        match &self.last {
            Some(SentWhat::Many(many)) => Some(many),
            _ => None,
        }
    }

    /// The file that was sent last, if it was one.
    pub fn file(&self) -> Option<&FileSent> {
        self.many()?.file.as_deref()
    }

    /// Whether an action about what was sent can be done; the reason if not.
    pub fn allows(&self, action: Action) -> Result<(), &'static str> {
        let (allowed, why) = match action {
            Action::SendAgain if self.is_busy() => {
                (false, "what was sent last is not answered yet: wait for it")
            }
            Action::SendAgain => (self.last.is_some(), "nothing was sent yet in this context"),
            Action::ShowUnsent => {
                (self.file().is_some_and(FileSent::has_unsent), "no line of a file was left out")
            }
            Action::HoldSending | Action::EndSending => {
                (self.many().is_some() && self.is_busy(), "nothing is being sent that could be held or ended")
            }
            _ => (self.one().is_some(), "no event was sent yet in this context"),
        };
        if allowed { Ok(()) } else { Err(why) }
    }

    /// Of how many that were sent last nobody knows if they are on the bus.
    pub fn doubts(&self) -> u64 {
        match &self.last {
            Some(SentWhat::One(one)) => u64::from(one.is_unknown()),
            Some(SentWhat::Many(many)) => many.progress.unknown,
            None => 0,
        }
    }

    /// Whether something is being sent, and nobody has answered for it yet.
    pub fn is_busy(&self) -> bool {
        match &self.last {
            Some(SentWhat::One(one)) => one.answer.is_none(),
            Some(SentWhat::Many(many)) => !many.progress.phase.is_over(),
            None => false,
        }
    }
}
