//! What was composed before: each change can be taken back.

use super::ComposeState;
use crate::event::{Channel, EventType};
use crate::schema::form::Opened;

/// Most changes that can be taken back, and most bytes of their texts.
const MOST: usize = 500;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// An event as it stood. Not its id: that of what was sent must not come back with another payload.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Version {
    pub(super) event_type: Option<EventType>,
    pub(super) channel: Option<Channel>,
    pub(super) text: String,
    pub(super) made: String,
    pub(super) opened: Opened,
    /// Line and column of the caret.
    pub(super) caret: (usize, usize),
}

/// What can be taken back, and what was.
#[derive(Debug, Default)]
pub(super) struct History {
    past: Vec<Version>,
    future: Vec<Version>,
    /// Whether letters are being typed: they are one change.
    pub(super) is_typing: bool,
}

impl History {
    /// Remembers how it stood before a change.
    pub(super) fn push(&mut self, before: Version) {
        self.is_typing = false;
        self.future.clear();
        self.past.push(before);
        let mut bytes: usize = self.past.iter().map(|version| version.text.len()).sum();
        while self.past.len() > 1 && (self.past.len() > MOST || bytes > MOST_BYTES) {
            bytes -= self.past.remove(0).text.len();
        }
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

impl ComposeState {
    /// How it stands.
    pub(super) fn version(&self) -> Version {
        let caret = self.area.cursor();
        Version {
            event_type: self.event_type.clone(),
            channel: self.channel.clone(),
            text: self.text.clone(),
            made: self.made.clone(),
            opened: self.opened.clone(),
            caret: (caret.0, caret.1),
        }
    }

    /// Takes the last change back, or with `false` does it again. False where there is none.
    pub(super) fn travel(&mut self, back: bool) -> Option<Version> {
        self.history.is_typing = false;
        let now = self.version();
        let history = &mut self.history;
        let (from, to) = if back {
            (&mut history.past, &mut history.future)
        } else {
            (&mut history.future, &mut history.past)
        };
        let version = from.pop()?;
        to.push(now);
        Some(version)
    }
}
