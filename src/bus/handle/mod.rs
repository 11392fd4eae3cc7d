//! Handlers: what they are, what lies around their attempts, and what becomes of events after them.

mod context;
mod failure;
mod handler;
mod middleware;
mod policy;

pub use context::{Cancellation, HandlerContext};
pub use failure::{Failure, FailureKind, HandlerError, Remedy};
pub use handler::{Handler, typed};
pub(super) use middleware::panic_text;
pub use middleware::{CatchPanics, ConcurrencyLimit, Middleware, Next, Timeout, Trace};
pub use policy::{Disposition, Outcome, Reason, RetryPolicy};
