//! Removing for good.

use super::RedisOperator;
use super::step::{Proof, Step};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, PURGE};
use crate::bus::{ActionError, BusError, FailedAt};

const DOING: &str = "removing failed events";

/// See [`crate::bus::Operator::purge`].
pub(super) async fn purge(
    operator: &RedisOperator,
    events: &[FailedAt],
) -> Result<Vec<Result<(), ActionError>>, BusError> {
    let admitted = operator.admitted(events).await?;
    let steps = events
        .iter()
        .zip(admitted)
        .map(|(at, admitted)| Step::of(admitted.and_then(|()| Ok((call(operator, at)?, ())))))
        .collect();
    operator
        .carry_out(steps, DOING, Proof::Frees, |(), answer| match answer.word.as_str() {
            "purged" => Ok(()),
            _ => Err(answer.refusal()),
        })
        .await
}

pub(super) fn call(operator: &RedisOperator, at: &FailedAt) -> Result<Call, ActionError> {
    operator.type_of(at.stream())?;
    let key = match at {
        FailedAt::DeadLetter { stream, .. } => Layout::dead_letters(stream),
        FailedAt::Discarded { stream, .. } => operator.layout.discarded(stream),
        _ => {
            let why = "only dead letters and discarded events can be removed: discard it first";
            return Err(ActionError::Unsuitable(why.to_owned()));
        }
    };
    let mut call = Call::new(&PURGE, [key]);
    call.arg(at.id().to_string());
    Ok(call)
}
