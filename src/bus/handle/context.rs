//! What a handler knows of the attempt that it makes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::event::{Event, EventId, HandlerName, TenantId};

/// What a handler knows of the attempt that it makes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HandlerContext {
    handler: HandlerName,
    tenant: TenantId,
    event: EventId,
    attempt: u32,
    timeout: Duration,
    deadline: Instant,
    cancelled: Arc<Cancellation>,
}

/// Says when an attempt is of no more use. The token is made when somebody looks at it: most attempts end before.
#[derive(Debug, Default)]
pub struct Cancellation {
    token: OnceLock<CancellationToken>,
    all: CancellationToken,
    cut_off: AtomicBool,
}

impl Cancellation {
    /// Cancelled with `all`, or alone.
    pub fn under(all: CancellationToken) -> Self {
        Self { all, ..Self::default() }
    }

    /// The token.
    pub fn token(&self) -> &CancellationToken {
        self.token.get_or_init(|| self.all.child_token())
    }

    /// Ends its attempt from outside: the event is not ours any more.
    pub fn cut_off(&self) {
        self.cut_off.store(true, Ordering::Relaxed);
        self.token().cancel();
    }

    /// Whether its attempt was ended from outside, alone or with all others. A time-out is not that, nor a handler that
    /// cancels what it has started.
    pub fn is_cut_off(&self) -> bool {
        self.all.is_cancelled() || self.cut_off.load(Ordering::Relaxed)
    }

    /// Whether it was cancelled already.
    pub fn is_cancelled(&self) -> bool {
        self.token.get().map_or_else(|| self.all.is_cancelled(), CancellationToken::is_cancelled)
    }
}

impl HandlerContext {
    /// Of attempt number `attempt` at `event`, which begins now and may take so long.
    pub fn new(
        handler: HandlerName,
        event: &Event,
        attempt: u32,
        timeout: Duration,
        cancelled: Arc<Cancellation>,
    ) -> Self {
        // As good as none, where the clock does not reach so far.
        const FAR: Duration = Duration::from_hours(24 * 365 * 30);
        let now = Instant::now();
        let deadline = now.checked_add(timeout).unwrap_or_else(|| now + FAR);
        let (tenant, event) = (event.tenant().clone(), event.id());
        Self { handler, tenant, event, attempt, timeout, deadline, cancelled }
    }

    /// The handler's own name.
    pub fn handler(&self) -> &HandlerName {
        &self.handler
    }

    /// Whose event it is.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Which attempt this is, counted from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long the attempt may take in all.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// When the attempt counts as failed.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long the attempt may still take.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Cancelled when the attempt is of no more use: its time is over, another worker has the event, or the process
    /// ends.
    pub fn cancelled(&self) -> &CancellationToken {
        self.cancelled.token()
    }

    /// As [`HandlerContext::cancelled`], for layers that may have to cancel.
    pub(super) fn cancellation(&self) -> Arc<Cancellation> {
        Arc::clone(&self.cancelled)
    }

    /// The same for every attempt of this handler at this event, and for no other: `ticket-email/57f7e9a7-…`. For
    /// services that do a thing once per key.
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}", self.handler, self.event)
    }
}
