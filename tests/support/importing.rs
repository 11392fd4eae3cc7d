//! Importing all of a file at once, as the verb does it lot by lot.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "test support: a fault must say where")]

use tidings::bus::{ActionError, BusError, Exported, FailedAt, Operator};
use tidings::event::{Field, StreamKey};

/// Puts back letters of which nothing is known but their fields, whatever became of them since. Each lies where the answer
/// says, whether it lay there before or not.
pub async fn import(
    operator: &dyn Operator,
    letters: &[(StreamKey, Vec<Field>)],
) -> Result<Vec<Result<FailedAt, ActionError>>, BusError> {
    let exported = |(stream, fields): &(StreamKey, Vec<Field>)| Exported {
        stream: stream.clone(),
        lay: None,
        fields: fields.clone(),
    };
    let mut importer = operator.importer(letters.iter().map(exported).collect(), true);
    let mut answers = Vec::new();
    loop {
        match importer.next().await? {
            some if some.is_empty() => return Ok(answers),
            some => answers.extend(some.into_iter().map(|answer| answer.map(|imported| imported.at))),
        }
    }
}
