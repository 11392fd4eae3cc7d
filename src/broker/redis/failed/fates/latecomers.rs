//! Handlers that were registered behind an event. Their groups begin at their registration, so they stand past the event as
//! if it had been given to them; it never was.

use redis::Value;

use super::{DOING, Look};
use crate::broker::redis::codec;
use crate::broker::redis::question::Question;
use crate::bus::BusError;

/// Of `names`, the handlers that the event was never for. Those that began at the beginning got what lay before them as
/// well, and say so. Of other programs' groups nobody says where they began.
pub(super) async fn among(look: &mut Look<'_>, names: &[String]) -> Result<Vec<String>, BusError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // Asked for after the groups: whoever has one was registered before it was made.
    let layout = &look.scope.layout;
    let questions = [layout.handlers(), layout.beginners()].map(|key| Question::values_in(&key, names));
    let mut told = Vec::with_capacity(questions.len());
    for reply in look.asker.ask_all(&questions, DOING).await? {
        let values = look.asker.granted(reply, DOING)?.map(codec::list).transpose();
        told.push(values.map_err(|fault| look.asker.unreadable(fault, DOING))?);
    }
    // Where that may not be read, nobody is taken off the list.
    let [Some(registered), Some(beginners)] = told.as_slice() else { return Ok(Vec::new()) };
    let behind = |at: &Value| codec::number(at).is_some_and(|at| at > look.id.ms);
    let late = names.iter().zip(registered.iter().zip(beginners));
    Ok(late
        .filter(|(_, (at, begins))| behind(at) && **begins == Value::Nil)
        .map(|(name, _)| name.clone())
        .collect())
}
