//! Putting aside.

use chrono::Utc;

use super::step::{Answer, Proof, Step};
use super::{RedisOperator, stamp};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, DISCARD, DISCARD_WAITING};
use crate::bus::{ActionError, Because, BusError, DiscardOrder, FailedAt};
use crate::event::EntryId;

/// Why nothing is done to what lies in a stream of Alga's.
const ALGAS_OWN: &str = "it is no event, and lies in a stream that is Alga's own: nothing is taken out of there; its \
     consumers pass over it, and Alga trims it in time";
const DOING: &str = "discarding failed events";

/// See [`crate::bus::Operator::discard`].
pub(super) async fn discard(
    operator: &RedisOperator,
    orders: &[DiscardOrder],
    because: &Because,
) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
    let now = stamp(Utc::now());
    let reason = because.reason.as_deref().unwrap_or_default();
    let events: Vec<FailedAt> = orders.iter().map(|order| order.at.clone()).collect();
    let admitted = operator.admitted(&events).await?;
    let said = [because.who.as_str(), &now, reason];
    let steps = orders
        .iter()
        .zip(admitted)
        .map(|(order, admitted)| {
            Step::of(admitted.and_then(|()| Ok((call(operator, order, said)?, &order.at))))
        })
        .collect();
    let moved = |at: &FailedAt, answer: Answer| {
        Ok(FailedAt::Discarded { stream: at.stream().clone(), id: moved_to(&answer)? })
    };
    let mut answers = operator.carry_out(steps, DOING, Proof::Adds, moved).await?;
    operator.discarded(&because.who, &events.iter().collect::<Vec<_>>(), &mut answers).await;
    Ok(answers)
}

pub(super) fn call(
    operator: &RedisOperator,
    order: &DiscardOrder,
    said: [&str; 3],
) -> Result<Call, ActionError> {
    let unsuitable = |why: &str| Err(ActionError::Unsuitable(why.to_owned()));
    match &order.at {
        FailedAt::DeadLetter { stream, id } => {
            operator.type_of(stream)?;
            let keys = [Layout::dead_letters(stream), operator.layout.discarded(stream)];
            let mut call = Call::new(&DISCARD, keys);
            call.arg(id.to_string()).arg(&said[..]);
            Ok(call)
        }
        FailedAt::Waiting { stream, handler, source } => {
            operator.type_of(stream)?;
            let keys =
                [Layout::schedule(stream), Layout::scheduled(stream), operator.layout.discarded(stream)];
            let mut call = Call::new(&DISCARD_WAITING, keys);
            call.arg(handler.as_str()).arg(source.to_string()).arg(stream.as_str()).arg(&said[..]);
            call.arg(order.attempts.map(|attempts| attempts.to_string()).unwrap_or_default());
            Ok(call)
        }
        FailedAt::Pending { .. } | FailedAt::Due { .. } => {
            unsuitable("its handler is at it, or gets it next: it can be discarded when it has failed")
        }
        FailedAt::Discarded { .. } => unsuitable("it was discarded already"),
        FailedAt::Invalid { .. } => unsuitable(ALGAS_OWN),
        FailedAt::Retried { .. } => {
            unsuitable("it was retried: what is left of it is only the record of that")
        }
    }
}

/// Where it lies now.
pub(super) fn moved_to(answer: &Answer) -> Result<EntryId, ActionError> {
    match answer.word.as_str() {
        "moved" => answer.text(0)?.parse().map_err(|_| answer.strange()),
        _ => Err(answer.refusal()),
    }
}
