//! Says in the log what each attempt came to.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::Instrument as _;

use super::{Middleware, Next};
use crate::bus::handle::{HandlerContext, HandlerError};
use crate::event::Event;

/// A span for each attempt, with handler, event, type and attempt, and a line when it fails. Never payloads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trace;

#[async_trait]
impl Middleware for Trace {
    async fn around(
        &self,
        event: Arc<Event>,
        context: HandlerContext,
        next: Next<'_>,
    ) -> Result<(), HandlerError> {
        let span = tracing::debug_span!(
            "attempt",
            handler = %context.handler(),
            event = %event.id(),
            event_type = %event.event_type(),
            attempt = context.attempt(),
        );
        let done = next.run(event, context).instrument(span.clone()).await;
        if let Err(error) = &done {
            span.in_scope(|| {
                // Errors of handlers may hold anything; the kind is ours.
                tracing::warn!(kind = ?error.kind(), remedy = ?error.remedy(), "the attempt failed");
            });
        }
        done
    }
}
