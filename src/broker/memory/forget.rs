//! Forgetting a handler.

use super::state::State;
use crate::bus::{BusError, Forgetting, Forgotten};
use crate::event::HandlerName;

impl State {
    /// Counts what a handler has, or removes it.
    pub(super) fn forget_handler(
        &mut self,
        handler: &HandlerName,
        how: Forgetting,
        now_ms: u64,
    ) -> Result<Forgotten, BusError> {
        let forgotten = self.counted(handler, now_ms);
        match how {
            Forgetting::Count => return Ok(forgotten),
            Forgetting::Unused if forgotten.is_used() => {
                return Err(BusError::Refused {
                    what: format!("the handler '{handler}' is not forgotten: somebody works for it"),
                    next: "Stop its workers first.".to_owned(),
                });
            }
            Forgetting::Unused | Forgetting::Forced => {}
        }
        self.handlers.remove(handler);
        self.schedule.remove(handler);
        self.forgotten.insert(handler.clone());
        Ok(forgotten)
    }

    fn counted(&self, handler: &HandlerName, now_ms: u64) -> Forgotten {
        let beats = self.heartbeats.values();
        let alive = beats.filter(|(until, beat)| *until > now_ms && beat.handler == handler.as_str());
        let mut forgotten = Forgotten {
            scheduled: self.schedule.count(handler),
            alive: alive.map(|(_, beat)| beat.consumer.clone()).collect(),
            ..Forgotten::default()
        };
        let Some(registered) = self.handlers.get(handler) else { return forgotten };
        let retries = &registered.retries;
        let pending = registered.groups.values().map(|group| group.pending.len()).sum::<usize>();
        forgotten.registered = true;
        forgotten.streams = registered.groups.len() as u64;
        forgotten.pending = (pending + retries.given.len()) as u64;
        forgotten.due = (retries.waiting.len() + retries.given.len()) as u64;
        forgotten.remembered = registered.done.len() as u64;
        // Who works at what is pending gives a sign of life here.
        forgotten.busy = if forgotten.alive.is_empty() { 0 } else { forgotten.pending };
        forgotten
    }
}
