//! Handling events on an embedded bus.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::MemoryBroker;
use super::bus::{Bus, millis};
use super::delivering::delivery;
use super::group::{Pending, Registered};
use super::state::State;
use crate::bus::{
    BusError, Claim, Consumer, Delivery, FailedAttempt, Finish, Finished, Forgetting, Forgotten, Heartbeat,
    Joining, Left, Membership, Reclaimed, StartAt, Suspects,
};
use crate::event::{EventId, HandlerName, StreamKey};
use crate::text::whole_ms;

/// How long a sign of life holds.
pub(super) const HEARTBEAT_MS: u64 = 15_000;

/// How long a take waits at most: time may pass otherwise here than for whoever waits.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Counts the consumers of this process: no two have one name.
static CONSUMERS: AtomicU64 = AtomicU64::new(1);

#[async_trait]
impl Consumer for MemoryBroker {
    async fn join(&self, joining: Joining) -> Result<Arc<dyn Membership>, BusError> {
        let nonce = CONSUMERS.fetch_add(1, Ordering::Relaxed);
        let consumer = format!("{}-{}-{nonce}", self.host, std::process::id()).into();
        let member = Member {
            bus: Arc::clone(&self.bus),
            joining,
            consumer,
            host: Arc::clone(&self.host),
            hurry: CancellationToken::new(),
        };
        // Whoever was forgotten is known again.
        member.reach(|member, state| {
            state.forgotten.remove(&member.joining.handler);
            member.follow(state);
        })?;
        Ok(Arc::new(member))
    }

    async fn forget(&self, handler: &HandlerName, how: Forgetting) -> Result<Forgotten, BusError> {
        let now_ms = millis((self.bus.clock)());
        let mut state = self.bus.state();
        state.reachable()?;
        state.forget_handler(handler, how, now_ms)
    }
}

/// One consumer of a handler.
pub(super) struct Member {
    bus: Arc<Bus>,
    pub(super) joining: Joining,
    consumer: Arc<str>,
    host: Arc<str>,
    /// No take waits any more.
    hurry: CancellationToken,
}

impl Member {
    /// Does `step` under the lock, if the bus can be reached.
    fn reach<T>(&self, step: impl FnOnce(&Self, &mut State) -> T) -> Result<T, BusError> {
        let mut state = self.bus.state();
        state.reachable()?;
        Ok(step(self, &mut state))
    }

    pub(super) fn now_ms(&self) -> u64 {
        millis((self.bus.clock)())
    }

    fn lease_ms(&self) -> u64 {
        whole_ms(self.joining.lease)
    }

    /// Registers the handler, and makes its groups on streams that have none, unless it was forgotten.
    fn follow(&self, state: &mut State) {
        if state.forgotten.contains(&self.joining.handler) {
            return;
        }
        let now_ms = self.now_ms();
        let State { handlers, streams, .. } = state;
        let registered =
            handlers.entry(self.joining.handler.clone()).or_insert_with(|| Registered::new(now_ms));
        registered.follow(streams, &self.joining.types, self.joining.start == StartAt::Beginning);
    }

    /// What there is to be given now.
    fn give(&self, state: &mut State, at_most: usize) -> Vec<Delivery> {
        let now_ms = self.now_ms();
        state.promote((self.bus.clock)());
        if state.forgotten.contains(&self.joining.handler) {
            return Vec::new();
        }
        self.follow(state);
        // What a worker that ended gave back waited longest.
        let released = |_: &Claim, pending: &Pending| pending.is_released();
        let take = |pending: &mut Pending| pending.hand_to(&self.consumer, self.lease_ms(), now_ms);
        let mut given = self.collect(state, at_most, released, take);
        let State { handlers, streams, .. } = state;
        let Some(registered) = handlers.get_mut(&self.joining.handler) else { return given };
        let to = Pending {
            number: 0,
            consumer: Arc::clone(&self.consumer),
            since_ms: now_ms,
            crashes: 0,
            lease_ms: self.lease_ms(),
        };
        while given.len() < at_most
            && let Some((id, retry)) = registered.retries.give(&to)
        {
            given.push(self.delivery_of_retry(id, &retry));
        }
        // Round by round over the streams, so that a busy one holds up no other.
        let mut hungry: Vec<_> = registered
            .groups
            .iter_mut()
            .filter_map(|(key, group)| Some((group, streams.get(key)?)))
            .collect();
        while given.len() < at_most && !hungry.is_empty() {
            hungry.retain_mut(|(group, stream)| {
                if given.len() >= at_most {
                    return false;
                }
                registered.lost += group.skip_trimmed(stream);
                let stored = group.give(stream, &to);
                given.extend(stored.as_ref().map(|stored| delivery(&stream.place, stored, 0)));
                stored.is_some()
            });
        }
        given
    }

    fn pending<'a>(&self, state: &'a mut State, claim: &Claim) -> Option<&'a mut Pending> {
        let registered = state.handlers.get_mut(&self.joining.handler)?;
        match registered.groups.get_mut(&claim.stream) {
            Some(group) => group.pending.get_mut(&claim.id),
            None => registered.retries.given.get_mut(&claim.id).map(|(pending, _)| pending),
        }
    }

    fn ours<'a>(&self, state: &'a mut State, claim: &Claim) -> Option<&'a mut Pending> {
        self.pending(state, claim).filter(|pending| *pending.consumer == *self.consumer)
    }
}

#[async_trait]
impl Membership for Member {
    fn consumer(&self) -> &str {
        &self.consumer
    }

    async fn take(&self, at_most: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let end = Instant::now() + wait.min(LONGEST_WAIT);
        let mut changes = self.bus.subscribe();
        loop {
            changes.mark_unchanged();
            let given = self.reach(|member, state| member.give(state, at_most))?;
            if !given.is_empty() {
                return Ok(given);
            }
            // A retry may be due before anything changes.
            let due = self.bus.state().schedule.next_ms();
            let until = due.map_or(end, |due| {
                end.min(Instant::now() + Duration::from_millis(due.saturating_sub(self.now_ms())))
            });
            let woken = tokio::select! {
                () = self.hurry.cancelled() => return Ok(Vec::new()),
                woken = timeout_at(until, changes.changed()) => woken,
            };
            if woken.is_err() && Instant::now() >= end {
                return Ok(Vec::new());
            }
        }
    }

    fn wait_no_more(&self) {
        self.hurry.cancel();
    }

    async fn finish(&self, finishes: &[Finish]) -> Result<Vec<Finished>, BusError> {
        let (now_ms, dedup) = (self.now_ms(), self.joining.dedup);
        let (answers, scheduled) = self.reach(|member, state| {
            let before = state.schedule.len();
            let answers: Vec<_> = finishes
                .iter()
                .map(|finish| state.finish(&member.joining.handler, &member.consumer, finish, now_ms, dedup))
                .collect();
            (answers, state.schedule.len() != before)
        })?;
        if scheduled {
            // Whoever waits must learn when the next retry is due.
            self.bus.change(|_| ());
        }
        Ok(answers)
    }

    async fn done_already(&self, events: &[(StreamKey, EventId)]) -> Result<Vec<bool>, BusError> {
        let (now_ms, window_ms) = (self.now_ms(), self.joining.dedup.map_or(0, whole_ms));
        self.reach(|member, state| {
            let done = state.handlers.get(&member.joining.handler).map(|registered| &registered.done);
            events.iter().map(|key| done.is_some_and(|done| done.has(now_ms, window_ms, key))).collect()
        })
    }

    async fn renew(&self, running: &[Claim]) -> Result<Vec<Claim>, BusError> {
        let now_ms = self.now_ms();
        self.reach(|member, state| {
            let lost = running.iter().filter(|claim| match member.ours(state, claim) {
                Some(pending) => {
                    pending.since_ms = now_ms;
                    false
                }
                None => !state.is_nobodys(&member.joining.handler, claim),
            });
            lost.cloned().collect()
        })
    }

    async fn recover(&self, known: &[Claim], at_most: usize) -> Result<Vec<Delivery>, BusError> {
        self.reach(|member, state| {
            let lost = |claim: &Claim, pending: &Pending| {
                *pending.consumer == *member.consumer && !known.contains(claim)
            };
            member.collect(state, at_most, lost, |_| ())
        })
    }

    async fn reclaim(&self, at_most: usize, suspects: Suspects) -> Result<Reclaimed, BusError> {
        let (now_ms, lease_ms) = (self.now_ms(), self.lease_ms());
        self.reach(|member, state| {
            let (room, held_back) = (Cell::new(suspects.at_most), Cell::new(false));
            let left = |_: &Claim, pending: &Pending| {
                if !pending.is_left(&member.consumer, now_ms, lease_ms) {
                    return false;
                }
                if pending.crashes_when_handed() < suspects.crashes {
                    return true;
                }
                held_back.set(held_back.get() || room.get() == 0);
                let may_come = room.get() > 0;
                room.set(room.get().saturating_sub(1));
                may_come
            };
            let take = |pending: &mut Pending| pending.hand_to(&member.consumer, lease_ms, now_ms);
            let deliveries = member.collect(state, at_most, left, take);
            Reclaimed { deliveries, held_back: held_back.get() }
        })
    }

    async fn keep_up(&self) -> Result<u64, BusError> {
        let now = (self.bus.clock)();
        let (due, lost) = self.reach(|member, state| {
            member.follow(state);
            let registered = state.handlers.get_mut(&member.joining.handler);
            let lost = registered.map(|registered| std::mem::take(&mut registered.lost)).unwrap_or_default();
            (state.promote(now), lost)
        })?;
        if due {
            self.bus.change(|_| ());
        }
        Ok(lost)
    }

    async fn discover(&self) -> Result<(), BusError> {
        self.reach(Member::follow)
    }

    async fn left(&self) -> Result<Left, BusError> {
        self.reach(|member, state| {
            member.follow(state);
            let handler = &member.joining.handler;
            let mut left = Left { scheduled: state.schedule.count(handler), ..Left::default() };
            if let Some(registered) = state.handlers.get(handler) {
                left.unread += registered.retries.waiting.len() as u64;
                left.pending += registered.retries.given.len() as u64;
                for (key, group) in &registered.groups {
                    left.pending += group.pending.len() as u64;
                    left.unread += state.streams.get(key).map_or(0, |stream| group.unread(stream));
                }
            }
            left
        })
    }

    async fn tell(&self, failures: &[FailedAttempt]) -> Result<(), BusError> {
        let now = (self.bus.clock)();
        self.reach(|member, state| state.failures.record(failures, &member.host, now))?;
        self.bus.change(|_| ());
        Ok(())
    }

    async fn beat(&self, heartbeat: &Heartbeat) -> Result<(), BusError> {
        let now_ms = self.now_ms();
        let heartbeat = Heartbeat { host: self.host.to_string(), ..heartbeat.clone() };
        self.reach(|_, state| {
            state.heartbeats.retain(|_, (until, _)| *until > now_ms);
            state.heartbeats.insert(heartbeat.consumer.clone(), (now_ms + HEARTBEAT_MS, heartbeat));
        })
    }

    async fn leave(&self, _unstarted: &[Claim]) -> Result<(), BusError> {
        let now_ms = self.now_ms();
        self.reach(|member, state| {
            // Whatever is pending with us by now was not started, was cut off, or was lost on its way to us.
            if let Some(registered) = state.handlers.get_mut(&member.joining.handler) {
                let retries = registered.retries.given.values_mut().map(|(pending, _)| pending);
                let all = registered.groups.values_mut().flat_map(|group| group.pending.values_mut());
                for pending in all.chain(retries).filter(|pending| *pending.consumer == *member.consumer) {
                    pending.give_back(now_ms);
                }
            }
            state.heartbeats.remove(&*member.consumer);
        })?;
        self.bus.change(|_| ());
        Ok(())
    }
}
