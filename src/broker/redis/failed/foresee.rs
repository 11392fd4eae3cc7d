//! What a retry would do, before it is done.

mod alga;
mod native;

use std::collections::BTreeMap;

use super::Scope;
use crate::broker::redis::asker::Asker;
use crate::broker::redis::question::Question;
use crate::broker::redis::survey::{SurveyedGroup, read_groups};
use crate::bus::{BusError, FailedEvent, Foreseen, Runs};
use crate::event::StreamKey;

const DOING: &str = "looking who would be reached";
/// How many members one question names.
const MEMBERS: usize = 500;

/// What retrying `events` would do.
pub(super) async fn foresee(
    asker: &mut Asker,
    scope: &Scope,
    events: &[FailedEvent],
    runs: Runs,
) -> Result<Foreseen, BusError> {
    match &scope.unrecorded {
        Some(bus) => alga::foresee(asker, &bus.group, events, runs).await,
        None => native::foresee(asker, events, runs).await,
    }
}

/// How many of `events` were published to each stream.
fn by_stream(events: &[FailedEvent]) -> BTreeMap<&StreamKey, u64> {
    let mut streams = BTreeMap::new();
    for event in events {
        *streams.entry(&event.stream).or_insert(0) += 1;
    }
    streams
}

/// The groups of each of these streams, by name; none of a stream that is gone.
async fn groups<'a>(
    asker: &mut Asker,
    streams: impl Iterator<Item = &'a StreamKey>,
) -> Result<BTreeMap<&'a StreamKey, Vec<String>>, BusError> {
    let questions = streams.map(|stream| (stream, Question::groups(stream))).collect();
    let mut groups = BTreeMap::new();
    for (stream, reply) in asker.ask_about(questions, MEMBERS, DOING).await? {
        let Some(reply) = asker.answered(reply, DOING)? else { continue };
        let read = read_groups(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        groups.insert(stream, read.iter().map(SurveyedGroup::text).collect());
    }
    Ok(groups)
}
