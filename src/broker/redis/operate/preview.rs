//! What would be sent.

use chrono::Utc;
use redis::Cmd;

use super::look::waiting_event;
use super::retry::{By, letter, other};
use super::{RedisOperator, discard, import, purge, records, release, restore, stamp};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::quote::command_line;
use crate::bus::{Action, Because, FailedAt, RetryOrder, Runs};
use crate::event::{EntryId, EventId, NewEvent};

/// What stands for the text of an event that must be read before it gets its new id.
const READ_FIRST: &str = "<the event that lies there, with a new id>";

/// See [`crate::bus::Operator::preview`]. Where something must be read first, that comes first.
pub(super) fn preview(operator: &RedisOperator, order: &RetryOrder, because: &Because) -> Vec<String> {
    let plan = because.plan.clone().unwrap_or_else(records::plan_name);
    let by = By { plan: &plan, who: &because.who, at: stamp(Utc::now()) };
    let locked = operator.intake.lock().is_locked();
    let (call, read) = match &order.at {
        FailedAt::DeadLetter { stream, id } => {
            let as_new = order.runs == Runs::AsNew;
            let edited = match &order.edited {
                Some(event) if as_new => event.with_id(EventId::random()).ok(),
                edited => edited.clone(),
            };
            let text = edited.as_ref().map(NewEvent::text).or(as_new.then_some(READ_FIRST));
            let read = (locked || text.is_some()).then(|| range(&Layout::dead_letters(stream), *id));
            (letter(operator, order, (stream, *id), text, &by), read)
        }
        FailedAt::Waiting { stream, handler, source } => {
            let read = locked.then(|| waiting_event(stream, handler, *source).shown());
            (other(operator, order, &by), read)
        }
        FailedAt::Due { stream, id } => return vec![command_line(&range(stream.as_str(), *id))],
        _ => (other(operator, order, &by), None),
    };
    let Ok(call) = call else { return Vec::new() };
    read.into_iter().chain([call.shown()]).map(|command| command_line(&command)).collect()
}

/// See [`crate::bus::Operator::preview_action`]. A locked run reads first whose it is.
pub(super) fn action(operator: &RedisOperator, action: &Action<'_>, because: &Because) -> Vec<String> {
    let now = stamp(Utc::now());
    let said = [because.who.as_str(), &now, because.reason.as_deref().unwrap_or_default()];
    let (call, at) = match *action {
        Action::Discard(order) => (discard::call(operator, order, said), Some(&order.at)),
        Action::Restore(at) => (restore::call(operator, at), Some(at)),
        Action::Release { at, force } => (release::shown(operator, at, force), Some(at)),
        Action::Purge(at) => (purge::call(operator, at), Some(at)),
        Action::Import(letter) => (import::single(operator, letter), None),
    };
    let Ok(call) = call else { return Vec::new() };
    let read = at.filter(|_| operator.intake.lock().is_locked()).map(|at| match at {
        FailedAt::Waiting { stream, handler, source } => waiting_event(stream, handler, *source).shown(),
        at => {
            let (key, id) = operator.entry(at).unwrap_or_else(|| (at.stream().as_str().to_owned(), at.id()));
            range(&key, id)
        }
    });
    read.into_iter().chain([call.shown()]).map(|command| command_line(&command)).collect()
}

fn range(key: &str, id: EntryId) -> Cmd {
    let mut command = redis::cmd("XRANGE");
    command.arg(key).arg(id.to_string()).arg(id.to_string());
    command
}
