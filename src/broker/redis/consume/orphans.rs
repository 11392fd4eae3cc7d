//! Groups that somebody removed from a stream that is there still. Where they were is not known to the server, and to begin
//! again where the handler was registered would handle everything again: a person has to say where they go on.

use std::collections::BTreeSet;

use redis::Pipeline;

use super::upkeep::Upkeep;
use crate::broker::redis::discovery::Source;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, StartAt, TypeSelection};
use crate::event::{HandlerName, StreamKey};

const DOING: &str = "looking for consumer groups";

/// Those of `sources` on which the handler had a group that is gone: the group of its retries, which is made after that one,
/// is there.
pub(super) async fn orphans(
    upkeep: &Upkeep,
    handler: &HandlerName,
    sources: &[&Source],
) -> Result<BTreeSet<StreamKey>, BusError> {
    let mut questions = Pipeline::new();
    let mut asked = Vec::with_capacity(sources.len());
    for source in sources {
        let Some(retries) = Layout::retries(&source.key, handler) else { continue };
        for stream in [&source.key, &retries] {
            questions.cmd("XPENDING").arg(stream.as_str()).arg(handler.as_str());
        }
        asked.push(&source.key);
    }
    let mut answers = upkeep.commands().results(&mut questions, DOING).await?.into_iter();
    let mut orphans = BTreeSet::new();
    for key in asked {
        let (of_type, of_retries) = (answers.next(), answers.next());
        let is_gone = matches!(of_type, Some(Err(error)) if error.code() == Some("NOGROUP"));
        if is_gone && matches!(of_retries, Some(Ok(_))) {
            orphans.insert(key.clone());
        }
    }
    Ok(orphans)
}

/// What it means that a group is gone.
pub(super) fn refusal(handler: &HandlerName, stream: &StreamKey, target: &str) -> BusError {
    BusError::Refused {
        what: format!(
            "the consumer group of '{handler}' on {stream} at {target} was removed by somebody, and where it was is not \
             known; that stream is not read"
        ),
        next: format!(
            "Start a worker with `tidings work --only {handler} --start new` to go on with what comes from then on, or with \
             --start beginning to handle all again that is there."
        ),
    }
}

/// Makes the groups anew that are gone: where those streams end now, or begin. Answers on which.
pub(super) async fn restart(
    upkeep: &Upkeep,
    handler: &HandlerName,
    types: &TypeSelection,
    start: StartAt,
) -> Result<Vec<StreamKey>, BusError> {
    upkeep.find(true).await?;
    let (_, pass) = upkeep.found();
    let sources: Vec<_> = pass.sources.values().filter(|source| types.admits(&source.event_type)).collect();
    let orphans: Vec<_> = orphans(upkeep, handler, &sources).await?.into_iter().collect();
    let mut create = Pipeline::with_capacity(orphans.len());
    for stream in &orphans {
        let from = if start == StartAt::New { "$" } else { "0" };
        create.cmd("XGROUP").arg("CREATE").arg(stream.as_str()).arg(handler.as_str()).arg(from);
    }
    upkeep.commands().ask(&mut create, "making consumer groups anew").await?;
    Ok(orphans)
}
