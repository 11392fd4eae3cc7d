//! An attempt that takes too long is a failed one.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::timeout_at;

use super::{Middleware, Next};
use crate::bus::handle::{HandlerContext, HandlerError};
use crate::event::Event;

/// Ends attempts at their deadline: the handler's future is dropped, and its token cancelled for what it started.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeout;

#[async_trait]
impl Middleware for Timeout {
    async fn around(
        &self,
        event: Arc<Event>,
        context: HandlerContext,
        next: Next<'_>,
    ) -> Result<(), HandlerError> {
        let (limit, deadline, cancellation) = (context.timeout(), context.deadline(), context.cancellation());
        let Ok(done) = timeout_at(deadline, next.run(event, context)).await else {
            cancellation.token().cancel();
            return Err(HandlerError::timed_out(limit));
        };
        done
    }
}
