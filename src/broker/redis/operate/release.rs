//! Offering what is pending to consumers again.

use std::collections::HashSet;

use redis::Pipeline;

use super::step::{Answer, Proof, Step, refused};
use super::{RedisOperator, Ways};
use crate::broker::redis::codec;
use crate::broker::redis::profile::RELEASED;
use crate::broker::redis::question::Question;
use crate::broker::redis::script::{Call, RELEASE_ONE};
use crate::bus::{ActionError, BusError, FailedAt, PendingEntry};

const DOING: &str = "releasing pending entries";
/// So many of the oldest pending entries Alga's workers claim at a time.
const ALGA_BATCH: u64 = 10;

/// See [`crate::bus::Operator::release`].
pub(super) async fn release(
    operator: &RedisOperator,
    events: &[FailedAt],
    force: bool,
) -> Result<Vec<Result<Option<String>, ActionError>>, BusError> {
    let admitted = operator.admitted(events).await?;
    let handlers = handlers(operator).await?;
    let step = |(at, admitted): (_, Result<(), ActionError>)| {
        Step::of(admitted.and_then(|()| Ok((call(operator, at, handlers.as_ref(), force)?, ()))))
    };
    let steps = events.iter().zip(admitted).map(step).collect();
    operator.carry_out(steps, DOING, Proof::Frees, |(), answer| released(&answer)).await
}

/// The handlers that are registered on a native bus; nothing on another.
async fn handlers(operator: &RedisOperator) -> Result<Result<HashSet<String>, ActionError>, BusError> {
    if !matches!(operator.ways, Ways::Native { .. }) {
        return Ok(Ok(HashSet::new()));
    }
    let mut pipeline = Pipeline::with_capacity(1);
    pipeline.add_command(Question::all_of(&operator.layout.handlers()).command().clone());
    let what = operator.commands.context(DOING);
    let pairs = match operator.commands.results(&mut pipeline, DOING).await?.pop() {
        Some(Ok(reply)) => codec::pairs(reply),
        Some(Err(error)) => return Ok(Err(refused(&error, &what))),
        None => Err(codec::Malformed::COUNT),
    };
    let named =
        |pairs: Vec<_>| pairs.iter().filter_map(|(name, _)| Some(codec::text(name)?.to_owned())).collect();
    Ok(pairs.map(named).map_err(|fault| ActionError::Unknown(format!("{what}: {fault}"))))
}

/// What would release it, if its group is that of a handler here.
pub(super) fn shown(operator: &RedisOperator, at: &FailedAt, force: bool) -> Result<Call, ActionError> {
    let handlers: HashSet<String> = match at {
        FailedAt::Pending { group, .. } => [group.to_string()].into(),
        _ => HashSet::new(),
    };
    call(operator, at, Ok(&handlers), force)
}

fn call(
    operator: &RedisOperator,
    at: &FailedAt,
    handlers: Result<&HashSet<String>, &ActionError>,
    force: bool,
) -> Result<Call, ActionError> {
    let FailedAt::Pending { stream, group, id } = at else {
        let why = "it is not pending with a consumer, so there is nothing to release: retry it";
        return Err(ActionError::Unsuitable(why.to_owned()));
    };
    let of_retries = operator.layout.retries_of(stream);
    if of_retries.is_none() {
        operator.type_of(stream)?;
    }
    let handlers = handlers.map_err(Clone::clone)?;
    let is_own = of_retries.is_none_or(|(_, handler)| handler.as_str() == &**group);
    let mut call = Call::new(&RELEASE_ONE, [stream.as_str()]);
    call.arg(group.as_ref()).arg(id.to_string());
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    match &operator.ways {
        Ways::Native { .. } => {
            let lease = ms(PendingEntry::LEASE);
            call.arg(lease).arg(u8::from(force)).arg(RELEASED).arg(lease).arg(0);
            // Another program's group would get a consumer that it knows nothing of.
            call.arg(operator.layout.worker("")).arg(u8::from(is_own && handlers.contains(&**group)));
        }
        Ways::AlgaPsa { claim_timeout, .. } => {
            let claimed = ms(*claim_timeout);
            call.arg(claimed)
                .arg(u8::from(force))
                .arg("")
                .arg(claimed.saturating_add(1))
                .arg(ALGA_BATCH)
                .arg("")
                .arg(1);
        }
    }
    Ok(call)
}

fn released(answer: &Answer) -> Result<Option<String>, ActionError> {
    match answer.word.as_str() {
        "released" if answer.number(0)? >= ALGA_BATCH => Ok(Some(
            "behind ten older pending entries or more: it waits for them, as ten are claimed at a time"
                .to_owned(),
        )),
        "released" => Ok(None),
        "foreign" => Err(ActionError::Unsuitable(
            "its group is no handler's that is registered on this bus: whoever made the group must claim it"
                .to_owned(),
        )),
        "busy" => Err(ActionError::Busy { idle_ms: answer.number(0)? }),
        _ => Err(answer.refusal()),
    }
}
