//! Retrying by hand: what is sent is made ready outside of the lock, and one step under it does the rest.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fields;
use super::kept::{RECORDS, Record};
use super::lying::{self, Lying};
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::Place;
use crate::broker::memory::dead::DeadLetter;
use crate::broker::memory::group::{Registered, Retry};
use crate::broker::memory::quote;
use crate::broker::memory::state::State;
use crate::bus::{
    ActionError, Because, BusError, Claim, FailedAt, PublishError, Reason, Retried, RetriedBy, RetryOrder,
    Runs,
};
use crate::event::{EntryId, Envelope, EventId, Field, HandlerName, NewEvent, StreamKey};

/// So many failures of before go along.
const HISTORY: usize = 50;
/// What a retry belongs to that belongs to no plan: without one nobody records what becomes of it.
const NO_PLAN: &str = "by-hand";
/// The most of an error that is recorded, in bytes.
const ERROR_BYTES: usize = 500;

/// What a retry sends.
pub(super) struct Ready {
    fields: Arc<Vec<Field>>,
    /// The event's id, as it is sent.
    sent: Option<EventId>,
}

impl MemoryBroker {
    /// Retries one event.
    pub(super) fn retry_one(
        &self,
        order: &RetryOrder,
        because: &Because,
    ) -> Result<Result<Retried, ActionError>, BusError> {
        let lying = {
            let state = self.bus.state();
            state.reachable()?;
            state.ordered(order)
        };
        let Some(lying) = lying else { return Ok(self.gone(&order.at, because)) };
        let ready = match self.ready(order, &lying) {
            Ok(ready) => ready,
            Err(why) => return Ok(Err(why)),
        };
        self.step(|state, now_ms| {
            let retried = state.retry(order, because, &ready, now_ms);
            retried.unwrap_or_else(|| state.done_before(self, &order.at, because))
        })
    }

    /// It does not lie there: this plan may have retried it before.
    fn gone(&self, at: &FailedAt, because: &Because) -> Result<Retried, ActionError> {
        self.bus.state().done_before(self, at, because)
    }

    /// What the order would send, if that may be.
    pub(super) fn ready(&self, order: &RetryOrder, lying: &Lying) -> Result<Ready, ActionError> {
        lying::admit(self.intake.lock(), lying.tenant().as_ref())?;
        let unsuitable = |why: &str| Err(ActionError::Unsuitable(why.to_owned()));
        match lying {
            Lying::Letter(letter) => self.letter_ready(order, letter),
            Lying::Waiting(_, _, retry) if order.runs == Runs::Failed && order.edited.is_none() => {
                let sent = fields::event_text(&retry.fields).and_then(|text| Envelope::read(text).id);
                Ok(Ready { fields: Arc::clone(&retry.fields), sent })
            }
            Lying::Waiting(..) => unsuitable(
                "it waits to be tried again by its handler: only a dead letter can be edited, or run by all handlers",
            ),
            Lying::Due(..) => unsuitable("it is due already: the next free worker of its handler takes it"),
            Lying::Given(..) | Lying::Pending(..) => unsuitable(
                "it was given to a consumer and is not finished: release it, to have it offered again",
            ),
            Lying::Discarded(_) => unsuitable("it was put aside: put it back among the dead letters first"),
            Lying::Retried(..) => unsuitable("it was retried already: this is the record of that"),
        }
    }

    fn letter_ready(&self, order: &RetryOrder, letter: &DeadLetter) -> Result<Ready, ActionError> {
        let text = fields::event_text(&letter.fields);
        let envelope = text.map(Envelope::read);
        let id = envelope.as_ref().and_then(|envelope| envelope.id);
        if let Some(edited) = &order.edited {
            self.vet_edited(edited, letter, envelope.as_ref())?;
        } else if letter.reason == Some(Reason::Trimmed) && letter.fields.is_empty() {
            return Err(ActionError::Trimmed);
        }
        let text = order.edited.as_ref().map(NewEvent::text).or(text);
        if order.runs != Runs::AsNew {
            let fields =
                order.edited.as_ref().map(|event| Arc::new(fields::with_event(&letter.fields, event.text())));
            let sent = order.edited_id().or(id);
            return Ok(Ready { fields: fields.unwrap_or_else(|| Arc::clone(&letter.fields)), sent });
        }
        let event = text
            .and_then(|text| NewEvent::from_text(text.to_owned()).ok()?.with_id(EventId::random()).ok())
            .ok_or_else(|| {
                ActionError::Unsuitable(
                    "it is no event with an id, and cannot be sent as a new one".to_owned(),
                )
            })?;
        self.intake.vet(&event, self.bus.settings.max_event_bytes).map_err(refused)?;
        Ok(Ready {
            fields: Arc::new(fields::with_event(&letter.fields, event.text())),
            sent: Some(event.id()),
        })
    }

    /// An edited event is vetted as one that is published, and stays the same event.
    fn vet_edited(
        &self,
        edited: &NewEvent,
        letter: &DeadLetter,
        original: Option<&Envelope>,
    ) -> Result<(), ActionError> {
        let invalid = |what: &str, is: &str, was: &str| {
            Err(ActionError::Invalid(format!(
                "the edited event has the {what} {is}, and the original {was}: an event keeps its {what}"
            )))
        };
        if let Some(id) = original.and_then(|envelope| envelope.id)
            && id != edited.id()
        {
            return invalid("id", &edited.id().to_string(), &id.to_string());
        }
        let place = Place::of(&letter.source.stream);
        let named = original.and_then(|envelope| envelope.event_type.as_ref());
        if let Some(event_type) = named.or(place.as_ref().map(Place::event_type))
            && event_type != edited.event_type()
        {
            return invalid("type", edited.event_type().as_str(), event_type.as_str());
        }
        self.intake.vet(edited, self.bus.settings.max_event_bytes).map_err(refused)
    }
}

fn refused(why: PublishError) -> ActionError {
    match why {
        PublishError::Tenant { tenant, .. } => ActionError::Tenant(tenant),
        why => ActionError::Invalid(why.to_string()),
    }
}

impl State {
    /// Who reads a type's stream.
    pub(super) fn readers(&self, stream: &StreamKey) -> impl Iterator<Item = &HandlerName> {
        let reads = |registered: &Registered| registered.groups.contains_key(stream);
        self.handlers.iter().filter(move |(_, registered)| reads(registered)).map(|(handler, _)| handler)
    }

    /// What lies where `order` says; not what waits there after it was tried once more.
    fn ordered(&self, order: &RetryOrder) -> Option<Lying> {
        self.lying(&order.at).filter(|lying| match lying {
            Lying::Waiting(_, _, retry) => {
                order.attempts.is_none_or(|attempts| attempts == u64::from(retry.attempt.saturating_sub(1)))
            }
            _ => true,
        })
    }

    /// What the same plan made of it before; else it is gone.
    fn done_before(
        &self,
        broker: &MemoryBroker,
        at: &FailedAt,
        because: &Because,
    ) -> Result<Retried, ActionError> {
        let record = self.failed.done_before(at, because).ok_or(ActionError::Gone)?;
        lying::admit(broker.intake.lock(), record.tenant.as_ref())?;
        Ok(retried(&record, true))
    }

    /// Appends what is ready to where its handlers get it, records that, and removes what lay there. `None`: it does not
    /// lie there any more.
    fn retry(
        &mut self,
        order: &RetryOrder,
        because: &Because,
        ready: &Ready,
        now_ms: u64,
    ) -> Option<Result<Retried, ActionError>> {
        let lying = self.ordered(order)?;
        let plan = because.plan.clone().unwrap_or_else(|| NO_PLAN.to_owned());
        let (to, attempts) = match &lying {
            Lying::Letter(letter) => match self.retry_letter(letter, order.runs, ready, &plan, now_ms) {
                Ok(to) => (to, letter.attempts),
                Err(why) => return Some(Err(why)),
            },
            Lying::Waiting(_, handler, retry) => {
                let retry = Retry { plan: Some(plan.clone()), ..retry.clone() };
                let attempts = retry.attempt.saturating_sub(1);
                self.schedule.take(handler, &retry.source);
                (vec![self.hand(handler, retry, now_ms)], attempts)
            }
            // Its name says what it is: it was found unsuitable before.
            _ => return None,
        };
        if let FailedAt::DeadLetter { stream, id } = &order.at {
            self.failed.letters.remove(stream, *id);
        }
        let source = lying.source(&order.at);
        let envelope = fields::event_text(lying.original()).map(Envelope::read);
        let error = lying.error().join(": ");
        let record = Record {
            id: EntryId::ZERO,
            from: order.at.clone(),
            to,
            plan,
            who: because.who.clone(),
            at_ms: now_ms,
            handler: lying.handler().clone(),
            event: envelope.as_ref().and_then(|envelope| envelope.id),
            sent: ready.sent,
            event_type: envelope
                .as_ref()
                .and_then(|envelope| envelope.event_type.clone())
                .or_else(|| Some(Place::of(&source.stream)?.event_type().clone()))?,
            tenant: envelope.and_then(|envelope| envelope.tenant),
            attempts,
            error: (!error.is_empty()).then(|| error[..error.floor_char_boundary(ERROR_BYTES)].to_owned()),
            runs: order.runs,
            edited: order.edited.is_some(),
            source,
        };
        let retried = retried(&record, false);
        self.failed.record(now_ms, record);
        Some(Ok(retried))
    }

    /// Appends a dead letter to where its handlers get it.
    fn retry_letter(
        &mut self,
        letter: &DeadLetter,
        runs: Runs,
        ready: &Ready,
        plan: &str,
        now_ms: u64,
    ) -> Result<Vec<Claim>, ActionError> {
        let stream = &letter.source.stream;
        let place = Place::of(stream).ok_or_else(|| {
            ActionError::Unsuitable(format!("{stream} is named for no type: nothing can be appended to it"))
        })?;
        if runs == Runs::AsNew {
            // A retry trims nothing: the next publish does.
            let id = self.append(now_ms, &place, ready.fields.to_vec(), usize::MAX);
            return Ok(vec![Claim { stream: stream.clone(), id }]);
        }
        let handlers: Vec<_> = match runs {
            Runs::Failed => vec![letter.handler.clone()],
            _ => self.readers(stream).cloned().collect(),
        };
        if handlers.is_empty() {
            return Err(ActionError::Unsuitable(format!(
                "no handler reads {stream}: nobody would get it; start a worker for its type first"
            )));
        }
        Ok(handlers
            .into_iter()
            .map(|handler| {
                let retry = first_retry(letter, &handler, &place, ready, runs, plan);
                self.hand(&handler, retry, now_ms)
            })
            .collect())
    }

    /// Puts a retry where `handler` takes it next.
    fn hand(&mut self, handler: &HandlerName, retry: Retry, now_ms: u64) -> Claim {
        let stream = retry.place.retry_stream(handler);
        // Who is not registered finds it when he joins, as any retry that became due.
        let registered = self.handlers.entry(handler.clone()).or_insert_with(|| Registered::new(now_ms));
        Claim { stream, id: registered.retries.push(now_ms, retry) }
    }
}

/// A dead letter on its way back: it starts afresh, with what is known of before.
fn first_retry(
    letter: &DeadLetter,
    handler: &HandlerName,
    place: &Place,
    ready: &Ready,
    runs: Runs,
    plan: &str,
) -> Retry {
    // How it failed with one handler is nothing to another.
    let own: &[_] = if *handler == letter.handler { &letter.history } else { &[] };
    Retry {
        place: place.clone(),
        source: letter.source.clone(),
        fields: Arc::clone(&ready.fields),
        attempt: 1,
        crashes: 0,
        history: own[own.len().saturating_sub(HISTORY)..].to_vec(),
        plan: Some(plan.to_owned()),
        force: runs == Runs::All,
    }
}

fn retried(record: &Record, repeated: bool) -> Retried {
    Retried {
        from: record.from.clone(),
        stream: record.source.stream.clone(),
        source: Some(record.source.id),
        event: record.sent,
        to: record.to.clone(),
        plan: record.plan.clone(),
        repeated,
    }
}

/// What `plan` has retried of the types that lie in `streams`, by its records.
pub(super) fn retried_by(
    broker: &MemoryBroker,
    state: &State,
    plan: &str,
    streams: &BTreeSet<StreamKey>,
) -> RetriedBy {
    let lock = broker.intake.lock();
    let is_of = |record: &Record| record.plan == plan && lying::admit(lock, record.tenant.as_ref()).is_ok();
    let mut by = RetriedBy::default();
    for stream in streams {
        let mut seen = 0;
        for (_, record) in state.failed.retried.beside(stream) {
            seen += 1;
            by.retried.extend(is_of(record).then(|| retried(record, true)));
        }
        if seen >= RECORDS {
            by.trimmed.insert(stream.clone());
        }
    }
    by
}

/// What an order would send to a Redis that is laid out like this bus, but for the record of it.
pub(super) fn preview(broker: &MemoryBroker, order: &RetryOrder, because: &Because) -> Vec<String> {
    let (lying, readers) = {
        let state = broker.bus.state();
        (state.lying(&order.at), state.readers(order.at.stream()).cloned().collect::<Vec<_>>())
    };
    let plan = because.plan.as_deref().unwrap_or(NO_PLAN);
    let Some(lying) = lying else { return Vec::new() };
    let Ok(ready) = broker.ready(order, &lying) else { return Vec::new() };
    let letter = match lying {
        Lying::Letter(letter) => letter,
        Lying::Waiting(_, handler, retry) => return preview_waiting(&handler, &retry, plan),
        _ => return Vec::new(),
    };
    let stream = &letter.source.stream;
    let Some(place) = Place::of(stream) else { return Vec::new() };
    let handlers = match order.runs {
        Runs::Failed => vec![letter.handler.clone()],
        Runs::All => readers,
        Runs::AsNew => Vec::new(),
    };
    let to_handlers = handlers.iter().map(|handler| {
        let retry = first_retry(&letter, handler, &place, &ready, order.runs, plan);
        quote::add(place.retry_stream(handler).as_str(), &fields::of_retry(&retry))
    });
    let mut commands: Vec<_> = to_handlers.collect();
    if order.runs == Runs::AsNew {
        commands.push(quote::add(stream.as_str(), &ready.fields));
    }
    let letters = format!("{}:dead-letter", stream.as_str());
    commands.push(format!("XDEL {} {}", quote::quoted(letters.as_bytes()), letter.id));
    commands
}

/// What makes a waiting retry due.
fn preview_waiting(handler: &HandlerName, retry: &Retry, plan: &str) -> Vec<String> {
    let retry = Retry { plan: Some(plan.to_owned()), ..retry.clone() };
    let stream = retry.place.stream().as_str();
    let member = quote::quoted(format!("{}|{}", handler.as_str(), retry.source.id).as_bytes());
    let key = |kind: &str| quote::quoted(format!("{stream}:{kind}").as_bytes());
    vec![
        quote::add(retry.place.retry_stream(handler).as_str(), &fields::of_retry(&retry)),
        format!("ZREM {} {member}", key("schedule")),
        format!("HDEL {} {member}", key("scheduled")),
    ]
}
