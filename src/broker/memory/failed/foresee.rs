//! What a retry would do.

use super::lying;
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::bus::millis;
use crate::broker::memory::state::State;
use crate::bus::{BusError, FailedAt, FailedEvent, Foreseen, Runs};
use crate::event::HandlerName;

/// Of dead letters and of what waits: whom they would reach. What this run may not act on is in none of the numbers.
pub(super) fn foresee(
    broker: &MemoryBroker,
    events: &[FailedEvent],
    runs: Runs,
) -> Result<Foreseen, BusError> {
    let now_ms = millis((broker.bus.clock)());
    let state = broker.bus.state();
    state.reachable()?;
    let mut foreseen = Foreseen::default();
    let lock = broker.intake.lock();
    let mut unread = 0;
    for event in events {
        let is_retriable = match event.at {
            FailedAt::DeadLetter { .. } => true,
            FailedAt::Waiting { .. } => runs == Runs::Failed,
            _ => false,
        };
        if !is_retriable || lying::admit(lock, event.tenant.as_ref()).is_err() {
            continue;
        }
        let reached = reached(&state, event, runs);
        unread += u64::from(reached.is_empty());
        let done =
            reached.iter().filter(|handler| runs == Runs::Failed && has_done(&state, handler, event, now_ms));
        let done = done.count();
        foreseen.skipped_runs += done as u64;
        foreseen.skipped += u64::from(done > 0 && done == reached.len());
        for handler in reached {
            *foreseen.handlers.entry(handler.as_str().to_owned()).or_insert(0) += 1;
        }
    }
    if unread > 0 {
        foreseen.notes.push(format!(
            "{} of them lie beside a stream that no handler reads: nobody would get them",
            crate::text::count(unread)
        ));
    }
    for name in foreseen.handlers.keys() {
        let is_known = HandlerName::new(name).is_ok_and(|name| state.handlers.contains_key(&name));
        let is_alive =
            state.heartbeats.values().any(|(until, beat)| *until > now_ms && beat.handler == *name);
        if !is_known {
            foreseen
                .notes
                .push(format!("the bus knows no handler '{name}': what is retried waits until it joins"));
        } else if !is_alive {
            foreseen
                .notes
                .push(format!("nobody works for '{name}' now: what is retried waits until somebody does"));
        }
    }
    Ok(foreseen)
}

/// Who would get it.
fn reached(state: &State, event: &FailedEvent, runs: Runs) -> Vec<HandlerName> {
    match runs {
        Runs::Failed => {
            event.handler.as_deref().and_then(|name| HandlerName::new(name).ok()).into_iter().collect()
        }
        Runs::All | Runs::AsNew => state.readers(&event.stream).cloned().collect(),
    }
}

/// Whether the handler would pass it over, as it has done the event within its dedup window.
fn has_done(state: &State, handler: &HandlerName, event: &FailedEvent, now_ms: u64) -> bool {
    let registered = state.handlers.get(handler);
    registered.zip(event.event).is_some_and(|(registered, id)| {
        registered.done.has(now_ms, registered.done.window_ms(), &(event.stream.clone(), id))
    })
}
