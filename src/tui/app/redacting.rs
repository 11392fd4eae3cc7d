//! What is masked on the screen, and what of it a person has revealed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{App, View};
use crate::bus::FailedAt;
use crate::event::Masks;

/// What is masked, by context.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MasksOf {
    /// In contexts of which nothing else is said.
    pub all: Masks,
    /// In these contexts, all told.
    pub by_context: BTreeMap<String, Masks>,
}

impl MasksOf {
    /// What is masked in a context.
    pub fn of(&self, context: &str) -> Masks {
        self.by_context.get(context).unwrap_or(&self.all).clone()
    }
}

/// What is shown although it is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revealed {
    /// This entry, while it is under the cursor.
    Entry(u64),
    /// This failed event, while it is under the cursor.
    Failed(FailedAt),
    /// Everything, until it is hidden again or another context is opened.
    All,
}

/// What is masked here, and what is revealed of it.
#[derive(Debug, Default)]
pub struct Redacting {
    /// What is masked in the context that is open.
    pub masks: Masks,
    /// What is revealed.
    pub revealed: Option<Revealed>,
    /// Whether something is missing in what was copied last, which is not told yet.
    pub copied_less: bool,
}

impl Redacting {
    /// Nothing is revealed.
    pub fn of(masks: Masks) -> Self {
        Self { masks, ..Self::default() }
    }

    /// What is masked of an entry.
    pub fn of_entry(&self, seq: u64) -> &Masks {
        self.unless(|revealed| *revealed == Revealed::Entry(seq))
    }

    /// What is masked of a failed event.
    pub fn of_failed(&self, at: &FailedAt) -> &Masks {
        self.unless(|revealed| matches!(revealed, Revealed::Failed(known) if known == at))
    }

    /// What is masked wherever nobody has revealed one event.
    pub fn elsewhere(&self) -> &Masks {
        self.unless(|_| false)
    }

    fn unless(&self, is_it: impl Fn(&Revealed) -> bool) -> &Masks {
        match &self.revealed {
            Some(revealed) if *revealed == Revealed::All || is_it(revealed) => &Masks::NONE,
            _ => &self.masks,
        }
    }
}

impl App {
    /// The event that a person looks at: what can be revealed.
    pub fn looked_at(&self) -> Option<Revealed> {
        match &self.errors.page {
            Some(page) => page.event.as_ref()?.entry.map(Revealed::Entry),
            None if self.view == View::Failed && self.journal().is_none() => {
                self.failed_event().map(|event| Revealed::Failed(event.at.clone()))
            }
            None if matches!(self.view, View::Flow | View::Events) => self.events.cursor.map(Revealed::Entry),
            None => None,
        }
    }

    /// What is masked of the event that a person looks at.
    pub fn masks_here(&self) -> &Masks {
        match self.looked_at() {
            Some(Revealed::Entry(seq)) => self.redacting.of_entry(seq),
            Some(Revealed::Failed(at)) => self.redacting.of_failed(&at),
            Some(Revealed::All) | None => &Masks::NONE,
        }
    }

    /// What is copied of the event that a person looks at, given its whole JSON.
    pub fn as_shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.masks_here().event(text) {
            Some(redacted) => Cow::Owned(redacted.text),
            None => Cow::Borrowed(text),
        }
    }

    /// Whether something can be revealed here; the reason if not.
    pub(super) fn allows_reveal(&self) -> (bool, &'static str) {
        if self.redacting.masks.is_none() {
            return (false, "nothing is masked: [redact] in the config says what is");
        }
        let is_there = self.redacting.revealed.is_some() || self.looked_at().is_some();
        (is_there, "no event is under the cursor: j and k move it")
    }

    /// Whether everything can be revealed, or hidden again; the reason if not.
    pub(super) fn allows_reveal_all(&self) -> (bool, &'static str) {
        if self.redacting.masks.is_none() {
            return (false, "nothing is masked: [redact] in the config says what is");
        }
        (self.popup.is_none(), "something is asked, or a list is open: Esc closes it")
    }
}
