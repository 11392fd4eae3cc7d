//! Putting back among the dead letters.

use super::RedisOperator;
use super::discard::moved_to;
use super::step::{Answer, Proof, Step};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, RESTORE};
use crate::bus::{ActionError, BusError, FailedAt};

const DOING: &str = "putting discarded events back";

/// See [`crate::bus::Operator::restore`].
pub(super) async fn restore(
    operator: &RedisOperator,
    events: &[FailedAt],
) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
    let admitted = operator.admitted(events).await?;
    let steps = events
        .iter()
        .zip(admitted)
        .map(|(at, admitted)| Step::of(admitted.and_then(|()| Ok((call(operator, at)?, at)))))
        .collect();
    let moved = |at: &FailedAt, answer: Answer| {
        Ok(FailedAt::DeadLetter { stream: at.stream().clone(), id: moved_to(&answer)? })
    };
    let mut answers = operator.carry_out(steps, DOING, Proof::Adds, moved).await?;
    operator.restored(&events.iter().collect::<Vec<_>>(), &mut answers).await;
    Ok(answers)
}

pub(super) fn call(operator: &RedisOperator, at: &FailedAt) -> Result<Call, ActionError> {
    let FailedAt::Discarded { stream, id } = at else {
        return Err(ActionError::Unsuitable("only what was discarded can be put back".to_owned()));
    };
    operator.type_of(stream)?;
    let mut call = Call::new(&RESTORE, [operator.layout.discarded(stream), Layout::dead_letters(stream)]);
    call.arg(id.to_string());
    Ok(call)
}
