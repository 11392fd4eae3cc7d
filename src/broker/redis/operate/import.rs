//! Putting exported dead letters back.

use super::RedisOperator;
use super::discard::moved_to;
use super::look::event_of;
use super::step::Step;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, IMPORT};
use crate::bus::{ActionError, BusError, FailedAt};
use crate::event::{Field, StreamKey};

const DOING: &str = "importing dead letters";
/// More fields than any dead letter of ours has, and as many as a script can write.
const MOST_FIELDS: usize = 3_850;
/// What putting aside adds.
const ASIDE: [&[u8]; 4] = [b"discardedBy", b"discardedAt", b"discardReason", b"discardedFrom"];

/// See [`crate::bus::Operator::import`].
pub(super) async fn import(
    operator: &RedisOperator,
    letters: &[(StreamKey, Vec<Field>)],
) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
    let steps = letters
        .iter()
        .map(|(stream, fields)| Step::of(call(operator, stream, fields).map(|call| (call, stream))))
        .collect();
    operator
        .carry_out(steps, DOING, |stream: &StreamKey, answer| {
            Ok(FailedAt::DeadLetter { stream: stream.clone(), id: moved_to(&answer)? })
        })
        .await
}

fn call(operator: &RedisOperator, stream: &StreamKey, fields: &[Field]) -> Result<Call, ActionError> {
    operator.type_of(stream)?;
    operator.admits(Some(fields))?;
    // One that had been discarded when it was exported is a dead letter from now on.
    let aside = fields.iter().rev().take_while(|(name, _)| ASIDE.contains(&name.as_slice())).count();
    let fields = &fields[..fields.len() - aside];
    let invalid = |why: String| Err(ActionError::Invalid(why));
    if fields.is_empty() {
        return invalid("it has no fields".to_owned());
    }
    if fields.len() > MOST_FIELDS {
        return invalid(format!("it has {} fields; {MOST_FIELDS} is the limit", fields.len()));
    }
    let size = event_of(fields).map_or(0, str::len);
    if size > operator.max_event_bytes {
        return invalid(format!("its event has {size} bytes; {} is the limit", operator.max_event_bytes));
    }
    let source = fields.iter().rev().find(|(name, _)| name == b"sourceStream");
    if source.is_some_and(|(_, key)| key != stream.as_str().as_bytes()) {
        return invalid(format!("it says that it was published to another stream than {stream}"));
    }
    let mut call = Call::new(&IMPORT, [Layout::dead_letters(stream)]);
    for (name, value) in fields {
        call.arg(name.as_slice()).arg(value.as_slice());
    }
    Ok(call)
}
