//! What a member of an embedded bus is given, as deliveries.

use std::sync::Arc;

use super::consume::Member;
use super::group::{Pending, Retry};
use super::state::State;
use super::stream::{Found, Stored};
use super::{DeadLetter, Place};
use crate::bus::{Claim, Delivery, Raw, Reason};
use crate::event::{EntryId, StreamKey};

impl Member {
    pub(super) fn delivery_of_retry(&self, id: EntryId, retry: &Retry) -> Delivery {
        Delivery {
            claim: Claim { stream: self.retry_stream(&retry.place), id },
            raw: raw(&retry.place, retry.source.id, retry.fields.as_ref().clone()),
            attempt: retry.attempt,
            crashes: retry.crashes,
            history: retry.history.clone(),
            source: retry.source.clone(),
            plan: retry.plan.clone(),
            force: retry.force,
        }
    }

    /// `event::TYPE:retry:HANDLER`
    fn retry_stream(&self, place: &Place) -> StreamKey {
        let key = format!("{}:retry:{}", place.stream().as_str(), self.joining.handler.as_str());
        StreamKey::new(&key).unwrap_or_else(|_| place.stream().clone())
    }

    /// Entries of this handler's groups that `wanted` wants, taken over by `take`.
    pub(super) fn collect(
        &self,
        state: &mut State,
        at_most: usize,
        wanted: impl Fn(&Claim, &Pending) -> bool,
        take: impl Fn(&mut Pending),
    ) -> Vec<Delivery> {
        let now_ms = self.now_ms();
        let State { handlers, streams, dead_letters, .. } = state;
        let Some(registered) = handlers.get_mut(&self.joining.handler) else { return Vec::new() };
        let mut found = Vec::new();
        for (key, group) in &mut registered.groups {
            let Some(stream) = streams.get(key) else { continue };
            let mut gone = Vec::new();
            for (id, pending) in &mut group.pending {
                let claim = Claim { stream: key.clone(), id: *id };
                if found.len() >= at_most || !wanted(&claim, pending) {
                    continue;
                }
                match stream.get(pending.number) {
                    Some(stored) => {
                        take(pending);
                        found.push(delivery(&stream.place, stored, pending.crashes));
                    }
                    None => gone.push(claim),
                }
            }
            for claim in gone {
                group.pending.remove(&claim.id);
                dead_letters.push(self.tombstone(claim, now_ms));
            }
        }
        for (id, (pending, retry)) in &mut registered.retries.given {
            let claim = Claim { stream: self.retry_stream(&retry.place), id: *id };
            if found.len() < at_most && wanted(&claim, pending) {
                take(pending);
                let mut delivery = self.delivery_of_retry(*id, retry);
                delivery.crashes = pending.crashes;
                found.push(delivery);
            }
        }
        found
    }

    /// What is left of an entry that was trimmed while it was pending with a consumer that ended.
    fn tombstone(&self, source: Claim, now_ms: u64) -> DeadLetter {
        DeadLetter {
            handler: self.joining.handler.clone(),
            source,
            fields: Arc::default(),
            attempts: 0,
            reason: Reason::Trimmed,
            error: vec!["it was trimmed from its stream before it was handled".to_owned()],
            history: Vec::new(),
            at_ms: now_ms,
        }
    }
}

fn raw(place: &Place, id: EntryId, fields: Vec<crate::event::Field>) -> Raw {
    Found { place: place.clone(), number: 0, stored: Arc::new(Stored { id, fields }) }.raw()
}

pub(super) fn delivery(place: &Place, stored: &Arc<Stored>, crashes: u32) -> Delivery {
    let claim = Claim { stream: place.stream().clone(), id: stored.id };
    let mut raw = Found { place: place.clone(), number: 0, stored: Arc::clone(stored) }.raw();
    let force = Delivery::take_force(&mut raw.fields);
    Delivery {
        force,
        source: claim.clone(),
        claim,
        raw,
        attempt: 1,
        crashes,
        history: Vec::new(),
        plan: None,
    }
}
