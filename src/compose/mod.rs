//! Composing events: what a person sends by hand, one or many.
//!
//! * [`lines`]: a line of a file becomes an event, or a reason why it is none.
//! * [`Sender`]: publishes a [`Source`] of events in order, in batches, at a pace; what became of each is told, and counted
//!   in a [`Progress`].

mod drive;
pub mod lines;
mod progress;
mod send;
mod source;

pub use lines::{BadKind, BadLine, Line};
pub use progress::{Doubt, Progress, SendPhase};
pub use send::{Sender, Sending, Told};
pub use source::{Offer, Source};

#[cfg(test)]
mod sending_tests;
