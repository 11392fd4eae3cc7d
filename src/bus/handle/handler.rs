//! Code that reacts to events.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;

use super::{HandlerContext, HandlerError};
use crate::event::{Event, TypedPayload};

/// Reacts to an event. It may run more than once for the same one: after a crash, or when its success could not be
/// recorded. [`HandlerContext::idempotency_key`] stays the same then.
///
/// A closure that returns a future is enough:
///
/// ```
/// use std::sync::Arc;
/// use tidings::bus::{Handler, HandlerContext, HandlerError};
/// use tidings::event::Event;
///
/// fn take(_: impl Handler) {}
/// take(|event: Arc<Event>, context: HandlerContext| async move {
///     if event.payload().len() > 1_000_000 {
///         return Err(HandlerError::permanent("too large for us"));
///     }
///     println!("{} for {}, attempt {}", event.event_type(), context.tenant(), context.attempt());
///     Ok(())
/// });
/// ```
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Does the work. It should end soon once [`HandlerContext::cancelled`] says so.
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError>;
}

#[async_trait]
impl<F, W> Handler for F
where
    F: Fn(Arc<Event>, HandlerContext) -> W + Send + Sync + 'static,
    W: Future<Output = Result<(), HandlerError>> + Send,
{
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        self(event, context).await
    }
}

/// A handler of a payload as a Rust type. One that cannot be decoded can never succeed.
///
/// ```
/// use tidings::bus::{HandlerContext, typed};
/// use tidings::event::Ticket;
///
/// let handler = typed(|ticket: Ticket, _: HandlerContext| async move {
///     println!("ticket {}", ticket.ticket_id);
///     Ok(())
/// });
/// # let _ = handler;
/// ```
pub fn typed<T, F, W>(work: F) -> impl Handler
where
    T: TypedPayload,
    F: Fn(T, HandlerContext) -> W + Send + Sync + 'static,
    W: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    Typed { work, payload: PhantomData::<fn(T)> }
}

struct Typed<T, F> {
    work: F,
    payload: PhantomData<fn(T)>,
}

#[async_trait]
impl<T, F, W> Handler for Typed<T, F>
where
    T: TypedPayload,
    F: Fn(T, HandlerContext) -> W + Send + Sync + 'static,
    W: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        let payload = event.decode::<T>().map_err(HandlerError::permanent)?;
        (self.work)(payload, context).await
    }
}
