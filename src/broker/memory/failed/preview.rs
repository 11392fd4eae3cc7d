//! What would be sent to a Redis that is laid out like this bus.

use std::sync::Arc;

use super::aside::given_up;
use super::fields;
use super::import::importable;
use super::kept::Discarded;
use super::lying::{self, Lying};
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::bus::millis;
use crate::broker::memory::group::RELEASED;
use crate::broker::memory::quote::{add, quoted};
use crate::bus::{Action, Because, DiscardOrder, FailedAt, PendingEntry};
use crate::event::{EntryId, StreamKey};

/// See [`crate::bus::Operator::preview_action`].
pub(super) fn action(broker: &MemoryBroker, action: &Action<'_>, because: &Because) -> Vec<String> {
    let (Action::Discard(DiscardOrder { at, .. })
    | Action::Restore(at)
    | Action::Release { at, .. }
    | Action::Purge(at)) = *action
    else {
        let Action::Import(exported) = *action else { return Vec::new() };
        let stream = &exported.stream;
        let letter = importable(stream, exported.fields.clone(), broker.intake.lock());
        return letter.map_or_else(
            |_| Vec::new(),
            |letter| vec![add(&beside(stream, "dead-letter"), &fields::of_letter(&letter))],
        );
    };
    let Some(lying) = broker.bus.state().lying(at) else { return Vec::new() };
    if lying::admit(broker.intake.lock(), lying.tenant().as_ref()).is_err() {
        return Vec::new();
    }
    let stream = at.stream();
    let remove = |kind: &str, id: EntryId| format!("XDEL {} {id}", quoted(beside(stream, kind).as_bytes()));
    match (action, lying) {
        (Action::Discard(_), lying @ (Lying::Letter(_) | Lying::Waiting(..))) => {
            let now_ms = millis((broker.bus.clock)());
            let (letter, removal) = match lying {
                Lying::Waiting(_, handler, retry) => {
                    let member = quoted(format!("{}|{}", handler.as_str(), retry.source.id).as_bytes());
                    let from = |kind: &str| quoted(beside(stream, kind).as_bytes());
                    let removal = [
                        format!("ZREM {} {member}", from("schedule")),
                        format!("HDEL {} {member}", from("scheduled")),
                    ];
                    (Arc::new(given_up(&handler, &retry, now_ms)), removal.to_vec())
                }
                Lying::Letter(letter) => (letter, vec![remove("dead-letter", at.id())]),
                _ => return Vec::new(),
            };
            let (by, reason) = (because.who.clone(), because.reason.clone());
            let aside = Discarded { letter, by, at_ms: now_ms, reason, from: at.clone() };
            let added = add(&beside(stream, "discarded"), &fields::of_discarded(&aside));
            [added].into_iter().chain(removal).collect()
        }
        (Action::Restore(_), Lying::Discarded(aside)) => {
            let added = add(&beside(stream, "dead-letter"), &fields::of_letter(&aside.letter));
            vec![added, remove("discarded", at.id())]
        }
        (Action::Purge(_), Lying::Letter(_)) => vec![remove("dead-letter", at.id())],
        (Action::Purge(_), Lying::Discarded(_)) => vec![remove("discarded", at.id())],
        (Action::Release { .. }, Lying::Given(pending, ..) | Lying::Pending(pending, _, Some(_))) => {
            let FailedAt::Pending { group, id, .. } = at else { return Vec::new() };
            let (stream, group) = (quoted(stream.as_str().as_bytes()), quoted(group.as_bytes()));
            let (idle, crashes) = (PendingEntry::LEASE.as_millis(), pending.crashes);
            vec![format!("XCLAIM {stream} {group} {RELEASED} 0 {id} IDLE {idle} RETRYCOUNT {crashes} JUSTID")]
        }
        _ => Vec::new(),
    }
}

fn beside(stream: &StreamKey, kind: &str) -> String {
    format!("{}:{kind}", stream.as_str())
}
