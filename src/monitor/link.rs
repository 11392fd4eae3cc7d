//! The connection as the screen needs it.

use chrono::{DateTime, Utc};

use crate::bus::{Link, ServerFacts};

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
}

impl LinkView {
    /// Whether the data on the screen is current.
    pub fn is_live(&self) -> bool {
        matches!(self.link, Link::Live(_))
    }

    /// Whether there was a connection that is gone now: data stays, and is stale.
    pub fn is_stale(&self) -> bool {
        !self.is_live() && self.last_contact.is_some()
    }
}

impl Default for LinkView {
    fn default() -> Self {
        Self {
            link: Link::Connecting { target: String::new() },
            last_contact: None,
            server: None,
            caught_up: false,
        }
    }
}
