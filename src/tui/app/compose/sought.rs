//! What is asked of the bus about the type that is composed: an event of it, where it has no schema and none is in memory;
//! and where an event would go.

use super::start::as_seen;
use super::{Basis, ComposeState, Known};
use crate::bus::BusError;
use crate::event::json::Shape;
use crate::event::{Channel, EventType, NewEvent, StreamKey, TenantId};

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// The number of the last question: answers come back with theirs.
    number: u64,
    example: Option<Example>,
    target: Option<Target>,
}

/// An event of a type.
#[derive(Debug)]
struct Example {
    of: EventType,
    number: u64,
    seeking: Seeking,
}

/// How far looking for an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seeking {
    /// It is looked for.
    Now,
    /// The payload of the newest one.
    Found(String),
    /// The bus has none that this run may see.
    None,
    /// It cannot be known: why. Not safe to show.
    Failed(String),
}

/// Where events of a type go.
#[derive(Debug)]
struct Target {
    event_type: EventType,
    channel: Option<Channel>,
    number: u64,
    /// Nothing while that is asked.
    stream: Option<Aimed>,
}

/// Where it goes, if anybody can say it.
#[derive(Debug)]
struct Aimed(Option<StreamKey>);

/// What became of an event that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It fills the form.
    Fills,
    /// The form is made after it, and what was typed stays.
    Offers,
    /// It could not be looked for.
    Failed,
    /// There is none, or nobody waits for it any more.
    Nothing,
}

impl ComposeState {
    /// What came of looking for an event of the type that is composed; nothing where that was not asked.
    pub fn seeking(&self) -> Option<&Seeking> {
        let example = self.sought.example.as_ref()?;
        (self.event_type.as_ref() == Some(&example.of)).then_some(&example.seeking)
    }

    /// The type that an event has to be looked for of, and the number of the question: once for each type that is chosen.
    pub fn seek(&mut self) -> Option<(u64, EventType, Option<TenantId>)> {
        let event_type = self.event_type.clone().filter(|_| self.basis == Basis::Nothing)?;
        if self.seeking().is_some() {
            return None;
        }
        self.sought.number += 1;
        let number = self.sought.number;
        self.sought.example = Some(Example { of: event_type.clone(), number, seeking: Seeking::Now });
        Some((number, event_type, self.tenant.clone()))
    }

    /// Looks once more, where it could not be known before.
    pub fn seek_anew(&mut self) {
        self.sought.example = self.sought.example.take().filter(|example| example.seeking == Seeking::Now);
    }

    /// Another bus, or the same one anew: nothing of it is known.
    pub(super) fn forget_sought(&mut self) {
        self.sought = Sought { number: self.sought.number, ..Sought::default() };
    }

    /// Takes what came of looking. The form is filled only where nothing stands in it that a person, or anything else, put
    /// there.
    pub fn take_example(
        &mut self,
        number: u64,
        answer: Result<Option<String>, BusError>,
        known: Known<'_>,
    ) -> Taken {
        let Some(example) = self.sought.example.as_mut().filter(|example| example.number == number) else {
            return Taken::Nothing;
        };
        example.seeking = match answer {
            Ok(Some(payload)) => Seeking::Found(payload),
            Ok(None) => Seeking::None,
            Err(why) => Seeking::Failed(why.what().to_owned()),
        };
        let is_found = matches!(self.seeking(), Some(Seeking::Found(_)));
        if matches!(self.seeking(), Some(Seeking::Failed(_))) {
            return Taken::Failed;
        }
        if !is_found || self.basis != Basis::Nothing {
            return Taken::Nothing;
        }
        let fills = self.is_blank();
        self.renew_model(known);
        if !fills {
            self.read_anew();
            return Taken::Offers;
        }
        self.begin_for(self.tenant.clone(), known);
        self.renew();
        self.show_caret();
        Taken::Fills
    }

    /// The payload that was found for a type.
    fn example(&self, of: &EventType) -> Option<&str> {
        match &self.sought.example {
            Some(Example { of: known, seeking: Seeking::Found(payload), .. }) if known == of => Some(payload),
            _ => None,
        }
    }

    /// As [`ComposeState::example`], without what is masked.
    pub(super) fn found(&self, known: Known<'_>, of: &EventType) -> Option<String> {
        self.example(of).map(|payload| as_seen(known, payload))
    }

    /// Whether nothing stands there but whose event it is.
    fn is_blank(&self) -> bool {
        let is_bare = self.root.as_ref().is_some_and(|root| match &root.shape {
            Shape::Object(members) => members.iter().all(|member| member.name == "tenantId"),
            _ => false,
        });
        is_bare && self.broken.is_none() && self.field.is_none() && !self.is_typed() && !self.awaits_editor
    }

    /// Where an event of the type and channel that are chosen goes: nothing while that is not known; `Some(None)` where
    /// nobody can say it.
    pub fn target(&self) -> Option<Option<&StreamKey>> {
        let target = self.sought.target.as_ref().filter(|target| self.is_of(target))?;
        target.stream.as_ref().map(|aimed| aimed.0.as_ref())
    }

    /// An event that has to be asked about for [`ComposeState::target`], and the number of the question: once for each type
    /// and channel.
    pub fn aim(&mut self, now: chrono::DateTime<chrono::Utc>) -> Option<(u64, NewEvent)> {
        let event_type = self.event_type.clone()?;
        if self.sought.target.as_ref().is_some_and(|target| self.is_of(target)) {
            return None;
        }
        // Whose it is, and what it says, has no say in it.
        let event = NewEvent::compose(self.id, &event_type, now, r#"{"tenantId":"anybody"}"#).ok()?;
        let channel = self.channel.clone().filter(|_| self.has_channels);
        let event = match &channel {
            Some(channel) => event.on_channel(channel.clone()),
            None => event,
        };
        self.sought.number += 1;
        let number = self.sought.number;
        self.sought.target = Some(Target { event_type, channel, number, stream: None });
        Some((number, event))
    }

    /// Takes where it goes.
    pub fn take_target(&mut self, number: u64, stream: Option<StreamKey>) {
        if let Some(target) = self.sought.target.as_mut().filter(|target| target.number == number) {
            target.stream = Some(Aimed(stream));
        }
    }

    fn is_of(&self, target: &Target) -> bool {
        let channel = self.channel.as_ref().filter(|_| self.has_channels);
        Some(&target.event_type) == self.event_type.as_ref() && target.channel.as_ref() == channel
    }
}
