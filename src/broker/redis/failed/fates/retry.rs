//! Whether an event lies in handlers' retry streams, due or with somebody.

use std::collections::HashMap;

use super::way::{Open, is_pending, retrying, settle};
use super::{DOING, Look, Stages};
use crate::broker::redis::consume::body;
use crate::broker::redis::failed::regiven::retry_of;
use crate::broker::redis::failed::retries::go_through;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, Stage};

/// The most entries of a retry stream that one look goes through; the next one goes on from there.
const LOOKED_AT: usize = 20_000;

/// Looks for it in the retry streams of those that may have it there.
pub(super) async fn look(
    look: &mut Look<'_>,
    open: &mut Vec<Open>,
    stages: &mut Stages,
) -> Result<(), BusError> {
    let mut found = HashMap::new();
    for open in open.iter_mut() {
        let Some((_, key)) = open.handler.clone() else { continue };
        open.is_unseen = false;
        if let Some(stage) = there(look, open, &key).await? {
            found.insert(open.name.clone(), stage);
            continue;
        }
        if !search(look, open, &key).await? {
            continue;
        }
        // Else it moved on between the two.
        if let Some(stage) = there(look, open, &key).await? {
            found.insert(open.name.clone(), stage);
        }
    }
    settle(look, open, found, stages);
    Ok(())
}

/// Goes on through the retry stream; whether it was found.
async fn search(
    look: &mut Look<'_>,
    open: &mut Open,
    key: &crate::event::StreamKey,
) -> Result<bool, BusError> {
    let source = look.id;
    let known = look.trace.of(&open.name);
    let mut after = known.retries_after;
    let mut retry = None;
    let is_more = go_through(look.asker, key, &mut after, LOOKED_AT, |id, fields| {
        if retry_of(fields) == Some(source) {
            retry = Some(id);
        }
        retry.is_some()
    })
    .await?;
    let known = look.trace.of(&open.name);
    (known.retries_after, known.retry) = (after, retry);
    open.is_unseen = is_more && retry.is_none();
    Ok(retry.is_some())
}

/// What it is at, where it lies at the place that is known.
async fn there(
    look: &mut Look<'_>,
    open: &Open,
    key: &crate::event::StreamKey,
) -> Result<Option<Stage>, BusError> {
    let Some(id) = look.trace.of(&open.name).retry else { return Ok(None) };
    let questions = [is_pending(key, open.name.as_bytes(), id), Question::entry_at(key.as_str(), id)];
    let mut replies = look.asker.ask_all(&questions, DOING).await?.into_iter();
    let (Some(pending), Some(entry)) = (replies.next(), replies.next()) else { return Ok(None) };
    let pending = look.pending_one(key, true, pending)?;
    let Some(fields) = look.entry(entry)? else {
        look.trace.of(&open.name).retry = None;
        return Ok(None);
    };
    Ok(Some(match pending {
        Some(entry) if !entry.is_released => {
            Stage::Running { consumer: entry.consumer, deliveries: entry.deliveries }
        }
        _ => retrying(&body::read(fields).1, id.time()),
    }))
}
