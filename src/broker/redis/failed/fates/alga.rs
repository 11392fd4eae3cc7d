//! On Alga's bus handlers record nothing: a failing one leaves the entry pending, and it is given out again until it is a
//! dead letter. It is pending before it is one, so that is asked for first.

use super::way::is_pending;
use super::{DOING, Look, Stages, Standing, records};
use crate::broker::redis::codec;
use crate::broker::redis::failed::regiven::those_that_count;
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::bus::{BusError, PendingState, Stage};

/// What became of it with the group of Alga's own workers, where there is one; else with each.
pub(super) async fn stages(look: &mut Look<'_>, standing: Standing) -> Result<Stages, BusError> {
    let groups = those_that_count(standing.groups, look.scope);
    let (given, waiting): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| look.id <= group.last_delivered);
    let stage = if standing.is_there { Stage::Waiting } else { Stage::Trimmed };
    let mut stages: Stages = waiting.iter().map(|group| (group.text(), stage.clone())).collect();
    let questions: Vec<_> = given.iter().map(|group| is_pending(look.stream, &group.name, look.id)).collect();
    let replies = look.asker.ask_all(&questions, DOING).await?;
    let mut finished = Vec::new();
    for (group, reply) in given.iter().zip(replies) {
        let pending = look.pending_one(look.stream, false, reply)?;
        let known = look.trace.of(&group.text());
        known.was_given |= standing.is_there || pending.is_some();
        let stage = match pending {
            None => {
                finished.push(group.text());
                continue;
            }
            Some(entry) if !standing.is_there && entry.state() != PendingState::Running => Stage::Trimmed,
            Some(entry) if entry.deliveries == 1 => {
                Stage::Running { consumer: entry.consumer, deliveries: entry.deliveries }
            }
            Some(entry) => {
                let next = u32::try_from(entry.deliveries).unwrap_or(u32::MAX).saturating_add(1);
                Stage::Retrying { attempt: next, next_at: None, error: None }
            }
        };
        stages.insert(group.text(), stage);
    }
    if finished.is_empty() {
        return Ok(stages);
    }
    let is_dead = is_dead(look).await?;
    for name in finished {
        let stage = match look.trace.of(&name).was_given {
            // Nothing there says why.
            _ if is_dead => Stage::Dead { reason: None, error: None },
            true => Stage::Succeeded,
            false => Stage::Trimmed,
        };
        stages.insert(name, stage);
    }
    Ok(stages)
}

/// Whether it was made a dead letter: also one that was retried or put aside since, as long as Alga remembers it.
async fn is_dead(look: &mut Look<'_>) -> Result<bool, BusError> {
    records::read_letters(look).await?;
    // A dead letter of Alga's names nobody.
    if look.trace.of("").letter.is_some() {
        return Ok(true);
    }
    let question = Question::are_members(&Layout::dead_lettered(look.stream), &[look.id.to_string()]);
    let reply = look.asker.ask(&question, DOING).await?;
    let Some(reply) = look.asker.granted(reply, DOING)? else { return Ok(false) };
    let members = codec::list(reply).map_err(|fault| look.asker.unreadable(fault, DOING))?;
    Ok(members.first().and_then(codec::number) == Some(1))
}
