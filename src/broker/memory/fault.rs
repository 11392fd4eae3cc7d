//! Making an embedded bus fail, the ways a real one does.

use std::sync::Arc;

use super::bus::Bus;
use super::state::Outage;
use crate::event::StreamKey;

/// A handle that makes a bus fail and mends it again.
#[derive(Clone)]
pub struct Faults {
    bus: Arc<Bus>,
}

impl Faults {
    pub(super) fn of(bus: Arc<Bus>) -> Self {
        Self { bus }
    }

    /// It cannot be reached: observers say `Down` and try again, publishes are not sent, looking it over fails.
    /// Others still reach it, with [`MemoryBroker::append`](super::MemoryBroker::append).
    pub fn down(&self, why: &str) {
        let since = (self.bus.clock)();
        self.bus.change(|state| state.outage = Some(Outage { since, why: why.to_owned() }));
    }

    /// It can be reached again; observers notice at once.
    pub fn up(&self) {
        self.bus.change(|state| state.outage = None);
    }

    /// It restarts, and keeps its data.
    pub fn restart(&self) {
        self.bus.change(|state| state.restarts += 1);
    }

    /// It refuses every publish, and every action on failed events, from now on.
    pub fn refuse_publishes(&self, why: &str) {
        self.bus.change(|state| state.refusal = Some(why.to_owned()));
    }

    /// It takes them again.
    pub fn accept_publishes(&self) {
        self.bus.change(|state| state.refusal = None);
    }

    /// It takes the next `count` events, or acts on as many failed ones, and the answers are lost on their way.
    pub fn lose_answers(&self, count: usize) {
        self.bus.change(|state| state.answers_to_lose = count);
    }

    /// All its streams are gone.
    pub fn lose_data(&self) {
        self.bus.change(super::state::State::lose_data);
    }

    /// Trims a stream to its newest `keep` entries; answers how many went.
    pub fn trim(&self, stream: &StreamKey, keep: usize) -> u64 {
        self.bus.change(|state| state.streams.get_mut(stream).map_or(0, |stream| stream.trim(keep)))
    }
}
