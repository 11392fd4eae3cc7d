//! What was recorded of an event beside its stream: outcomes of attempts, dead letters, and what was put aside.

use std::collections::HashMap;

use super::trace::{Told, Trace};
use super::way::Open;
use super::{DOING, Look};
use crate::broker::redis::failed::letters::of_whom;
use crate::broker::redis::failed::pages::read_on;
use crate::broker::redis::failed::records::{self, cut, error_chain};
use crate::broker::redis::profile::Layout;
use crate::broker::redis::question::Question;
use crate::broker::redis::told::text;
use crate::bus::{BusError, Reason, Stage};
use crate::event::{EntryId, Field};

/// What lies among the dead letters, or was put aside from there, by the receivers' names.
#[derive(Default)]
pub(super) struct Lying {
    pub(super) letters: HashMap<String, Stage>,
    pub(super) aside: HashMap<String, Stage>,
}

/// Reads what was recorded since the last look, in the order in which an event passes it.
pub(super) async fn read(look: &mut Look<'_>) -> Result<(), BusError> {
    let (id, layout) = (look.id, &look.scope.layout);
    let mut after = look.trace.outcomes_after;
    let trace = &mut *look.trace;
    let note = |at, fields: &[Field]| note_outcome(trace, id, at, fields);
    let read = read_on(look.asker, Layout::outcomes(look.stream), &mut after, DOING, note).await;
    look.trace.outcomes_after = after;
    read?;
    read_letters(look).await?;
    let mut after = look.trace.aside_after;
    let trace = &mut *look.trace;
    let read = read_on(look.asker, layout.discarded(look.stream), &mut after, DOING, |at, fields| {
        match of_whom(fields) {
            Some((handler, source)) if source == id => trace.of(handler).aside = Some(at),
            _ => {}
        }
    })
    .await;
    look.trace.aside_after = after;
    read
}

/// Reads the dead letters that came since the last look.
pub(super) async fn read_letters(look: &mut Look<'_>) -> Result<(), BusError> {
    let id = look.id;
    let mut after = look.trace.letters_after;
    let trace = &mut *look.trace;
    let read =
        read_on(
            look.asker,
            Layout::dead_letters(look.stream),
            &mut after,
            DOING,
            |at, fields| match of_whom(fields) {
                Some((handler, source)) if source == id => trace.of(handler).letter = Some(at),
                _ => {}
            },
        )
        .await;
    look.trace.letters_after = after;
    read
}

fn note_outcome(trace: &mut Trace, id: EntryId, at: EntryId, fields: &[Field]) {
    let Some((_, handler, source, what)) = records::outcome(fields) else { return };
    if source == id {
        let attempt = text(fields, "attempt").and_then(|attempt| attempt.parse().ok()).unwrap_or(1);
        trace.of(handler).outcome = Some(Told { id: at, what, attempt });
    }
}

/// What of the dead letters that are known of these receivers is there still: letters before what was put aside, as they go
/// from there to here.
pub(super) async fn lying(look: &mut Look<'_>, open: &[Open]) -> Result<Lying, BusError> {
    let (letters, discarded) = (Layout::dead_letters(look.stream), look.scope.layout.discarded(look.stream));
    let mut asked = Vec::new();
    let mut aside = Vec::new();
    for Open { name, .. } in open {
        let known = look.trace.of(name);
        asked.extend(known.letter.map(|id| ((name, true), Question::entry_at(&letters, id))));
        aside.extend(known.aside.map(|id| ((name, false), Question::entry_at(&discarded, id))));
    }
    asked.append(&mut aside);
    let mut lying = Lying::default();
    for ((name, is_letter), reply) in look.asker.ask_about(asked, 10, DOING).await? {
        let Some(fields) = look.entry(reply)? else { continue };
        let list = if is_letter { &mut lying.letters } else { &mut lying.aside };
        list.insert(name.clone(), dead(&fields));
    }
    Ok(lying)
}

/// Why it was given up, as a dead letter says.
fn dead(fields: &[Field]) -> Stage {
    let reason = text(fields, "reason").and_then(|word| serde_json::from_value::<Reason>(word.into()).ok());
    let error = error_chain(fields).into_iter().next().filter(|error| !error.is_empty());
    Stage::Dead { reason, error: error.map(|error| cut(&error).to_owned()) }
}
