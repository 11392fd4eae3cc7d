//! When a handler was first registered: where its groups begin that never were.

use redis::Value;

use super::upkeep::Upkeep;
use crate::broker::redis::codec;
use crate::bus::BusError;
use crate::event::HandlerName;

const DOING: &str = "registering a handler";

/// Registers the handler now, or learns when it first was, in ms. Whoever was forgotten is known again.
pub(super) async fn register(upkeep: &Upkeep, handler: &HandlerName) -> Result<u64, BusError> {
    let commands = upkeep.commands();
    let (key, forgotten) = (upkeep.layout().handlers(), upkeep.layout().forgotten());
    // Mostly it is known. A server without memory registers nobody; whom it knows may work, and free some.
    let mut look = redis::pipe();
    look.cmd("HGET").arg(&key).arg(handler.as_str());
    look.cmd("HDEL").arg(&forgotten).arg(handler.as_str());
    if let Some(known) = commands.ask(&mut look, DOING).await?.first().and_then(codec::number) {
        return Ok(known);
    }
    let strange = || BusError::Unavailable {
        what: format!("{DOING} at {}: the answer is not understood", commands.target()),
    };
    let mut time = redis::pipe();
    time.cmd("TIME");
    let answers = commands.ask(&mut time, DOING).await?;
    let now_ms = answers.into_iter().next().and_then(millis).ok_or_else(strange)?;
    let mut register = redis::pipe();
    register.cmd("HSETNX").arg(&key).arg(handler.as_str()).arg(now_ms);
    register.cmd("HGET").arg(&key).arg(handler.as_str());
    let answers = commands.ask(&mut register, DOING).await?;
    answers.get(1).and_then(codec::number).ok_or_else(strange)
}

/// Notes that the handler begins at the beginning, before it has a group: what lies before its registration is for it as
/// well, which nothing else would tell afterwards.
pub(super) async fn at_the_beginning(upkeep: &Upkeep, handler: &HandlerName) -> Result<(), BusError> {
    let mut mark = redis::pipe();
    mark.cmd("HSETNX").arg(upkeep.layout().beginners()).arg(handler.as_str()).arg(1);
    at_best(upkeep, handler, &mut mark, "it is not noted that it begins at the beginning").await
}

/// Registers the handler as of before, where the bus lost its data: else it would begin with what comes after its next start,
/// in streams that come meanwhile.
pub(super) async fn again(
    upkeep: &Upkeep,
    handler: &HandlerName,
    registered_ms: u64,
) -> Result<(), BusError> {
    let mut register = redis::pipe();
    register.cmd("HSETNX").arg(upkeep.layout().handlers()).arg(handler.as_str()).arg(registered_ms);
    at_best(upkeep, handler, &mut register, "it is not registered again").await
}

/// What must not keep the handler from its work where the server refuses it.
async fn at_best(
    upkeep: &Upkeep,
    handler: &HandlerName,
    pipeline: &mut redis::Pipeline,
    otherwise: &str,
) -> Result<(), BusError> {
    match upkeep.commands().ask(pipeline, DOING).await {
        Err(why @ BusError::Unavailable { .. }) => Err(why),
        Err(why) => {
            tracing::warn!(%handler, "{otherwise}: {}", why.what());
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

fn millis(time: Value) -> Option<u64> {
    let [seconds, micros] = codec::exactly(time, "TIME answers two numbers").ok()?;
    Some(codec::number(&seconds)? * 1_000 + codec::number(&micros)? / 1_000)
}
