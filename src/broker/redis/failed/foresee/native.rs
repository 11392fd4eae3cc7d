//! On a native bus: the handler whose dead letter it is, or every group of the type.

use std::collections::BTreeMap;

use super::{DOING, MEMBERS, by_stream, groups};
use crate::broker::redis::asker::Asker;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::{codec, due};
use crate::bus::{BusError, FailedEvent, Foreseen, Runs};
use crate::event::{HandlerName, StreamKey};
use crate::text::{count, display_safe};

pub(super) async fn foresee(
    asker: &mut Asker,
    events: &[FailedEvent],
    runs: Runs,
) -> Result<Foreseen, BusError> {
    let streams = by_stream(events);
    let groups = groups(asker, streams.keys().copied()).await?;
    let mut foreseen = Foreseen::default();
    if runs != Runs::Failed {
        for (stream, events) in streams {
            let of_stream = groups.get(stream).map(Vec::as_slice).unwrap_or_default();
            for group in of_stream {
                *foreseen.handlers.entry(group.clone()).or_insert(0) += events;
            }
            if of_stream.is_empty() {
                foreseen.notes.push(format!("nobody handles {stream}: its {} reach nobody", count(events)));
            }
        }
        return Ok(foreseen);
    }
    let mut by_handler: BTreeMap<(&StreamKey, HandlerName), Vec<&FailedEvent>> = BTreeMap::new();
    let mut nameless = 0;
    for event in events {
        match event.handler.as_deref().and_then(|name| HandlerName::new(name).ok()) {
            Some(handler) => by_handler.entry((&event.stream, handler)).or_default().push(event),
            None => nameless += 1,
        }
    }
    if nameless > 0 {
        foreseen.notes.push(format!("{} name no handler: nobody would get them", count(nameless)));
    }
    for ((stream, handler), events) in by_handler {
        let known = groups.get(stream).is_some_and(|groups| groups.iter().any(|g| g == handler.as_str()));
        if !known {
            foreseen.notes.push(format!(
                "{} has no group on {stream}: its {} wait until it runs again",
                display_safe(handler.as_str()),
                count(events.len() as u64)
            ));
        }
        let done = done(asker, stream, &handler, &events).await?;
        foreseen.skipped += done;
        foreseen.skipped_runs += done;
        *foreseen.handlers.entry(handler.as_str().to_owned()).or_insert(0) += events.len() as u64 - done;
    }
    foreseen.handlers.retain(|_, events| *events > 0);
    Ok(foreseen)
}

/// How many of `events` the handler remembers to have done, within its dedup window.
async fn done(
    asker: &mut Asker,
    stream: &StreamKey,
    handler: &HandlerName,
    events: &[&FailedEvent],
) -> Result<u64, BusError> {
    let ids: Vec<String> =
        events.iter().filter_map(|event| event.event.map(|event| event.to_string())).collect();
    let key = Layout::done(stream, handler);
    let mut done = 0;
    for ids in ids.chunks(MEMBERS) {
        let reply = asker.ask(&Question::scores(&key, ids), DOING).await?;
        let Some(reply) = asker.answered(reply, DOING)? else { return Ok(0) };
        let scores = codec::list(reply).map_err(|fault| asker.unreadable(fault, DOING))?;
        done += scores.iter().filter(|at| due::time(at).is_some()).count() as u64;
    }
    Ok(done)
}
