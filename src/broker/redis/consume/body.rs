//! The fields that a retry carries: its event, how far it has come, and what lay beside the event.

use crate::broker::redis::discovery::Source;
use crate::bus::{Claim, Delivery, Failure, Intake, Raw};
use crate::event::{EntryId, Field, StreamKey};

const ATTEMPT: &str = "attempt";
const CRASHES: &str = "crashes";
const RETRY_OF: &str = "retryOf";
const PLAN: &str = "plan";
const HISTORY: &str = "history";

/// What is known of an event on its way back to its handler.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::broker::redis) struct Progress {
    /// Which attempt the next one is.
    pub(in crate::broker::redis) attempt: u32,
    /// How often its attempts crashed.
    pub(in crate::broker::redis) crashes: u32,
    /// Where it was published.
    pub(in crate::broker::redis) source: EntryId,
    /// The plan it belongs to.
    pub(in crate::broker::redis) plan: Option<String>,
    /// How its attempts failed.
    pub(in crate::broker::redis) history: Vec<Failure>,
    /// Whether it runs even if the handler has done it.
    pub(in crate::broker::redis) force: bool,
}

/// The fields of a retry. Ours stand right behind the event, so that what lay beside it may have any name.
pub(super) fn write(fields: &[Field], progress: &Progress) -> Vec<Field> {
    let is_event = |field: &&Field| field.0 == Intake::EVENT_FIELD.as_bytes();
    let event = fields.iter().position(|field| is_event(&field));
    let text = |name: &str, value: String| (name.as_bytes().to_vec(), value.into_bytes());
    let mut body: Vec<Field> = event.map(|at| fields[at].clone()).into_iter().collect();
    body.push(text(ATTEMPT, progress.attempt.to_string()));
    body.push(text(CRASHES, progress.crashes.to_string()));
    body.push(text(RETRY_OF, progress.source.to_string()));
    body.push(text(PLAN, progress.plan.clone().unwrap_or_default()));
    body.push(text(HISTORY, history_json(&progress.history)));
    if progress.force {
        body.push(text(Delivery::FORCE_FIELD, "1".to_owned()));
    }
    body.extend(
        fields.iter().enumerate().filter(|(at, _)| Some(*at) != event).map(|(_, field)| field.clone()),
    );
    body
}

/// The history as the wire format has it.
pub(super) fn history_json(history: &[Failure]) -> String {
    // Texts, numbers and times: nothing that could fail.
    serde_json::to_string(history).unwrap_or_else(|_| "[]".to_owned())
}

/// Takes a retry's fields apart: the fields of the original, and how far it has come.
pub(in crate::broker::redis) fn read(mut fields: Vec<Field>) -> (Vec<Field>, Progress) {
    let force = Delivery::take_force(&mut fields);
    let mut take = |name: &str| {
        let at = fields.iter().position(|field| field.0 == name.as_bytes())?;
        String::from_utf8(fields.remove(at).1).ok()
    };
    let progress = Progress {
        // One that another program wrote without them is a first retry.
        attempt: take(ATTEMPT).and_then(|text| text.parse().ok()).unwrap_or(2),
        crashes: take(CRASHES).and_then(|text| text.parse().ok()).unwrap_or(0),
        source: take(RETRY_OF).and_then(|text| text.parse().ok()).unwrap_or(EntryId::ZERO),
        plan: take(PLAN).filter(|plan| !plan.is_empty()),
        history: take(HISTORY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        force,
    };
    (fields, progress)
}

/// Where a retry's event was published; `None` where its fields do not say so.
pub(in crate::broker::redis) fn source(fields: Vec<Field>) -> Option<EntryId> {
    Some(read(fields).1.source).filter(|source| *source != EntryId::ZERO)
}

/// A delivery of an entry of a type's stream.
pub(super) fn first(source: &Source, id: EntryId, mut fields: Vec<Field>, deliveries: u64) -> Delivery {
    let force = Delivery::take_force(&mut fields);
    let claim = Claim { stream: source.key.clone(), id };
    Delivery {
        raw: raw(source, id, fields),
        attempt: 1,
        crashes: crashes(deliveries),
        history: Vec::new(),
        source: claim.clone(),
        plan: None,
        force,
        claim,
    }
}

/// A delivery of an entry of a retry stream of that type.
pub(super) fn again(
    source: &Source,
    stream: &StreamKey,
    id: EntryId,
    fields: Vec<Field>,
    deliveries: u64,
) -> Delivery {
    let (fields, mut progress) = read(fields);
    if progress.source == EntryId::ZERO {
        // Another program wrote it without its origin. It is known by its own position: else all such would be one.
        progress.source = id;
    }
    Delivery {
        claim: Claim { stream: stream.clone(), id },
        raw: raw(source, progress.source, fields),
        attempt: progress.attempt,
        crashes: progress.crashes.saturating_add(crashes(deliveries)),
        history: progress.history,
        source: Claim { stream: source.key.clone(), id: progress.source },
        plan: progress.plan,
        force: progress.force,
    }
}

/// Deliveries after the first are to those who took over from others.
fn crashes(deliveries: u64) -> u32 {
    u32::try_from(deliveries.saturating_sub(1)).unwrap_or(u32::MAX)
}

fn raw(source: &Source, id: EntryId, fields: Vec<Field>) -> Raw {
    Raw {
        stream: source.key.clone(),
        id,
        replayable: true,
        channel: source.channel.clone(),
        event_type: Some(source.event_type.clone()),
        fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::FailureKind;

    #[test]
    fn a_retry_is_read_as_it_was_written() {
        let field = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
        let failure = Failure {
            at: chrono::DateTime::from_timestamp(1, 0).unwrap(),
            ms: 3,
            kind: FailureKind::Error,
            error: vec!["x\"".to_owned()],
        };
        let progress = Progress {
            attempt: 3,
            crashes: 1,
            source: EntryId::new(7, 1),
            plan: Some("p".to_owned()),
            history: vec![failure],
            force: true,
        };
        // Names of ours beside the event are the event's own, and stay.
        let original =
            vec![field("event", b"{}"), field("attempt", b"not ours"), field("trace", b"\xff\x00")];
        let written = write(&original, &progress);
        assert_eq!(read(written), (original, progress));
        let foreign = vec![field("event", b"{}")];
        assert_eq!(read(foreign.clone()).0, foreign);
        assert_eq!(read(foreign).1.attempt, 2);
    }
}
