//! Handlers under test: what they were given, and waiting for what they must be given.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidings::bus::{HandlerContext, HandlerError, RetryPolicy, Subscription};
use tidings::event::{Event, EventId, HandlerName};
use tokio::sync::Notify;

/// A wait that takes longer than this will never end.
const FOREVER: Duration = Duration::from_mins(2);

pub(crate) fn name(text: &str) -> HandlerName {
    HandlerName::new(text).unwrap()
}

/// Retries that come soon.
pub(crate) fn quick(attempts: u32) -> RetryPolicy {
    let millis = Duration::from_millis;
    RetryPolicy {
        attempts: NonZeroU32::new(attempts).unwrap(),
        base: millis(5),
        cap: millis(20),
        ..RetryPolicy::default()
    }
}

/// Remembers every attempt.
#[derive(Clone, Default)]
pub(crate) struct Log {
    attempts: Arc<Mutex<Vec<(EventId, u32)>>>,
    changed: Arc<Notify>,
}

impl Log {
    /// A handler that remembers its attempts, and then does as `work` says.
    pub(crate) fn handler<F, W>(&self, handler: &str, work: F) -> Subscription
    where
        F: Fn(Arc<Event>, HandlerContext) -> W + Send + Sync + 'static,
        W: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let log = self.clone();
        Subscription::new(name(handler), ["*"], move |event: Arc<Event>, context: HandlerContext| {
            log.attempts.lock().unwrap().push((event.id(), context.attempt()));
            log.changed.notify_waiters();
            work(event, context)
        })
        .policy(quick(10))
    }

    /// A handler that does nothing else.
    pub(crate) fn noting(&self, handler: &str) -> Subscription {
        self.handler(handler, |_, _| async { Ok(()) })
    }

    /// Waits until there were so many attempts.
    pub(crate) async fn until(&self, count: usize) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if self.len() >= count {
                    return;
                }
                changed.await;
            }
        };
        let in_time = tokio::time::timeout(FOREVER, waiting).await;
        assert!(in_time.is_ok(), "{} of {count} attempts were made", self.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.attempts.lock().unwrap().len()
    }

    /// How often each event was tried.
    pub(crate) fn times(&self) -> HashMap<EventId, usize> {
        let mut times = HashMap::new();
        for (event, _) in self.attempts.lock().unwrap().iter() {
            *times.entry(*event).or_default() += 1;
        }
        times
    }

    /// The numbers of the attempts at one event, in order.
    pub(crate) fn attempts_at(&self, event: EventId) -> Vec<u32> {
        let attempts = self.attempts.lock().unwrap();
        attempts.iter().filter(|(id, _)| *id == event).map(|(_, attempt)| *attempt).collect()
    }
}

/// Asks again and again until `look` finds something.
pub(crate) async fn eventually<T, W: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> W) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(FOREVER, waiting).await;
    in_time.unwrap_or_else(|_| panic!("it never came: {what}"))
}
