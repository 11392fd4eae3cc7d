//! What lies around every attempt of a handler: each layer does one thing, and passes on.

mod limit;
mod panics;
mod timeout;
mod trace;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Handler, HandlerContext, HandlerError};
use crate::event::Event;

pub use limit::ConcurrencyLimit;
pub use panics::CatchPanics;
pub(in crate::bus) use panics::text as panic_text;
pub use timeout::Timeout;
pub use trace::Trace;

/// A layer around attempts.
#[async_trait]
pub trait Middleware: Send + Sync + 'static {
    /// Does its part, and lets `next` do the rest, or not.
    async fn around(
        &self,
        event: Arc<Event>,
        context: HandlerContext,
        next: Next<'_>,
    ) -> Result<(), HandlerError>;
}

/// The rest of the way to the handler.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    layers: &'a [Arc<dyn Middleware>],
    handler: &'a dyn Handler,
}

impl<'a> Next<'a> {
    /// Through `layers`, the first outermost, to `handler`.
    pub fn new(layers: &'a [Arc<dyn Middleware>], handler: &'a dyn Handler) -> Self {
        Self { layers, handler }
    }

    /// Goes on.
    pub async fn run(self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        match self.layers.split_first() {
            Some((layer, layers)) => layer.around(event, context, Self { layers, ..self }).await,
            None => self.handler.handle(event, context).await,
        }
    }
}
