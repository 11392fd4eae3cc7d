//! Retrying by hand.

use chrono::Utc;

use super::look::{Lying, event_of, spread};
use super::step::{Answer, Proof, Step};
use super::{RedisOperator, Ways, records, stamp};
use crate::broker::redis::consume::retry_source;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, HASTEN, RETRY, RETRY_ALGA};
use crate::bus::{ActionError, Because, BusError, Claim, FailedAt, PublishError, Retried, RetryOrder, Runs};
use crate::event::{EntryId, Envelope, EventId, EventType, Field, NewEvent, StreamKey};

const DOING: &str = "retrying failed events";

/// Who retries, as it is recorded.
pub(super) struct By<'a> {
    pub(super) plan: &'a str,
    pub(super) who: &'a str,
    pub(super) at: String,
}

/// See [`crate::bus::Operator::retry`].
pub(super) async fn retry(
    operator: &RedisOperator,
    orders: &[RetryOrder],
    because: &Because,
) -> Result<Vec<Result<Retried, ActionError>>, BusError> {
    // A plan tells what this call has done, when the answer was lost, from what others did.
    let plan = because.plan.clone().unwrap_or_else(records::plan_name);
    let by = By { plan: &plan, who: &because.who, at: stamp(Utc::now()) };
    let locked = operator.intake.lock().is_locked();
    let read: Vec<usize> = (0..orders.len()).filter(|at| locked || needs_text(&orders[*at])).collect();
    let places: Vec<&FailedAt> = read.iter().map(|at| &orders[*at].at).collect();
    let lying = operator.look(&places).await?;
    let lying = spread(&read, lying, 0..orders.len(), || Ok(None));
    let steps = orders.iter().zip(lying).map(|(order, lying)| step(operator, order, lying, &by)).collect();
    let read = |at: &FailedAt, answer: Answer| retried(at, &answer, &plan);
    let mut answers = operator.carry_out(steps, DOING, Proof::Adds, read).await?;
    let events: Vec<&FailedAt> = orders.iter().map(|order| &order.at).collect();
    operator.recorded(&plan, &events, &mut answers).await;
    Ok(answers)
}

/// Whether what lies there must be read first, whoever may see it.
fn needs_text(order: &RetryOrder) -> bool {
    let is_letter = matches!(order.at, FailedAt::DeadLetter { .. });
    matches!(order.at, FailedAt::Due { .. })
        || (is_letter && (order.runs == Runs::AsNew || order.edited.is_some()))
}

fn step<'a>(
    operator: &RedisOperator,
    order: &'a RetryOrder,
    lying: Lying,
    by: &By<'_>,
) -> Step<&'a FailedAt, Retried> {
    let ready = (|| {
        let fields = lying?;
        operator.admits(fields.as_deref())?;
        match &order.at {
            FailedAt::DeadLetter { stream, id } => {
                let text = new_text(operator, order, stream, fields.as_deref())?;
                let text = text.as_ref().map(NewEvent::text);
                letter(operator, order, (stream, *id), text, by).map(Ok)
            }
            FailedAt::Due { stream, id } => due(operator, (stream, *id), fields, by.plan).map(Err),
            _ => other(operator, order, by).map(Ok),
        }
    })();
    match ready {
        Ok(Ok(call)) => Step::Send(call, &order.at),
        Ok(Err(known)) => Step::Known(Ok(known)),
        Err(why) => Step::Known(Err(why)),
    }
}

/// The call for what is neither a dead letter nor due.
pub(super) fn other(operator: &RedisOperator, order: &RetryOrder, by: &By<'_>) -> Result<Call, ActionError> {
    let unsuitable = |why: &str| Err(ActionError::Unsuitable(why.to_owned()));
    match &order.at {
        FailedAt::Waiting { .. } if order.edited.is_some() || order.runs != Runs::Failed => unsuitable(
            "it waits to be tried again by its handler: only a dead letter can be edited, or run by all handlers",
        ),
        FailedAt::Waiting { stream, handler, source } => {
            let event_type = operator.type_of(stream)?;
            let retries = Layout::retries(stream, handler).ok_or_else(too_long)?;
            let keys = [
                Layout::schedule(stream),
                Layout::scheduled(stream),
                retries.as_str().to_owned(),
                operator.layout.retried(stream),
            ];
            let mut call = Call::new(&HASTEN, keys);
            call.arg(handler.as_str()).arg(source.to_string()).arg(by.plan).arg(by.who).arg(&by.at);
            call.arg(stream.as_str()).arg(event_type.as_str()).arg(records::RETRIED);
            call.arg(order.attempts.map(|attempts| attempts.to_string()).unwrap_or_default());
            Ok(call)
        }
        FailedAt::Pending { .. } => unsuitable(
            "it is pending with a consumer, and is no dead letter: release it, and it is tried again",
        ),
        FailedAt::Discarded { .. } => {
            unsuitable("it was discarded: put it back among the dead letters first")
        }
        FailedAt::Invalid { .. } => unsuitable(
            "it is no event: its consumers would drop it again without a word; publish a right one in its place",
        ),
        FailedAt::Retried { .. } => unsuitable("it was retried already: retry what became of it"),
        FailedAt::DeadLetter { .. } | FailedAt::Due { .. } => unsuitable("it cannot be retried"),
    }
}

fn too_long() -> ActionError {
    ActionError::Unsuitable("the key of its retry stream would be longer than 1024 bytes".to_owned())
}

/// The call for a dead letter; `text` is the event's in place of the one that lies there.
pub(super) fn letter(
    operator: &RedisOperator,
    order: &RetryOrder,
    (stream, id): (&StreamKey, EntryId),
    text: Option<&str>,
    by: &By<'_>,
) -> Result<Call, ActionError> {
    let event_type = operator.type_of(stream)?;
    let keys = [stream.as_str().to_owned(), Layout::dead_letters(stream), operator.layout.retried(stream)];
    let (script, last) = match &operator.ways {
        Ways::Native { fanout } => (&RETRY, if *fanout { stream.as_str().to_owned() } else { String::new() }),
        Ways::AlgaPsa { max_stream_length, .. } => (&RETRY_ALGA, max_stream_length.to_string()),
    };
    let mut call = Call::new(script, keys);
    call.arg(id.to_string()).arg(by.plan).arg(by.who).arg(&by.at).arg(order.runs.word());
    call.arg(text.unwrap_or_default()).arg(if order.edited.is_some() { "1" } else { "" });
    call.arg(records::RETRIED).arg(event_type.as_str()).arg(last);
    Ok(call)
}

/// The event that is sent in place of the one that lies there: edited, or with a new id.
fn new_text(
    operator: &RedisOperator,
    order: &RetryOrder,
    stream: &StreamKey,
    fields: Option<&[Field]>,
) -> Result<Option<NewEvent>, ActionError> {
    let stream_type = operator.type_of(stream)?;
    // Where it is gone, the step only looks whether this plan has done it before.
    let Some(fields) = fields else { return Ok(order.edited.clone()) };
    let lying = event_of(fields);
    if let Some(edited) = &order.edited {
        keeps_identity(edited, lying.map(Envelope::read), &stream_type)?;
    }
    if order.runs != Runs::AsNew {
        let Some(edited) = &order.edited else { return Ok(None) };
        vet(operator, edited)?;
        return Ok(Some(edited.clone()));
    }
    let old = match (&order.edited, lying) {
        (Some(edited), _) => edited.clone(),
        (None, Some(text)) => {
            NewEvent::from_text(text.to_owned()).map_err(|fault| as_new(&fault.summary()))?
        }
        (None, None) => return Err(as_new("there is no event in it")),
    };
    if *old.event_type() != stream_type {
        return Err(as_new(&format!("its type is not that of {stream}")));
    }
    let new = old.with_id(EventId::random()).map_err(|fault| as_new(&fault.summary()))?;
    vet(operator, &new)?;
    Ok(Some(new))
}

fn as_new(why: &str) -> ActionError {
    ActionError::Invalid(format!("it cannot be sent as a new event: {why}"))
}

/// An edited event stays the same event, of the same type; also where it then gets a new id.
fn keeps_identity(
    edited: &NewEvent,
    lying: Option<Envelope>,
    stream_type: &EventType,
) -> Result<(), ActionError> {
    let (id, event_type) = lying.map_or((None, None), |envelope| (envelope.id, envelope.event_type));
    if let Some(id) = id.filter(|id| *id != edited.id()) {
        let why = format!("the edited event has another id than {id}: an event keeps its id");
        return Err(ActionError::Invalid(why));
    }
    let event_type = event_type.as_ref().unwrap_or(stream_type);
    if event_type != edited.event_type() {
        return Err(ActionError::Invalid(format!(
            "the edited event has another type than {event_type}: an event keeps its type"
        )));
    }
    Ok(())
}

/// As one that is published.
fn vet(operator: &RedisOperator, event: &NewEvent) -> Result<(), ActionError> {
    operator.intake.vet(event, operator.max_event_bytes).map_err(|error| match error {
        PublishError::Tenant { tenant, .. } => ActionError::Tenant(tenant),
        error => ActionError::Invalid(error.to_string()),
    })
}

/// What is due already needs nothing: its handler gets it next.
fn due(
    operator: &RedisOperator,
    (stream, id): (&StreamKey, EntryId),
    fields: Option<Vec<Field>>,
    plan: &str,
) -> Result<Retried, ActionError> {
    let Some((source, _)) = operator.layout.retries_of(stream) else {
        return Err(ActionError::Unsuitable(format!("{stream} is no retry stream of a handler on this bus")));
    };
    let fields = fields.ok_or(ActionError::Gone)?;
    let event = event_of(&fields).and_then(|text| Envelope::read(text).id);
    Ok(Retried {
        from: FailedAt::Due { stream: stream.clone(), id },
        stream: source,
        source: retry_source(fields),
        event,
        to: vec![Claim { stream: stream.clone(), id }],
        plan: plan.to_owned(),
        repeated: false,
    })
}

/// What the scripts of retrying answer.
fn retried(from: &FailedAt, answer: &Answer, plan: &str) -> Result<Retried, ActionError> {
    let unsuitable = |why: &str| Err(ActionError::Unsuitable(why.to_owned()));
    match answer.word.as_str() {
        "retried" => {
            let to = records::claims(&answer.text(2)?).ok_or_else(|| answer.strange())?;
            Ok(records::retried(from, &answer.text(0)?, &answer.text(1)?, to, plan, false))
        }
        "full" => Err(ActionError::Full(from.stream().clone())),
        "elsewhere" => {
            unsuitable("it says that it was published to another stream than the one it lies beside")
        }
        "nobody" => {
            unsuitable("there is no handler for it: it names none, or none has a group on its stream")
        }
        _ => Err(answer.refusal()),
    }
}
