//! No more than so many attempts at a time, over all handlers that share the layer.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{Middleware, Next};
use crate::bus::handle::{HandlerContext, HandlerError};
use crate::event::Event;

/// Lets so many attempts run at a time, for a resource that handlers share: a database, a mail server. Each handler has
/// a limit of its own besides.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit(Arc<Semaphore>);

impl ConcurrencyLimit {
    /// At most `attempts` at a time; at least one.
    pub fn new(attempts: usize) -> Self {
        Self(Arc::new(Semaphore::new(attempts.clamp(1, Semaphore::MAX_PERMITS))))
    }
}

#[async_trait]
impl Middleware for ConcurrencyLimit {
    async fn around(
        &self,
        event: Arc<Event>,
        context: HandlerContext,
        next: Next<'_>,
    ) -> Result<(), HandlerError> {
        // It is never closed; if it were, running would be better than losing the event.
        let _permit = self.0.acquire().await.ok();
        next.run(event, context).await
    }
}
