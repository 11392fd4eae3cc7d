//! The connection as the screen needs it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::bus::{Link, ServerFacts, WritesRefused};

/// An observer notices within this time that nothing answers any more: so long before it says so, something did.
const NOTICED_WITHIN: TimeDelta = TimeDelta::seconds(5);

/// The state of the connection, and how fresh what we hold is.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkView {
    /// What the observer said last.
    pub link: Link,
    /// When the last signal came that proves contact: live, or entries.
    pub last_contact: Option<DateTime<Utc>>,
    /// The server of the last live connection, also while it is down.
    pub server: Option<ServerFacts>,
    /// Whether the history has been read, so that what follows is live.
    pub caught_up: bool,
    /// Why writes are refused, as far as is known, though it can be read.
    pub refuses: Option<WritesRefused>,
}

impl LinkView {
    /// Takes what the observer says.
    pub(super) fn take(&mut self, link: Link, now: DateTime<Utc>) {
        if let Link::Live(server) = &link {
            self.last_contact = Some(now);
            self.server = Some(server.clone());
        } else if self.is_live() {
            let noticed = if let Link::Down { since, .. } = &link { now.min(*since) } else { now };
            // On a quiet bus nothing came for long, but there was contact all the same.
            self.last_contact = self.last_contact.max(Some(noticed - NOTICED_WITHIN));
        }
        self.link = link;
    }

    /// Whether the data on the screen is current.
    pub fn is_live(&self) -> bool {
        matches!(self.link, Link::Live(_))
    }

    /// Whether there was a connection that is gone now: data stays, and is stale.
    pub fn is_stale(&self) -> bool {
        self.stale_since().is_some()
    }

    /// Of what time the data on the screen is, where that is not now: that of the last contact. A server that answers
    /// nothing is noticed later, and rates up to then would say that nothing came, which nobody knows.
    pub fn stale_since(&self) -> Option<DateTime<Utc>> {
        if self.is_live() { None } else { self.last_contact }
    }
}

impl Default for LinkView {
    fn default() -> Self {
        Self {
            link: Link::Connecting { target: String::new() },
            last_contact: None,
            server: None,
            caught_up: false,
            refuses: None,
        }
    }
}
