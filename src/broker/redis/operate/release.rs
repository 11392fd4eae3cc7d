//! Offering what is pending to consumers again.

use super::step::{Answer, Step};
use super::{RedisOperator, Ways};
use crate::broker::redis::profile::RELEASED;
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
    let steps = events
        .iter()
        .zip(admitted)
        .map(|(at, admitted)| Step::of(admitted.and_then(|()| Ok((call(operator, at, force)?, ())))))
        .collect();
    operator.carry_out(steps, DOING, |(), answer| released(&answer)).await
}

pub(super) fn call(operator: &RedisOperator, at: &FailedAt, force: bool) -> Result<Call, ActionError> {
    let FailedAt::Pending { stream, group, id } = at else {
        let why = "it is not pending with a consumer, so there is nothing to release: retry it";
        return Err(ActionError::Unsuitable(why.to_owned()));
    };
    if operator.layout.retries_of(stream).is_none() {
        operator.type_of(stream)?;
    }
    let mut call = Call::new(&RELEASE_ONE, [stream.as_str()]);
    call.arg(group.as_ref()).arg(id.to_string());
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    match &operator.ways {
        Ways::Native { .. } => {
            let lease = ms(PendingEntry::LEASE);
            call.arg(lease).arg(u8::from(force)).arg(RELEASED).arg(lease).arg(0);
        }
        Ways::AlgaPsa { claim_timeout, .. } => {
            let claimed = ms(*claim_timeout);
            call.arg(claimed).arg(u8::from(force)).arg("").arg(claimed.saturating_add(1)).arg(ALGA_BATCH);
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
        "busy" => Err(ActionError::Busy { idle_ms: answer.number(0)? }),
        _ => Err(answer.refusal()),
    }
}
