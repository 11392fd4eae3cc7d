//! Who receives events, and what became of a published one.

use super::glance::Glance;
use crate::broker::memory::bus::{Bus, millis};
use crate::broker::memory::state::State;
use crate::broker::memory::{MemoryBroker, Place};
use crate::bus::{BusError, Claim, Fate, Intake, Published, Receiver, Receivers, Stage};
use crate::event::{Channel, Envelope, EventType, Field, TenantId};

/// Who would receive an event of this type on this channel.
pub(in crate::broker::memory) fn receivers(
    broker: &MemoryBroker,
    event_type: &EventType,
    channel: Option<&Channel>,
) -> Result<Receivers, BusError> {
    let now_ms = millis((broker.bus.clock)());
    let place = Place::new(event_type.clone(), channel.cloned()).map_err(|error| BusError::Refused {
        what: format!("no stream of {} can have that name: {error}", Bus::TARGET),
        next: "Choose a shorter type or channel.".to_owned(),
    })?;
    let state = broker.bus.state();
    state.reachable()?;
    let receiving = state.handlers.iter().filter(|(_, registered)| registered.receives(&place));
    let groups = receiving.map(|(handler, _)| {
        let living = state.heartbeats.values().filter(|(until, _)| *until > now_ms);
        let consumers = living.filter(|(_, beat)| beat.handler == handler.as_str()).count() as u64;
        Receiver { name: handler.as_str().to_owned(), consumers }
    });
    Ok(Receivers { groups: groups.collect(), subscribers: None, patterns: None })
}

/// What became of a published event with each of its receivers.
pub(in crate::broker::memory) fn fates(
    broker: &MemoryBroker,
    published: &Published,
) -> Result<Vec<Fate>, BusError> {
    let claim = Claim { stream: published.stream.clone(), id: published.entry };
    let state = broker.bus.state();
    state.reachable()?;
    let lock = broker.intake.lock();
    if lock.is_locked() && !lock.admits_attributed(tenant(&state, &claim).as_ref()) {
        return Err(published.withheld());
    }
    let Some(place) = Place::of(&published.stream) else { return Ok(Vec::new()) };
    let is_there = state.streams.get(&claim.stream).is_some_and(|stream| stream.has(claim.id));
    let mut glance = Glance::at(&state);
    let mut fates = Vec::new();
    for (handler, registered) in &state.handlers {
        let how_far = if registered.groups.contains_key(&claim.stream) {
            let Some(how_far) = glance.stage(handler, &claim) else { continue };
            how_far
        } else if is_there && registered.receives(&place) && registered.at_ms <= claim.id.ms {
            // Its group is made when it next looks for streams, and begins before this entry.
            Stage::Waiting
        } else {
            continue;
        };
        fates.push(Fate { name: handler.as_str().to_owned(), stage: how_far });
    }
    Ok(fates)
}

/// Whose event lies there. One that is gone is nobody's: nothing is read of it elsewhere.
fn tenant(state: &State, claim: &Claim) -> Option<TenantId> {
    let stream = state.streams.get(&claim.stream)?;
    let stored = stream.get(stream.number_from(claim.id)).filter(|stored| stored.id == claim.id)?;
    tenant_in(&stored.fields)
}

fn tenant_in(fields: &[Field]) -> Option<TenantId> {
    let (_, value) = fields.iter().find(|(name, _)| name == Intake::EVENT_FIELD.as_bytes())?;
    Envelope::read(std::str::from_utf8(value).ok()?).tenant
}
