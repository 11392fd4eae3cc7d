//! Forgetting a handler: its groups, its retries, its registration.

use redis::Value;

use super::upkeep::Upkeep;
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::script::{Call, FORGET, call_all};
use crate::bus::{BusError, Forgetting, Forgotten, Heartbeat};
use crate::event::HandlerName;
use crate::text::plural;

const DOING: &str = "forgetting a handler";
/// An entry is being worked at when somebody said something of it within so many ms: a lease.
const LEASE_MS: u64 = 30_000;
/// How many streams one pipeline looks at.
const CHUNK: usize = 50;

/// Counts what a handler has, or removes it.
pub(super) async fn forget(
    upkeep: &Upkeep,
    handler: &HandlerName,
    how: Forgetting,
) -> Result<Forgotten, BusError> {
    upkeep.find(true).await?;
    let mut forgotten = Forgotten { alive: alive(upkeep, handler).await?, ..Forgotten::default() };
    forgotten.registered = registered(upkeep, handler).await?;
    if how == Forgetting::Count {
        return over_streams(upkeep, handler, "count", forgotten).await;
    }
    if how == Forgetting::Unused && !forgotten.alive.is_empty() {
        return Err(BusError::Refused {
            what: format!(
                "the handler '{handler}' is not forgotten: {} signs of life",
                plural(forgotten.alive.len() as u64, "worker gives", "workers give")
            ),
            next: "Stop them first.".to_owned(),
        });
    }
    // First of all, so that a worker whose group is gone finds it, and does not make the group again.
    let layout = upkeep.layout();
    let mut mark = redis::pipe();
    mark.cmd("HSET").arg(layout.forgotten()).arg(handler.as_str()).arg(chrono::Utc::now().timestamp_millis());
    upkeep.commands().ask(&mut mark, DOING).await?;
    let verb = if how == Forgetting::Forced { "force" } else { "remove" };
    let forgotten = over_streams(upkeep, handler, verb, forgotten).await?;
    let mut last = redis::pipe();
    if how == Forgetting::Unused && forgotten.busy > 0 {
        last.cmd("HDEL").arg(layout.forgotten()).arg(handler.as_str());
        upkeep.commands().ask(&mut last, DOING).await?;
        return Err(BusError::Refused {
            what: format!(
                "the handler '{handler}' is not wholly forgotten: {} of its entries are being worked at",
                forgotten.busy
            ),
            next: "Stop its workers, and forget it again.".to_owned(),
        });
    }
    last.cmd("HDEL").arg(layout.handlers()).arg(handler.as_str());
    last.cmd("HDEL").arg(layout.beginners()).arg(handler.as_str());
    upkeep.commands().ask(&mut last, DOING).await?;
    Ok(forgotten)
}

async fn over_streams(
    upkeep: &Upkeep,
    handler: &HandlerName,
    verb: &str,
    mut sum: Forgotten,
) -> Result<Forgotten, BusError> {
    let streams: Vec<_> = upkeep.found().1.sources.keys().cloned().collect();
    for chunk in streams.chunks(CHUNK) {
        let calls = chunk.iter().filter_map(|stream| {
            let retries = Layout::retries(stream, handler)?;
            let keys = [
                stream.as_str().to_owned(),
                Layout::schedule(stream),
                Layout::scheduled(stream),
                retries.as_str().to_owned(),
                Layout::done(stream, handler),
            ];
            let mut call = Call::new(&FORGET, keys);
            call.arg(handler.as_str()).arg(verb).arg(LEASE_MS);
            Some(call)
        });
        let calls: Vec<_> = calls.collect();
        for answer in call_all(upkeep.commands(), &calls, DOING).await? {
            let strange = |fault| BusError::Unavailable { what: format!("{DOING}: {fault}") };
            let counts: [Value; 6] = codec::exactly(answer?, "six counts").map_err(strange)?;
            let [grouped, pending, scheduled, due, remembered, busy] =
                counts.map(|count| codec::number(&count).unwrap_or_default());
            sum.streams += grouped;
            sum.pending += pending;
            sum.scheduled += scheduled;
            sum.due += due;
            sum.remembered += remembered;
            sum.busy += busy;
        }
    }
    Ok(sum)
}

/// The workers of the handler that give signs of life.
async fn alive(upkeep: &Upkeep, handler: &HandlerName) -> Result<Vec<String>, BusError> {
    let layout = upkeep.layout();
    let mut question = redis::pipe();
    question.cmd("ZRANGE").arg(layout.workers()).arg(0).arg(-1);
    let names = upkeep.commands().ask(&mut question, DOING).await?.pop().unwrap_or(Value::Nil);
    let strange = |fault| BusError::Unavailable { what: format!("{DOING}: {fault}") };
    let mut beats = redis::pipe();
    for name in codec::list(names).map_err(strange)? {
        beats.cmd("GET").arg(layout.worker(codec::text(&name).unwrap_or_default()));
    }
    let answers = upkeep.commands().ask(&mut beats, DOING).await?;
    let beats = answers
        .iter()
        .filter_map(codec::text)
        .filter_map(|json| serde_json::from_str::<Heartbeat>(json).ok())
        .filter(|beat| beat.handler == handler.as_str());
    Ok(beats.map(|beat| beat.consumer).collect())
}

async fn registered(upkeep: &Upkeep, handler: &HandlerName) -> Result<bool, BusError> {
    let mut question = redis::pipe();
    question.cmd("HEXISTS").arg(upkeep.layout().handlers()).arg(handler.as_str());
    Ok(upkeep.commands().ask(&mut question, DOING).await?.first().and_then(codec::number) == Some(1))
}

/// Whether the handler was forgotten, and not registered again since.
pub(super) async fn is_forgotten(upkeep: &Upkeep, handler: &HandlerName) -> Result<bool, BusError> {
    let mut question = redis::pipe();
    question.cmd("HEXISTS").arg(upkeep.layout().forgotten()).arg(handler.as_str());
    Ok(upkeep.commands().ask(&mut question, DOING).await?.first().and_then(codec::number) == Some(1))
}
