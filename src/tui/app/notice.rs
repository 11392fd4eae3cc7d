//! What a person is told, and for how long.

use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use crate::monitor::Notice;

/// A short word about what a key did, or why it did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What it says. Safe to show.
    pub text: String,
    /// Since when it is shown.
    pub at: DateTime<Utc>,
    /// Whether it says how far something has come: what is new of that takes its place, and it takes the place of nothing else.
    pub goes_on: bool,
}

impl Toast {
    /// How long it is shown.
    const LASTS: TimeDelta = TimeDelta::seconds(5);
}

/// What a person was told, and has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    /// Shown for a few seconds.
    pub toast: Option<Toast>,
    /// Notices of the monitor up to this moment were hidden by a person.
    pub hidden_until: Option<DateTime<Utc>>,
}

impl App {
    /// Tells a person something, for a few seconds.
    pub fn tell(&mut self, text: impl Into<String>) {
        self.notices.toast = Some(Toast { text: text.into(), at: self.clock.now, goes_on: false });
    }

    /// Tells how far something has come, while nothing else is told: that would be gone before anybody has read it.
    pub fn tell_so_far(&mut self, text: impl Into<String>) {
        if self.notices.toast.as_ref().is_none_or(|toast| toast.goes_on) {
            self.notices.toast = Some(Toast { text: text.into(), at: self.clock.now, goes_on: true });
        }
    }

    /// Forgets the toast when its time is over.
    pub fn expire_toast(&mut self) {
        if self.notices.toast.as_ref().is_some_and(|toast| self.clock.now - toast.at >= Toast::LASTS) {
            self.notices.toast = None;
        }
    }

    /// Gaps and losses that a person has not hidden: the newest, and how many more there are.
    pub fn banner(&self) -> Option<(&Notice, usize)> {
        let shown =
            |notice: &&Notice| self.notices.hidden_until.is_none_or(|hidden_until| notice.at > hidden_until);
        let mut shown = self.monitor.notices().iter().rev().filter(shown);
        let newest = shown.next()?;
        Some((newest, shown.count()))
    }
}
