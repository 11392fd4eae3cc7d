//! The life of a ticket: opened, worked on, waiting, resolved, closed.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::random::Random;
use super::words::{ALERTS, REQUESTS, Words};

/// An open ticket.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) id: Uuid,
    number: usize,
    words: Words,
    source: &'static str,
    status: Status,
    priority: usize,
    assigned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Open,
    InProgress,
    Waiting,
    OnHold,
    Resolved,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Waiting => "waiting",
            Self::OnHold => "on_hold",
            Self::Resolved => "resolved",
        }
    }

    fn next(self, random: &mut Random) -> Self {
        match self {
            Self::Open | Self::Waiting | Self::OnHold | Self::Resolved => Self::InProgress,
            Self::InProgress => {
                random.pick(&[Self::Waiting, Self::OnHold, Self::Resolved, Self::Resolved, Self::Resolved])
            }
        }
    }
}

impl Ticket {
    /// A person asks for something.
    pub(super) fn request(number: usize, random: &mut Random) -> Self {
        let source = random.pick(&["email", "email", "portal", "phone"]);
        Self::new(number, random.pick(&REQUESTS), source, 1 + random.below(4), random)
    }

    /// Monitoring raises an alert.
    pub(super) fn alert(number: usize, random: &mut Random) -> Self {
        Self::new(number, random.pick(&ALERTS), "monitoring", 1, random)
    }

    fn new(number: usize, words: Words, source: &'static str, priority: usize, random: &mut Random) -> Self {
        Self { id: random.uuid(), number, words, source, status: Status::Open, priority, assigned: false }
    }

    /// Whether it waits for nothing but to be closed.
    pub(super) fn is_resolved(&self) -> bool {
        self.status == Status::Resolved
    }

    /// What its creation says beside the ids.
    pub(super) fn opening(&self) -> Value {
        json!({
            "ticketNumber": format!("T-{}", self.number),
            "title": self.words.0,
            "priority": self.priority,
            "source": self.source,
        })
    }

    /// Somebody works on it: what changes.
    pub(super) fn change(&mut self, technician: Uuid, random: &mut Random) -> Value {
        let mut changes = Map::new();
        if !self.assigned {
            self.assigned = true;
            changes.insert("assignedTo".into(), technician.to_string().into());
        } else if random.chance(0.12) {
            changes.insert("assignedTo".into(), technician.to_string().into());
        }
        if random.chance(0.2) {
            // Another one of the four.
            self.priority = 1 + (self.priority + random.below(3)) % 4;
            changes.insert("priority".into(), self.priority.into());
        }
        if changes.is_empty() || random.chance(0.5) {
            self.status = self.status.next(random);
            changes.insert("status".into(), self.status.word().into());
        }
        json!({ "changes": changes })
    }

    /// How it ends.
    pub(super) fn closing(&self) -> Value {
        json!({ "changes": { "status": "closed", "resolution": self.words.1 } })
    }
}
