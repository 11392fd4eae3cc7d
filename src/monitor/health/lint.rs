//! One thing that is wrong, or may become so.

use crate::bus::Level;
use crate::event::{EventType, StreamKey, TenantId};
use crate::text::display_safe;

/// A finding of a lint: what is wrong, where, by which evidence, and what to do. Its texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Which check found it: `retry-loop`.
    pub check: &'static str,
    /// How bad it is; never [`Level::Ok`].
    pub level: Level,
    /// Where.
    pub place: Place,
    /// What is wrong, in one sentence.
    pub what: String,
    /// The numbers, with their times, and the thresholds.
    pub evidence: Vec<String>,
    /// What to do next: keys and commands.
    pub next: Vec<String>,
}

/// Where something is wrong: what of it is known. Names may be hostile.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The handler, or the group that only the broker knows.
    pub handler: Option<String>,
    /// One of its consumers.
    pub consumer: Option<String>,
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// The type.
    pub event_type: Option<EventType>,
    /// The stream.
    pub stream: Option<StreamKey>,
}

impl Place {
    /// A handler.
    pub(super) fn handler(name: &str) -> Self {
        Self { handler: Some(name.to_owned()), ..Self::default() }
    }

    /// What it is called, safe to show: `sla on event::TICKET_CREATED`; `the server` where it is nothing of the bus.
    pub fn show(&self) -> String {
        let mut named: Vec<String> = Vec::new();
        if let Some(handler) = &self.handler {
            named.push(display_safe(handler).into_owned());
        }
        if let Some(consumer) = &self.consumer {
            named.push(format!("consumer {}", display_safe(consumer)));
        }
        match (&self.stream, &self.event_type) {
            (Some(stream), _) => named.push(format!("on {}", display_safe(stream.as_str()))),
            (None, Some(event_type)) => named.push(event_type.to_string()),
            (None, None) => {}
        }
        if let Some(tenant) = &self.tenant {
            named.push(format!("tenant {}", display_safe(tenant.as_str())));
        }
        if named.is_empty() { "the server".to_owned() } else { named.join(" ") }
    }
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    /// What is wrong.
    pub(super) lints: Vec<Lint>,
    /// What to say where nothing is.
    pub(super) passed: String,
}

impl Judged {
    pub(super) fn new(lints: Vec<Lint>, passed: impl Into<String>) -> Self {
        Self { lints, passed: passed.into() }
    }
}
