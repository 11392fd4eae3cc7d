//! A panic of a handler is a failed attempt, and nothing more.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt as _;

use super::{Middleware, Next};
use crate::bus::handle::{HandlerContext, HandlerError};
use crate::event::Event;

/// Turns panics into failures.
#[derive(Debug, Clone, Copy, Default)]
pub struct CatchPanics;

#[async_trait]
impl Middleware for CatchPanics {
    async fn around(
        &self,
        event: Arc<Event>,
        context: HandlerContext,
        next: Next<'_>,
    ) -> Result<(), HandlerError> {
        // What a panic leaves half done inside the handler is the handler's own: nothing of ours is shared with it.
        let caught = AssertUnwindSafe(next.run(event, context)).catch_unwind().await;
        caught.unwrap_or_else(|panic| Err(HandlerError::panicked(text(&*panic))))
    }
}

/// What a panic says.
pub(in crate::bus) fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}
