//! Sending what is composed: what is asked for, and what came of it.

use super::{FileDone, FileEffect, ShelfDone, ShelfEffect};
use crate::bus::{BusError, Fate, PublishError, Published, Receivers};
use crate::compose::Progress;
use crate::event::{EventType, NewEvent, StreamKey, TenantId};

/// An event that is to be sent, or asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Shipment {
    /// Its number: what becomes of it comes back with it.
    pub number: u64,
    /// The event.
    pub event: NewEvent,
    /// Whether it was sent before with this id, and nobody knows what came of that: a refusal of this try leaves that as it
    /// is.
    pub in_doubt: bool,
}

/// An event that is to be sent many times, each with an id of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Copies {
    /// The number of the sending.
    pub number: u64,
    /// The first of them.
    pub first: NewEvent,
    /// The payload as it was typed, where its placeholders are filled in for each; else that of the first is sent.
    pub filled: Option<String>,
    /// How many.
    pub count: u64,
    /// So many a second, at most.
    pub rate: Option<f64>,
}

/// What publishing an event would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// The exact commands; none where nothing can be published.
    pub commands: Vec<String>,
    /// The stream that it would be appended to.
    pub stream: Option<StreamKey>,
    /// What would be refused before anything is sent.
    pub vetted: Result<(), PublishError>,
}

/// What became so far of an event that is followed.
#[derive(Debug, Clone, PartialEq)]
pub enum FatesTold {
    /// With each of its receivers.
    Now(Vec<Fate>),
    /// It could not be looked at, and will be again: why.
    Trouble(String),
    /// Nothing more comes of it.
    Over,
    /// It takes too long: it is followed no further.
    GivenUp,
}

/// Something to be done for the Compose view.
#[derive(Debug, Clone, PartialEq)]
pub enum SendEffect {
    /// Look on the bus for the newest event of a type.
    Seek {
        /// The number of the question.
        number: u64,
        /// The type.
        event_type: EventType,
        /// Whose is best.
        tenant: Option<TenantId>,
    },
    /// Ask where this would go.
    Aim(Shipment),
    /// Ask what publishing this would do, and who would receive it.
    Ask(Shipment),
    /// Publish this, in the form `once`.
    Send(Shipment),
    /// Follow what was published to its outcome, in place of what is followed now.
    Follow {
        /// The number of its sending.
        number: u64,
        /// Where it lies.
        published: Published,
    },
    /// Publish so many copies.
    Copies(Copies),
    /// Publish these again as they are: nobody knows if they are there.
    Again {
        /// The number of the sending.
        number: u64,
        /// Those.
        events: Vec<NewEvent>,
    },
    /// Send no more copies for now.
    Hold,
    /// Go on with what is held.
    GoOn,
    /// Send no more copies.
    End,
    /// Something with a file of events.
    File(FileEffect),
    /// Something with templates and the history.
    Shelf(ShelfEffect),
}

impl SendEffect {
    /// Whether it changes anything on the bus.
    pub fn is_acting(&self) -> bool {
        match self {
            Self::Send(_) | Self::Copies(_) | Self::Again { .. } | Self::Hold | Self::GoOn | Self::End => {
                true
            }
            Self::File(effect) => effect.is_acting(),
            Self::Seek { .. } | Self::Aim(_) | Self::Ask(_) | Self::Follow { .. } | Self::Shelf(_) => false,
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum SendDone {
    /// What came of looking for an event.
    Sought {
        /// The number of the question.
        number: u64,
        /// The payload of the newest one, if there is one.
        answer: Result<Option<String>, BusError>,
    },
    /// Where an event would go, where that is known before it is sent.
    Aimed {
        /// The number of the question.
        number: u64,
        /// The stream.
        stream: Option<StreamKey>,
    },
    /// What publishing would do.
    Prospect {
        /// The number of the question.
        number: u64,
        /// The answer.
        prospect: Prospect,
    },
    /// Who would receive it, or why that is not known.
    Receivers {
        /// The number of the question.
        number: u64,
        /// The answer.
        answer: Result<Receivers, BusError>,
    },
    /// What the broker answered.
    Sent {
        /// The number of the sending.
        number: u64,
        /// The context it was sent in.
        context: String,
        /// The event.
        event: Box<NewEvent>,
        /// The answer.
        answer: Result<Published, PublishError>,
    },
    /// What became of an event so far.
    Fates {
        /// The number of its sending.
        number: u64,
        /// What.
        told: FatesTold,
    },
    /// How far sending copies has come.
    CopiesAt {
        /// The number of the sending.
        number: u64,
        /// So far.
        progress: Box<Progress>,
    },
    /// What was sent could not be kept in the history: why.
    NotKept(String),
    /// Something with a file of events.
    File(FileDone),
    /// Something with templates and the history.
    Shelf(ShelfDone),
}
