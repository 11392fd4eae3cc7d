//! What a handler is run with.

use std::sync::Arc;
use std::time::Duration;

use super::attempt::{Attempt, Report};
use crate::bus::{
    CatchPanics, Handler, Joining, Middleware, RetryPolicy, StartAt, Timeout, Trace, TypeSelection,
};
use crate::event::{Entry, HandlerName};

/// Says which entries are any business of a handler's.
type Admits = dyn Fn(&Entry) -> bool + Send + Sync;

/// A handler, the types it takes, and how it is run.
///
/// ```
/// use std::time::Duration;
/// use tidings::bus::{HandlerContext, Subscription, typed};
/// use tidings::event::{HandlerName, Ticket};
///
/// let name = HandlerName::new("ticket-email")?;
/// let work = typed(|ticket: Ticket, _: HandlerContext| async move {
///     println!("mail about {}", ticket.ticket_id);
///     Ok(())
/// });
/// let subscription = Subscription::new(name, ["TICKET_*"], work).timeout(Duration::from_secs(10)).concurrency(4);
/// # let _ = subscription;
/// # Ok::<(), tidings::event::IdError>(())
/// ```
#[derive(Clone)]
pub struct Subscription {
    pub(super) name: HandlerName,
    pub(super) types: TypeSelection,
    pub(super) handler: Arc<dyn Handler>,
    pub(super) layers: Vec<Arc<dyn Middleware>>,
    pub(super) start: StartAt,
    pub(super) policy: RetryPolicy,
    pub(super) timeout: Duration,
    pub(super) lease: Duration,
    pub(super) concurrency: usize,
    pub(super) grace: Duration,
    pub(super) dedup: Option<Duration>,
    pub(super) only: Option<Arc<Admits>>,
    pub(super) report: Option<Arc<Report>>,
}

impl Subscription {
    /// How long an attempt may take, unless something else is said.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// How many attempts run at a time, unless something else is said.
    pub const CONCURRENCY: usize = 16;

    /// `handler` under the name `name`, for all types that fit any of `types`: names, or patterns such as `TICKET_*`.
    pub fn new<T: AsRef<str>>(
        name: HandlerName,
        types: impl IntoIterator<Item = T>,
        handler: impl Handler,
    ) -> Self {
        Self {
            name,
            types: TypeSelection::new(types),
            handler: Arc::new(handler),
            layers: vec![Arc::new(Trace), Arc::new(Timeout), Arc::new(CatchPanics)],
            start: StartAt::default(),
            policy: RetryPolicy::default(),
            timeout: Self::TIMEOUT,
            lease: Duration::from_secs(30),
            concurrency: Self::CONCURRENCY,
            grace: Duration::from_secs(25),
            dedup: None,
            only: None,
            report: None,
        }
    }

    /// Where it begins when it was never registered before.
    #[must_use]
    pub fn start(self, start: StartAt) -> Self {
        Self { start, ..self }
    }

    /// How often, and how soon, failed events are tried again.
    #[must_use]
    pub fn policy(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// How long an attempt may take. 30 s without this.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long an event stays with a worker that gives no sign of life. 30 s without this. Signs are given three times
    /// as often, so attempts may take longer than that. At least 10 ms, at most a day.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        let (shortest, longest) = (Duration::from_millis(10), Duration::from_hours(24));
        Self { lease: lease.clamp(shortest, longest), ..self }
    }

    /// For how long it is remembered which events the handler has done: one whose id it has done within that time is
    /// acknowledged without a run, and counted. Nothing is remembered without this. A failed attempt is not remembered; an
    /// entry or a retry with the field `force` = `1` runs all the same. It narrows doubles and does not rule them out: two
    /// workers that are given the same event at one time both run it. At least 1 ms, at most 30 days.
    #[must_use]
    pub fn dedup(self, window: Duration) -> Self {
        let (shortest, longest) = (Duration::from_millis(1), Duration::from_hours(30 * 24));
        Self { dedup: Some(window.clamp(shortest, longest)), ..self }
    }

    /// How many attempts run at a time. 16 without this; at least one.
    #[must_use]
    pub fn concurrency(self, attempts: usize) -> Self {
        Self { concurrency: attempts.max(1), ..self }
    }

    /// How long running attempts may go on when the worker is stopped. 25 s without this.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Only entries that `admits` says yes to; others are acknowledged without an attempt. It is asked of entries that
    /// are no events, too: what it says yes to becomes a dead letter then.
    #[must_use]
    pub fn only(self, admits: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Self {
        Self { only: Some(Arc::new(admits)), ..self }
    }

    /// Tells `report` of every attempt that ends, for a log. It must not wait for anything: the next attempt waits for
    /// it.
    #[must_use]
    pub fn on_attempt(self, report: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        Self { report: Some(Arc::new(report)), ..self }
    }

    /// One more layer around attempts: the innermost, inside time-out and panics.
    #[must_use]
    pub fn layer(mut self, layer: impl Middleware) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    /// Its name.
    pub fn name(&self) -> &HandlerName {
        &self.name
    }

    /// The types that it takes.
    pub fn types(&self) -> &TypeSelection {
        &self.types
    }

    pub(super) fn joining(&self) -> Joining {
        Joining {
            handler: self.name.clone(),
            types: self.types.clone(),
            start: self.start,
            lease: self.lease,
            dedup: self.dedup,
        }
    }
}
